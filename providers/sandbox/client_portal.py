"""Zenki's buyers, staff and portal as methods of the control client."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import cast

from providers.sandbox.client_line import ControlLine, Document, given, segment


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

    def resolve(
        self, order_id: str, decision: str, at: datetime, *, amount: Decimal | int | None = None
    ) -> Document:
        """Zenki's staff decide, or the merchant presses a portal button.

        With REFUND staff may set the amount that the shopper gets.
        """
        body = given(decision=decision, at=at, amount=amount)
        return self.post(f"/zenki/orders/{segment(order_id)}/resolve", body)

    def step_refund(
        self, order_id: str, status: str, at: datetime, *, refund_id: str | None = None
    ) -> Document:
        """Move a refund on, the latest without an id: AWAITING_REFUND, REFUNDED or FAILED."""
        body = given(status=status, at=at, refund_id=refund_id)
        return self.post(f"/zenki/orders/{segment(order_id)}/refund", body)

    def set_claim(
        self, order_id: str, status: str, at: datetime, *, reason: str | None = None
    ) -> Document:
        """Put a claim on the order's payment, or decide it."""
        body = given(status=status, at=at, reason=reason)
        return self.post(f"/zenki/orders/{segment(order_id)}/claim", body)

    def send_webhook(
        self,
        order_id: str,
        *,
        copies: int = 1,
        bad_signature: bool = False,
        event: str | None = None,
    ) -> str:
        """Tell of an order now; returns the message's id."""
        body = given(copies=copies, bad_signature=bad_signature, event=event)
        return str(self.post(f"/zenki/orders/{segment(order_id)}/webhook", body)["id"])

    def send_test_webhook(self) -> str:
        """Press the portal's test button: a message of an order that isn't there."""
        return str(self.post("/zenki/webhook/test", {})["id"])

    def rotate_webhook_secret(
        self, secret: str | None = None, *, overlap_s: int | None = None
    ) -> str:
        """Sign with a new secret, which is returned; for a day the old one signs too."""
        body = given(secret=secret, overlap_s=overlap_s)
        return str(self.post("/zenki/webhook/rotate", body)["secret"])

    def expire_tokens(self) -> None:
        """End every Zenki token now."""
        self.call("POST", "/zenki/tokens/expire")
