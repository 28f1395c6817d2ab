"""A story from start to end: customers, staffs and providers act, and Redress has to keep up."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def run(
    *,
    source: Path | None = None,
    seed: int = 1,
    speed: float | None = None,
    as_json: bool = False,
    keep: Path | None = None,
    faults: float = 0.0,
) -> int:
    """Play a story and audit it; returns the exit code: 0 only if the audit holds.

    ``source`` is a folder with the three CSV files, None a world of our own; ``speed`` an upper
    bound in days a second; ``keep`` a folder that takes the files from which anybody can repeat
    the audit; ``faults`` is the share of all requests that go wrong.

    The result goes to standard output, everything else to standard error.
    """
    # The audit of this package runs alone, without all that a play needs.
    from worker.demo.story import tell  # noqa: PLC0415

    return tell(source=source, seed=seed, speed=speed, as_json=as_json, keep=keep, faults=faults)
