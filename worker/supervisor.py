"""Runs the parts of a stack on one machine: starts, watches, restarts and ends them.

`run` is for the foreground and obeys Ctrl-C; `Stack` is the same for a program or a test.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from types import FrameType, TracebackType
from typing import Self

from worker.parts import (
    FileExists,
    LineSeen,
    Part,
    PartFailed,
    PortOpen,
    Process,
    Progress,
    Ready,
    at_once,
)
from worker.processes import FolderInUse, FolderLock, end_all, leftovers, mark_of

__all__ = [
    "Brake",
    "FileExists",
    "FolderInUse",
    "LineSeen",
    "Part",
    "PartFailed",
    "PortOpen",
    "Ready",
    "Stack",
    "at_once",
    "run",
]

Say = Callable[[str], None]

_ENDING_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_TICK_SECONDS = 0.1
_LOG_CHECK_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Brake:
    """How soon a part that died is started again.

    After `delay_seconds`; but once it died `deaths` times within `within_seconds`, after
    `pause_seconds`, so that a part that can't run doesn't eat the machine.
    """

    delay_seconds: float = 1.0
    deaths: int = 5
    within_seconds: float = 60.0
    pause_seconds: float = 30.0

    def holds(self, died_at: Sequence[float]) -> bool:
        """Whether these deaths (monotonic seconds, oldest first) are a crash loop."""
        if not died_at:
            return False
        recent = [at for at in died_at if died_at[-1] - at <= self.within_seconds]
        return len(recent) >= self.deaths

    def wait(self, died_at: Sequence[float]) -> float:
        """Seconds until the next start."""
        return self.pause_seconds if self.holds(died_at) else self.delay_seconds


def write_line(line: str) -> None:
    """Say something on standard output; that nobody listens any more is no reason to stop."""
    try:
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
    except (OSError, ValueError):
        return


class _Watched:
    """A part and what has become of it; only the stack's own thread changes it."""

    def __init__(self, part: Part, brake: Brake) -> None:
        self.part = part
        self.process: Process | None = None
        self.watch: Progress | None = None
        self.up = False
        self.was_up = False
        self.died_at: deque[float] = deque(maxlen=brake.deaths)
        self.start_at = 0.0


