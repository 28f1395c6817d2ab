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

Reply = dict[str, object]
"""A JSON object."""

_SAYABLE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,31}")


def reply_raise(request: RaiseRequest, number: ComplaintNumber) -> Reply:
    """Tell the number of a complaint that is taken, now or by the same words before."""
    say = Say.TAKEN_WITHOUT_TEXT if NEEDS_TEXT in request.warnings else Say.TAKEN
    attributes = [{"name": "orderId", "value": request.order_id}] if request.order_id else []
    attributes.append({"name": "complaintId", "value": number})
    attributes.append({"name": "Category", "value": request.category_said or request.category})
    container = {
        "responseText": sentence(request.language, say, number),
        "attributes": attributes,
    }
    return _envelope("container", {"containerResponse": container})


def reply_track(request: TrackRequest, status: Status | None, number: str) -> Reply:
    """Tell the status of one complaint.

    ``status`` None is "not found", in the same words whether there is no such complaint or
    it is somebody else's.
    """
    say: Status | Say = Say.NOT_FOUND
    if status is not None and _SAYABLE.fullmatch(number):
        say = status
    return _text(sentence(request.language, say, number))


def reply_error(refused: ChatRefused | None = None, language: str = "en") -> tuple[int, Reply]:
    """HTTP status and body for a refused request; without one, for a fault of ours (503)."""
    if refused is None:
        body = _text(sentence(language, Say.BUSY))
        return 503, body | {"error": {"code": "unavailable", "detail": "try again"}}
    body = _text(sentence(language, Say.UNREADABLE))
    return refused.status, body | {"error": {"code": refused.code, "detail": refused.detail}}


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
