"""How worker processes end is heard from the pool's log, and written down where rows lie."""

from __future__ import annotations

import logging
import socket
import time

import pytest

from worker.deaths import Deaths

SAID = "Process %r pid:%r exited with %r"


def heard(message: str, *arguments: object) -> list[tuple[str, str]]:
    """What is noted of one line of a pool's log."""
    noted: list[tuple[str, str]] = []
    handler = Deaths(lambda worker, how: noted.append((worker, how)))
    handler.emit(logging.makeLogRecord({"msg": message, "args": arguments, "level": "ERROR"}))
    until = time.monotonic() + 2
    while not noted and time.monotonic() < until and message == SAID:
        time.sleep(0.01)
    return noted


def test_a_killed_process_is_noted() -> None:
    """By the name that it has in the store."""
    found = heard(SAID, "ForkPoolWorker-1", 4711, "signal 9 (SIGKILL)")
    assert found == [(f"{socket.gethostname()}:4711", "signal 9 (SIGKILL)")]


@pytest.mark.parametrize("message", ["Timed out", "Supervisor: %r"])
def test_what_else_a_pool_says_is_its_own(message: str) -> None:
    """Nothing is noted."""
    assert heard(message, "x", 1, "y") == []


def test_a_note_that_cant_be_made_harms_nobody() -> None:
    """The database may be away as well."""

    def away(_worker: str, _how: str) -> None:
        raise ConnectionError

    Deaths(away).emit(logging.makeLogRecord({"msg": SAID, "args": ("a", 1, "exitcode 1")}))
    time.sleep(0.05)
