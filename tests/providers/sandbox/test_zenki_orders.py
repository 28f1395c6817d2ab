"""Zenki tokens, orders, refunds and shipments."""

from __future__ import annotations

import base64
from decimal import Decimal
from typing import Any

import httpx
import pytest

from providers.sandbox import codec
from tests.providers.sandbox.people import JSON, NOW, ORDER, booking, new_zenki_order, read, token
from tests.sandbox import RunningSandbox

PATH = f"/v1/pay/orders/{ORDER}"
MS = 1789977600000


def get(portal: httpx.Client, path: str = PATH) -> Any:
    """Read with the headers that every call needs."""
    answer = portal.get(path, headers=JSON)
    assert answer.is_success, answer.text
    return read(answer)


def test_a_token_is_a_jwt_of_half_an_hour(sandbox: RunningSandbox) -> None:
    """The token call answers three members; the token holds the documented claims."""
    body = {
        "clientId": "cid-demo",
        "clientSecret": "secret-demo",
        "grantType": "client_credentials",
    }
    answer = httpx.post(f"{sandbox.url}/zenki/v1/oauth/tokens", json=body).json()
    assert (answer["tokenType"], answer["expiresIn"]) == ("Bearer", 1800)
    head, claims, _ = answer["accessToken"].split(".")
    assert b'"RS256"' in base64.urlsafe_b64decode(head + "==")
    found: Any = codec.loads(base64.urlsafe_b64decode(claims + "=="))
    assert found["exp"] - found["iat"] == 1800
    assert found["realm_access"]["roles"] == ["api", "api_zenkipay"]


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"clientSecret": "no"}, "unauthorized_client"),
        ({"clientId": "x" * 129}, "invalid_request"),
        ({"grantType": "password"}, "unsupported_grant_type"),
        ({"grantType": None}, "invalid_request"),
    ],
)
def test_a_refused_token_is_400_not_401(
    sandbox: RunningSandbox, body: dict[str, object], error: str
) -> None:
    """Token errors carry error and errorDescription."""
    good = {
        "clientId": "cid-demo",
        "clientSecret": "secret-demo",
        "grantType": "client_credentials",
    }
    answer = httpx.post(f"{sandbox.url}/zenki/v1/oauth/tokens", json=good | body)
    assert (answer.status_code, answer.json()["error"]) == (400, error)
    assert answer.json()["errorDescription"]


def test_the_legacy_grant_is_a_form(sandbox: RunningSandbox) -> None:
    """The password grant takes a form, answers snake_case and refuses JSON."""
    form = {
        "client_id": "zenkipay-api",
        "username": "cid-demo",
        "password": "secret-demo",
        "grant_type": "password",
    }
    answer = httpx.post(f"{sandbox.url}/zenki/auth/", data=form)
    assert answer.json()["expires_in"] == 1800
    assert answer.json()["token_type"] == "Bearer"
    assert httpx.post(f"{sandbox.url}/zenki/auth/", json=form).status_code == 400
    wrong = httpx.post(f"{sandbox.url}/zenki/auth/", data=form | {"password": "no"})
    assert wrong.json()["error"] == "unauthorized_client"


def test_generations_of_tokens_may_be_kept_apart(
    portal: httpx.Client, sandbox: RunningSandbox
) -> None:
    """Behind the knob a token of /v1/oauth opens no legacy call."""
    sandbox.control.knobs(tokens_cross=False)
    answer = portal.post("/v1/api/disputes", files={"orderId": (None, ORDER)})
    assert (answer.status_code, answer.text) == (401, "Unauthorized")
    assert portal.get(PATH, headers=JSON).status_code == 200


def test_an_ended_token_opens_nothing(portal: httpx.Client, sandbox: RunningSandbox) -> None:
    """An expired or invented token is refused with 401, or 403 behind the knob."""
    sandbox.control.expire_tokens()
    assert portal.get(PATH, headers=JSON).status_code == 401
    sandbox.control.knobs(pay_bad_token=403)
    answer = portal.get(PATH, headers=JSON)
    assert answer.json()["errorCode"] == 403
    portal.headers["Authorization"] = f"Bearer {token(portal)}"
    assert portal.get(PATH, headers=JSON).status_code == 200


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
        ("GET", "/v1/pay/orders", 405),
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


