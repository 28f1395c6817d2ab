"""What networks and tired providers do, and what becomes of the pipeline's work."""

from __future__ import annotations

import time

import pytest

from complaints import flow
from complaints.vocabulary import Outcome, Status
from tests.pipeline import DESK, ZENKI, Pipeline

pytestmark = pytest.mark.story

CREATE_PATH = "/complaint/create"


def until(pipeline: Pipeline, sql: str, wanted: object) -> None:
    """Wait for what the sandbox sends by itself."""
    limit = time.monotonic() + 10
    while pipeline.rows(sql) != wanted and time.monotonic() < limit:
        time.sleep(0.02)
    assert pipeline.rows(sql) == wanted


def test_a_webhook_that_comes_thrice_is_counted_thrice(pipeline: Pipeline) -> None:
    """One observation, three deliveries, one case; a forged one is refused and counted."""
    pipeline.order(1)
    pipeline.settle()
    pipeline.listen()
    pipeline.control.send_webhook(f"z{1:031d}", copies=3)
    sql = "SELECT deliveries FROM receipt WHERE starts_with(dedupe_key, 'msg_')"
    until(pipeline, sql, [(3,)])
    pipeline.control.send_webhook(f"z{1:031d}", bad_signature=True)
    until(pipeline, "SELECT n FROM counter", [(1,)])
    pipeline.dispute(1)
    pipeline.settle()
    assert pipeline.rows(sql) == [(3,)]
    # The hint was enough to find the dispute before the order's next read was due.
    assert len(pipeline.numbers()) == 1
    pipeline.calm()


def test_an_impatient_customer_gets_one_number(pipeline: Pipeline) -> None:
    """The same words again inside the window are the same complaint, filed once."""
    pipeline.order(1)
    first = pipeline.complain(1)
    pipeline.settle(minutes=5)
    assert pipeline.complain(1, "  the KETTLE   leaks ") == first
    pipeline.settle()
    assert pipeline.at_desk().keys() == {first}
    pipeline.settle(minutes=30)
    assert pipeline.complain(1) != first


# -- keys --------------------------------------------------------------------------------


def test_a_bad_key_pauses_its_account_alone(pipeline: Pipeline) -> None:
    """Somebody is told once, the others go on, and nothing is lost or tried in vain."""
    pipeline.order(1)
    pipeline.settle()
    pipeline.control.knobs(key_state="expired")
    number = pipeline.complain(1)
    pipeline.dispute(1)
    pipeline.settle(days=1)
    pipeline.settle(days=1)
    assert [account for account, _ in pipeline.told.pauses] == [DESK]
    assert "EXPIRED" in pipeline.told.pauses[0][1]
    # Zenki was read meanwhile: the dispute is known.
    assert len(pipeline.numbers()) == 2
    assert {push[3] for push in pipeline.pushes()} == {"due"}
    assert pipeline.at_desk() == {}
    pipeline.control.knobs(key_state="active")
    pipeline.settle()
    assert pipeline.at_desk() == {}
    assert pipeline.store.accounts.resume(DESK)
    pipeline.settle()
    assert number in pipeline.at_desk()
    assert len(pipeline.told.pauses) == 1
    pipeline.calm()


def test_a_bad_key_never_ends_a_case(pipeline: Pipeline) -> None:
    """BizKitHub answers 404 then: a running case isn't taken for gone."""
    pipeline.order(1)
    case = pipeline.file(1)
    pipeline.settle()
    pipeline.staff(case, "open")
    pipeline.settle(hours=1)
    pipeline.control.knobs(key_state="deleted")
    pipeline.settle(hours=1)
    assert pipeline.state() == (Status.OPEN, Outcome.NONE)
    assert [account for account, _ in pipeline.told.pauses] == [DESK]


# -- too many requests -------------------------------------------------------------------


def test_an_account_that_asks_for_time_gets_it(pipeline: Pipeline) -> None:
    """429 with Retry-After: nothing more is sent to it meanwhile, and the try isn't lost."""
    pipeline.order(1)
    pipeline.settle()
    pipeline.control.fault("bizkithub", "429", path=CREATE_PATH, retry_after=3600)
    first = pipeline.complain(1)
    second = pipeline.complain(1, "And the lid")
    pipeline.settle()
    pipeline.settle(hours=2)
    assert pipeline.at_desk() == {}
    assert DESK not in pipeline.store.accounts.standing([DESK, ZENKI]).ready
    assert pipeline.told.pauses == []
    wait = pipeline.rows(
        "SELECT extract(epoch FROM not_before_tech - clock_timestamp())::int FROM account"
        " WHERE not_before_tech IS NOT NULL"
    )
    assert 3500 < wait[0][0] <= 3600
    pipeline.hurry()
    pipeline.settle()
    assert pipeline.at_desk().keys() == {first, second}
    pipeline.calm()


