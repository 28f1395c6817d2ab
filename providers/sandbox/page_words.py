"""How the page words times, amounts, states and long texts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import TypeVar

from providers.sandbox.markup import Markup, badge, tag

Row = TypeVar("Row")

_SHOWN = 40
_LONGEST_TEXT = 600
_KINDS = {
    "good": {
        "resolve",
        "resolved",
        "closed",
        "RESOLVED",
        "COMPLETED",
        "SETTLED",
        "REFUNDED",
        "REFUND",
    },
    "bad": {"reject", "rejected", "DISPUTED", "FAILED", "REJECTED", "SHIPMENT_ERROR"},
    "open": {
        "new",
        "open",
        "wait",
        "received",
        "in_review",
        "waiting",
        "OPEN",
        "PENDING",
        "AWAITING_REFUND",
        "PENDING_SHOPPER_RETURN",
    },
}
_KIND_OF = {word: kind for kind, words in _KINDS.items() for word in words}


def latest(found: Sequence[Row]) -> list[Row]:
    """The last ones, newest first."""
    return list(found[-_SHOWN:])[::-1]


def of_all(shown: Sequence[object], found: Sequence[object]) -> str:
    """How many are shown of how many there are; nothing when all are."""
    if len(shown) == len(found):
        return ""
    return f"The latest {len(shown)} of {len(found)}; GET /_sim/world has them all."


def instant(moment: datetime) -> str:
    """A time in UTC, to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def money(amount: Decimal, currency: str) -> str:
    """An amount with its currency."""
    return f"{amount:.2f} {currency}"


def status_badge(word: str) -> Markup:
    """A provider's word in the colour of what it means."""
    return badge(word, _KIND_OF.get(word, ""))


def person_text(text: str) -> Markup:
    """What a person wrote, cut when it is long; its direction follows its letters."""
    cut = text if len(text) <= _LONGEST_TEXT else text[:_LONGEST_TEXT] + "…"
    return tag("span", cut, class_="said", dir="auto")


def delivery(attempts: int, status: int | None, *, delivered: bool) -> Markup:
    """How a message's delivery stands."""
    if delivered:
        return badge(f"delivered, attempt {attempts}" if attempts > 1 else "delivered", "good")
    if attempts == 0:
        return badge("not sent", "open")
    return badge(f"{status or 'no answer'} after {attempts}", "bad")
