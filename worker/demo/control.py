"""What customers, staffs and time do, in the words of the sandbox's control API.

Everything that a demo makes happen in the outside world goes through here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import time
from time import monotonic, sleep

from providers.sandbox.client import ControlRefused, SandboxControl
from worker.demo.trouble import CALM, Trouble
from worker.demo.world import Case, Order, PaidOrder, Place

Document = dict[str, object]

_BATCH = 400
_VARIANT = "reklamace"
_NAME_LENGTH = 128
_CHAT_TRIES = 3
_PAUSE_SECONDS = 0.5
_PAID_AT = time(7, 0)


class Control:
    """Plays people by their plan; raises ControlRefused when a provider doesn't let them."""

    def __init__(
        self,
        sandbox: SandboxControl,
        place: Place,
        trouble: Trouble = CALM,
        patience_seconds: float = 0.0,
    ) -> None:
        """``patience_seconds``: for so long people say again what got no answer at all."""
        self._patience = patience_seconds
        self.sandbox = sandbox
        self._place = place
        self._trouble = trouble

    def place_desk_orders(self, orders: Sequence[Order]) -> None:
        """Let orders exist at BizKitHub."""
        for start in range(0, len(orders), _BATCH):
            batch = orders[start : start + _BATCH]
            self.sandbox.place_orders([self._desk_order(order) for order in batch])

    def place_zenki_orders(self, orders: Iterable[Order]) -> None:
        """Let those of the orders that are paid through Zenki be paid; it tells the shop."""
        batch = [self._zenki_order(order, order.paid) for order in orders if order.paid]
        if batch:
            self.sandbox.book_orders(batch)

    def file_at_desk(self, case: Case, order: Order) -> str:
        """Staff write a complaint down at BizKitHub.  Returns its id there."""
        customer = order.row.customer
        return self.sandbox.file_complaint(
            variant=_VARIANT,
            description=case.text,
            customer_name=customer.name,
            at=case.filed_at,
            order_hash=order.hash,
            order_number=order.number,
            email=customer.email,
            price=order.row.total,
            currency=self._place.currency,
        )

    def raise_in_chat(self, case: Case, order: Order) -> None:
        """A customer complains to the bot and gets a number."""
        customer = order.row.customer
        tries, until = 0, monotonic() + self._patience
        while tries < _CHAT_TRIES or monotonic() < until:
            # A person whose message got no answer says it again.
            if tries >= _CHAT_TRIES:
                sleep(_PAUSE_SECONDS)
            tries += 1
            answer = self.sandbox.raise_in_chat(
                case.uid,
                case.text,
                first_name=customer.first_name,
                last_name=customer.last_name,
                order_id=order.number,
                language=self._place.locale,
                copies=2 if self._trouble.strikes("chat", case.key) else 1,
                at_once=True,
            )
            if answer["complaint_id"]:
                return
        raise ControlRefused(f"the chat got no number, only status {answer['status']}")

    def _desk_order(self, order: Order) -> Document:
        row = order.row
        return {
            "hash": order.hash,
            "number": order.number,
            "email": row.customer.email,
            "first_name": row.customer.first_name,
            "last_name": row.customer.last_name,
            "items": [
                {"label": line.label, "price": line.price, "count": line.count}
                for line in row.lines
            ],
            "price": row.total,
            "currency": self._place.currency,
            "locale": self._place.locale,
            "paid": True,
            "inserted_at": row.purchased_at,
        }

    def _zenki_order(self, order: Order, paid: PaidOrder) -> Document:
        row = order.row
        return {
            "zenki_order_id": paid.id,
            "merchant_order_id": order.number,
            "email": row.customer.email,
            "name": row.customer.name,
            "items": [
                {
                    "name": line.label[:_NAME_LENGTH],
                    "quantity": line.count,
                    "unit_price": line.price,
                }
                for line in row.lines
            ],
            "grand_total": row.total,
            "currency": self._place.currency,
            "country": self._place.country,
            "status": paid.status,
            "created_at": self._place.at(order.known_on, _PAID_AT),
            "webhook": not self._trouble.strikes("webhook", order.id),
        }
