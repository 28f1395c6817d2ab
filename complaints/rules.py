"""What a shop decides for itself, as data.  Everything here is read from the settings."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from complaints.model import OrderKey, Record
from complaints.vocabulary import (
    AccountName,
    Capability,
    ExternalId,
    OrderSpace,
    Remedy,
    ShopName,
    Status,
)


class ReadPlan(Record):
    """How often a mirror is read again.  ``None`` as an interval: never by itself."""

    first: timedelta = timedelta(minutes=5)
    running: timedelta = timedelta(minutes=5)
    ended: timedelta = timedelta(hours=1)
    order: timedelta = timedelta(hours=6)
    """An order that has no dispute (yet)."""
    stop_after: timedelta = timedelta(days=10)
    """An ended case is read for so long after its last change, then no more."""


class AccountProfile(Record):
    """One account, as far as the domain has to know it."""

    name: AccountName
    provider: str
    shop: ShopName
    capabilities: frozenset[Capability]
    order_space: OrderSpace | None = None
    """The kind of order id by which this account's orders are read, if it reads orders."""
    order_prefix: str = ""
    """What stands before it in the name of a record, where complaints are records too."""
    live: bool = True
    """A live account is read-only until a person releases it."""
    read_plan: ReadPlan = ReadPlan()

    @property
    def pays(self) -> bool:
        """Whether this is the account through which orders are paid."""
        return self.order_space is OrderSpace.PAYMENT

    def order_record(self, key: OrderKey) -> ExternalId:
        """The record by which this account is read about an order."""
        return ExternalId(self.order_prefix + key.value)

    @property
    def reads(self) -> bool:
        """Whether records can be read by id at this account."""
        return Capability.FETCH in self.capabilities


class AuthorityField(StrEnum):
    """What accounts may tell differently with equal right."""

    STATUS = "status"
    """Where a case stands, of two running states; and who leads among equals."""
    TOTAL = "total"
    """What an order cost, with its currency."""
    OWNER = "owner"
    """Whose an order is."""


class PauseKind(StrEnum):
    """Why a shop's own clock stands still; the law's never does."""

    WAITING = "waiting"
    """The case waits for its customer."""
    HOLD = "hold"
    """A person holds the case."""
    OUTAGE = "outage"
    """An account that has a record of the case gives no answers, for an hour or more."""
    UNHEARD = "unheard"
    """It was filed, and we couldn't know of it yet."""


class Priority(StrEnum):
    """How soon staff should take a complaint up."""

    NORMAL = "normal"
    HIGH = "high"
    URGENT = "urgent"


class RungRule(Record):
    """For which complaints a rung of the ladder is, and what is done at it."""

    status: tuple[Status, ...] = ()
    """Those that stand so alone; empty: all that run."""
    conflict: bool | None = None
    """Those whose accounts contradict each other, or those whose don't."""
    claimed_from: Decimal | None = None
    """Those that claim so much or more, in the shop's currency."""
    tell: tuple[str, ...] | None = None
    """Channels that hear of it; None: all."""
    priority: Priority | None = None
    """Raise it to this; what is higher already stays."""
    assign: str = ""
    """Give it to somebody, unless it is somebody's already."""
    todo: str = ""
    """What a person has to do then: a manual action, until somebody has or the case ends."""


class Policy(Record):
    """Other terms for some complaints.  What isn't said stays as the shop's rules have it."""

    name: str
    origin: tuple[str, ...] = ()
    """Providers that told of it first."""
    channel: tuple[str, ...] = ()
    """Of the chat."""
    category: tuple[str, ...] = ()
    """What it is about, in the words of whoever took it in."""
    remedy: tuple[Remedy, ...] = ()
    claimed_from: Decimal | None = None
    claimed_below: Decimal | None = None
    due_days: int | None = None
    respond_hours: int | None = None
    update_hours: int | None = None
    resolve_hours: int | None = None
    pauses: tuple[PauseKind, ...] | None = None


class ShopRules(Record):
    """A shop's policy.  ``version`` is stored with every decision made under it."""

    name: ShopName
    version: int = 1
    timezone: str = "Europe/Prague"
    due_days: int = 30
    legal: str = ""
    """The country whose legal clock runs as well, see `complaints.deadlines.LEGAL`; "": none."""
    reasonable_days: int | None = None
    """What the shop holds for reasonable, where the law names no number of days."""
    resolve_hours: int | None = None
    """Open hours in which the shop promises an end, where that is less than `due_days`."""
    respond_hours: int | None = None
    """Open hours in which the shop promises to take it up."""
    update_hours: int | None = None
    """Open hours after which the shop promises to be heard of again."""
    policies: tuple[Policy, ...] = ()
    """Other terms for some complaints: the first that fits counts."""
    policy: str = ""
    """Name of the policy whose terms these are."""
    open_hours: tuple[str, ...] = ()
    """When the shop is open, see `complaints.calendars.windows`."""
    closed_days: tuple[date, ...] = ()
    holidays_of: str = ""
    """The country whose public holidays are closed; "": none."""
    pauses: tuple[PauseKind, ...] = ()
    """When the shop's own clock stands still."""
    ladder: tuple[str, ...] = ("due",)
    """What is told of a complaint that runs: names of rungs, see `complaints.ladder`."""
    rungs: Mapping[str, RungRule] = {}
    """By name: those that aren't for all complaints, or at which more is done than telling."""
    dispute_undelivered: bool = False
    """Open a dispute at the payment provider for an order that never arrived."""
    currency: str = "EUR"
    refund_allowance: Decimal | None = None
    """Full refunds up to this amount are sent by Redress, for orders in `currency`."""
    refund_release_above: Decimal | None = None
    """Such refunds above this amount wait for a person to let them go."""
    replacement_orders: bool = False
    """Create a zero-priced order when a complaint is resolved by exchange."""
    match_days: int = 3
    """Within so many days records of two systems about one order are one case; 0: never."""
    evidence_days: int = 14
    """Cases opened within so many days may be one by evidence; 0: evidence is never weighed."""
    link_score: int = 85
    """From this score on records of systems that can be read are one; above 100: never."""
    review_score: int = 50
    """From this score on a person is asked."""
    storm_pushes: int = 10
    """So many pushes of one complaint to one account within `storm_minutes` are a storm."""
    storm_minutes: int = 60
    conflict_owner: str = "operations"
    """Who settles accounts that contradict each other."""
    conflict_hours: int = 48
    """Within how many hours."""
    authority: tuple[str, ...] = ("bizkithub", "zenki", "chat")
    """Providers, the most trusted first, where nothing else says who is right."""
    authority_of: Mapping[AuthorityField, tuple[str, ...]] = {
        # Where the money was paid it is known how much that was.
        AuthorityField.TOTAL: ("zenki", "bizkithub", "chat"),
    }
    """The same for one field alone; a field that isn't here goes by `authority`."""

    def trusted(self, field: AuthorityField) -> tuple[str, ...]:
        """Providers, the most trusted first, for one field."""
        return self.authority_of.get(field, self.authority)

    def same_as(self, other: ShopRules) -> bool:
        """Whether the two say the same, whatever their versions."""
        return self.model_copy(update={"version": other.version}) == other
