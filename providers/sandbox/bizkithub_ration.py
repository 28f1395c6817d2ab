"""BizKitHub's rate limit: a fixed block of ten minutes for each key (its error registry).

Three other texts tell of other limits; what they add, headers and another body, are knobs.
"""

from __future__ import annotations

import time

from providers.sandbox.bizkithub_errors import error, told_to_wait
from providers.sandbox.clock import epoch
from providers.sandbox.exchange import Answer, Headers
from providers.sandbox.stage import Stage


class Ration:
    """Counts the calls of a block, on the machine's own clock."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._block = -1
        self._used = 0

    def forget(self) -> None:
        """Begin a block anew."""
        self._block, self._used = -1, 0

    def take(self) -> Answer | None:
        """Count one call; the refusal when the block has none left."""
        limit = self._stage.knobs.rate_limit_per_block
        if limit == 0:
            return None
        block, _ = self._now()
        if block != self._block:
            self._block, self._used = block, 0
        self._used += 1
        return None if self._used <= limit else self._refusal()

    def headers(self) -> Headers:
        """The headers on every answer that one of the texts tells of, none without the knob."""
        knobs = self._stage.knobs
        if not knobs.rate_limit_headers or knobs.rate_limit_per_block == 0:
            return ()
        left = max(knobs.rate_limit_per_block - self._used, 0)
        reset = epoch(self._stage.clock.now(), "s") + self._wait()
        return (
            (b"x-ratelimit-limit", str(knobs.rate_limit_per_block).encode()),
            (b"x-ratelimit-remaining", str(left).encode()),
            (b"x-ratelimit-reset", str(reset).encode()),
        )

    def _now(self) -> tuple[int, float]:
        """The number of the running block, and the seconds it has left."""
        length = self._stage.knobs.rate_limit_block_s
        block, used = divmod(time.monotonic(), length)
        return int(block), length - used

    def _wait(self) -> int:
        return int(self._now()[1]) + 1

    def _refusal(self) -> Answer:
        knobs = self._stage.knobs
        match knobs.rate_limit_body:
            case "key":
                refusal = error(429, "PUBLIC_API_KEY_TOO_MANY_REQUEST", "Too many requests.")
            case "internal":
                refusal = error(429, "INTERNAL_TOO_MANY_REQUESTS", "Too many requests.")
            case "article":
                refusal = told_to_wait(self._wait())
        if not knobs.rate_limit_retry_after:
            return refusal
        return refusal.with_headers(((b"retry-after", str(self._wait()).encode()),))
