"""Orders, complaints and requests that the tests of the sandbox start from."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import httpx

from providers.sandbox import codec

NOW = datetime(2026, 9, 21, 8, 0, tzinfo=UTC)
HASH = "2pXF4Wpy319zeI6SGCXjcUCiF0xk5sx4"
ORDER = "5763e58cf4094ec9b9c4815022627613"
JSON = {"Content-Type": "application/json"}
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 64


def order(order_hash: str, number: str = "26000412") -> dict[str, object]:
    """A paid BizKitHub order of one lamp."""
    return {
        "hash": order_hash,
        "number": number,
        "email": "eva@example.org",
        "first_name": "Eva",
        "last_name": "Horáková",
        "items": [{"label": "Desk lamp, oak", "price": Decimal("1290.00"), "count": 1}],
        "price": 1379,
        "currency": "CZK",
        "locale": "cs",
        "paid": True,
        "inserted_at": NOW,
    }


def complaint(**changes: object) -> dict[str, object]:
    """The body of a complaint create call."""
    return {
        "variantCode": "reklamace",
        "orderHash": HASH,
        "description": "The lamp flickers and the base is cracked.",
        "customerName": "Eva Horáková",
    } | changes


def new_order(**changes: object) -> dict[str, object]:
    """The body of a BizKitHub order create call."""
    return {
        "customer": {"email": "eva@example.org", "firstName": "Eva", "country": "CZ"},
        "items": [{"label": "Desk lamp, oak", "price": 1290, "count": 1}],
    } | changes


def booking(
    order_id: str, status: str = "AWAITING_SHIPMENT", **changes: object
) -> dict[str, object]:
    """A Zenki order of two mugs."""
    return {
        "zenki_order_id": order_id,
        "merchant_order_id": "WEB-10077",
        "email": "lucia@example.org",
        "name": "Lucía Peña",
        "items": [{"name": "Clay mug", "quantity": 2, "unit_price": 400}],
        "grand_total": Decimal("850.50"),
        "currency": "MXN",
        "country": "MX",
        "status": status,
        "created_at": NOW,
    } | changes


def new_zenki_order(**changes: object) -> dict[str, object]:
    """The body of a Zenki order create call, as its document shows it."""
    return {
        "version": "v1.0.0",
        "orderId": "WEB-10077",
        "type": "WITH_CARRIER",
        "countryCodeIso2": "MX",
        "shopper": {"id": "u-55", "name": "Lucía Peña", "email": "lucia@example.org"},
        "breakdown": {
            "currencyCodeIso3": "MXN",
            "totalItemsAmount": 800,
            "shipmentAmount": 90,
            "subtotalAmount": 890,
            "taxesAmount": 0,
            "localTaxesAmount": 0,
            "importCosts": 0,
            "discountAmount": 40,
            "grandTotalAmount": 850,
        },
        "items": [{"externalId": "SKU-31", "quantity": 2, "unitPrice": 400, "name": "Clay mug"}],
        "metadata": {"channel": "web"},
    } | changes


def token(client: httpx.Client) -> str:
    """A fresh token of the current generation."""
    body = {
        "clientId": "cid-demo",
        "clientSecret": "secret-demo",
        "grantType": "client_credentials",
    }
    return str(client.post("/v1/oauth/tokens", json=body).json()["accessToken"])


def read(answer: httpx.Response) -> dict[str, object]:
    """The answer's JSON object with exact amounts."""
    document = codec.loads(answer.content)
    assert isinstance(document, dict)
    return document


def error_code(answer: httpx.Response) -> tuple[int, str]:
    """Status and code of a BizKitHub error of the registry."""
    return answer.status_code, str(answer.json()["error"]["code"])


def file_complaint(desk: httpx.Client, **changes: object) -> str:
    """File a complaint over the API; returns its id."""
    answer = desk.post("/complaint/create", json=complaint(**changes))
    assert answer.status_code == 200, answer.text
    document = answer.json()
    assert document["success"] is True
    return str(document["id"])


def complaint_detail(desk: httpx.Client, complaint_id: str) -> dict[str, object]:
    """Read a complaint over the API."""
    return read(desk.get("/complaint/detail", params={"id": complaint_id}))
