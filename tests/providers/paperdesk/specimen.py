"""Paperdesk for the conformance suite."""

from __future__ import annotations

import json

import httpx

from complaints.model import PushKind, Status
from providers.imports import IMPORT_COMPLAINT, import_body
from tests.providers.paperdesk.desk import TOKEN
from tests.providers.specimen import Specimen, Write
from tests.providers.wire import answer, intend, observe

ADDRESS = "http://127.0.0.1:8090/paperdesk"
CASE = "K-7"
NAME = "Zdislava Vyhnalkova"
TEXT = "The zipper burst and a quokka saw it."

DOCUMENT = {
    "case": CASE,
    "state": "received",
    "text": TEXT,
    "name": NAME,
    "order": "26000412",
    "reference": "40817",
}


def _healthy(request: httpx.Request) -> httpx.Response:
    """A desk that knows every case, and does what it is told."""
    case = request.url.path.split("/")[3] if "/cases/" in request.url.path else CASE
    sent = json.loads(request.content or b"{}")
    return answer(201 if request.method == "POST" else 200, **{**DOCUMENT, **sent, "case": case})


SPECIMEN = Specimen(
    settings={"base_url": ADDRESS, "desk_key": TOKEN, "environment": "sandbox"},
    observations=(
        observe("case", DOCUMENT, CASE),
        observe("missing", {"error": "no such case"}, CASE),
        observe("refused", {"error": "no"}, CASE),
        observe(IMPORT_COMPLAINT, import_body({"complaint_id": CASE})),
    ),
    secrets=(TOKEN,),
    healthy=_healthy,
    writes={
        PushKind.CREATE: Write(
            intend(PushKind.CREATE, claim={"text": TEXT, "name": NAME}),
            "/paperdesk/cases",
        ),
        PushKind.SET_STATUS: Write(
            intend(PushKind.SET_STATUS, CASE, target=Status.RESOLVED),
            f"/paperdesk/cases/{CASE}/state",
            repeatable=True,
        ),
    },
)
