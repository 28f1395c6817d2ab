"""Plays the chat middleware: calls our receiver's raise and track endpoints as it would."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

import httpx
from pydantic import Field

from providers.sandbox import codec
from providers.sandbox.acts import Act
from providers.sandbox.clock import iso
from providers.sandbox.exchange import BadRequest
from providers.sandbox.outbound import Outbound
from providers.sandbox.stage import Stage

_BASE = "/api/rest/v1/ecom/integrations"
_RAISE = f"{_BASE}/raiseComplaintsAgainstOrder"
_TRACK = f"{_BASE}/getComplaintsTrackingDetails"

# The page's table names the members otherwise than its own example does.
_TABLE_NAMES = {
    "first_name": "firstName",
    "last_name": "lastName",
    "uid": "uuid",
    "username": "userName",
}

Shape = Literal["canonical", "table", "flat"]


class Caller(Act):
    """A person in the chat; `shape` picks the example's names, the table's names or a flat body."""

    uid: str | int | None
    channel: str | None = "TELEGRAM"
    first_name: str | None = None
    last_name: str | None = None
    username: str | None = None
    language: str | None = "en"
    order_id: str | int | list[str] | None = None
    shape: Shape = "canonical"
    interest_type: str | None = None
    password: str | None = None
    timeout_s: float | None = Field(default=None, gt=0)


class Raise(Caller):
    """The person complains; without a category none is sent."""

    text: str | None
    category: str | None = "product-related"


class Track(Caller):
    """The person asks how a complaint stands."""

    complaint_id: str


@dataclass(slots=True)
class ChatComplaint:
    """A complaint as the person remembers it."""

    uid: str
    channel: str | None
    order_id: str | None
    text: str | None
    category: str | None
    status: int | None
    complaint_id: str | None
    at: datetime


@dataclass(slots=True)
class ChatLog:
    """All that was raised in the chat."""

    complaints: list[ChatComplaint] = field(default_factory=list)

    def view(self) -> list[dict[str, object]]:
        """The complaints for the control API."""
        return [
            {
                "uid": complaint.uid,
                "channel": complaint.channel,
                "order_id": complaint.order_id,
                "text": complaint.text,
                "category": complaint.category,
                "status": complaint.status,
                "complaint_id": complaint.complaint_id,
                "at": iso(complaint.at),
            }
            for complaint in self.complaints
        ]


def body_of(caller: Caller, entity: dict[str, object], interest: dict[Shape, str]) -> object:
    """The request body; members the person didn't give are left out."""
    label = caller.interest_type or interest[caller.shape]
    person = _given(
        {
            "first_name": caller.first_name,
            "last_name": caller.last_name,
            "uid": caller.uid,
            "username": caller.username,
        }
    )
    if caller.shape != "canonical":
        person = {_TABLE_NAMES[name]: value for name, value in person.items()}
    spoken = _given({"languageCode": caller.language})
    channel = _given({"channel": caller.channel})
    if caller.shape == "flat":
        return person | channel | spoken | {"interestType": label, "entityInfo": _given(entity)}
    return {
        "conversationRequest": channel | {"userInfo": person},
        "queryInfo": {
            "interestType": label,
            "parameters": {"params": {"entityInfo": _given(entity)}},
        },
    } | spoken


def _given(members: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in members.items() if value is not None}


class ChatPlayer:
    """Sends one request and remembers what was promised to the person."""

    def __init__(self, stage: Stage, outbound: Outbound, log: ChatLog | None = None) -> None:
        self._stage = stage
        self._outbound = outbound
        self.log = log if log is not None else ChatLog()

    async def raise_complaint(self, act: Raise) -> dict[str, object]:
        """POST raiseComplaintsAgainstOrder; status is None when no answer came in time."""
        entity: dict[str, object] = {
            "orderId": act.order_id,
            "problemStatment": act.text,
            "category": act.category,
        }
        interest: dict[Shape, str] = {
            "canonical": "productComplaint",
            "table": "raise-complaints",
            "flat": "raise-complaints",
        }
        status, answer = await self._call(_RAISE, act, body_of(act, entity, interest))
        complaint_id = attribute(answer, "complaintId") if status == httpx.codes.OK else None
        self.log.complaints.append(
            ChatComplaint(
                str(act.uid),
                act.channel,
                None if act.order_id is None else str(act.order_id),
                act.text,
                act.category,
                status,
                complaint_id,
                self._stage.clock.now(),
            )
        )
        return {"status": status, "complaint_id": complaint_id, "body": answer}

    async def track(self, act: Track) -> dict[str, object]:
        """POST getComplaintsTrackingDetails; the answer is prose."""
        entity: dict[str, object] = {"orderId": act.order_id, "complaintId": act.complaint_id}
        interest: dict[Shape, str] = {
            "canonical": "trackComplaint",
            "table": "tracking-complaints",
            "flat": "tracking-complaints",
        }
        status, answer = await self._call(_TRACK, act, body_of(act, entity, interest))
        return {"status": status, "text": _spoken(answer), "body": answer}

    async def _call(self, path: str, act: Caller, body: object) -> tuple[int | None, object]:
        config = self._stage.config
        if config.chat_url is None:
            raise BadRequest("chat_url isn't set, so there is no receiver to call")
        password = config.chat_password if act.password is None else act.password
        timeout = act.timeout_s or self._stage.knobs.chat_timeout_s
        try:
            answer = await self._outbound.client.post(
                config.chat_url.rstrip("/") + path,
                content=codec.dump_bytes(body),
                headers={"Content-Type": "application/json", "Accept": "application/json"},
                auth=(config.chat_username, password),
                timeout=timeout,
            )
        except httpx.HTTPError:
            return None, None
        try:
            return answer.status_code, codec.loads(answer.content)
        except codec.BadJson:
            return answer.status_code, answer.text


def _messages(answer: object) -> list[dict[str, object]]:
    """The keyed blocks of a reply, with or without the outer `response`."""
    if not isinstance(answer, dict):
        return []
    envelope = answer.get("response", answer)
    messages = envelope.get("responseMessages") if isinstance(envelope, dict) else None
    if not isinstance(messages, list):
        return []
    return [message for message in messages if isinstance(message, dict)]


def attribute(answer: object, name: str) -> str | None:
    """A named attribute of a container reply; names are compared without case."""
    for message in _messages(answer):
        block = message.get("containerResponse")
        attributes = block.get("attributes") if isinstance(block, dict) else None
        for pair in attributes if isinstance(attributes, list) else []:
            if isinstance(pair, dict) and str(pair.get("name")).lower() == name.lower():
                return str(pair.get("value"))
    return None


def _spoken(answer: object) -> str | None:
    """The first sentence of a reply."""
    for message in _messages(answer):
        for block in message.values():
            if isinstance(block, dict) and isinstance(block.get("responseText"), str):
                return str(block["responseText"])
    return None
