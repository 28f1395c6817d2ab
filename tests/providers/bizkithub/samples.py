"""BizKitHub's documents as it sends them, and a desk that answers."""

from __future__ import annotations

from decimal import Decimal

import httpx

from complaints.model import OrderKey
from complaints.vocabulary import ExternalId, OrderSpace
from providers.bizkithub import BizKitHub, BizKitHubSettings
from providers.http import make_client
from tests.providers.wire import ACCOUNT, Script, answer

KEY = "DEV_0000000000000000000000000000"
HOOK_SECRET = "made-up-for-tests-only"
HOOKS = "http://127.0.0.1:9/hooks/cz-test"
ADDRESS = "http://127.0.0.1:9/bizkithub"
COMPLAINT = "4SBLcerskHznDAEc"
HASH = "2pXF4Wpy319zeI6SGCXjcUCiF0xk5sx4"
ORDER = ExternalId(f"order:{HASH}")
LINE = f"{HASH}_7731"
CREATE = "/bizkithub/api/v1/shop/complaint/create"
DETAIL = "/bizkithub/api/v1/shop/complaint/detail"
SET_STATUS = "/bizkithub/api/v1/shop/complaint/set-status"
ORDER_CREATE = "/bizkithub/api/v1/shop/order/create"
ORDER_DETAIL = "/bizkithub/api/v1/shop/order/detail"
STORNO = "/bizkithub/api/v1/shop/order/storno"
BFF_CREATE = "/bizkithub/bff/complaint/create"

TEXT = "The lamp flickers and the base is cracked."

KEYS = (
    OrderKey(space=OrderSpace.HASH, value=HASH),
    OrderKey(space=OrderSpace.NUMBER, value="26000412"),
    OrderKey(space=OrderSpace.PAYMENT, value="z1"),
)
CLAIM = {
    "text": "Line one.\r\n  Line two.  ",
    "category": "product",
    "name": "Eva Horáková",
    "email": "eva@example.org",
    "phone": "+420 602 118 334",
    "amount": Decimal("1290.50"),
    "currency": "CZK",
    "lines": [
        {"label": "Desk lamp, oak", "quantity": 2, "price": Decimal("1290.50")},
        {"label": "Bulb", "quantity": 1},
    ],
    "remedy": "repair",
    "bank": {"country": "CZ", "number": "2900112233/2010", "symbol": "26000412"},
}


def settings(**more: object) -> BizKitHubSettings:
    """Settings of an account at a sandbox."""
    return BizKitHubSettings.model_validate(
        {"base_url": ADDRESS, "api_key": KEY, "environment": "sandbox", **more}
    )


def desk(script: Script, **more: object) -> BizKitHub:
    """An account whose provider plays a script."""
    own = settings(**more)
    return BizKitHub(ACCOUNT, own, make_client(own.base_url, script.transport))


def complaint(**more: object) -> dict[str, object]:
    """A complaint detail; every field of the documents' example is there."""
    return {
        "exist": True,
        "id": COMPLAINT,
        "orderNumber": "26000412",
        "variant": {"id": 3, "code": "reklamace", "label": "Vada zboží"},
        "status": "wait",
        "isResolved": False,
        "description": f"{TEXT}\n\n[ref 40817]",
        "customerName": "Eva Horáková",
        "email": "eva@example.org",
        "phone": "+420 602118334",
        "refund": {"country": None, "bankAccount": None, "variableSymbol": None},
        "satisfaction": {"score": None, "message": None},
        "items": [
            {"id": 9120, "label": "Desk lamp, oak", "quantity": 1, "price": Decimal("1290.5")}
        ],
        "events": [event(1, "new"), event(2, "wait")],
        **more,
    }


def event(number: object, status: object) -> dict[str, object]:
    """One entry of the timeline."""
    return {
        "id": number,
        "status": status,
        "shareWithCustomer": True,
        "subject": "Please send the lamp",
        "message": "",
    }


