"""What buyers and Zenki's staff do in the shop and the portal; it sends no webhook by itself."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Literal

from pydantic import AwareDatetime, Field

from providers.sandbox import zenki_book as book
from providers.sandbox.acts import Act
from providers.sandbox.exchange import BadRequest
from providers.sandbox.zenki import Zenki

Decision = Literal[
    "REFUND", "RESOLVED", "PENDING_SHOPPER_RETURN", "REQUEST_REFUND", "REQUEST_CONCILIATED"
]


class BoughtItem(Act):
    """One line of an order."""

    name: str
    quantity: int = Field(default=1, ge=1)
    unit_price: Decimal


class BookedOrder(Act):
    """An order that a buyer placed; `webhook` asks for an order.pay message."""

    zenki_order_id: str = Field(min_length=1, max_length=128)
    merchant_order_id: str | None = None
    email: str
    name: str | None = None
    items: list[BoughtItem]
    grand_total: Decimal
    currency: str = Field(min_length=3, max_length=3)
    country: str = Field(min_length=2, max_length=2)
    status: book.OrderStatus
    created_at: AwareDatetime
    webhook: bool = False
    live: bool = False


class StatusAct(Act):
    """The order moves on; `webhook` asks for an order.pay message."""

    status: book.OrderStatus
    at: AwareDatetime
    webhook: bool = False


class ShopperDispute(Act):
    """A buyer opens a dispute in the portal."""

    title: str = Field(min_length=1)
    description: str = Field(min_length=1)
    at: AwareDatetime


class Resolution(Act):
    """Zenki's staff decide, or the merchant presses a portal button that asks them to.

    With REFUND staff may set the amount that the shopper gets back; without one it is all.
    """

    decision: Decision
    amount: Decimal | None = Field(default=None, gt=0)
    at: AwareDatetime


class RefundStep(Act):
    """A refund moves on; without an id the order's latest is meant."""

    status: Literal["AWAITING_REFUND", "REFUNDED", "FAILED"]
    refund_id: str | None = None
    at: AwareDatetime


class ClaimAct(Act):
    """A payment doesn't fit its order, or Zenki's staff decide on one that didn't."""

    status: book.ClaimStatus
    reason: str | None = Field(default=None, max_length=255)
    at: AwareDatetime


def find_order(host: Zenki, order_id: str) -> book.BookOrder:
    """The order of that id. Raises BadRequest when there is none."""
    order = host.state.orders.get(order_id)
    if order is None:
        raise BadRequest(f"there is no order {order_id}")
    return order


def check_free(host: Zenki, batch: Sequence[BookedOrder]) -> None:
    """Refuse a batch whole when one id is taken. Raises BadRequest."""
    taken = set(host.state.orders)
    for booked in batch:
        if booked.zenki_order_id in taken:
            raise BadRequest(f"an order {booked.zenki_order_id} is already there")
        taken.add(booked.zenki_order_id)


def book_order(host: Zenki, booked: BookedOrder) -> book.BookOrder:
    """Put an order there, whose id is free."""
    items_total = sum((item.unit_price * item.quantity for item in booked.items), Decimal(0))
    shipment = max(booked.grand_total - items_total, Decimal(0))
    order = book.BookOrder(
        id=booked.zenki_order_id,
        merchant_order_id=booked.merchant_order_id,
        cart_id=None,
        goods="WITH_CARRIER",
        country=booked.country,
        status=booked.status,
        created_at=booked.created_at,
        shopper={"id": None, "name": booked.name, "phone": None, "email": booked.email},
        currency=booked.currency,
        grand_total=booked.grand_total,
        breakdown={
            "currencyCodeIso3": booked.currency,
            "totalItemsAmount": items_total,
            "shipmentAmount": shipment,
            "subtotalAmount": items_total + shipment,
            "taxesAmount": 0,
            "localTaxesAmount": 0,
            "importCosts": 0,
            "discountAmount": items_total + shipment - booked.grand_total,
            "grandTotalAmount": booked.grand_total,
        },
        items=[
            {
                "quantity": item.quantity,
                "unitPrice": item.unit_price,
                "name": item.name,
                "type": "WITH_CARRIER",
            }
            for item in booked.items
        ],
        live=booked.live,
    )
    host.state.orders[order.id] = order
    return order


