"""The state of a BizKitHub organisation: orders, complaints, and what a create call did twice."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Literal

Origin = Literal["api", "staff"]
OrderChange = Literal["created", "paid", "unpaid", "cancelled", "line_cancelled"]

# BizKitHub, POST /api/v1/shop/complaint/set-status: these two set the resolved flag and its date.
RESOLVED = frozenset({"resolve", "closed"})

# Series of order numbers; 26 is the default group's.
_FIRST_SERIES = 27

# The usual flows of the complaint article; checked only behind the knob strict_transitions.
USUAL_FLOW: dict[str, frozenset[str]] = {
    "new": frozenset({"open", "wait", "resolve", "reject"}),
    "open": frozenset({"wait", "resolve", "reject"}),
    "wait": frozenset({"open", "resolve", "reject"}),
    "resolve": frozenset({"closed"}),
    "reject": frozenset({"closed"}),
    "closed": frozenset(),
}


@dataclass(slots=True)
class Line:
    """One order line; `number` is the suffix of its public id "<hash>_<n>"."""

    number: int
    label: str
    price: Decimal
    count: Decimal = Decimal(1)
    sale: Decimal = Decimal(0)
    vat: Decimal = Decimal(21)
    unit: str = "ks"
    credit: Decimal = Decimal(0)
    product_code: str | None = None
    variant_code: str | None = None
    event_code: str | None = None
    branch: str | None = None
    cancelled: bool = False


@dataclass(slots=True)
class DeskOrder:
    """An order of the shop; prices are with VAT, in the order's currency."""

    hash: str
    number: str
    email: str
    first_name: str | None
    last_name: str | None
    lines: list[Line]
    currency: str
    locale: str
    inserted_at: datetime
    updated_at: datetime
    created_by: Origin
    total: Decimal
    discount: Decimal = Decimal(0)
    phone: str | None = None
    company: str | None = None
    paid_at: datetime | None = None
    expires_at: str | None = None
    public_notice: str = ""
    tags: dict[str, object] = field(default_factory=dict)
    internal_id: int = 0
    """The number that only the admin's own calls know."""
    group: str | None = None
    parent: str | None = None
    notification_url: str | None = None
    vouchers: dict[str, Decimal] = field(default_factory=dict)
    void: bool = False
    """Whether it was cancelled as a whole."""
    credited: Decimal = Decimal(0)
    owed: Decimal = Decimal(0)
    """What staff still have to pay back by hand."""
    changed_at: list[datetime] = field(default_factory=list)

    @property
    def cancelled(self) -> bool:
        """Whether the order, or every line it has, is cancelled."""
        return self.void or (bool(self.lines) and all(line.cancelled for line in self.lines))

    def line_id(self, line: Line) -> str:
        """The public id of one of its lines."""
        return f"{self.hash}_{line.number}"


@dataclass(slots=True)
class DeskEvent:
    """One entry of a complaint's timeline."""

    id: int
    status: str
    share: bool
    subject: str
    message: str
    at: datetime


@dataclass(slots=True)
class ClaimedItem:
    """One complained line."""

    id: int
    label: str | None
    quantity: Decimal
    price: Decimal | None
    order_item: str | None = None
    currency: str | None = None


@dataclass(slots=True)
class DeskComplaint:
    """A complaint at the desk; `description` holds exactly the characters that were sent."""

    id: str
    variant: str
    description: str
    customer_name: str
    order_hash: str | None
    order_number: str | None
    filed_at: datetime
    created_by: Origin
    email: str | None = None
    phone: str | None = None
    price: Decimal | None = None
    currency: str | None = None
    refund_country: str | None = None
    refund_account: str | None = None
    refund_symbol: str | None = None
    branch: str | None = None
    service: str | None = None
    resolution_method: str | None = None
    due_date: str | None = None
    items: list[ClaimedItem] = field(default_factory=list)
    status: str = "new"
    resolved_at: datetime | None = None
    score: int | None = None
    score_message: str | None = None
    events: list[DeskEvent] = field(default_factory=list)

    @property
    def is_open(self) -> bool:
        """Whether the desk still has to decide."""
        return self.status in {"new", "open", "wait"}


