"""The chat-bot intake: we host its two calls, raise and track, and it has no read-back.

The receiver reads a request with `read_raise` or `read_track`, asks the pipeline, and
answers with what the ``reply_*`` functions write.
"""

from __future__ import annotations

from providers.chat.adapter import RAISE, Chat, claim_of
from providers.chat.envelope import (
    ChatRefused,
    Person,
    RaiseRequest,
    TrackRequest,
    operation_of,
    read_raise,
    read_track,
    request_key,
)
from providers.chat.reply import reply_error, reply_raise, reply_track
from providers.chat.settings import RAISE_PATH, TRACK_PATH, ChatLogin, ChatSettings

__all__ = [
    "RAISE",
    "RAISE_PATH",
    "TRACK_PATH",
    "Chat",
    "ChatLogin",
    "ChatRefused",
    "ChatSettings",
    "Person",
    "RaiseRequest",
    "TrackRequest",
    "claim_of",
    "operation_of",
    "read_raise",
    "read_track",
    "reply_error",
    "reply_raise",
    "reply_track",
    "request_key",
]
