"""What a shop decides for itself, as data.  Everything here is read from the settings."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from complaints.model import AccountName, Capability, OrderSpace, Record, ShopName


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
    live: bool = True
    """A live account is read-only until a person releases it."""
    read_plan: ReadPlan = ReadPlan()

    @property
    def reads(self) -> bool:
        """Whether records can be read by id at this account."""
        return Capability.FETCH in self.capabilities


class ShopRules(Record):
    """A shop's policy.  ``version`` is stored with every decision made under it."""

    name: ShopName
    version: str = "1"
    timezone: str = "Europe/Prague"
    due_days: int = 30
    dispute_undelivered: bool = False
    """Open a dispute at the payment provider for an order that never arrived."""
    currency: str = "EUR"
    refund_allowance: Decimal | None = None
    """Full refunds up to this amount are sent by Redress, for orders in `currency`."""
    authority: tuple[str, ...] = ("bizkithub", "zenki", "chat")
    """Providers, the most trusted first, where two running states differ."""
