"""Zenki's documents as it sends them, and a merchant account that answers."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

import httpx

from providers.http import make_client
from providers.zenki import Zenki, ZenkiSettings, svix
from tests.providers.wire import ACCOUNT, NOW, Script, answer

ADDRESS = "http://127.0.0.1:9/zenki"
ORDER = "5763e58cf4094ec9b9c4815022627613"
ORDER_PATH = f"/zenki/v1/pay/orders/{ORDER}"
REFUNDS = f"{ORDER_PATH}/refunds"
DISPUTES = "/zenki/v1/api/disputes"
TOKEN = "/zenki/v1/oauth/tokens"
LEGACY_TOKEN = "/zenki/auth/"
SECRET = "whsec_" + base64.b64encode(b"first-secret-of-the-test").decode()
OLD_SECRET = "whsec_" + base64.b64encode(b"older-secret-of-the-test").decode()
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 16


def settings(**more: object) -> ZenkiSettings:
    """Settings of an account at a sandbox, both writes permitted."""
    return ZenkiSettings.model_validate(
        {
            "base_url": ADDRESS,
            "client_id": "cid-4411",
            "client_secret": "not-a-real-secret",
            "environment": "sandbox",
            "dispute_create": True,
            "refund": True,
            "webhook_secrets": (SECRET, OLD_SECRET),
            **more,
        }
    )


def merchant(script: Script, **more: object) -> Zenki:
    """An account whose provider plays a script."""
    own = settings(**more)
    return Zenki(ACCOUNT, own, make_client(own.base_url, script.transport))


def token(value: str = "token-1", **more: object) -> httpx.Response:
    """A token of the current generation."""
    return answer(200, **{"accessToken": value, "tokenType": "Bearer", "expiresIn": 1800, **more})


def order(
    status: str = "AWAITING_SHIPMENT", dispute: str | None = None, **more: object
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


def paid_event(kind: str = "order.pay", **inner: object) -> bytes:
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
