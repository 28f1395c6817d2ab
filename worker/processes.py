"""One supervised process: how it starts, is known to be up, ends, and is recognised later.

Linux only: /proc tells what runs and whose it is.
"""

from __future__ import annotations

import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from worker import launch

MARK = "REDRESS_STACK"
_LOG_LIMIT = 20_000_000
_ZOMBIE_OR_DEAD = frozenset("ZXx")


class FolderInUse(Exception):
    """Another live process holds this data folder; the text says which."""


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
    all (no output, no processor time). `stop_signal` is also sent when the supervisor itself
    is killed; after `grace_seconds` a part that doesn't end is killed.
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


# --- whose is it? ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Identity:
    """A process for good: a pid may be used again, but not with the same start time."""

    pid: int
    started: str

    @classmethod
    def of(cls, pid: int) -> Self | None:
        """The identity of a living process, None for one that is dead or a zombie."""
        stat = _stat(pid)
        return None if stat is None else cls(pid, f"{_boot()}/{stat[19]}")


def _boot() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()


def _stat(pid: int) -> list[str] | None:
    """The fields of /proc/PID/stat from the third (state) on; None if it doesn't live."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    fields = text.rpartition(")")[2].split()
    return None if fields[0] in _ZOMBIE_OR_DEAD else fields


def _living() -> Iterator[int]:
    own = {os.getpid(), os.getppid()}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal() and int(entry.name) not in own:
            yield int(entry.name)


def group_of(leader: int) -> set[int]:
    """The living members of a process group."""
    stats = ((pid, _stat(pid)) for pid in _living())
    return {pid for pid, stat in stats if stat is not None and int(stat[2]) == leader}


def inside(home: Path, program: str) -> set[int]:
    """The living processes called `program` that work in the folder `home`.

    A server stays in its folder for life, so that this finds it and all its children whatever
    became of pid files.
    """
    try:
        wanted = home.stat()
    except OSError:
        return set()
    found = set()
    for pid in _living():
        try:
            at = os.stat(f"/proc/{pid}/cwd")  # noqa: PTH116 - the link must be followed by the kernel
            called = Path(f"/proc/{pid}/comm").read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        if (at.st_dev, at.st_ino) == (wanted.st_dev, wanted.st_ino) and called.strip() == program:
            found.add(pid)
    return found


def mark_of(folder: Path) -> str:
    """What the parts of this data folder carry in their environment, and no other's do."""
    stat = folder.stat()
    return f"{folder.resolve()}:{stat.st_dev}:{stat.st_ino}"


def leftovers(folder: Path) -> set[int]:
    """The living processes that an earlier supervisor of this data folder started.

    Call it only while holding the folder's lock. Recorded ones with their group, and everybody
    who carries the folder's mark, however deep in the tree.
    """
    found = set()
    for record in (folder / "run").glob("*.json"):
        identity = _recorded(record)
        if identity is not None and Identity.of(identity.pid) == identity:
            found |= {identity.pid} | group_of(identity.pid)
    wanted = f"{MARK}={mark_of(folder)}".encode()
    for pid in _living():
        try:
            environment = Path(f"/proc/{pid}/environ").read_bytes()
        except OSError:
            continue
        if wanted in environment.split(b"\0") and _stat(pid) is not None:
            found.add(pid)
    return found


