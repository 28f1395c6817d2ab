"""Whose process is it? Finding, recognising and ending processes that aren't our children.

Linux only: /proc tells what runs. The lock of a data folder is here too, since only its holder
may conclude that such a process is an orphan.
"""

from __future__ import annotations

import fcntl
import json
import os
import signal
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

MARK = "REDRESS_STACK"
_ZOMBIE_OR_DEAD = frozenset("ZXx")


class FolderInUse(Exception):
    """Another live process holds this data folder; the text says which."""


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


def children_of(parent: int) -> set[int]:
    """The living children of a process."""
    stats = ((pid, _stat(pid)) for pid in _living())
    return {pid for pid, stat in stats if stat is not None and int(stat[1]) == parent}


def processor_ticks(pids: Iterable[int]) -> int:
    """The processor time that these have used, in ticks of the kernel."""
    stats = (_stat(pid) for pid in pids)
    return sum(int(stat[11]) + int(stat[12]) for stat in stats if stat is not None)


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
