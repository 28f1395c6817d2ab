"""Servers for the tests: given by environment, else embedded ones that start when first asked for.

Ask for `database_url` (migrated and yours alone), `empty_database_url` (nothing in it) or
`empty_broker_url`; the markers `database` and `broker` follow from that.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import psycopg
import pytest
import redis
from psycopg import sql

from worker.embedded import Embedded

_MARKED_BY = {"database_server": "database", "broker_url": "broker"}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test that needs a server, by the fixtures it asks for."""
    for item in items:
        for fixture, marker in _MARKED_BY.items():
            if fixture in getattr(item, "fixturenames", ()):
                item.add_marker(marker)


@pytest.fixture(scope="session")
def _embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    with Embedded(tmp_path_factory.mktemp("servers"), durable=False) as embedded:
        yield embedded


@pytest.fixture(scope="session")
def database_server(request: pytest.FixtureRequest) -> str:
    """The URL of a PostgreSQL where databases may be made; take `database_url` for a test."""
    given = os.environ.get("REDRESS_TEST_DATABASE_URL")
    if given:
        return given
    embedded: Embedded = request.getfixturevalue("_embedded")
    return embedded.start_postgresql()


@pytest.fixture(scope="session")
def broker_url(request: pytest.FixtureRequest) -> str:
    """The URL of a Redis or Valkey database that all tests of this process share."""
    given = os.environ.get("REDRESS_TEST_BROKER_URL")
    if given:
        url = urlsplit(given)
        # Processes that test side by side mustn't empty each other's.
        process = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
        return url._replace(path=f"/{int(url.path.strip('/') or 0) + process}").geturl()
    embedded: Embedded = request.getfixturevalue("_embedded")
    return embedded.start_valkey()


@pytest.fixture
def empty_broker_url(broker_url: str) -> str:
    """The same broker with nothing in it: no queue, no budget, no flag of an earlier test."""
    with redis.Redis.from_url(broker_url) as client:
        client.flushdb()
    return broker_url


@pytest.fixture
def empty_database_url(database_server: str) -> Iterator[str]:
    """A database of this test alone, with nothing in it."""
    with _database(database_server) as url:
        yield url


@pytest.fixture(scope="session")
def _template(database_server: str) -> Iterator[str]:
    from complaints import store  # noqa: PLC0415 - tests without a database don't wait for it

    # Its own name in every session: two of them may share a server.
    with _database(database_server, "redress_template") as url:
        opened = store.open(url)
        opened.migrate()
        opened.close()  # a template with a session in it can't be copied
        with _admin(database_server) as admin:
            # Nor may anybody, autovacuum aside, come in later.
            admin.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(_name(url)))
        yield url


@pytest.fixture
def database_url(database_server: str, _template: str) -> Iterator[str]:
    """A migrated database of this test alone."""
    with _database(database_server, template=_template) as url:
        yield url


@contextmanager
def _database(server: str, prefix: str = "redress_test", *, template: str = "") -> Iterator[str]:
    url = urlsplit(server)._replace(path=f"/{prefix}_{secrets.token_hex(6)}").geturl()
    copied = _name(template) if template else sql.Identifier("template0")
    with _admin(server) as admin:
        admin.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(_name(url), copied))
    try:
        yield url
    finally:
        with _admin(server) as admin:
            admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(_name(url)))


def _name(url: str) -> sql.Identifier:
    return sql.Identifier(urlsplit(url).path[1:])


@contextmanager
def _admin(server: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(server.replace("+psycopg", "", 1), autocommit=True) as connection:
        yield connection
