"""An ASGI application inside the test's own process, behind a transport for httpx.

No socket is opened.  Everything else is as over the wire: a line that the application cuts is
an error of the wire, and a client that waits no longer is gone for the application.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from types import TracebackType
from typing import Any, Self

import httpx
from starlette.types import ASGIApp, Message, Scope

from providers.sandbox.asgi import CUT

_END_S = 10
_HERE = ("127.0.0.1", 0)


class InProcess(httpx.BaseTransport):
    """Serves an application on a loop of its own, in a thread, while it is entered.

    Closing a client that uses it changes nothing: many share it.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._ends = asyncio.Event()
        self._life: asyncio.Task[None] | None = None

    def __enter__(self) -> Self:
        self._thread.start()
        self._run(self._start()).result(_END_S)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None = None,
        error: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        self._run(self._stop()).result(_END_S)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_END_S)
        self._loop.close()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Let the application answer.  Raises what a cut or silent line raises in httpx."""
        gone = asyncio.Event()
        answered = self._run(self._serve(request, request.read(), gone))
        try:
            response: httpx.Response | None = answered.result(
                request.extensions.get("timeout", {}).get("read")
            )
        except TimeoutError:
            self._loop.call_soon_threadsafe(gone.set)
            answered.result(_END_S)
            raise httpx.ReadTimeout("no answer in time", request=request) from None
        if response is None:
            raise httpx.RemoteProtocolError("disconnected without an answer", request=request)
        return response

    async def _serve(
        self, request: httpx.Request, body: bytes, gone: asyncio.Event
    ) -> httpx.Response | None:
        """One exchange; None when no whole answer came."""
        incoming: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]
        sent: list[Message] = []

        async def receive() -> Message:
            if incoming:
                return incoming.pop()
            await gone.wait()
            return {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            sent.append(message)

        await self._app(_scope(request, gone), receive, send)
        if len(sent) < 2:
            return None
        content = b"".join(message["body"] for message in sent[1:])
        return httpx.Response(sent[0]["status"], headers=sent[0]["headers"], content=content)

    async def _start(self) -> None:
        started = asyncio.Event()

        async def receive() -> Message:
            if not started.is_set():
                return {"type": "lifespan.startup"}
            await self._ends.wait()
            return {"type": "lifespan.shutdown"}

        async def send(message: Message) -> None:
            started.set()

        self._life = asyncio.create_task(self._live(receive, send))
        await started.wait()

    async def _live(self, receive: Any, send: Any) -> None:
        await self._app({"type": "lifespan", "asgi": {"version": "3.0"}}, receive, send)

    async def _stop(self) -> None:
        self._ends.set()
        if self._life is not None:
            await self._life

    def _run(self, act: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(act, self._loop)


def _scope(request: httpx.Request, gone: asyncio.Event) -> Scope:
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": request.url.scheme,
        "path": request.url.path,
        "raw_path": request.url.raw_path.partition(b"?")[0],
        "query_string": request.url.query,
        "root_path": "",
        "headers": [(name.lower(), value) for name, value in request.headers.raw],
        "client": _HERE,
        "server": (request.url.host, request.url.port or 80),
        # Whoever hangs up reads no more; what was sent before is lost with the line.
        "extensions": {CUT: gone.set},
    }