def _recorded(record: Path) -> Identity | None:
    try:
        read = json.loads(record.read_text(encoding="utf-8"))
        return Identity(int(read["pid"]), str(read["started"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None  # cut off by the crash that left it; the mark still finds the process


def end_all(pids: Iterable[int], *, stop_signal: signal.Signals, grace_seconds: float) -> None:
    """End processes that aren't our children: ask the topmost ones, then kill what is left."""
    known = [identity for pid in pids if (identity := Identity.of(pid)) is not None]
    ours = {identity.pid for identity in known}
    for identity in known:
        stat = _stat(identity.pid)
        if stat is not None and int(stat[1]) not in ours:
            _signal(identity, stop_signal)
    if not _all_gone(known, grace_seconds):
        for identity in known:
            _signal(identity, signal.SIGKILL)
        _all_gone(known, 10.0)


def _signal(identity: Identity, number: signal.Signals) -> None:
    if Identity.of(identity.pid) == identity:
        try:
            os.kill(identity.pid, number)
        except ProcessLookupError:
            return


def _all_gone(known: Sequence[Identity], seconds: float) -> bool:
    until = time.monotonic() + seconds
    while any(Identity.of(identity.pid) == identity for identity in known):
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


# --- a folder in use ------------------------------------------------------------------------


class FolderLock:
    """A lock file that ends with its process, whatever ends it, and is removed by `release`."""

    def __init__(self, path: Path) -> None:
        """Take the lock.

        Raises:
            FolderInUse: a living process, maybe this one, holds it.
        """
        self._path = path
        self._file = self._taken()

    def _taken(self) -> int:
        while True:
            file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                holder = os.pread(file, 20, 0).decode("ascii", "replace").strip()
                os.close(file)
                raise FolderInUse(
                    f"The data folder {self._path.parent} is in use by process {holder or '?'}: "
                    "stop that one first, or choose another folder."
                ) from None
            # The former holder may have removed the file between our open and our lock.
            if self._path.exists() and os.path.samestat(os.fstat(file), self._path.stat()):
                os.ftruncate(file, 0)
                os.pwrite(file, str(os.getpid()).encode(), 0)
                return file
            os.close(file)

    def release(self) -> None:
        """Give the folder free; calling it again does nothing."""
        if self._file >= 0:
            self._path.unlink(missing_ok=True)
            os.close(self._file)
            self._file = -1


# --- a running part -------------------------------------------------------------------------


class Process:
    """A part that was started. `end` must be called, also for one that died by itself.

    The kernel ends it when the *thread* that started it ends, so start it from one that stays.
    """

    def __init__(self, part: Part, folder: Path, *, mark: str | None = None) -> None:
        """Start it; its output is appended to `folder`/log/NAME.log."""
        self.part = part
        self._log = folder / "log" / f"{part.name}.log"
        self._record = folder / "run" / f"{part.name}.json"
        for parent in (self._log.parent, self._record.parent):
            parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        part.before()
        shorten(self._log)
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
        self._exit: int | None = None
        identity = Identity.of(self.pid)
        if identity is not None:
            record = {"pid": identity.pid, "started": identity.started}
            self._record.write_text(json.dumps(record), encoding="utf-8")

    def exit_code(self) -> int | None:
        """How it ended (minus the signal's number if by one); None while it runs.

        It is left a zombie until `end`, so that its pid and group can't be somebody else's yet.
        """
        if self._exit is None:
            ended = os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
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

    def up(self) -> bool:
        """Whether it can be used.

        Raises:
            PartFailed: it has ended.
        """
        code = self.exit_code()
        if code is not None:
            raise PartFailed(f"{self.part.name} ended with {code}:\n{self.last_lines()}")
        return self.part.ready(self.output())

    def progress(self) -> tuple[int, int]:
        """Something that changes while it works: bytes written, processor time of its group."""
        ticks = 0
        for pid in group_of(self.pid) | self._children():
            stat = _stat(pid)
            ticks += 0 if stat is None else int(stat[11]) + int(stat[12])
        return self._log.stat().st_size, ticks

    def _children(self) -> set[int]:
        try:
            text = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text(encoding="ascii")
        except OSError:
            return set()
        return {int(pid) for pid in text.split()}

    def wait_until_up(self) -> None:
        """Wait as long as it takes and makes progress.

        Raises:
            PartFailed: it ended, or stood still for the part's `stall_seconds`.
        """
        watch = Progress(self)
        while not self.up():
            watch.check()
            time.sleep(0.02)

    def end(self) -> None:
        """End it within its grace, and kill what it leaves; calling it again does nothing."""
        if self._child.returncode is not None:
            return
        self.tell(self.part.stop_signal)
        self.finish(time.monotonic() + self.part.grace_seconds)

    def tell(self, number: signal.Signals) -> None:
        """Send it a signal, if it still runs."""
        if self._child.returncode is None and self.exit_code() is None:
            os.kill(self.pid, number)

    def finish(self, until: float) -> None:
        """Wait for its end until that monotonic time, then kill it and its group."""
        while self.exit_code() is None and time.monotonic() < until:
            time.sleep(0.02)
        os.killpg(self.pid, signal.SIGKILL)  # the zombie keeps the group's number ours
        self._child.wait()
        stop = time.monotonic() + 5
        while group_of(self.pid) and time.monotonic() < stop:
            time.sleep(0.02)
        self._record.unlink(missing_ok=True)


class Progress:
    """Watches a starting process for signs of life."""

    def __init__(self, process: Process) -> None:
        """Begin to watch now."""
        self._process = process
        self._seen = process.progress()
        self._moved = self._asked = time.monotonic()

    def check(self) -> None:
        """Look again, at most once a second.

        Raises:
            PartFailed: nothing has moved for the part's `stall_seconds`.
        """
        now = time.monotonic()
        if now - self._asked < 1:
            return
        self._asked = now
        seen = self._process.progress()
        if seen != self._seen:
            self._seen, self._moved = seen, now
        elif now - self._moved > self._process.part.stall_seconds:
            part, lines = self._process.part, self._process.last_lines()
            raise PartFailed(
                f"{part.name} isn't up and stood still for {part.stall_seconds:g} s:\n{lines}"
            )


def shorten(log: Path) -> None:
    """Put a log that has grown large aside as NAME.log.1 and begin again in the same file."""
    if log.exists() and log.stat().st_size > _LOG_LIMIT:
        log.with_suffix(".log.1").write_bytes(log.read_bytes())
        os.truncate(log, 0)
