"""The one task there is: run a step until there is nothing left of it.

A message carries the step's name and nothing else.  The task's name never changes, so old
and new workers understand one another during a deployment.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Protocol

from celery import shared_task

from complaints import flow

if TYPE_CHECKING:
    from celery import Celery, Task

STEP = "redress.step"
TICK = "redress.tick"
SWEEP = "sweep"
QUEUES = (*flow.STEPS, SWEEP)


class Wired(Protocol):
    """What the composition root hangs on the Celery app for each worker process."""

    deps: flow.Deps
    round_seconds: float
    """After so long a step lets others in, or a stopping worker end, and nudges itself."""

    def calm(self, step: str) -> None:
        """Let the next nudge of this step through again."""
        ...

    def sign_of_life(self, queue: str) -> None:
        """Leave a heartbeat of this worker for `queue`."""
        ...


def wired(app: Celery) -> Wired:
    """The wiring of this process.  Raises RuntimeError when there is none."""
    wiring: Wired | None = getattr(app, "wiring", None)
    if wiring is None:
        message = "this process was not wired: start it with `celery -A worker.app worker`"
        raise RuntimeError(message)
    return wiring


@shared_task(name=STEP, bind=True, ignore_result=True)
def step(self: Task[[str], None], name: str) -> None:
    """Run one step until nothing is left.  What fails here is found again by the sweep.

    The flag that coalesces nudges is cleared before anything is claimed: a nudge that comes
    while we work is heard afterwards.
    """
    wiring = wired(self.app)
    wiring.calm(name)
    wiring.sign_of_life(name)
    enough = time.monotonic() + wiring.round_seconds
    while time.monotonic() < enough:
        if not flow.STEPS[name](wiring.deps):
            return
    wiring.deps.nudge(name)


@shared_task(name=TICK, bind=True, ignore_result=True)
def tick(self: Task[[str, float], None], entry: str, every: float) -> None:
    """One beat of the schedule.  Two beats do no harm: each period is taken once."""
    wiring = wired(self.app)
    wiring.sign_of_life(SWEEP)
    if wiring.deps.store.accounts.tick(entry, every):
        flow.SWEEPS[entry](wiring.deps)
