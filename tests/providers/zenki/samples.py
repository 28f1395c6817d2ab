"""Zenki's documents as it sends them, and a merchant account that answers."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from functools import cache

import httpx
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from providers.http import make_client
from providers.shelf import OwnShelf, Shelf
from providers.zenki import Zenki, ZenkiSettings, svix
from tests.providers.wire import ACCOUNT, NOW, Script, answer

ADDRESS = "http://127.0.0.1:9/zenki"
ORDER = "5763e58cf4094ec9b9c4815022627613"
ORDERS = "/zenki/v1/pay/orders"
ORDER_PATH = f"{ORDERS}/{ORDER}"
REFUNDS = f"{ORDER_PATH}/refunds"
REFUND_ID = "cdd9fba96ae9"
REFUND_PATH = f"{REFUNDS}/{REFUND_ID}"
TRACKING = f"{ORDER_PATH}/tracking"
TRACKING_ID = "d135b54f7858"
TRACKING_EVENT = f"{TRACKING}/{TRACKING_ID}"
FULFILMENT = f"/zenki/v1/pay/escrow/{ORDER}/fulfillments"
ME = "/zenki/v1/pay/me"
DISPUTES = "/zenki/v1/api/disputes"
TOKEN = "/zenki/v1/oauth/tokens"
LEGACY_TOKEN = "/zenki/auth/"
SECRET = "whsec_" + base64.b64encode(b"first-secret-of-the-test").decode()
OLD_SECRET = "whsec_" + base64.b64encode(b"older-secret-of-the-test").decode()
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 16

OFF: dict[str, object] = {
    "dispute_create": False,
    "refund": False,
    "order_create": False,
    "order_edit": False,
    "shipping": False,
    "list_orders": False,
    "webhook_secrets": (),
}
"""All switches as they are by default."""


def settings(**more: object) -> ZenkiSettings:
    """Settings of an account at a sandbox, all writes permitted."""
    return ZenkiSettings.model_validate(
        {
            "base_url": ADDRESS,
            "client_id": "cid-4411",
            "client_secret": "not-a-real-secret",
            "environment": "sandbox",
            "dispute_create": True,
            "refund": True,
            "order_create": True,
            "order_edit": True,
            "shipping": True,
            "list_orders": True,
            "webhook_secrets": (SECRET, OLD_SECRET),
            **more,
        }
    )


def merchant(script: Script, shelf: Shelf | None = None, /, **more: object) -> Zenki:
    """An account whose provider plays a script."""
    return account_at(script.transport, shelf, **more)


def account_at(
    transport: httpx.BaseTransport, shelf: Shelf | None = None, /, **more: object
) -> Zenki:
    """An account whose provider is this transport."""
    own = settings(**more)
    return Zenki(ACCOUNT, own, make_client(own.base_url, transport), shelf or OwnShelf())


def copy(step: httpx.Response | Exception) -> httpx.Response | Exception:
    """A response can be played once; a table names it many times."""
    if isinstance(step, Exception):
        return step
    headers = {k: v for k, v in step.headers.items() if k in {"retry-after", "content-type"}}
    return httpx.Response(step.status_code, content=step.content, headers=headers)


def token(value: str = "token-1", **more: object) -> httpx.Response:
    """A token of the current generation."""
    return answer(200, **{"accessToken": value, "tokenType": "Bearer", "expiresIn": 1800, **more})


def order(
    status: str = "AWAITING_SHIPMENT", dispute: str | None = None, /, **more: object
) -> dict[str, object]:
    """An order; with a dispute when its status is given."""
    document: dict[str, object] = {
        "version": "v1.0.0",
        "zenkiOrderId": ORDER,
        "orderId": "WEB-10077",
        "type": "WITH_CARRIER",
        "countryCodeIso2": "MX",
        "status": status,
        "createdAt": 1683072000000,
        "shopper": {
            "id": "u-55",
            "name": "Lucía Peña",
            "phone": "5512345678",
            "email": "lucia@example.org",
        },
        "breakdown": {"currencyCodeIso3": "MXN", "grandTotalAmount": Decimal("850.5")},
        "items": [{"externalId": "SKU-31", "quantity": 2, "unitPrice": 400, "name": "Clay mug"}],
        "_links": {},
    }
    if dispute is not None:
        document["dispute"] = {"status": dispute, "createdAt": 1683331200000}
    return {**document, **more}


def linked(href: str = f"https://api.zenki.fi{REFUND_PATH}") -> dict[str, object]:
    """The links of an order that has a refund."""
    return {"refund": {"href": href}}


def refund(status: str | None = "PENDING", /, **more: object) -> dict[str, object]:
    """A refund of the whole order."""
    return {
        "zenkiRefundId": REFUND_ID,
        "reason": "Lost by courier",
        "fiatOriginalPayment": {"amount": Decimal("850.5"), "currencyCodeIso3": "MXN"},
        "cryptoPayment": {
            "amount": "0.024711300450000000",
            "currency": "ETH",
            "blockchain": "Ethereum",
        },
        "status": status,
        "placedAt": 1683417600000,
        **more,
    }


def draft(**more: object) -> dict[str, object]:
    """A new order as its document shows it, with a charge of a name of our own."""
    return {
        "version": "v1.0.0",
        "orderId": "WEB-10077",
        "cartId": "cart-9920",
        "type": "WITH_CARRIER",
        "countryCodeIso2": "MX",
        "shopper": {
            "id": "u-55",
            "name": "Lucía Peña",
            "phone": "5512345678",
            "email": "lucia@example.org",
        },
        "breakdown": breakdown(),
        "items": [
            {
                "externalId": "SKU-31",
                "quantity": 2,
                "unitPrice": 400,
                "name": "Clay mug",
                "description": "Blue glaze",
                "type": "WITH_CARRIER",
                "thumbnailUrl": "https://img.example.org/31.jpg",
                "metadata": {"size": "M"},
            }
        ],
        "metadata": {"channel": "web"},
        **more,
    }


def breakdown(**more: object) -> dict[str, object]:
    """Amounts that add up."""
    return {
        "currencyCodeIso3": "MXN",
        "totalItemsAmount": 800,
        "shipmentAmount": 90,
        "subtotalAmount": 890,
        "taxesAmount": 0,
        "localTaxesAmount": 0,
        "importCosts": 0,
        "discountAmount": 40,
        "additionalCharges": {"gift wrap": 12.5},
        "grandTotalAmount": 862.5,
        **more,
    }


def shipment(**more: object) -> dict[str, object]:
    """What Zenki answers to a shipment."""
    return {
        "zenkiTrackingId": TRACKING_ID,
        "courierType": "EXTERNAL",
        "trackingId": "MX99812044",
        "externalCourier": {"key": "100003", "countryCodeIso2": "MX", "name": "Fedex"},
        **more,
    }


def shipment_events() -> httpx.Response:
    """What Zenki answers to an event of a shipment: a list."""
    event = {
        "status": "DELIVERY",
        "location": "Puebla",
        "description": "Received by L. Peña",
        "createdAt": 1683504000000,
    }
    return httpx.Response(201, json=[event])


def merchant_document(**info: object) -> dict[str, object]:
    """What Zenki says of a merchant."""
    return {
        "merchantInfo": {
            "commercialName": "Mugs of Puebla",
            "legalName": "Lucía Peña y Cía.",
            "accountType": "ENTITY",
            "kycStatus": "APPROVED",
            "integrationStatus": "COMPLETED",
            **info,
        },
        "integrationConfig": {"plugins": [{"name": "own", "clientId": "cid-4411"}]},
        "cryptoAssets": [{"currency": "ETH", "active": True}],
    }


def refusal(status: int, **more: object) -> httpx.Response:
    """Zenki's error body; its sentence quotes the customer."""
    return answer(
        status,
        requestId="b07c1e55aa90d2f1",
        title="Request not processed",
        errorCode=status,
        category="WARN",
        humanMessage="Lucía Peña can't do this",
        timestamp=1683417600123,
        **more,
    )


