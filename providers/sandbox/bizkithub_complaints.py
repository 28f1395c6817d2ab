"""BizKitHub's complaints: the public create, detail and set-status, and their timeline."""

from __future__ import annotations

from datetime import datetime
from typing import cast

from providers.sandbox import codec, desk, desk_views
from providers.sandbox.bizkithub_errors import invalid
from providers.sandbox.bizkithub_site import (
    NOTHING,
    SUCCESS,
    Document,
    Site,
    decimal_of,
    text_of,
)
from providers.sandbox.exchange import Answer, Request, as_json
from providers.sandbox.schema import Problem
from providers.sandbox.stage import ALNUM, BASE36

_ADMIN_ID_LENGTH = 8


class Complaints:
    """The host's complaints; answers of detail are kept until something changes."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._answers: dict[str, Answer] = {}

    def forget_answers(self) -> None:
        """Drop prepared answers after a knob has changed what they look like."""
        self._answers.clear()

    # The public calls

    def detail(self, request: Request) -> Answer:
        """GET /api/v1/shop/complaint/detail."""
        identity = request.query.get("id")
        if identity is None:
            return invalid([Problem("/id", "Required property", missing=True)], on="query")
        ready = self._answers.get(identity)
        if ready is not None:
            return ready
        complaint = self._site.state.complaints.get(identity)
        knobs = self._site.stage.knobs
        if complaint is None:
            if knobs.missing_complaint == "exist_false":
                return NOTHING
            return self._site.error(404, "INTERNAL_RESOURCE_NOT_FOUND", "Complaint was not found.")
        config = self._site.stage.config
        detail = desk_views.complaint_detail(
            complaint,
            config.variants + config.inactive_variants,
            dates=knobs.include_dates,
            claim=knobs.include_claim,
            resolved=complaint.status in self._flagging(),
        )
        made = as_json(200, detail)
        self._answers[identity] = made
        return made

    def create(self, body: Document) -> Answer:
        """POST /api/v1/shop/complaint/create; only a hash links the order."""
        refused = self._refused(body)
        if refused is not None:
            return refused
        order_hash = text_of(body.get("orderHash"))
        if order_hash is not None and order_hash not in self._site.state.orders:
            return self._site.refuse("Order does not exist.")
        branch = body.get("branch", body.get("branchId"))
        return self._filed(body, self.fresh_id(), order_hash, branch)

    def create_as_admin(self, body: Document) -> Answer:
        """POST /bff/complaint/create; an internal number links the order."""
        refused = self._refused(body)
        if refused is not None:
            return refused
        order = None
        if "orderId" in body:
            orders = self._site.state.orders.values()
            order = next((one for one in orders if one.internal_id == body["orderId"]), None)
            if order is None:
                return self._site.refuse("Order does not exist.")
            lines = {line.number for line in order.lines}
            for item in cast("list[Document]", body.get("items", [])):
                if "orderItemId" in item and item["orderItemId"] not in lines:
                    return self._site.refuse("Order item does not belong to the order.")
        identity = self._site.stage.fresh_id(_ADMIN_ID_LENGTH, BASE36, self._site.state.complaints)
        linked = None if order is None else order.hash
        return self._filed(body, identity, linked, body.get("branchId"))

    def set_status(self, body: Document) -> Answer:
        """POST /api/v1/shop/complaint/set-status."""
        complaint = self._site.state.complaints.get(str(body["complaintId"]))
        if complaint is None:
            return self._site.not_found("Complaint")
        status = str(body["status"])
        strict = self._site.stage.knobs.strict_transitions
        if strict and status not in desk.USUAL_FLOW[complaint.status]:
            return self._site.refuse(f"Status can not change from {complaint.status} to {status}.")
        self.change(complaint, status, self._site.stage.clock.now(), message="", share=False)
        return as_json(200, SUCCESS, committed=True)

    def _refused(self, body: Document) -> Answer | None:
        """What both creates check beyond their tables of fields."""
        config = self._site.stage.config
        if body["variantCode"] not in config.variants:
            return self._site.refuse("Complaint variant does not exist or is not active.")
        method = body.get("resolutionMethodCode")
        if config.resolution_methods and method not in (None, *config.resolution_methods):
            return self._site.refuse("Resolution method does not exist.")
        claims = [body, *cast("list[Document]", body.get("items", []))]
        numbers = {claim["currencyId"] for claim in claims if "currencyId" in claim}
        if not numbers <= config.currency_ids.keys():
            return self._site.refuse("Currency does not exist.")
        return None

    def _filed(
        self, body: Document, identity: str, order_hash: str | None, branch: object
    ) -> Answer:
        complaint = desk.DeskComplaint(
            id=identity,
            variant=str(body["variantCode"]),
            description=str(body["description"]),
            customer_name=str(body["customerName"]),
            order_hash=order_hash,
            order_number=text_of(body.get("orderNumber")) or self.number_of(order_hash),
            filed_at=self._site.stage.clock.now(),
            created_by="api",
            email=text_of(body.get("email")),
            phone=text_of(body.get("phone")),
            price=None if "price" not in body else decimal_of(body["price"]),
            currency=self._currency(body),
            refund_country=text_of(body.get("refundCountry")),
            refund_account=text_of(body.get("refundBankAccount")),
            refund_symbol=text_of(body.get("refundVariableSymbol")),
            branch=None if branch is None else str(branch),
            service=None if "serviceId" not in body else str(body["serviceId"]),
            resolution_method=text_of(body.get("resolutionMethodCode")),
            due_date=text_of(body.get("dueDate")),
            items=[self._claimed(item) for item in cast("list[Document]", body.get("items", []))],
        )
        self.file(complaint)
        intent = [complaint.order_hash or complaint.order_number, complaint.description]
        self._site.state.count_complaint(codec.dumps(intent))
        return as_json(200, {"success": True, "id": complaint.id}, committed=True)

    def _claimed(self, item: Document) -> desk.ClaimedItem:
        return desk.ClaimedItem(
            id=self._site.state.take_item(),
            label=text_of(item.get("label")),
            quantity=decimal_of(item.get("quantity", 1)),
            price=None if "price" not in item else decimal_of(item["price"]),
            order_item=None if "orderItemId" not in item else str(item["orderItemId"]),
            currency=self._currency(item),
        )

    def _currency(self, claim: Document) -> str | None:
        number = claim.get("currencyId")
        if isinstance(number, int):
            return self._site.stage.config.currency_ids[number]
        return text_of(claim.get("currency"))

    # What both the API and staff do

    def fresh_id(self) -> str:
        """An id for a new complaint."""
        length = self._site.stage.knobs.complaint_id_length
        return self._site.stage.fresh_id(length, ALNUM, self._site.state.complaints)

    def number_of(self, order_hash: str | None) -> str | None:
        """The number of a linked order, None without a link."""
        return None if order_hash is None else self._site.state.orders[order_hash].number

    def _flagging(self) -> frozenset[str]:
        if self._site.stage.knobs.reject_sets_flag:
            return desk.RESOLVED | {"reject"}
        return desk.RESOLVED

    def file(self, complaint: desk.DeskComplaint) -> None:
        """Store a new complaint with its first timeline entry."""
        self.note(complaint, "Created", "", at=complaint.filed_at, share=False)
        self._site.state.keep_complaint(complaint)

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
            self._site.state,
            complaint,
            subject=subject,
            message=message,
            share=share,
            at=at,
            numbering=self._site.stage.knobs.event_ids,
        )
        self.touched(complaint)

    def touched(self, complaint: desk.DeskComplaint) -> None:
        """Prepare the answer of detail anew after a change."""
        self._answers.pop(complaint.id, None)
