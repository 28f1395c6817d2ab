"""What the domain asks of the outside world: one Protocol for providers, and the verdicts.

An adapter takes its HTTP client and its own settings block and reads no globals.  It is
structural: nothing inherits from `Provider`.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any, Protocol

from complaints.model import Change, Claim, Observation, OrderKey, Record
from complaints.vocabulary import (
    AccountName,
    Capability,
    ComplaintNumber,
    ExternalId,
    Purpose,
    PushKind,
    Result,
    Status,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

from decimal import Decimal

from pydantic import AwareDatetime, Field


class Ability(Record):
    """Whether an account can do one thing, and if not, why."""

    able: bool
    why: str = ""
    """For a person: what the provider lacks, or what switching it on would do."""
    switch: str = ""
    """The key of the account's settings that switches it on."""


def able(abilities: Mapping[Capability, Ability]) -> frozenset[Capability]:
    """What can be done."""
    return frozenset(capability for capability, ability in abilities.items() if ability.able)


class Budget(Protocol):
    """How many requests an account may be sent: one budget, shared by all processes."""

    def open(self, accounts: Sequence[AccountName], purpose: Purpose) -> list[AccountName]:
        """Those of the accounts that nobody in this process was just refused for."""
        ...

    def take(
        self, account: AccountName, purpose: Purpose, requests: int = 1, subject: str = ""
    ) -> float:
        """Seconds to wait; 0: granted and counted.

        What is left is spent in the order of `Purpose`: the later ones leave some for the
        earlier.  Writes to one ``subject`` (an order, a complaint) have a limit of their own.
        """
        ...


class Unlimited:
    """A budget without a limit, for accounts that nobody pays for."""

    def open(self, accounts: Sequence[AccountName], purpose: Purpose) -> list[AccountName]:  # noqa: ARG002 - the Protocol's
        """All of them."""
        return list(accounts)

    def take(
        self,
        account: AccountName,  # noqa: ARG002 - the Protocol's
        purpose: Purpose,  # noqa: ARG002
        requests: int = 1,  # noqa: ARG002
        subject: str = "",  # noqa: ARG002
    ) -> float:
        """Granted."""
        return 0.0


class Bulkheads(Protocol):
    """How many requests an account is asked at once, by all processes together."""

    def ready(self, accounts: Sequence[AccountName]) -> list[AccountName]:
        """Those that weren't found crowded just now."""
        ...

    def enter(
        self, account: AccountName, seconds: float, *, alone: bool = False
    ) -> AbstractContextManager[bool]:
        """Take a place for at most so long; False: there is none.

        ``alone``: the account has one place for all, for somebody who sees whether it answers.
        """
        ...


class Boundless:
    """Any number of requests at once."""

    def ready(self, accounts: Sequence[AccountName]) -> list[AccountName]:
        """All of them."""
        return list(accounts)

    def enter(
        self,
        account: AccountName,  # noqa: ARG002 - the Protocol's
        seconds: float,  # noqa: ARG002
        *,
        alone: bool = False,  # noqa: ARG002
    ) -> AbstractContextManager[bool]:
        """There is room."""
        return nullcontext(enter_result=True)


class ProviderFault(Exception):
    """Root of the verdicts.  The text is safe to show: no secret, no customer data."""


class Transient(ProviderFault):
    """It did not happen and may work later.  ``retry_after`` is in seconds."""

    def __init__(self, reason: str, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class NeedsHuman(ProviderFault):
    """The account can't go on without a person: it is paused, and somebody is told once."""


class Rejected(ProviderFault):
    """This one delivery or row is refused.  The rest go on."""


class Attachment(Record):
    """A file that goes along with a push."""

    name: str
    media_type: str
    content: bytes


class Reading(Record):
    """What a read returned, raw.  ``form`` is what `Provider.parse` wants to be told."""

    form: str
    external_id: ExternalId
    body: bytes


class Delivery(Record):
    """A verified arrival.  ``delivery_id`` makes repeats recognisable."""

    delivery_id: str
    form: str
    external_id: ExternalId | None = None
    """Handed to `Provider.parse` with the observation: what the arrival speaks of."""


class Intent(Record):
    """One write.  ``key`` never changes for the same intent."""

    key: str
    kind: PushKind
    number: ComplaintNumber
    external_id: ExternalId | None = None
    order_keys: tuple[OrderKey, ...] = ()
    target: Status | None = None
    seen: str = ""
    """The account's own word when this was decided.  Another one there: overtaken."""
    amount: Decimal | None = None
    reason: str = ""
    claim: Claim = Claim()
    due_at: AwareDatetime | None = None
    attachments: tuple[Attachment, ...] = ()
    draft: dict[str, Any] = Field(default_factory=dict)
    """What a person wants to be sent, in the provider's own terms (errands about orders)."""


class Receipt(Record):
    """The outcome of a push.  ``external_id`` is what must be read to see its effect."""

    result: Result
    external_id: ExternalId | None = None
    alias: str = ""
    """Another name by which the account will speak of it."""
    detail: str = ""


class Provider(Protocol):
    """One account at one provider."""

    @property
    def name(self) -> str:
        """Kind of system, such as ``bizkithub``."""
        ...

    @property
    def account(self) -> AccountName:
        """The account that this object speaks for."""
        ...

    @property
    def abilities(self) -> Mapping[Capability, Ability]:
        """For each capability there is, whether this account has it, and if not, why."""
        ...

    @property
    def capabilities(self) -> frozenset[Capability]:
        """What this account can do."""
        ...

    def cost(self, kind: PushKind | None = None) -> int:
        """The most requests that one push of this kind makes; None: one read."""
        ...

    def check(self) -> str:
        """Verify the account by harmless reads; says in one line what works.

        Raises Transient and NeedsHuman only.
        """
        ...

    def verify(self, path: str, headers: Mapping[str, str], body: bytes, now: datetime) -> Delivery:
        """Authenticate an arrival in constant time, without I/O.

        ``path`` is what stands behind the account's own prefix; header names are lower
        case.  Raises Rejected on a bad or stale signature or token, and nothing else.
        """
        ...

    def parse(self, observation: Observation) -> tuple[Change, ...]:
        """Translate an observation.  Pure and total: never raises."""
        ...

    def fetch(self, external_id: ExternalId) -> Reading:
        """Read one record.  Raises Transient and NeedsHuman only."""
        ...

    def push(self, intent: Intent) -> Receipt:
        """Write once.

        Returns a receipt for every outcome that the provider or the wire decided.  A
        non-repeatable write whose answer was lost is ``Result.UNKNOWN`` and is never sent
        again by the adapter.  Raises Transient (surely not done) and NeedsHuman only.
        """
        ...
