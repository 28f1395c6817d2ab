"""Reading an order around a write: before it, and after a doubt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import unquote, urlsplit

from pydantic import ValidationError

from complaints.ports import ProviderFault, Receipt, Transient
from complaints.vocabulary import ExternalId, Result
from providers.codec import identifier
from providers.http import Fate, settle
from providers.zenki.wire import Order, Refund, RefundId

if TYPE_CHECKING:
    from collections.abc import Mapping

    from providers.zenki.calls import Calls

_NOT_FOUND: Final = 404

NOT_SHOWN: Final = "Zenki doesn't show the order"


def order_of(document: Mapping[str, object]) -> Order:
    """Validate an order.  Raises ValidationError."""
    return Order.model_validate(document)


def refund_id(order: Order) -> RefundId | None:
    """The refund that an order links to; the link itself is never followed.

    Order, ``_links.refund.href``: the id is the last part of its path.
    """
    href = order.links.refund.href if order.links and order.links.refund else None
    if href is None:
        return None
    try:
        last = urlsplit(href).path.rstrip("/").rpartition("/")[2]
    except ValueError:
        return None
    found = identifier(unquote(last))
    return None if found is None else RefundId(found)


def look(calls: Calls, order_id: ExternalId) -> Order | None:
    """The order as it is; None when it isn't shown.  Raises Transient and NeedsHuman."""
    judged = calls.order(order_id).judged
    settle(judged.fate, judged.reason, judged.wait, repeatable=True)
    if judged.status == _NOT_FOUND:
        return None
    try:
        order = order_of(judged.document)
    except ValidationError:
        raise Transient(f"{judged.reason}; the order can't be read") from None
    if ExternalId(order.zenki_order_id) != order_id:
        raise Transient("Zenki: another order than the one asked for")
    return order


def look_again(calls: Calls, order_id: ExternalId) -> Order | None:
    """The order after a doubt; None when it can't be read now."""
    try:
        return look(calls, order_id)
    except ProviderFault:
        return None


def look_at_refund(calls: Calls, order_id: ExternalId, order: Order) -> Refund | None:
    """The refund that an order links to; None when there is none or it can't be read now."""
    found = refund_id(order)
    if found is None:
        return None
    judged = calls.read_refund(order_id, found).judged
    try:
        return Refund.model_validate(judged.document) if judged.fate is Fate.OK else None
    except ValidationError:
        return None


def refused(order_id: ExternalId | None, detail: str) -> Receipt:
    """Zenki won't do it, or it must not be asked to."""
    return Receipt(result=Result.REFUSED, external_id=order_id, detail=detail)
