"""What stands before the receiver's doors: limits on size, time, threads and questions.

Nothing here knows what is received.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from typing import TYPE_CHECKING, TypeVar

import anyio
from anyio import to_thread
from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

T = TypeVar("T")

BODY_BYTES = 1024 * 1024
"""The largest body that is taken."""
RETRY_SECONDS = 5
"""What a sender is told to wait when nothing could be stored."""
_DRAIN_BYTES = 8 * BODY_BYTES


class TooLarge(Exception):
    """The body goes beyond the cap.  Nothing of it is kept."""


class TooSlow(Exception):
    """The sender used up its time."""


class Busy(Exception):
    """No thread came free in time."""


async def read_body(request: Request, seconds: float, cap: int = BODY_BYTES) -> bytes:
    """The whole body.  Raises `TooLarge` or `TooSlow`; ``ClientDisconnect`` when it broke off.

    What goes beyond the cap is read and thrown away for a while, so that the sender has a
    chance to hear the answer before the connection closes.
    """
    kept = bytearray()
    size = 0
    try:
        with anyio.fail_after(seconds):
            async for chunk in request.stream():
                size += len(chunk)
                if size <= cap:
                    kept += chunk
                elif size > _DRAIN_BYTES:
                    break
    except TimeoutError:
        raise (TooLarge if size > cap else TooSlow) from None
    if size > cap:
        raise TooLarge
    return bytes(kept)


class Gate:
    """Runs blocking calls in a bounded number of threads; nobody waits for one for ever."""

    def __init__(self, threads: int, wait_seconds: float) -> None:
        self._threads = threads
        self._wait = wait_seconds
        self._places = anyio.Semaphore(threads)
        self._limiter = anyio.CapacityLimiter(threads)

    async def run(self, call: Callable[[], T]) -> T:
        """The result of ``call``.  Raises `Busy` when all threads stay taken."""
        try:
            with anyio.fail_after(self._wait):
                await self._places.acquire()
        except TimeoutError:
            raise Busy from None
        try:
            return await to_thread.run_sync(call, limiter=self._limiter)
        finally:
            self._places.release()


class Rate:
    """At most ``limit`` acts per ``seconds`` and key, remembered for ``keys`` keys at most.

    Times are the caller's monotonic seconds.  When too many keys come at once the one that
    was quiet for longest is forgotten.
    """

    def __init__(self, limit: int, seconds: float, keys: int = 10_000) -> None:
        self._limit = limit
        self._seconds = seconds
        self._keys = keys
        self._acts: OrderedDict[str, deque[float]] = OrderedDict()

    def wait(self, key: str, now: float) -> float:
        """0 when the act is allowed (it is counted then), else the seconds until it would be."""
        acts = self._acts.setdefault(key, deque())
        self._acts.move_to_end(key)
        if len(self._acts) > self._keys:
            self._acts.popitem(last=False)
        while acts and acts[0] <= now - self._seconds:
            acts.popleft()
        if len(acts) >= self._limit:
            return acts[0] + self._seconds - now
        acts.append(now)
        return 0.0

    def __len__(self) -> int:
        return len(self._acts)


_SECURITY = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}


class Hardened:
    """Puts the security headers on every answer, whoever gave it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One ASGI conversation."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def hardened(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(_SECURITY)
            await send(message)

        await self._app(scope, receive, hardened)


__all__ = [
    "BODY_BYTES",
    "RETRY_SECONDS",
    "Busy",
    "ClientDisconnect",
    "Gate",
    "Hardened",
    "Rate",
    "TooLarge",
    "TooSlow",
    "read_body",
]
