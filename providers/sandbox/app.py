"""The sandbox as an ASGI application: /bizkithub, /zenki and, for this machine only, /_sim."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from starlette.types import Message, Receive, Scope, Send

from providers.sandbox import bizkithub_errors, zenki_errors
from providers.sandbox.config import SandboxConfig
from providers.sandbox.control import Control
from providers.sandbox.exchange import HTML, TEXT, Account, Answer, Request, as_json
from providers.sandbox.faults import BEFORE_WORK, Fault
from providers.sandbox.wirelog import WireLog
from providers.sandbox.world import World, load

CUT = "redress.sandbox.cut"

_FLUSH_S = 0.5
_SAVE_EVERY = 10
_LOOPBACK = ("127.", "::1", "::ffff:127.")
_PROXY_PAGE = b"<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"


class Sandbox:
    """The ASGI application; `world` is open to tests in the same process."""

    def __init__(
        self, config: SandboxConfig, wire: Path | None = None, state: Path | None = None
    ) -> None:
        self.world = World(config, load(state))
        self.wire = WireLog(wire)
        self._state_file = state
        self._unsaved = False
        self._control = Control(self.world)
        self._providers: dict[str, tuple[Account, Callable[[Request], Answer]]] = {
            "bizkithub": ("bizkithub", self.world.bizkithub.answer),
            "zenki": ("zenki", self.world.zenki.answer),
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection's scope."""
        if scope["type"] == "http":
            await self._serve(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._live(receive, send)

    def flush(self) -> None:
        """Bring the wire log, and the state if it is kept, to disk."""
        self.wire.flush()
        if self._state_file is not None and self._unsaved:
            self._unsaved = False
            self.world.save(self._state_file)

    def read_at_once(
        self, path: str, query: str, headers: Sequence[tuple[bytes, bytes]]
    ) -> Answer | None:
        """Answer a GET of a provider's API, None when a planned fault may be meant for it."""
        mount, _, rest = path[1:].partition("/")
        provider = self._providers.get(mount)
        if provider is None or self.world.faults.waiting:
            return None
        account, handle = provider
        request = Request("GET", "/" + rest, query, headers, b"")
        answer = handle(request)
        self._unsaved = self._unsaved or answer.committed
        self.wire.add(account, request, answer, committed=answer.committed)
        return answer

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        keeper = asyncio.create_task(self._keep())
        await send({"type": "lifespan.startup.complete"})
        await receive()
        keeper.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await keeper
        await self.world.close()
        self.flush()
        await send({"type": "lifespan.shutdown.complete"})

    async def _keep(self) -> None:
        rounds = 0
        while True:
            await asyncio.sleep(_FLUSH_S)
            rounds += 1
            if rounds % _SAVE_EVERY == 0:
                self.flush()
            else:
                self.wire.flush()

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        mount, _, path = scope["path"][1:].partition("/")
        body = b"" if scope["method"] == "GET" else await _read_body(receive)
        self._unsaved = self._unsaved or scope["method"] != "GET"
        request = Request(
            scope["method"],
            "/" + path,
            scope["query_string"].decode("latin-1"),
            scope["headers"],
            body,
        )
        provider = self._providers.get(mount)
        if provider is not None:
            account, handle = provider
            fault = self.world.faults.take(account, request.method, request.path)
            if fault is None:
                answer = handle(request)
                self.wire.add(account, request, answer, committed=answer.committed)
                await _send(send, answer)
            else:
                await self._spoil(fault, account, request, handle, (scope, receive, send))
        elif mount == "_sim":
            await _send(send, await self._controlled(scope, request))
        else:
            await _send(send, Answer(404, b"Not Found", TEXT))

    async def _controlled(self, scope: Scope, request: Request) -> Answer:
        client = scope.get("client")
        if client is None or not str(client[0]).startswith(_LOOPBACK):
            return as_json(403, {"error": "the control API answers this machine only"})
        if request.path == "/world":
            self.flush()
        answer = await self._control.answer(request)
        # An act that waited for the product may have outlasted a save.
        self._unsaved = self._unsaved or request.method != "GET"
        return answer

    async def _spoil(
        self,
        fault: Fault,
        account: Account,
        request: Request,
        handle: Callable[[Request], Answer],
        line: tuple[Scope, Receive, Send],
    ) -> None:
        scope, receive, send = line
        done = None if fault.kind in BEFORE_WORK else handle(request)
        committed = done is not None and done.committed
        sent: Answer | None
        if fault.kind in {"drop_before", "drop_after_commit"}:
            sent = None
        elif fault.kind == "slow":
            self.world.hanging[id(request)] = (request.path, time.monotonic() + fault.seconds)
            try:
                sent = None if await _hangs_up(receive, fault.seconds) else done
            finally:
                del self.world.hanging[id(request)]
        elif fault.kind == "truncated" and done is not None:
            sent = Answer(done.status, done.body[: len(done.body) // 2], done.content_type)
        else:
            sent = self._fault_answer(fault, account)
        logged = sent
        if fault.kind == "truncated" and sent is not None:
            logged = Answer(sent.status, sent.body, TEXT)
        self.wire.add(account, request, logged, fault=fault.kind, committed=committed)
        if sent is None:
            await _cut(scope, receive, send)
        else:
            await _send(send, sent)

    def _fault_answer(self, fault: Fault, account: Account) -> Answer:
        if fault.kind == "html":
            return Answer(502, _PROXY_PAGE, HTML)
        status = int(fault.kind[:3])
        if account == "bizkithub":
            codes = {
                401: "INTERNAL_USER_MUST_BE_AUTHORIZED",
                403: "PERMISSION_MEMBER_HAS_NO_PERMISSION",
                429: "INTERNAL_TOO_MANY_REQUESTS",
                500: "INTERNAL_ERROR",
            }
            answer = bizkithub_errors.error(status, codes[status], "The request failed.")
        else:
            answer = zenki_errors.error(self.world.stage, status, "The request failed.")
        if fault.retry_after is None:
            return answer
        wait = (b"retry-after", str(fault.retry_after).encode())
        return Answer(answer.status, answer.body, answer.content_type, headers=(wait,))


def create(
    config: SandboxConfig | None = None, wire: Path | None = None, state: Path | None = None
) -> Sandbox:
    """The sandbox with a wire log in `wire` and a world kept in `state`, both optional."""
    return Sandbox(config if config is not None else SandboxConfig(), wire, state)


async def _read_body(receive: Receive) -> bytes:
    message = await receive()
    body: bytes = message.get("body", b"")
    if not message.get("more_body", False):
        return body
    chunks = [body]
    while message.get("more_body", False):
        message = await receive()
        chunks.append(message.get("body", b""))
    return b"".join(chunks)


async def _send(send: Send, answer: Answer) -> None:
    length = (b"content-length", str(len(answer.body)).encode())
    kind = (b"content-type", answer.content_type.encode())
    start: Message = {
        "type": "http.response.start",
        "status": answer.status,
        "headers": [kind, length, *answer.headers],
    }
    await send(start)
    await send({"type": "http.response.body", "body": answer.body})


async def _hangs_up(receive: Receive, seconds: float) -> bool:
    """Wait that long; true when the client goes away meanwhile."""
    try:
        async with asyncio.timeout(seconds):
            while (await receive())["type"] != "http.disconnect":
                pass
    except TimeoutError:
        return False
    return True


async def _cut(scope: Scope, receive: Receive, send: Send) -> None:
    """End the connection without a byte of answer, where the server lets us."""
    cut: Callable[[], None] | None = scope.get("extensions", {}).get(CUT)
    if cut is None:
        # Another server than our own: an answer that ends too early is the nearest thing to it.
        headers = [(b"content-length", b"1"), (b"connection", b"close")]
        await send({"type": "http.response.start", "status": 500, "headers": headers})
        return
    cut()
    while (await receive())["type"] != "http.disconnect":
        pass
