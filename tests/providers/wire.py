"""A provider that answers by script, and builders for what goes in."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal

import httpx

from complaints.model import Observation
from complaints.ports import Intent
from complaints.vocabulary import AccountName, ComplaintNumber, ExternalId, PushKind, Source
from providers.codec import loads_object

ACCOUNT = AccountName("cz-test")
NOW = datetime(2026, 9, 21, 8, 0, tzinfo=UTC)
NUMBER = ComplaintNumber("40817")


@dataclass
class Script:
    """Answers one request after another and keeps what was asked."""

    steps: list[httpx.Response | Exception]
    requests: list[httpx.Request] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Play the next step."""
        request.read()
        self.requests.append(request)
        step = self.steps.pop(0)
        if isinstance(step, Exception):
            raise step
        return step

    @property
    def transport(self) -> httpx.MockTransport:
        """What an adapter's client is made with."""
        return httpx.MockTransport(self)

    @property
    def calls(self) -> list[tuple[str, str]]:
        """Method and path of each request, in order."""
        return [(request.method, request.url.path) for request in self.requests]

    def sent(self, position: int = -1) -> Mapping[str, object]:
        """The JSON object of one request."""
        return loads_object(self.requests[position].content)


def answer(status: int = 200, /, **document: object) -> httpx.Response:
    """A JSON answer; Decimals are written as numbers."""
    text = json.dumps(document, default=_number)
    return httpx.Response(status, text=text, headers={"content-type": "application/json"})


def observe(
    form: str,
    body: bytes | Mapping[str, object],
    external_id: str | None = None,
    *,
    source: Source = Source.POLL,
    number: ComplaintNumber | None = None,
) -> Observation:
    """One observation of a form."""
    content = body if isinstance(body, bytes) else json.dumps(body, default=_number).encode()
    return Observation(
        seq=1,
        account=ACCOUNT,
        source=source,
        form=form,
        external_id=None if external_id is None else ExternalId(external_id),
        received_at=NOW,
        as_of=1,
        body=content,
        number=number,
    )


def intend(kind: PushKind, external_id: str | None = None, **more: object) -> Intent:
    """One intent of complaint 40817."""
    return Intent.model_validate(
        {
            "key": f"{kind}:{NUMBER}",
            "kind": kind,
            "number": NUMBER,
            "external_id": external_id,
            **more,
        }
    )


def _number(value: object) -> float:
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(type(value).__name__)
