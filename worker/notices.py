"""Telling people: a line in the log and a line in a file that stays.

A notice's ``message_id`` is the same each time the same notice is told.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import structlog

if TYPE_CHECKING:
    from pathlib import Path

    from complaints.model import AccountName
    from complaints.store.escalations import Notice

log = structlog.get_logger("redress.notice")


class Notices:
    """Appends to a file of JSON lines, each written in one piece."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def late(self, notice: Notice) -> None:
        """A complaint has passed a rung of its ladder."""
        self._tell(
            "complaint late",
            message_id=f"escalation-{notice.id}",
            number=notice.number,
            shop=notice.shop,
            rung=notice.rung,
            due_at=notice.due_at.isoformat(),
            fired_at=notice.fired_at.isoformat(),
            maybe_repeated=notice.repeat,
        )

    def paused(self, account: AccountName, reason: str) -> None:
        """An account can't go on without a person."""
        self._tell("account paused", account=account, reason=reason)

    def _tell(self, what: str, **facts: object) -> None:
        line = json.dumps({"notice": what, **facts}, ensure_ascii=False) + "\n"
        self._file.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(self._file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(handle, line.encode())
            os.fsync(handle)
        finally:
            os.close(handle)
        log.warning(what, **facts)
