"""How worker processes end that don't end by themselves, noted by their main process.

A process that the kernel kills can't say why; the pool that started it sees the signal and logs
it.  What is logged is written into the store, where the row lies that killed it.
"""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

import structlog
from billiard.util import get_logger

from complaints.store.receipts import process_name

if TYPE_CHECKING:
    from collections.abc import Callable

_SAID = "Process %r pid:%r exited with %r"

log = structlog.get_logger("redress.worker")


class Deaths(logging.Handler):
    """Hears the pool's log, and passes on who ended how."""

    def __init__(self, note: Callable[[str, str], None]) -> None:
        """``note`` is told the worker's name in the store, and how it ended."""
        super().__init__(logging.ERROR)
        self._note = note

    def emit(self, record: logging.LogRecord) -> None:
        """Take one line of the pool."""
        if record.msg != _SAID or not isinstance(record.args, tuple):
            return
        _, pid, how = record.args
        log.error("worker.died", pid=pid, how=how)
        # The pool's loop waits for nobody, least of all for a database that is away.
        told = (process_name(int(str(pid))), str(how))
        threading.Thread(target=self._tell, args=told, daemon=True).start()

    def _tell(self, worker: str, how: str) -> None:
        try:
            self._note(worker, how)
        except Exception as fault:  # noqa: BLE001 - it is only a note
            log.warning("worker.death_not_noted", fault=type(fault).__name__)


def watch(note: Callable[[str, str], None]) -> None:
    """Hear of every process of this worker's pool that ends by a signal or with a code."""
    get_logger().addHandler(Deaths(note))
