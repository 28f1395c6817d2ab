"""Whole stories in one process: chat, desk and payment provider over real HTTP."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from complaints import flow
from complaints.flow import ImportRow
from complaints.vocabulary import Outcome, Status
from providers.imports import IMPORT_ORDER, import_body
from tests.pipeline import BEGIN, DESK, RULES, ZENKI, Pipeline

pytestmark = pytest.mark.story


def test_a_complaint_goes_from_the_chat_to_the_desk_and_is_closed(pipeline: Pipeline) -> None:
    """The customer gets a number, staff decide, the customer hears it."""
    pipeline.order(1)
    pipeline.settle()
    number = pipeline.complain(1)
    assert "has been received" in pipeline.ask(number)
    assert "no complaint of yours" in pipeline.ask(number, uid="666")
    pipeline.settle()
    filed = pipeline.at_desk()[number]
    assert str(filed["description"]).startswith("The kettle leaks")
    pipeline.staff(filed["id"], "open")
    pipeline.settle(hours=1)
    assert pipeline.state(number) == (Status.OPEN, Outcome.NONE)
    assert "in review" in pipeline.ask(number)
    pipeline.staff(filed["id"], "resolve")
    pipeline.settle(hours=1)
    assert pipeline.state(number) == (Status.RESOLVED, Outcome.UPHELD)
    assert "in your favour" in pipeline.ask(number)
    pipeline.staff(filed["id"], "closed")
    pipeline.settle(hours=2)
    assert pipeline.state(number) == (Status.CLOSED, Outcome.UPHELD)
    pipeline.calm()


def test_the_timeline_tells_the_whole_story(pipeline: Pipeline) -> None:
    """What was observed, how the case moved, what was asked for and what became of it."""
    pipeline.order(1)
    number = pipeline.complain(1)
    pipeline.settle()
    pipeline.staff(pipeline.at_desk()[number]["id"], "open", "resolve")
    pipeline.settle(hours=1)
    told = [(entry.what, entry.account, entry.text) for entry in pipeline.case(number).timeline]
    assert ("observed", "cz-bot", 'chat raise "raised": applied') in told
    assert ("asked", DESK, "create") in told
    assert ("done", DESK, "create") in told
    assert ("read back", DESK, 'complaint "new": applied') in told
    moves = [text for what, _, text in told if what == "moved"]
    assert moves == ["new -> open", "open -> resolved"]


def test_rejected_then_closed_stays_refused(pipeline: Pipeline) -> None:
    """``closed`` at the desk says nothing about who won, and the steps between are told."""
    pipeline.order(1)
    case = pipeline.file(1)
    pipeline.settle()
    pipeline.staff(case, "reject")
    pipeline.settle(hours=1)
    pipeline.staff(case, "closed")
    pipeline.settle(hours=2)
    assert pipeline.state() == (Status.CLOSED, Outcome.REFUSED)


def test_rejected_and_closed_between_two_reads_stays_refused(pipeline: Pipeline) -> None:
    """The desk's own history tells what was never read."""
    pipeline.order(1)
    case = pipeline.file(1)
    pipeline.settle()
    pipeline.staff(case, "open", "reject", "closed")
    pipeline.settle(hours=1)
    assert pipeline.state() == (Status.CLOSED, Outcome.REFUSED)
    moves = [entry.text for entry in pipeline.case().timeline if entry.what == "moved"]
    assert moves == ["new -> open", "open -> rejected", "rejected -> closed"]


def test_a_dispute_becomes_a_case_at_the_desk_and_ends_there(pipeline: Pipeline) -> None:
    """Zenki pays the buyer back: the desk's case is resolved by us."""
    pipeline.order(1)
    pipeline.settle()
    pipeline.dispute(1)
    pipeline.settle(days=1)
    number = pipeline.case().number
    filed = pipeline.at_desk()[number]
    assert filed["status"] == "new"
    pipeline.decide(1, "REFUND")
    pipeline.settle(days=1)
    assert pipeline.state() == (Status.RESOLVED, Outcome.UPHELD)
    assert pipeline.at_desk()[number]["status"] == "resolve"
    pipeline.settle(days=1)
    assert pipeline.pushes() == [
        (DESK, "create", None, "done"),
        (DESK, "set_status", "resolved", "done"),
    ]
    pipeline.calm()


