"""Zenki's buyers, staff and portal as methods of the control client."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import cast

from providers.sandbox.client_line import ControlLine, Document, segment


class PortalPeople(ControlLine):
    """What buyers, Zenki's staff and the merchant's own people do in shop and portal."""

    def book_order(self, order: Mapping[str, object]) -> Document:
        """Put a Zenki order there; with webhook true the receiver is told that it is paid."""
        return self.post("/zenki/orders", order)

    def book_orders(self, orders: Sequence[Mapping[str, object]]) -> list[Document]:
        """Put many Zenki orders there."""
        return cast("list[Document]", self.call("POST", "/zenki/orders", list(orders)))

    def zenki_order(self, order_id: str) -> Document:
        """An order as the portal shows it."""
        return cast("Document", self.call("GET", f"/zenki/orders/{segment(order_id)}"))

    def move_zenki_order(
        self, order_id: str, status: str, at: datetime, *, webhook: bool = False
    ) -> Document:
        """Set an order's status."""
        body = {"status": status, "at": at, "webhook": webhook}
        return self.post(f"/zenki/orders/{segment(order_id)}/status", body)

    def open_dispute(self, order_id: str, title: str, description: str, at: datetime) -> Document:
        """A shopper opens a dispute in the portal."""
        body = {"title": title, "description": description, "at": at}
        return self.post(f"/zenki/orders/{segment(order_id)}/dispute", body)

    def resolve(self, order_id: str, decision: str, at: datetime) -> Document:
        """Zenki's staff decide, or the merchant presses a portal button."""
        body = {"decision": decision, "at": at}
        return self.post(f"/zenki/orders/{segment(order_id)}/resolve", body)

    def send_webhook(self, order_id: str, *, copies: int = 1, bad_signature: bool = False) -> str:
        """Send order.pay for an order; returns the message's id."""
        body = {"copies": copies, "bad_signature": bad_signature}
        return str(self.post(f"/zenki/orders/{segment(order_id)}/webhook", body)["id"])

    def expire_tokens(self) -> None:
        """End every Zenki token now."""
        self.call("POST", "/zenki/tokens/expire")
