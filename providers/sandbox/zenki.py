"""A Zenki host: tokens, orders, refunds and shipments, and the one call that opens a dispute."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import cast

from providers.sandbox import zenki_book as book
from providers.sandbox import zenki_disputes, zenki_views
from providers.sandbox import zenki_shapes as shapes
from providers.sandbox.codec import BadJson
from providers.sandbox.exchange import HAL_JSON, Answer, Request, as_json
from providers.sandbox.schema import Problem, Shape, check, is_kind
from providers.sandbox.stage import BASE36, HEX, Stage
from providers.sandbox.zenki_errors import (
    UNAUTHORIZED,
    check_accept,
    check_headers,
    error,
    invalid,
)
from providers.sandbox.zenki_tokens import Tokens

_ORDERS = "/v1/pay/orders/"
_DELIVERED = {"DELIVERY": "AWAITING_SHOPPER_APPROVAL", "FAILED": "SHIPMENT_ERROR"}

Document = Mapping[str, object]
Handler = Callable[[Request, book.BookOrder], Answer]


class Zenki:
    """Answers provider calls with `answer`; staff and shoppers act through zenki_staff."""

    def __init__(self, stage: Stage, state: book.Book | None = None) -> None:
        self._stage = stage
        self.state = state if state is not None else book.Book()
        self.tokens = Tokens(stage)
        self._answers: dict[tuple[str, str], Answer] = {}
        self._on_order: dict[tuple[str, str], Handler] = {
            ("GET", ""): self._order,
            ("PATCH", ""): self._patch_order,
            ("POST", "refunds"): self._refund,
            ("POST", "tracking"): self._track,
        }

    def answer(self, request: Request) -> Answer:
        """Answer one call of the public API."""
        path = request.path
        if path.startswith("/v1/pay/"):
            return self._pay(request)
        route = (request.method, path)
        if route == ("POST", "/v1/api/disputes"):
            return self._dispute(request)
        if route == ("POST", "/v1/oauth/tokens"):
            return self.tokens.pay(request)
        if route == ("POST", "/auth/"):
            return self.tokens.legacy(request)
        if path in {"/v1/api/disputes", "/v1/oauth/tokens", "/auth/"}:
            return self._not_allowed()
        return self._not_found("No such resource.")

    def forget_answers(self, order_id: str | None = None) -> None:
        """Drop prepared answers: of one order after a change, of all after a turned knob."""
        if order_id is None:
            self._answers.clear()
            return
        for key in [key for key in self._answers if key[0] == order_id]:
            del self._answers[key]

    def _not_found(self, message: str) -> Answer:
        return error(self._stage, 404, message)

    def _not_allowed(self) -> Answer:
        return error(self._stage, 405, "The method is not allowed here.")

    # /v1/pay

    def _pay(self, request: Request) -> Answer:
        if not self.tokens.valid(request.bearer, "pay"):
            return error(self._stage, self._stage.knobs.pay_bad_token, "The token is not valid.")
        return check_headers(request, self._stage) or self._pay_route(request)

    def _pay_route(self, request: Request) -> Answer:
        path = request.path
        if path.startswith(_ORDERS):
            return self._pay_order(request, path[len(_ORDERS) :].split("/"))
        match request.method, *path.split("/")[3:]:
            case ("POST", "orders"):
                return self._create_order(request)
            case ("GET", "me"):
                return self._merchant()
            case ("PATCH", "escrow", order_id, "fulfillments"):
                return self._fulfil(request, order_id)
            case (_, "orders" | "me") | (_, "escrow", _, "fulfillments"):
                return self._not_allowed()
        return self._not_found("No such resource.")

    def _pay_order(self, request: Request, parts: list[str]) -> Answer:
        order = self.state.orders.get(parts[0])
        if order is None:
            return self._not_found("Order not found.")
        match parts[1:]:
            case [] | ["refunds"] | ["tracking"]:
                handler = self._on_order.get((request.method, "".join(parts[1:])))
                return self._not_allowed() if handler is None else handler(request, order)
            case ["refunds", refund_id]:
                return self._read_refund(request, order, refund_id)
            case ["tracking", tracking_id]:
                return self._track_event(request, order, tracking_id)
            case _:
                return self._not_found("No such resource.")

    def _body(self, request: Request, shape: Shape, at: str) -> Document | Answer:
        try:
            document = request.document
        except BadJson:
            return error(self._stage, 400, "The body is not readable.")
        if isinstance(document, list) and at == "createOrderTracking" and len(document) == 1:
            document = document[0]
        if not isinstance(document, dict):
            return error(self._stage, 400, "The body must be an object.")
        problems = check(document, shape, extra=self._stage.knobs.unknown_fields)
        return invalid(self._stage, at, problems) if problems else document

    def _as_order(self, status: int, order: book.BookOrder, request: Request) -> Answer:
        document = zenki_views.order_document(self._stage, order, _base(request))
        return as_json(status, document, committed=status != 200, content_type=HAL_JSON)  # noqa: PLR2004

    def _merchant(self) -> Answer:
        client = self._stage.config.zenki_client_id
        merchant = {
            "merchantInfo": {
                "commercialName": "Sandbox shop",
                "legalName": "Sandbox shop s.r.o.",
                "accountType": "ENTITY",
                "kycStatus": "APPROVED",
                "integrationStatus": "COMPLETED",
            },
            "integrationConfig": {"plugins": [{"name": "sandbox", "clientId": client}]},
            "cryptoLovePercentage": 0,
            "cryptoAssets": [{"currency": "ETH", "active": True}],
            "escrowConfig": {
                "orderType": "WITH_CARRIER",
                "shopperNotification": 24,
                "timeWaitToApproval": 48,
            },
        }
        return as_json(200, merchant)

    def _order(self, request: Request, order: book.BookOrder) -> Answer:
        key = (order.id, request.header(b"host") or "" if order.refunds else "")
        ready = self._answers.get(key)
        if ready is None:
            ready = self._as_order(200, order, request)
            self._answers[key] = ready
        return ready

    def _create_order(self, request: Request) -> Answer:
        body = self._body(request, shapes.CREATE_ORDER, "createOrder")
        if isinstance(body, Answer):
            return body
        problems = _problems_of_order(body)
        if problems:
            return invalid(self._stage, "createOrder", problems)
        breakdown = cast("dict[str, object]", body["breakdown"])
        order = book.BookOrder(
            id=self._stage.fresh_id(32, HEX, self.state.orders),
            merchant_order_id=cast("str | None", body.get("orderId")),
            cart_id=cast("str | None", body.get("cartId")),
            goods=cast("book.Goods", body["type"]),
            country=str(body["countryCodeIso2"]),
            status="PENDING",
            created_at=self._stage.clock.now(),
            shopper=cast("dict[str, str | None] | None", body.get("shopper")),
            currency=str(breakdown["currencyCodeIso3"]),
            grand_total=Decimal(cast("int | Decimal", breakdown["grandTotalAmount"])),
            breakdown=breakdown,
            items=cast("list[dict[str, object]]", body["items"]),
            metadata=cast("dict[str, str] | None", body.get("metadata")),
        )
        self.state.orders[order.id] = order
        return self._as_order(201, order, request)

    def _patch_order(self, request: Request, order: book.BookOrder) -> Answer:
        body = self._body(request, shapes.PATCH_ORDER, "updateOrder")
        if isinstance(body, Answer):
            return body
        if "orderId" in body:
            order.merchant_order_id = str(body["orderId"])
        if "cartId" in body:
            order.cart_id = str(body["cartId"])
        if "shopper" in body:
            shopper = cast("dict[str, str | None]", body["shopper"])
            order.shopper = (order.shopper or {}) | {"id": shopper["id"]}
        if "metadata" in body:
            order.metadata = cast("dict[str, str]", body["metadata"])
        self.forget_answers(order.id)
        return self._as_order(201, order, request)

    def _fulfil(self, request: Request, order_id: str) -> Answer:
        order = self.state.orders.get(order_id)
        if order is None:
            return self._not_found("Order not found.")
        if order.goods == "WITH_CARRIER" or order.status not in book.SHIPPABLE:
            return error(self._stage, 400, "The order has no service to be delivered.")
        order.status = "DELIVERED_SERVICE"
        self.forget_answers(order.id)
        return self._as_order(201, order, request)

    # Refunds

    def _refund(self, request: Request, order: book.BookOrder) -> Answer:
        body = self._body(request, shapes.REFUND, "createRefund")
        if isinstance(body, Answer):
            return body
        again = bool(order.refunds) or order.status == "REFUNDED"
        if again and self._stage.knobs.second_refund == "400":
            return error(self._stage, 400, "The order is already refunded or has a refund.")
        if not again and order.status not in book.REFUNDABLE:
            return error(self._stage, 400, "The order is not in a state that can be refunded.")
        if again:
            self.state.duplicates += 1
        taken = [refund.id for refund in order.refunds]
        refund = book.Refund(
            self._stage.fresh_id(12, HEX, taken), str(body["reason"]), self._stage.clock.now()
        )
        order.refunds.append(refund)
        document = zenki_views.refund_document(self._stage, order, refund)
        if self._stage.knobs.refund_settles == "now":
            book.settle_refunds(order)
        self.forget_answers(order.id)
        return as_json(201, document, committed=True)

    def _read_refund(self, request: Request, order: book.BookOrder, refund_id: str) -> Answer:
        if request.method != "GET":
            return self._not_allowed()
        for refund in order.refunds:
            if refund.id == refund_id:
                # Documented as 201 although it is a read.
                return as_json(201, zenki_views.refund_document(self._stage, order, refund))
        return self._not_found("Refund not found.")

    # Shipments

    def _track(self, request: Request, order: book.BookOrder) -> Answer:
        body = self._body(request, shapes.TRACKING, "createOrderTracking")
        if isinstance(body, Answer):
            return body
        needed = "trackingId" if body["courierType"] == "EXTERNAL" else "courierName"
        if not body.get(needed):
            problem = Problem(f"/{needed}", "Required property", missing=True)
            return invalid(self._stage, "createOrderTracking", [problem])
        if order.status not in book.SHIPPABLE:
            return error(self._stage, 400, "The order is not in a state that can be shipped.")
        tracking = book.Tracking(
            id=self._stage.fresh_id(12, HEX),
            courier_type=str(body["courierType"]),
            tracking_id=cast("str | None", body.get("trackingId")),
            courier_name=cast("str | None", body.get("courierName")),
        )
        order.trackings.append(tracking)
        order.status = "SHIPPED"
        self.forget_answers(order.id)
        return as_json(201, zenki_views.tracking_document(tracking), committed=True)

    def _track_event(self, request: Request, order: book.BookOrder, tracking_id: str) -> Answer:
        if request.method != "PATCH":
            return self._not_allowed()
        body = self._body(request, shapes.TRACKING_EVENT, "updateOrderTracking")
        if isinstance(body, Answer):
            return body
        for tracking in order.trackings:
            if tracking.id == tracking_id:
                status = str(body["status"])
                tracking.events.append(
                    book.TrackingEvent(
                        status,
                        str(body["location"]),
                        str(body["description"]),
                        self._stage.clock.now(),
                    )
                )
                if order.status in book.SHIPPABLE and status in _DELIVERED:
                    order.status = cast("book.OrderStatus", _DELIVERED[status])
                self.forget_answers(order.id)
                answer = zenki_views.tracking_events(self._stage, tracking)
                return as_json(201, answer, committed=True)
        return self._not_found("Tracking not found.")

    # Disputes

    def _dispute(self, request: Request) -> Answer:
        if not self.tokens.valid(request.bearer, "legacy"):
            return UNAUTHORIZED
        filing = check_accept(request, self._stage) or zenki_disputes.read(request, self._stage)
        if isinstance(filing, Answer):
            return filing
        order = self.state.orders.get(filing.order_id)
        if order is None:
            return self._not_found("Order not found.")
        if order.dispute is not None or order.status in {"DISPUTED", "REFUNDED"}:
            return self._repeat_dispute(order, filing)
        if not self.disputable(order):
            return error(self._stage, 400, "The order is not in a state that can be disputed.")
        return self._open_dispute(order, filing)

    def disputable(self, order: book.BookOrder) -> bool:
        """Whether a first dispute may be opened on the order."""
        if order.status == "COMPLETED":
            return self._stage.knobs.completed_allows_dispute
        return order.status in book.DISPUTABLE

    def _repeat_dispute(self, order: book.BookOrder, filing: zenki_disputes.Filing) -> Answer:
        choice = self._stage.knobs.repeat_dispute
        if choice == "create":
            self.state.duplicates += 1
            return self._open_dispute(order, filing)
        if choice == "same_id" and order.dispute is not None:
            return self._disputed(order, order.dispute, committed=False)
        status = 400 if choice == "400" else 409
        return error(self._stage, status, "The order already has a dispute.")

    def _open_dispute(self, order: book.BookOrder, filing: zenki_disputes.Filing) -> Answer:
        dispute = book.Dispute(
            id=self.fresh_dispute_id(),
            title=filing.title,
            description=filing.description,
            created_at=self._stage.clock.now(),
            created_by="api",
            attachments=filing.attachments,
        )
        book.open_dispute(order, dispute)
        self.forget_answers(order.id)
        return self._disputed(order, dispute, committed=True)

    def fresh_dispute_id(self) -> str:
        """An id such as cnv_t9f6v3u."""
        return "cnv_" + self._stage.fresh_id(7, BASE36)

    def _disputed(self, order: book.BookOrder, dispute: book.Dispute, *, committed: bool) -> Answer:
        document = {
            "orderId": order.id,
            "status": order.status,
            "dispute": {"disputeId": dispute.id, "OrderDisputeEnum": dispute.status},
        }
        return as_json(self._stage.knobs.dispute_success, document, committed=committed)


def _base(request: Request) -> str:
    return f"http://{request.header(b'host') or 'localhost'}/zenki"


def _problems_of_order(body: Document) -> list[Problem]:
    problems: list[Problem] = []
    if not body.get("orderId") and not body.get("cartId"):
        problems.append(Problem("/orderId", "Required property", missing=True))
    if not body["items"]:
        problems.append(Problem("/items", "Must not be empty"))
    charges = cast("Document", body["breakdown"]).get("additionalCharges", {})
    problems.extend(
        Problem(f"/breakdown/additionalCharges/{name}", "Expected number")
        for name, amount in cast("Document", charges).items()
        if not is_kind(amount, "number")
    )
    problems.extend(
        Problem(f"/metadata/{name}", "Expected string")
        for name, value in cast("Document", body.get("metadata", {})).items()
        if not isinstance(value, str)
    )
    return problems
