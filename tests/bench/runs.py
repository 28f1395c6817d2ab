"""The timed runs: Redress itself, its baseline, and the baseline's worker with empty tasks.

Each has two prefork processes of a real Celery worker on the embedded Valkey, and a database of
its own that is copied from the same world.  The clock starts when the worker is warm and idle,
and everything that it will work on lies in PostgreSQL and in the broker.
"""

from __future__ import annotations

import secrets
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

import psycopg
import redis
from celery import Celery
from kombu import Queue

from tasks.step import STEP
from tests.bench.effort import processor_seconds
from tests.bench.names import CHANGE, CHANGES, DONE, DONE_KEY, NOTHING, QUEUE
from tests.bench.stage import ROOT, Size, Stage, Void, plain
from worker import app as celery_module
from worker.parts import LineSeen, Part, Process
from worker.wiring import Nudges, redis_client

PROCESSES = 2
_RUN_SECONDS = 600
_LAST_SECONDS = 30.0
_WARM_SECONDS = 60.0
_KEY = "redress:{}".format
"""Where the production app keeps a queue in the broker."""
_WAITING = "bench-waiting"

Row = tuple[object, ...]


class Baseline(NamedTuple):
    """What the baseline's worker does in a second, and what its changes cost."""

    empty: float
    """Tasks that do nothing."""
    bare: float
    """Changes, each in its transaction, without a task for each."""
    changes: float
    """Changes, each in its task and its transaction."""
    effort: float
    """Seconds of processor time for one of these, all servers and workers together."""
    results: list[Row]


class Redress(NamedTuple):
    """What Redress does in a second, and what its changes cost."""

    changes: float
    effort: float
    results: list[Row]


class _Start(NamedTuple):
    used: float
    at: float


def redress(made: Stage, size: Size, database: str) -> Redress:
    """Let the production worker run its `reconcile` step until nothing is left."""
    url = made.copy("full", database)
    with (
        made.broker(),
        _worker(made, url, "worker.app", "reconcile", "escalate"),
        psycopg.connect(plain(url), autocommit=True) as watch,
    ):
        app = _app(made, url)
        _warm(watch, app, "escalate")
        client = redis_client(made.broker_url)
        nudges = Nudges(app, client)
        before, begin = processor_seconds(), time.monotonic()
        _wait(lambda: _ended(watch, nudges), _RUN_SECONDS, 0.05)
        seconds = time.monotonic() - begin
        effort = (processor_seconds() - before) / size.news
        client.close()
        return Redress(size.news / seconds, effort, _results(watch, size))


def baseline(made: Stage, size: Size, database: str) -> Baseline:
    """Let the baseline's worker do nothing, then changes without tasks, then changes."""
    url = made.copy("shared", database)
    with (
        made.broker() as broker,
        _worker(made, url, "tests.bench.baseline", QUEUE),
        psycopg.connect(plain(url), autocommit=True) as watch,
    ):
        app = _app(made, url)
        _warm(watch, app, QUEUE)
        begun = _drain(app, broker, NOTHING, range(size.empty)).at
        empty = size.empty / (time.monotonic() - begun)

        pending = watch.execute("SELECT seq FROM receipt WHERE verdict = 'pending' ORDER BY seq")
        seqs = [seq for (seq,) in pending]
        bare, single = seqs[: size.shared], seqs[size.shared :]
        halves = [bare[process::PROCESSES] for process in range(PROCESSES)]
        begun = _drain(app, broker, CHANGES, halves).at
        _wait(lambda: not _pending(watch, bare[-1]), _RUN_SECONDS, 0.01)
        bare_rate = len(bare) / (time.monotonic() - begun)

        start = _drain(app, broker, CHANGE, single)
        _wait(lambda: not _pending(watch), _LAST_SECONDS, 0.005)
        rate = len(single) / (time.monotonic() - start.at)
        effort = (processor_seconds() - start.used) / len(single)
        return Baseline(empty, bare_rate, rate, effort, _results(watch, size))


