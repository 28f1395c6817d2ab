"""Servers, settings and databases to measure in; every run gets a fresh copy of its world."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import redis
from psycopg import sql
from sqlalchemy import text

from complaints import flow
from complaints.flow import Deps, Limits
from complaints.store.receipts import Arrival
from tests.bench import world
from worker import wiring
from worker.embedded import Embedded
from worker.settings import Settings, load

ROOT = Path(__file__).resolve().parents[2]

_NOW = "2026-03-20T09:00:00+00:00"
"""Business time of all runs: after the world's first news and before anything is late."""

_SETTINGS = f"""\
story_clock = "story-clock.txt"

[sweep]
seconds = 30

[shops.bench]
timezone = "Europe/Prague"

[accounts.{world.DESK}]
provider = "bizkithub"
shop = "bench"
environment = "sandbox"
base_url = "http://127.0.0.1:9/bizkithub"
api_key = "DEV_0000000000000000000000000000"

[accounts.{world.PAY}]
provider = "zenki"
shop = "bench"
environment = "sandbox"
base_url = "http://127.0.0.1:9/zenki"
client_id = "cid-bench"
client_secret = "secret-bench"
"""
"""Accounts that nobody calls: no run has a worker that polls or pushes."""

_DURABLE = ("fsync", "synchronous_commit", "full_page_writes")
_KEPT_AT_ONCE = 1000
_NUMBERS = text("""
SELECT k.value, c.number FROM complaint c JOIN order_key k USING (order_id)
WHERE k.space = 'number'
""")

_FILED = text("UPDATE push SET state = 'unknown' WHERE state = 'due' AND kind = 'create'")
"""The desk has filed every complaint, and its answers were lost: the quickest way to a desk that
holds them all.  Each detail, with our reference in it, then settles its push."""

_WORLD = text("""
SELECT (SELECT count(*) FROM complaint),
  (SELECT count(*) FROM mirror WHERE complaint_id IS NOT NULL),
  (SELECT count(*) FROM receipt WHERE verdict <> 'applied')
""")


class Void(Exception):
    """What was measured says nothing; the text says why."""


@dataclass(frozen=True)
class Size:
    """How large the world is, and how much of it each side of a pair is given."""

    complaints: int
    shared: int
    """Complaints, the first ones, whose news the baseline decides too."""
    empty: int
    """Tasks without work that the baseline's worker runs first."""
    pairs: int

    @property
    def news(self) -> int:
        """Observations that Redress decides in one run."""
        return self.complaints * world.STEPS

    @property
    def shared_news(self) -> int:
        """Observations that the baseline decides in one run."""
        return self.shared * world.STEPS


@dataclass(frozen=True)
class Stage:
    """Running servers, and where settings and logs lie."""

    folder: Path
    database_url: str
    broker_url: str

    def environment(self, database_url: str) -> dict[str, str]:
        """What a worker of one run is told."""
        return {
            "REDRESS_CONFIG": str(self.folder / "redress.toml"),
            "REDRESS_DATABASE_URL": database_url,
            "REDRESS_BROKER_URL": self.broker_url,
        }

    def settings(self, database_url: str) -> Settings:
        """The same, for this process."""
        environment = self.environment(database_url)
        return load(environ=environment)

    @contextmanager
    def broker(self) -> Iterator[redis.Redis]:
        """A connection to the emptied broker."""
        with redis.Redis.from_url(self.broker_url, socket_timeout=None) as client:
            client.flushdb()
            yield client

    def name(self, name: str) -> str:
        """The URL of one database."""
        return urlsplit(self.database_url)._replace(path=f"/{name}").geturl()

    def copy(self, template: str, name: str) -> str:
        """Make a database out of another one that nobody uses; its URL."""
        self.drop(name)
        with self.admin() as admin:
            admin.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY").format(
                    sql.Identifier(name), sql.Identifier(template)
                )
            )
            # Both sides of a pair begin behind a checkpoint, not somewhere before one.
            admin.execute("CHECKPOINT")
        return self.name(name)

    def drop(self, name: str) -> None:
        """Forget a database."""
        with self.admin() as admin:
            admin.execute(
                sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
            )

    @contextmanager
    def admin(self) -> Iterator[psycopg.Connection]:
        """A connection that makes databases."""
        with psycopg.connect(plain(self.database_url), autocommit=True) as connection:
            yield connection

    def assert_durable(self) -> str:
        """See that a commit means what it says.  Raises Void."""
        with self.admin() as admin:
            shown = {name: _shown(admin, name) for name in _DURABLE}
        if set(shown.values()) != {"on"}:
            raise Void(f"commits aren't durable: {shown}")
        return ", ".join(f"{name}={value}" for name, value in shown.items())


