"""The state of a Zenki merchant: orders with their one dispute, refunds and shipments."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Literal

OrderStatus = Literal[
    "PENDING",
    "READY4PAY",
    "AWAITING_PAYMENT",
    "AWAITING_DELIVERY",
    "DELIVERED_SERVICE",
    "AWAITING_SHIPMENT",
    "SHIPPED",
    "SHIPMENT_ERROR",
    "AWAITING_SHOPPER_APPROVAL",
    "DISPUTED",
    "PENDING_SHOPPER_RETURN",
    "REFUNDED",
    "COMPLETED",
    "SETTLED",
]
DisputeStatus = Literal["OPEN", "REFUND", "RESOLVED"]
ClaimStatus = Literal["OPEN", "REFUND", "RESOLVED", "REJECTED"]
RefundStatus = Literal["PENDING", "AWAITING_REFUND", "REFUNDED", "FAILED"]
ResolutionRequest = Literal["REQUEST_REFUND", "REQUEST_CONCILIATED"]
Goods = Literal["WITH_CARRIER", "WITHOUT_CARRIER", "MIXED"]

UNPAID: frozenset[OrderStatus] = frozenset({"PENDING", "READY4PAY", "AWAITING_PAYMENT"})
# Paid and not yet paid out: the plausible lifecycle lets any of these be disputed.
DISPUTABLE: frozenset[OrderStatus] = frozenset(
    {
        "AWAITING_DELIVERY",
        "DELIVERED_SERVICE",
        "AWAITING_SHIPMENT",
        "SHIPPED",
        "SHIPMENT_ERROR",
        "AWAITING_SHOPPER_APPROVAL",
    }
)
REFUNDABLE: frozenset[OrderStatus] = DISPUTABLE | {
    "DISPUTED",
    "PENDING_SHOPPER_RETURN",
    "COMPLETED",
}
SHIPPABLE: frozenset[OrderStatus] = frozenset(
    {"AWAITING_SHIPMENT", "AWAITING_DELIVERY", "SHIPPED", "SHIPMENT_ERROR"}
)
# A refund goes from the first to one of the second; REFUNDED and FAILED are its ends.
REFUND_STEPS: dict[RefundStatus, tuple[RefundStatus, ...]] = {
    "PENDING": ("AWAITING_REFUND", "REFUNDED", "FAILED"),
    "AWAITING_REFUND": ("REFUNDED", "FAILED"),
}


@dataclass(slots=True)
class Evidence:
    """A file that came with a dispute; its bytes aren't kept."""

    filename: str
    content_type: str | None
    size: int
    sha256: str


@dataclass(slots=True)
class Dispute:
    """The order's dispute. Only its status and times can be read over the API."""

    id: str
    title: str
    description: str
    created_at: datetime
    created_by: Literal["api", "shopper"]
    status: DisputeStatus = "OPEN"
    request: ResolutionRequest | None = None
    request_at: datetime | None = None
    decided_at: datetime | None = None
    attachments: list[Evidence] = field(default_factory=list)


@dataclass(slots=True)
class Claim:
    """A payment that fits no order as it should; not a dispute."""

    status: ClaimStatus
    created_at: datetime
    reason: str | None = None


@dataclass(slots=True)
class Refund:
    """Money that goes back. Only staff may name an amount; without one it is all of it."""

    id: str
    reason: str
    placed_at: datetime
    status: RefundStatus = "PENDING"
    amount: Decimal | None = None
    created_by: Literal["api", "staff"] = "api"

    @property
    def waiting(self) -> bool:
        """Whether it may still succeed or fail."""
        return self.status in REFUND_STEPS


@dataclass(slots=True)
class TrackingEvent:
    """One step of a shipment."""

    status: str
    location: str
    description: str
    created_at: datetime


@dataclass(slots=True)
class Tracking:
    """A shipment of the order."""

    id: str
    courier_type: str
    tracking_id: str | None
    courier_name: str | None
    events: list[TrackingEvent] = field(default_factory=list)


@dataclass(slots=True)
class BookOrder:
    """An order paid through Zenki; `breakdown` and `items` hold the wire's own members."""

    id: str
    merchant_order_id: str | None
    cart_id: str | None
    goods: Goods
    country: str
    status: OrderStatus
    created_at: datetime
    shopper: dict[str, str | None] | None
    currency: str
    grand_total: Decimal
    breakdown: dict[str, object]
    items: list[dict[str, object]]
    metadata: dict[str, str] | None = None
    dispute: Dispute | None = None
    earlier_disputes: list[Dispute] = field(default_factory=list)
    refunds: list[Refund] = field(default_factory=list)
    trackings: list[Tracking] = field(default_factory=list)
    claim: Claim | None = None
    live: bool = False
    """Whether it belongs to the live credentials; the host is the same."""

    @property
    def paid(self) -> bool:
        """Whether the buyer's money has arrived."""
        return self.status not in UNPAID


@dataclass(slots=True)
class Book:
    """All that one merchant holds."""

    orders: dict[str, BookOrder] = field(default_factory=dict)
    duplicates: int = 0


def settle_refunds(order: BookOrder, at: datetime) -> None:
    """The money goes back: waiting refunds, the order and a running dispute all say so."""
    for refund in order.refunds:
        if refund.waiting:
            refund.status = "REFUNDED"
    _end_refunded(order, at)


def step_refund(order: BookOrder, refund: Refund, status: RefundStatus, at: datetime) -> None:
    """Move a waiting refund on; a failed one leaves the order as it is."""
    refund.status = status
    if status == "REFUNDED":
        _end_refunded(order, at)


def _end_refunded(order: BookOrder, at: datetime) -> None:
    order.status = "REFUNDED"
    if order.dispute is not None and order.dispute.status == "OPEN":
        order.dispute.status = "REFUND"
        order.dispute.decided_at = at


def open_dispute(order: BookOrder, dispute: Dispute) -> None:
    """Put a dispute on an order; one that was there moves to the earlier ones."""
    if order.dispute is not None:
        order.earlier_disputes.append(order.dispute)
    order.dispute = dispute
    order.status = "DISPUTED"
