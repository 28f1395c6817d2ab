"""People in the chat as methods of the control client."""

from __future__ import annotations

from datetime import datetime
from typing import cast

from providers.sandbox.client_line import ControlLine, Document, segment


class ChatPeople(ControlLine):
    """What a person says to the bot, which then calls our receiver.

    `rest` takes every member of chat_body.Caller, among them `variant`, the name of a deviation.
    """

    def raise_in_chat(self, uid: str | int | None, text: str | None, **rest: object) -> Document:
        """A person complains in the chat; returns status, complaint_id and body of the reply.

        Of copies and repeats `statuses` has all, and `numbers` the distinct numbers promised.
        """
        return self.post("/chat/raise", {"uid": uid, "text": text, **rest})

    def track_in_chat(self, uid: str, complaint_id: str | int, **rest: object) -> Document:
        """A person asks in the chat how a complaint stands; returns status and text."""
        return self.post("/chat/track", {"uid": uid, "complaint_id": complaint_id, **rest})

    def ask_in_chat(self, uid: str, question: str, order_id: object, **rest: object) -> Document:
        """A person asks about an order; `question` is the last part of the path, as cancelOrder."""
        body = {"uid": uid, "question": question, "order_id": order_id, **rest}
        return self.post("/chat/ask", body)

    def chat_variants(self) -> list[Document]:
        """The deviations that can be asked for by name, each with its mark."""
        return cast("list[Document]", self.call("GET", "/chat/variants"))

    def check_chat_contract(self, **people: object) -> Document:
        """Hold the receiver to the sheet's expectations; returns passed, and the rows."""
        return self.post("/chat/contract", people)

    def move_hosted_complaint(self, number: str, state: str, at: datetime) -> Document:
        """The hosting middleware's people set a complaint's state."""
        path = f"/chat/complaints/{segment(number)}/status"
        return self.post(path, {"state": state, "at": at})
