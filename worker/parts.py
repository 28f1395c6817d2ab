"""A part of a stack: what to run, when it counts as up, and the running process of it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from worker import launch
from worker.processes import MARK, Identity, children_of, group_of, processor_ticks

_LOG_LIMIT = 20_000_000
_WORKING_TICKS = 5
"""Ticks (of 10 ms) a second from which on a process is at work."""


class PartFailed(Exception):
    """A part ended, or made no progress, before it was up; the text holds its last lines."""


# --- when is a part up? ---------------------------------------------------------------------

Ready = Callable[[str], bool]
"""Gets what the process has written so far; True once it can be used."""


def at_once(output: str) -> bool:  # noqa: ARG001 - the shape of a Ready
    """The part counts as up as soon as it runs."""
    return True


@dataclass(frozen=True, slots=True)
class LineSeen:
    """The part has written a line that holds `text`."""

    text: str

    def __call__(self, output: str) -> bool:
        """True once the text was written."""
        return self.text in output


@dataclass(frozen=True, slots=True)
class PortOpen:
    """Somebody listens on this port of the loopback address."""

    port: int

    def __call__(self, output: str) -> bool:  # noqa: ARG002 - the shape of a Ready
        """True once a connection is accepted."""
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        except OSError:
            return False
        return True


@dataclass(frozen=True, slots=True)
class FileExists:
    """The part has made this file; a file of an earlier run must be removed by `before`."""

    path: Path

    def __call__(self, output: str) -> bool:  # noqa: ARG002 - the shape of a Ready
        """True once the file is there."""
        return self.path.exists()


# --- what to run ----------------------------------------------------------------------------


def _nothing() -> None:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A program to run and to keep running.

    `argv[0]` is a path. `env` is added to our own environment, or is all there is when
    `inherit_env` is off. `owner` is (uid, gid) to run as, for root only. `before` runs before
    every start. While the part starts, `stall_seconds` is how long it may show no progress at
    all (no output, hardly any processor time). `stop_signal` is also sent when the supervisor
    itself is killed; after `grace_seconds` a part that doesn't end is killed. Neighbours of one
    `team` end at the same time, where others wait for one another.
    """

    name: str
    argv: Sequence[str]
    address: str = ""
    env: Mapping[str, str] = field(default_factory=dict)
    inherit_env: bool = True
    cwd: Path | None = None
    owner: tuple[int, int] | None = None
    before: Callable[[], None] = _nothing
    ready: Ready = at_once
    stall_seconds: float = 60.0
    stop_signal: signal.Signals = signal.SIGTERM
    grace_seconds: float = 10.0
    team: str = ""


def launched(
    argv: Sequence[str],
    *,
    owner: tuple[int, int] | None = None,
    death_signal: signal.Signals = signal.SIGTERM,
) -> list[str]:
    """The command that runs `argv` as `owner` and ends it when the thread that ran it ends."""
    who = "-" if owner is None else f"{owner[0]}:{owner[1]}"
    head = [sys.executable, "-I", "-S", launch.__file__, str(os.getpid()), str(int(death_signal))]
    return [*head, who, *argv]


# --- a running part -------------------------------------------------------------------------


