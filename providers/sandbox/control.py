"""The control API under /_sim: what people, time and the network do, and a look at everything."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar

from pydantic import AwareDatetime, BaseModel, Field, ValidationError

from providers.sandbox import bizkithub_staff, chat, codec, desk_views, zenki_staff, zenki_views
from providers.sandbox.bizkithub_staff import Act
from providers.sandbox.clock import iso
from providers.sandbox.config import Knobs, SandboxConfig
from providers.sandbox.exchange import Answer, BadRequest, Request, as_json
from providers.sandbox.faults import Fault
from providers.sandbox.world import World
from providers.sandbox.zenki_book import BookOrder

Model = TypeVar("Model", bound=BaseModel)
Handler = Callable[[Request, str], Awaitable[object]]


class SetClock(Act):
    """What time it is at the providers from now on."""

    now: AwareDatetime


class SendWebhook(Act):
    """Send order.pay for an order now, as often and as badly signed as wanted."""

    copies: int = Field(default=1, ge=1)
    bad_signature: bool = False


class Control:
    """Turns control requests into acts on the world."""

    def __init__(self, world: World) -> None:
        self._world = world
        # A star stands for one path segment, which the handler is given.
        self._routes: dict[tuple[str, str], Handler] = {
            ("POST", "/clock"): self._clock,
            ("POST", "/reset"): self._reset,
            ("POST", "/faults"): self._add_fault,
            ("GET", "/faults"): self._list_faults,
            ("DELETE", "/faults"): self._clear_faults,
            ("GET", "/hanging"): self._list_hanging,
            ("POST", "/knobs"): self._turn_knobs,
            ("GET", "/knobs"): self._list_knobs,
            ("GET", "/world"): self._show_world,
            ("GET", "/duplicates"): self._show_duplicates,
            ("POST", "/bizkithub/orders"): self._place_orders,
            ("POST", "/bizkithub/complaints"): self._file_complaint,
            ("GET", "/bizkithub/complaints"): self._list_complaints,
            ("POST", "/bizkithub/complaints/*/status"): self._complaint_status,
            ("POST", "/bizkithub/complaints/*/edit"): self._complaint_edit,
            ("POST", "/zenki/orders"): self._book_orders,
            ("GET", "/zenki/orders/*"): self._show_zenki_order,
            ("POST", "/zenki/orders/*/status"): self._zenki_status,
            ("POST", "/zenki/orders/*/dispute"): self._zenki_dispute,
            ("POST", "/zenki/orders/*/resolve"): self._zenki_resolve,
            ("POST", "/zenki/orders/*/webhook"): self._zenki_webhook,
            ("POST", "/zenki/tokens/expire"): self._expire_tokens,
            ("POST", "/chat/raise"): self._chat_raise,
            ("POST", "/chat/track"): self._chat_track,
        }

    async def answer(self, request: Request) -> Answer:
        """Answer a control request; nonsense gets a 400 with a sentence."""
        found = self._find(request)
        if found is None:
            return as_json(404, {"error": f"there is no control {request.method} {request.path}"})
        handler, subject = found
        try:
            return as_json(200, await handler(request, subject))
        except BadRequest as problem:
            return as_json(400, {"error": str(problem)})

    def _find(self, request: Request) -> tuple[Handler, str] | None:
        handler = self._routes.get((request.method, request.path))
        if handler is not None:
            return handler, ""
        parts = request.path.split("/")
        if len(parts) < 4:  # noqa: PLR2004  # "", account, noun, subject
            return None
        pattern = "/".join([*parts[:3], "*", *parts[4:]])
        handler = self._routes.get((request.method, pattern))
        return None if handler is None else (handler, parts[3])

    # Time, network, settings

    async def _clock(self, request: Request, _subject: str) -> object:
        act = _read(request, SetClock)
        self._world.stage.clock.set(act.now)
        return {"now": iso(self._world.stage.clock.now())}

    async def _reset(self, _request: Request, _subject: str) -> object:
        self._world.reset()
        return self._world.duplicates()

    async def _add_fault(self, request: Request, _subject: str) -> object:
        self._world.faults.add(_read(request, Fault))
        return {"waiting": len(self._world.faults.waiting)}

    async def _list_faults(self, _request: Request, _subject: str) -> object:
        return [fault.model_dump(mode="json") for fault in self._world.faults.waiting]

    async def _list_hanging(self, _request: Request, _subject: str) -> object:
        now = time.monotonic()
        return [
            {"path": path, "milliseconds_left": round((until - now) * 1000)}
            for path, until in self._world.hanging.values()
        ]

    async def _clear_faults(self, _request: Request, _subject: str) -> object:
        self._world.faults.clear()
        return {"waiting": 0}

    async def _turn_knobs(self, request: Request, _subject: str) -> object:
        wanted = _document(request)
        if not isinstance(wanted, dict):
            raise BadRequest("knobs are given as an object of names and values")
        config = self._world.stage.config
        settings = {name: value for name, value in wanted.items() if name not in Knobs.model_fields}
        knobs = {name: value for name, value in wanted.items() if name in Knobs.model_fields}
        turned = config.knobs.model_dump() | knobs
        self._world.stage.config = _validated(
            SandboxConfig, config.model_dump() | settings | {"knobs": turned}
        )
        self._world.bizkithub.forget_answers()
        self._world.zenki.forget_answers()
        return await self._list_knobs(request, "")

    async def _list_knobs(self, _request: Request, _subject: str) -> object:
        return self._world.stage.knobs.model_dump(mode="json")

    async def _show_world(self, _request: Request, _subject: str) -> object:
        return self._world.view()

    async def _show_duplicates(self, _request: Request, _subject: str) -> object:
        return self._world.duplicates()

    # BizKitHub

    async def _place_orders(self, request: Request, _subject: str) -> object:
        batch, placed = _read_batch(request, bizkithub_staff.PlacedOrder)
        bizkithub_staff.check_free(self._world.bizkithub, placed)
        kept = [bizkithub_staff.place_order(self._world.bizkithub, order) for order in placed]
        return kept if batch else kept[0]

    async def _file_complaint(self, request: Request, _subject: str) -> object:
        filed = _read(request, bizkithub_staff.FiledComplaint)
        variants = self._world.stage.config.variants
        return {"id": bizkithub_staff.file_complaint(self._world.bizkithub, filed, variants)}

    async def _list_complaints(self, request: Request, _subject: str) -> object:
        found = bizkithub_staff.find_complaints(
            self._world.bizkithub,
            request.query.get("order_hash"),
            only_open=request.query.get("open") == "1",
        )
        return [desk_views.staff_view(complaint) for complaint in found]

    async def _complaint_status(self, request: Request, subject: str) -> object:
        act = _read(request, bizkithub_staff.StatusAct)
        complaint = bizkithub_staff.act_on_status(self._world.bizkithub, subject, act)
        return desk_views.staff_view(complaint)

    async def _complaint_edit(self, request: Request, subject: str) -> object:
        act = _read(request, bizkithub_staff.Edit)
        return desk_views.staff_view(bizkithub_staff.edit(self._world.bizkithub, subject, act))

    # Zenki

    async def _book_orders(self, request: Request, _subject: str) -> object:
        batch, booked = _read_batch(request, zenki_staff.BookedOrder)
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

    async def _show_zenki_order(self, _request: Request, subject: str) -> object:
        return zenki_views.staff_view(zenki_staff.find_order(self._world.zenki, subject))

    async def _zenki_status(self, request: Request, subject: str) -> object:
        act = _read(request, zenki_staff.StatusAct)
        if act.webhook:
            self._need_webhook_url()
        order = zenki_staff.move_order(self._world.zenki, subject, act)
        if act.webhook:
            self._send_paid(order, SendWebhook(copies=1), by_knobs=True)
        return zenki_views.staff_view(order)

    async def _zenki_dispute(self, request: Request, subject: str) -> object:
        act = _read(request, zenki_staff.ShopperDispute)
        return zenki_views.staff_view(zenki_staff.dispute(self._world.zenki, subject, act))

    async def _zenki_resolve(self, request: Request, subject: str) -> object:
        act = _read(request, zenki_staff.Resolution)
        return zenki_views.staff_view(zenki_staff.resolve(self._world.zenki, subject, act))

    async def _zenki_webhook(self, request: Request, subject: str) -> object:
        act = _read(request, SendWebhook)
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

    # Chat

    async def _chat_raise(self, request: Request, _subject: str) -> object:
        return await self._world.chat.raise_complaint(_read(request, chat.Raise))

    async def _chat_track(self, request: Request, _subject: str) -> object:
        return await self._world.chat.track(_read(request, chat.Track))


def _document(request: Request) -> object:
    try:
        return request.document
    except codec.BadJson as problem:
        raise BadRequest(f"the body is no JSON: {problem}") from problem


def _read(request: Request, model: type[Model]) -> Model:
    return _validated(model, _document(request))


def _read_batch(request: Request, model: type[Model]) -> tuple[bool, list[Model]]:
    """One document or a list of them, and which of the two it was."""
    document = _document(request)
    if isinstance(document, list):
        return True, [_validated(model, one) for one in document]
    return False, [_validated(model, document)]


def _validated(model: type[Model], document: object | Mapping[str, object]) -> Model:
    try:
        return model.model_validate(document)
    except ValidationError as problem:
        first = problem.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the body"
        raise BadRequest(f"{where}: {first['msg']}") from problem
