"""Two beats at once, and a beat that was down for a day: every escalation exactly once.

Business time is the host's clock, moved by freezegun; PostgreSQL's clock, by which beats take
their turns, it doesn't reach, so the periods that are over by then are put behind us by hand.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from freezegun import freeze_time

from complaints import store
from complaints.store.escalations import LATE
from complaints.vocabulary import Status
from tasks.step import STEP, TICK
from tests.complaints.fakes import House
from tests.complaints.records import BOT, NOW, change
from tests.complaints.together import together
from tests.tasks.test_step import Bench
from worker.wiring import system_clock

EVERY = 10.0**12
"""One period for as long as this test runs, until it is put behind us."""

COMPLAINTS = 12
STEP_HOURS = 12
DOWN = range(33 * 24, 34 * 24)
"""Hours of the story in which no beat runs, and in which cases pass their due dates."""


@pytest.fixture
def house(database_url: str) -> Iterator[House]:
    """A store whose business clock is the host's."""
    opened = store.open(database_url)
    made = House(opened)
    made.deps = replace(made.deps, clock=system_clock)
    yield made
    opened.close()


def next_period(house: House) -> None:
    """The beats' periods are over."""
    with house.store.engine.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE tick SET slot = -1 - (SELECT count(*) FROM tick) WHERE slot >= 0"
        )


def work(house: House, bench: Bench) -> int:
    """Do what was nudged; returns how many nudges that were."""
    nudged, house.nudged[:] = list(house.nudged), []
    for step in nudged:
        bench.run(STEP, step)
    return len(nudged)


def test_two_beats_and_a_day_without_any(house: House) -> None:
    """Each complaint is flagged, escalated and told of once, and none is forgotten."""
    first, second = Bench(house), Bench(house)
    told_by_hour: dict[int, int] = {}
    with freeze_time(NOW) as frozen:
        for hour in range(0, 37 * 24, STEP_HOURS):
            frozen.move_to(NOW + timedelta(hours=hour))
            if hour < COMPLAINTS * STEP_HOURS:
                house.clock.now = system_clock()
                house.hear(BOT, str(hour), change(Status.NEW, BOT, external_id=f"c{hour}"))
            if hour not in DOWN:
                next_period(house)
                together(
                    lambda: first.run(TICK, "look", EVERY), lambda: second.run(TICK, "look", EVERY)
                )
                assert len(house.nudged) == len(set(house.nudged)), "one of the two was first"
                together(lambda: work(house, first), lambda: first.run(STEP, "escalate"))
                work(house, second)
            told_by_hour[hour] = len(house.notes.told)
    rungs = Counter(_rows(house, "SELECT complaint_id, deadline_version, rung FROM escalation"))
    assert len(rungs) == COMPLAINTS
    assert set(rungs.values()) == {1}
    late = [note for note in house.notes.told if note.kind == LATE]
    assert len({note.key for note in late}) == len(late) == COMPLAINTS
    assert not any(note.repeat for note in late)
    down = [told_by_hour[hour] for hour in DOWN if hour in told_by_hour]
    assert len(set(down)) == 1, "nobody told of anything while no beat ran"
    assert 0 < down[0] < COMPLAINTS
    after = told_by_hour[DOWN.stop]
    assert after > down[0], "what was missed is caught up at once"


def _rows(house: House, query: str) -> list[tuple[object, ...]]:
    with house.store.engine.connect() as connection:
        return [tuple(row) for row in connection.exec_driver_sql(query)]
