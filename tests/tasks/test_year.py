"""A year of complaints, with downtimes, changed rules and moved due dates: each rung once.

Time is the host's, moved by freezegun; the beat's tick and the worker's step run in this process.
What had to be fired is counted apart: complaint by complaint, from the script alone, by spending
the time that was promised hour after hour of running clock.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import pytest
from freezegun import freeze_time

from complaints import store
from complaints.flow import Limits
from complaints.renewing import adopt, renew
from complaints.rules import PauseKind, ShopRules
from complaints.vocabulary import Status
from tasks.step import STEP, TICK
from tests.complaints.fakes import House
from tests.complaints.records import CZ, DESK, RULES, change
from tests.tasks.test_step import Bench
from worker.wiring import system_clock

BEGIN = datetime(2026, 1, 1, 0, 30, tzinfo=UTC)
EVERY = 10.0**12
PRAGUE = ZoneInfo("Europe/Prague")
OFFSETS = {
    "-72h": timedelta(hours=-72),
    "-24h": timedelta(hours=-24),
    "due": timedelta(0),
    "+1d": timedelta(days=1),
    "+3d": timedelta(days=3),
    "+7d": timedelta(days=7),
}
FIRST = ("-72h", "-24h", "due", "+1d", "+3d")


class Heard(NamedTuple):
    """What the desk says of one complaint, and when that is heard."""

    at: datetime
    status: Status


class Promise(NamedTuple):
    """Rules of a shop from some time on."""

    since: datetime
    days: int
    ladder: tuple[str, ...]

    def rules(self) -> ShopRules:
        """The same for Redress."""
        return RULES.model_copy(
            update={
                "due_days": self.days, "ladder": self.ladder, "pauses": (PauseKind.WAITING,),
            }
        )  # fmt: skip


@dataclass
class Script:
    """All that happens."""

    days: int
    tick_hours: int
    stories: list[list[Heard]]
    promises: list[Promise]
    down: list[tuple[datetime, datetime]]

    @classmethod
    def of(cls, seed: int, complaints: int, days: int, tick_hours: int) -> Script:
        """One that chance makes."""
        chance = random.Random(seed)
        stories = [_story(chance, days) for _ in range(complaints)]
        third = timedelta(days=days / 3)
        promises = [
            Promise(BEGIN, 30, FIRST),
            Promise(BEGIN + third, 20, FIRST),
            Promise(BEGIN + 2 * third, 25, (*FIRST, "+7d")),
        ]
        down = []
        for _ in range(max(days // 40, 2)):
            since = BEGIN + timedelta(days=chance.uniform(5, days - 10))
            down.append((since, since + timedelta(hours=chance.choice([5, 30, 100]))))
        return cls(days, tick_hours, stories, promises, down)

    def ticks(self) -> Iterator[datetime]:
        """When a beat is alive."""
        for n in range(self.days * 24 // self.tick_hours):
            now = BEGIN + timedelta(hours=n * self.tick_hours)
            if not any(since <= now < until for since, until in self.down):
                yield now


def _story(chance: random.Random, days: int) -> list[Heard]:
    """Opened, taken up, sometimes waiting, mostly ended, now and then opened again."""
    at = BEGIN + timedelta(days=chance.uniform(0, days - 5))
    told = [Heard(at, Status.NEW)]

    def later(most: float) -> datetime:
        return told[-1].at + timedelta(hours=chance.uniform(1, most * 24))

    told.append(Heard(later(10), Status.OPEN))
    for _ in range(chance.choice([0, 0, 1, 2])):
        told.append(Heard(later(12), Status.WAITING))
        told.append(Heard(later(15), Status.OPEN))
    if chance.random() < 0.8:
        told.append(Heard(later(25), Status.RESOLVED))
        if chance.random() < 0.2:
            told.append(Heard(later(10), Status.OPEN))
    return told


# -- counted apart -----------------------------------------------------------------------


@dataclass
class Slow:
    """One complaint, followed from tick to tick."""

    story: list[Heard]
    version: int = 0
    due: datetime | None = None
    fired: list[tuple[int, str, datetime]] = field(default_factory=list)
    seen: int = 0
    """How much of the story was decided at the tick before."""

    def _move(self, known: list[Heard], days: int) -> None:
        due = spent(known, days)
        if due != self.due:
            self.version, self.due = self.version + 1, due

    def tick(self, now: datetime, promise: Promise) -> None:
        """What has come by now is fired, once."""
        known = [heard for heard in self.story if heard.at <= now]
        if not known:
            return
        # New rules are in force before news is decided.
        if self.seen:
            self._move(known[: self.seen], promise.days)
        self._move(known, promise.days)
        self.seen, due = len(known), self.due
        assert due is not None
        status = known[-1].status
        stands_still = status is Status.WAITING and known[-1].at < due
        if status is Status.RESOLVED or stands_still:
            return
        for rung in promise.ladder:
            came = due + OFFSETS[rung]
            heard_of = any(
                name == rung and (version == self.version or at >= came)
                for version, name, at in self.fired
            )
            if came <= now and not heard_of:
                self.fired.append((self.version, rung, now))


def spent(known: list[Heard], days: int) -> datetime:
    """When the promised time is used up: it runs only while the case doesn't wait.

    While it waits, when it would be if that went on at once.
    """
    filed = known[0].at
    day = filed.astimezone(PRAGUE).date() + timedelta(days=days + 1)
    left = datetime(day.year, day.month, day.day, tzinfo=PRAGUE) - filed
    for heard, after in zip(known, [*known[1:], None], strict=True):
        if heard.status is Status.WAITING:
            continue
        if after is None or after.at - heard.at >= left:
            return heard.at + left
        left -= after.at - heard.at
    return known[-1].at + left


# -- played ------------------------------------------------------------------------------


def play(house: House, script: Script) -> None:
    """Let it happen."""
    bench = Bench(house)
    ahead = sorted(
        (heard.at, n, place)
        for n, story in enumerate(script.stories)
        for place, heard in enumerate(story)
    )
    promises = list(script.promises)
    with freeze_time(BEGIN) as world:
        for now in script.ticks():
            while ahead and ahead[0][0] <= now:
                at, n, place = ahead.pop(0)
                world.move_to(at)
                house.clock.now = at
                status = script.stories[n][place].status
                house.hear(DESK, f"{n}-{place}", change(status, external_id=f"d{n}"))
            world.move_to(now)
            if promises and promises[0].since <= now:
                house.deps = replace(house.deps, shops={CZ: promises.pop(0).rules()})
                bench = Bench(house)
                adopt(house.deps, "eva")
            with house.store.engine.begin() as connection:
                connection.exec_driver_sql("DELETE FROM tick")
            for entry in ("renew", "look"):
                bench.run(TICK, entry, EVERY)
            for step in ("reconcile", "escalate"):
                bench.run(STEP, step)


def counted(script: Script) -> Counter[tuple[str, int, str, datetime]]:
    """What had to be fired, of whom, and when."""
    slow = [Slow(story) for story in script.stories]
    for now in script.ticks():
        promise = next(one for one in reversed(script.promises) if one.since <= now)
        for one in slow:
            one.tick(now, promise)
    return Counter(
        (f"d{n}", version, rung, at)
        for n, one in enumerate(slow)
        for version, rung, at in one.fired
    )


def fired(house: House) -> Counter[tuple[str, int, str, datetime]]:
    """What was fired."""
    with house.store.engine.connect() as connection:
        rows = connection.exec_driver_sql(
            "SELECT m.external_id, e.deadline_version, e.rung, e.fired_at"
            " FROM escalation e JOIN mirror m ON m.complaint_id = e.complaint_id"
        )
        return Counter((name, version, rung, at) for name, version, rung, at in rows)


@pytest.mark.parametrize(
    ("complaints", "days", "tick_hours", "seed"),
    [
        pytest.param(80, 120, 12, 1, marks=pytest.mark.timeout(180), id="four months"),
        pytest.param(
            2_000, 365, 6, 2, marks=[pytest.mark.long, pytest.mark.timeout(1800)], id="a whole year"
        ),
    ],
)
def test_each_rung_of_a_year_fires_once(
    database_url: str, complaints: int, days: int, tick_hours: int, seed: int
) -> None:
    """Under its version of the due date, at the first tick at which it has come; none besides."""
    script = Script.of(seed, complaints, days, tick_hours)
    opened = store.open(database_url)
    try:
        house = House(opened, rules=script.promises[0].rules(), limits=Limits(batch=2_000))
        house.deps = replace(house.deps, clock=system_clock)
        with freeze_time(BEGIN):
            renew(house.deps)
        play(house, script)
        expected, found = counted(script), fired(house)
        assert found == expected
        assert set(found.values()) == {1}
        names = {rung for _, _, rung, _ in found}
        assert names == set(OFFSETS), "the script lets every rung come"
        assert max(version for _, version, _, _ in found) > 2, "due dates move"
        keys = Counter(notice.key for notice in house.notes.told)
        assert set(keys.values()) == {1}
        assert not any(notice.repeat for notice in house.notes.told)
    finally:
        opened.close()
