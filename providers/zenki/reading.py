"""From Zenki's documents to canonical changes.  Pure and total."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from pydantic import ValidationError

from complaints.model import Change, Claim, Line, Observation
from complaints.vocabulary import ExternalId, OrderSpace, Subject
from providers.codec import UnreadableError, loads_object
from providers.imports import IMPORT_ORDER, read_import_order
from providers.zenki.doubts import doubts_about_case, doubts_about_order
from providers.zenki.looking import order_of
from providers.zenki.webhooks import order_keys, read_webhook
from providers.zenki.wire import Item, Order, Refund
from providers.zenki.words import (
    DELIVERED,
    FINISHED,
    ORDER_STATE,
    REFUNDED,
    failed,
    kept,
    refunded,
    standing,
)

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

ORDER: Final = "order"
ORDER_REFUND: Final = "order+refund"
"""An order and the refund that it links to; a null where Zenki doesn't show that one."""
MISSING: Final = "missing"
REFUSED: Final = "refused"
WEBHOOK: Final = "webhook"

NOT_VISIBLE: Final = "Zenki doesn't show it to these credentials"


def read(observation: Observation, key: RSAPrivateKey | None = None) -> tuple[Change, ...]:
    """Translate one observation of any form; ``key`` opens legacy webhooks."""
    try:
        if observation.form == WEBHOOK:
            return read_webhook(observation.body, key)
        reader = _READERS.get(observation.form)
        if reader is None:
            raise UnreadableError("a form that Zenki's adapter doesn't know")
        return reader(observation)
    except UnreadableError as error:
        reason = str(error)
    except ValidationError as error:
        fields = sorted({".".join(map(str, row["loc"])) for row in error.errors()})
        reason = f"fields missing or of the wrong type: {', '.join(fields)[:200]}"
    return (Change(subject=Subject.UNREADABLE, external_id=observation.external_id, reason=reason),)


def both(order: bytes, refund: bytes | None) -> bytes:
    """One body of two JSON documents, each as raw as it came."""
    return b'{"order":' + order + b',"refund":' + (refund or b"null") + b"}"


def _order(observation: Observation) -> tuple[Change, ...]:
    return _changes(observation, loads_object(observation.body), None)


def _order_and_refund(observation: Observation) -> tuple[Change, ...]:
    document = loads_object(observation.body)
    order, refund = document.get("order"), document.get("refund")
    if not isinstance(order, dict):
        raise UnreadableError("no order beside the refund")
    return _changes(observation, order, _refund(refund))


def _refund(value: object) -> Refund | None:
    try:
        return Refund.model_validate(value)
    except ValidationError:
        return None


def _changes(
    observation: Observation, document: Mapping[str, object], refund: Refund | None
) -> tuple[Change, ...]:
    order = order_of(document)
    external_id = ExternalId(order.zenki_order_id)
    if observation.external_id not in {None, external_id}:
        raise UnreadableError("another order than the one asked for")
    keys = order_keys(order.zenki_order_id, order.order_id)
    # After a refund that failed somebody has to act: that is no end.
    settled = order.status in FINISHED and not (failed(refund) and order.status == REFUNDED)
    seen = standing(order, refund)
    case = doubts_about_case(order, refund, paired=observation.form == ORDER_REFUND)
    state = ORDER_STATE.get(order.status)
    first = Change(
        subject=Subject.ORDER,
        external_id=external_id,
        order_keys=keys,
        word=kept(order.status),
        delivered=DELIVERED.get(order.status),
        order_state=None if order.status == REFUNDED and failed(refund) else state,
        total=order.breakdown.grand_total_amount if order.breakdown else None,
        currency=(order.breakdown and order.breakdown.currency_code_iso3) or "",
        owner=(order.shopper and order.shopper.email) or "",
        settled=settled,
        money_moved=refunded(order, refund),
        warnings=doubts_about_order(order) + (() if seen else case),
    )
    if seen is None:
        return (first,)
    second = Change(
        subject=Subject.COMPLAINT,
        external_id=external_id,
        order_keys=keys,
        word=seen.word,
        status=seen.status,
        covers=seen.covers,
        outcome=seen.outcome,
        money_moved=seen.money_moved,
        refund_failed=failed(refund),
        claim=_claim(order),
        filed_at=order.dispute.created_at if order.dispute else None,
        delivered=DELIVERED.get(order.status),
        settled=settled,
        warnings=case,
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
    return Line(label=item.name or "", quantity=quantity, price=item.unit_price)


def _gone(observation: Observation) -> tuple[Change, ...]:
    gone = Change(subject=Subject.GONE, external_id=observation.external_id, reason=NOT_VISIBLE)
    return (gone,)


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
    ORDER_REFUND: _order_and_refund,
    MISSING: _gone,
    REFUSED: _refused,
    IMPORT_ORDER: _import_order,
}