def order(**more: object) -> dict[str, object]:
    """An order detail; every field of the documents' example is there."""
    return {
        "exist": True,
        "id": "26000412",
        "hash": HASH,
        "locale": "cs",
        "payDate": "2026-09-21T08:02:11.304Z",
        "status": {
            "label": "Zaplaceno",
            "color": "#2e8b57",
            "onlinePaymentStatus": "PAID",
            "onlinePaymentStatusLabel": "Zaplaceno",
            "onlinePaymentChecking": False,
        },
        "variableSymbol": "26000412",
        "publicNotice": "",
        "insertedDate": "2026-09-21T08:00:00.120Z",
        "updatedDate": "2026-09-21T08:02:11.900Z",
        "expirationDate": "2026-10-05T10:00:00.000Z",
        "price": money(Decimal("1379.5")),
        "sale": money(Decimal(0)),
        "customer": {
            "email": "eva@example.org",
            "phone": "+420 602118334",
            "firstName": "Eva",
            "lastName": "Horáková",
            "companyName": None,
            "premium": False,
        },
        "items": [line(7731, "Desk lamp, oak", productCode="lamp-oak", unit="ks")],
        "vouchers": [],
        "tags": {"ourOrderKey": "shop-88121"},
        "links": {"onlinePaymentLink": f"https://bizkithub.com/order/pay?hash={HASH}"},
        **more,
    }


def unpaid(**more: object) -> dict[str, object]:
    """The same order before anybody paid."""
    status = {"label": "Nová", "onlinePaymentStatus": "CREATED"}
    return order(**{"payDate": None, "status": status, **more})


def line(number: int, label: str, *, gone: bool = False, **more: object) -> dict[str, object]:
    """One line of an order."""
    return {
        "id": f"{HASH}_{number}",
        "isStorno": gone,
        "label": label,
        "count": 1,
        "price": money(Decimal(1290)),
        "vat": 21,
        "creditAmount": 0,
        **more,
    }


def money(amount: Decimal) -> dict[str, object]:
    """An amount as order details have it."""
    return {"priceWithVat": amount, "currency": "CZK", "vat": 21, "currencyLocale": "Kč"}


def created(order_hash: str = HASH) -> httpx.Response:
    """The answer to an order that was created."""
    page = f"https://bizkithub.com/order?hash={order_hash}"
    return answer(orderNumber="26000413", hash=order_hash, links={"orderPageLink": page})


def refusal(status: int, code: str) -> httpx.Response:
    """The envelope of the error registry; its prose quotes the customer."""
    error = {"code": code, "message": "eva@example.org", "description": "Eva Horáková"}
    return answer(status, error=error)


SURELY_NOT_DONE: tuple[httpx.Response | Exception, ...] = (
    httpx.ConnectError("x"),
    httpx.ConnectTimeout("x"),
    httpx.PoolTimeout("x"),
    httpx.Response(429, headers={"retry-after": "5"}),
    refusal(404, "PUBLIC_API_KEY_TOO_MANY_REQUEST"),
    httpx.Response(404, text="<html>"),
)
"""What leaves no doubt that nothing happened."""

LOST: tuple[httpx.Response | Exception, ...] = (
    httpx.Response(200, text="<html>"),
    httpx.Response(200, text='{"success":true,"id":"a'),
    httpx.Response(500),
    httpx.Response(503, headers={"retry-after": "5"}),
    refusal(500, "WHO_KNOWS"),
    httpx.ReadTimeout("x"),
    httpx.WriteError("x"),
    httpx.RemoteProtocolError("x"),
)
"""What may stand for a write that was done."""

CLOSED: tuple[httpx.Response, ...] = (
    refusal(404, "PUBLIC_API_KEY_HAS_BEEN_EXPIRED"),
    refusal(401, "PERMISSION_MEMBER_HAS_NO_PERMISSION"),
    httpx.Response(302, headers={"location": "/login"}),
    httpx.Response(401),
)
"""What no further call of this account gets past."""


def copy(step: httpx.Response | Exception) -> httpx.Response | Exception:
    """The same once more: a response is read only once."""
    if isinstance(step, Exception):
        return step
    return httpx.Response(step.status_code, headers=step.headers, content=step.content)
