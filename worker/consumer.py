"""A Celery consumer that survives the loss of its broker.

Celery 5.7.0 closes a connection whose transport is gone already, and a late acknowledgement
on it does the same: both raise AttributeError, which Celery takes for an unrecoverable error
and ends the worker.  Here it is what it is: a lost connection.

An acknowledgement that can't be sent is only logged by Celery.  Its message then counts as taken
for ever; with as many of them as the worker prefetches it takes no more, listens to nothing any
more, and so never hears that the connection is lost.  Here that is a lost connection too.
"""

from __future__ import annotations

import contextlib
from typing import Any

import structlog
from celery.worker.consumer import Consumer
from kombu.message import Message

log = structlog.get_logger("redress.worker")


class SafeConsumer(Consumer):
    """Treats the AttributeError of a half-closed connection as a lost connection."""

    connection_errors: tuple[type[BaseException], ...]

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - Celery's signature
        """Take whatever Celery hands over."""
        super().__init__(*args, **kwargs)
        self.connection_errors = (*self.connection_errors, AttributeError)

    def call_soon_ack(self, p: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - Celery's signature
        """Acknowledge, and let what goes wrong come out of the loop."""
        parent: Any = super()
        if getattr(p, "__func__", None) is not Message.ack_log_error:
            return parent.call_soon_ack(p, *args, **kwargs)
        return parent.call_soon_ack(p.__self__.ack)

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
