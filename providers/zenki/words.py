"""Zenki's words and ours.  A word that no table lists is UNKNOWN and is kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from complaints.vocabulary import OrderState, Outcome, Status
from providers.zenki.wire import Order, Refund

DISPUTED: Final = "DISPUTED"
RETURNING: Final = "PENDING_SHOPPER_RETURN"
REFUNDED: Final = "REFUNDED"
COMPLETED: Final = "COMPLETED"
SETTLED: Final = "SETTLED"

FAILED: Final = "FAILED"
"""A refund that moved no money."""

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

ORDER_STATE: Final[Mapping[str, OrderState | None]] = {
    "PENDING": OrderState.PLACED,
    "READY4PAY": OrderState.PLACED,
    "AWAITING_PAYMENT": OrderState.PLACED,
    # Paid and not yet sent: whether a parcel is announced it doesn't say.
    "AWAITING_SHIPMENT": OrderState.PAID,
    "AWAITING_DELIVERY": OrderState.PAID,
    "SHIPMENT_ERROR": OrderState.PAID,
    "SHIPPED": OrderState.SHIPPED,
    "AWAITING_SHOPPER_APPROVAL": OrderState.SHIPPED,
    "DELIVERED_SERVICE": OrderState.DELIVERED,
    "COMPLETED": OrderState.DELIVERED,
    REFUNDED: OrderState.REFUNDED,
    DISPUTED: None,
    RETURNING: None,
    SETTLED: None,
}
"""How far an order has come, for each of the 14 words that Zenki's documents list."""


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


STANDINGS: Final[Mapping[tuple[str, str], Standing]] = {
    ("OPEN", RETURNING): Standing(RETURNING, Status.WAITING, frozenset({Status.WAITING})),
    # The buyer has confirmed, or the money has gone to the merchant: nothing is left to decide.
    ("OPEN", COMPLETED): _ended(COMPLETED, Status.REJECTED, Outcome.REFUSED, money_moved=False),
    ("OPEN", SETTLED): _ended(SETTLED, Status.REJECTED, Outcome.REFUSED, money_moved=False),
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


def kept(word: str) -> str:
    """A word of Zenki's as we keep it."""
    return word[:_WORD_LIMIT]


def failed(refund: Refund | None) -> bool:
    """Whether a refund is known to have moved no money."""
    return refund is not None and refund.status == FAILED


def refunded(order: Order, refund: Refund | None) -> bool:
    """Whether the buyer has money back, as far as the order and its refund say so."""
    if refund is not None and refund.status in {FAILED, REFUNDED}:
        return refund.status == REFUNDED
    return order.status == REFUNDED


def in_part(order: Order, refund: Refund | None) -> bool:
    """Whether the buyer gets less back than was paid; only Zenki's staff can decide so."""
    total = order.breakdown.grand_total_amount if order.breakdown else None
    currency = order.breakdown.currency_code_iso3 if order.breakdown else None
    back = refund.fiat_original_payment if refund else None
    if back is None or back.amount is None or total is None:
        return False
    same = back.currency_code_iso3 in {None, currency}
    return same and 0 < back.amount < total


def standing(order: Order, refund: Refund | None = None) -> Standing | None:
    """What the order says about a complaint; None when it has no dispute.

    A failed refund takes back what the order's status says, and that money has moved.
    """
    dispute = order.dispute.status if order.dispute else ""
    status = "" if failed(refund) and order.status == REFUNDED else order.status
    found = STANDINGS.get((dispute, status)) or STANDINGS.get((dispute, ""))
    if found is None:
        return Standing(kept(dispute), Status.UNKNOWN, frozenset()) if dispute else None
    if failed(refund):
        return found._replace(money_moved=False)
    if found.outcome is Outcome.UPHELD and in_part(order, refund):
        found = found._replace(outcome=Outcome.PARTIAL)
    return found._replace(money_moved=found.money_moved or refunded(order, refund))
