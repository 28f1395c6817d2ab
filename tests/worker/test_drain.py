"""The pipeline without a broker: slower, and everything is done."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from complaints import flow, store
from complaints.flow import Deps
from complaints.model import Change
from complaints.store import Store
from complaints.store.casework import StoreBusy
from complaints.vocabulary import AccountName, Status
from providers.imports import IMPORT_ORDER, import_body
from tests.complaints.fakes import House, document
from tests.complaints.records import BOT, DESK, change, external
from tests.worker.test_cli import Redress, query, ready, redress, with_store
from worker.drain import PATIENCE, Drain
from worker.schedule import periods
from worker.up import free_port

__all__ = ["ready", "redress"]

PERIODS = periods(60.0)
VERDICT = "SELECT verdict FROM receipt WHERE account = 'demo-desk'"


@pytest.fixture
def house(database_url: str) -> Iterator[House]:
    """A store with fake accounts around it."""
    opened: Store = store.open(database_url)
    yield House(opened)
    opened.close()


def waiting(deps: Deps) -> None:
    """A row of an import that nobody has decided."""
    row = flow.ImportRow("1", IMPORT_ORDER, None, import_body({"order_hash": "a" * 32}))
    flow.import_rows(deps, AccountName("demo-desk"), [row])


def drained(house: House, *answers: bool) -> Drain:
    """One that is told at each look whether the broker answers, the last for ever."""
    left = list(answers)
    return Drain(house.deps, lambda: left.pop(0) if len(left) > 1 else left[0], PERIODS)


def raised(house: House) -> None:
    """A complaint that is to be filed; nobody was nudged."""
    house.hear(BOT, "raise", change(Status.NEW, BOT, external_id="c1"))


def numbers(house: House) -> list[tuple[object, ...]]:
    """Of pushes: kind and state."""
    with house.store.engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT kind, state FROM push ORDER BY id")
        return [tuple(row) for row in rows]


def test_everything_is_done_without_a_broker(house: House) -> None:
    """Decided, sent, read back and told, in a few rounds."""
    raised(house)
    shown: Change = change(Status.OPEN, external_id="d1")
    house.fakes[DESK].documents[external("d1")] = document(shown)
    house.clock.pass_(days=40)
    drain = drained(house, False)
    for _ in range(PATIENCE + 3):
        drain.look()
    assert numbers(house) == [("create", "done")]
    assert not house.store.at_rest(house.clock()).receipts
    assert [notice.kind for notice in house.notes.told] == ["complaint late"]


def test_while_the_broker_answers_nothing_is_done(house: House) -> None:
    """The workers have it."""
    raised(house)
    drain = drained(house, True)
    assert not any(drain.look() for _ in range(10))
    assert house.store.at_rest(house.clock()).receipts == 1


def test_a_restart_of_the_broker_is_no_outage(house: House) -> None:
    """It must be away at several looks in a row."""
    raised(house)
    away = [False] * (PATIENCE - 1)
    drain = drained(house, *away, True, *away, True)
    assert not any(drain.look() for _ in range(2 * PATIENCE))
    drain = drained(house, False)
    assert [drain.look() for _ in range(PATIENCE)] == [False] * (PATIENCE - 1) + [True]


def test_the_beats_entries_are_run_once_in_their_period(house: House) -> None:
    """Whoever takes a period first has it."""
    drain = drained(house, False)
    drain.work()
    before = {entry: house.store.accounts.tick(entry, every) for entry, every in PERIODS.items()}
    assert not any(before.values())


@pytest.mark.parametrize("fault", [StoreBusy("away"), ValueError("a bug")])
def test_one_steps_fault_stops_no_other(
    house: House, monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    """It is found again at the next look."""

    def broken(_deps: Deps) -> int:
        raise fault

    raised(house)
    monkeypatch.setitem(flow.STEPS, "poll", broken)
    monkeypatch.setitem(flow.SWEEPS, "sweep", broken)
    drained(house, False).work()
    drained(house, False).work()
    assert numbers(house) == [("create", "done")]


def test_it_ends_when_it_is_told_to(house: House) -> None:
    """At once."""
    stop = threading.Event()
    ended = threading.Thread(target=drained(house, True).run, args=(stop, 0.01))
    ended.start()
    stop.set()
    ended.join(5)
    assert not ended.is_alive()


def test_the_command_works_where_there_is_no_broker(ready: Redress, database_url: str) -> None:
    """A process of its own, with nobody at the broker's address; it ends on a signal."""
    with_store(waiting)
    assert query(database_url, VERDICT) == [("pending",)]
    nobody = free_port("127.0.0.1", 0)
    env = {**os.environ, "REDRESS_BROKER_URL": f"redis://127.0.0.1:{nobody}/0"}
    argv = [sys.executable, "-m", "worker", "drain"]
    log = Path("drain.log")
    with log.open("wb") as output:
        process = subprocess.Popen(argv, env=env, stdout=output, stderr=output)
        try:
            until = time.monotonic() + 40
            while time.monotonic() < until:
                if query(database_url, VERDICT) == [("applied",)]:
                    break
                assert process.poll() is None, log.read_text()
                time.sleep(0.3)
            assert query(database_url, VERDICT) == [("applied",)]
            process.send_signal(signal.SIGTERM)
            assert process.wait(20) == 0, log.read_text()
        finally:
            process.kill()
            process.wait()
    assert "drain.broker_is_away" in log.read_text()


def test_without_a_configured_broker_it_says_so(
    redress: Redress, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In words."""
    redress("init")
    monkeypatch.delenv("REDRESS_BROKER_URL", raising=False)
    said = redress("drain")
    assert (said.code, "broker" in said.err) == (2, True)
