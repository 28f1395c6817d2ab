"""A worker that is up but takes nothing is found, and only such a one."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest
import redis

from worker.liveness import Liveness, queued
from worker.wiring import redis_client

ENDED = """
import signal, sys, threading, time
from worker import liveness
liveness._GRACE_SECONDS = 0.5
if sys.argv[1] == "deaf":
    signal.signal(signal.SIGQUIT, signal.SIG_IGN)
else:
    signal.signal(signal.SIGQUIT, lambda *_: sys.exit(7))
threading.Thread(target=liveness.end_this_process, daemon=True).start()
time.sleep(30)
"""


class Worker:
    """What a watch sees of a worker."""

    def __init__(self) -> None:
        self.messages: int | None = 1
        self.works = False
        self.ended = 0
        self.watch = Liveness(lambda: self.messages, lambda: self.works, self.end, 0.05)

    def end(self) -> None:
        """It is ended."""
        self.ended += 1

    def later(self) -> bool:
        """Look, and look again when it would have been long enough."""
        self.watch.look()
        time.sleep(0.06)
        return self.watch.look()


def test_messages_that_nobody_takes_end_the_worker() -> None:
    """Though it isn't busy."""
    worker = Worker()
    assert worker.later()
    assert worker.ended == 1


@pytest.mark.parametrize(
    ("messages", "works"), [(0, False), (None, False), (1, True)], ids=["idle", "no broker", "busy"]
)
def test_a_worker_that_has_no_reason_to_take_any_lives(messages: int | None, works: bool) -> None:  # noqa: FBT001 - a parameter of the table
    """Nothing waits, the broker is away, or it is at work."""
    worker = Worker()
    worker.messages, worker.works = messages, works
    assert not worker.later()
    worker.messages, worker.works = 1, False
    assert not worker.watch.look(), "the time begins anew"
    assert worker.later()


def test_a_worker_that_takes_one_lives() -> None:
    """However many are left."""
    worker = Worker()
    for _ in range(3):
        worker.watch.took()
        assert not worker.watch.look()
        time.sleep(0.03)
    assert worker.ended == 0


def test_messages_of_its_queues_are_counted(empty_broker_url: str) -> None:
    """Its own alone; without a broker nothing is known."""
    with redis.Redis.from_url(empty_broker_url) as client:
        client.rpush("redress:push", "a", "b")
        client.rpush("redress:poll", "c")
        client.rpush("redress:reconcile", "d")
        assert queued(client, ["push", "poll"], "redress:") == 3
    assert queued(redis_client("redis://127.0.0.1:1/0"), ["push"], "redress:") is None


@pytest.mark.parametrize(("how", "code"), [("willing", 7), ("deaf", 1)])
def test_it_is_ended_even_if_it_hears_nothing(how: str, code: int) -> None:
    """By Celery's own way first."""
    done = subprocess.run(
        [sys.executable, "-c", ENDED, how],
        cwd=Path(__file__).parents[2],
        timeout=20,
        check=False,
    )
    assert done.returncode == code
