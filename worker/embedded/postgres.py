"""The embedded PostgreSQL: made once, then run with what we promise about data and logins."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from worker.embedded.binaries import EmbeddedUnavailable, Owner
from worker.parts import LineSeen, Part, launched
from worker.processes import end_all, inside

NAME = "postgresql"
USER = "redress"
DATABASE = "redress"

# Nothing of the person's own PostgreSQL settings (PGPORT, PGOPTIONS...) may reach this server.
_ENV = {"LANG": "C", "LC_ALL": "C", "TZ": "UTC", "PATH": "/usr/bin:/bin"}
_LOGINS = "host all all 127.0.0.1/32 scram-sha-256\n"
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "password_encryption": "scram-sha-256",
    "max_connections": "200",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",
    # A long recovery then says that it goes on, which is how we tell it from one that hangs.
    "log_startup_progress_interval": "5s",
}
_DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
_FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


@dataclass(frozen=True, slots=True)
class Postgres:
    """A cluster in the folder `home`; `durable` off is for tests that lose nothing by a crash."""

    home: Path
    server: Path
    owner: Owner | None
    port: int
    password: str = field(repr=False)
    durable: bool = True

    @property
    def url(self) -> str:
        """Where SQLAlchemy finds it."""
        address = f"{USER}:{self.password}@127.0.0.1:{self.port}/{DATABASE}"
        return f"postgresql+psycopg://{address}"

    def create(self) -> None:
        """Make the cluster, its one login and its database, unless it is there.

        It is made aside and renamed, so that a crash half-way leaves nothing that looks whole.
        """
        if self.home.exists():
            return
        aside = self.home.with_name(self.home.name + ".new")
        end_orphans(aside)
        shutil.rmtree(aside, ignore_errors=True)
        aside.mkdir(mode=0o700)
        if self.owner is not None:
            os.chown(aside, *self.owner)
        # Synced once here, since the server only syncs what it writes later itself.
        sync = () if self.durable else ("--no-sync",)
        locale = ("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
        self._run(
            aside,
            *("initdb", "-U", USER, "--auth=reject", "--encoding=UTF8", "--no-instructions"),
            *(*locale, *sync),
        )
        # By the single-user server: nothing listens yet and no login is open.
        self._run(
            aside,
            *("postgres", "--single", "-c", f"fsync={'on' if self.durable else 'off'}"),
            last="postgres",
            text=f"ALTER ROLE {USER} PASSWORD '{self.password}';\nCREATE DATABASE {DATABASE};\n",
        )
        (aside / "pg_hba.conf").write_text(_LOGINS, encoding="ascii")
        aside.rename(self.home)

    def _run(self, home: Path, name: str, *arguments: str, last: str = "", text: str = "") -> None:
        argv = [str(self.server.with_name(name)), *arguments, "-D", self._data(home)]
        done = subprocess.run(
            launched([*argv, last] if last else argv, owner=self.owner),
            input=text,
            cwd=home,
            env=_ENV,
            start_new_session=True,
            capture_output=True,
            text=True,
            check=False,
        )
        # The single-user server reports a failed statement on stderr and still ends with 0.
        if done.returncode != 0 or "ERROR:" in done.stderr or "FATAL:" in done.stderr:
            raise EmbeddedUnavailable(
                f"The embedded PostgreSQL couldn't be set up ({name}: {done.stderr.strip()})"
            )

    def _data(self, home: Path) -> str:
        """How the server itself names its folder.

        Under another user the folders above may be closed to it; its own working folder,
        entered before the change of user, is open under this name always.
        """
        return str(home) if self.owner is None else "/proc/self/cwd"

    def part(self) -> Part:
        """How to run it."""
        settings = _SETTINGS | (_DURABLE if self.durable else _FAST)
        argv = [str(self.server), "-D", self._data(self.home), "-p", str(self.port)]
        for name, value in settings.items():
            argv += ["-c", f"{name}={value}"]
        return Part(
            name=NAME,
            argv=argv,
            address=f"127.0.0.1:{self.port}",
            env=_ENV,
            inherit_env=False,
            cwd=self.home,
            owner=self.owner,
            before=lambda: end_orphans(self.home),
            ready=LineSeen("database system is ready to accept connections"),
            stall_seconds=300.0,
            stop_signal=signal.SIGINT,  # "fast": ends sessions, rolls back, writes a checkpoint
            grace_seconds=60.0,
        )


def end_orphans(home: Path) -> None:
    """End servers that a killed run left in `home`, and forget their pid file.

    Without its postmaster a backend still holds the shared memory, and a new server refuses to
    start; the pid in the file may by now be anybody's.
    """
    end_all(inside(home, "postgres"), stop_signal=signal.SIGINT, grace_seconds=60.0)
    (home / "postmaster.pid").unlink(missing_ok=True)
