"""A Zenki host: which call goes where, and whose token opens it."""

from __future__ import annotations

from collections.abc import Callable

from providers.sandbox import zenki_book as book
from providers.sandbox import zenki_views
from providers.sandbox.exchange import Answer, Request, as_json
from providers.sandbox.stage import Stage
from providers.sandbox.zenki_disputes import Disputes
from providers.sandbox.zenki_errors import UNAUTHORIZED, check_headers
from providers.sandbox.zenki_list import OrderList
from providers.sandbox.zenki_orders import Orders
from providers.sandbox.zenki_refunds import Refunds
from providers.sandbox.zenki_shipments import Shipments
from providers.sandbox.zenki_site import Site
from providers.sandbox.zenki_tokens import Tokens

_ORDERS = "/v1/pay/orders/"

Handler = Callable[[Request, book.BookOrder], Answer]


class Zenki:
    """Answers provider calls with `answer`; staff and shoppers act through zenki_staff."""

    def __init__(self, stage: Stage, state: book.Book | None = None) -> None:
        self._stage = stage
        self._site = Site(stage, state if state is not None else book.Book())
        self.tokens = Tokens(stage)
        self.disputes = Disputes(self._site)
        self.refunds = Refunds(self._site)
        self._orders = Orders(self._site)
        self._list = OrderList(self._site)
        self._shipments = Shipments(self._site)
        self._on_order: dict[tuple[str, str], Handler] = {
            ("GET", ""): self._orders.read,
            ("PATCH", ""): self._orders.patch,
            ("POST", "refunds"): self.refunds.create,
            ("POST", "tracking"): self._shipments.create,
        }

    @property
    def state(self) -> book.Book:
        """All that the merchant holds."""
        return self._site.state

    @property
    def partial_refund_order(self) -> book.OrderStatus:
        """What becomes of an order of which a part is paid back."""
        return self._stage.knobs.partial_refund_order

    def reset(self) -> None:
        """Begin anew with an empty book and no token."""
        self._site.state = book.Book()
        self._site.forget()
        self.tokens.expire_all()

    def forget_answers(self, order_id: str | None = None) -> None:
        """Drop prepared answers: of one order after a change, of all after a turned knob."""
        self._site.forget(order_id)

    def answer(self, request: Request) -> Answer:
        """Answer one call of the public API."""
        path = request.path
        if path.startswith("/v1/pay/"):
            return self._pay(request)
        route = (request.method, path)
        if route == ("POST", "/v1/api/disputes"):
            grant = self.tokens.find(request.bearer, "legacy")
            if grant is None:
                return UNAUTHORIZED
            return self.disputes.create(request, live=grant.live)
        if route == ("POST", "/v1/oauth/tokens"):
            return self.tokens.pay(request)
        if route == ("POST", "/auth/"):
            return self.tokens.legacy(request)
        if path in {"/v1/api/disputes", "/v1/oauth/tokens", "/auth/"}:
            return self._site.not_allowed()
        return self._site.not_found("Resource")

    def _pay(self, request: Request) -> Answer:
        grant = self.tokens.find(request.bearer, "pay")
        if grant is None:
            return self._site.error(self._stage.knobs.pay_bad_token, "The token is not valid.")
        refused = check_headers(request, self._stage)
        if refused is not None:
            return refused
        if request.path.startswith(_ORDERS):
            parts = request.path[len(_ORDERS) :].split("/")
            return self._pay_order(request, parts, live=grant.live)
        return self._pay_route(request, live=grant.live)

    def _pay_route(self, request: Request, *, live: bool) -> Answer:
        match request.method, *request.path.split("/")[3:]:
            case ("POST", "orders"):
                return self._orders.create(request, live=live)
            case ("GET", "orders"):
                if not self._stage.knobs.order_list:
                    return self._site.not_found("Resource")
                return self._list.answer(request, live=live)
            case ("GET", "me"):
                return as_json(200, zenki_views.merchant_document(self._stage, live=live))
            case ("PATCH", "escrow", order_id, "fulfillments"):
                order = self._site.order(order_id, live=live)
                if order is None:
                    return self._site.not_found("Order")
                return self._shipments.fulfil(request, order)
            case (_, "orders" | "me") | (_, "escrow", _, "fulfillments"):
                return self._site.not_allowed()
        return self._site.not_found("Resource")

    def _pay_order(self, request: Request, parts: list[str], *, live: bool) -> Answer:
        order = self._site.order(parts[0], live=live)
        if order is None:
            return self._site.not_found("Order")
        match parts[1:]:
            case [] | ["refunds"] | ["tracking"]:
                handler = self._on_order.get((request.method, "".join(parts[1:])))
                return self._site.not_allowed() if handler is None else handler(request, order)
            case ["refunds", refund_id]:
                return self.refunds.read(request, order, refund_id)
            case ["tracking", tracking_id]:
                return self._shipments.add_event(request, order, tracking_id)
            case _:
                return self._site.not_found("Resource")
