"""The chat-bot intake: we host its calls, and it has no read-back.

The receiver finds out by `operation_of` which call a request is, reads it with a ``read_*``
function, asks the pipeline, and answers with what the ``reply_*`` functions write.
`ChatHost` is the other side: it calls a host of the same calls.
"""

from __future__ import annotations

from providers.chat.adapter import RAISE, Chat, claim_of
from providers.chat.client import ChatHost, Heard, HostReply, read_reply
from providers.chat.envelope import (
    OrderRequest,
    Person,
    RaiseRequest,
    TrackRequest,
    read_order,
    read_raise,
    read_track,
    request_key,
)
from providers.chat.operations import (
    BASE_PATH,
    METHODS,
    RAISE_PATH,
    TRACK_PATH,
    Operation,
    operation_of,
)
from providers.chat.phrases import Phrases
from providers.chat.places import ChatRefused
from providers.chat.reply import reply_error, reply_order, reply_raise, reply_track
from providers.chat.settings import ChatLogin, ChatSettings

__all__ = [
    "BASE_PATH",
    "METHODS",
    "RAISE",
    "RAISE_PATH",
    "TRACK_PATH",
    "Chat",
    "ChatHost",
    "ChatLogin",
    "ChatRefused",
    "ChatSettings",
    "Heard",
    "HostReply",
    "Operation",
    "OrderRequest",
    "Person",
    "Phrases",
    "RaiseRequest",
    "TrackRequest",
    "claim_of",
    "operation_of",
    "read_order",
    "read_raise",
    "read_reply",
    "read_track",
    "reply_error",
    "reply_order",
    "reply_raise",
    "reply_track",
    "request_key",
]
