"""Pushes: claimed and committed before the call, recorded and committed after it."""

from __future__ import annotations

from threading import Event, Thread
from typing import Any

import pytest
from sqlalchemy import text

from complaints import flow
from complaints.ports import Intent, Receipt
from complaints.store import Store
from complaints.store.pushes import Claimed
from complaints.vocabulary import LOOKED_UP, AccountName, Purpose, PushKind, Result, Status
from tests.complaints.fakes import House
from tests.complaints.records import BOT, DESK, NOW, ZENKI, change, external
from tests.complaints.together import together

CREATE, SET, DISPUTE = PushKind.CREATE, PushKind.SET_STATUS, PushKind.OPEN_DISPUTE
DONE = Receipt(result=Result.DONE, external_id=external("desk-7"))


def raise_complaint(house: House, name: str = "chat-1") -> None:
    """A complaint comes by chat: the desk has to be told."""
    said = {"text": "It leaks", "raiser": "TELEGRAM:1", "name": "Asha Rao"}
    house.hear(BOT, name, change(Status.NEW, BOT, external_id=name, claim=said))
    flow.reconcile(house.deps)


READABLE = {purpose: [DESK] for purpose in Purpose}


def put(store: Store, kind: PushKind, state: str = "due", complaint: int = 0, **other: Any) -> int:
    """Add a push of the newest complaint (or of a given one)."""
    row: dict[str, Any] = {
        "key": f"{kind}:{other}:{state}",
        "account": DESK,
        "kind": kind,
        "state": state,
        "reason": "",
        "cause": 1,
        "created_at": NOW,
        "held_for": "release" if state == "held" else None,
        **other,
    }
    names = ", ".join(row)
    values = ":" + names.replace(", ", ", :")
    with store.engine.begin() as connection:
        found = complaint or connection.execute(text("SELECT max(id) FROM complaint")).scalar_one()
        sql = f"INSERT INTO push (complaint_id, {names}) VALUES ({found}, {values}) RETURNING id"  # noqa: S608
        return int(connection.execute(text(sql), row).scalar_one())


def states(store: Store, column: str = "state") -> list[Any]:
    """One column of all pushes in the order in which they were asked for."""
    with store.engine.connect() as connection:
        return list(connection.execute(text(f"SELECT {column} FROM push ORDER BY id")).scalars())  # noqa: S608


def swept(store: Store, again: Any, most: int, now: Any) -> list[int]:
    """Sweep, and weigh the cases whose pushes that freed."""
    freed = store.pushes.sweep(again, most, now)
    with store.engine.begin() as connection:
        connection.execute(text("UPDATE complaint SET rules = 1 WHERE rules = 0"))
    return freed


def claim(store: Store, seconds: float = 30, *accounts: AccountName) -> Claimed:
    """Claim the next push; there must be one."""
    claimed = store.pushes.claim(accounts or [DESK, ZENKI], seconds, NOW)
    assert claimed is not None
    return claimed


# -- claiming ----------------------------------------------------------------------------


def test_a_claim_hands_over_all_that_the_adapter_needs(house: House) -> None:
    """Key, kind, number, order, what the customer said, and when it is due."""
    raise_complaint(house)
    claimed = claim(house.store)
    intent: Intent = claimed.intent
    assert (claimed.account, claimed.attempts, intent.kind) == (DESK, 1, CREATE)
    assert intent.key == f"create:{intent.number}:cz-desk"
    assert (intent.claim.text, intent.claim.name) == ("It leaks", "Asha Rao")
    assert intent.due_at is not None
    assert states(house.store) == ["sending"]


def test_nobody_else_gets_it_meanwhile(house: House) -> None:
    """Four threads at once: one has it."""
    raise_complaint(house)
    claims = together(*[lambda: house.store.pushes.claim([DESK], 30, NOW)] * 4)
    assert [claim is None for claim in claims].count(False) == 1
    assert house.store.pushes.claim([DESK], 30, NOW) is None


def test_pushes_of_different_complaints_go_at_once(house: House) -> None:
    """The oldest first."""
    raise_complaint(house, "chat-1")
    raise_complaint(house, "chat-2")
    claimed = together(*[lambda: house.store.pushes.claim([DESK], 30, NOW)] * 2)
    again = [house.store.pushes.claim([DESK], 30, NOW)] if None in claimed else []
    assert len({one.id for one in claimed + again if one}) == 2


