"""From Zenki's documents to canonical changes.  Pure and total."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Final

from pydantic import ValidationError

from complaints.model import (
    Change,
    Claim,
    ExternalId,
    Line,
    Observation,
    OrderKey,
    OrderSpace,
    Subject,
)
from providers.codec import UnreadableError, loads_object
from providers.imports import IMPORT_ORDER, read_import_order
from providers.zenki.wire import Item, Order
from providers.zenki.words import DELIVERED, FINISHED, REFUNDED, standing

ORDER: Final = "order"
MISSING: Final = "missing"
REFUSED: Final = "refused"
WEBHOOK: Final = "webhook"

_PAID_EVENTS: Final = frozenset({"order.pay", "order.paid"})
_WORD_LIMIT: Final = 64


def read(observation: Observation) -> tuple[Change, ...]:
    """Translate one observation of any form."""
    reader = _READERS.get(observation.form)
    try:
        if reader is None:
            raise UnreadableError("a form that Zenki's adapter doesn't know")
        return reader(observation)
    except UnreadableError as error:
        reason = str(error)
    except ValidationError as error:
        fields = sorted({".".join(map(str, row["loc"])) for row in error.errors()})
        reason = f"fields missing or of the wrong type: {', '.join(fields)[:200]}"
    return (Change(subject=Subject.UNREADABLE, external_id=observation.external_id, reason=reason),)


def order_of(document: Mapping[str, object]) -> Order:
    """Validate an order.  Raises ValidationError."""
    return Order.model_validate(document)


def has_refund(order: Order) -> bool:
    """Whether a refund was asked for or paid, as far as the order shows it."""
    linked = order.links is not None and order.links.refund is not None
    disputed = order.dispute is not None and order.dispute.status == "REFUND"
    return order.status == REFUNDED or linked or disputed


def _order(observation: Observation) -> tuple[Change, ...]:
    order = order_of(loads_object(observation.body))
    if observation.external_id is not None and order.zenki_order_id != observation.external_id:
        raise UnreadableError("another order than the one asked for")
    external_id = ExternalId(order.zenki_order_id)
    settled = order.status in FINISHED
    seen = standing(order)
    first = Change(
        subject=Subject.ORDER,
        external_id=external_id,
        order_keys=_keys(order),
        word=order.status[:_WORD_LIMIT],
        delivered=DELIVERED.get(order.status),
        total=order.breakdown.grand_total_amount if order.breakdown else None,
        currency=(order.breakdown and order.breakdown.currency_code_iso3) or "",
        settled=settled,
        money_moved=order.status == REFUNDED,
    )
    if seen is None:
        return (first,)
    warnings: tuple[str, ...] = ()
    if order.status == REFUNDED and not (order.dispute and order.dispute.status == "REFUND"):
        warnings = ("the order is refunded, its dispute doesn't say so",)
    second = Change(
        subject=Subject.COMPLAINT,
        external_id=external_id,
        order_keys=_keys(order),
        word=seen.word,
        status=seen.status,
        covers=seen.covers,
        outcome=seen.outcome,
        money_moved=seen.money_moved,
        claim=_claim(order),
        filed_at=order.dispute.created_at if order.dispute else None,
        delivered=DELIVERED.get(order.status),
        settled=settled,
        warnings=warnings,
    )
    return (first, second)


def _claim(order: Order) -> Claim:
    shopper, breakdown = order.shopper, order.breakdown
    return Claim(
        name=(shopper and shopper.name) or "",
        email=(shopper and shopper.email) or "",
        phone=(shopper and shopper.phone) or "",
        amount=breakdown.grand_total_amount if breakdown else None,
        currency=(breakdown and breakdown.currency_code_iso3) or "",
        lines=tuple(_line(item) for item in order.items or [] if item is not None),
    )


def _line(item: Item) -> Line:
    quantity = item.quantity if item.quantity is not None else Decimal(1)
    price = item.unit_price if item.unit_price is not None else item.price
    return Line(label=item.name or "", quantity=quantity, price=price)


def _keys(order: Order) -> tuple[OrderKey, ...]:
    pairs = ((OrderSpace.PAYMENT, order.zenki_order_id), (OrderSpace.NUMBER, order.order_id))
    return tuple(OrderKey(space=space, value=value) for space, value in pairs if value)


def _webhook(observation: Observation) -> tuple[Change, ...]:
    document = loads_object(observation.body)
    event = document.get("eventType")
    flat = document.get("flatData")
    if not flat and document.get("encryptedData"):
        raise UnreadableError("the encrypted body of Zenki's legacy webhooks")
    if not isinstance(event, str) or event not in _PAID_EVENTS:
        raise UnreadableError("a webhook event that no table lists")
    if not isinstance(flat, str):
        raise UnreadableError("a webhook without flatData")
    try:
        inner = loads_object(flat.encode())
    except UnreadableError as error:
        raise UnreadableError(f"flatData: {error}") from None
    # The samples contradict themselves about everything but the ids: read it again.
    order = order_of(inner)
    hint = Change(
        subject=Subject.HINT,
        external_id=ExternalId(order.zenki_order_id),
        order_keys=_keys(order),
    )
    return (hint,)


def _gone(observation: Observation) -> tuple[Change, ...]:
    reason = "Zenki doesn't show it to these credentials"
    return (Change(subject=Subject.GONE, external_id=observation.external_id, reason=reason),)


def _refused(_observation: Observation) -> tuple[Change, ...]:
    raise UnreadableError("Zenki refused the read")


def _import_order(observation: Observation) -> tuple[Change, ...]:
    named = read_import_order(observation.body)
    for key in named.order_keys:
        if key.space is OrderSpace.PAYMENT:
            wanted = {"subject": Subject.HINT, "external_id": ExternalId(key.value)}
            return (named.model_copy(update=wanted),)
    return (named,)


_READERS: Final[Mapping[str, Callable[[Observation], tuple[Change, ...]]]] = {
    ORDER: _order,
    WEBHOOK: _webhook,
    MISSING: _gone,
    REFUSED: _refused,
    IMPORT_ORDER: _import_order,
}