def test_an_order_that_never_came_is_disputed_and_paid_back(pipeline: Pipeline) -> None:
    """Complaint, dispute by us, upheld at the desk, refund by us, all agree."""
    pipeline.order(1, status="SHIPPED")
    pipeline.settle()
    number = pipeline.complain(1, "Where is it")
    pipeline.settle()
    assert pipeline.at_zenki(1)["status"] == "DISPUTED"
    pipeline.settle(hours=1)
    pipeline.staff(pipeline.at_desk()[number]["id"], "resolve")
    pipeline.settle(hours=1)
    pipeline.settle(hours=1)
    assert pipeline.at_zenki(1)["status"] == "REFUNDED"
    assert pipeline.state(number) == (Status.RESOLVED, Outcome.UPHELD)
    assert not pipeline.case(number).conflict
    assert pipeline.pushes() == [
        (DESK, "create", None, "done"),
        (ZENKI, "open_dispute", None, "done"),
        (ZENKI, "refund", "resolved", "done"),
    ]
    pipeline.calm()


def test_two_complaints_of_one_undelivered_order_make_one_dispute(pipeline: Pipeline) -> None:
    """Both are filed at the desk; the order is disputed once."""
    pipeline.order(1, status="SHIPPED")
    pipeline.settle()
    numbers = {pipeline.complain(1, "Where is it"), pipeline.complain(1, "Still not here")}
    assert len(numbers) == 2
    pipeline.settle()
    pipeline.settle(hours=1)
    kinds = [(kind, state) for _, kind, _, state in pipeline.pushes()]
    assert sorted(kinds) == [("create", "done"), ("create", "done"), ("open_dispute", "done")]
    assert set(pipeline.numbers()) == numbers
    pipeline.calm()


def test_above_the_allowance_a_person_pays(pipeline: Pipeline) -> None:
    """A manual action that ends by itself once the payment provider shows the effect."""
    pipeline.order(1, price=900)
    pipeline.settle()
    pipeline.dispute(1)
    pipeline.settle(days=1)
    number = pipeline.case().number
    pipeline.staff(pipeline.at_desk()[number]["id"], "resolve")
    pipeline.settle(hours=1)
    (action,) = pipeline.store.manual_actions()
    assert (action.number, action.account, action.target) == (number, ZENKI, Status.RESOLVED)
    assert action.external_id == f"z{1:031d}"
    pipeline.settle(days=1)
    assert len(pipeline.store.manual_actions()) == 1
    pipeline.decide(1, "REFUND")
    pipeline.settle(days=1)
    assert pipeline.store.manual_actions() == []
    assert (ZENKI, "portal", "resolved", "done") in pipeline.pushes()
    assert pipeline.state() == (Status.RESOLVED, Outcome.UPHELD)
    pipeline.calm()


def test_a_refused_case_is_ended_in_the_portal(pipeline: Pipeline) -> None:
    """No call at Zenki does it: a person does, and the observation says so."""
    pipeline.order(1)
    pipeline.settle()
    pipeline.dispute(1)
    pipeline.settle(days=1)
    pipeline.staff(pipeline.at_desk()[pipeline.case().number]["id"], "reject")
    pipeline.settle(hours=1)
    assert [action.target for action in pipeline.store.manual_actions()] == [Status.REJECTED]
    pipeline.decide(1, "RESOLVED")
    pipeline.settle(days=1)
    assert pipeline.store.manual_actions() == []
    assert pipeline.state() == (Status.REJECTED, Outcome.REFUSED)


def test_opposite_ends_are_a_conflict_and_nothing_is_pushed(pipeline: Pipeline) -> None:
    """Both decide between two of our reads: moved money leads, a person has to look."""
    pipeline.order(1)
    pipeline.settle()
    pipeline.dispute(1)
    pipeline.settle(days=1)
    case = pipeline.at_desk()[pipeline.case().number]["id"]
    before = pipeline.pushes()
    pipeline.staff(case, "reject")
    pipeline.decide(1, "REFUND")
    pipeline.settle(days=1)
    assert pipeline.case().conflict
    assert pipeline.state() == (Status.RESOLVED, Outcome.UPHELD)
    pipeline.settle(days=1)
    alive = [push for push in pipeline.pushes() if push[3] != "superseded"]
    assert alive == before
    # Staff give way: it is over without anybody clearing a flag.
    pipeline.staff(case, "resolve")
    pipeline.settle(days=1)
    assert not pipeline.case().conflict
    assert pipeline.state() == (Status.RESOLVED, Outcome.UPHELD)
    pipeline.calm()


