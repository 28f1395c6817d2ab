"""Trouble of the database is no fault of the rows that were being worked."""

from __future__ import annotations

import threading
import time

import psycopg
import pytest
from sqlalchemy import text

from complaints import flow
from complaints.store.casework import StoreBusy
from complaints.vocabulary import Status
from tests.complaints.fakes import House
from tests.complaints.records import BOT, change

CUT = """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND wait_event_type = 'Lock'"""


def _cut_who_waits(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as killer:
        for _ in range(200):
            if killer.execute(CUT).fetchone():
                return
            time.sleep(0.05)


def test_a_batch_whose_database_fails_counts_no_attempt(house: House, database_url: str) -> None:
    """Its connection is cut while it waits for a lock: handed back, no step nearer the end."""
    house.hear(BOT, "c1", change(Status.NEW, BOT, external_id="c1"))
    plain = database_url.replace("postgresql+psycopg", "postgresql")
    with psycopg.connect(plain) as holder:
        holder.execute("LOCK TABLE complaint IN ACCESS EXCLUSIVE MODE")
        accident = threading.Thread(target=_cut_who_waits, args=(plain,))
        accident.start()
        with pytest.raises(StoreBusy):
            flow.reconcile(house.deps)
        accident.join()
    with house.store.engine.connect() as connection:
        left = connection.execute(text("SELECT attempts, lease, verdict FROM receipt")).all()
    assert [tuple(row) for row in left] == [(0, None, "pending")]
    assert flow.reconcile(house.deps) == 1
