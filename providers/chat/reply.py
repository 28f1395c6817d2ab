"""The answers, in exactly the envelope that the chat documents show.

Nothing that came in is interpreted: it goes back as JSON text or not at all.
"""

from __future__ import annotations

import re
import secrets
import uuid
from typing import TYPE_CHECKING, Final

from providers.chat.envelope import NEEDS_TEXT, ChatRefused, RaiseRequest, TrackRequest
from providers.chat.sentences import Say, sentence

if TYPE_CHECKING:
    from complaints.model import ComplaintNumber, Status
    from providers.chat.settings import ChatSettings

Reply = dict[str, object]
"""A JSON object."""

_LATER: Final = frozenset({408, 429, 500, 503})
"""Refusals that asking again can cure."""

_SAYABLE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,31}")


def reply_raise(
    request: RaiseRequest, number: ComplaintNumber, settings: ChatSettings | None = None
) -> Reply:
    """Tell the number of a complaint that is taken, now or by the same words before.

    The languages are the account's, or all that we have sentences in.
    """
    say = Say.TAKEN_WITHOUT_TEXT if NEEDS_TEXT in request.warnings else Say.TAKEN
    attributes = [{"name": "orderId", "value": request.order_id}] if request.order_id else []
    attributes.append({"name": "complaintId", "value": number})
    attributes.append({"name": "Category", "value": request.category_said or request.category})
    container = {
        "responseText": sentence(_language(request, settings), say, number),
        "attributes": attributes,
    }
    return _envelope("container", {"containerResponse": container})


def reply_track(
    request: TrackRequest,
    status: Status | None,
    number: str,
    settings: ChatSettings | None = None,
) -> Reply:
    """Tell the status of one complaint.

    ``status`` None is "not found", in the same words whether there is no such complaint or
    it is somebody else's.
    """
    say: Status | Say = Say.NOT_FOUND
    if status is not None and _SAYABLE.fullmatch(number):
        say = status
    return _text(sentence(_language(request, settings), say, number))


def reply_error(refused: ChatRefused | None = None, language: str = "en") -> tuple[int, Reply]:
    """HTTP status and body for a refused request; without one, for a fault of ours (503)."""
    if refused is None:
        body = _text(sentence(language, Say.BUSY))
        return 503, body | {"error": {"code": "unavailable", "detail": "try again"}}
    say = Say.BUSY if refused.status in _LATER else Say.UNREADABLE
    body = _text(sentence(language, say))
    return refused.status, body | {"error": {"code": refused.code, "detail": refused.detail}}


def _language(request: RaiseRequest | TrackRequest, settings: ChatSettings | None) -> str:
    return settings.speak(request.language) if settings else request.language


def _text(words: str) -> Reply:
    return _envelope("text", {"simpleResponse": {"responseText": words}})


def _envelope(kind: str, message: Reply) -> Reply:
    # A UUID and eight hex digits: the form of the bot platform, new for every answer.
    response_id = f"{uuid.uuid4()}-{secrets.token_hex(4)}"
    return {
        "response": {
            "responseType": kind,
            "responseId": response_id,
            "responseMessages": [message],
        }
    }