class Process:
    """A part that was started. `end` must be called, also for one that died by itself.

    The kernel ends it when the *thread* that started it ends, so start it from one that stays.
    """

    def __init__(self, part: Part, folder: Path, *, mark: str | None = None) -> None:
        """Start it; its output is appended to `folder`/log/NAME.log.

        With a `mark` it is also put on record, for `leftovers` to find after our own crash.
        """
        self.part = part
        self._log = folder / "log" / f"{part.name}.log"
        self._log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        part.before()
        self._exit: int | None = None
        self._asked: float | None = None
        self._begin = 0
        self.shorten_log()
        env = {**os.environ, **part.env} if part.inherit_env else dict(part.env)
        if mark is not None:
            env[MARK] = mark
        with self._log.open("ab") as output:
            self._begin = output.tell()
            self._child = subprocess.Popen(
                launched(part.argv, owner=part.owner, death_signal=part.stop_signal),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=part.cwd,
                env=env,
                start_new_session=True,
            )
        self.pid = self._child.pid
        self._record = None if mark is None else _put_on_record(folder, part.name, self.pid)

    def exit_code(self) -> int | None:
        """How it ended (minus the signal's number if by one); None while it runs.

        It is left a zombie until `end`, so that its pid and group can't be somebody else's yet.
        """
        if self._exit is None:
            try:
                ended = os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            except ChildProcessError:  # another thread has just ended it
                return self._exit
            if ended is not None:
                by_itself = ended.si_code == os.CLD_EXITED
                self._exit = ended.si_status if by_itself else -ended.si_status
        return self._exit

    def output(self) -> str:
        """What it has written since it was started."""
        with self._log.open("rb") as log:
            log.seek(self._begin)
            return log.read().decode("utf-8", "replace")

    def last_lines(self, count: int = 10) -> str:
        """Its last lines, for a person."""
        return "\n".join(self.output().splitlines()[-count:])

    def shorten_log(self) -> None:
        """Put a log that has grown large aside as NAME.log.1; the process writes on as before."""
        if self._log.exists() and self._log.stat().st_size > _LOG_LIMIT:
            shutil.copyfile(self._log, self._log.with_suffix(".log.1"))
            os.truncate(self._log, 0)
            self._begin = 0

    def check(self) -> None:
        """See that it runs.

        Raises:
            PartFailed: it has ended.
        """
        code = self.exit_code()
        if code is not None:
            raise PartFailed(f"{self.part.name} ended with {code}:\n{self.last_lines()}")

    def up(self) -> bool:
        """Whether it can be used.

        Raises:
            PartFailed: it has ended.
        """
        self.check()
        return self.part.ready(self.output())

    def progress(self) -> tuple[int, int]:
        """Something that changes while it works: bytes written, processor time used."""
        # PostgreSQL's children each make a group of their own.
        working = group_of(self.pid) | children_of(self.pid)
        return self._log.stat().st_size, processor_ticks(working)

    def wait_until_up(self) -> None:
        """Wait as long as it takes and makes progress.

        Raises:
            PartFailed: it ended, or stood still for the part's `stall_seconds`.
        """
        watch = Progress(self)
        while not self.up():
            watch.check()
            time.sleep(0.02)

    def ask_to_end(self) -> float:
        """Send the stop signal, once however often it is called; the monotonic time of that."""
        if self._asked is None:
            self._asked = time.monotonic()
            if self.exit_code() is None:
                os.kill(self.pid, self.part.stop_signal)
        return self._asked

    def end(self, *, hurry: Callable[[], bool] = lambda: False) -> bool:
        """End it within its grace, or at once when `hurry` turns true, and kill what is left.

        Whether it ended without being killed. Calling it again does nothing.
        """
        if self._child.returncode is not None:
            return True
        until = self.ask_to_end() + self.part.grace_seconds
        while self.exit_code() is None and time.monotonic() < until and not hurry():
            time.sleep(0.02)
        by_itself = self.exit_code() is not None
        os.killpg(self.pid, signal.SIGKILL)  # the zombie keeps the group's number ours
        while self.exit_code() is None:
            time.sleep(0.01)
        self._child.wait()
        stop = time.monotonic() + 5
        while group_of(self.pid) and time.monotonic() < stop:
            time.sleep(0.02)
        if self._record is not None:
            self._record.unlink(missing_ok=True)
        return by_itself


def _put_on_record(folder: Path, name: str, pid: int) -> Path:
    record = folder / "run" / f"{name}.json"
    record.parent.mkdir(mode=0o700, exist_ok=True)
    identity = Identity.of(pid)
    if identity is not None:  # else it is dead already
        content = {"pid": identity.pid, "started": identity.started}
        record.write_text(json.dumps(content), encoding="utf-8")
    return record


class Progress:
    """Watches a starting process for signs of life."""

    def __init__(self, process: Process) -> None:
        """Begin to watch now."""
        self._process = process
        self._written, self._ticks = process.progress()
        self._moved = self._asked = time.monotonic()

    def check(self) -> None:
        """Look again, at most once a second.

        Raises:
            PartFailed: nothing has moved for the part's `stall_seconds`.
        """
        now = time.monotonic()
        passed = now - self._asked
        if passed < 1:
            return
        written, ticks = self._process.progress()
        # One that waits in vain wakes up now and then, which is no progress.
        if written != self._written or ticks - self._ticks >= _WORKING_TICKS * passed:
            self._moved = now
        self._asked, self._written, self._ticks = now, written, ticks
        part = self._process.part
        if now - self._moved > part.stall_seconds:
            lines = self._process.last_lines()
            raise PartFailed(
                f"{part.name} isn't up and stood still for {part.stall_seconds:g} s:\n{lines}"
            )
