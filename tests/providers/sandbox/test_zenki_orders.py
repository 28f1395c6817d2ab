"""Zenki tokens, orders and shipments."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import httpx
import pytest

from tests.providers.sandbox.people import JSON, NOW, ORDER, new_zenki_order, read
from tests.sandbox import RunningSandbox

PATH = f"/v1/pay/orders/{ORDER}"
MS = 1789977600000


def get(portal: httpx.Client, path: str = PATH) -> Any:
    """Read with the headers that every call needs."""
    answer = portal.get(path, headers=JSON)
    assert answer.is_success, answer.text
    return read(answer)


def test_both_headers_are_needed_even_to_read(
    portal: httpx.Client, sandbox: RunningSandbox
) -> None:
    """Without Content-Type, or with an Accept that excludes JSON, the answer is 406."""
    assert portal.get(PATH).status_code == 406
    assert portal.get(PATH, headers=JSON | {"Accept": "text/html"}).status_code == 406
    request = portal.build_request("GET", PATH, headers=JSON)
    del request.headers["Accept"]
    answer = portal.send(request)
    assert (answer.status_code, answer.json()["category"]) == (406, "WARN")
    sandbox.control.knobs(get_needs_content_type=False)
    assert portal.get(PATH).status_code == 200


def test_an_order_reads_as_documented(portal: httpx.Client, sandbox: RunningSandbox) -> None:
    """The order is hal+json with exact amounts and times in milliseconds, or seconds by knob."""
    answer = portal.get(PATH, headers=JSON)
    assert answer.headers["Content-Type"] == "application/hal+json"
    seen: Any = read(answer)
    assert (seen["zenkiOrderId"], seen["orderId"]) == (ORDER, "WEB-10077")
    assert (seen["status"], seen["createdAt"]) == ("AWAITING_SHIPMENT", MS)
    assert seen["breakdown"]["grandTotalAmount"] == Decimal("850.5")
    assert b'"grandTotalAmount":850.5}' in answer.content
    assert "dispute" not in seen
    assert seen["_links"] == {}
    sandbox.control.knobs(epoch_unit="s")
    assert get(portal)["createdAt"] == MS // 1000


def test_a_created_order_is_pending(portal: httpx.Client) -> None:
    """Create answers 201 with the order, which can then be read and patched, but not in status."""
    answer = portal.post("/v1/pay/orders", json=new_zenki_order())
    assert answer.status_code == 201
    made = answer.json()
    assert made["status"] == "PENDING"
    path = f"/v1/pay/orders/{made['zenkiOrderId']}"
    patched = portal.patch(path, json={"orderId": "WEB-2", "status": "COMPLETED"})
    assert patched.status_code == 201
    seen = get(portal, path)
    assert (seen["orderId"], seen["status"]) == ("WEB-2", "PENDING")
    assert seen["metadata"] == {"channel": "web"}


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("orderId", {"orderId": None}),
        ("orderId", {"orderId": "x" * 129}),
        ("type", {"type": "DIGITAL"}),
        ("countryCodeIso2", {"countryCodeIso2": "MEX"}),
        ("breakdown.grandTotalAmount", {"breakdown": {"currencyCodeIso3": "MXN"}}),
        ("items.0.quantity", {"items": [{"name": "Mug", "unitPrice": 1, "quantity": "2"}]}),
        ("items", {"items": []}),
        ("shopper.email", {"shopper": {"name": "Lucía"}}),
        ("metadata.n", {"metadata": {"n": 1}}),
    ],
)
def test_an_order_outside_the_table_is_a_400(
    portal: httpx.Client, field: str, change: dict[str, object]
) -> None:
    """The error names the field in validationErrors."""
    answer = portal.post("/v1/pay/orders", json=new_zenki_order(**change))
    document = answer.json()
    assert (answer.status_code, document["errorCode"]) == (400, 400)
    assert field in [problem["field"] for problem in document["validationErrors"]]
    assert document["validationErrors"][0]["objectName"] == "createOrder"


def test_the_merchant_can_be_read(portal: httpx.Client) -> None:
    """The merchant call works as a probe of the credentials."""
    assert get(portal, "/v1/pay/me")["merchantInfo"]["kycStatus"] == "APPROVED"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/pay/orders", 404),
        ("DELETE", PATH, 405),
        ("GET", "/v1/pay/orders/nobody", 404),
        ("GET", f"{PATH}/disputes", 404),
        ("GET", "/v1/api/disputes", 405),
        ("PATCH", "/v1/api/disputes/cnv_1", 404),
        ("GET", "/v1/pay/anything", 404),
        ("GET", "/v1/pay/", 404),
    ],
)
def test_what_is_not_documented_is_not_there(
    portal: httpx.Client, method: str, path: str, status: int
) -> None:
    """No list, no dispute routes, no status change."""
    assert portal.request(method, path, headers=JSON).status_code == status


def test_a_parcel_is_tracked(portal: httpx.Client) -> None:
    """A shipment moves the order to shipped, its delivery to the buyer's approval."""
    answer = portal.post(
        f"{PATH}/tracking", json={"courierType": "EXTERNAL", "trackingId": "MX99812044"}
    )
    assert answer.status_code == 201
    made = answer.json()
    assert made["externalCourier"]["name"] == "Fedex"
    assert get(portal)["status"] == "SHIPPED"
    event = {"status": "DELIVERY", "location": "Puebla", "description": "Received"}
    events = portal.patch(f"{PATH}/tracking/{made['zenkiTrackingId']}", json=event)
    assert (events.status_code, events.json()) == (201, [event | {"createdAt": MS}])
    assert get(portal)["status"] == "AWAITING_SHOPPER_APPROVAL"


def test_a_shipment_needs_what_its_kind_asks_for(portal: httpx.Client) -> None:
    """A courier's parcel needs a number, an own delivery a name; an array of one is taken too."""
    answer = portal.post(f"{PATH}/tracking", json={"courierType": "EXTERNAL"})
    assert answer.json()["validationErrors"] == [
        {"objectName": "createOrderTracking", "field": "trackingId", "message": "required"}
    ]
    own = [{"courierType": "INTERNAL", "courierName": "Own van"}]
    assert portal.post(f"{PATH}/tracking", json=own).status_code == 201
    event = {"status": "LOST", "location": "Puebla", "description": "?"}
    assert portal.patch(f"{PATH}/tracking/none", json=event).status_code == 400
    event["status"] = "TRANSIT"
    assert portal.patch(f"{PATH}/tracking/none", json=event).status_code == 404


def test_a_service_is_fulfilled(portal: httpx.Client, sandbox: RunningSandbox) -> None:
    """Orders without a carrier are fulfilled, orders with one aren't."""
    assert portal.patch(f"/v1/pay/escrow/{ORDER}/fulfillments", headers=JSON).status_code == 400
    body = new_zenki_order(type="WITHOUT_CARRIER")
    made = portal.post("/v1/pay/orders", json=body).json()["zenkiOrderId"]
    sandbox.control.move_zenki_order(made, "AWAITING_DELIVERY", NOW)
    answer = portal.patch(f"/v1/pay/escrow/{made}/fulfillments", headers=JSON)
    assert (answer.status_code, answer.json()["status"]) == (201, "DELIVERED_SERVICE")