def move_order(host: Zenki, order_id: str, act: StatusAct) -> book.BookOrder:
    """Set the order's status; any is allowed, for no transition table is documented."""
    order = find_order(host, order_id)
    order.status = act.status
    host.forget_answers(order.id)
    return order


def dispute(host: Zenki, order_id: str, act: ShopperDispute) -> book.BookOrder:
    """Open a buyer's dispute. Raises BadRequest when the order can't be disputed."""
    order = find_order(host, order_id)
    if order.dispute is not None:
        raise BadRequest(f"the order {order_id} already has a dispute")
    if not host.disputes.disputable(order):
        raise BadRequest(f"an order in status {order.status} can't be disputed")
    filed = book.Dispute(host.disputes.fresh_id(), act.title, act.description, act.at, "shopper")
    book.open_dispute(order, filed)
    host.forget_answers(order.id)
    return order


def resolve(host: Zenki, order_id: str, act: Resolution) -> book.BookOrder:
    """Decide a dispute, or settle a refund that waits for staff. Raises BadRequest on neither."""
    order = find_order(host, order_id)
    waiting = any(refund.waiting for refund in order.refunds)
    running = order.dispute if order.dispute and order.dispute.status == "OPEN" else None
    if act.amount is not None:
        _check_amount(order, act, waiting=waiting)
    if act.decision == "REFUND" and (running is not None or waiting):
        if act.amount is None:
            book.settle_refunds(order, act.at)
        else:
            _pay_back(host, order, act.amount, act)
    elif running is None:
        raise BadRequest(f"the order {order_id} has no open dispute")
    elif act.decision == "RESOLVED":
        running.status = "RESOLVED"
        running.decided_at = act.at
        order.status = "COMPLETED"
    elif act.decision == "PENDING_SHOPPER_RETURN":
        order.status = "PENDING_SHOPPER_RETURN"
    elif act.decision in {"REQUEST_REFUND", "REQUEST_CONCILIATED"}:
        running.request = act.decision
        running.request_at = act.at
    host.forget_answers(order.id)
    return order


def _check_amount(order: book.BookOrder, act: Resolution, *, waiting: bool) -> None:
    if act.decision != "REFUND":
        raise BadRequest(f"{act.decision} takes no amount")
    if waiting:
        raise BadRequest(f"the order {order.id} has a refund that waits; move that one on")
    if act.amount is not None and act.amount > order.grand_total:
        raise BadRequest(f"the order {order.id} was paid with {order.grand_total} only")


def _pay_back(host: Zenki, order: book.BookOrder, amount: Decimal, act: Resolution) -> None:
    """Staff's own refund of an amount that they set; it closes the dispute."""
    refund = book.Refund(
        host.refunds.fresh_id(order), "Dispute", act.at, "REFUNDED", amount, "staff"
    )
    order.refunds.append(refund)
    book.settle_refunds(order, act.at)
    if amount < order.grand_total:
        order.status = host.partial_refund_order


def step_refund(host: Zenki, order_id: str, act: RefundStep) -> book.BookOrder:
    """Move a refund on. Raises BadRequest when there is none, or no way there."""
    order = find_order(host, order_id)
    fitting = [one for one in order.refunds if act.refund_id in (None, one.id)]
    if not fitting:
        raise BadRequest(f"the order {order_id} has no refund {act.refund_id or 'at all'}")
    refund = fitting[-1]
    if act.status not in book.REFUND_STEPS.get(refund.status, ()):
        raise BadRequest(f"a refund goes from {refund.status} to no {act.status}")
    book.step_refund(order, refund, act.status, act.at)
    host.forget_answers(order.id)
    return order


def set_claim(host: Zenki, order_id: str, act: ClaimAct) -> book.BookOrder:
    """Open a claim on the order's payment, or decide the one that is there."""
    order = find_order(host, order_id)
    if order.claim is None:
        order.claim = book.Claim(act.status, act.at, act.reason)
    else:
        order.claim.status = act.status
        order.claim.reason = act.reason or order.claim.reason
    host.forget_answers(order.id)
    return order
