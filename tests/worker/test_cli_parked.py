"""parked, and what every bulk act shows before it is done."""

from __future__ import annotations

import json
import re
from io import StringIO
from pathlib import Path

import pytest

from tests.worker.test_cli import Redress, query, ready, redress
from tests.worker.test_cli_handwork import push_in, the_push
from worker.cli import radius as bulk

__all__ = ["ready", "redress"]


def plan_id(said: str) -> str:
    """The id that was printed."""
    found = re.search(r"--plan (\w+)", said)
    assert found, said
    return found[1]


def state(database_url: str) -> list[tuple[str, int]]:
    """Of all pushes: state and tries."""
    found = query(database_url, "SELECT state, attempts FROM push")
    return [(str(one), int(str(tries))) for one, tries in found]


def test_nothing_is_set_aside(ready: Redress) -> None:
    """Is said, also where something was to be sent again."""
    assert ready("parked", "list").out.strip() == "No push is set aside."
    assert json.loads(ready("parked", "list", "--json").out) == []
    assert ready("parked", "retry", "-a", "demo-desk").out.strip() == "No push is set aside there."


def test_what_was_set_aside_is_listed_and_sent_again(ready: Redress, database_url: str) -> None:
    """With the reason; after its plan was shown and agreed to, with all its tries before it."""
    push_in("parked")
    push = the_push(database_url)
    listed = ready("parked", "list").out
    assert f"{push} " in listed
    assert "demo-desk" in listed
    (told,) = json.loads(ready("parked", "list", "--json").out)
    assert (told["kind"], told["account"]) == ("create", "demo-desk")
    said = ready("parked", "retry", push, "--yes")
    assert (said.code, said.out.strip()) == (0, "1 push is due.")
    assert "bizkithub" in said.err
    assert "After 1 push a provider may write to the customer." in said.err
    assert "calls at demo-desk (about 1 minute of its budget)" in said.err
    assert state(database_url) == [("due", 0)]


def test_a_no_changes_nothing(
    ready: Redress, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The plan was shown."""
    push_in("parked")
    monkeypatch.setattr("sys.stdin", StringIO("n\n"))
    said = ready("parked", "retry", "--account", "demo-desk")
    assert (said.code, "everything stays as it was" in said.err) == (1, True)
    assert state(database_url) == [("parked", 1)]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ([], 2, "nothing is chosen"),
        (["7", "-a", "demo-desk"], 2, "not both"),
        (["4711"], 1, "4711 is no push that was set aside"),
        (["-a", "demo-dsek"], 2, 'did you mean "demo-desk"?'),
    ],
)
def test_what_makes_no_sense_is_refused(
    ready: Redress, arguments: list[str], code: int, said: str
) -> None:
    """In one sentence."""
    found = ready("parked", "retry", *arguments)
    assert (found.code, said in found.err) == (code, True), found.err


def test_a_large_plan_needs_its_id(
    ready: Redress, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A yes isn't enough; the id of another plan neither; its own is."""
    monkeypatch.setattr(bulk, "LARGE_PUSHES", 0)
    push_in("parked")
    push = the_push(database_url)
    said = ready("parked", "retry", push, "--yes")
    assert said.code == 1
    assert "this is a large plan: nothing was done (1 push, " in said.err
    assert state(database_url) == [("parked", 1)]
    wrong = ready("parked", "retry", push, "--plan", "00000000")
    assert (wrong.code, "00000000 isn't this plan" in wrong.err) == (1, True)
    done = ready("parked", "retry", push, "--plan", plan_id(said.err))
    assert (done.code, state(database_url)) == (0, [("due", 0)])


def test_an_import_shows_the_most_that_may_follow(
    ready: Redress, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without --act all of it is held, and nobody is asked; with it somebody is."""
    said = ready("import", "complaints", "-a", "demo-desk", "C1", "C2")
    assert (said.code, said.out) == (0, "2 taken, 0 known, 0 refused.\n")
    assert "2 rows would be brought in at demo-desk:" in said.err
    assert "Provider calls, at most: " in said.err
    monkeypatch.setattr("sys.stdin", StringIO("n\n"))
    asked = ready("import", "complaints", "-a", "demo-desk", "C3", "--act")
    assert (asked.code, "everything stays as it was" in asked.err) == (1, True)
    assert ready("import", "complaints", "-a", "demo-desk", "C3", "--act", "--yes").code == 0
    assert query(database_url, "SELECT count(*) FROM receipt") == [(3,)]


def test_a_large_import_needs_its_id(
    ready: Redress, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another file of the same size is another plan."""
    monkeypatch.setattr(bulk, "LARGE_CALLS", 2)
    for name, ids in (("a", "C1\nC2\nC3"), ("b", "C1\nC2\nC4")):
        Path(f"{name}.csv").write_text(f"complaint_id\n{ids}\n", encoding="utf-8")
    said = ready("import", "complaints", "-a", "demo-desk", "a.csv", "--yes")
    assert (said.code, "this is a large plan" in said.err) == (1, True)
    plan = plan_id(said.err)
    assert ready("import", "complaints", "-a", "demo-desk", "b.csv", "--plan", plan).code == 1
    assert query(database_url, "SELECT count(*) FROM receipt") == [(0,)]
    assert ready("import", "complaints", "-a", "demo-desk", "a.csv", "--plan", plan).code == 0
    assert query(database_url, "SELECT count(*) FROM receipt") == [(3,)]
