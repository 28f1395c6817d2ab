"""A worker dies in every gap between two durable steps; the next one goes on, and nothing is lost.

The test finds the gaps itself: it counts commits of the store and calls of the accounts in one
scripted case, then plays the case again and again, with a death behind each of them.
"""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
import pytest

from complaints import flow, store
from complaints.flow import Limits
from complaints.ports import Intent, Reading, Receipt
from complaints.store.escalations import UNKNOWN_OLD
from complaints.store.notices import Notice
from complaints.vocabulary import ExternalId, PushKind, Result, Status
from tests.complaints.conftest import EMPTY
from tests.complaints.fakes import FakeProvider, House, document
from tests.complaints.records import ACCOUNTS, BOT, DESK, change, history

pytestmark = [pytest.mark.kill, pytest.mark.timeout(300)]

LEASE = 0.4
KILLED = 9


class Gap(NamedTuple):
    """Behind what a process dies: the step, and the number of the durable deed in it."""

    step: str
    deed: int


class Death:
    """Counts durable deeds, and ends the process behind the one that was chosen."""

    def __init__(self, at: int | None = None) -> None:
        self.at = at
        self.count = 0
        self.step = ""
        self.in_step = 0
        self.gaps: list[Gap] = []

    def begin(self, step: str) -> None:
        """Another step begins."""
        self.step, self.in_step = step, 0

    def deed(self) -> None:
        """Something is done that outlives the process."""
        self.count += 1
        self.in_step += 1
        self.gaps.append(Gap(self.step, self.in_step))
        if self.count == self.at:
            os._exit(KILLED)


class LastingDesk(FakeProvider):
    """A desk that remembers in a file what it was asked, whoever dies."""

    def __init__(self, file: Path, death: Death) -> None:
        super().__init__(ACCOUNTS[DESK])
        self._file = file
        self._death = death

    def asked(self) -> list[dict[str, Any]]:
        """All writes, the oldest first."""
        return [json.loads(line) for line in self._file.read_text().splitlines()]

    def push(self, intent: Intent) -> Receipt:
        """Write it down first: what was asked here has happened."""
        made = intent.external_id or ExternalId(f"d{len(self.asked()) + 1}")
        line = {"kind": intent.kind, "key": intent.key, "id": made, "target": intent.target}
        with self._file.open("a") as file:
            file.write(json.dumps(line) + "\n")
        self._death.deed()
        return Receipt(result=Result.DONE, external_id=made)

    def fetch(self, external_id: ExternalId) -> Reading:
        """Show the case as its staff, and our own calls, have moved it."""
        seen = [Status.NEW, Status.OPEN]
        ours = [one for one in self.asked() if one["id"] == external_id and one["target"]]
        seen += [Status(str(one["target"])) for one in ours]
        shown = change(seen[-1], external_id=external_id, events=history(*seen))
        body = document(shown)
        self._death.deed()
        return Reading(form="document", external_id=external_id, body=body)


class LastingNotes:
    """People who remember what they were told."""

    def __init__(self, file: Path, death: Death) -> None:
        self._file = file
        self._death = death

    def wants(self, notice: Notice) -> bool:
        """All of it."""
        return True

    def tell(self, notice: Notice) -> None:
        """Write it down."""
        with self._file.open("a") as file:
            file.write(json.dumps([notice.kind, notice.key, notice.repeat]) + "\n")
        self._death.deed()


def count_commits(opened: store.Store, death: Death) -> None:
    """A commit that wrote anything is a deed."""
    commit = opened.engine.dialect.do_commit

    def committed(dbapi_connection: Any) -> None:
        with dbapi_connection.cursor() as cursor:
            wrote = cursor.execute("SELECT pg_current_xact_id_if_assigned()").fetchone()
        commit(dbapi_connection)
        if wrote[0] is not None:
            death.deed()

    opened.engine.dialect.do_commit = committed  # type: ignore[method-assign]


def play(url: str, folder: Path, death: Death) -> None:
    """Play the case to its end, from wherever it stands."""
    with closing(store.open(url)) as opened:
        house = House(opened, limits=Limits(lease=LEASE))
        desk = LastingDesk(folder / "desk", death)
        providers = {**house.deps.providers, DESK: desk}
        notes = LastingNotes(folder / "notes", death)
        house.deps = replace(house.deps, providers=providers, channels={"notes": notes})
        count_commits(opened, death)
        _play(house, death)


