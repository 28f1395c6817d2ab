"""The answers, in exactly the envelope that the chat documents show.

Nothing that came in is interpreted: it goes back as JSON text or not at all.
"""

from __future__ import annotations

import re
import secrets
import uuid
from typing import TYPE_CHECKING, Final

from complaints.vocabulary import OrderState, Outcome, Status
from providers.chat.envelope import NEEDS_TEXT, OrderRequest, RaiseRequest, TrackRequest
from providers.chat.operations import Operation
from providers.chat.phrases import BUILT_IN, Phrases
from providers.chat.sentences import OF_CLOSED, OF_ORDER, OF_STATUS, Say

if TYPE_CHECKING:
    from complaints.vocabulary import ComplaintNumber
    from providers.chat.places import ChatRefused

Reply = dict[str, object]
"""A JSON object."""

_LATER: Final = frozenset({408, 429, 500, 503})
"""Refusals that asking again can cure."""

_SAYABLE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,31}")


def reply_raise(
    request: RaiseRequest, number: ComplaintNumber, phrases: Phrases = BUILT_IN
) -> Reply:
    """Tell the number of a complaint that is taken, now or by the same words before.

    The attributes are the documented ones, whatever the request wished for: without
    ``complaintId`` the caller would think that nothing was taken.
    """
    say = Say.TAKEN_WITHOUT_TEXT if NEEDS_TEXT in request.warnings else Say.TAKEN
    attributes = [{"name": "orderId", "value": request.order_id}] if request.order_id else []
    attributes.append({"name": "complaintId", "value": number})
    attributes.append({"name": "Category", "value": request.category_said or request.category})
    container = {
        "responseText": phrases.say(request.language, say, number),
        "attributes": attributes,
    }
    return _envelope("container", {"containerResponse": container})


def reply_track(
    request: TrackRequest,
    status: Status | None,
    outcome: Outcome = Outcome.NONE,
    phrases: Phrases = BUILT_IN,
) -> Reply:
    """Tell the status of one complaint, and of a closed one who won, if anybody knows.

    ``status`` None is "not found", in the same words whether there is no such complaint or
    it is somebody else's.
    """
    say = Say.NOT_FOUND
    if status is not None and _SAYABLE.fullmatch(request.number):
        say = OF_STATUS[status]
        if status is Status.CLOSED:
            say = OF_CLOSED.get(outcome, say)
    return _text(phrases.say(request.language, say, request.number))


def reply_order(
    request: OrderRequest, state: OrderState | None, phrases: Phrases = BUILT_IN
) -> Reply:
    """Tell the state of an order; nothing is ever cancelled.

    ``state`` None is "we can't say", in the same words whether there is no such order, or it
    is somebody else's, or nobody is told anything.  A card or media is never written: we know
    neither pictures nor prices of what was ordered.
    """
    if request.operation is Operation.CANCEL_ORDER:
        gone = state is OrderState.CANCELLED
        say = Say.CANCELLED_ALREADY if gone else Say.CANCEL_BY_STAFF
    else:
        say = Say.ORDER_NOT_TOLD if state is None else OF_ORDER[state]
    return _text(phrases.say(request.language, say, request.order_id or ""))


def reply_error(refused: ChatRefused, phrases: Phrases = BUILT_IN) -> tuple[int, Reply]:
    """HTTP status and body for a request that isn't served.

    It is in the request's language where that could be read, else in the account's own.
    """
    say = Say.BUSY if refused.status in _LATER else Say.UNREADABLE
    body = _text(phrases.say(refused.language or phrases.default_language, say))
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
