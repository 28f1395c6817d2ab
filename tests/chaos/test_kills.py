"""The promise, proved by killing: a whole story with dead workers and an emptied broker in it."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
import redis

from worker.demo.audit import PLAN, audit_folder
from worker.demo.generator import generate
from worker.demo.house import House, Terms, open_house
from worker.demo.planner import plan
from worker.demo.player import Stage, play
from worker.processes import group_of

KILLS = 3
DUE_ROWS = 20
LEFT_MS = 250
CLAIMED = "SELECT count(*) FROM receipt WHERE verdict = 'pending' AND lease_until_tech IS NOT NULL"
SENDING = "SELECT count(*) FROM push WHERE state = 'sending'"
DUE = """SELECT (SELECT count(*) FROM receipt WHERE verdict = 'pending')
  + (SELECT count(*) FROM push WHERE state = 'due')
  + (SELECT count(*) FROM mirror WHERE next_read_at <= %s)"""

pytestmark = [pytest.mark.kill, pytest.mark.long, pytest.mark.timeout(280)]


class Accidents:
    """Waits for the worst moment and makes it happen.  What was seen is kept for the test."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.seen: list[tuple[int, int]] = []
        self.flushed_with = 0
        self.over = threading.Event()
        url = house.place.database_url.replace("postgresql+psycopg", "postgresql")
        self._rows = psycopg.connect(url, autocommit=True)

    def run(self) -> None:
        """All accidents, one after another."""
        try:
            while len(self.seen) < KILLS and not self.over.is_set():
                self._kill_workers()
            while not self.flushed_with and not self.over.is_set():
                self._flush_broker()
        finally:
            self._rows.close()

    def _count(self, query: str, *values: object) -> int:
        (count,) = self._rows.execute(query, values or None).fetchone() or (0,)
        return int(count)

    def _kill_workers(self) -> None:
        """Kill both workers, children included, with a push under way and a batch claimed.

        The workers stand still while the database is asked, so that what it says is so.
        """
        if not self._count(SENDING):
            time.sleep(0.001)
            return
        groups = [self.house.stack.pid(name) for name in ("inside", "outside")]
        with self._frozen(groups[:1]):
            if not self._count(CLAIMED):
                return
            with self._frozen(groups[1:]):
                sending, claimed = self._count(SENDING), self._count(CLAIMED)
                # The provider must be at work on each of them, for a while yet: what became of
                # a push whose answer lies in a dead worker's socket, no wire log can tell.
                hanging = self.house.control.sandbox.hanging()
                left = [int(str(request["milliseconds_left"])) for request in hanging]
                if not sending or not claimed or len(left) != sending or min(left) < LEFT_MS:
                    return
                self.seen.append((sending, claimed))
                for name, group in zip(("inside", "outside"), groups, strict=True):
                    members = group_of(group)
                    self.house.stack.kill(name)
                    for pid in members - {group}:
                        _signal(pid, signal.SIGKILL)
        for name, group in zip(("inside", "outside"), groups, strict=True):
            self.house.stack.wait_up(name, after=group)

    def _flush_broker(self) -> None:
        now = self.house.office.now()
        due = self._count(DUE, now)
        if due < DUE_ROWS:
            time.sleep(0.001)
            return
        with redis.Redis.from_url(self.house.place.broker_url) as broker:
            broker.flushall()
        self.flushed_with = due

    @contextmanager
    def _frozen(self, groups: list[int]) -> Iterator[None]:
        pids = {pid for group in groups for pid in group_of(group)}
        for pid in pids:
            _signal(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in pids:
                _signal(pid, signal.SIGCONT)


def _signal(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def _quiet(_line: str) -> None:
    return


def test_a_story_survives_killed_workers_and_an_emptied_broker(tmp_path: Path) -> None:
    """Three times both workers die in mid-work, then the broker forgets all: the audit holds."""
    story = plan(generate(7, complaints=60, days=45), 7)
    (tmp_path / PLAN).write_text(story.model_dump_json(), encoding="utf-8")
    with open_house(story, tmp_path, _quiet, Terms(lease_seconds=4.0)) as house:
        creates = "/complaint/create"
        house.control.sandbox.fault("bizkithub", "slow", path=creates, times=40, seconds=1.0)
        accidents = Accidents(house)
        thread = threading.Thread(target=accidents.run, daemon=True)
        thread.start()
        try:
            played = play(story, _stage(house))
        finally:
            accidents.over.set()
            thread.join(timeout=30)
        house.leave_evidence(tmp_path)
    report = audit_folder(tmp_path)
    assert len(accidents.seen) == KILLS
    assert all(sending >= 1 and claimed >= 1 for sending, claimed in accidents.seen)
    assert accidents.flushed_with >= DUE_ROWS
    assert (report.failures, report.sentences) == ((), ())
    assert played.unplayed == []
    assert report.provider_duplicates == 0


def _stage(house: House) -> Stage:
    tell: Callable[..., None] = house.office.tell_time
    return Stage(control=house.control, redress=house.office, tell_time=tell, stall_seconds=90.0)