@pytest.mark.parametrize("state", ["due", "sending", "unknown"])
def test_one_push_of_a_complaint_per_account_at_a_time(house: House, state: str) -> None:
    """What was asked for earlier comes first; what nobody knows of holds the rest back."""
    raise_complaint(house)
    with house.store.engine.begin() as connection:
        connection.execute(
            text(
                "UPDATE push SET state = :state, retry_tech = clock_timestamp() + interval '1 hour'"
            ),
            {"state": state},
        )
    put(house.store, SET, target="open")
    assert house.store.pushes.claim([DESK], 30, NOW) is None


@pytest.mark.parametrize("state", ["done", "parked", "superseded", "manual", "held"])
def test_what_has_ended_holds_nothing_back(house: House, state: str) -> None:
    """Nor does a person's business, nor what waits for a release."""
    raise_complaint(house)
    with house.store.engine.begin() as connection:
        values = {"state": state, "why": "release" if state == "held" else None}
        connection.execute(text("UPDATE push SET state = :state, held_for = :why"), values)
    later = put(house.store, SET, target="open")
    assert claim(house.store).id == later


def test_another_accounts_push_holds_nothing_back(house: House) -> None:
    """The order is kept inside each account."""
    raise_complaint(house)
    other = put(house.store, DISPUTE, account=ZENKI)
    assert claim(house.store).account == DESK
    assert claim(house.store).id == other


def test_only_accounts_that_are_asked_for(house: House) -> None:
    """A paused account keeps its pushes."""
    raise_complaint(house)
    assert house.store.pushes.claim([ZENKI], 30, NOW) is None


# -- recording ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("result", "state"),
    [
        (Result.DONE, "done"),
        (Result.ALREADY, "done"),
        (Result.REFUSED, "parked"),
        (Result.UNSUPPORTED, "manual"),
        (Result.OVERTAKEN, "superseded"),
        (Result.UNKNOWN, "unknown"),
    ],
)
def test_what_a_receipt_makes_of_a_push(house: House, result: Result, state: str) -> None:
    """Every outcome that the provider or the wire decided has a state."""
    raise_complaint(house)
    receipt = Receipt(result=result, detail="why")
    assert house.store.pushes.record(claim(house.store), receipt, NOW)
    assert (states(house.store), states(house.store, "detail")) == ([state], ["why"])
    ended = states(house.store, "ended_at")
    assert ended == [NOW if state in {"done", "parked", "superseded"} else None]


def test_a_done_push_is_read_back_at_once(house: House) -> None:
    """What it made belongs to the complaint before anybody has read it."""
    raise_complaint(house)
    house.store.pushes.record(claim(house.store), DONE, NOW)
    batch = house.store.reads.claim(READABLE, 10, 30, NOW)
    assert [(due.external_id, due.source) for due in batch.reads] == [("desk-7", "read_back")]
    with house.store.engine.connect() as connection:
        sql = "SELECT complaint_id FROM mirror WHERE external_id = 'desk-7'"
        assert connection.execute(text(sql)).scalar_one() is not None


def test_an_acknowledgement_lies_between_the_reads(house: House) -> None:
    """Reads that began before it don't show it for sure; later ones do."""
    raise_complaint(house)
    before = house.store.receipts.mark()
    house.store.pushes.record(claim(house.store), DONE, NOW)
    assert before < states(house.store, "acked")[0] < house.store.receipts.mark()


def test_only_a_done_push_is_read_back(house: House) -> None:
    """A refusal shows nothing."""
    raise_complaint(house)
    receipt = Receipt(result=Result.REFUSED, external_id=external("desk-7"))
    house.store.pushes.record(claim(house.store), receipt, NOW)
    assert house.store.reads.claim(READABLE, 10, 30, NOW).reads == ()


def test_a_lost_lease_records_nothing(house: House) -> None:
    """The sweep or another worker has taken it over: the late answer changes nothing."""
    raise_complaint(house)
    slow = claim(house.store, 0)
    swept(house.store, {CREATE}, 8, NOW)
    fresh = claim(house.store)
    assert not house.store.pushes.record(slow, DONE, NOW)
    house.store.pushes.later(slow, "late", 0, NOW, give_up=True)
    house.store.pushes.unsent(slow, "late", NOW)
    assert (states(house.store), states(house.store, "attempts")) == (["sending"], [2])
    assert house.store.pushes.record(fresh, DONE, NOW)
    assert not house.store.pushes.record(fresh, Receipt(result=Result.REFUSED), NOW)
    assert states(house.store) == ["done"]


