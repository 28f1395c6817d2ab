"""What the shop's own people do with orders at BizKitHub: take, mark as paid or not, cancel."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from pydantic import AwareDatetime, Field

from providers.sandbox import desk
from providers.sandbox.acts import Act
from providers.sandbox.bizkithub import BizKitHub
from providers.sandbox.bizkithub_orders import find_line
from providers.sandbox.clock import iso
from providers.sandbox.exchange import BadRequest

_TIME_TO_PAY = timedelta(days=14)


class SoldItem(Act):
    """One line of a placed order; `price` is for one piece with VAT."""

    label: str
    price: Decimal
    count: Decimal = Decimal(1)


class PlacedOrder(Act):
    """An order that the shop took outside of the API."""

    hash: str = Field(min_length=1)
    number: str = Field(min_length=1)
    email: str
    first_name: str | None = None
    last_name: str | None = None
    phone: str | None = None
    items: list[SoldItem]
    price: Decimal
    currency: str = Field(min_length=3, max_length=3)
    locale: str = "cs"
    paid: bool
    inserted_at: AwareDatetime
    notification_url: str | None = None


class OrderAct(Act):
    """Staff mark an order as paid or as not paid."""

    at: AwareDatetime


class Cancellation(Act):
    """Staff cancel one line, by its public id, or the whole order."""

    line: str | None = None
    at: AwareDatetime


def check_free(host: BizKitHub, batch: Sequence[PlacedOrder]) -> None:
    """Refuse a batch whole when one hash or number is taken. Raises BadRequest."""
    hashes, numbers = set(host.state.orders), set(host.state.numbers)
    for placed in batch:
        if placed.hash in hashes:
            raise BadRequest(f"an order with the hash {placed.hash} is already there")
        if placed.number in numbers:
            raise BadRequest(f"an order with the number {placed.number} is already there")
        hashes.add(placed.hash)
        numbers.add(placed.number)


def place_order(host: BizKitHub, placed: PlacedOrder) -> dict[str, object]:
    """Put an order there, whose hash and number are free."""
    order = desk.DeskOrder(
        hash=placed.hash,
        number=placed.number,
        email=placed.email,
        first_name=placed.first_name,
        last_name=placed.last_name,
        phone=placed.phone,
        lines=[
            desk.Line(host.state.take_line(), item.label, item.price, item.count)
            for item in placed.items
        ],
        currency=placed.currency,
        locale=placed.locale,
        inserted_at=placed.inserted_at,
        updated_at=placed.inserted_at,
        created_by="staff",
        total=placed.price,
        paid_at=placed.inserted_at if placed.paid else None,
        expires_at=iso(placed.inserted_at + _TIME_TO_PAY),
        notification_url=placed.notification_url,
    )
    host.orders.keep(order)
    return {"hash": order.hash, "number": order.number}


def find_order(host: BizKitHub, order_hash: str) -> desk.DeskOrder:
    """The order of that hash. Raises BadRequest when there is none."""
    order = host.state.orders.get(order_hash)
    if order is None:
        raise BadRequest(f"there is no order with the hash {order_hash}")
    return order


def mark(host: BizKitHub, order_hash: str, act: OrderAct, *, paid: bool) -> desk.DeskOrder:
    """Set or take the mark of payment. Raises BadRequest when it already stands so."""
    order = find_order(host, order_hash)
    if order.cancelled:
        raise BadRequest(f"the order {order_hash} is cancelled")
    if (order.paid_at is not None) == paid:
        raise BadRequest(f"the order {order_hash} is {'already' if paid else 'not'} paid")
    _check_pace(host, order, act.at)
    if paid:
        host.orders.pay(order, act.at)
    else:
        host.orders.unpay(order, act.at)
    return order


def cancel(host: BizKitHub, order_hash: str, act: Cancellation) -> desk.DeskOrder:
    """Cancel a line or everything. Raises BadRequest when that is done or isn't there."""
    order = find_order(host, order_hash)
    if act.line is not None and find_line(order, act.line) is None:
        raise BadRequest(f"the order {order_hash} has no line {act.line}")
    if act.line is None:
        _check_pace(host, order, act.at)
    if not host.orders.cancel(order, act.at, line_id=act.line):
        raise BadRequest(f"{act.line or order_hash} is already cancelled")
    return order


def _check_pace(host: BizKitHub, order: desk.DeskOrder, at: datetime) -> None:
    if host.orders.hurried(order, at):
        raise BadRequest(f"the order {order.hash} changed too often within a minute")
