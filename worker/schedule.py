"""What beat runs, as data: entry -> seconds.  All else follows from rows that are due."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tasks.step import SWEEP, TICK


def entries(look_seconds: float) -> dict[str, dict[str, Any]]:
    """The schedule.  A tick that finds no worker in its own period is thrown away."""
    return {
        name: {
            "task": TICK,
            "schedule": timedelta(seconds=every),
            "args": (name, every),
            "options": {"queue": SWEEP, "expires": max(every, 5.0)},
        }
        for name, every in {
            "look": look_seconds,
            "sweep": max(look_seconds, 1.0),
        }.items()
    }