def paid_event(kind: str = "order.pay", /, **inner: object) -> bytes:
    """A webhook body: the order is a JSON string inside JSON."""
    document = {
        "version": "v1.1.0",
        "zenkiOrderId": ORDER,
        "orderId": "WEB-10077",
        "status": "AWAITING_SHIPMENT",
        "createdAt": 1683072000000,
        **inner,
    }
    return json.dumps({"eventType": kind, "flatData": json.dumps(document)}).encode()


@cache
def rsa_key() -> rsa.RSAPrivateKey:
    """The merchant's key for legacy webhooks, another one in every run."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@cache
def rsa_pem() -> str:
    """The same as a settings value."""
    return rsa_key().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def legacy_text(**details: object) -> bytes:
    """The text of an order.paid."""
    document = {
        "timestamp": 1665600060123,
        "eventDetailsVersion": "v1",
        "eventDetails": {
            "orderId": ORDER,
            "merchantOrderId": "WEB-10077",
            "transactionStatus": "COMPLETED",
            "orderStatus": "AWAITING_SHIPMENT",
            "placedAt": 1665600000456,
            "totalAmount": 850,
            "currency": "MXN",
            "merchantPayment": {
                "amount": 0.02471130045,
                "currency": "ETH",
                "exchangeRate": {"from": "MXN", "to": "USD", "value": 0.049},
            },
            **details,
        },
    }
    return json.dumps(document).encode()


def seal(text: bytes, key: rsa.RSAPrivateKey | None = None) -> str:
    """Encrypted as Zenki does it: chunk by chunk, then base64."""
    public = (key or rsa_key()).public_key()
    size = public.key_size // 8 - 11
    chunks = [text[begin : begin + size] for begin in range(0, len(text), size)]
    sealed = b"".join(public.encrypt(chunk, PKCS1v15()) for chunk in chunks)
    return base64.b64encode(sealed).decode()


def legacy_event(sealed: object = None, **more: object) -> bytes:
    """A webhook body of the older generation."""
    data = seal(legacy_text()) if sealed is None else sealed
    document = {"algorithm": "RSA", "encryptedData": data, "keySize": 2048, "flatData": "", **more}
    return json.dumps(document).encode()


def signed(
    body: bytes, secret: str = SECRET, *, at: datetime = NOW, prefix: str = "svix"
) -> Mapping[str, str]:
    """The headers of one delivery."""
    moment = int(at.timestamp())
    return {
        f"{prefix}-id": "msg_4kQ0Zt8a",
        f"{prefix}-timestamp": str(moment),
        f"{prefix}-signature": svix.sign(svix.signing_key(secret), "msg_4kQ0Zt8a", moment, body),
    }
