"""People in the chat as methods of the control client."""

from __future__ import annotations

from providers.sandbox.client_line import ControlLine, Document


class ChatPeople(ControlLine):
    """What a person says to the bot, which then calls our receiver."""

    def raise_in_chat(self, uid: str, text: str | None, **rest: object) -> Document:
        """A person complains in the chat; returns status, complaint_id and body of the reply."""
        return self.post("/chat/raise", {"uid": uid, "text": text, **rest})

    def track_in_chat(self, uid: str, complaint_id: str, **rest: object) -> Document:
        """A person asks in the chat how a complaint stands; returns status and text."""
        return self.post("/chat/track", {"uid": uid, "complaint_id": complaint_id, **rest})