def test_a_case_is_opened_again(pipeline: Pipeline) -> None:
    """Staff re-open what we had closed for them: we follow, and don't push it back."""
    pipeline.order(1)
    pipeline.settle()
    pipeline.dispute(1)
    pipeline.settle(days=1)
    number = pipeline.case().number
    case = pipeline.at_desk()[number]["id"]
    pipeline.decide(1, "RESOLVED")
    pipeline.settle(days=1)
    assert pipeline.at_desk()[number]["status"] == "reject"
    pipeline.settle(hours=2)
    pipeline.staff(case, "open")
    pipeline.settle(hours=2)
    assert pipeline.state() == (Status.OPEN, Outcome.NONE)
    for _ in range(3):
        pipeline.settle(days=1)
    assert pipeline.at_desk()[number]["status"] == "open"
    pipeline.staff(case, "reject")
    pipeline.settle(days=1)
    assert pipeline.state() == (Status.REJECTED, Outcome.REFUSED)
    pipeline.calm()


def test_staff_are_quicker_than_our_push(pipeline: Pipeline) -> None:
    """They decide the other way between our decision and our call: nothing is written."""
    pipeline.order(1)
    pipeline.settle()
    pipeline.dispute(1)
    pipeline.settle(days=1)
    number = pipeline.case().number
    case = pipeline.at_desk()[number]["id"]
    pipeline.decide(1, "RESOLVED")
    pipeline.now += timedelta(days=1)
    flow.poll(pipeline.deps)
    flow.reconcile(pipeline.deps)
    pipeline.staff(case, "resolve")
    pipeline.settle()
    assert pipeline.at_desk()[number]["status"] == "resolve"
    assert pipeline.case().conflict
    assert (DESK, "set_status", "rejected", "superseded") in pipeline.pushes()


def test_the_due_day_passes(pipeline: Pipeline) -> None:
    """At midnight after the due day, in the shop's zone, somebody is told; once."""
    pipeline.order(1)
    number = pipeline.complain(1)
    pipeline.settle()
    due = datetime(2026, 4, 1, 22, tzinfo=UTC)
    assert pipeline.case(number).due_at == due
    pipeline.settle(seconds=(due - BEGIN).total_seconds() - 1)
    assert (pipeline.case(number).overdue, pipeline.told.notices) == (False, [])
    pipeline.settle(seconds=1)
    assert pipeline.case(number).overdue
    (notice,) = pipeline.told.notices
    assert (notice.facts["number"], notice.repeat) == (number, False)
    pipeline.settle(days=3)
    assert len(pipeline.told.notices) == 1


def test_an_ended_case_is_never_late(pipeline: Pipeline) -> None:
    """It ended in time."""
    pipeline.order(1)
    case = pipeline.file(1)
    pipeline.settle()
    pipeline.staff(case, "resolve")
    pipeline.settle(days=1)
    pipeline.settle(days=60)
    assert pipeline.told.notices == []
    assert not pipeline.case().overdue


def test_the_desks_due_date_is_our_promise(pipeline: Pipeline) -> None:
    """What we file carries the date by which we shall be told that it is late."""
    pipeline.order(1)
    number = pipeline.complain(1)
    pipeline.settle()
    given = datetime.fromisoformat(str(pipeline.at_desk()[number]["due_date"]))
    assert given == pipeline.case(number).due_at


def test_a_due_date_that_the_desk_tells_counts_and_its_silent_move_is_reported(
    pipeline: Pipeline,
) -> None:
    """Where details carry dates at all, which they don't by default."""
    pipeline.order(1)
    filed = pipeline.file(1)
    pipeline.settle()
    assert pipeline.rows("SELECT clock FROM deadline") == [("shop",)]
    pipeline.control.knobs(include_dates=True)
    sooner, later = pipeline.now + timedelta(days=9), pipeline.now + timedelta(days=11)
    for moved in (sooner, later):
        pipeline.control.edit_complaint(filed, pipeline.now, due_date=moved.isoformat())
        pipeline.settle(hours=2)
        assert pipeline.case().due_at == moved
    told = pipeline.rows("SELECT clock, version FROM deadline ORDER BY version")
    assert told == [("shop", 1), ("provider", 2), ("provider", 3)]
    doubts = pipeline.rows("SELECT warnings FROM receipt WHERE warnings IS NOT NULL")
    assert doubts == [(["its due date there has moved, and nobody said so"],)]


