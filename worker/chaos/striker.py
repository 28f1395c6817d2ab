"""Makes the accidents of a plan happen, each behind its change, while the story goes on."""

from __future__ import annotations

import os
import shutil
import signal
import threading
import time
from collections import Counter, deque
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING

from worker.chaos.accidents import Accident, Fault, Victim
from worker.embedded import postgres, valkey
from worker.processes import children_of, group_of
from worker.supervisor import PartFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from worker.chaos.wires import Wires
    from worker.demo.house import House

_WORKERS = ("inside", "outside")
_PART = {
    Victim.BEAT: "beat",
    Victim.RECEIVER: "receiver",
    Victim.DRAIN: "drain",
    Victim.BROKER: valkey.NAME,
    Victim.BROKER_EMPTIED: valkey.NAME,
    Victim.DATABASE: postgres.NAME,
}
_STEPS = tuple(timedelta(minutes=minutes) for minutes in (-90, -10, 10, 25))
"""Of the injected clock: none is long enough to pass a due date on its own."""
_CUT_SECONDS = 0.7
_STEP_SECONDS = 1.5
_DOWN_SECONDS = 60.0


class Striker:
    """Counts changes, and strikes; one accident after another, in a thread of its own."""

    def __init__(
        self,
        house: House,
        home: Path,
        wires: Wires,
        plan: Sequence[Accident],
        pause_seconds: float,
    ) -> None:
        """Nothing happens yet.  A process that is paused stands still for `pause_seconds`."""
        self._pause_seconds = pause_seconds
        self._house = house
        self._home = home
        self._wires = wires
        self._ahead = deque(plan)
        self._changes = 0
        self._struck: Counter[Victim | Fault] = Counter()
        self._missed: list[str] = []
        self._changed = threading.Condition()
        self._over = False
        self._thread = threading.Thread(target=self._run, name="striker", daemon=True)

    def changed(self) -> None:
        """Something in the outside world has changed."""
        with self._changed:
            self._changes += 1
            self._changed.notify_all()

    @property
    def changes(self) -> int:
        """How many changes there were."""
        return self._changes

    @property
    def struck(self) -> Counter[Victim | Fault]:
        """How many accidents of each kind there were."""
        return self._struck

    @property
    def missed(self) -> list[str]:
        """What was planned and couldn't be done, and why."""
        return self._missed

    def begin(self) -> None:
        """Watch the story from now on."""
        self._thread.start()

    def finish(self) -> None:
        """The story is over: what is still planned happens now, and then nothing more."""
        with self._changed:
            self._over = True
            self._changed.notify_all()
        self._thread.join()

    def give_up(self) -> None:
        """The story broke off: nothing more happens."""
        self._ahead.clear()
        self.finish()

    def _run(self) -> None:
        while self._ahead:
            accident = self._ahead.popleft()
            with self._changed:
                self._changed.wait_for(lambda at=accident.change: self._over or self._changes >= at)  # type: ignore[misc]
            time.sleep(accident.after_ms / 1000)
            try:
                self._strike(accident)
            except (PartFailed, TimeoutError, OSError) as why:
                self._missed.append(f"{accident.what}: {why}")
            else:
                self._struck[accident.what] += 1

    def _strike(self, accident: Accident) -> None:
        match accident.what:
            case Victim.CHILD:
                self._kill_child(accident.which)
            case Victim.WORKER:
                self._kill(_WORKERS[accident.which % len(_WORKERS)])
            case Victim.DATABASE:
                # What PostgreSQL calls an immediate stop: no goodbye, and recovery at the start.
                self._kill(_PART[Victim.DATABASE], signal.SIGQUIT)
            case Victim.BROKER_EMPTIED:
                self._kill(_PART[Victim.BROKER], then=self._empty_broker)
            case Victim():
                self._kill(_PART[accident.what])
            case Fault.NETWORK:
                self._cut(accident.which)
            case Fault.CLOCK:
                self._step(_STEPS[accident.which % len(_STEPS)])
            case Fault.PAUSE:
                self._pause_child(accident.which)
            case Fault.PROVIDER:
                raise ValueError("a provider's faults are no single accident")

    def _kill_child(self, which: int) -> None:
        os.kill(self._child(which), signal.SIGKILL)

    def _pause_child(self, which: int) -> None:
        child = self._child(which)
        os.kill(child, signal.SIGSTOP)
        time.sleep(self._pause_seconds)
        with suppress(ProcessLookupError):  # it may have been ended as it stood
            os.kill(child, signal.SIGCONT)

    def _child(self, which: int) -> int:
        until = time.monotonic() + _DOWN_SECONDS
        while time.monotonic() < until:
            children: set[int] = set()
            for name in _WORKERS:
                with suppress(PartFailed):
                    children |= children_of(self._house.stack.pid(name))
            if children:
                return sorted(children)[which % len(children)]
            time.sleep(0.05)
        raise TimeoutError("no worker has a process")

    def _kill(
        self,
        name: str,
        number: signal.Signals = signal.SIGKILL,
        then: Callable[[], None] = lambda: None,
    ) -> None:
        stack = self._house.stack
        leader = stack.wait_up(name, timeout=_DOWN_SECONDS)
        members = group_of(leader) - {leader} if number is signal.SIGKILL else set()
        stack.kill(name, number)
        for pid in members:
            with suppress(ProcessLookupError):
                os.kill(pid, number)
        then()
        stack.wait_up(name, after=leader, timeout=_DOWN_SECONDS)

    def _empty_broker(self) -> None:
        shutil.rmtree(self._home / "servers" / valkey.NAME / "appendonlydir", ignore_errors=True)

    def _cut(self, which: int) -> None:
        names = self._wires.names
        name = names[which % len(names)]
        self._wires.cut(name)
        time.sleep(_CUT_SECONDS)
        self._wires.mend(name)

    def _step(self, by: timedelta) -> None:
        self._house.office.step_clock(by)
        time.sleep(_STEP_SECONDS)
        self._house.office.step_clock(timedelta(0))
