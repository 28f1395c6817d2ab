"""The chat middleware's requests as it sends them."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

from complaints.vocabulary import AccountName
from providers.chat import Chat, ChatRefused, ChatSettings, RaiseRequest, read_raise, read_track
from tests.providers.wire import ACCOUNT

TEXT = "Kettle leaks from the base after two days."
HOST = {
    "host_url": "http://127.0.0.1:8090/host",
    "host_username": "redress",
    "host_password": "secret-of-the-host",
}
"""Settings of an account whose middleware hosts the calls too."""

OTHER = AccountName("de-bot")

LABELS = {
    "getOrderStatus": "order-status",
    "getOrderDetails": "order-details",
    "getTrackingOrderDetails": "trackingDetails",
    "cancelOrder": "cancel-order",
}
"""The four order calls and the label that each one's example has."""


def settings(**more: object) -> ChatSettings:
    """Settings of an account at a sandbox, with two passwords that are valid."""
    return ChatSettings.model_validate(
        {
            "username": "bot",
            "password": "not-a-real-secret",
            "other_logins": [{"username": "bot", "password": "older-secret"}],
            "environment": "sandbox",
            **more,
        }
    )


def bot(**more: object) -> Chat:
    """One account."""
    return Chat(ACCOUNT, settings(**more))


def basic(username: str = "bot", password: str = "not-a-real-secret") -> Mapping[str, str]:
    """The header of HTTP Basic."""
    encoded = base64.b64encode(f"{username}:{password}".encode()).decode()
    return {"authorization": f"Basic {encoded}"}


def raise_body(entity: Mapping[str, object] | None = None, /, **more: object) -> dict[str, Any]:
    """A raise request in the examples' form; ``more`` replaces parts of user info."""
    user: dict[str, object] = {
        "first_name": "Asha",
        "last_name": "Rao",
        "uid": "70214",
        "username": "asha_r",
        **more,
    }
    default = {"orderId": "00591837", "problemStatment": TEXT, "category": "product-related"}
    return {
        "conversationRequest": {"channel": "TELEGRAM", "userInfo": user},
        "queryInfo": {
            "interestType": "productComplaint",
            "parameters": {"params": {"entityInfo": default if entity is None else dict(entity)}},
        },
        "languageCode": "en",
    }


def track_body(number: object = "40817", **more: object) -> dict[str, Any]:
    """A track request in the examples' form."""
    body = raise_body({"orderId": "00591837", "complaintId": number}, **more)
    body["queryInfo"]["interestType"] = "trackComplaint"
    return body


def order_body(method: str, order_id: object = "00591837", **more: object) -> dict[str, Any]:
    """A question for an order in the examples' form."""
    body = raise_body({"orderId": order_id}, **more)
    body["queryInfo"]["interestType"] = LABELS[method]
    return body


def flat_body() -> dict[str, Any]:
    """A raise request with the tables' names, nested nowhere."""
    return {
        "channel": "telegram",
        "firstName": "Asha",
        "lastName": "Rao",
        "uuid": "70214",
        "userName": "asha_r",
        "interestType": "raise-complaints",
        "languageCode": "en-US",
        "orderId": "00591837",
        "problemStatement": TEXT,
        "category": "product-related",
    }


def sent(document: object) -> bytes:
    """The bytes of a request."""
    return json.dumps(document, ensure_ascii=False).encode()


def raised(document: object) -> RaiseRequest:
    """A raise request as it is read."""
    return read_raise(sent(document))


def refusal(document: object, *, track: bool = False) -> ChatRefused:
    """Why a request isn't served."""
    body = document if isinstance(document, bytes) else sent(document)
    try:
        read_track(body) if track else read_raise(body)
    except ChatRefused as refused:
        return refused
    raise AssertionError("it was served")
