"""uvicorn with two additions: a connection can be cut, and plain reads take a short way."""

from __future__ import annotations

import asyncio
import json
import socket
import sys
from collections.abc import Callable
from http import HTTPStatus
from urllib.parse import unquote

import h11
import uvicorn
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from providers.sandbox.app import Sandbox
from providers.sandbox.asgi import CUT
from providers.sandbox.exchange import Answer

_EVERY_ADDRESS = "0.0.0.0"  # noqa: S104  # compared, not bound
_END = b"\r\n\r\n"
_READS = (b"GET /bizkithub/", b"GET /zenki/")
_VERSION = b" HTTP/1.1"
# A read with any of these is none of the plain ones; h11 knows what to do with it.
_UNUSUAL = frozenset({b"content-length", b"transfer-encoding", b"expect", b"upgrade"})
_PHRASES = {status.value: status.phrase.encode() for status in HTTPStatus}


class SandboxProtocol(H11Protocol):
    """HTTP/1.1 in which whole, plain GETs of a provider's API are answered without h11 and a task.

    The sandbox spends most of its time on polls; the short way costs a fifth of the long one.
    Everything else, also every read while a fault is planned, goes through h11 as usual.
    """

    def connection_made(  # type: ignore[override]  # as uvicorn itself narrows it
        self, transport: asyncio.Transport
    ) -> None:
        """Hand the application a way to cut this connection."""
        super().connection_made(transport)
        serve = self.app

        async def cuttable(scope: Scope, receive: Receive, send: Send) -> None:
            scope.setdefault("extensions", {})[CUT] = transport.abort
            await serve(scope, receive, send)

        self.app = cuttable

    def data_received(self, data: bytes) -> None:
        """Take what the client sent."""
        if not data.startswith(_READS) or not self._answered(data):
            super().data_received(data)

    def _answered(self, data: bytes) -> bool:
        sandbox = self.config.loaded_app
        if (
            not isinstance(sandbox, Sandbox)
            or data.find(_END) != len(data) - len(_END)
            or self.conn.our_state is not h11.IDLE
            or self.conn.their_state is not h11.IDLE
            or self.conn.trailing_data[0]
        ):
            return False
        first, *rest = data[: -len(_END)].split(b"\r\n")
        headers = _plain_headers(rest)
        if headers is None or not first.endswith(_VERSION):
            return False
        target, _, query = first[len("GET ") : -len(_VERSION)].partition(b"?")
        path = unquote(target.decode("latin-1"))
        answer = sandbox.read_at_once(path, query.decode("latin-1"), headers)
        if answer is None:
            return False
        self.transport.write(self._written(answer))
        self.on_response_complete()
        return True

    def _written(self, answer: Answer) -> bytes:
        headers = [
            *self.server_state.default_headers,
            (b"content-type", answer.content_type.encode()),
            (b"content-length", str(len(answer.body)).encode()),
            *answer.headers,
        ]
        lines = b"".join([name + b": " + value + b"\r\n" for name, value in headers])
        status = str(answer.status).encode() + b" " + _PHRASES.get(answer.status, b"")
        return b"HTTP/1.1 " + status + b"\r\n" + lines + b"\r\n" + answer.body


def _plain_headers(lines: list[bytes]) -> list[tuple[bytes, bytes]] | None:
    """The headers in lower case; None when one of them asks for more than a plain answer."""
    headers: list[tuple[bytes, bytes]] = []
    has_host = False
    for line in lines:
        name, colon, value = line.partition(b":")
        name, value = name.lower(), value.strip()
        if not colon or name in _UNUSUAL or not name.replace(b"-", b"").isalnum():
            return None
        if name == b"connection" and value.lower() != b"keep-alive":
            return None
        has_host = has_host or name == b"host"
        headers.append((name, value))
    return headers if has_host else None


class AnnouncedServer(uvicorn.Server):
    """Says on stdout where it listens as soon as it does; `then` is told the page's address."""

    def __init__(self, config: uvicorn.Config, then: Callable[[str], None] | None = None) -> None:
        super().__init__(config)
        self._then = then

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start listening, then print the one line."""
        await super().startup(sockets)
        if sockets:
            host, port = sockets[0].getsockname()[:2]
            url = f"http://{host}:{port}"
            sys.stdout.write(json.dumps({"event": "sandbox ready", "url": url}) + "\n")
            sys.stdout.flush()
            if self._then is not None:
                # The page answers this machine's own names only.
                self._then(f"http://{'127.0.0.1' if host == _EVERY_ADDRESS else host}:{port}/")
