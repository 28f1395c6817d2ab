"""A Celery consumer that survives the loss of its broker.

Celery 5.7.0 closes a connection whose transport is gone already, and a late acknowledgement
on it does the same: both raise AttributeError, which Celery takes for an unrecoverable error
and ends the worker.  Here it is what it is: a lost connection.
"""

from __future__ import annotations

import contextlib
from typing import Any

import structlog
from celery.worker.consumer import Consumer

log = structlog.get_logger("redress.worker")


class SafeConsumer(Consumer):
    """Treats the AttributeError of a half-closed connection as a lost connection."""

    connection_errors: tuple[type[BaseException], ...]

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - Celery's signature
        """Take whatever Celery hands over."""
        super().__init__(*args, **kwargs)
        self.connection_errors = (*self.connection_errors, AttributeError)

    def on_connection_error_after_connected(self, exc: Exception) -> None:
        """Note the loss, close what is left, and let Celery reconnect."""
        log.warning("broker lost", fault=type(exc).__name__)
        if self.connection is not None:
            quiet: Any = _QuietlyClosed(self.connection, self.connection_errors)
            self.connection = quiet
        super().on_connection_error_after_connected(exc)


class _QuietlyClosed:
    """A connection whose closing can't fail."""

    def __init__(self, connection: Any, faults: tuple[type[BaseException], ...]) -> None:  # noqa: ANN401 - untyped library
        self._connection = connection
        self._faults = faults

    def close(self) -> None:
        with contextlib.suppress(*self._faults):
            self._connection.close()

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - untyped library
        return getattr(self._connection, name)
