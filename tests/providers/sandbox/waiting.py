"""Waiting for what the sandbox does in the background."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

Seen = TypeVar("Seen")

_PAUSE_S = 0.01


def eventually(look: Callable[[], Seen], wanted: Seen, timeout_s: float = 10) -> None:
    """Look until that is seen; a time-out fails with what was seen last."""
    deadline = time.monotonic() + timeout_s
    while (seen := look()) != wanted and time.monotonic() < deadline:
        time.sleep(_PAUSE_S)
    assert seen == wanted
