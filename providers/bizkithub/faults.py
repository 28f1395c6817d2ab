"""What an answer of BizKitHub means: first by its code, then by its HTTP status.

A bad key answers 404 there, and an error type that sets no status answers 500, so the status
alone would close live cases when a key expires.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from providers.codec import UnreadableError, loads_object, money
from providers.http import RETRY_AFTER_CAP, Answer, Fate

FATE_OF_CODE: Final[Mapping[str, Fate]] = {
    "PUBLIC_API_KEY_TOO_MANY_REQUEST": Fate.NOT_DONE,
    "INTERNAL_TOO_MANY_REQUESTS": Fate.NOT_DONE,
    "RATE_LIMIT_EXCEEDED": Fate.NOT_DONE,
    "INTERNAL_USER_MUST_BE_AUTHORIZED": Fate.HUMAN,
    "INTERNAL_ORGANISATION_IS_REQUIRED": Fate.HUMAN,
    "PERMISSION_MEMBER_HAS_NO_PERMISSION": Fate.HUMAN,
    "PERMISSION_MEMBER_IS_BLOCKED_IN_ORGANISATION": Fate.HUMAN,
    "INTERNAL_ORGANISATION_NOT_FOUND_OR_USER_NOT_MEMBER": Fate.HUMAN,
    "PUBLIC_CUSTOMER_DETAIL_NOT_PERMITTED": Fate.HUMAN,
    "SESSION_EXPIRED": Fate.HUMAN,
    "INTERNAL_ORDER_INSERT_FAILED": Fate.LOST,
    "INTERNAL_VALIDATION_FAILED": Fate.REFUSED,
    "INTERNAL_RESOURCE_NOT_FOUND": Fate.REFUSED,
    "PUBLIC_PRODUCT_DOES_NOT_EXIST": Fate.REFUSED,
    "PUBLIC_CALENDAR_DOES_NOT_EXIST": Fate.REFUSED,
}

_KEY_FAULT: Final = "PUBLIC_API_KEY_"
"""Any other code of this family: the key is unknown, deleted, switched off or expired."""

MISSING: Final = "INTERNAL_RESOURCE_NOT_FOUND"

_RATE_BLOCK: Final = 600
"""Seconds of the vendor's fixed rate blocks, that begin at full ten minutes."""

_CODE: Final = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_PROPERTY: Final = re.compile(r"[A-Za-z0-9_./-]{1,64}")
_TOO_MANY: Final = 429
_NOT_FOUND: Final = 404


@dataclass(frozen=True)
class Judged:
    """An answer, understood.  ``reason`` names codes and fields, never the vendor's prose."""

    fate: Fate
    reason: str
    document: Mapping[str, object]
    code: str = ""
    wait: float | None = None


def judge(answer: Answer, spread: float = 0.0) -> Judged:
    """Understand an answer of any of the seven shapes that the vendor documents.

    ``spread`` are seconds of jitter behind the end of a rate block.
    """
    document = _document(answer.body)
    code = error_code(document or {})
    fate = _fate(answer, document, code)
    where = _PROPERTY.fullmatch(str((document or {}).get("property", "")))
    parts = (answer.note, code, where.group() if where else "")
    reason = "BizKitHub: " + " ".join(part for part in parts if part)
    limited = fate is Fate.NOT_DONE and answer.status != 0
    wait = _wait(answer, document or {}, spread) if limited else answer.wait
    return Judged(fate, reason, document or {}, code, wait)


def error_code(document: Mapping[str, object]) -> str:
    """The vendor's error code, upper case; empty when the document holds none."""
    error = document.get("error")
    found = error.get("code") if isinstance(error, dict) else error or document.get("errorCode")
    if not isinstance(found, str):
        return "" if found is None or found is False else "UNNAMED"
    if not found:
        return ""
    return found.upper() if _CODE.fullmatch(found) else "UNNAMED"


def _fate(answer: Answer, document: Mapping[str, object] | None, code: str) -> Fate:
    if answer.status == 0:
        return answer.fate
    if code.startswith(_KEY_FAULT):
        return FATE_OF_CODE.get(code, Fate.HUMAN)
    if code in FATE_OF_CODE:
        return FATE_OF_CODE[code]
    if answer.fate is Fate.OK and document is None:
        return Fate.LOST
    if answer.fate is Fate.OK and code:
        return Fate.REFUSED
    # The paths are fixed, so a 404 that doesn't come from the vendor's code says nothing
    # about the record that we asked for.
    return Fate.NOT_DONE if answer.status == _NOT_FOUND and not code else answer.fate


def _document(body: bytes) -> Mapping[str, object] | None:
    try:
        return loads_object(body)
    except UnreadableError:
        return None


def _wait(answer: Answer, document: Mapping[str, object], spread: float) -> float | None:
    if answer.wait is not None:
        return answer.wait
    error = document.get("error")
    told = money(error.get("retry_after")) if isinstance(error, dict) else None
    if told is not None and told >= 0:
        return min(float(told), RETRY_AFTER_CAP)
    if answer.status == _NOT_FOUND and not error:
        return None
    if answer.date is None:
        return _RATE_BLOCK + spread
    return _RATE_BLOCK - answer.date.timestamp() % _RATE_BLOCK + spread