def test_a_read_that_is_refused_for_now_is_made_later(pipeline: Pipeline) -> None:
    """The mirror keeps what it has; the other account is read meanwhile."""
    pipeline.order(1)
    case = pipeline.file(1)
    pipeline.settle()
    pipeline.staff(case, "open")
    pipeline.dispute(1)
    pipeline.control.fault("bizkithub", "429", path="/detail", retry_after=3600)
    pipeline.settle(days=1)
    assert pipeline.case(pipeline.numbers()[0]).status is Status.NEW
    assert len(pipeline.numbers()) == 2
    pipeline.hurry()
    pipeline.settle()
    assert pipeline.case(pipeline.numbers()[0]).status is Status.OPEN


# -- lost answers ------------------------------------------------------------------------


@pytest.mark.parametrize("fault", ["drop_after_commit", "500_after_commit", "truncated", "html"])
def test_a_create_whose_answer_was_lost_is_never_sent_twice(pipeline: Pipeline, fault: str) -> None:
    """BizKitHub has nothing to look it up by: it is unknown, and a person's business."""
    pipeline.order(1)
    pipeline.settle()
    pipeline.control.fault("bizkithub", fault, path=CREATE_PATH)
    number = pipeline.complain(1)
    pipeline.settle()
    for _ in range(3):
        pipeline.hurry()
        flow.sweep(pipeline.deps)
        pipeline.settle(days=1)
    assert pipeline.pushes() == [(DESK, "create", None, "unknown")]
    assert len(pipeline.at_desk()) <= 1
    assert set(pipeline.control.duplicates().values()) == {0}
    assert pipeline.state(number) == (Status.NEW, Outcome.NONE)


def test_a_person_finds_what_was_created_and_the_case_goes_on(pipeline: Pipeline) -> None:
    """They import the desk's id: our reference in it names the case, and pushes flow again."""
    pipeline.order(1)
    pipeline.settle()
    pipeline.control.fault("bizkithub", "drop_after_commit", path=CREATE_PATH)
    number = pipeline.complain(1)
    pipeline.settle()
    filed = pipeline.at_desk()[number]
    pipeline.bring(filed["id"])
    pipeline.settle()
    assert pipeline.numbers() == [number]
    assert pipeline.pushes() == [(DESK, "create", None, "done")]
    pipeline.staff(filed["id"], "open")
    pipeline.settle(hours=1)
    assert pipeline.state(number) == (Status.OPEN, Outcome.NONE)
    pipeline.calm()


@pytest.mark.parametrize("fault", ["drop_before", "500_before"])
def test_a_create_that_may_not_have_arrived_is_unknown_too(pipeline: Pipeline, fault: str) -> None:
    """From here a lost request looks like a lost answer: nothing is sent again."""
    pipeline.order(1)
    pipeline.settle()
    pipeline.control.fault("bizkithub", fault, path=CREATE_PATH)
    pipeline.complain(1)
    pipeline.settle()
    pipeline.hurry()
    pipeline.settle(days=1)
    assert pipeline.pushes() == [(DESK, "create", None, "unknown")]
    assert pipeline.at_desk() == {}


@pytest.mark.parametrize("fault", ["drop_after_commit", "500_after_commit", "drop_before"])
def test_a_status_whose_answer_was_lost_is_looked_up(pipeline: Pipeline, fault: str) -> None:
    """The desk shows what it has: one event, however often we come back."""
    pipeline.order(1)
    pipeline.settle()
    pipeline.dispute(1)
    pipeline.settle(days=1)
    number = pipeline.case().number
    pipeline.control.fault("bizkithub", fault, path="/set-status")
    pipeline.decide(1, "REFUND")
    pipeline.settle(days=1)
    pipeline.hurry()
    pipeline.settle()
    filed = pipeline.at_desk()[number]
    assert filed["status"] == "resolve"
    assert [event["status"] for event in filed["events"]].count("resolve") == 1
    assert (DESK, "set_status", "resolved", "done") in pipeline.pushes()
    pipeline.calm()


@pytest.mark.parametrize("fault", ["drop_after_commit", "500_after_commit", "drop_before"])
def test_a_dispute_whose_answer_was_lost_is_looked_up(pipeline: Pipeline, fault: str) -> None:
    """The order shows whether it has one: it is opened once."""
    pipeline.order(1, status="SHIPPED")
    pipeline.settle()
    pipeline.control.fault("zenki", fault, path="/disputes")
    number = pipeline.complain(1, "Where is it")
    pipeline.settle()
    pipeline.hurry()
    pipeline.settle()
    assert pipeline.at_zenki(1)["status"] == "DISPUTED"
    assert (ZENKI, "open_dispute", None, "done") in pipeline.pushes()
    assert pipeline.numbers() == [number]
    pipeline.calm()


