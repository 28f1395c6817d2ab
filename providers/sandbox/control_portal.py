"""Control calls for Zenki: buyers, its staff, the merchant's portal, and its messages."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable
from datetime import timedelta

from pydantic import Field, field_validator

from providers.sandbox import acts, zenki_messages, zenki_staff, zenki_views
from providers.sandbox.acts import Act
from providers.sandbox.control_routes import Routes
from providers.sandbox.exchange import BadRequest, Request
from providers.sandbox.world import World
from providers.sandbox.zenki_book import BookOrder

_DAY_S = 86_400


class SendWebhook(Act):
    """Tell of an order now, as often and as badly signed as wanted, or under another event."""

    copies: int = Field(default=1, ge=1)
    bad_signature: bool = False
    event: str | None = None


class Rotation(Act):
    """A new signing secret; the old one signs too for `overlap_s` of the providers' time."""

    secret: str | None = None
    overlap_s: int = Field(default=_DAY_S, ge=0)

    @field_validator("secret")
    @classmethod
    def _is_base64(cls, secret: str | None) -> str | None:
        try:
            base64.b64decode((secret or "").removeprefix("whsec_"), validate=True)
        except binascii.Error as error:
            raise ValueError("must be whsec_ and base64") from error
        return secret


class PortalControls:
    """Turns control requests into acts at Zenki."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> Routes:
        """Method and pattern to handler."""
        return {
            ("POST", "/zenki/orders"): self._book_orders,
            ("GET", "/zenki/orders/*"): self._show_order,
            ("POST", "/zenki/orders/*/status"): self._status,
            ("POST", "/zenki/orders/*/dispute"): self._dispute,
            ("POST", "/zenki/orders/*/resolve"): self._resolve,
            ("POST", "/zenki/orders/*/refund"): self._refund,
            ("POST", "/zenki/orders/*/claim"): self._claim,
            ("POST", "/zenki/orders/*/webhook"): self._webhook,
            ("POST", "/zenki/webhook/rotate"): self._rotate,
            ("POST", "/zenki/webhook/test"): self._test_message,
            ("POST", "/zenki/tokens/expire"): self._expire_tokens,
        }

    async def _book_orders(self, request: Request, _subject: str) -> object:
        batch, booked = acts.read_batch(request, zenki_staff.BookedOrder)
        zenki_staff.check_free(self._world.zenki, booked)
        self._check_that_messages_can_go(wanted.webhook for wanted in booked)
        kept: list[dict[str, object]] = []
        for wanted in booked:
            order = zenki_staff.book_order(self._world.zenki, wanted)
            if wanted.webhook:
                self._tell(order)
            kept.append({"zenki_order_id": order.id, "status": order.status})
        return kept if batch else kept[0]

    async def _show_order(self, _request: Request, subject: str) -> object:
        return zenki_views.staff_view(zenki_staff.find_order(self._world.zenki, subject))

    async def _status(self, request: Request, subject: str) -> object:
        act = acts.read(request, zenki_staff.StatusAct)
        self._check_that_messages_can_go([act.webhook])
        order = zenki_staff.move_order(self._world.zenki, subject, act)
        if act.webhook:
            self._tell(order)
        return zenki_views.staff_view(order)

    async def _dispute(self, request: Request, subject: str) -> object:
        act = acts.read(request, zenki_staff.ShopperDispute)
        return zenki_views.staff_view(zenki_staff.dispute(self._world.zenki, subject, act))

    async def _resolve(self, request: Request, subject: str) -> object:
        act = acts.read(request, zenki_staff.Resolution)
        return zenki_views.staff_view(zenki_staff.resolve(self._world.zenki, subject, act))

    async def _refund(self, request: Request, subject: str) -> object:
        act = acts.read(request, zenki_staff.RefundStep)
        return zenki_views.staff_view(zenki_staff.step_refund(self._world.zenki, subject, act))

    async def _claim(self, request: Request, subject: str) -> object:
        act = acts.read(request, zenki_staff.ClaimAct)
        return zenki_views.staff_view(zenki_staff.set_claim(self._world.zenki, subject, act))

    async def _webhook(self, request: Request, subject: str) -> object:
        act = acts.read(request, SendWebhook)
        order = zenki_staff.find_order(self._world.zenki, subject)
        self._check_that_messages_can_go([True])
        body = zenki_messages.told(self._world.stage, order, act.event)
        return {
            "id": self._world.webhooks.send(
                order.id, body, copies=act.copies, bad_signature=act.bad_signature
            ).id
        }

    async def _rotate(self, request: Request, _subject: str) -> object:
        act = acts.read(request, Rotation)
        overlap = timedelta(seconds=act.overlap_s)
        return {"secret": self._world.webhooks.rotate(act.secret, overlap)}

    async def _test_message(self, _request: Request, _subject: str) -> object:
        self._check_that_messages_can_go([True])
        body = zenki_messages.test_message(self._world.stage)
        return {"id": self._world.webhooks.send(None, body, copies=1, bad_signature=False).id}

    async def _expire_tokens(self, _request: Request, _subject: str) -> object:
        self._world.zenki.tokens.expire_all()
        return {"valid": 0}

    def _tell(self, order: BookOrder) -> None:
        """Tell of a paid order as often and as badly signed as the knobs say."""
        knobs = self._world.stage.knobs
        self._world.webhooks.send(
            order.id,
            zenki_messages.told(self._world.stage, order),
            copies=knobs.webhook_copies,
            bad_signature=knobs.webhook_bad_signature,
        )

    def _check_that_messages_can_go(self, wanted: Iterable[bool]) -> None:
        """Refuse before anything is changed. Raises BadRequest."""
        config = self._world.stage.config
        if not any(wanted):
            return
        if config.zenki_webhook_url is None:
            raise BadRequest("zenki_webhook_url isn't set, so there is nobody to tell")
        if self._world.stage.knobs.webhook_generation == "paid":
            zenki_messages.check_key(self._world.stage)
