"""How long to wait before the next try: full jitter, capped, and never before asked."""

from __future__ import annotations

import random
from dataclasses import dataclass


@dataclass(frozen=True)
class Delays:
    """How long is waited, in seconds.  Nothing is tried more often than ten times a second."""

    first: float = 1.0
    longest: float = 15 * 60.0

    def after(self, tries: int, retry_after: float | None = None) -> float:
        """Seconds to wait after `tries` failures.  At least what the provider asked for."""
        ceiling = min(self.longest, self.first * 2 ** min(tries, 20))
        waited = random.uniform(0.1, max(0.1, ceiling))  # noqa: S311 - no secret
        return max(retry_after or 0.0, waited)
