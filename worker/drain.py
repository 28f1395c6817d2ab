"""Work without a broker: what nudges would have asked for, done by one process, step by step.

It does nothing while the broker answers.  The rows are the truth and every claim is a lease, so
that it may run beside any number of workers, and several of it beside one another.
"""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING

import structlog

from complaints import flow
from complaints.store.casework import StoreBusy

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Mapping

    from complaints.flow import Deps

LOOK_SECONDS = 2.0
"""So often the broker is looked at."""

PATIENCE = 3
"""After so many looks without an answer the work begins: a restart is no outage."""

ROUND_SECONDS = 20.0
"""For so long one step may go on before the others have their turn."""

log = structlog.get_logger("redress.drain")


class Drain:
    """Watches the broker, and works while it is away."""

    def __init__(
        self,
        deps: Deps,
        answers: Callable[[], bool],
        periods: Mapping[str, float],
        round_seconds: float = ROUND_SECONDS,
    ) -> None:
        """``answers``: whether the broker does; ``periods``: seconds of each entry of the beat."""
        self._deps = deps
        self._answers = answers
        self._periods = periods
        self._round = round_seconds
        self._silent = 0

    def run(self, stop: threading.Event, look_seconds: float = LOOK_SECONDS) -> None:
        """Go on until `stop` is set."""
        while not stop.wait(look_seconds):
            self.look()

    def look(self) -> bool:
        """Look at the broker once, and work if it is away.  Whether it was."""
        if self._answers():
            if self._silent >= PATIENCE:
                log.info("drain.broker_is_back")
            self._silent = 0
            return False
        self._silent += 1
        if self._silent == PATIENCE:
            log.warning("drain.broker_is_away")
        if self._silent < PATIENCE:
            return False
        self.work()
        return True

    def work(self) -> int:
        """Do once all that the schedule and the nudges would have asked for.  Returns how much."""
        done = 0
        for entry, every in self._periods.items():
            done += self._try(entry, partial(self._tick, entry, every))
        for name, step in flow.STEPS.items():
            enough = time.monotonic() + self._round
            while time.monotonic() < enough:
                n = self._try(name, partial(step, self._deps))
                done += n
                if not n:
                    break
        return done

    def _tick(self, entry: str, every: float) -> int:
        """Run an entry of the beat if nobody has in this period."""
        if not self._deps.store.accounts.tick(entry, every):
            return 0
        return flow.SWEEPS[entry](self._deps)

    def _try(self, what: str, act: Callable[[], int]) -> int:
        """What fails here is found again at the next look."""
        try:
            return act()
        except StoreBusy:
            return 0
        except Exception as fault:  # noqa: BLE001 - one step's fault stops no other step
            log.error("drain.failed", step=what, fault=type(fault).__name__)  # noqa: TRY400 - a traceback could hold a body
            return 0
