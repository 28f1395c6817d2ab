"""Zenki's account in the sandbox, for the conformance suite."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from complaints.ports import Intent, Provider
from complaints.vocabulary import ExternalId, PushKind, Subject
from providers.sandbox.client import SandboxControl
from providers.sandbox.config import DEMO_WEBHOOK_SECRET
from tests.providers.sandbox.people import ORDER, booking, new_zenki_order
from tests.providers.specimen import CUSTOMER, Deed, Scene
from tests.providers.wire import NOW, intend

_CLAIM = {"title": "Never arrived", "text": CUSTOMER.text, "email": CUSTOMER.email}
_SHOPPER = {
    "id": "u-55",
    "name": CUSTOMER.name,
    "email": CUSTOMER.email,
    "phone": CUSTOMER.phone,
}
_PARCEL = {"courierType": "EXTERNAL", "trackingId": "MX99812044"}
_ARRIVED = {
    "status": "DELIVERY",
    "location": "Puebla",
    "description": f"Received by {CUSTOMER.name}",
}
_RENAMED = "WEB-20000"

Order = Mapping[str, object]


def _settings(control: SandboxControl, _hooks: str) -> Mapping[str, object]:
    return {
        "base_url": control.zenki_url,
        "client_id": "cid-demo",
        "client_secret": "secret-demo",
        "environment": "sandbox",
        "dispute_create": True,
        "refund": True,
        "order_create": True,
        "order_edit": True,
        "shipping": True,
        "webhook_secrets": [DEMO_WEBHOOK_SECRET],
    }


def _lay(control: SandboxControl, hooks: str) -> None:
    control.book_order(booking(ORDER, name=CUSTOMER.name, email=CUSTOMER.email))
    if hooks:
        control.knobs(zenki_webhook_url=hooks)


def _records(_control: SandboxControl) -> Mapping[ExternalId, Subject]:
    return {ExternalId(ORDER): Subject.ORDER, ExternalId("nowhere"): Subject.GONE}


def _send(control: SandboxControl, _account: Provider) -> int:
    control.send_webhook(ORDER, copies=2)
    return 2


def _forge(control: SandboxControl, _account: Provider) -> int:
    control.send_webhook(ORDER, bad_signature=True)
    return 1


def _service(control: SandboxControl, account: Provider) -> Intent:
    """What has no parcel is delivered by saying so."""
    service = new_zenki_order(type="WITHOUT_CARRIER", shopper=_SHOPPER)
    made = account.push(intend(PushKind.CREATE_ORDER, draft=service)).external_id
    assert made is not None
    control.move_zenki_order(made, "AWAITING_DELIVERY", NOW)
    return intend(PushKind.DELIVER, made)


def _parcel(_control: SandboxControl, account: Provider) -> Intent:
    """News of a parcel that is on its way."""
    shipped = account.push(intend(PushKind.SHIP, ORDER, draft=_PARCEL))
    tracking = shipped.detail.rpartition(" ")[2]
    return intend(PushKind.TRACK, ORDER, draft={"zenkiTrackingId": tracking, **_ARRIVED})


def _seen(control: SandboxControl, intent: Intent) -> Order:
    return control.zenki_order(intent.external_id or "")


def _disputes(control: SandboxControl, intent: Intent) -> int:
    order = _seen(control, intent)
    earlier = cast("list[object]", order["earlier_disputes"])
    return len(earlier) + (order["dispute"] is not None)


def _refunds(control: SandboxControl, intent: Intent) -> int:
    return len(cast("list[object]", _seen(control, intent)["refunds"]))


def _orders(control: SandboxControl, _intent: Intent) -> int:
    book = cast("dict[str, dict[str, object]]", control.world()["zenki"])
    return len(book["orders"])


def _shipments(control: SandboxControl, intent: Intent) -> int:
    return len(cast("list[object]", _seen(control, intent)["trackings"]))


def _events(control: SandboxControl, intent: Intent) -> int:
    trackings = cast("list[dict[str, list[str]]]", _seen(control, intent)["trackings"])
    return sum(tracking["statuses"].count("DELIVERY") for tracking in trackings)


SCENE = Scene(
    account="zenki",
    mount="/hooks/cz-test",
    settings=_settings,
    lay=_lay,
    secrets=("secret-demo", DEMO_WEBHOOK_SECRET.removeprefix("whsec_")),
    send=_send,
    forge=_forge,
    records=_records,
    deeds={
        PushKind.OPEN_DISPUTE: Deed(
            "POST",
            "/v1/api/disputes",
            lambda _control, _account: intend(PushKind.OPEN_DISPUTE, ORDER, claim=_CLAIM),
            _disputes,
        ),
        PushKind.REFUND: Deed(
            "POST",
            "/refunds",
            lambda _control, _account: intend(PushKind.REFUND, ORDER, reason="upheld"),
            _refunds,
        ),
        PushKind.CREATE_ORDER: Deed(
            "POST",
            "/v1/pay/orders",
            lambda _control, _account: intend(
                PushKind.CREATE_ORDER, draft=new_zenki_order(shopper=_SHOPPER)
            ),
            _orders,
        ),
        PushKind.EDIT_ORDER: Deed(
            "PATCH",
            f"/v1/pay/orders/{ORDER}",
            lambda _control, _account: intend(
                PushKind.EDIT_ORDER, ORDER, draft={"orderId": _RENAMED}
            ),
            lambda control, intent: int(_seen(control, intent)["merchant_order_id"] == _RENAMED),
        ),
        PushKind.SHIP: Deed(
            "POST",
            "/tracking",
            lambda _control, _account: intend(PushKind.SHIP, ORDER, draft=_PARCEL),
            _shipments,
        ),
        PushKind.TRACK: Deed("PATCH", "/tracking/", _parcel, _events),
        PushKind.DELIVER: Deed(
            "PATCH",
            "/fulfillments",
            _service,
            lambda control, intent: int(_seen(control, intent)["status"] == "DELIVERED_SERVICE"),
        ),
    },
)
