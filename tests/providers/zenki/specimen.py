"""Zenki for the conformance suite."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta

import httpx

from complaints.ports import NeedsHuman, Rejected, Transient
from complaints.vocabulary import PushKind
from providers.http import Answer, Fate
from providers.imports import IMPORT_ORDER, import_body
from providers.zenki import Zenki
from providers.zenki.faults import judge
from tests.providers.specimen import CUSTOMER, Arrival, Proof, Said, Specimen, Write
from tests.providers.wire import NOW, answer, intend, observe
from tests.providers.zenki.samples import (
    ADDRESS,
    DISPUTES,
    FULFILMENT,
    ME,
    OLD_SECRET,
    ORDER,
    ORDER_PATH,
    ORDERS,
    REFUNDS,
    SECRET,
    TOKEN,
    TRACKING,
    TRACKING_EVENT,
    TRACKING_ID,
    account_at,
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
    token,
)
from tests.providers.zenki.scene import SCENE
from tests.providers.zenki.vocabulary import VOCABULARIES


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


def _read_by(path: str, body: bytes, act: Callable[[Zenki], object]) -> None:
    """Let the account read an answer of one call; a verdict about it stands for Rejected."""

    def answered(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=body) if request.url.path == path else _healthy(request)

    with closing(account_at(httpx.MockTransport(answered))) as account:
        try:
            act(account)
        except (Transient, NeedsHuman) as verdict:
            raise Rejected(str(verdict)) from None


def _refused(status: int, code: object, fate: Fate, name: str = "", **more: object) -> Said:
    """The error body of /v1/pay; its sentence quotes the customer."""
    document = {
        "requestId": "b07c1e55aa90d2f1",
        "title": "Request not processed",
        "errorCode": code,
        "category": "WARN",
        "humanMessage": CUSTOMER.sentence,
        "timestamp": 1683417600123,
        **more,
    }
    return Said(f"{status} {name or code}", answer(status, **document), fate)


_CLAIM = {
    "title": "Never arrived",
    "text": CUSTOMER.text,
    "name": CUSTOMER.name,
    "email": CUSTOMER.email,
}
_SHOPPER = {
    "id": "u-55",
    "name": CUSTOMER.name,
    "phone": CUSTOMER.phone,
    "email": CUSTOMER.email,
}


def _until(end: datetime) -> dict[str, str]:
    """The secret on its way out, as the settings say it."""
    return {"secret": SECRET, "until": end.isoformat()}


_WRONG = [{"objectName": "createOrder", "field": "shopper.email", "message": CUSTOMER.email}]
_EVENT = {
    "zenkiTrackingId": TRACKING_ID,
    "status": "DELIVERY",
    "location": "Puebla",
    "description": f"Received by {CUSTOMER.name}",
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
        observe("order", order(shopper=_SHOPPER), ORDER),
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
    proof=Proof(
        frozenset({"body", "time"}),
        foreign={"webhook_secrets": [OLD_SECRET]},
        rotating={"webhook_secrets": [OLD_SECRET, _until(NOW)]},
        rotated={"webhook_secrets": [OLD_SECRET, _until(NOW - timedelta(seconds=1))]},
    ),
    writes={
        PushKind.OPEN_DISPUTE: Write(intend(PushKind.OPEN_DISPUTE, ORDER, claim=_CLAIM), DISPUTES),
        PushKind.REFUND: Write(intend(PushKind.REFUND, ORDER, reason="upheld"), REFUNDS),
        PushKind.CREATE_ORDER: Write(
            intend(PushKind.CREATE_ORDER, draft=draft(shopper=_SHOPPER)), ORDERS
        ),
        PushKind.EDIT_ORDER: Write(
            intend(PushKind.EDIT_ORDER, ORDER, draft={"cartId": "cart-9921"}),
            ORDER_PATH,
            repeatable=True,
        ),
        PushKind.SHIP: Write(intend(PushKind.SHIP, ORDER, draft=_PARCEL), TRACKING),
        PushKind.TRACK: Write(intend(PushKind.TRACK, ORDER, draft=_EVENT), TRACKING_EVENT),
        PushKind.DELIVER: Write(intend(PushKind.DELIVER, ORDER), FULFILMENT, repeatable=True),
    },
    read=ORDER_PATH,
    said=(
        _refused(400, 400, Fate.REFUSED, validationErrors=_WRONG),
        _refused(401, 401, Fate.HUMAN),
        _refused(403, 403, Fate.HUMAN),
        _refused(404, 404, Fate.REFUSED),
        # The headers were rejected: no further call gets past that.
        _refused(406, 406, Fate.HUMAN),
        _refused(409, 409, Fate.REFUSED),
        _refused(428, 428, Fate.REFUSED),
        _refused(429, 429, Fate.NOT_DONE),
        _refused(500, 500, Fate.LOST),
        # The vendor's own plugins look for this member and never at the status.
        _refused(200, 400, Fate.REFUSED),
        _refused(200, 403, Fate.HUMAN),
        _refused(200, 500, Fate.LOST),
        _refused(201, "E77", Fate.REFUSED),
        _refused(200, None, Fate.REFUSED, "no code", errorCode=CUSTOMER.email),
        Said("400 text", httpx.Response(400, text=CUSTOMER.sentence), Fate.REFUSED),
        Said("200 empty", httpx.Response(200), Fate.LOST),
        Said("200 cut", httpx.Response(200, text='{"zenkiOrderId":"57'), Fate.LOST),
    ),
    # Not the API's own words: a proxy, or a path that isn't there.
    statuses={404: Fate.NOT_DONE},
    vocabularies=VOCABULARIES,
    parsers={
        "answer": lambda body: judge(Answer(Fate.OK, "HTTP 200", 200, body), listed=True),
        "token": lambda body: _read_by(TOKEN, body, lambda account: account.check()),
        "order list": lambda body: _read_by(ORDERS, body, lambda account: account.list_disputed()),
    },
    documents=(
        token().content,
        token(expiresIn="1800", token_type=7, access_token="e30.e30.e30").content,
        json.dumps(merchant_document()).encode(),
        answer(200, **order("DISPUTED", "OPEN")).content,
        answer(200, _embedded={"orders": [order("DISPUTED"), order()]}, page={"number": 0}).content,
        answer(200, **refund("AWAITING_REFUND")).content,
        shipment_events().content,
    ),
    scene=SCENE,
)
