"""Sends that nobody waits for: webhooks and notifications, a few at a time, now or later."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

Send = Callable[[], Awaitable[None]]

_SENDERS = 4
_HOLD_S = 1.0


class Background:
    """Runs sends while the server runs; needs a running loop on `put`."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[Send] = asyncio.Queue()
        self._senders: list[asyncio.Task[None]] = []
        self._timers: set[asyncio.TimerHandle] = set()
        self._held: list[Send] = []

    def put(self, send: Send, *, delay_s: float = 0, reorder: int = 0) -> None:
        """Run `send` after the delay.

        With `reorder` above 1 it is held until so many are there; then the last goes first, one
        after the other. A group that doesn't fill within a second goes as it is, turned too.
        """
        if not self._senders:
            self._senders = [asyncio.create_task(self._work()) for _ in range(_SENDERS)]
        if reorder > 1:
            self._hold(send, reorder, delay_s)
        elif delay_s > 0:
            self._later(delay_s, lambda: self._queue.put_nowait(send))
        else:
            self._queue.put_nowait(send)

    def stop(self) -> None:
        """Give up what hasn't been sent."""
        for task in self._senders:
            task.cancel()
        for timer in self._timers:
            timer.cancel()
        self._senders.clear()
        self._timers.clear()
        self._held.clear()
        self._queue = asyncio.Queue()

    def _hold(self, send: Send, group: int, delay_s: float) -> None:
        self._held.append(send)
        if len(self._held) >= group:
            self._release(delay_s)
        elif len(self._held) == 1:
            first = send

            def overdue() -> None:
                if first in self._held:
                    self._release(delay_s)

            self._later(_HOLD_S, overdue)

    def _release(self, delay_s: float) -> None:
        turned = self._held[::-1]
        self._held.clear()
        self.put(lambda: _in_turn(turned), delay_s=delay_s)

    def _later(self, delay_s: float, act: Callable[[], None]) -> None:
        def due() -> None:
            self._timers.discard(timer)
            act()

        timer = asyncio.get_running_loop().call_later(delay_s, due)
        self._timers.add(timer)

    async def _work(self) -> None:
        while True:
            send = await self._queue.get()
            await send()


async def _in_turn(sends: Sequence[Send]) -> None:
    for send in sends:
        await send()
