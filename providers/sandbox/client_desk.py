"""BizKitHub's staff as methods of the control client."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import cast

import httpx

from providers.sandbox.client_line import ControlLine, Document, given, segment


class DeskPeople(ControlLine):
    """What the shop's people do with orders and complaints at BizKitHub."""

    def place_order(self, order: Mapping[str, object]) -> Document:
        """Put a BizKitHub order there; returns its hash and number."""
        return self.post("/bizkithub/orders", order)

    def place_orders(self, orders: Sequence[Mapping[str, object]]) -> list[Document]:
        """Put many BizKitHub orders there."""
        return cast("list[Document]", self.call("POST", "/bizkithub/orders", list(orders)))

    def desk_order(self, order_hash: str) -> Document:
        """An order as staff see it, with its internal number."""
        return cast("Document", self.call("GET", f"/bizkithub/orders/{segment(order_hash)}"))

    def mark_order_paid(self, order_hash: str, at: datetime) -> Document:
        """Staff mark an order as paid."""
        return self.post(f"/bizkithub/orders/{segment(order_hash)}/paid", {"at": at})

    def mark_order_unpaid(self, order_hash: str, at: datetime) -> Document:
        """Staff take the mark of payment away."""
        return self.post(f"/bizkithub/orders/{segment(order_hash)}/unpaid", {"at": at})

    def cancel_order(self, order_hash: str, at: datetime, *, line: str | None = None) -> Document:
        """Staff cancel an order, or one line of it by the line's public id."""
        body = given(at=at, line=line)
        return self.post(f"/bizkithub/orders/{segment(order_hash)}/cancel", body)

    def file_complaint(
        self, *, variant: str, description: str, customer_name: str, at: datetime, **rest: object
    ) -> str:
        """Staff file a complaint; returns its id. `rest` holds order_hash, email and so on."""
        body = given(
            variant=variant,
            description=description,
            customer_name=customer_name,
            filed_at=at,
            **rest,
        )
        return str(self.post("/bizkithub/complaints", body)["id"])

    def set_complaint_status(
        self, complaint_id: str, status: str, at: datetime, message: str = ""
    ) -> Document:
        """Staff set a status."""
        path = f"/bizkithub/complaints/{segment(complaint_id)}/status"
        return self.post(path, {"status": status, "message": message, "at": at})

    def edit_complaint(self, complaint_id: str, at: datetime, **changes: object) -> Document:
        """Staff correct a complaint, note bank data or the customer's satisfaction.

        With silent=True the timeline doesn't tell.
        """
        path = f"/bizkithub/complaints/{segment(complaint_id)}/edit"
        return self.post(path, given(at=at, **changes))

    def note_on_complaint(
        self, complaint_id: str, subject: str, at: datetime, *, message: str = "", share: bool
    ) -> Document:
        """Staff write into the timeline; a shared note is mailed to the customer."""
        path = f"/bizkithub/complaints/{segment(complaint_id)}/note"
        return self.post(path, {"subject": subject, "message": message, "share": share, "at": at})

    def complaints(
        self, order_hash: str | None = None, *, only_open: bool = False
    ) -> list[Document]:
        """The desk's complaints as staff see them."""
        query = httpx.QueryParams(_query(order_hash, only_open=only_open))
        return cast("list[Document]", self.call("GET", f"/bizkithub/complaints?{query}"))


def _query(order_hash: str | None, *, only_open: bool) -> dict[str, str]:
    query = {} if order_hash is None else {"order_hash": order_hash}
    return query | {"open": "1"} if only_open else query
