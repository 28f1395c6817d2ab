"""What the conformance suite must be told about a provider; each tells it in its specimen.py."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import httpx

from complaints.model import Observation, PushKind
from complaints.ports import Intent


@dataclass(frozen=True)
class Arrival:
    """A delivery that verifies at `tests.providers.wire.NOW`."""

    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Write:
    """A write that the account permits: the call that must not happen twice."""

    intent: Intent
    path: str
    repeatable: bool = False


@dataclass(frozen=True)
class Specimen:
    """One account, whole: every capability that its provider can have is switched on.

    ``healthy`` plays a provider that says yes to everything.
    """

    settings: Mapping[str, object]
    observations: tuple[Observation, ...]
    secrets: tuple[str, ...]
    healthy: Callable[[httpx.Request], httpx.Response]
    arrival: Arrival | None = None
    writes: Mapping[PushKind, Write] = field(default_factory=dict)
