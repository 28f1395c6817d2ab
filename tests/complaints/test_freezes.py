"""A hold: observations go on, effects wait, and go on in their order."""

from __future__ import annotations

from datetime import timedelta

from complaints import flow
from complaints.store.freezes import Direction
from complaints.vocabulary import ComplaintNumber, Status
from tests.complaints.fakes import House, document
from tests.complaints.records import BOT, DESK, change, external
from tests.complaints.test_matching import rows


def raised(house: House, n: int) -> str:
    """A complaint that is to be filed at the desk; nothing was sent yet."""
    seq = house.hear(BOT, f"raise {n}", change(Status.NEW, BOT, external_id=f"c{n}"))
    while flow.reconcile(house.deps):
        pass
    query = "SELECT number FROM complaint c JOIN receipt r ON r.complaint_id = c.id AND r.seq = :s"
    return str(rows(house, query, s=seq)[0][0])


def freeze(house: House, number: str, hours: float = 5) -> bool:
    """Let nothing about a complaint be sent."""
    until = house.clock() + timedelta(hours=hours)
    return house.store.freezes.freeze_case(
        ComplaintNumber(number), until, "lawyers", "eva", house.clock()
    )


def sent(house: House) -> list[str]:
    """Numbers of what the desk was sent."""
    while flow.push(house.deps):
        pass
    return [intent.number for intent in house.fakes[DESK].sent]


def test_a_frozen_case_sends_nothing_and_others_do(house: House) -> None:
    """Until its time is over; then it goes on by itself."""
    first, second = raised(house, 1), raised(house, 2)
    assert freeze(house, first)
    assert sent(house) == [second]
    (stands,) = house.store.freezes.standing(house.clock())
    assert (stands.number, stands.reason, stands.waiting) == (first, "lawyers", 1)
    house.clock.pass_(hours=5)
    assert sent(house) == [second, first]
    assert house.store.freezes.standing(house.clock()) == []


def test_a_frozen_case_is_observed_and_decided(house: House) -> None:
    """What its accounts say counts at once."""
    number = raised(house, 1)
    freeze(house, number)
    house.hear(BOT, "more", change(Status.REJECTED, BOT, external_id="c1"))
    while flow.reconcile(house.deps):
        pass
    assert rows(house, "SELECT status FROM complaint") == [("rejected",)]
    assert sent(house) == []


def test_a_hold_is_lifted(house: House) -> None:
    """Once; then there is none."""
    number = raised(house, 1)
    freeze(house, number)
    lift = house.store.freezes.lift
    assert lift(ComplaintNumber(number), None, "eva", house.clock()) == 1
    assert lift(ComplaintNumber(number), None, "eva", house.clock()) == 0
    assert sent(house) == [number]


def test_nobody_freezes_what_is_not_there(house: House) -> None:
    """A number that nobody has."""
    assert freeze(house, "99999") is False


def test_a_frozen_account_is_sent_nothing(house: House) -> None:
    """What waits goes on in its order afterwards."""
    numbers = [raised(house, n) for n in range(3)]
    until = house.clock() + timedelta(hours=1)
    house.store.freezes.freeze_account(DESK, Direction.OUT, until, "moving", "eva", house.clock())
    assert sent(house) == []
    assert house.store.freezes.lift(None, DESK, "eva", house.clock()) == 1
    assert sent(house) == numbers


def test_an_account_frozen_on_its_way_in_is_not_read(house: House) -> None:
    """And is sent what is asked for all the same."""
    number = raised(house, 1)
    until = house.clock() + timedelta(hours=1)
    house.store.freezes.freeze_account(DESK, Direction.IN, until, "moving", "eva", house.clock())
    house.fakes[DESK].documents[external("d1")] = document(change(Status.OPEN, external_id="d1"))
    assert sent(house) == [number]
    house.hear(DESK, "hint", change(Status.NEW, external_id="d1"))
    while flow.reconcile(house.deps):
        pass
    house.clock.pass_(minutes=30)
    assert flow.poll(house.deps) == 0
    house.clock.pass_(minutes=30)
    assert flow.poll(house.deps) > 0
