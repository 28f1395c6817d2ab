"""Control calls for Zenki: buyers, its staff, the merchant's portal, and its messages."""

from __future__ import annotations

from pydantic import Field

from providers.sandbox import acts, zenki_staff, zenki_views
from providers.sandbox.acts import Act
from providers.sandbox.control_routes import Routes
from providers.sandbox.exchange import BadRequest, Request
from providers.sandbox.world import World
from providers.sandbox.zenki_book import BookOrder


class SendWebhook(Act):
    """Send order.pay for an order now, as often and as badly signed as wanted."""

    copies: int = Field(default=1, ge=1)
    bad_signature: bool = False


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
            ("POST", "/zenki/orders/*/webhook"): self._webhook,
            ("POST", "/zenki/tokens/expire"): self._expire_tokens,
        }

    async def _book_orders(self, request: Request, _subject: str) -> object:
        batch, booked = acts.read_batch(request, zenki_staff.BookedOrder)
        zenki_staff.check_free(self._world.zenki, booked)
        if any(wanted.webhook for wanted in booked):
            self._need_webhook_url()
        kept: list[dict[str, object]] = []
        for wanted in booked:
            order = zenki_staff.book_order(self._world.zenki, wanted)
            if wanted.webhook:
                self._send_paid(order, SendWebhook(copies=1), by_knobs=True)
            kept.append({"zenki_order_id": order.id, "status": order.status})
        return kept if batch else kept[0]

    async def _show_order(self, _request: Request, subject: str) -> object:
        return zenki_views.staff_view(zenki_staff.find_order(self._world.zenki, subject))

    async def _status(self, request: Request, subject: str) -> object:
        act = acts.read(request, zenki_staff.StatusAct)
        if act.webhook:
            self._need_webhook_url()
        order = zenki_staff.move_order(self._world.zenki, subject, act)
        if act.webhook:
            self._send_paid(order, SendWebhook(copies=1), by_knobs=True)
        return zenki_views.staff_view(order)

    async def _dispute(self, request: Request, subject: str) -> object:
        act = acts.read(request, zenki_staff.ShopperDispute)
        return zenki_views.staff_view(zenki_staff.dispute(self._world.zenki, subject, act))

    async def _resolve(self, request: Request, subject: str) -> object:
        act = acts.read(request, zenki_staff.Resolution)
        return zenki_views.staff_view(zenki_staff.resolve(self._world.zenki, subject, act))

    async def _webhook(self, request: Request, subject: str) -> object:
        act = acts.read(request, SendWebhook)
        order = zenki_staff.find_order(self._world.zenki, subject)
        return {"id": self._send_paid(order, act, by_knobs=False)}

    async def _expire_tokens(self, _request: Request, _subject: str) -> object:
        self._world.zenki.tokens.expire_all()
        return {"valid": 0}

    def _send_paid(self, order: BookOrder, act: SendWebhook, *, by_knobs: bool) -> str:
        self._need_webhook_url()
        stage = self._world.stage
        document = zenki_views.order_document(stage, order, "https://api.zenki.fi", "v1.1.0")
        delivery = self._world.webhooks.send_paid(
            order.id,
            document,
            copies=stage.knobs.webhook_copies if by_knobs else act.copies,
            bad_signature=stage.knobs.webhook_bad_signature if by_knobs else act.bad_signature,
        )
        return delivery.id

    def _need_webhook_url(self) -> None:
        if self._world.stage.config.zenki_webhook_url is None:
            raise BadRequest("zenki_webhook_url isn't set, so there is nobody to tell")
