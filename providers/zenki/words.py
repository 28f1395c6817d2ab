"""Zenki's words and ours.  A word that no table lists is UNKNOWN and is kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from complaints.model import Outcome, Status
from providers.zenki.wire import Order

DISPUTED: Final = "DISPUTED"
RETURNING: Final = "PENDING_SHOPPER_RETURN"
REFUNDED: Final = "REFUNDED"
SETTLED: Final = "SETTLED"

FINISHED: Final = frozenset({REFUNDED, SETTLED})
"""Order statuses after which nothing more happens there by itself."""

DELIVERED: Final[Mapping[str, bool]] = {
    "PENDING": False,
    "READY4PAY": False,
    "AWAITING_PAYMENT": False,
    "AWAITING_DELIVERY": False,
    "AWAITING_SHIPMENT": False,
    "SHIPPED": False,
    "SHIPMENT_ERROR": False,
    "DELIVERED_SERVICE": True,
    "PENDING_SHOPPER_RETURN": True,
    "COMPLETED": True,
}
"""Whether the buyer has it.  The other words don't tell: settling may come by silence."""


class Standing(NamedTuple):
    """What a dispute says about the complaint."""

    word: str
    status: Status
    covers: frozenset[Status]
    outcome: Outcome = Outcome.NONE
    money_moved: bool = False


_WORD_LIMIT: Final = 64
_RUNNING: Final = frozenset({Status.NEW, Status.OPEN, Status.WAITING})


def _ended(word: str, status: Status, outcome: Outcome, *, money_moved: bool) -> Standing:
    return Standing(word, status, frozenset({status}), outcome, money_moved)


_STANDINGS: Final[Mapping[tuple[str, str], Standing]] = {
    ("OPEN", RETURNING): Standing(RETURNING, Status.WAITING, frozenset({Status.WAITING})),
    ("OPEN", REFUNDED): _ended(REFUNDED, Status.RESOLVED, Outcome.UPHELD, money_moved=True),
    ("OPEN", ""): Standing("OPEN", Status.OPEN, _RUNNING),
    ("REFUND", ""): _ended("REFUND", Status.RESOLVED, Outcome.UPHELD, money_moved=True),
    ("RESOLVED", REFUNDED): _ended("RESOLVED", Status.REJECTED, Outcome.REFUSED, money_moved=True),
    ("RESOLVED", ""): _ended("RESOLVED", Status.REJECTED, Outcome.REFUSED, money_moved=False),
    # The order says that there is a dispute, and shows none.
    ("", DISPUTED): Standing(DISPUTED, Status.OPEN, _RUNNING),
    ("", RETURNING): Standing(RETURNING, Status.WAITING, frozenset({Status.WAITING})),
}
"""By dispute status and order status; an ended dispute outranks the order's status."""


def standing(order: Order) -> Standing | None:
    """What the order says about a complaint; None when it has no dispute."""
    dispute = order.dispute.status if order.dispute else ""
    found = _STANDINGS.get((dispute, order.status)) or _STANDINGS.get((dispute, ""))
    if found is None and dispute:
        return Standing(dispute[:_WORD_LIMIT], Status.UNKNOWN, frozenset())
    return found
