"""The two embedded servers of one data folder: prepared, started, ended."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import socket
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from pydantic import BaseModel, ConfigDict, ValidationError

from worker.embedded import binaries, postgres, valkey
from worker.embedded.binaries import EmbeddedUnavailable, Owner
from worker.embedded.postgres import Postgres
from worker.embedded.valkey import Valkey
from worker.parts import Part, Process
from worker.processes import FolderLock


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the started servers are; both URLs hold a password, so they aren't shown."""

    database_url: str = field(repr=False)
    broker_url: str = field(repr=False)


class _Kept(BaseModel):
    """What must be the same on the next start."""

    model_config = ConfigDict(frozen=True)

    database_password: str
    broker_password: str
    database_port: int = 0
    broker_port: int = 0
    copies: tuple[Path, ...] = ()


class Embedded:
    """PostgreSQL and Valkey in `folder`, which is made if it isn't there.

    Everything they own lies in that folder; no mode and no owner outside of it is changed. Run
    by root, the servers run as `nobody` (or as whoever owns their data already). The servers
    end with the thread that started them, if that is killed without a word.

    `durable` off trades the safety of data for speed, for tests.

    Raises:
        EmbeddedUnavailable: these servers can't run here.
        FolderInUse: another process has the servers of this folder.
    """

    def __init__(self, folder: Path, *, durable: bool = True) -> None:
        """Take the folder; nothing is started yet."""
        self._folder = folder.absolute()
        self._durable = durable
        # Root lets the servers' user pass through; what is private inside says so itself.
        self._folder.mkdir(mode=0o711 if os.geteuid() == 0 else 0o700, parents=True, exist_ok=True)
        self._lock = FolderLock(self._folder / "servers.lock")
        self._running: list[Process] = []
        self._reserved: list[socket.socket] = []
        try:
            self._kept = self._remembered()
            self._discard_copies()
        except BaseException:
            self._lock.release()
            raise

    # --- life -------------------------------------------------------------------------------

    def start(self) -> Addresses:
        """Start both servers and wait until they are up, crash recovery included."""
        return Addresses(self.start_postgresql(), self.start_valkey())

    def start_postgresql(self) -> str:
        """Start only PostgreSQL; its URL."""
        server = self._postgresql()
        self._start(server.part())
        return server.url

    def start_valkey(self) -> str:
        """Start only Valkey; its URL."""
        server = self._valkey()
        self._start(server.part())
        return server.url

    def parts(self) -> tuple[Addresses, tuple[Part, Part]]:
        """Prepare both servers for a supervisor that will run them; `stop` still must be called."""
        database, broker = self._postgresql(), self._valkey()
        return Addresses(database.url, broker.url), (database.part(), broker.part())

    @property
    def copies(self) -> tuple[Path, ...]:
        """Where programs were copied to for this run, because the servers couldn't reach them."""
        return self._kept.copies

    def stop(self) -> None:
        """End what was started and give the folder free; calling it again does nothing."""
        for process in reversed(self._running):
            process.end()
        self._running.clear()
        for reserved in self._reserved:
            reserved.close()
        self._reserved.clear()
        self._discard_copies()
        self._lock.release()

    def __enter__(self) -> Self:
        """Use it in a `with` block, which stops it."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop, whatever happened."""
        self.stop()

    def _start(self, part: Part) -> None:
        process = Process(part, self._folder)
        self._running.append(process)
        process.wait_until_up()

    # --- preparation ------------------------------------------------------------------------

    def _postgresql(self) -> Postgres:
        home = self._folder / postgres.NAME
        postgres.end_orphans(home)  # first of all, since one may still hold the remembered port
        owner = _owner(home)
        program = binaries.program(binaries.POSTGRES)
        if not binaries.reachable(program, owner):
            program = binaries.copy_postgres(program, self._refuge(owner))
        port = self._port(self._kept.database_port)
        self._keep(database_port=port)
        password = self._kept.database_password
        server = Postgres(home, program, owner, port, password, self._durable)
        server.create()
        return server

    def _valkey(self) -> Valkey:
        home = self._folder / valkey.NAME
        valkey.end_orphans(home)
        owner = _owner(home)
        program = binaries.program(binaries.VALKEY)
        if not binaries.reachable(program, owner):
            program = binaries.copy_valkey(program, self._refuge(owner))
        port = self._port(self._kept.broker_port)
        self._keep(broker_port=port)
        password = self._kept.broker_password
        server = Valkey(home, program, owner, port, password, self._durable)
        server.create()
        return server

    def _refuge(self, owner: Owner | None) -> Path:
        assert owner is not None  # noqa: S101 - we reach everything that we can start at all
        made = binaries.refuge(self._folder, owner)
        self._keep(copies=(*self._kept.copies, made))
        return made

    def _discard_copies(self) -> None:
        for copy in self._kept.copies:
            shutil.rmtree(copy, ignore_errors=True)
        if self._kept.copies:
            self._keep(copies=())

    def _port(self, wished: int) -> int:
        """A port that stays ours until `stop`.

        A bound socket that doesn't listen lets a server of ours bind beside it, but keeps the
        kernel from giving the port to anybody who asks for a free one, also while the server
        is down for a restart.
        """
        for port in (wished, 0) if wished else (0,):
            reserved = socket.socket()
            reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                reserved.bind(("127.0.0.1", port))
            except OSError:
                reserved.close()
                continue
            self._reserved.append(reserved)
            return int(reserved.getsockname()[1])
        raise EmbeddedUnavailable("No free port was found on 127.0.0.1")

    # --- memory -----------------------------------------------------------------------------

    @property
    def _memory(self) -> Path:
        return self._folder / "embedded.json"

    def _remembered(self) -> _Kept:
        try:
            return _Kept.model_validate_json(self._memory.read_bytes())
        except FileNotFoundError:
            return _Kept(
                database_password=secrets.token_urlsafe(24),
                broker_password=secrets.token_urlsafe(24),
            )
        except ValidationError as unreadable:
            raise EmbeddedUnavailable(f"{self._memory} can't be read") from unreadable

    def _keep(self, **changed: object) -> None:
        """Write it whole or not at all; it holds passwords, so for our eyes only."""
        self._kept = self._kept.model_copy(update=changed)
        aside = self._memory.with_suffix(".new")
        aside.unlink(missing_ok=True)
        file = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(file, "w", encoding="utf-8") as out:
            out.write(self._kept.model_dump_json(indent=2))
            out.flush()
            os.fsync(file)
        aside.replace(self._memory)


def _owner(home: Path) -> Owner | None:
    """As whom a server of this folder runs: as ourselves, unless we are root."""
    if os.geteuid() != 0:
        return None
    if home.exists() and home.stat().st_uid != 0:
        return home.stat().st_uid, home.stat().st_gid
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        raise EmbeddedUnavailable("Root can't run PostgreSQL and there is no user nobody") from None
    return nobody.pw_uid, nobody.pw_gid