@dataclass(slots=True)
class Desk:
    """All that one organisation holds."""

    orders: dict[str, DeskOrder] = field(default_factory=dict)
    complaints: dict[str, DeskComplaint] = field(default_factory=dict)
    by_order: dict[str, list[str]] = field(default_factory=dict)
    numbers: set[str] = field(default_factory=set)
    next_order_number: int = 26000001
    next_in_group: dict[str, int] = field(default_factory=dict)
    next_order_id: int = 5001
    next_line: int = 7001
    next_item: int = 9001
    next_event: int = 1
    order_keys: set[str] = field(default_factory=set)
    complaint_keys: set[str] = field(default_factory=set)
    duplicates: int = 0

    def take_order_number(self, group: str | None = None) -> str:
        """The next free order number; each order group has a series of its own."""
        if group is not None:
            return self._take_group_number(group)
        while str(self.next_order_number) in self.numbers:
            self.next_order_number += 1
        number = str(self.next_order_number)
        self.next_order_number += 1
        return number

    def _take_group_number(self, group: str) -> str:
        series = list(self.next_in_group).index(group) if group in self.next_in_group else None
        if series is None:
            series = len(self.next_in_group)
            self.next_in_group[group] = 1
        while True:
            number = f"{_FIRST_SERIES + series}{self.next_in_group[group]:06d}"
            self.next_in_group[group] += 1
            if number not in self.numbers:
                return number

    def take_order_id(self) -> int:
        """The next internal number of an order."""
        self.next_order_id += 1
        return self.next_order_id - 1

    def take_line(self) -> int:
        """The next internal number of an order line."""
        self.next_line += 1
        return self.next_line - 1

    def take_item(self) -> int:
        """The next id of a complained item."""
        self.next_item += 1
        return self.next_item - 1

    def keep_order(self, order: DeskOrder) -> None:
        """Store an order."""
        self.orders[order.hash] = order
        self.numbers.add(order.number)

    def keep_complaint(self, complaint: DeskComplaint) -> None:
        """Store a complaint, findable by its order."""
        self.complaints[complaint.id] = complaint
        if complaint.order_hash is not None:
            self.by_order.setdefault(complaint.order_hash, []).append(complaint.id)

    def count_order(self, keys: set[str]) -> None:
        """Count a created order that shares a key with an earlier one as a duplicate."""
        if not keys.isdisjoint(self.order_keys):
            self.duplicates += 1
        self.order_keys |= keys

    def count_complaint(self, key: str) -> None:
        """Count a complaint filed by the API with an earlier one's key as a duplicate."""
        if key in self.complaint_keys:
            self.duplicates += 1
        self.complaint_keys.add(key)


def note_event(
    desk: Desk,
    complaint: DeskComplaint,
    *,
    subject: str,
    message: str,
    share: bool,
    at: datetime,
    numbering: str,
) -> None:
    """Append to the timeline with the complaint's present status; ids rise by one.

    `numbering` tells whether ids count inside the complaint or over the whole account.
    """
    if numbering == "complaint":
        number = complaint.events[-1].id + 1 if complaint.events else 1
    else:
        number = desk.next_event
    desk.next_event = max(desk.next_event, number) + 1
    complaint.events.append(DeskEvent(number, complaint.status, share, subject, message, at))


def set_status(
    complaint: DeskComplaint, status: str, at: datetime, *, flagging: frozenset[str]
) -> None:
    """Change the status; entering a flagging one sets the resolved date, leaving removes it."""
    complaint.status = status
    if status not in flagging:
        complaint.resolved_at = None
    elif complaint.resolved_at is None:
        complaint.resolved_at = at
