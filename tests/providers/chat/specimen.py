"""The chat for the conformance suite."""

from __future__ import annotations

import httpx

from providers.chat import RAISE, RAISE_PATH
from tests.providers.chat.samples import basic, raise_body, sent
from tests.providers.specimen import Arrival, Specimen
from tests.providers.wire import NUMBER, observe


def _nobody(request: httpx.Request) -> httpx.Response:
    raise AssertionError(f"the chat is never called: {request.url.path}")


SPECIMEN = Specimen(
    settings={
        "username": "bot",
        "password": "not-a-real-secret",
        "other_logins": [{"username": "bot", "password": "older-secret"}],
        "environment": "sandbox",
    },
    observations=(observe(RAISE, raise_body(), number=NUMBER), observe(RAISE, {})),
    secrets=("not-a-real-secret", "older-secret"),
    healthy=_nobody,
    arrival=Arrival(RAISE_PATH, basic(), sent(raise_body())),
)
