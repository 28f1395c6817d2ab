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
    ORDER,
    REFUNDS,
    SECRET,
    order,
    paid_event,
    signed,
    token,
)


def _healthy(request: httpx.Request) -> httpx.Response:
    if request.url.path.endswith("/tokens"):
        return token("token-of-the-suite")
    if request.method == "GET":
        return answer(200, **order(zenkiOrderId=request.url.path.rpartition("/")[2]))
    if request.url.path == DISPUTES:
        return answer(200, orderId=ORDER, status="DISPUTED", dispute={"disputeId": "cnv_t9f6v3u"})
    return answer(201, zenkiRefundId="cdd9fba96ae9", status="PENDING")


_CLAIM = {"title": "Never arrived", "text": "Nothing came.", "email": "lucia@example.org"}

SPECIMEN = Specimen(
    settings={
        "base_url": ADDRESS,
        "client_id": "cid-4411",
        "client_secret": "not-a-real-secret",
        "environment": "sandbox",
        "dispute_create": True,
        "refund": True,
        "webhook_secrets": [SECRET],
    },
    observations=(
        observe("order", order(), ORDER),
        observe("order", order("DISPUTED", "OPEN"), ORDER),
        observe("order", order("REFUNDED", "REFUND"), ORDER),
        observe("webhook", paid_event()),
        observe("webhook", {"eventType": "order.shipped", "flatData": "{}"}),
        observe("missing", {"errorCode": 404}, ORDER),
        observe("refused", {"errorCode": 400}, ORDER),
        observe(IMPORT_ORDER, import_body({"zenki_order_id": ORDER})),
    ),
    secrets=("not-a-real-secret", SECRET.removeprefix("whsec_"), "token-of-the-suite"),
    healthy=_healthy,
    arrival=Arrival("", signed(paid_event()), paid_event()),
    writes={
        PushKind.OPEN_DISPUTE: Write(intend(PushKind.OPEN_DISPUTE, ORDER, claim=_CLAIM), DISPUTES),
        PushKind.REFUND: Write(intend(PushKind.REFUND, ORDER, reason="upheld"), REFUNDS),
    },
)
