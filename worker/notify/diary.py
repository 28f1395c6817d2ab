"""A line in the log and a line in a file that stays."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import structlog

if TYPE_CHECKING:
    from pathlib import Path

    from complaints.store.notices import Notice

log = structlog.get_logger("redress.notice")


class Diary:
    """Appends to a file of JSON lines, each written in one piece."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def wants(self, _notice: Notice) -> bool:
        """Everything is written down."""
        return True

    def tell(self, notice: Notice) -> None:
        """Write one notice down and log it."""
        facts = {
            "message_id": notice.key,
            "at": notice.at.isoformat(),
            **notice.facts,
            "maybe_repeated": notice.repeat,
        }
        line = json.dumps({"notice": notice.kind, **facts}, ensure_ascii=False) + "\n"
        self._file.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(self._file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(handle, line.encode())
            os.fsync(handle)
        finally:
            os.close(handle)
        log.warning(notice.kind, **facts)