def _play(house: House, death: Death) -> None:
    death.begin("receive")
    news = change(Status.NEW, BOT, external_id="c1")
    house.hear(BOT, "raise", news)
    _rest(house, death)
    house.clock.pass_(hours=2)
    death.begin("receive")
    house.hear(BOT, "ends", change(Status.REJECTED, BOT, external_id="c1"))
    _rest(house, death)
    death.begin("receive")
    house.hear(BOT, "other", change(Status.NEW, BOT, external_id="c2"))
    _rest(house, death)
    house.clock.pass_(days=40)
    _rest(house, death)


def _rest(house: House, death: Death) -> None:
    """Every step and sweep, until nothing is left; leases of the dead must run out first."""
    until = time.monotonic() + 20
    acts: dict[str, Callable[[flow.Deps], int]] = {**flow.SWEEPS, **flow.STEPS}
    del acts["audit"]  # it compares, and puts nothing right that isn't put right here
    while time.monotonic() < until:
        done = 0
        for name, act in acts.items():
            death.begin(name)
            done += act(house.deps)
        rest = house.store.at_rest(house.clock())
        if not done and not rest:
            return
        if not done:
            time.sleep(0.1)
    raise AssertionError(house.store.at_rest(house.clock()))


@contextmanager
def fresh(url: str, folder: Path) -> Iterator[None]:
    """Nothing has happened yet."""
    with psycopg.connect(url.replace("+psycopg", "", 1), autocommit=True) as connection:
        connection.execute(EMPTY)
    for name in ("desk", "notes"):
        (folder / name).write_text("")
    yield


def in_a_process(act: Callable[[], None]) -> int:
    """Run it in a child that shares nothing that lasts; its exit code."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            act()
            code = 0
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


class End(NamedTuple):
    """How a case has ended."""

    receipts: list[tuple[Any, ...]]
    complaints: list[tuple[Any, ...]]
    unknown: int
    creates: list[str]
    told: list[tuple[str, str]]


def ended(url: str, folder: Path) -> End:
    """What is left, in the store and outside of it."""
    with psycopg.connect(url.replace("+psycopg", "", 1)) as connection:
        receipts = connection.execute(
            "SELECT account, verdict, count(*) FROM receipt WHERE account = 'cz-bot'"
            " GROUP BY 1, 2 ORDER BY 1, 2"
        ).fetchall()
        complaints = connection.execute(
            "SELECT origin, status, outcome, overdue FROM complaint ORDER BY born"
        ).fetchall()
        unknown = connection.execute("SELECT count(*) FROM push WHERE state = 'unknown'").fetchone()
    desk = [json.loads(line) for line in (folder / "desk").read_text().splitlines()]
    notes = [json.loads(line) for line in (folder / "notes").read_text().splitlines()]
    return End(
        receipts,
        complaints,
        unknown[0] if unknown else 0,
        [one["key"] for one in desk if one["kind"] == PushKind.CREATE],
        [(kind, key) for kind, key, _ in notes],
    )


def test_a_death_in_any_gap_loses_and_doubles_nothing(database_url: str, tmp_path: Path) -> None:
    """All is decided, a create is sent once or unknown, people are told once, or twice the same."""
    with fresh(database_url, tmp_path):
        counted = Death()
        play(database_url, tmp_path, counted)
        whole = ended(database_url, tmp_path)
    assert whole.unknown == 0
    assert len(whole.creates) == len(set(whole.creates)) == 2
    listed = {int(n) for n in re.findall(r"(?m)^.*?\b(\d+) \w", str(flow.__doc__))}
    places = set(counted.gaps)
    assert len(places) >= max(listed) >= 14, sorted(places)
    doubtful = 0
    for n in range(1, counted.count + 1):
        with fresh(database_url, tmp_path):
            code = in_a_process(lambda n=n: play(database_url, tmp_path, Death(at=n)))  # type: ignore[misc]
            assert code == KILLED, (n, code)
            assert in_a_process(lambda: play(database_url, tmp_path, Death())) == 0, n
            end = ended(database_url, tmp_path)
        gap = counted.gaps[n - 1]
        assert end.receipts == whole.receipts, (n, gap)
        # A request that never left looks like one whose answer was lost: nobody sends it again.
        assert len(end.creates) == len(set(end.creates)) <= 2 <= len(end.creates) + end.unknown
        kinds = {kind for kind, _ in end.told}
        assert kinds - {UNKNOWN_OLD} == {kind for kind, _ in whole.told}, (n, gap)
        assert all(end.told.count(one) <= 2 for one in end.told), (n, gap)
        if end.unknown:
            doubtful += 1
            assert gap.step == "push", (n, gap)
        else:
            assert end.complaints == whole.complaints, (n, gap)
    assert doubtful > 0
