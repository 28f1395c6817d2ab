"""One row that raises, kills its worker or hangs parks itself; all others get through."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from complaints import store
from complaints.store import Store
from complaints.store.accounts import Accounts
from complaints.store.receipts import PARKED_AFTER
from complaints.vocabulary import Status
from tests.chaos.poisoned import LEASE
from tests.complaints.fakes import House
from tests.complaints.records import DESK, change
from tests.complaints.test_matching import QUIET_SHOP, rows

pytestmark = [pytest.mark.kill, pytest.mark.timeout(120)]

ROOT = Path(__file__).parent.parent.parent
INNOCENT = 25


def work(url: str, log: Path, accounts: Accounts) -> int:
    """Let workers be started anew until nothing is left; how many it took.

    One that has done nothing for long is killed, as a hard time limit does.
    """
    argv = [sys.executable, "-m", "tests.chaos.poisoned", url]
    for started in range(1, 4 * PARKED_AFTER):
        with log.open("ab") as output:
            process = subprocess.Popen(argv, cwd=ROOT, stdout=output, stderr=output)
            try:
                code = process.wait(4 + LEASE)
            except subprocess.TimeoutExpired:
                process.kill()
                code = process.wait()
        if code == 0:
            return started
        assert code == -signal.SIGKILL, log.read_text()
        # What the main process of a Celery worker sees of its children.
        accounts.died(f"{socket.gethostname()}:{process.pid}", "signal 9 (SIGKILL)")
    raise AssertionError(log.read_text())


WHY = {
    "raise": "deciding it raises ZeroDivisionError",
    "kill": r"worker [\w.-]+:\d+ ended with signal 9 \(SIGKILL\) while it decided it",
    "hang": r"worker [\w.-]+:\d+ ended with signal 9 \(SIGKILL\) while it decided it",
}


@pytest.mark.parametrize("word", ["raise", "kill", "hang"])
def test_a_poisoned_row_parks_itself_alone(word: str, database_url: str, tmp_path: Path) -> None:
    """After all its claims, the last ones without neighbours, with the number of claims told."""
    opened: Store = store.open(database_url)
    house = House(opened, accounts=QUIET_SHOP)
    for n in range(INNOCENT):
        house.hear(DESK, f"good {n}", change(Status.OPEN, external_id=f"d{n}"))
        if n == INNOCENT // 2:
            house.hear(DESK, "bad", change(Status.OPEN, external_id="bad", word=word))
    begun = time.monotonic()
    work(database_url, tmp_path / "log", opened.accounts)
    assert time.monotonic() - begun < 100
    verdicts = rows(house, "SELECT verdict, count(*) FROM receipt GROUP BY 1 ORDER BY 1")
    assert [tuple(row) for row in verdicts] == [("applied", INNOCENT), ("quarantined", 1)]
    ((reason, attempts),) = rows(
        house, "SELECT reason, attempts FROM receipt WHERE verdict = 'quarantined'"
    )
    assert attempts == PARKED_AFTER
    before, _, why = reason.partition(": ")
    assert before == f"claimed {PARKED_AFTER} times, no result"
    assert re.fullmatch(WHY[word], why)
    opened.close()