@contextmanager
def stage(folder: Path) -> Iterator[Stage]:
    """Start the embedded servers, durable."""
    with Embedded(folder / "servers", durable=True) as embedded:
        addresses = embedded.start()
        (folder / "story-clock.txt").write_text(_NOW, encoding="ascii")
        (folder / "redress.toml").write_text(_SETTINGS, encoding="utf-8")
        yield Stage(folder, addresses.database_url, addresses.broker_url)


def build(made: Stage, size: Size) -> None:
    """Make the templates ``full`` and ``shared``: a world with its news received, undecided."""
    url = made.copy("template0", "opened")
    with _deps(made, url) as deps:
        deps.store.migrate()
        cases = range(size.complaints)
        _keep(deps, world.first_reads(cases))
        _decide(deps)
        with deps.store.engine.begin() as connection:
            connection.execute(_FILED)
        _keep(deps, world.first_details(cases, _numbers(deps)))
        _decide(deps)
        with deps.store.engine.connect() as connection:
            made_of = connection.execute(_WORLD).one()
        if tuple(made_of) != (size.complaints, 2 * size.complaints, 0):
            raise Void(f"the world isn't what it should be: {made_of}")
    for name, count in (("full", size.complaints), ("shared", size.shared)):
        with _deps(made, made.copy("opened", name)) as deps:
            _keep(deps, world.news(range(count), _numbers(deps)))
        with psycopg.connect(plain(made.name(name)), autocommit=True) as connection:
            # As autovacuum leaves a store that has been used for a while.
            connection.execute("VACUUM ANALYZE")


@contextmanager
def _deps(made: Stage, url: str) -> Iterator[Deps]:
    deps = wiring.deps(made.settings(url))
    try:
        yield replace(deps, nudge=_nobody, limits=Limits(batch=500))
    finally:
        wiring.close(deps)


def _nobody(step: str) -> None:
    """Nobody works while a world is made."""


def _keep(deps: Deps, arrivals: Iterable[Arrival]) -> None:
    waiting = iter(arrivals)
    while some := list(islice(waiting, _KEPT_AT_ONCE)):
        with deps.store.engine.connect() as connection:
            # A poll draws its marks before it reads.
            marks = connection.execute(
                text("SELECT nextval('receipt_seq_seq') FROM generate_series(1, :n)"),
                {"n": len(some)},
            ).scalars()
            read = [
                arrival.model_copy(update={"as_of": mark})
                for arrival, mark in zip(some, marks, strict=True)
            ]
        deps.store.receipts.keep(read, deps.clock())


def _decide(deps: Deps) -> None:
    while flow.reconcile(deps):
        pass


def _numbers(deps: Deps) -> dict[str, str]:
    with deps.store.engine.connect() as connection:
        return {row.value: row.number for row in connection.execute(_NUMBERS)}


def _shown(connection: psycopg.Connection, name: str) -> str:
    row = connection.execute(sql.SQL("SHOW {}").format(sql.Identifier(name))).fetchone()
    return str(row[0]) if row else ""


def plain(url: str) -> str:
    """The URL as psycopg itself wants it."""
    return url.replace("+psycopg", "", 1)
