"""BizKitHub's documents as it sends them, and a desk that answers."""

from __future__ import annotations

from decimal import Decimal

import httpx

from providers.bizkithub import BizKitHub, BizKitHubSettings
from providers.http import make_client
from tests.providers.wire import ACCOUNT, Script, answer

KEY = "DEV_0000000000000000000000000000"
ADDRESS = "http://127.0.0.1:9/bizkithub"
COMPLAINT = "4SBLcerskHznDAEc"
HASH = "2pXF4Wpy319zeI6SGCXjcUCiF0xk5sx4"
CREATE = "/bizkithub/api/v1/shop/complaint/create"
DETAIL = "/bizkithub/api/v1/shop/complaint/detail"
SET_STATUS = "/bizkithub/api/v1/shop/complaint/set-status"
ORDER_CREATE = "/bizkithub/api/v1/shop/order/create"
ORDER_DETAIL = "/bizkithub/api/v1/shop/order/detail"

TEXT = "The lamp flickers and the base is cracked."


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
    """An order detail, cut to what matters and what confuses."""
    return {
        "exist": True,
        "id": "26000412",
        "hash": HASH,
        "price": {"priceWithVat": Decimal("1379.5"), "currency": "CZK"},
        "items": [{"id": f"{HASH}_7731", "label": "Desk lamp, oak", "count": 1}],
        **more,
    }


def refusal(status: int, code: str) -> httpx.Response:
    """The envelope of the error registry; its prose quotes the customer."""
    error = {"code": code, "message": "eva@example.org", "description": "Eva Horáková"}
    return answer(status, error=error)
