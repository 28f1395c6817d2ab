"""`redress up`: everything on one machine, started in order, watched, ended together."""

from __future__ import annotations

import json
import os
import socket
import sys
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import SecretStr

import worker
from complaints import store
from tasks.step import QUEUES
from worker.embedded import Embedded
from worker.supervisor import LineSeen, Part, PortOpen, run

if TYPE_CHECKING:
    from collections.abc import Iterator

    from worker.settings import Settings

OUTSIDE = ("push", "poll")
"""Queues whose steps wait for providers.  The others only wait for the database."""
NOTE = "addresses.json"
_GRACE_SECONDS = 75.0
"""More than the workers' own grace, so that they end by themselves."""


@dataclass(frozen=True)
class Crew:
    """How many processes work at once."""

    inside: int = 2
    outside: int = 3


@dataclass(frozen=True)
class Place:
    """Where the parts of a stack find one another."""

    database_url: str
    broker_url: str
    receiver_port: int

    def environment(self, settings: Settings) -> dict[str, str]:
        """What every part has to be told.  Secrets go by environment, never by argument."""
        return {
            "REDRESS_CONFIG": str(settings.file),
            "REDRESS_DATABASE_URL": self.database_url,
            "REDRESS_BROKER_URL": self.broker_url,
            "REDRESS_RECEIVER__PORT": str(self.receiver_port),
            "PYTHONPATH": str(Path(worker.__file__).parent.parent),
            "PYTHONUNBUFFERED": "1",
        }


def servers(settings: Settings) -> tuple[Place, list[Part]]:
    """The database and the broker: the ones that the settings name, else embedded ones.

    Raises EmbeddedUnavailable and FolderInUse.
    """
    parts: list[Part] = []
    database, broker = settings.database_url, settings.broker_url
    database_url = database.get_secret_value() if database else ""
    broker_url = broker.get_secret_value() if broker else ""
    if not database_url or not broker_url:
        addresses, (postgresql, valkey) = Embedded(settings.data_dir / "servers").parts()
        if not database_url:
            database_url, parts = addresses.database_url, [*parts, postgresql]
        if not broker_url:
            broker_url, parts = addresses.broker_url, [*parts, valkey]
    port = free_port(settings.receiver.host, settings.receiver.port)
    return Place(database_url, broker_url, port), parts


def workers(settings: Settings, place: Place, crew: Crew) -> list[Part]:
    """The receiver, the Celery workers and beat.  The schema is brought up to date first."""
    env = place.environment(settings)
    inside = tuple(queue for queue in QUEUES if queue not in OUTSIDE)

    def celery(name: str, *arguments: str, ready: str) -> Part:
        return Part(
            name=name,
            argv=(sys.executable, "-m", "celery", "-A", "worker.app", *arguments),
            address=_addresses(arguments),
            env=env,
            cwd=settings.data_dir,
            ready=LineSeen(ready),
            grace_seconds=_GRACE_SECONDS,
            before=migrate,
        )

    def migrate() -> None:
        opened = store.open(place.database_url)
        try:
            opened.migrate()
        finally:
            opened.close()

    def consumer(name: str, queues: tuple[str, ...], processes: int) -> Part:
        quiet = ("--without-gossip", "--without-mingle", "--without-heartbeat")
        return celery(
            name,
            "worker",
            f"--queues={','.join(queues)}",
            f"--concurrency={processes}",
            f"--hostname={name}@%h",
            "--loglevel=INFO",
            *quiet,
            ready=" ready.",
        )

    host = settings.receiver.host
    receiver = Part(
        name="receiver",
        argv=(sys.executable, "-m", "worker", "receiver"),
        address=f"http://{host}:{place.receiver_port}",
        env=env,
        cwd=settings.data_dir,
        ready=PortOpen(place.receiver_port),
        before=migrate,
    )
    drain = Part(
        name="drain",
        argv=(sys.executable, "-m", "worker", "drain"),
        env=env,
        cwd=settings.data_dir,
        ready=LineSeen("Watching the broker"),
        before=migrate,
    )
    schedule = settings.data_dir / "beat"
    return [
        receiver,
        consumer("inside", inside, crew.inside),
        consumer("outside", OUTSIDE, crew.outside),
        celery(
            "beat",
            "beat",
            f"--schedule={schedule}",
            "--pidfile=",
            "--loglevel=INFO",
            ready="beat: Starting",
        ),
        drain,
    ]


def start(settings: Settings, crew: Crew | None = None) -> None:
    """Run everything until Ctrl-C.  Raises what `servers` and the supervisor raise."""
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    place, parts = servers(settings)
    with signposted(place, settings.data_dir):
        run([*parts, *workers(settings, place, crew or Crew())], settings.data_dir)


@contextmanager
def signposted(place: Place, data_dir: Path) -> Iterator[None]:
    """Leave a note where this stack is, for other commands, as long as it runs."""
    note = data_dir / NOTE
    note.unlink(missing_ok=True)
    handle = os.open(note, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(asdict(place), file)
    try:
        yield
    finally:
        note.unlink(missing_ok=True)


def found(settings: Settings) -> Settings:
    """The settings, with the addresses of a stack that runs in their data folder filled in."""
    try:
        place = Place(**json.loads((settings.data_dir / NOTE).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return settings
    return settings.model_copy(
        update={
            "database_url": settings.database_url or SecretStr(place.database_url),
            "broker_url": settings.broker_url or SecretStr(place.broker_url),
        }
    )


def free_port(host: str, wished: int) -> int:
    """The wished port, or any other when somebody has it."""
    for port in (wished, 0):
        with closing(socket.socket()) as attempt:
            attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                attempt.bind((host, port))
            except OSError:
                continue
            return int(attempt.getsockname()[1])
    return wished


def _addresses(arguments: tuple[str, ...]) -> str:
    queues = next((a.partition("=")[2] for a in arguments if a.startswith("--queues=")), "")
    return f"queues {queues.replace(',', ', ')}" if queues else "schedule"
