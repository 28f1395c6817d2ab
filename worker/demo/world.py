"""A demo world as data: the rows it is made of, and the plan of what happens on which day.

Rows come from `worker.demo.generator` or `worker.demo.loader`; `worker.demo.planner` turns them
and a seed into a `Plan`; `worker.demo.player` plays the plan; `worker.demo.audit` compares the
plan with what came of it.  Nothing here knows Redress.
"""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

SHOP = "demo"
DESK = "demo-desk"
ZENKI = "demo-zenki"
CHAT = "demo-bot"
"""Names of the shop and of its three accounts."""


class Fact(BaseModel):
    """Base of the world's records: frozen, nothing unexpected."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Place(Fact):
    """Where the shop is: the time zone of its days, and what it sells in."""

    timezone: str
    currency: str
    country: str
    locale: str

    def at(self, day: date, clock: time) -> datetime:
        """The moment of a wall-clock time on a day of the shop."""
        return datetime.combine(day, clock, ZoneInfo(self.timezone))

    def day_of(self, moment: datetime) -> date:
        """The shop's calendar day of a moment."""
        return moment.astimezone(ZoneInfo(self.timezone)).date()


class Customer(Fact):
    """A customer.  ``id`` is also the user id that the chat tells."""

    id: str
    first_name: str
    last_name: str
    email: str

    @property
    def name(self) -> str:
        """First and last name."""
        return f"{self.first_name} {self.last_name}"


class Line(Fact):
    """One line of an order.  ``price`` is per piece, in the place's currency."""

    label: str
    price: Decimal
    count: int = 1


ORDER_TOTAL = "order total"


def lines_or_total(lines: tuple[Line, ...], total: Decimal) -> tuple[Line, ...]:
    """An order's lines; the one line "order total" when nobody knows what was bought."""
    return lines or (Line(label=ORDER_TOTAL, price=total),)


class OrderRow(Fact):
    """An order as the input tells it.  ``lines`` is never empty."""

    id: str
    customer: Customer
    delivered: bool
    shipped: bool
    purchased_at: AwareDatetime
    total: Decimal
    lines: tuple[Line, ...]


class FilingRow(Fact):
    """A complaint about one order as the input tells it.  The text is the customer's own."""

    complaint_id: str
    order_id: str
    title: str
    text: str
    filed_at: AwareDatetime
    answered_at: AwareDatetime

    @property
    def key(self) -> str:
        """One complaint id may stand on several orders: this is unique."""
        return f"{self.complaint_id}/{self.order_id}"


class Rows(Fact):
    """All that the world is made of."""

    place: Place
    orders: tuple[OrderRow, ...]
    filings: tuple[FilingRow, ...]


class Route(StrEnum):
    """How a complaint enters the world."""

    CHAT = "chat"
    DESK = "desk"
    DISPUTE = "dispute"


class Verdict(StrEnum):
    """Who wins in the end."""

    UPHELD = "upheld"
    REFUSED = "refused"


class PaidOrder(Fact):
    """The Zenki side of an order."""

    id: str
    status: str


class Order(Fact):
    """An order with the ids that the providers will know it by.

    It exists at BizKitHub from the start.  On ``known_on`` its Zenki side comes into being,
    and Redress imports it.
    """

    id: str
    hash: str
    number: str
    paid: PaidOrder | None
    known_on: date
    row: OrderRow


class Case(Fact):
    """One complaint about one order, and how it ends.

    ``verdict`` is that of the staff that decides; ``opposite`` cases are decided by both
    staffs on the same day, by the desk with ``verdict`` and by Zenki with the other one.
    ``disputed``: the plan counts on a dispute at Zenki, a shopper's or one that Redress opens.
    """

    key: str
    order_id: str
    route: Route
    uid: str
    title: str
    text: str
    filed_at: AwareDatetime
    filed_on: date
    decided_on: date
    verdict: Verdict
    decided_by: Literal["desk", "zenki", "both"]
    disputed: bool
    opposite: bool
    overdue: bool


class DeskAct(Fact):
    """The desk's staff set a status at BizKitHub."""

    kind: Literal["desk"] = "desk"
    case: str
    status: Literal["open", "wait", "resolve", "reject", "closed"]


class ZenkiAct(Fact):
    """Zenki's staff move a dispute."""

    kind: Literal["zenki"] = "zenki"
    case: str
    decision: Literal["REFUND", "RESOLVED", "PENDING_SHOPPER_RETURN"]


class Settle(Fact):
    """Zenki pays an order out, unless a running dispute or a refund stands in the way."""

    kind: Literal["settle"] = "settle"
    order_id: str


Act = Annotated[DeskAct | ZenkiAct | Settle, Field(discriminator="kind")]


class Day(Fact):
    """What happens on one day of the shop.

    Orders and filings come in the morning, acts in the evening.  ``look`` asks for a stop in
    the morning though nothing is filed, since a due date has passed in the night.
    """

    on: date
    orders: tuple[str, ...] = ()
    filings: tuple[str, ...] = ()
    acts: tuple[Act, ...] = ()
    look: bool = False


class Plan(Fact):
    """The whole story.  ``days`` has no gaps."""

    seed: int
    place: Place
    due_days: int
    refund_allowance: Decimal
    orders: tuple[Order, ...]
    cases: tuple[Case, ...]
    days: tuple[Day, ...]
