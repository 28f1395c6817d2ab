"""The one task: it runs a step until nothing is left, and hears what comes meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from celery import Celery

from complaints import flow, store
from complaints.flow import Limits
from complaints.vocabulary import Status
from tasks.step import QUEUES, STEP, SWEEP, TICK, wired
from tests.complaints.fakes import House
from tests.complaints.records import BOT, DESK, NOW, change


class Wiring:
    """What the composition root hangs on the app; it notes what is asked of it."""

    round_seconds = 20.0

    def __init__(self, house: House) -> None:
        self.deps = house.deps
        self.house = house
        self.calmed: list[tuple[str, int]] = []
        self.signs: list[str] = []

    def calm(self, step: str) -> None:
        """Note how many claims there had been when the flag was cleared."""
        with self.house.store.engine.connect() as connection:
            found = connection.exec_driver_sql("SELECT coalesce(sum(attempts), 0) FROM receipt")
            self.calmed.append((step, int(found.scalar_one())))

    def sign_of_life(self, queue: str) -> None:
        """Note the queue."""
        self.signs.append(queue)


class Bench:
    """An app that was wired, and the tasks as a worker would call them."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.app = Celery("test", set_as_current=False)
        self.app.loader.import_module("tasks.step")
        self.app.finalize()
        self.wiring = Wiring(house)
        self.app.wiring = self.wiring  # type: ignore[attr-defined]

    def run(self, task: str, *arguments: Any) -> None:
        """Do what a worker does with a message."""
        self.app.tasks[task].run(*arguments)


@pytest.fixture
def house(database_url: str) -> Iterator[House]:
    """A store with fake accounts; each claim takes one observation."""
    opened = store.open(database_url)
    yield House(opened, limits=Limits(batch=1, lease=30))
    opened.close()


@pytest.fixture
def bench(house: House) -> Bench:
    """Tasks on that store."""
    return Bench(house)


def hear(house: House, many: int) -> None:
    """So many complaints."""
    for n in range(many):
        house.hear(BOT, str(n), change(Status.NEW, BOT, external_id=f"c{n}"))


def test_a_step_runs_until_nothing_is_left(bench: Bench) -> None:
    """One message is enough for all rows."""
    hear(bench.house, 5)
    bench.run(STEP, "reconcile")
    assert bench.house.store.at_rest(bench.house.clock()).receipts == 0
    bench.run(STEP, "push")
    assert len(bench.house.fakes[DESK].sent) == 5


def test_a_step_ends_after_its_round_and_nudges_itself(bench: Bench) -> None:
    """A worker that is asked to stop isn't kept by work that never ends."""
    hear(bench.house, 5)
    bench.wiring.round_seconds = 0.0
    bench.run(STEP, "reconcile")
    assert bench.house.store.at_rest(bench.house.clock()).receipts == 5
    assert bench.house.nudged == ["reconcile"]


def test_the_flag_is_cleared_before_anything_is_claimed(bench: Bench) -> None:
    """A nudge that comes while a step works is heard afterwards."""
    hear(bench.house, 2)
    bench.run(STEP, "reconcile")
    assert bench.wiring.calmed == [("reconcile", 0)]


def test_a_step_leaves_a_sign_of_life_of_its_queue(bench: Bench) -> None:
    """Even when there is nothing to do."""
    for name in flow.STEPS:
        bench.run(STEP, name)
    assert bench.wiring.signs == list(flow.STEPS)


def test_an_unknown_step_is_a_fault(bench: Bench) -> None:
    """A message of a newer version fails loudly instead of doing something else."""
    with pytest.raises(KeyError):
        bench.run(STEP, "teleport")


def test_a_beat_is_taken_once(bench: Bench) -> None:
    """Two beats in one period: the steps are called once."""
    bench.run(TICK, "look", 10.0**12)
    bench.run(TICK, "look", 10.0**12)
    assert bench.house.nudged == list(flow.STEPS)
    assert bench.wiring.signs == [SWEEP, SWEEP]


def test_a_sweep_is_run_by_its_own_entry(bench: Bench) -> None:
    """What a dead worker left is freed."""
    hear(bench.house, 1)
    flow.reconcile(bench.house.deps)
    assert bench.house.store.pushes.claim(list(bench.house.fakes), 0, NOW) is not None
    bench.run(TICK, "sweep", 10.0**12)
    assert bench.house.store.overview(NOW).pushes == {("cz-desk", "create", "unknown"): 1}


def test_each_step_has_its_queue() -> None:
    """And the sweeps share one."""
    assert set(QUEUES) == {*flow.STEPS, SWEEP}


def test_a_process_that_was_not_wired_says_so() -> None:
    """Instead of failing somewhere deep."""
    with pytest.raises(RuntimeError, match="was not wired"):
        wired(Celery("bare", set_as_current=False))


def test_results_are_not_kept(bench: Bench) -> None:
    """A row is the truth: nobody asks a task what it returned."""
    assert all(bench.app.tasks[name].ignore_result for name in (STEP, TICK))
