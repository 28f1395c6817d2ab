"""The chat for the conformance suite: it calls us, and its middleware is a host as well."""

from __future__ import annotations

import json
from collections.abc import Callable

import httpx

from complaints.model import OrderKey
from complaints.ports import Rejected
from complaints.vocabulary import ComplaintNumber, OrderSpace, PushKind
from providers.chat import (
    BASE_PATH,
    METHODS,
    RAISE,
    RAISE_PATH,
    TRACK_PATH,
    ChatRefused,
    operation_of,
    read_order,
    read_raise,
    read_reply,
    read_track,
)
from providers.chat.reply import reply_raise, reply_track
from providers.http import Fate
from tests.providers.chat.samples import (
    HOST,
    LABELS,
    basic,
    flat_body,
    order_body,
    raise_body,
    sent,
    track_body,
)
from tests.providers.chat.scene import SCENE
from tests.providers.chat.vocabulary import VOCABULARIES
from tests.providers.specimen import CUSTOMER, Arrival, Proof, Said, Specimen, Write
from tests.providers.wire import NUMBER, intend, observe

_SENDER = {
    "name": CUSTOMER.name,
    "email": CUSTOMER.email,
    "phone": CUSTOMER.phone,
    "text": CUSTOMER.text,
    "category": "product",
}
_BODY = raise_body(
    {"orderId": "00591837", "problemStatment": CUSTOMER.text, "category": "product-related"},
    first_name=CUSTOMER.first_name,
    last_name=CUSTOMER.last_name,
    uid=CUSTOMER.email,
    username=CUSTOMER.email,
)
_LOGINS = (
    ("bot", "not-a-real-secret"),
    ("bot", "older-secret"),
    (HOST["host_username"], HOST["host_password"]),
)
_NEW_PASSWORD = {"password": "a-newer-secret"}


def _host(request: httpx.Request) -> httpx.Response:
    """A host that reads as strictly as our own receiver and says yes."""
    path = request.url.path.removeprefix("/host")
    if path == RAISE_PATH:
        reply = reply_raise(read_raise(request.content), ComplaintNumber("12345"))
        return httpx.Response(200, content=json.dumps(reply))
    if path == TRACK_PATH:
        return httpx.Response(
            200, content=json.dumps(reply_track(read_track(request.content), None))
        )
    raise AssertionError(f"the chat has no such call: {request.url.path}")


def _envelope(name: str, status: int, fate: Fate, code: str = "", **block: object) -> Said:
    """An answer in the chat's envelope, which quotes the customer."""
    said = {"responseText": CUSTOMER.sentence, **block}
    response = {"responseType": "text", "responseMessages": [{"simpleResponse": said}]}
    document: dict[str, object] = {"response": response}
    if code:
        document["error"] = {"code": code, "detail": CUSTOMER.sentence}
    return Said(f"{status} {name}", httpx.Response(status, json=document), fate)


def _reads(reader: Callable[[bytes], object]) -> Callable[[bytes], object]:
    """A refused request is answered with a status, as a rejected arrival is."""

    def read(body: bytes) -> object:
        try:
            return reader(body)
        except ChatRefused as refused:
            raise Rejected(refused.code) from None

    return read


SPECIMEN = Specimen(
    settings={
        "username": "bot",
        "password": "not-a-real-secret",
        "other_logins": [{"username": "bot", "password": "older-secret"}],
        "environment": "sandbox",
        **HOST,
    },
    observations=(
        observe(RAISE, _BODY, number=NUMBER),
        observe(f"{RAISE} after 10003", raise_body(), number=NUMBER),
        observe(RAISE, {}),
    ),
    secrets=(
        "not-a-real-secret",
        "older-secret",
        "secret-of-the-host",
        *(basic(*login)["authorization"].removeprefix("Basic ") for login in _LOGINS),
    ),
    healthy=_host,
    arrival=Arrival(RAISE_PATH, basic(), sent(_BODY)),
    # HTTP Basic proves who calls; the documents know no signature and no timestamp.
    proof=Proof(
        frozenset(),
        foreign={**_NEW_PASSWORD, "other_logins": []},
        rotating={
            **_NEW_PASSWORD,
            "other_logins": [{"username": "bot", "password": "not-a-real-secret"}],
        },
        rotated={
            **_NEW_PASSWORD,
            "other_logins": [{"username": "bot", "password": "older-secret"}],
        },
    ),
    writes={
        PushKind.CREATE: Write(
            intend(
                PushKind.CREATE,
                claim=_SENDER,
                order_keys=(OrderKey(space=OrderSpace.NUMBER, value="00591837"),),
            ),
            f"/host{RAISE_PATH}",
        )
    },
    said=(
        _envelope("text without a number", 200, Fate.REFUSED),
        _envelope("business problem", 200, Fate.REFUSED, "unknown_order"),
        _envelope("number", 200, Fate.OK, attributes=[{"name": "complaintId", "value": "40817"}]),
        _envelope("malformed", 400, Fate.REFUSED, "malformed_json"),
        _envelope("wrong login", 401, Fate.HUMAN, "unauthorized"),
        _envelope("no such call", 404, Fate.HUMAN, "not_found"),
        _envelope("no uid", 422, Fate.REFUSED, "missing_uid"),
        _envelope("too many", 429, Fate.NOT_DONE, "too_many_requests"),
        _envelope("fault", 500, Fate.LOST, "fault"),
        _envelope("overload", 503, Fate.LOST, "overload"),
        Said("200 empty", httpx.Response(200), Fate.LOST),
        Said("200 cut", httpx.Response(200, text='{"response":{"responseMess'), Fate.LOST),
        Said("200 no envelope", httpx.Response(200, json={"complaintId": "7"}), Fate.LOST),
    ),
    # The two paths are all that a host has: without them the address is wrong.
    statuses={404: Fate.HUMAN},
    vocabularies=VOCABULARIES,
    parsers={
        "raise": _reads(read_raise),
        "track": _reads(read_track),
        "order question": _reads(
            lambda body: [read_order(body, one) for one in list(METHODS.values())[2:]]
        ),
        "bare path": _reads(lambda body: operation_of(BASE_PATH, body, bare_path=True)),
        "host's reply": read_reply,
    },
    documents=(
        sent(track_body()),
        sent(flat_body()),
        *(sent(order_body(method)) for method in LABELS),
        sent(reply_raise(read_raise(sent(_BODY)), NUMBER)),
        sent(reply_track(read_track(sent(track_body())), None)),
    ),
    scene=SCENE,
)
