"""The chat for the conformance suite: it calls us, and its middleware is a host as well."""

from __future__ import annotations

import json

import httpx

from complaints.model import ComplaintNumber, OrderKey, OrderSpace, PushKind
from providers.chat import RAISE, RAISE_PATH, TRACK_PATH, read_raise, read_track
from providers.chat.reply import reply_raise, reply_track
from tests.providers.chat.samples import HOST, TEXT, basic, raise_body, sent
from tests.providers.specimen import Arrival, Specimen, Write
from tests.providers.wire import NUMBER, intend, observe

_SENDER = {"name": "Asha Rao", "email": "asha@example.org", "text": TEXT, "category": "product"}


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


SPECIMEN = Specimen(
    settings={
        "username": "bot",
        "password": "not-a-real-secret",
        "other_logins": [{"username": "bot", "password": "older-secret"}],
        "environment": "sandbox",
        **HOST,
    },
    observations=(
        observe(RAISE, raise_body(), number=NUMBER),
        observe(f"{RAISE} after 10003", raise_body(), number=NUMBER),
        observe(RAISE, {}),
    ),
    secrets=("not-a-real-secret", "older-secret", "secret-of-the-host"),
    healthy=_host,
    arrival=Arrival(RAISE_PATH, basic(), sent(raise_body())),
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
)
