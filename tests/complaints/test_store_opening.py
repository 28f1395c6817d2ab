"""Connections that died while they lay idle."""

from __future__ import annotations

import time

import psycopg
import pytest

from complaints import store

NAMED = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND pid <> %s"


@pytest.mark.timeout(60)
def test_a_connection_that_died_idle_is_replaced(database_url: str) -> None:
    """After a restart of the database the first use works again, once the ping is due."""
    opened = store.open(database_url)
    try:
        first = opened.receipts.mark()
        plain = database_url.replace("postgresql+psycopg", "postgresql")
        with psycopg.connect(plain, autocommit=True) as other:
            name = other.info.dbname
            other.execute(NAMED, (name, other.info.backend_pid))
        time.sleep(5.2)
        assert opened.receipts.mark() == first + 1
    finally:
        opened.close()