def test_an_answer_that_comes_after_the_sweep_still_counts(house: House) -> None:
    """Nobody sent it again meanwhile: an unknown create whose id is known is unknown no more."""
    raise_complaint(house)
    slow = claim(house.store, 0)
    swept(house.store, LOOKED_UP, 8, NOW)
    assert states(house.store) == ["unknown"]
    assert house.store.pushes.record(slow, DONE, NOW)
    assert states(house.store) == ["done"]
    assert [due.external_id for due in house.store.reads.claim(READABLE, 9, 30, NOW).reads] == [
        "desk-7"
    ]


def test_a_try_that_surely_failed_counts_after_the_sweep_too(house: House) -> None:
    """It can be sent again after all."""
    raise_complaint(house)
    slow = claim(house.store, 0)
    swept(house.store, LOOKED_UP, 8, NOW)
    house.store.pushes.later(slow, "refused at the door", 0, NOW, give_up=False)
    assert states(house.store) == ["due"]


# -- again -------------------------------------------------------------------------------


def test_a_try_that_failed_waits(house: House) -> None:
    """By PostgreSQL's clock; the try counts."""
    raise_complaint(house)
    house.store.pushes.later(claim(house.store), "503", 3600, NOW, give_up=False)
    assert house.store.pushes.claim([DESK], 30, NOW) is None
    with house.store.engine.begin() as connection:
        connection.execute(text("UPDATE push SET retry_tech = clock_timestamp()"))
    assert claim(house.store).attempts == 2


def test_a_push_whose_tries_are_used_up_is_parked(house: House) -> None:
    """With its last fault, for a person."""
    raise_complaint(house)
    house.store.pushes.later(claim(house.store), "503", 0, NOW, give_up=True)
    assert (states(house.store), states(house.store, "detail")) == (["parked"], ["503"])
    assert states(house.store, "ended_at") == [NOW]


def test_a_push_that_was_not_tried_counts_no_try(house: House) -> None:
    """Its account can't be used at all."""
    raise_complaint(house)
    house.store.pushes.unsent(claim(house.store), "bad key", NOW)
    assert claim(house.store).attempts == 1


def test_what_never_went_out_has_no_time_of_sending(house: House) -> None:
    """Put back untried, or found overtaken: no read can show it."""
    raise_complaint(house)
    house.store.pushes.unsent(claim(house.store), "bad key", NOW)
    assert states(house.store, "sent") == [0]
    house.store.pushes.later(claim(house.store), "away", 0, NOW, give_up=False)
    (sent,) = states(house.store, "sent")
    house.store.pushes.unsent(claim(house.store), "bad key", NOW)
    assert states(house.store, "sent") == [sent] != [0]
    house.store.pushes.record(claim(house.store), Receipt(result=Result.OVERTAKEN), NOW)
    assert (states(house.store), states(house.store, "sent")) == (["superseded"], [0])
    assert states(house.store, "retry_tech") == [None]


# -- the sweep ---------------------------------------------------------------------------


@pytest.mark.parametrize("kind", sorted(PushKind))
def test_what_a_dead_worker_left(house: House, kind: PushKind) -> None:
    """What can be looked up is due again; anything else is unknown, and never sent again."""
    raise_complaint(house)
    with house.store.engine.begin() as connection:
        connection.execute(text("DELETE FROM push"))
    put(house.store, kind)
    dead = claim(house.store, 0)
    assert swept(house.store, LOOKED_UP, 8, NOW) == [dead.id]
    again = kind in {SET, DISPUTE, "edit_order", "cancel_order", "deliver"}
    assert states(house.store) == ["due" if again else "unknown"]
    assert (house.store.pushes.claim([DESK], 30, NOW) is not None) is again


def test_a_push_that_is_being_sent_isnt_swept(house: House) -> None:
    """Its lease runs."""
    raise_complaint(house)
    claim(house.store)
    assert swept(house.store, LOOKED_UP, 8, NOW) == []
    assert states(house.store) == ["sending"]


