"""How long to wait before the next try: full jitter, capped, and never before asked."""

from __future__ import annotations

import random

BASE_SECONDS = 1.0
CAP_SECONDS = 15 * 60.0


def delay(tries: int, retry_after: float | None = None) -> float:
    """Seconds to wait after `tries` failures.  At least what the provider asked for."""
    ceiling = min(CAP_SECONDS, BASE_SECONDS * 2 ** min(tries, 20))
    return max(retry_after or 0.0, random.uniform(0.1, ceiling))  # noqa: S311 - no secret
