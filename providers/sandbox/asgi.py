"""One request's line to the client, in the words of ASGI: take a body, answer, wait, cut."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import NamedTuple

from starlette.types import Message, Receive, Scope, Send

from providers.sandbox.exchange import Answer

CUT = "redress.sandbox.cut"
"""The extension of a scope with which our own server lets a connection be cut."""


class Line(NamedTuple):
    """What ASGI hands over with one request."""

    scope: Scope
    receive: Receive
    send: Send


async def read_body(receive: Receive) -> bytes:
    """The whole body of a request."""
    message = await receive()
    body: bytes = message.get("body", b"")
    if not message.get("more_body", False):
        return body
    chunks = [body]
    while message.get("more_body", False):
        message = await receive()
        chunks.append(message.get("body", b""))
    return b"".join(chunks)


async def send_answer(send: Send, answer: Answer) -> None:
    """Send a whole answer."""
    length = (b"content-length", str(len(answer.body)).encode())
    kind = (b"content-type", answer.content_type.encode())
    start: Message = {
        "type": "http.response.start",
        "status": answer.status,
        "headers": [kind, length, *answer.headers],
    }
    await send(start)
    await send({"type": "http.response.body", "body": answer.body})


async def hangs_up(receive: Receive, seconds: float) -> bool:
    """Wait that long; true when the client goes away meanwhile."""
    try:
        async with asyncio.timeout(seconds):
            while (await receive())["type"] != "http.disconnect":
                pass
    except TimeoutError:
        return False
    return True


async def cut(scope: Scope, receive: Receive, send: Send) -> None:
    """End the connection without a byte of answer, where the server lets us."""
    abort: Callable[[], None] | None = scope.get("extensions", {}).get(CUT)
    if abort is None:
        # Another server than our own: an answer that ends too early is the nearest thing to it.
        headers = [(b"content-length", b"1"), (b"connection", b"close")]
        await send({"type": "http.response.start", "status": 500, "headers": headers})
        return
    abort()
    while (await receive())["type"] != "http.disconnect":
        pass
