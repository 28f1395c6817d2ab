"""What the tables don't expect is counted and listed, with its reason."""

from __future__ import annotations

from datetime import timedelta

from complaints.store.oddities import Oddity, OddLine
from complaints.vocabulary import Status
from tests.complaints.fakes import House
from tests.complaints.records import BOT, DESK, ZENKI, change
from tests.complaints.test_replaying import mend

ALL = frozenset(Oddity)


def odd(house: House) -> None:
    """A jump at the desk, an older read, something unreadable, and a doubt about a total."""
    house.hear(DESK, "1", change(Status.NEW, external_id="d1"))
    house.settle()
    house.hear(DESK, "2", change(Status.CLOSED, external_id="d1", warnings=("no total", "no date")))
    house.hear(ZENKI, "bad", change(subject="unreadable", reason="no JSON"))
    house.settle()


def listed(house: House, *kinds: Oddity, limit: int = 10) -> list[OddLine]:
    """The newest of these kinds."""
    return house.store.oddities(None, None, frozenset(kinds) or ALL, limit)[1]


def test_nothing_is_odd_at_first(house: House) -> None:
    """Neither in an empty store nor after ordinary news."""
    assert house.store.oddities(None, None, ALL, 10) == ({}, [])
    house.hear(DESK, "1", change(Status.NEW, external_id="d1"))
    house.settle()
    assert house.store.oddities(None, None, ALL, 10) == ({}, [])


def test_each_oddity_is_counted_at_its_account(house: House) -> None:
    """Jumps, warnings and what was set aside."""
    odd(house)
    counts, _ = house.store.oddities(None, None, ALL, 10)
    assert counts == {
        DESK: {Oddity.JUMP: 1, Oddity.WARNING: 1},
        ZENKI: {Oddity.QUARANTINED: 1},
    }


def test_each_oddity_is_listed_with_what_it_is(house: House) -> None:
    """The newest first; all doubts about one observation are one line."""
    odd(house)
    said = [(line.account, line.kind, line.what) for line in listed(house)]
    assert said == [
        (ZENKI, Oddity.QUARANTINED, "no JSON"),
        (DESK, Oddity.JUMP, "new -> closed"),
        (DESK, Oddity.WARNING, "no total; no date"),
    ]
    number = listed(house, Oddity.JUMP)[0].number
    assert number is not None
    assert [line.number for line in listed(house)] == [None, number, number]


def test_only_some_are_listed(house: House) -> None:
    """By kind, account, time and number; the sums don't depend on kind and number."""
    odd(house)
    assert [line.kind for line in listed(house, Oddity.WARNING)] == [Oddity.WARNING]
    assert len(listed(house, limit=2)) == 2
    counts, lines = house.store.oddities(ZENKI, None, ALL, 10)
    assert (list(counts), [line.account for line in lines]) == ([ZENKI], [ZENKI])
    later = house.clock() + timedelta(hours=1)
    assert house.store.oddities(None, later, ALL, 10) == ({}, [])
    assert house.store.oddities(BOT, None, ALL, 10) == ({}, [])


def test_a_replay_takes_a_warning_back(house: House) -> None:
    """After a mended adapter doubts nothing any more."""
    odd(house)
    (line,) = listed(house, Oddity.WARNING)
    mend(house, DESK, lambda said: said.model_copy(update={"warnings": ()}))
    house.store.replays.reopen([line.seq], [], house.clock())
    house.settle()
    assert listed(house, Oddity.WARNING) == []


def test_the_timeline_tells_of_warnings(house: House) -> None:
    """Beside the observation that they are about."""
    odd(house)
    number = listed(house, Oddity.JUMP)[0].number
    assert number is not None
    case = house.store.case(number)
    assert case is not None
    assert any(entry.text.endswith("warned: no total; no date") for entry in case.timeline)
