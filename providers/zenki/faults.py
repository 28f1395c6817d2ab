"""What an answer of Zenki means: by its ``errorCode``, on 2xx as well, then by HTTP status."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from providers.codec import UnreadableError, loads
from providers.http import Answer, Fate, fate_of_status

_NAME: Final = re.compile(r"[A-Za-z0-9_.\[\]-]{1,64}")
_STATUSES: Final = range(400, 600)
_NOT_FOUND: Final = 404


@dataclass(frozen=True)
class Judged:
    """An answer, understood.  ``reason`` names codes, fields and the provider's request id."""

    fate: Fate
    reason: str
    document: Mapping[str, object]
    status: int = 0
    """The HTTP status, or the ``errorCode`` that the body has instead."""
    wait: float | None = None
    rows: Sequence[object] | None = None
    """The members of an answer that is a list."""


def judge(answer: Answer, *, listed: bool = False) -> Judged:
    """Understand an answer; only a JSON object says anything, or a list where one may come."""
    value = _value(answer.body)
    document = value if isinstance(value, dict) else None
    rows = value if isinstance(value, list) else None
    status = _status(answer, document or {})
    fate = fate_of_status(status) if answer.status else answer.fate
    silent = fate is Fate.OK and document is None and not (listed and rows is not None)
    if answer.fate is Fate.LOST or silent:
        fate = Fate.LOST
    elif status == _NOT_FOUND and "errorCode" not in (document or {}):
        # Not the API's own words: a proxy, or a path that isn't there.
        fate = Fate.NOT_DONE
    parts = ("Zenki:", answer.note, *_names(document or {}))
    return Judged(fate, " ".join(parts), document or {}, status, answer.wait, rows)


def _status(answer: Answer, document: Mapping[str, object]) -> int:
    code = document.get("errorCode")
    if isinstance(code, int) and not isinstance(code, bool) and code in _STATUSES:
        return code
    # An errorCode that is no HTTP status, on an answer that claims success: refused.
    return 400 if code is not None and answer.fate is Fate.OK else answer.status


def _names(document: Mapping[str, object]) -> list[str]:
    """Names and codes, never the provider's sentence: that may quote the customer."""
    found = [document.get("errorCode"), document.get("error"), document.get("category")]
    if request := document.get("requestId"):
        found.append(f"request {request}")
    rows = document.get("validationErrors")
    if isinstance(rows, list):
        found.extend(row.get("field") for row in rows[:5] if isinstance(row, dict))
    words = (str(value) for value in found if isinstance(value, (str, int)))
    return [word for word in words if _NAME.fullmatch(word.removeprefix("request "))]


def _value(body: bytes) -> object:
    try:
        return loads(body)
    except UnreadableError:
        return None
