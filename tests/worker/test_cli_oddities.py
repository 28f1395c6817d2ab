"""oddities, as people type it: sums, the newest with their reasons, wrong usage."""

from __future__ import annotations

import json

from complaints import flow
from complaints.flow import Deps
from complaints.vocabulary import AccountName
from tests.worker.test_cli import Redress, ready, redress, with_store

__all__ = ["ready", "redress"]


def odd(deps: Deps) -> None:
    """A row of an import that nobody can read, decided."""
    row = flow.ImportRow("1", "document:complaint", None, b"\xff not JSON")
    flow.import_rows(deps, AccountName("demo-desk"), [row])
    while flow.reconcile(deps):
        pass


def test_an_empty_store_says_so(ready: Redress) -> None:
    """Nothing is no fault."""
    said = ready("oddities")
    assert (said.code, said.out.strip()) == (0, "Nothing is odd.")


def test_what_is_odd_is_counted_and_listed(ready: Redress, database_url: str) -> None:
    """A line of sums, a line with the reason; only the sums with --limit 0."""
    with_store(odd)
    said = ready("oddities")
    assert said.code == 0
    (sums,) = [row.split() for row in said.out.splitlines() if row.startswith("demo-desk")]
    assert sums == ["demo-desk", "0", "0", "1", "0"]
    assert " quarantined " in said.out.split("demo-desk")[2]
    assert len(ready("oddities", "--limit", "0").out.splitlines()) == 2


def test_the_same_for_machines(ready: Redress, database_url: str) -> None:
    """Sums of every kind, and the newest of the wanted kinds."""
    with_store(odd)
    found = json.loads(ready("oddities", "--json").out)
    assert found["accounts"] == [
        {"name": "demo-desk", "jump": 0, "superseded": 0, "quarantined": 1, "warning": 0}
    ]
    (line,) = found["newest"]
    assert (line["account"], line["kind"]) == ("demo-desk", "quarantined")
    assert line["what"]
    assert json.loads(ready("oddities", "--json", "-k", "jump").out)["newest"] == []


def test_wrong_usage_is_told(ready: Redress) -> None:
    """An account that isn't there, a kind that isn't one, a time that is none."""
    for wrong in (("-a", "nowhere"), ("-k", "strange"), ("--since", "yesterday")):
        said = ready("oddities", *wrong)
        assert said.code == 2
        assert wrong[1] in said.err
