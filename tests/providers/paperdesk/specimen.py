"""Paperdesk for the conformance suite."""

from __future__ import annotations

import json

import httpx

from complaints.vocabulary import PushKind, Status
from providers.http import Fate
from providers.imports import IMPORT_COMPLAINT, import_body
from tests.providers.paperdesk.desk import TOKEN
from tests.providers.paperdesk.reading import read
from tests.providers.paperdesk.words import STATUS_OF_WORD
from tests.providers.specimen import Said, Specimen, Vocabulary, Write, canonical
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


def _means(word: str) -> object:
    return canonical(read(observe("case", {**DOCUMENT, "state": word}, CASE)))


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
    read=f"/paperdesk/cases/{CASE}",
    said=(
        Said("no such token", answer(401, error="no such token"), Fate.HUMAN),
        Said("no such case", answer(404, error="no such case"), Fate.REFUSED),
        Said("a success without a case", answer(200, name="Paperdesk"), Fate.LOST),
    ),
    vocabularies=(Vocabulary("a case's state", tuple(STATUS_OF_WORD), _means),),
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
