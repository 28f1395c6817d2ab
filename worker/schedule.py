"""What beat runs, as data: entry -> seconds.  All else follows from rows that are due."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tasks.step import SWEEP, TICK

EXPIRES_SECONDS = 300.0
"""Longer than hosts' clocks differ: a late tick does no harm, each period is taken once."""

SEAL_SECONDS = 60.0
"""What was received is in a seal after about so long."""

MATCH_SECONDS = 60.0
"""So often cases that nothing but evidence joins are looked for."""

AUDIT_SECONDS = 3600.0
"""So often some records of each account are compared with what the account says."""


def periods(look_seconds: float) -> dict[str, float]:
    """How often each entry is run, in seconds."""
    return {
        "look": look_seconds,
        "sweep": max(look_seconds, 1.0),
        "renew": max(look_seconds, 1.0),
        "seal": max(look_seconds, SEAL_SECONDS),
        "match": max(look_seconds, MATCH_SECONDS),
        "audit": AUDIT_SECONDS,
    }


def entries(look_seconds: float) -> dict[str, dict[str, Any]]:
    """The schedule."""
    return {
        name: {
            "task": TICK,
            "schedule": timedelta(seconds=every),
            "args": (name, every),
            "options": {"queue": SWEEP, "expires": EXPIRES_SECONDS},
        }
        for name, every in periods(look_seconds).items()
    }
