"""manual, unknown and hold, as people type them."""

from __future__ import annotations

import json
from io import StringIO

import pytest

from complaints import flow
from complaints.flow import Deps
from complaints.ladder import ladder
from complaints.rules import RungRule
from complaints.vocabulary import ShopName
from tests.worker.test_cli import Redress, query, raise_in_chat, ready, redress, with_store

__all__ = ["ready", "redress"]


def raised(deps: Deps) -> None:
    """A complaint that is to be filed at the desk."""
    raise_in_chat(deps)
    while flow.reconcile(deps):
        pass


def push_in(state: str, kind: str = "create") -> None:
    """The same, and its push has come to a state."""

    def bring(deps: Deps) -> None:
        raised(deps)
        with deps.store.engine.begin() as connection:
            connection.exec_driver_sql(
                f"UPDATE push SET state = '{state}', kind = '{kind}', reason = 'no call does this',"  # noqa: S608 - words of this test
                " held_for = NULL, attempts = 1, sent = 1"
            )

    with_store(bring)


def number(database_url: str) -> str:
    """Of the one complaint."""
    ((found,),) = query(database_url, "SELECT number FROM complaint")
    return str(found)


def the_push(database_url: str) -> str:
    """Id of the one push."""
    ((found,),) = query(database_url, "SELECT id FROM push")
    return str(found)


# -- manual ------------------------------------------------------------------------------


def test_nothing_to_do_by_hand(ready: Redress) -> None:
    """Is said."""
    assert ready("manual", "list").out.strip() == "Nothing is to be done by hand."


def test_a_manual_action_is_listed_taken_and_done(ready: Redress, database_url: str) -> None:
    """Whose it is, and that nothing has shown it yet."""
    push_in("manual")
    push = the_push(database_url)
    assert "nobody's" in ready("manual", "list").out
    assert ready("manual", "take", push).out.strip() == f"{push} is yours."
    said = ready("manual", "done", push).out.strip()
    assert said == f"{push} ends as soon as an observation shows it."
    assert "not seen yet" in " ".join(ready("manual", "list").out.split())
    (one,) = json.loads(ready("manual", "list", "--json").out)
    assert (str(one["id"]), one["number"]) == (push, number(database_url))
    assert one["owner"]


def test_what_cannot_be_seen_is_over(ready: Redress, database_url: str) -> None:
    """By a person's word."""
    push_in("manual")
    push = the_push(database_url)
    said = ready("manual", "done", push, "--cannot-be-seen", "--reason", "by phone")
    assert said.out.strip() == f"{push} is over."
    assert query(database_url, "SELECT state FROM push") == [("done",)]


def test_what_is_no_manual_action_is_told(ready: Redress, database_url: str) -> None:
    """With where they are named."""
    said = ready("manual", "take", "99")
    assert (said.code, "manual list" in said.err) == (1, True)


def escalated(deps: Deps) -> None:
    """A complaint that has come to a rung at which somebody has to do something."""
    raised(deps)
    now = deps.clock()
    with deps.store.engine.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE complaint SET due_at = %(now)s, rung_at = %(now)s", {"now": now}
        )
    rules = {"due": RungRule(todo="Call the customer")}
    deps.store.escalations.fire(now, 10, {ShopName("demo"): ladder((), rules)})


def test_what_a_rung_wants_done_is_a_manual_action(ready: Redress, database_url: str) -> None:
    """Listed, taken, done; when the case ends nobody has to any more."""
    with_store(escalated)
    said = ready("manual", "list")
    assert "Call the customer (rung due)" in said.text
    assert "nobody's" in said.text
    assert "Call the customer" in ready("handover").text
    (told,) = [one for one in json.loads(ready("manual", "list", "--json").out) if "todo" in one]
    name = told["id"]
    assert name.startswith("r")
    assert ready("manual", "take", name).out == f"{name} is yours.\n"
    (told,) = [one for one in json.loads(ready("manual", "list", "--json").out) if "todo" in one]
    assert told["owner"]
    query(database_url, "UPDATE complaint SET status = 'resolved'")
    assert "Call the customer" not in ready("manual", "list").text
    query(database_url, "UPDATE complaint SET status = 'open'")
    assert ready("manual", "done", name).out == f"{name} is done.\n"
    assert "Call the customer" not in ready("manual", "list").text
    said = ready("manual", "done", name)
    assert (said.code, f"{name} is no manual action" in said.text) == (1, True)
    assert ready("manual", "take", "x").code == 1