@pytest.mark.parametrize("fault", ["drop_after_commit", "500_after_commit"])
def test_a_refund_whose_answer_was_lost_is_looked_up(pipeline: Pipeline, fault: str) -> None:
    """Money is sent once."""
    pipeline.order(1)
    pipeline.settle()
    pipeline.dispute(1)
    pipeline.settle(days=1)
    number = pipeline.case().number
    pipeline.control.fault("zenki", fault, path="/refunds")
    pipeline.staff(pipeline.at_desk()[number]["id"], "resolve")
    pipeline.settle(days=1)
    pipeline.hurry()
    pipeline.settle(days=1)
    assert pipeline.at_zenki(1)["status"] == "REFUNDED"
    assert len(pipeline.at_zenki(1)["refunds"]) == 1
    assert (ZENKI, "refund", "resolved", "done") in pipeline.pushes()
    assert pipeline.state() == (Status.RESOLVED, Outcome.UPHELD)
    pipeline.calm()


def test_a_refund_of_which_nobody_knows_is_settled_by_what_is_seen(pipeline: Pipeline) -> None:
    """Lost on the way there and back: a person looks, pays, and the case closes by itself."""
    pipeline.order(1)
    pipeline.settle()
    pipeline.dispute(1)
    pipeline.settle(days=1)
    number = pipeline.case().number
    pipeline.control.fault("zenki", "drop_before", path="/refunds")
    pipeline.staff(pipeline.at_desk()[number]["id"], "resolve")
    pipeline.settle(days=1)
    assert (ZENKI, "refund", "resolved", "unknown") in pipeline.pushes()
    assert pipeline.at_zenki(1)["refunds"] == []
    pipeline.decide(1, "REFUND")
    pipeline.settle(days=1)
    assert (ZENKI, "refund", "resolved", "done") in pipeline.pushes()
    pipeline.calm()


def test_a_worker_that_dies_while_sending(pipeline: Pipeline) -> None:
    """Its create is unknown, and the account's other cases go on."""
    pipeline.order(1)
    pipeline.settle()
    lost = pipeline.complain(1)
    flow.reconcile(pipeline.deps)
    dead = pipeline.store.pushes.claim([DESK], 0, pipeline.now)
    assert dead is not None
    flow.sweep(pipeline.deps)
    other = pipeline.complain(1, "And the lid")
    pipeline.settle()
    assert pipeline.at_desk().keys() == {other}
    assert (DESK, "create", None, "unknown") in pipeline.pushes()
    assert pipeline.numbers() == [lost, other]


# -- outages -----------------------------------------------------------------------------


def test_an_outage_passes(pipeline: Pipeline) -> None:
    """Reads fail for a while: nothing is decided on, and all of it is caught up."""
    pipeline.order(1)
    cases = [pipeline.file(1, f"Number {n}") for n in range(4)]
    pipeline.settle()
    for case in cases:
        pipeline.staff(case, "open")
    pipeline.control.fault("bizkithub", "500_before", path="/detail", times=3)
    pipeline.settle(hours=1)
    for _ in range(4):
        pipeline.hurry()
        pipeline.settle()
    assert {pipeline.state(number)[0] for number in pipeline.numbers()} == {Status.OPEN}
    pipeline.calm()


def test_a_provider_that_never_answers_well_is_given_up(pipeline: Pipeline) -> None:
    """After its tries a push is parked, with its last fault, for a person."""
    pipeline.order(1)
    pipeline.settle()
    pipeline.dispute(1)
    pipeline.settle(days=1)
    pipeline.control.fault("bizkithub", "500_before", path="/set-status", times=100)
    pipeline.decide(1, "REFUND")
    pipeline.settle(days=1)
    for _ in range(pipeline.deps.limits.tries):
        pipeline.hurry()
        flow.push(pipeline.deps)
    assert (DESK, "set_status", "resolved", "parked") in pipeline.pushes()
    (detail,) = pipeline.rows("SELECT detail FROM push WHERE state = 'parked'")
    assert "BizKitHub" in detail[0]


def test_tokens_that_expire_are_fetched_anew(pipeline: Pipeline) -> None:
    """No person is needed for that."""
    pipeline.order(1)
    pipeline.settle()
    pipeline.dispute(1)
    pipeline.control.expire_tokens()
    pipeline.settle(days=1)
    assert len(pipeline.numbers()) == 1
    assert pipeline.told.pauses == []


def test_a_word_that_no_table_lists_is_kept(pipeline: Pipeline) -> None:
    """A page of a proxy instead of a document is set aside; the case stays as it is."""
    pipeline.order(1)
    case = pipeline.file(1)
    pipeline.settle()
    pipeline.staff(case, "open")
    pipeline.control.fault("bizkithub", "html", path="/detail")
    pipeline.settle(hours=1)
    pipeline.hurry()
    pipeline.settle()
    assert pipeline.state() == (Status.OPEN, Outcome.NONE)
