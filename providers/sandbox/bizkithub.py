"""A BizKitHub host: who may call, how often, and which call goes where."""

from __future__ import annotations

from collections.abc import Callable

from providers.sandbox import bizkithub_shapes as shapes
from providers.sandbox.bizkithub_admin import NOT_FOUND, Admin
from providers.sandbox.bizkithub_complaints import Complaints
from providers.sandbox.bizkithub_errors import check_key
from providers.sandbox.bizkithub_orders import Orders, Tell
from providers.sandbox.bizkithub_ration import Ration
from providers.sandbox.bizkithub_site import SUCCESS, Site, Write
from providers.sandbox.desk import Desk
from providers.sandbox.exchange import Answer, Request, as_json
from providers.sandbox.schema import Shape
from providers.sandbox.stage import Stage

_PING = ("/ping/v1", "/api/v1/ping/v1")


class BizKitHub:
    """Answers provider calls with `answer`; staff act through `orders` and `complaints`."""

    def __init__(self, stage: Stage, tell: Tell, state: Desk | None = None) -> None:
        self._stage = stage
        self._site = Site(stage, state if state is not None else Desk())
        self.orders = Orders(self._site, tell)
        self.complaints = Complaints(self._site)
        self._admin = Admin(self._site, self.complaints)
        self._ration = Ration(stage)
        self._reads: dict[tuple[str, str], Callable[[Request], Answer]] = {
            ("GET", "/api/v1/shop/complaint/detail"): self.complaints.detail,
            ("GET", "/api/v1/shop/order/detail"): self.orders.detail,
        }
        self._writes: dict[tuple[str, str], tuple[Shape, Write]] = {
            ("POST", "/api/v1/shop/complaint/create"): (
                shapes.COMPLAINT_CREATE,
                self.complaints.create,
            ),
            ("POST", "/api/v1/shop/complaint/set-status"): (
                shapes.SET_STATUS,
                self.complaints.set_status,
            ),
            ("POST", "/api/v1/shop/order/create"): (shapes.ORDER_CREATE, self.orders.create),
            ("POST", "/api/v1/shop/order/storno"): (shapes.STORNO, self.orders.storno),
        }

    @property
    def state(self) -> Desk:
        """All that the organisation holds."""
        return self._site.state

    def reset(self) -> None:
        """Begin anew with an empty organisation."""
        self._site.state = Desk()
        self._ration.forget()
        self.forget_answers()

    def forget_answers(self) -> None:
        """Drop prepared answers after a knob has changed what they look like."""
        self.complaints.forget_answers()

    def answer(self, request: Request) -> Answer:
        """Answer one call of the public API, or of the admin's."""
        route = (request.method, request.path)
        read = self._reads.get(route)
        write = self._writes.get(route)
        if read is None and write is None:
            if request.path.startswith("/bff/"):
                return self._admin.answer(request)
            if not self._is_ping(route):
                return NOT_FOUND
        refused = check_key(request, self._stage)
        if refused is not None:
            return refused
        answer = self._ration.take() or self._served(request, read, write)
        headers = self._ration.headers()
        return answer.with_headers(headers) if headers else answer

    def _served(
        self,
        request: Request,
        read: Callable[[Request], Answer] | None,
        write: tuple[Shape, Write] | None,
    ) -> Answer:
        if read is not None:
            return read(request)
        if write is not None:
            return self._site.write(request, *write)
        return as_json(200, SUCCESS)

    def _is_ping(self, route: tuple[str, str]) -> bool:
        method, path = route
        working = self._stage.knobs.ping_path
        return method == "GET" and path in (_PING if working == "both" else (working,))
