"""A provider whose documents are canonical changes, and the rest that a flow needs."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from pydantic import TypeAdapter

from complaints import flow
from complaints.flow import Deps, Limits
from complaints.model import Change, Observation
from complaints.ports import Ability, Delivery, Intent, Provider, Reading, Receipt, Rejected
from complaints.rules import AccountProfile, ShopRules
from complaints.store.accounts import PAUSED
from complaints.store.receipts import Arrival
from complaints.vocabulary import (
    AccountName,
    Capability,
    ComplaintNumber,
    ExternalId,
    PushKind,
    Result,
    ShopName,
    Source,
    Subject,
)
from tests.complaints.records import ACCOUNTS, CZ, NOW, RULES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from complaints.store import Store
    from complaints.store.notices import Notice

_CHANGES = TypeAdapter(tuple[Change, ...])


def document(*changes: Change) -> bytes:
    """What a `FakeProvider` sends: changes as JSON."""
    return _CHANGES.dump_json(changes)


class FakeProvider:
    """Answers from a script and remembers what it was asked.

    ``documents`` are what can be read; ``answers`` are used up by pushes, first come first
    served (an exception is raised), and when there are none left every push is done.
    """

    def __init__(self, profile: AccountProfile) -> None:
        self.name = profile.provider
        self.account = profile.name
        self.capabilities: frozenset[Capability] = profile.capabilities
        self.abilities = {one: Ability(able=one in self.capabilities) for one in Capability}
        self.documents: dict[ExternalId, bytes | Exception] = {}
        self.answers: deque[Receipt | Exception] = deque()
        self.sent: list[Intent] = []
        self.read: list[ExternalId] = []

    def cost(self, kind: PushKind | None = None) -> int:
        """A read is one request, a push two."""
        return 1 if kind is None else 2

    def check(self) -> str:
        """All is well."""
        return "well"

    def verify(self, path: str, headers: Mapping[str, str], body: bytes, now: datetime) -> Delivery:
        """Take what names its delivery."""
        if "delivery" not in headers:
            raise Rejected("unsigned")
        return Delivery(delivery_id=headers["delivery"], form="webhook")

    def parse(self, observation: Observation) -> tuple[Change, ...]:
        """Read changes; anything else is unreadable."""
        try:
            return _CHANGES.validate_json(observation.body)
        except ValueError:
            return (Change(subject=Subject.UNREADABLE, reason="no changes"),)

    def fetch(self, external_id: ExternalId) -> Reading:
        """Give a document, or raise what is in its place."""
        self.read.append(external_id)
        found = self.documents.get(external_id, b"[]")
        if isinstance(found, Exception):
            raise found
        return Reading(form="document", external_id=external_id, body=found)

    def push(self, intent: Intent) -> Receipt:
        """Do as the next answer says."""
        self.sent.append(intent)
        answer = self.answers.popleft() if self.answers else Receipt(result=Result.DONE)
        if isinstance(answer, Exception):
            raise answer
        return answer


@dataclass
class Notes:
    """Notices as they were told."""

    told: list[Notice] = field(default_factory=list)
    stopped: list[tuple[AccountName, str]] = field(default_factory=list)
    broken: Exception | None = None

    def wants(self, notice: Notice) -> bool:
        """All of it."""
        return True

    def tell(self, notice: Notice) -> None:
        """A complaint is late, or an account is paused."""
        if self.broken is not None:
            raise self.broken
        if notice.kind == PAUSED:
            self.stopped.append((notice.facts["account"], notice.facts["reason"]))
        else:
            self.told.append(notice)


class Clock:
    """Business time that stands still until it is told to go on."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now.astimezone(UTC)

    def __call__(self) -> datetime:
        """The present moment."""
        return self.now

    def pass_(self, **time: float) -> datetime:
        """Let so much time pass."""
        self.now += timedelta(**time)
        return self.now


class House:
    """A store and fake accounts with everything that a step needs."""

    def __init__(
        self,
        store: Store,
        *,
        accounts: Mapping[AccountName, AccountProfile] = ACCOUNTS,
        rules: ShopRules = RULES,
        limits: Limits | None = None,
    ) -> None:
        self.store = store
        self.clock = Clock()
        self.notes = Notes()
        self.nudged: list[str] = []
        self.fakes = {name: FakeProvider(profile) for name, profile in accounts.items()}
        providers: dict[AccountName, Provider] = dict(self.fakes)
        shops: dict[ShopName, ShopRules] = {CZ: rules}
        self.deps = Deps(
            store=store,
            providers=providers,
            accounts=accounts,
            shops=shops,
            clock=self.clock,
            nudge=self.nudged.append,
            recall=self.nudged.append,
            channels={"notes": self.notes},
            limits=limits or Limits(lease=30, rest=0),
        )

    def hear(
        self,
        account: AccountName,
        delivery: str,
        *changes: Change,
        number: ComplaintNumber | None = None,
    ) -> int:
        """An account says something; returns the sequence under which it is kept."""
        arrival = Arrival(
            account=account,
            source=Source.POLL,
            form="document",
            body=document(*changes),
            dedupe_key=delivery,
            number=number,
        )
        return self.store.receipts.keep([arrival], self.clock())[0].seq

    def settle(self) -> None:
        """Run every step until nothing is left."""
        for _ in range(200):
            if not sum(step(self.deps) for step in flow.STEPS.values()):
                return
        raise AssertionError("the steps never come to rest")