class Stack:
    """Parts that run while the `with` block lasts, started in order and ended in reverse.

    `folder` takes their logs (log/NAME.log), their records (run/) and the lock of this stack.
    What an earlier stack of this folder left running, killed as it was, is ended first.

    Raises:
        FolderInUse: another living stack has this folder.
        PartFailed: a part didn't come up; everything was ended again.
    """

    def __init__(
        self,
        parts: Sequence[Part],
        folder: Path,
        *,
        say: Say = write_line,
        brake: Brake | None = None,
        leftover_grace_seconds: float = 10.0,
    ) -> None:
        """Nothing is started before the `with` block."""
        self._folder = folder.absolute()
        self._say = say
        self._brake = Brake() if brake is None else brake
        self._watched = {part.name: _Watched(part, self._brake) for part in parts}
        if len(self._watched) != len(parts):
            raise ValueError("Two parts have the same name")
        self._leftover_grace_seconds = leftover_grace_seconds
        self._begun: list[_Watched] = []
        self._wishes: deque[_Watched] = deque()
        self._expected: set[int] = set()
        self._stop = threading.Event()
        self._hurry = threading.Event()
        self._settled = threading.Event()
        self._changed = threading.Condition()
        self._failure: BaseException | None = None
        # Daemon: a caller that forgets to stop can still exit, and the kernel ends the parts.
        self._thread = threading.Thread(target=self._live, name="stack", daemon=True)

    # --- for the caller ---------------------------------------------------------------------

    def begin(self) -> None:
        """Start all parts and don't wait for them."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._thread.start()

    def alive(self) -> bool:
        """Whether the stack still runs; False once it has ended, for whatever reason."""
        return self._thread.is_alive()

    def ask_to_stop(self, *, hurry: bool = False) -> None:
        """Begin to end all parts and don't wait; with `hurry` no part gets grace."""
        if hurry:
            self._hurry.set()
        self._stop.set()

    def stop(self) -> None:
        """End all parts in reverse order.

        Raises:
            PartFailed: the stack had failed by itself.
        """
        self.ask_to_stop()
        self._thread.join()
        self._tell_failure()

    def __enter__(self) -> Self:
        """Start all parts; they are up when the block begins."""
        self.begin()
        try:
            self._settled.wait()
            self._tell_failure()
        except BaseException:
            self.ask_to_stop()
            self._thread.join()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop, whatever happened."""
        self.stop()

    def pid(self, name: str) -> int:
        """The pid of a part's first process.

        Raises:
            PartFailed: it isn't running just now.
        """
        process = self._watched[name].process
        if process is None or process.exit_code() is not None:
            raise PartFailed(f"{name} isn't running")
        return process.pid

    def kill(self, name: str, number: signal.Signals = signal.SIGKILL) -> int:
        """Send a signal to a part's first process, as an accident would; the pid it had.

        A death by it doesn't count for the brake. `wait_up` with that pid waits for the next.
        """
        pid = self.pid(name)
        self._expected.add(pid)
        os.kill(pid, number)
        return pid

    def restart(self, name: str, *, timeout: float = 60.0) -> int:
        """End a part with grace and start it again; its new pid, once it is up."""
        old = self.pid(name)
        self._wishes.append(self._watched[name])
        return self.wait_up(name, after=old, timeout=timeout)

    def wait_up(self, name: str, *, after: int = 0, timeout: float = 60.0) -> int:
        """Wait until a part is up with another pid than `after`; that pid.

        Raises:
            PartFailed: the stack failed meanwhile.
            TimeoutError: it isn't up in `timeout` seconds.
        """
        watched = self._watched[name]

        def there() -> bool:
            process = watched.process
            fresh = process is not None and process.pid != after
            return (fresh and watched.up) or not self.alive()

        with self._changed:
            if not self._changed.wait_for(there, timeout):
                raise TimeoutError(f"{name} isn't up after {timeout:g} s")
        self._tell_failure()
        return self.pid(name)

    def _tell_failure(self) -> None:
        if self._failure is not None:
            raise self._failure

    # --- the stack's own thread -------------------------------------------------------------
    # All parts are started by it, because the kernel ends them with the thread that did.

    def _live(self) -> None:
        try:
            lock = FolderLock(self._folder / "parts.lock")
            try:
                self._clear()
                self._bring_up()
                self._settled.set()
                self._look_after_all_until(self._stop.is_set)
            finally:
                self._end_all()
                lock.release()
        except BaseException as failure:  # noqa: BLE001 - told to whoever waits for us
            self._failure = failure
        self._settled.set()
        self._announce()

    def _clear(self) -> None:
        left = leftovers(self._folder)
        if left:
            self._say(f"Ending {len(left)} processes that an earlier run left behind")
            grace = self._leftover_grace_seconds
            end_all(left, stop_signal=signal.SIGTERM, grace_seconds=grace)
        for record in (self._folder / "run").glob("*.json"):
            record.unlink()

    def _bring_up(self) -> None:
        for watched in self._watched.values():
            if self._stop.is_set():
                return
            self._begun.append(watched)
            self._look_after_all_until(lambda: self._stop.is_set() or watched.up)  # noqa: B023 - used before the next round
            if watched.up:
                self._say(f"{watched.part.name:<12} {watched.part.address}".rstrip())

    def _look_after_all_until(self, done: Callable[[], bool]) -> None:
        logs_at = time.monotonic()
        while not done():
            for watched in self._begun:
                self._look_after(watched)
            while self._wishes:
                self._start_anew(self._wishes.popleft())
            if time.monotonic() - logs_at > _LOG_CHECK_SECONDS:
                logs_at = time.monotonic()
                for watched in self._begun:
                    if watched.process is not None:
                        watched.process.shorten_log()
            self._stop.wait(_TICK_SECONDS if self._settled.is_set() else _TICK_SECONDS / 5)

    def _look_after(self, watched: _Watched) -> None:
        try:
            if watched.process is None:
                if time.monotonic() >= watched.start_at:
                    watched.process = Process(
                        watched.part, self._folder, mark=mark_of(self._folder)
                    )
                    watched.watch = Progress(watched.process)
            elif watched.up:
                watched.process.check()
            elif watched.process.up():
                self._came_up(watched)
            elif watched.watch is not None:
                watched.watch.check()
        except Exception as failure:  # noqa: BLE001 - whatever keeps one part from starting
            self._died(watched, failure)

    def _came_up(self, watched: _Watched) -> None:
        again = watched.was_up
        watched.up = watched.was_up = True
        if again:
            self._say(f"{watched.part.name} is up again")
        self._announce()

    def _died(self, watched: _Watched, failure: Exception) -> None:
        if not watched.was_up:
            raise PartFailed(str(failure)) from failure
        name, now = watched.part.name, time.monotonic()
        expected = watched.process is not None and watched.process.pid in self._expected
        code = None if watched.process is None else watched.process.exit_code()
        lines = "" if watched.process is None else watched.process.last_lines()
        self._drop(watched)
        if not expected:
            watched.died_at.append(now)
        wait = self._brake.wait(watched.died_at)
        watched.start_at = now + wait
        if self._brake.holds(watched.died_at):
            self._say(
                f"{name} died {self._brake.deaths} times in {self._brake.within_seconds:g} s; "
                f"next try in {wait:g} s. Its last lines:\n{lines}"
            )
        elif code is None:
            self._say(f"{failure}\n{name}: next try in {wait:g} s")
        else:
            self._say(f"{name} ended with {code}; starting it again in {wait:g} s")

    def _start_anew(self, watched: _Watched) -> None:
        self._drop(watched)
        watched.start_at = 0.0

    def _drop(self, watched: _Watched) -> None:
        if watched.process is not None:
            watched.process.end(hurry=self._hurry.is_set)
            self._expected.discard(watched.process.pid)
        watched.process = None
        watched.up = False

    def _end_all(self) -> None:
        running = [at.process for at in reversed(self._begun) if at.process is not None]
        for _, team in groupby(running, key=lambda process: process.part.team or process.pid):
            together = list(team)
            for process in together:
                process.ask_to_end()
            for process in together:
                if not process.end(hurry=self._hurry.is_set):
                    self._say(f"{process.part.name} didn't end in time and was killed")

    def _announce(self) -> None:
        with self._changed:
            self._changed.notify_all()


def run(
    parts: Sequence[Part], folder: Path, *, say: Say = write_line, brake: Brake | None = None
) -> None:
    """Run the parts until Ctrl-C, SIGTERM or SIGHUP; for the main thread.

    A second Ctrl-C, a second or more later, ends them without grace.

    Raises:
        FolderInUse: another living stack has this folder.
        PartFailed: a part didn't come up; everything was ended again.
    """
    asked: list[float] = []

    def ask(_number: int, _frame: FrameType | None) -> None:
        asked.append(time.monotonic())

    stack = Stack(parts, folder, say=say, brake=brake)
    former = {number: signal.signal(number, ask) for number in _ENDING_SIGNALS}
    try:
        stack.begin()
        while stack.alive():
            if asked:
                # Closer than that, it is one Ctrl-C that a wrapper passed on a second time.
                stack.ask_to_stop(hurry=asked[-1] - asked[0] > 1)
            time.sleep(_TICK_SECONDS)
    finally:
        stack.stop()
        for number, handler in former.items():
            signal.signal(number, handler)
