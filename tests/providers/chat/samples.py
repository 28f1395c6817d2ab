"""The chat middleware's requests as it sends them."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

from providers.chat import Chat, ChatSettings
from tests.providers.wire import ACCOUNT

TEXT = "Kettle leaks from the base after two days."


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


def sent(document: object) -> bytes:
    """The bytes of a request."""
    return json.dumps(document, ensure_ascii=False).encode()
