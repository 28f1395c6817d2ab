"""Bodies of Zenki's webhooks in both generations.

Generation B, order.pay, tells the Order as a JSON string. Generation A, order.paid, is a JSON text
encrypted with the merchant's RSA key, chunk by chunk with PKCS#1 v1.5, and base64 around it all.
"""

from __future__ import annotations

import base64
from decimal import Decimal

from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from providers.sandbox import codec, zenki_views
from providers.sandbox.clock import epoch
from providers.sandbox.exchange import BadRequest
from providers.sandbox.stage import HEX, Stage
from providers.sandbox.zenki_book import BookOrder

_PADDING_BYTES = 11


def told(stage: Stage, order: BookOrder, event: str | None = None) -> bytes:
    """The body that tells of a paid order, in the generation in force.

    Raises BadRequest when generation A has no key to encrypt with.
    """
    if stage.knobs.webhook_generation == "paid":
        return _paid(stage, order)
    document = zenki_views.told_document(stage, order)
    return _pay(event or "order.pay", document)


def test_message(stage: Stage) -> bytes:
    """What the portal's test button sends: order.pay of an order that was never there.

    As in the documents' own sample it carries a status, a dispute, a claim and a refund at once.
    """
    order_id = stage.fresh_id(32, HEX)
    now = epoch(stage.clock.now(), stage.knobs.epoch_unit)
    refund = f"https://api.zenki.fi/v1/pay/orders/{order_id}/refunds/{stage.fresh_id(12, HEX)}"
    document: dict[str, object] = {
        "version": "v1.1.0",
        "zenkiOrderId": order_id,
        "orderId": "TEST-1",
        "type": "WITH_CARRIER",
        "countryCodeIso2": "MX",
        "status": "PENDING",
        "createdAt": now,
        "breakdown": {
            "currencyCodeIso3": "MXN",
            "totalItemsAmount": 10,
            "shipmentAmount": 0,
            "subtotalAmount": 10,
            "taxesAmount": 0,
            "grandTotalAmount": 10,
        },
        "items": [{"quantity": 1, "price": 10, "name": "Test"}],
        "dispute": {"status": "OPEN", "createdAt": now},
        "claim": {"status": "OPEN", "createdAt": now, "reason": "Test"},
        "_links": {"refund": {"href": refund}},
    }
    return _pay("order.pay", document)


def _pay(event: str, document: dict[str, object]) -> bytes:
    return codec.dump_bytes({"eventType": event, "flatData": codec.dumps(document)})


def _paid(stage: Stage, order: BookOrder) -> bytes:
    key = _public_key(stage)
    text = codec.dump_bytes(_paid_document(stage, order))
    return codec.dump_bytes(
        {
            "algorithm": "RSA",
            "encryptedData": base64.b64encode(encrypt(key, text)).decode("ascii"),
            "keySize": key.key_size,
            "flatData": "",
        }
    )


def encrypt(key: rsa.RSAPublicKey, text: bytes) -> bytes:
    """The text in chunks of the key's size, each padded by PKCS#1 v1.5."""
    size = key.key_size // 8 - _PADDING_BYTES
    return b"".join(
        key.encrypt(text[begin : begin + size], padding.PKCS1v15())
        for begin in range(0, len(text), size)
    )


def check_key(stage: Stage) -> None:
    """Raises BadRequest when generation A has no key to encrypt with."""
    _public_key(stage)


def _public_key(stage: Stage) -> rsa.RSAPublicKey:
    pem = stage.config.zenki_webhook_public_key
    if pem is None:
        raise BadRequest("zenki_webhook_public_key isn't set, so order.paid can't be encrypted")
    key = load_pem_public_key(pem.encode("ascii"))
    assert isinstance(key, rsa.RSAPublicKey)  # noqa: S101  # the settings take no other
    return key


def _paid_document(stage: Stage, order: BookOrder) -> dict[str, object]:
    """The plain text of order.paid; its times are true milliseconds whatever the knob says."""
    crypto = zenki_views.crypto_payment(stage, order)
    details: dict[str, object] = {"orderId": order.id}
    if order.merchant_order_id is not None:
        details["merchantOrderId"] = order.merchant_order_id
    if order.cart_id is not None:
        details["shopperCartId"] = order.cart_id
    details |= {
        "transactionStatus": "COMPLETED" if order.paid else "CONFIRMING",
        "orderStatus": stage.knobs.odd_order_status or order.status,
        "placedAt": epoch(order.created_at, "ms"),
        "totalAmount": order.grand_total,
        "currency": order.currency,
        "merchantPayment": {
            "amount": Decimal(str(crypto["amount"])),
            "currency": crypto["currency"],
            "exchangeRate": zenki_views.usd_rate(stage, order),
        },
    }
    return {
        "timestamp": epoch(stage.clock.now(), "ms"),
        "eventDetailsVersion": "v1",
        "eventDetails": details,
    }
