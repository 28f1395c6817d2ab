"""A BizKitHub host: the public calls for orders and complaints, and what the desk's people do."""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import cast

from providers.sandbox import bizkithub_shapes as shapes
from providers.sandbox import codec, desk, desk_views
from providers.sandbox.bizkithub_errors import check_key, error, invalid, not_json
from providers.sandbox.codec import BadJson
from providers.sandbox.exchange import TEXT, Answer, Request, as_json
from providers.sandbox.schema import Problem, Shape, check
from providers.sandbox.stage import ALNUM, Stage

_BLOCK_S = 600.0
_LOCAL_ADDRESSES = frozenset({"", "::1", "0.0.0.0", "localhost"})  # noqa: S104  # nothing is bound
_SUCCESS = {"success": True}
_NOT_FOUND = Answer(404, b"NOT_FOUND", TEXT)
_NOTHING = as_json(200, {"exist": False})

Document = Mapping[str, object]


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _decimal(value: object) -> Decimal:
    return Decimal(value) if isinstance(value, int | Decimal) else Decimal(0)


def _is_address(text: str) -> bool:
    if text in _LOCAL_ADDRESSES:
        return True
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


class BizKitHub:
    """Answers provider calls with `answer`; the other methods are acts of staff."""

    def __init__(self, stage: Stage, state: desk.Desk | None = None) -> None:
        self._stage = stage
        self.state = state if state is not None else desk.Desk()
        self._answers: dict[str, Answer] = {}
        self._block = -1
        self._used = 0
        self._reads: dict[tuple[str, str], Callable[[Request], Answer]] = {
            ("GET", "/api/v1/shop/complaint/detail"): self._complaint_detail,
            ("GET", "/api/v1/shop/order/detail"): self._order_detail,
            ("GET", "/ping/v1"): self._ping,
            ("GET", "/api/v1/ping/v1"): self._ping,
        }
        self._writes: dict[tuple[str, str], tuple[Shape, Callable[[Document], Answer]]] = {
            ("POST", "/api/v1/shop/complaint/create"): (
                shapes.COMPLAINT_CREATE,
                self._create_complaint,
            ),
            ("POST", "/api/v1/shop/complaint/set-status"): (shapes.SET_STATUS, self._set_status),
            ("POST", "/api/v1/shop/order/create"): (shapes.ORDER_CREATE, self._create_order),
            ("POST", "/api/v1/shop/order/storno"): (shapes.STORNO, self._storno),
        }

    def answer(self, request: Request) -> Answer:
        """Answer one call of the public API."""
        route = (request.method, request.path)
        read = self._reads.get(route)
        write = self._writes.get(route)
        if read is None and write is None:
            return self._elsewhere(request)
        refused = check_key(request, self._stage) or self._over_limit()
        if refused is not None:
            return refused
        if read is not None:
            return read(request)
        assert write is not None  # noqa: S101  # one of the two tables has the route
        return self._write(request, *write)

    def forget_answers(self) -> None:
        """Drop prepared answers after a knob has changed what they look like."""
        self._answers.clear()

    def _elsewhere(self, request: Request) -> Answer:
        if request.path.startswith("/bff/"):
            refused = check_key(request, self._stage)
            if refused is not None or not self._stage.knobs.bff_accepts_bearer:
                return error(401, "INTERNAL_USER_MUST_BE_AUTHORIZED", "User must be authorized.")
        return _NOT_FOUND

    def _over_limit(self) -> Answer | None:
        """BizKitHub's error registry: a fixed block of ten minutes for each key."""
        limit = self._stage.knobs.rate_limit_per_block
        if limit == 0:
            return None
        now = time.monotonic()
        block = int(now // _BLOCK_S)
        if block != self._block:
            self._block, self._used = block, 0
        self._used += 1
        if self._used <= limit:
            return None
        refusal = error(429, "PUBLIC_API_KEY_TOO_MANY_REQUEST", "Too many requests.")
        if not self._stage.knobs.rate_limit_retry_after:
            return refusal
        wait = int((block + 1) * _BLOCK_S - now) + 1
        return Answer(429, refusal.body, headers=((b"retry-after", str(wait).encode()),))

    def _write(self, request: Request, shape: Shape, act: Callable[[Document], Answer]) -> Answer:
        if request.media_type != "application/json":
            return invalid([Problem("/", "Expected object")])
        try:
            document = request.document
        except BadJson:
            return not_json()
        if not isinstance(document, dict):
            return invalid([Problem("/", "Expected object")])
        known = {name: value for name, value in document.items() if name != "apiKey"}
        problems = check(known, shape, extra=self._stage.knobs.unknown_fields)
        return invalid(problems) if problems else act(known)

    def _refuse(self, message: str) -> Answer:
        status = self._stage.knobs.validation_failed_status
        return error(status, "INTERNAL_VALIDATION_FAILED", message)

    # Reads

    def _ping(self, request: Request) -> Answer:
        del request
        return as_json(200, _SUCCESS)

    def _complaint_detail(self, request: Request) -> Answer:
        identity = request.query.get("id")
        if identity is None:
            return invalid([Problem("/id", "Required property", missing=True)], on="query")
        ready = self._answers.get(identity)
        if ready is not None:
            return ready
        complaint = self.state.complaints.get(identity)
        if complaint is None:
            if self._stage.knobs.missing_complaint == "exist_false":
                return _NOTHING
            return error(404, "INTERNAL_RESOURCE_NOT_FOUND", "Complaint was not found.")
        detail = desk_views.complaint_detail(
            complaint,
            self._stage.config.variants + self._stage.config.inactive_variants,
            dates=self._stage.knobs.include_dates,
            resolved=complaint.status in self._flagging(),
        )
        made = as_json(200, detail)
        self._answers[identity] = made
        return made

    def _order_detail(self, request: Request) -> Answer:
        key = request.query.get("hash")
        if key is None:
            return invalid([Problem("/hash", "Required property", missing=True)], on="query")
        order = self.state.orders.get(key)
        return _NOTHING if order is None else as_json(200, desk_views.order_detail(order))

    # Writes

    def _create_order(self, body: Document) -> Answer:
        refused = self._refused_order(body)
        if refused is not None:
            return refused
        now = self._stage.clock.now()
        order = self._order_from(body, now)
        self.state.keep_order(order)
        keys = {"body " + codec.dumps(body)}
        own = order.tags.get("ourOrderKey")
        if own is not None:
            keys.add("tag " + codec.dumps(own))
        self.state.count_order(keys)
        answer = {
            "orderNumber": order.number,
            "hash": order.hash,
            "links": desk_views.order_links(order),
        }
        return as_json(200, answer, committed=True)

    def _refused_order(self, body: Document) -> Answer | None:
        if not body["items"] and not self._stage.knobs.empty_items:
            return invalid([Problem("/items", "Expected array length to be greater or equal to 1")])
        for party in ("customer", "issuerCustomer"):
            address = cast("Document", body.get(party, {})).get("customerRealIp")
            if isinstance(address, str) and not _is_address(address):
                return self._refuse(f"{party}.customerRealIp is not a valid address.")
        parent = body.get("parentId")
        if parent is not None and parent not in self.state.orders:
            return self._refuse("Parent order does not exist.")
        return None

    def _order_from(self, body: Document, now: datetime) -> desk.DeskOrder:
        customer = cast("Document", body["customer"])
        lines = [self._line_from(item) for item in cast("list[Document]", body["items"])]
        discount = _decimal(body.get("sale"))
        total = (
            sum(((line.price - line.sale) * line.count for line in lines), Decimal(0))
            + _decimal(body.get("deliveryPrice"))
            + _decimal(body.get("paymentPrice"))
            - discount
        )
        forced = body.get("forceIgnoreNegativeCreditBalance") is True
        return desk.DeskOrder(
            hash=self._stage.fresh_id(32, ALNUM, self.state.orders),
            number=self.state.take_order_number(),
            email=str(customer["email"]),
            first_name=_text(customer.get("firstName")),
            last_name=_text(customer.get("lastName")),
            phone=_text(customer.get("phone")),
            company=_text(customer.get("companyName")),
            lines=lines,
            currency=_text(body.get("currency")) or "CZK",
            locale=_text(body.get("locale")) or "cs",
            inserted_at=now,
            updated_at=now,
            created_by="api",
            total=total,
            discount=discount,
            paid_at=now if forced or total <= 0 else None,
            expires_at=_text(body.get("expirationDate")),
            public_notice=_text(body.get("publicNotice")) or "",
            tags=dict(cast("Document", body.get("tags", {}))),
        )

    def _line_from(self, item: Document) -> desk.Line:
        return desk.Line(
            number=self.state.take_line(),
            label=str(item["label"]),
            price=_decimal(item["price"]),
            count=_decimal(item.get("count", 1)),
            sale=_decimal(item.get("sale")),
            vat=_decimal(item.get("vat", 21)),
            unit=_text(item.get("unit")) or "ks",
            credit=_decimal(item.get("creditAmount")),
            product_code=_text(item.get("productCode")),
            variant_code=_text(item.get("variantCode")),
            event_code=_text(item.get("eventCode")),
            branch=_text(item.get("branch")),
        )

    def _storno(self, body: Document) -> Answer:
        order = self.state.orders.get(str(body["orderId"]))
        if order is None:
            return error(404, "INTERNAL_RESOURCE_NOT_FOUND", "Order was not found.")
        wanted = body.get("orderItemId")
        lines = [
            line
            for line in order.lines
            if wanted is None or f"{order.hash}_{line.number}" == wanted
        ]
        if not lines:
            return error(404, "INTERNAL_RESOURCE_NOT_FOUND", "Order item was not found.")
        for line in lines:
            line.cancelled = True
        order.updated_at = self._stage.clock.now()
        return as_json(200, _SUCCESS, committed=True)

    def _create_complaint(self, body: Document) -> Answer:
        variant = str(body["variantCode"])
        if variant not in self._stage.config.variants:
            return self._refuse("Complaint variant does not exist or is not active.")
        order_hash = _text(body.get("orderHash"))
        if order_hash is not None and order_hash not in self.state.orders:
            return self._refuse("Order does not exist.")
        complaint = desk.DeskComplaint(
            id=self.fresh_complaint_id(),
            variant=variant,
            description=str(body["description"]),
            customer_name=str(body["customerName"]),
            order_hash=order_hash,
            order_number=_text(body.get("orderNumber")) or self.number_of(order_hash),
            filed_at=self._stage.clock.now(),
            created_by="api",
            email=_text(body.get("email")),
            phone=_text(body.get("phone")),
            price=None if "price" not in body else _decimal(body["price"]),
            currency=_text(body.get("currency")),
            refund_country=_text(body.get("refundCountry")),
            refund_account=_text(body.get("refundBankAccount")),
            refund_symbol=_text(body.get("refundVariableSymbol")),
            branch=_text(body.get("branch")),
            resolution_method=_text(body.get("resolutionMethodCode")),
            due_date=_text(body.get("dueDate")),
            items=[
                self._claimed_from(item) for item in cast("list[Document]", body.get("items", []))
            ],
        )
        self.file(complaint)
        intent = [complaint.order_hash or complaint.order_number, complaint.description]
        self.state.count_complaint(codec.dumps(intent))
        return as_json(200, {"success": True, "id": complaint.id}, committed=True)

    def _claimed_from(self, item: Document) -> desk.ClaimedItem:
        return desk.ClaimedItem(
            id=self.state.take_item(),
            label=_text(item.get("label")),
            quantity=_decimal(item.get("quantity", 1)),
            price=None if "price" not in item else _decimal(item["price"]),
        )

    def _set_status(self, body: Document) -> Answer:
        complaint = self.state.complaints.get(str(body["complaintId"]))
        if complaint is None:
            return error(404, "INTERNAL_RESOURCE_NOT_FOUND", "Complaint was not found.")
        status = str(body["status"])
        if self._stage.knobs.strict_transitions and status not in desk.USUAL_FLOW[complaint.status]:
            return self._refuse(f"Status can not change from {complaint.status} to {status}.")
        self.change(complaint, status, self._stage.clock.now(), message="", share=False)
        return as_json(200, _SUCCESS, committed=True)

    # What both the API and staff do

    def fresh_complaint_id(self) -> str:
        """An id for a new complaint."""
        length = self._stage.knobs.complaint_id_length
        return self._stage.fresh_id(length, ALNUM, self.state.complaints)

    def number_of(self, order_hash: str | None) -> str | None:
        """The number of a linked order, None without a link."""
        return None if order_hash is None else self.state.orders[order_hash].number

    def _flagging(self) -> frozenset[str]:
        return desk.RESOLVED | {"reject"} if self._stage.knobs.reject_sets_flag else desk.RESOLVED

    def file(self, complaint: desk.DeskComplaint) -> None:
        """Store a new complaint with its first timeline entry."""
        self.note(complaint, "Created", "", at=complaint.filed_at, share=False)
        self.state.keep_complaint(complaint)

    def change(
        self, complaint: desk.DeskComplaint, status: str, at: datetime, *, message: str, share: bool
    ) -> None:
        """Set a status; the timeline gains an entry even when it is the same status again."""
        desk.set_status(complaint, status, at, flagging=self._flagging())
        self.note(complaint, "Status changed", message, at=at, share=share)

    def note(
        self,
        complaint: desk.DeskComplaint,
        subject: str,
        message: str,
        *,
        at: datetime,
        share: bool,
    ) -> None:
        """Append to the timeline."""
        desk.note_event(
            self.state,
            complaint,
            subject=subject,
            message=message,
            share=share,
            at=at,
            numbering=self._stage.knobs.event_ids,
        )
        self._answers.pop(complaint.id, None)
