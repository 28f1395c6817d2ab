"""How much processor time the bench's servers and workers use, whatever else the machine does."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

_TICKS: Final = os.sysconf("SC_CLK_TCK")
_PARENT: Final = 1
_USED: Final = slice(11, 15)
"""Own and inherited time, user and system, in /proc/PID/stat behind the program's name."""


def processor_seconds() -> float:
    """Seconds used by everything that this process has started, and by what that has started.

    What has ended counts for its parent; this process itself doesn't count.
    """
    parents, used = {}, {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
        except OSError:  # it has ended since
            continue
        pid = int(stat.parent.name)
        parents[pid] = int(fields[_PARENT])
        used[pid] = sum(map(int, fields[_USED]))
    ours, more = set[int](), {os.getpid()}
    while more:
        more = {pid for pid, parent in parents.items() if parent in more}
        ours |= more
    return sum(used[pid] for pid in ours) / _TICKS
