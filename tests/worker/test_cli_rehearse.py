"""rehearse and adopt, as people type them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest

from complaints import flow, renewing
from complaints.flow import Deps
from tests.worker.test_cli import Redress, query, raise_in_chat, ready, redress, with_store

__all__ = ["ready", "redress"]


def busy(deps: Deps) -> None:
    """One complaint, decided under the rules of the first start."""
    renewing.renew(deps)
    raise_in_chat(deps)
    while flow.reconcile(deps):
        pass


@pytest.fixture
def draft(tmp_path: Path) -> Callable[[str], str]:
    """Writes a draft and returns its path."""

    def write(text: str) -> str:
        file = tmp_path / "draft.toml"
        file.write_text(text, encoding="utf-8")
        return str(file)

    return write


def test_a_rehearsal_of_the_settings_tells_nothing(ready: Redress, database_url: str) -> None:
    """They are in force."""
    with_store(busy)
    said = ready("rehearse")
    assert said.code == 0
    assert said.out.splitlines()[0] == "Nothing would change."
    assert "folded again into 1 complaint." in said.out


def test_a_draft_says_only_what_is_another(
    ready: Redress, database_url: str, draft: Callable[[str], str]
) -> None:
    """The due date moves; nothing is written."""
    with_store(busy)
    before = query(database_url, "SELECT due_at, version FROM complaint")
    said = ready("rehearse", "--rules", draft("[shops.demo]\ndue_days = 7\n"))
    assert said.code == 0
    assert " due " in said.out
    assert query(database_url, "SELECT due_at, version FROM complaint") == before


def test_the_same_for_machines(
    ready: Redress, database_url: str, draft: Callable[[str], str]
) -> None:
    """Every list, and the number of pushes that may mail."""
    with_store(busy)
    said = ready("rehearse", "--json", "--rules", draft("[shops.demo]\ndue_days = 7\n"))
    found = json.loads(said.out)
    assert [one["field"] for one in found["changed"]] == ["due_at"]
    assert (found["asked"], found["mails"], found["complaints"]) == ([], 0, 1)


def test_a_draft_tells_who_would_have_been_late(
    ready: Redress, database_url: str, draft: Callable[[str], str]
) -> None:
    """By when it ended; and, the other way round, who wouldn't have been."""
    with_store(busy)
    query(
        database_url,
        "UPDATE receipt SET received_at = received_at - interval '20 days';"
        " UPDATE observation SET received_at = received_at - interval '20 days'",
    )
    ((number,),) = query(database_url, "SELECT number FROM complaint")
    strict = draft("[shops.demo]\ndue_days = 7\n")
    query(database_url, "UPDATE complaint SET opened_at = opened_at - interval '20 days'")
    found = json.loads(ready("rehearse", "--json", "--rules", strict).out)
    assert found["breached"] == [number]
    assert f"would have passed their due date: {number}" in ready("rehearse", "--rules", strict).out


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "names no shop"),
        ("[shops.dmo]\ndue_days = 7\n", "demo"),
        ("[shops.demo]\ndue_dayz = 7\n", "due_days"),
        ("[shops.demo]\ndue_days = 0\n", "due_days"),
        ("[shops.demo\n", "not valid TOML"),
    ],
)
def test_a_wrong_draft_is_told_with_its_cure(
    ready: Redress, draft: Callable[[str], str], text: str, told: str
) -> None:
    """With line and cure, as the settings' own faults."""
    said = ready("rehearse", "--rules", draft(text))
    assert (said.code, told in said.err) == (2, True)
    assert "Traceback" not in said.err


def test_a_missing_draft_is_told(ready: Redress) -> None:
    """By its name."""
    said = ready("rehearse", "--rules", "nowhere.toml")
    assert (said.code, "nowhere.toml" in said.err) == (2, True)


def test_written_rules_are_adopted_by_a_person(
    ready: Redress, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`status` says that they wait; `adopt` tells what comes of it, and does it."""
    with_store(busy)
    file = Path("redress.toml")
    text = file.read_text(encoding="utf-8")
    assert "due_days = " in text
    lines = [re.sub(r"^due_days = \d+", "due_days = 7", one) for one in text.splitlines()]
    file.write_text("\n".join(lines), encoding="utf-8")
    assert "due_days of the settings not in force" in " ".join(ready("status").out.split())
    monkeypatch.setattr("sys.stdin", StringIO("n\n"))
    refused = ready("adopt")
    assert (refused.code, "due_days" in refused.err) == (1, True)
    assert query(database_url, "SELECT count(*) FROM ruleset") == [(1,)]
    said = ready("adopt", "--yes")
    assert (said.code, said.out.splitlines()[-1]) == (0, "In force at demo.")
    assert query(database_url, "SELECT rules FROM complaint") == [(2,)]
    assert "not in force" not in ready("status").out
    assert ready("adopt").out.strip() == "The settings' rules are in force already."