# -- unknown -----------------------------------------------------------------------------


def test_every_answer_is_known(ready: Redress) -> None:
    """Is said."""
    assert ready("unknown", "list").out.strip() == "Every answer is known."


def test_a_lost_answer_is_listed_and_given_up(ready: Redress, database_url: str) -> None:
    """In both forms; a reason is needed."""
    push_in("unknown")
    push = the_push(database_url)
    assert "look there" in " ".join(ready("unknown", "list").out.split())
    (one,) = json.loads(ready("unknown", "list", "--json").out)
    assert (str(one["id"]), one["kind"], one["candidates"]) == (push, "create", [])
    assert ready("unknown", "give-up", push).code == 2
    said = ready("unknown", "give-up", push, "--reason", "closed")
    assert said.out.strip() == f"{push} is given up."
    assert query(database_url, "SELECT state FROM push") == [("parked",)]


def test_resending_asks_and_is_certain(
    ready: Redress, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No by default; `--yes` for scripts."""
    push_in("unknown")
    push = the_push(database_url)
    monkeypatch.setattr("sys.stdin", StringIO("n\n"))
    refused = ready("unknown", "resend", push)
    assert (refused.code, "Is it certain" in refused.err) == (1, True)
    assert ready("unknown", "resend", push, "--yes").code == 0
    assert query(database_url, "SELECT state, sent FROM push") == [("due", 0)]


def test_a_record_is_adopted(ready: Redress, database_url: str) -> None:
    """It is the complaint's from then on."""
    push_in("unknown")
    push = the_push(database_url)
    said = ready("unknown", "adopt", push, "777")
    assert said.out.strip() == f"777 is complaint {number(database_url)}'s."
    assert query(database_url, "SELECT state FROM push") == [("done",)]
    found = query(database_url, "SELECT account FROM mirror WHERE external_id = '777'")
    assert found == [("demo-desk",)]


# -- hold --------------------------------------------------------------------------------


def test_nothing_stands_still(ready: Redress) -> None:
    """Is said."""
    assert ready("hold").out.strip() == "Nothing stands still."


def test_a_complaint_is_held_and_goes_on(ready: Redress, database_url: str) -> None:
    """Until a time, with a reason; the list and the status say so."""
    with_store(raised)
    wanted = number(database_url)
    until = "2099-01-01T00:00+00:00"
    said = ready("hold", wanted, "--until", until, "--reason", "lawyers")
    assert (said.code, wanted in said.out) == (0, True)
    assert ("lawyers" in ready("hold").out, "stands still" in ready("status").out) == (True, True)
    assert ready("hold", wanted, "--lift").out.strip() == f"{wanted} goes on."
    assert ready("hold", wanted, "--lift").code == 1


def test_an_account_is_held(ready: Redress, database_url: str) -> None:
    """In either direction."""
    until = ("--until", "2099-01-01T00:00+00:00", "--reason", "moving")
    assert "sent to demo-desk" in ready("hold", "--account", "demo-desk", *until).out
    said = ready("hold", "--account", "demo-desk", "--direction", "in", *until)
    assert "read from demo-desk" in said.out
    assert len(query(database_url, "SELECT account FROM standstill")) == 2


@pytest.mark.parametrize(
    "wrong",
    [
        ("10017",),
        ("10017", "--until", "2099-01-01T00:00+00:00"),
        ("10017", "--account", "demo-desk"),
        ("10017", "--until", "2001-01-01T00:00+00:00", "--reason", "x"),
        ("10017", "--until", "soon", "--reason", "x"),
        ("--account", "nowhere", "--until", "2099-01-01T00:00+00:00", "--reason", "x"),
        ("--account", "demo-desk", "--direction", "up", "--until", "2099-01-01T00:00+00:00",
         "--reason", "x"),
        ("10017", "--direction", "in", "--until", "2099-01-01T00:00+00:00", "--reason", "x"),
    ],
)  # fmt: skip
def test_wrong_usage_of_hold_is_told(ready: Redress, wrong: tuple[str, ...]) -> None:
    """In words, without a traceback."""
    said = ready("hold", *wrong)
    assert said.code == 2
    assert said.err
    assert "Traceback" not in said.err
