"""Webhooks of both generations.  All that counts in them is of which order they speak.

Zenki, Webhooks: ``order.pay`` holds the order as a JSON text in ``flatData``; the older
``order.paid`` is encrypted.  Their samples contradict themselves about everything but ids, so
a paid event is a hint to read the order.  Other events are kept and mean nothing to us.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from complaints.model import Change, OrderKey
from complaints.vocabulary import ExternalId, OrderSpace, Subject
from providers.codec import UnreadableError, loads_object
from providers.zenki.sealed import unseal
from providers.zenki.wire import MerchantOrderId, PaidEvent, PaidOrder, ZenkiOrderId

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

_PAID_EVENTS: Final = frozenset({"order.pay", "order.paid"})


def read_webhook(body: bytes, key: RSAPrivateKey | None) -> tuple[Change, ...]:
    """What a webhook says; nothing for an event that isn't about a payment.

    Raises UnreadableError, and ValidationError when it names no order.
    """
    document = loads_object(body)
    event = document.get("eventType")
    if isinstance(event, str) and event not in _PAID_EVENTS:
        return ()
    inner = _inner(document, key)
    if "eventDetails" in inner:
        details = PaidEvent.model_validate(inner).event_details
        return (_hint(details.order_id, details.merchant_order_id),)
    order = PaidOrder.model_validate(inner)
    return (_hint(order.zenki_order_id, order.order_id),)


def order_keys(order_id: ZenkiOrderId, own: MerchantOrderId | None) -> tuple[OrderKey, ...]:
    """Both ids of an order, each in its own space."""
    keys = [OrderKey(space=OrderSpace.PAYMENT, value=order_id)]
    return tuple(keys if own is None else [*keys, OrderKey(space=OrderSpace.NUMBER, value=own)])


def _inner(document: Mapping[str, object], key: RSAPrivateKey | None) -> Mapping[str, object]:
    flat, sealed = document.get("flatData"), document.get("encryptedData")
    if flat:
        if not isinstance(flat, str):
            raise UnreadableError("a webhook whose flatData is no text")
        return _loads(flat.encode(), "flatData")
    if not sealed:
        raise UnreadableError("a webhook without flatData and encryptedData")
    if key is None:
        raise UnreadableError("an encrypted webhook, and no webhook_rsa_key is configured")
    return _loads(unseal(key, sealed), "encryptedData under webhook_rsa_key")


def _loads(text: bytes, where: str) -> Mapping[str, object]:
    try:
        return loads_object(text)
    except UnreadableError as error:
        raise UnreadableError(f"{where}: {error}") from None


def _hint(order_id: ZenkiOrderId, own: MerchantOrderId | None) -> Change:
    return Change(
        subject=Subject.HINT,
        external_id=ExternalId(order_id),
        order_keys=order_keys(order_id, own),
    )
