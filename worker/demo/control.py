"""The sandbox's control API: what customers, staffs and time do there.

Everything that a demo makes happen in the outside world goes through here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, time
from typing import Any

import httpx

from worker.demo.world import Case, Order, Place

_BATCH = 400
_VARIANT = "reklamace"
_ZENKI_NAME_LENGTH = 128
_CHAT_TRIES = 3


class SandboxRefused(Exception):
    """The sandbox says that this can't happen.  The text is its own sentence."""


class Control:
    """Speaks the control API over one client whose base URL is the sandbox's."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client

    def _ask(self, method: str, path: str, **options: Any) -> Any:  # noqa: ANN401 - JSON
        answer = self._client.request(method, f"/_sim{path}", **options)
        if answer.is_error:
            raise SandboxRefused(f"{method} {path}: {answer.status_code} {answer.text[:300]}")
        return answer.json() if answer.content else None

    def set_clock(self, now: datetime) -> None:
        """Set the providers' time."""
        self._ask("POST", "/clock", json={"now": _iso(now)})

    def place_desk_orders(self, orders: Sequence[Order], place: Place) -> None:
        """Let orders exist at BizKitHub."""
        for start in range(0, len(orders), _BATCH):
            batch = [_desk_order(order, place) for order in orders[start : start + _BATCH]]
            self._ask("POST", "/bizkithub/orders", json=batch)

    def place_zenki_orders(self, orders: Iterable[Order], place: Place) -> None:
        """Let orders be paid through Zenki, which calls the shop's webhook for each."""
        batch = [_zenki_order(order, place) for order in orders]
        if batch:
            self._ask("POST", "/zenki/orders", json=batch)

    def file_at_desk(self, case: Case, order: Order, place: Place) -> str:
        """Staff write a complaint down at BizKitHub.  Returns its id there."""
        customer = order.row.customer
        body = {
            "variant": _VARIANT,
            "order_hash": order.hash,
            "order_number": order.number,
            "description": case.text,
            "customer_name": f"{customer.first_name} {customer.last_name}",
            "email": customer.email,
            "price": str(order.row.total),
            "currency": place.currency,
            "filed_at": _iso(case.filed_at),
        }
        return str(self._ask("POST", "/bizkithub/complaints", json=body)["id"])

    def set_desk_status(self, complaint: str, status: str, at: datetime) -> None:
        """Staff set a status at BizKitHub."""
        body = {"status": status, "at": _iso(at)}
        self._ask("POST", f"/bizkithub/complaints/{complaint}/status", json=body)

    def desk_complaints(self, order_hash: str) -> list[Mapping[str, Any]]:
        """What the desk's staff see of an order's complaints, the oldest first."""
        return list(self._ask("GET", "/bizkithub/complaints", params={"order_hash": order_hash}))

    def open_dispute(self, zenki_id: str, case: Case, at: datetime) -> None:
        """The shopper opens a dispute at Zenki."""
        body = {"title": case.title, "description": case.text, "at": _iso(at)}
        self._ask("POST", f"/zenki/orders/{zenki_id}/dispute", json=body)

    def decide_dispute(self, zenki_id: str, decision: str, at: datetime) -> None:
        """Zenki's staff move a dispute."""
        body = {"decision": decision, "at": _iso(at)}
        self._ask("POST", f"/zenki/orders/{zenki_id}/resolve", json=body)

    def settle(self, zenki_id: str, at: datetime) -> None:
        """Zenki pays an order out to the shop."""
        body = {"status": "SETTLED", "at": _iso(at)}
        self._ask("POST", f"/zenki/orders/{zenki_id}/status", json=body)

    def zenki_order(self, zenki_id: str) -> Mapping[str, Any]:
        """What Zenki's staff see of an order."""
        order: Mapping[str, Any] = self._ask("GET", f"/zenki/orders/{zenki_id}")
        return order

    def raise_in_chat(self, case: Case, order: Order, place: Place) -> str:
        """A customer complains to the bot.  Returns the number that Redress answered."""
        customer = order.row.customer
        body = {
            "uid": case.uid,
            "channel": "TELEGRAM",
            "first_name": customer.first_name,
            "last_name": customer.last_name,
            "order_id": order.number,
            "text": case.text,
            "category": "product-related",
            "language": place.locale,
        }
        for _ in range(_CHAT_TRIES):
            # A person whose message got no answer says it again.
            answer = self._ask("POST", "/chat/raise", json=body)
            if answer.get("complaint_id"):
                return str(answer["complaint_id"])
        raise SandboxRefused(f"the chat got no number, only {answer}")

    def world(self) -> dict[str, Any]:
        """The whole final state of all providers."""
        world: dict[str, Any] = self._ask("GET", "/world")
        return world


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _desk_order(order: Order, place: Place) -> dict[str, object]:
    row = order.row
    return {
        "hash": order.hash,
        "number": order.number,
        "email": row.customer.email,
        "first_name": row.customer.first_name,
        "last_name": row.customer.last_name,
        "items": [
            {"label": line.label, "price": str(line.price), "count": line.count}
            for line in row.lines
        ],
        "price": str(row.total),
        "currency": place.currency,
        "locale": place.locale,
        "paid": True,
        "inserted_at": _iso(row.purchased_at),
    }


def _zenki_order(order: Order, place: Place) -> dict[str, object]:
    row = order.row
    paid = order.paid
    if paid is None:
        raise ValueError(f"order {order.number} isn't paid through Zenki")
    return {
        "zenki_order_id": paid.id,
        "merchant_order_id": order.number,
        "email": row.customer.email,
        "name": f"{row.customer.first_name} {row.customer.last_name}",
        "items": [
            {
                "name": line.label[:_ZENKI_NAME_LENGTH],
                "quantity": line.count,
                "unit_price": str(line.price),
            }
            for line in row.lines
        ],
        "grand_total": str(row.total),
        "currency": place.currency,
        "country": place.country,
        "status": paid.status,
        "created_at": _iso(min(row.purchased_at, place.at(order.known_on, time(7, 0)))),
        "webhook": True,
    }
