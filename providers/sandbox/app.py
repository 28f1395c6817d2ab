"""The sandbox as an ASGI application: the providers' mounts; for this machine only /_sim and /."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from pathlib import Path

from starlette.types import Receive, Scope, Send

from providers.sandbox import page
from providers.sandbox.asgi import Line, read_body, send_answer
from providers.sandbox.config import SandboxConfig
from providers.sandbox.control import Control
from providers.sandbox.exchange import TEXT, Account, Answer, Request, as_json
from providers.sandbox.spoiling import Handle, Spoiler
from providers.sandbox.wirelog import WireLog
from providers.sandbox.world import World, load

_FLUSH_S = 0.5
_SAVE_EVERY = 10
_LOOPBACK = ("127.", "::1", "::ffff:127.")


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
        self._spoiler = Spoiler(self.world, self.wire)
        self._providers: dict[str, tuple[Account, Handle]] = {
            "bizkithub": ("bizkithub", self.world.bizkithub.answer),
            "zenki": ("zenki", self.world.zenki.answer),
            "chat": ("chat", self.world.chat_host.answer),
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection's scope."""
        if scope["type"] == "http":
            await self._serve(Line(scope, receive, send))
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
        """Answer a GET of a provider's API, None when a fault may be meant for it."""
        mount, _, rest = path[1:].partition("/")
        provider = self._provider(mount)
        if provider is None or not self.world.faults.idle:
            return None
        account, handle = provider
        return self._answered(account, Request("GET", "/" + rest, query, headers, b""), handle)

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

    async def _serve(self, line: Line) -> None:
        scope = line.scope
        mount, _, path = scope["path"][1:].partition("/")
        body = b"" if scope["method"] == "GET" else await read_body(line.receive)
        self._unsaved = self._unsaved or scope["method"] != "GET"
        request = Request(
            scope["method"],
            "/" + path,
            scope["query_string"].decode("latin-1"),
            scope["headers"],
            body,
        )
        provider = self._provider(mount)
        if provider is not None:
            account, handle = provider
            fault = self.world.faults.take(account, request.method, request.path)
            if fault is None:
                await send_answer(line.send, self._answered(account, request, handle))
            else:
                await self._spoiler.spoil(fault, request, handle, line)
        elif mount == "_sim" or (request.method, scope["path"]) == ("GET", "/"):
            await send_answer(line.send, await self._for_this_machine(scope, request))
        else:
            await send_answer(line.send, Answer(404, b"Not Found", TEXT))

    def _provider(self, mount: str) -> tuple[Account, Handle] | None:
        if mount == "chat" and not self.world.stage.knobs.chat_hosts:
            return None
        return self._providers.get(mount)

    def _answered(self, account: Account, request: Request, handle: Handle) -> Answer:
        answer = handle(request)
        self._unsaved = self._unsaved or answer.committed
        self.wire.add(account, request, answer, committed=answer.committed)
        return answer

    async def _for_this_machine(self, scope: Scope, request: Request) -> Answer:
        client = scope.get("client")
        if client is None or not str(client[0]).startswith(_LOOPBACK):
            return as_json(403, {"error": "the control API and the page answer this machine only"})
        if scope["path"] == "/":
            return page.answer(self.world, self.wire, request.header(b"host"))
        if request.path == "/world":
            self.flush()
        answer = await self._control.answer(request)
        # An act that waited for the product may have outlasted a save.
        self._unsaved = self._unsaved or request.method != "GET"
        return answer


def create(
    config: SandboxConfig | None = None, wire: Path | None = None, state: Path | None = None
) -> Sandbox:
    """The sandbox with a wire log in `wire` and a world kept in `state`, both optional."""
    return Sandbox(config if config is not None else SandboxConfig(), wire, state)