def _drain(app: Celery, broker: redis.Redis, task: str, arguments: Sequence[object]) -> _Start:
    """Let a task run for each argument.  The last ones may still run afterwards.

    The messages lie ready under another name: publishing them isn't timed.
    """
    with app.producer_pool.acquire(block=True) as producer:
        for argument in arguments:
            app.send_task(task, args=[argument], queue=_WAITING, producer=producer)
        app.send_task(DONE, queue=_WAITING, producer=producer)
    start = _Start(processor_seconds(), time.monotonic())
    broker.rename(_KEY(_WAITING), _KEY(QUEUE))
    if broker.blpop([DONE_KEY], timeout=_RUN_SECONDS) is None:
        raise Void("the baseline's worker didn't come to the end of its queue")
    return start


@contextmanager
def _worker(made: Stage, url: str, app: str, *queues: str) -> Iterator[None]:
    """A Celery worker with two processes that is up."""
    name = f"bench-{secrets.token_hex(3)}"
    argv = [sys.executable, "-m", "celery", "-A", app, "worker", "--loglevel", "INFO"]
    argv += ["--concurrency", str(PROCESSES), "--queues", ",".join(queues)]
    argv += ["--hostname", f"{name}@localhost", "--without-gossip", "--without-mingle"]
    part = Part(
        name=name,
        argv=argv,
        env=made.environment(url),
        cwd=ROOT,
        ready=LineSeen(f"{name}@localhost ready"),
        grace_seconds=30.0,
    )
    process = Process(part, made.folder)
    try:
        process.wait_until_up()
        yield
    finally:
        process.end()


def _warm(watch: psycopg.Connection, app: Celery, queue: str) -> None:
    """Run a step that finds nothing, until both processes have had one."""

    def both() -> bool:
        for _ in range(PROCESSES):
            app.send_task(STEP, args=["escalate"], queue=queue)
        row = watch.execute("SELECT count(DISTINCT worker) FROM heartbeat").fetchone()
        return row is not None and row[0] == PROCESSES

    _wait(both, _WARM_SECONDS, 0.2)
    time.sleep(0.5)


def _app(made: Stage, url: str) -> Celery:
    """The production app, to send with; it knows the bench's queues too."""
    app = celery_module.create(made.settings(url), made.broker_url)
    app.conf.task_queues = [*app.conf.task_queues, Queue(QUEUE), Queue(_WAITING)]
    return app


def _wait(ended: Callable[[], bool], seconds: float, pause: float) -> None:
    until = time.monotonic() + seconds
    while not ended():
        if time.monotonic() > until:
            raise Void(f"the workers didn't end within {seconds:g} s")
        time.sleep(pause)


def _ended(watch: psycopg.Connection, nudges: Nudges) -> bool:
    """Whether all is decided; if not, nudge, as arrivals do that go on coming in."""
    pending = _pending(watch)
    if pending:
        nudges.nudge("reconcile")
    return not pending


def _pending(watch: psycopg.Connection, up_to: int = 2**62) -> bool:
    """Whether a receipt up to this one is undecided; looks at the newest first, which is last."""
    return (
        watch.execute(
            """
            SELECT FROM receipt WHERE verdict = 'pending' AND seq <= %s
            ORDER BY seq DESC LIMIT 1
            """,
            [up_to],
        ).fetchone()
        is not None
    )


def _results(watch: psycopg.Connection, size: Size) -> list[Row]:
    """How the shared complaints stand: canonical state, and what each account holds."""
    return watch.execute(
        """
        SELECT k.value, c.number, c.status, c.outcome, c.conflict,
          (SELECT json_agg(json_build_array(m.account, m.word, m.status, m.outcome) ORDER BY m.id)
           FROM mirror m WHERE m.complaint_id = c.id)
        FROM complaint c JOIN order_key k ON k.order_id = c.order_id AND k.space = 'number'
        ORDER BY k.value LIMIT %s
        """,
        [size.shared],
    ).fetchall()