def test_a_push_that_kills_its_workers_is_parked(house: House) -> None:
    """Looking it up again and again must come to an end."""
    raise_complaint(house)
    with house.store.engine.begin() as connection:
        connection.execute(text("DELETE FROM push"))
    put(house.store, SET, target="open")
    for _ in range(house.deps.limits.deaths):
        claim(house.store, 0)
        swept(house.store, LOOKED_UP, house.deps.limits.deaths, NOW)
    assert states(house.store) == ["parked"]
    assert house.store.pushes.claim([DESK], 30, NOW) is None


def test_released_pushes_become_due(house: House) -> None:
    """Of that account alone."""
    raise_complaint(house)
    with house.store.engine.begin() as connection:
        connection.execute(text("UPDATE push SET state = 'held', held_for = 'release'"))
    put(house.store, DISPUTE, "held", account=ZENKI)
    assert house.store.pushes.release(DESK) == 1
    assert states(house.store) == ["due", "held"]


# -- with a reconcile at the same time ---------------------------------------------------


@pytest.mark.parametrize("ending", ["answered", "put back", "swept"])
def test_recording_while_the_case_is_being_decided(house: House, ending: str) -> None:
    """One waits for the other; neither is chosen as the victim of a deadlock."""
    raise_complaint(house)
    store = house.store
    # An observation that ends the case, so that deciding it overtakes the push.
    house.hear(BOT, "end", change(Status.REJECTED, BOT, external_id="chat-1", covers=["rejected"]))
    batch = store.receipts.claim([BOT], 10, 30)
    news = [(o, house.fakes[o.account].parse(o)) for o in batch.observations]
    accounts = house.deps.accounts
    loaded, recorded = Event(), Event()
    faults: list[Exception] = []

    def record() -> None:
        loaded.wait(10)
        try:
            if ending == "answered":
                store.pushes.record(claimed, DONE, NOW)
            elif ending == "put back":
                store.pushes.unsent(claimed, "no place", NOW)
            else:
                store.pushes.sweep({PushKind.CREATE}, 8, NOW)
        except Exception as fault:  # noqa: BLE001 - whatever it is, the test shows it
            faults.append(fault)
        recorded.set()

    thread = Thread(target=record)
    thread.start()
    with store.casework(news, accounts) as (connection, docket):
        claimed = claim(store, 0 if ending == "swept" else 30)
        loaded.set()
        # Long enough for the other thread to take the locks that it can get.
        recorded.wait(0.5)
        flow.take_all(docket, news, house.deps, NOW)
        store.save(connection, docket, batch, NOW, accounts, frozenset())
    thread.join(20)
    assert faults == []
    assert states(store) == ["done" if ending == "answered" else "due"]
    # What was decided meanwhile left it alone: it isn't sent before it is weighed again.
    assert ending == "answered" or store.pushes.claim([DESK, ZENKI], 30, NOW) is None


def test_a_push_that_was_done_meanwhile_isnt_overtaken(house: House) -> None:
    """The decision saw it due; the call was made all the same, and that is what counts."""
    raise_complaint(house)
    store = house.store
    house.hear(BOT, "end", change(Status.REJECTED, BOT, external_id="chat-1", covers=["rejected"]))
    batch = store.receipts.claim([BOT], 10, 30)
    news = [(o, house.fakes[o.account].parse(o)) for o in batch.observations]
    with store.casework(news, house.deps.accounts) as (connection, docket):
        flow.take_all(docket, news, house.deps, NOW)
        assert docket.superseded
        claimed = claim(store)
        store.save(connection, docket, batch, NOW, house.deps.accounts, frozenset())
    assert states(store) == ["sending"]
    assert store.pushes.record(claimed, DONE, NOW)


def test_what_cant_be_read_isnt_due_to_be_read(house: House) -> None:
    """A chat that hosts complaints tells their number once and is never asked again."""
    raise_complaint(house)
    house.store.pushes.record(claim(house.store), DONE, NOW, readable=False)
    with house.store.engine.connect() as connection:
        sql = (
            "SELECT complaint_id IS NOT NULL, next_read_at FROM mirror WHERE external_id = 'desk-7'"
        )
        assert connection.execute(text(sql)).one() == (True, None)
    assert house.store.at_rest(NOW).reads == 0
