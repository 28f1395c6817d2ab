"""Zenki for the conformance suite."""

from __future__ import annotations

import httpx

from complaints.model import PushKind
from providers.imports import IMPORT_ORDER, import_body
from tests.providers.specimen import Arrival, Specimen, Write
from tests.providers.wire import answer, intend, observe
from tests.providers.zenki.samples import (
    ADDRESS,
    DISPUTES,
    FULFILMENT,
    ME,
    ORDER,
    ORDER_PATH,
    ORDERS,
    REFUNDS,
    SECRET,
    TOKEN,
    TRACKING,
    TRACKING_EVENT,
    TRACKING_ID,
    draft,
    legacy_event,
    linked,
    merchant_document,
    order,
    paid_event,
    refund,
    rsa_pem,
    shipment,
    shipment_events,
    signed,
)


def _healthy(request: httpx.Request) -> httpx.Response:
    path = request.url.path
    if "/refunds/" in path:
        return answer(201, **refund("REFUNDED"))
    if request.method == "GET" and path != ME:
        return answer(200, **order(zenkiOrderId=path.rpartition("/")[2]))
    if path == TRACKING_EVENT:
        return shipment_events()
    dispute = {"disputeId": "cnv_t9f6v3u"}
    documents: dict[str, dict[str, object]] = {
        TOKEN: {"accessToken": "token-of-the-suite", "expiresIn": 1800},
        ME: merchant_document(),
        DISPUTES: {"orderId": ORDER, "status": "DISPUTED", "dispute": dispute},
        TRACKING: shipment(),
        REFUNDS: refund(),
    }
    return answer(201, **documents.get(path, order()))


_CLAIM = {"title": "Never arrived", "text": "Nothing came.", "email": "lucia@example.org"}
_EVENT = {
    "zenkiTrackingId": TRACKING_ID,
    "status": "DELIVERY",
    "location": "Puebla",
    "description": "Received by L. Peña",
}
_PARCEL = {"courierType": "EXTERNAL", "trackingId": "MX99812044"}

SPECIMEN = Specimen(
    settings={
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
        "webhook_secrets": [SECRET],
        "webhook_rsa_key": rsa_pem(),
    },
    observations=(
        observe("order", order(), ORDER),
        observe("order", order("DISPUTED", "OPEN"), ORDER),
        observe("order", order("REFUNDED", "REFUND"), ORDER),
        observe(
            "order+refund",
            {"order": order("REFUNDED", "REFUND", _links=linked()), "refund": refund("FAILED")},
            ORDER,
        ),
        observe("webhook", paid_event()),
        observe("webhook", legacy_event()),
        observe("missing", {"errorCode": 404}, ORDER),
        observe("refused", {"errorCode": 400}, ORDER),
        observe(IMPORT_ORDER, import_body({"zenki_order_id": ORDER})),
    ),
    secrets=(
        "not-a-real-secret",
        SECRET.removeprefix("whsec_"),
        "token-of-the-suite",
        rsa_pem().splitlines()[1],
    ),
    healthy=_healthy,
    arrival=Arrival("", signed(paid_event()), paid_event()),
    writes={
        PushKind.OPEN_DISPUTE: Write(intend(PushKind.OPEN_DISPUTE, ORDER, claim=_CLAIM), DISPUTES),
        PushKind.REFUND: Write(intend(PushKind.REFUND, ORDER, reason="upheld"), REFUNDS),
        PushKind.CREATE_ORDER: Write(intend(PushKind.CREATE_ORDER, draft=draft()), ORDERS),
        PushKind.EDIT_ORDER: Write(
            intend(PushKind.EDIT_ORDER, ORDER, draft={"cartId": "cart-9921"}),
            ORDER_PATH,
            repeatable=True,
        ),
        PushKind.SHIP: Write(intend(PushKind.SHIP, ORDER, draft=_PARCEL), TRACKING),
        PushKind.TRACK: Write(intend(PushKind.TRACK, ORDER, draft=_EVENT), TRACKING_EVENT),
        PushKind.DELIVER: Write(intend(PushKind.DELIVER, ORDER), FULFILMENT, repeatable=True),
    },
)
