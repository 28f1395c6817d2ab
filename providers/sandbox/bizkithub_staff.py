"""What the desk's own people do with complaints at BizKitHub, with no trace in its API."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from pydantic import AwareDatetime, Field

from providers.sandbox import desk
from providers.sandbox.acts import Act
from providers.sandbox.bizkithub import BizKitHub
from providers.sandbox.bizkithub_order_staff import SoldItem
from providers.sandbox.clock import iso
from providers.sandbox.exchange import BadRequest

Status = Literal["new", "open", "wait", "resolve", "reject", "closed"]


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
    items: tuple[SoldItem, ...] = ()
    filed_at: AwareDatetime


class StatusAct(Act):
    """Staff set a status; a message is shared with the customer."""

    status: Status
    message: str = ""
    at: AwareDatetime


class Edit(Act):
    """Staff correct a complaint or note the customer's satisfaction; left out is unchanged.

    A silent edit leaves no entry in the timeline.
    """

    description: str | None = None
    customer_name: str | None = None
    email: str | None = None
    phone: str | None = None
    refund_country: str | None = None
    refund_account: str | None = None
    refund_symbol: str | None = None
    due_date: AwareDatetime | None = None
    score: int | None = Field(default=None, ge=1, le=10)
    score_message: str | None = None
    subject: str = "Complaint edited"
    message: str = ""
    silent: bool = False
    at: AwareDatetime


class Note(Act):
    """Staff write into the timeline; a shared note is mailed to the customer."""

    subject: str
    message: str = ""
    share: bool = False
    at: AwareDatetime


def file_complaint(host: BizKitHub, filed: FiledComplaint, variants: tuple[str, ...]) -> str:
    """Write a complaint down and return its id. Raises BadRequest on a variant or order unknown."""
    if filed.variant not in variants:
        raise BadRequest(f"the variant {filed.variant} isn't one of {', '.join(variants)}")
    if filed.order_hash is not None and filed.order_hash not in host.state.orders:
        raise BadRequest(f"there is no order with the hash {filed.order_hash}")
    complaint = desk.DeskComplaint(
        id=host.complaints.fresh_id(),
        variant=filed.variant,
        description=filed.description,
        customer_name=filed.customer_name,
        order_hash=filed.order_hash,
        order_number=filed.order_number or host.complaints.number_of(filed.order_hash),
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
    host.complaints.file(complaint)
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
    host.complaints.change(
        complaint, act.status, act.at, message=act.message, share=bool(act.message)
    )
    return complaint


def edit(host: BizKitHub, identity: str, act: Edit) -> desk.DeskComplaint:
    """Correct a complaint. Raises BadRequest on satisfaction with a case that is still open."""
    complaint = find_complaint(host, identity)
    if act.score is not None and complaint.status not in desk.RESOLVED:
        raise BadRequest("satisfaction belongs to resolved and closed complaints only")
    words = {"subject", "message", "at", "silent", "due_date"}
    if act.due_date is not None:
        complaint.due_date = iso(act.due_date)
    for name, value in act.model_dump(exclude=words, exclude_none=True).items():
        setattr(complaint, name, value)
    if act.silent:
        host.complaints.touched(complaint)
    else:
        host.complaints.note(complaint, act.subject, act.message, at=act.at, share=False)
    return complaint


def add_note(host: BizKitHub, identity: str, act: Note) -> desk.DeskComplaint:
    """Write into the timeline."""
    complaint = find_complaint(host, identity)
    host.complaints.note(complaint, act.subject, act.message, at=act.at, share=act.share)
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
