"""Names that the bench and its workers share."""

from __future__ import annotations

from typing import Final

QUEUE: Final = "bench"
NOTHING: Final = "bench.nothing"
CHANGE: Final = "bench.change"
CHANGES: Final = "bench.changes"
DONE: Final = "bench.done"
DONE_KEY: Final = "bench:done"
