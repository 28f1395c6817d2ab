"""Networks that can be cut: a TCP relay for each address that parts reach one another by."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from typing import TYPE_CHECKING, Any, Self, TypeVar

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from types import TracebackType

_LOOPBACK = "127.0.0.1"
_CHUNK = 65536

T = TypeVar("T")


class Wires:
    """Relays on free ports of the loopback address, while the `with` block lasts."""

    def __init__(self) -> None:
        """Nothing is relayed yet."""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="wires", daemon=True)
        self._wires: dict[str, _Wire] = {}

    def port(self, name: str, to: int) -> int:
        """The port at which the wire of this name begins; it ends at the port `to`."""
        wire = _Wire(to)
        port = self._do(wire.listen())
        self._wires[name] = wire
        return port

    @property
    def names(self) -> list[str]:
        """The wires there are."""
        return sorted(self._wires)

    def cut(self, name: str) -> int:
        """Break all connections without a word, and take no new ones.  How many broke."""
        return self._do(self._wires[name].cut())

    def hush(self, name: str) -> None:
        """Let all connections be dead and look alive: nothing comes through any more.

        New ones are as good as ever.
        """
        self._do(self._wires[name].hush())

    def mend(self, name: str) -> None:
        """Take connections again."""
        self._do(self._wires[name].mend())

    def __enter__(self) -> Self:
        """Begin."""
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End all relays."""
        for wire in self._wires.values():
            self._do(wire.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _do(self, what: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(what, self._loop).result()


class _Wire:
    def __init__(self, to: int) -> None:
        self._to = to
        self._server: asyncio.Server | None = None
        self._whole = True
        self._open: set[asyncio.StreamWriter] = set()
        self._age = 0
        self._relays: set[asyncio.Task[None]] = set()

    async def listen(self) -> int:
        self._server = await asyncio.start_server(self._relay, _LOOPBACK, 0)
        return int(self._server.sockets[0].getsockname()[1])

    async def cut(self) -> int:
        self._whole = False
        broken = len(self._open) // 2
        for writer in self._open:
            # No goodbye: who waits for an answer learns nothing of what became of the question.
            writer.transport.abort()
        return broken

    async def hush(self) -> None:
        self._age += 1

    async def mend(self) -> None:
        self._whole = True

    async def close(self) -> None:
        assert self._server is not None  # noqa: S101 - it listens from the start
        self._server.close()
        await self.cut()
        await asyncio.gather(*self._relays, return_exceptions=True)

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - the server made one
        self._relays.add(task)
        self._open.add(writer)
        far: asyncio.StreamWriter | None = None
        try:
            if not self._whole:
                return
            there, far = await asyncio.open_connection(_LOOPBACK, self._to)
            self._open.add(far)
            await asyncio.gather(self._pump(reader, far), self._pump(there, writer))
        except OSError:
            return  # nobody is at the other end, or it went away: so do we
        finally:
            for end in (writer, far):
                if end is not None:
                    self._open.discard(end)
                    end.transport.abort()
            self._relays.discard(task)

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        age = self._age
        while chunk := await source.read(_CHUNK):
            if age != self._age:
                continue  # what is said is taken, and goes nowhere
            sink.write(chunk)
            await sink.drain()
        if age == self._age:
            with contextlib.suppress(OSError):
                sink.write_eof()