def test_an_import_is_idempotent(pipeline: Pipeline) -> None:
    """The same rows again are counted and change nothing."""
    pipeline.order(1)
    case = pipeline.file(1)
    pipeline.settle()
    before = pipeline.rows("SELECT id, version FROM complaint ORDER BY id")
    pipeline.bring(case)
    row = import_body({"order_hash": f"{1:032d}"})
    again = flow.import_rows(
        pipeline.deps,
        DESK,
        [ImportRow("order 1", IMPORT_ORDER, None, row), ImportRow("order 1", "x", None, row)],
    )
    assert [kept.fresh for kept in again] == [False, False]
    pipeline.settle()
    assert pipeline.rows("SELECT id, version FROM complaint ORDER BY id") == before
    assert pipeline.pushes() == []
    assert pipeline.at_desk().keys() == {case}


def test_what_an_import_brings_to_light_is_held(pipeline: Pipeline) -> None:
    """A dispute and an undelivered order are known, and nothing is sent until a person says so."""
    pipeline.rewire(RULES.model_copy(update={"dispute_undelivered": True}))
    pipeline.order(1, acts=False)
    pipeline.order(2, status="SHIPPED", acts=False)
    pipeline.dispute(1)
    pipeline.bring(pipeline.file(2, acts=False), acts=False)
    pipeline.settle()
    pipeline.settle(days=1)
    assert len(pipeline.numbers()) == 2
    assert pipeline.pushes() == [
        (DESK, "create", None, "held"),
        (ZENKI, "open_dispute", None, "held"),
    ]
    assert [push.held_for for push in pipeline.store.waiting_pushes(DESK)] == ["import"]
    # A sweep lets nothing go that an import has left, whatever was released before.
    flow.sweep(pipeline.deps)
    pipeline.calm()
    for account in (DESK, ZENKI):
        assert pipeline.store.pushes.release(account) == 1
    pipeline.settle()
    assert len(pipeline.at_desk()) == 2
    assert pipeline.at_zenki(2)["status"] == "DISPUTED"
    pipeline.calm()


def test_what_changes_after_an_import_is_sent(pipeline: Pipeline) -> None:
    """Only what follows from the rows alone waits: a later act of staff goes out as ever."""
    pipeline.order(1, acts=False)
    pipeline.dispute(1)
    pipeline.settle()
    assert pipeline.store.pushes.release(DESK) == 1
    pipeline.settle()
    pipeline.decide(1, "REFUND")
    pipeline.settle(days=1)
    (document,) = pipeline.at_desk().values()
    assert document["status"] == "resolve"
    pipeline.calm()


def test_a_live_account_is_read_only_until_it_is_released(pipeline: Pipeline) -> None:
    """What would be sent is decided, held and shown; after the release it goes."""
    pipeline.rewire(RULES, DESK)
    pipeline.order(1)
    number = pipeline.complain(1)
    pipeline.settle()
    pipeline.settle(days=1)
    assert pipeline.at_desk() == {}
    assert [(w.number, w.kind) for w in pipeline.store.waiting_pushes(DESK)] == [(number, "create")]
    assert pipeline.store.accounts.release(DESK, "Jana", pipeline.now)
    assert pipeline.store.pushes.release(DESK) == 1
    pipeline.settle()
    assert pipeline.at_desk().keys() == {number}
    second = pipeline.complain(1, "And the lid")
    pipeline.settle()
    assert pipeline.at_desk().keys() == {number, second}
    pipeline.calm()


def test_without_an_allowance_no_money_moves(pipeline: Pipeline) -> None:
    """A shop that doesn't wish it pays by hand."""
    pipeline.rewire(RULES.model_copy(update={"refund_allowance": None}))
    pipeline.order(1)
    pipeline.settle()
    pipeline.dispute(1)
    pipeline.settle(days=1)
    pipeline.staff(pipeline.at_desk()[pipeline.case().number]["id"], "resolve")
    pipeline.settle(days=1)
    assert len(pipeline.store.manual_actions()) == 1
    assert pipeline.at_zenki(1)["status"] == "DISPUTED"


@pytest.mark.parametrize("cents", [0, 1])
def test_the_allowance_is_exact(pipeline: Pipeline, cents: int) -> None:
    """To the cent: an order that costs as much is paid, one that costs a cent more isn't."""
    allowance = Decimal(100) - Decimal(cents) / 100
    pipeline.rewire(RULES.model_copy(update={"refund_allowance": allowance}))
    pipeline.order(1)
    pipeline.settle()
    pipeline.dispute(1)
    pipeline.settle(days=1)
    pipeline.staff(pipeline.at_desk()[pipeline.case().number]["id"], "resolve")
    pipeline.settle(days=1)
    assert pipeline.at_zenki(1)["status"] == ("DISPUTED" if cents else "REFUNDED")
