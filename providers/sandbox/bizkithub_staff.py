"""What the desk's own people and customers do at BizKitHub, with no trace in its API."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from providers.sandbox import desk
from providers.sandbox.bizkithub import BizKitHub
from providers.sandbox.clock import iso
from providers.sandbox.exchange import BadRequest

Status = Literal["new", "open", "wait", "resolve", "reject", "closed"]


class Act(BaseModel):
    """A control request; unknown members are refused so that a typing error shows."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class SoldItem(Act):
    """One line of a placed order; `price` is for one piece with VAT."""

    label: str
    price: Decimal
    count: Decimal = Decimal(1)


class PlacedOrder(Act):
    """An order that the shop took outside of the API."""

    hash: str = Field(min_length=1)
    number: str = Field(min_length=1)
    email: str
    first_name: str | None = None
    last_name: str | None = None
    phone: str | None = None
    items: list[SoldItem]
    price: Decimal
    currency: str = Field(min_length=3, max_length=3)
    locale: str = "cs"
    paid: bool
    inserted_at: AwareDatetime


class FiledComplaint(Act):
    """A complaint that staff wrote down at the desk."""

    variant: str
    order_hash: str | None = None
    order_number: str | None = None
    description: str
    customer_name: str
    email: str | None = None
    phone: str | None = None
    price: Decimal | None = None
    currency: str | None = None
    due_date: AwareDatetime | None = None
    items: list[SoldItem] = []
    filed_at: AwareDatetime


class StatusAct(Act):
    """Staff set a status; a message is shared with the customer."""

    status: Status
    message: str = ""
    at: AwareDatetime


class Edit(Act):
    """Staff correct a complaint or note the customer's satisfaction; left out is unchanged."""

    description: str | None = None
    customer_name: str | None = None
    email: str | None = None
    phone: str | None = None
    refund_country: str | None = None
    refund_account: str | None = None
    refund_symbol: str | None = None
    score: int | None = Field(default=None, ge=1, le=10)
    score_message: str | None = None
    subject: str = "Complaint edited"
    message: str = ""
    at: AwareDatetime


def check_free(host: BizKitHub, batch: Sequence[PlacedOrder]) -> None:
    """Refuse a batch whole when one hash or number is taken. Raises BadRequest."""
    hashes, numbers = set(host.state.orders), set(host.state.numbers)
    for placed in batch:
        if placed.hash in hashes:
            raise BadRequest(f"an order with the hash {placed.hash} is already there")
        if placed.number in numbers:
            raise BadRequest(f"an order with the number {placed.number} is already there")
        hashes.add(placed.hash)
        numbers.add(placed.number)


def place_order(host: BizKitHub, placed: PlacedOrder) -> dict[str, object]:
    """Put an order there, whose hash and number are free."""
    order = desk.DeskOrder(
        hash=placed.hash,
        number=placed.number,
        email=placed.email,
        first_name=placed.first_name,
        last_name=placed.last_name,
        phone=placed.phone,
        lines=[
            desk.Line(host.state.take_line(), item.label, item.price, item.count)
            for item in placed.items
        ],
        currency=placed.currency,
        locale=placed.locale,
        inserted_at=placed.inserted_at,
        updated_at=placed.inserted_at,
        created_by="staff",
        total=placed.price,
        paid_at=placed.inserted_at if placed.paid else None,
        expires_at=iso(placed.inserted_at + timedelta(days=14)),
    )
    host.state.keep_order(order)
    return {"hash": order.hash, "number": order.number}


def file_complaint(host: BizKitHub, filed: FiledComplaint, variants: tuple[str, ...]) -> str:
    """Write a complaint down and return its id. Raises BadRequest on a variant or order unknown."""
    if filed.variant not in variants:
        raise BadRequest(f"the variant {filed.variant} isn't one of {', '.join(variants)}")
    if filed.order_hash is not None and filed.order_hash not in host.state.orders:
        raise BadRequest(f"there is no order with the hash {filed.order_hash}")
    complaint = desk.DeskComplaint(
        id=host.fresh_complaint_id(),
        variant=filed.variant,
        description=filed.description,
        customer_name=filed.customer_name,
        order_hash=filed.order_hash,
        order_number=filed.order_number or host.number_of(filed.order_hash),
        filed_at=filed.filed_at,
        created_by="staff",
        email=filed.email,
        phone=filed.phone,
        price=filed.price,
        currency=filed.currency,
        due_date=iso(filed.due_date),
        items=[
            desk.ClaimedItem(host.state.take_item(), item.label, item.count, item.price)
            for item in filed.items
        ],
    )
    host.file(complaint)
    return complaint.id


def find_complaint(host: BizKitHub, identity: str) -> desk.DeskComplaint:
    """The complaint of that id. Raises BadRequest when there is none."""
    complaint = host.state.complaints.get(identity)
    if complaint is None:
        raise BadRequest(f"there is no complaint {identity}")
    return complaint


def act_on_status(host: BizKitHub, identity: str, act: StatusAct) -> desk.DeskComplaint:
    """Set a status as staff do; any change is allowed, re-opening too."""
    complaint = find_complaint(host, identity)
    host.change(complaint, act.status, act.at, message=act.message, share=bool(act.message))
    return complaint


def edit(host: BizKitHub, identity: str, act: Edit) -> desk.DeskComplaint:
    """Correct a complaint. Raises BadRequest on satisfaction with a case that is still open."""
    complaint = find_complaint(host, identity)
    if act.score is not None and complaint.status not in desk.RESOLVED:
        raise BadRequest("satisfaction belongs to resolved and closed complaints only")
    changes = act.model_dump(exclude={"subject", "message", "at"}, exclude_none=True)
    for name, value in changes.items():
        setattr(complaint, name, value)
    host.note(complaint, act.subject, act.message, at=act.at, share=False)
    return complaint


def find_complaints(
    host: BizKitHub, order_hash: str | None, *, only_open: bool
) -> list[desk.DeskComplaint]:
    """The complaints of an order, or of all orders when none is named."""
    state = host.state
    if order_hash is None:
        found = list(state.complaints.values())
    else:
        found = [state.complaints[identity] for identity in state.by_order.get(order_hash, [])]
    return [complaint for complaint in found if complaint.is_open or not only_open]
