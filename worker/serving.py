"""Runs the receiver on its port, with senders that are cut off when they take too long."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    import asyncio

    from starlette.types import ASGIApp

CONNECTIONS = 256
"""More at once are answered 503: the sender comes again."""
_GRACE_SECONDS = 1.0
_SHUTDOWN_SECONDS = 10
_IDLE_SECONDS = 5


class _Impatient(H11Protocol):
    """Closes a connection whose request isn't whole in ``seconds``.

    uvicorn waits without limit for the rest of a head, and for a body that nobody reads any
    more; a few hundred such connections would shut everybody else out.
    """

    seconds: ClassVar[float]
    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._timer = self.loop.call_later(self.seconds, self._cut)

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._watch()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._watch()

    def _watch(self) -> None:
        their = self.conn.their_state
        begun = their is h11.IDLE and bool(self.conn.trailing_data[0])
        if not begun and their is not h11.SEND_BODY:
            self._stop()
        elif self._timer is None:
            self._timer = self.loop.call_later(self.seconds, self._cut)

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _cut(self) -> None:
        self._timer = None
        self.transport.abort()


def impatient(limit: float) -> type[H11Protocol]:
    """The HTTP protocol of a server whose senders have ``limit`` seconds for a request."""

    class Impatient(_Impatient):
        seconds = limit

    return Impatient


def server(app: ASGIApp, read_seconds: float) -> uvicorn.Server:
    """A server that is ready to ``run`` on sockets that listen.

    It writes no access log, because paths may hold tokens.  A sender has ``read_seconds`` for
    a body; then the application answers 408, and a little later the connection is cut
    whatever happened.
    """
    config = uvicorn.Config(
        app,
        http=impatient(read_seconds + _GRACE_SECONDS),
        ws="none",
        lifespan="on",
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,
        limit_concurrency=CONNECTIONS,
        timeout_keep_alive=_IDLE_SECONDS,
        timeout_graceful_shutdown=_SHUTDOWN_SECONDS,
    )
    return uvicorn.Server(config)
