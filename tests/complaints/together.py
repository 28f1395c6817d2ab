"""Doing the same thing in several threads at the same moment."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


def together(*acts: Callable[[], T], seconds: float = 30) -> list[T]:
    """Start all acts at once and return what they returned.  Raises what the first one raised.

    Each must end within so many seconds.
    """
    gate = Barrier(len(acts))

    def start(act: Callable[[], T]) -> T:
        gate.wait(timeout=10)
        return act()

    with ThreadPoolExecutor(len(acts)) as pool:
        return [
            future.result(timeout=seconds) for future in [pool.submit(start, act) for act in acts]
        ]
