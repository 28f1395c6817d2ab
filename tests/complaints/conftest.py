"""A store of one test's own."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg import sql

from complaints import store
from complaints.store import Store
from complaints.store.tables import Base
from tests.complaints.fakes import House
from tests.pipeline import pipeline
from tests.sandbox import sandbox, sandbox_process

__all__ = ["database_url", "house", "opened", "pipeline", "sandbox", "sandbox_process"]

# Deleting from small tables is many times quicker than truncating them; the names are ours.
EMPTY = "; ".join(
    [
        f"DELETE FROM {table.name}"  # noqa: S608
        for table in reversed(Base.metadata.sorted_tables)
        if table.name != "secret"  # the migration's own
    ]
    + [
        """DO $$ DECLARE name text; BEGIN
  FOR name IN SELECT inhrelid::regclass FROM pg_inherits WHERE inhparent = 'observation'::regclass
  LOOP EXECUTE 'DROP TABLE ' || name; END LOOP;
END $$"""
    ]
).encode()


@pytest.fixture(scope="session")
def _shared_url(database_server: str) -> Iterator[str]:
    """One migrated database for all of these tests: emptying is much quicker than making."""
    server = database_server.replace("+psycopg", "", 1)
    name = f"redress_domain_{secrets.token_hex(6)}"
    url = urlsplit(database_server)._replace(path=f"/{name}").geturl()
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    opened = store.open(url)
    opened.migrate()
    opened.close()
    yield url
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def database_url(_shared_url: str) -> str:
    """The address of a migrated database with nothing in it."""
    with psycopg.connect(_shared_url.replace("+psycopg", "", 1), autocommit=True) as connection:
        connection.execute(EMPTY)
    return _shared_url


@pytest.fixture
def opened(database_url: str) -> Iterator[Store]:
    """The store of a migrated database with nothing in it."""
    found = store.open(database_url)
    yield found
    found.close()


@pytest.fixture
def house(opened: Store) -> House:
    """That store with fake accounts around it."""
    return House(opened)