def test_a_refund_settles_at_once(portal: httpx.Client) -> None:
    """The refund is answered as pending; then the order is refunded and links to it."""
    answer = portal.post(f"{PATH}/refunds", json={"reason": "Lost by courier" + "!" * 100})
    made: Any = read(answer)
    assert (answer.status_code, made["status"]) == (201, "PENDING")
    assert len(made["reason"]) == 100
    assert made["fiatOriginalPayment"] == {
        "amount": Decimal("850.5"),
        "currencyCodeIso3": "MXN",
    }
    seen = get(portal)
    assert seen["status"] == "REFUNDED"
    link = seen["_links"]["refund"]["href"]
    assert link == f"{portal.base_url}{PATH.removeprefix('/')}/refunds/{made['zenkiRefundId']}"
    again = portal.get(link, headers=JSON)
    assert (again.status_code, again.json()["status"]) == (201, "REFUNDED")


def test_a_refund_closes_an_open_dispute(portal: httpx.Client, sandbox: RunningSandbox) -> None:
    """A refund of a disputed order turns the dispute into REFUND."""
    sandbox.control.open_dispute(ORDER, "Broken", "Both mugs", NOW)
    assert get(portal)["dispute"] == {"status": "OPEN", "createdAt": MS}
    portal.post(f"{PATH}/refunds", json={"reason": "Broken"})
    assert get(portal)["dispute"]["status"] == "REFUND"


def test_a_refund_may_wait_for_staff(portal: httpx.Client, sandbox: RunningSandbox) -> None:
    """Behind the knob money moves only when staff settle."""
    sandbox.control.knobs(refund_settles="staff")
    made = portal.post(f"{PATH}/refunds", json={"reason": "Lost"}).json()
    assert get(portal)["status"] == "AWAITING_SHIPMENT"
    refund_path = f"{PATH}/refunds/{made['zenkiRefundId']}"
    assert get(portal, refund_path)["status"] == "PENDING"
    sandbox.control.resolve(ORDER, "REFUND", NOW)
    assert get(portal, refund_path)["status"] == "REFUNDED"
    assert get(portal)["status"] == "REFUNDED"


def test_a_second_refund_is_refused_or_counted(
    portal: httpx.Client, sandbox: RunningSandbox
) -> None:
    """By default a second refund is a 400; behind the knob it moves money twice, and counts."""
    portal.post(f"{PATH}/refunds", json={"reason": "Lost"})
    assert portal.post(f"{PATH}/refunds", json={"reason": "Lost"}).status_code == 400
    assert sandbox.control.duplicates()["zenki"] == 0
    sandbox.control.knobs(second_refund="create")
    assert portal.post(f"{PATH}/refunds", json={"reason": "Lost"}).status_code == 201
    assert sandbox.control.duplicates()["zenki"] == 1


@pytest.mark.parametrize("status", ["PENDING", "AWAITING_PAYMENT", "SETTLED"])
def test_unpaid_and_settled_orders_are_not_refunded(
    portal: httpx.Client, sandbox: RunningSandbox, status: str
) -> None:
    """There is nothing to give back before payment, and nothing left after the payout."""
    sandbox.control.book_order(booking("b", status))
    answer = portal.post("/v1/pay/orders/b/refunds", json={"reason": "Lost"})
    assert answer.status_code == 400


@pytest.mark.parametrize("body", [{}, {"reason": "x" * 129}, {"reason": 5}])
def test_a_refund_needs_a_reason(portal: httpx.Client, body: dict[str, object]) -> None:
    """The reason is required and short."""
    answer = portal.post(f"{PATH}/refunds", json=body)
    assert answer.json()["validationErrors"][0]["field"] == "reason"


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
