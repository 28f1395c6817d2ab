"""The records of the domain: what is observed, held, decided and asked for.

Every record is frozen and knows how to read and write itself as JSON
(``model_validate_json`` and ``model_dump_json``).
"""

from __future__ import annotations

from decimal import Decimal

from pydantic import AwareDatetime, BaseModel, ConfigDict

from complaints.vocabulary import (
    AccountName,
    ComplaintNumber,
    ExternalId,
    Hold,
    OrderSpace,
    OrderState,
    Outcome,
    PushKind,
    PushState,
    Remedy,
    ShopName,
    Source,
    Status,
    Subject,
)


class Record(BaseModel):
    """Base of all records: frozen, nothing unexpected, compared by value."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class OrderKey(Record):
    """One id of an order inside one shop."""

    space: OrderSpace
    value: str


class Line(Record):
    """One complained line of an order.  ``price`` is per piece, in the claim's currency."""

    label: str
    quantity: Decimal = Decimal(1)
    price: Decimal | None = None


class BankAccount(Record):
    """Where a customer wants money.  Kept apart from all that is shown."""

    country: str = ""
    number: str = ""
    symbol: str = ""
    """Reference of the payment."""


class Claim(Record):
    """What a customer said.  All of it is personal data and none of it is trusted."""

    text: str = ""
    title: str = ""
    category: str = ""
    name: str = ""
    email: str = ""
    phone: str = ""
    channel: str = ""
    raiser: str = ""
    """Who may ask about it in the chat: channel and user id, never shown."""
    language: str = "en"
    amount: Decimal | None = None
    currency: str = ""
    lines: tuple[Line, ...] = ()
    remedy: Remedy | None = None
    bank: BankAccount | None = None


class Trace(Record):
    """By what a case may be recognised elsewhere: keyed hashes that name nobody."""

    email: str = ""
    phone: str = ""
    """Of its last nine digits: the rest is written in many ways."""
    amount: Decimal | None = None
    currency: str = ""
    words: tuple[str, ...] = ()
    """Of neighbouring words of the text, in no order of theirs."""


class Event(Record):
    """One entry of an account's own history.  ``position`` grows with time there."""

    id: str
    position: int
    word: str = ""
    status: Status | None = None


class Change(Record):
    """One canonical piece of news, as an adapter reads it out of one observation.

    ``covers`` are the canonical statuses that the account's word is compatible with: a
    running dispute covers new, open and waiting alike, a desk's ``wait`` only waiting.
    """

    subject: Subject
    external_id: ExternalId | None = None
    alias: str = ""
    """Another name of a record, by which the account may speak of it (hints only)."""
    order_keys: tuple[OrderKey, ...] = ()
    reference: ComplaintNumber | None = None
    word: str = ""
    status: Status | None = None
    covers: frozenset[Status] = frozenset()
    outcome: Outcome = Outcome.NONE
    money_moved: bool = False
    refund_failed: bool = False
    """Money was to move, and has not."""
    events: tuple[Event, ...] = ()
    claim: Claim | None = None
    trace: Trace | None = None
    """Made of the claim where it is read; adapters leave it out."""
    filed_at: AwareDatetime | None = None
    due_at: AwareDatetime | None = None
    delivered: bool | None = None
    order_state: OrderState | None = None
    total: Decimal | None = None
    """What the order cost, in `currency` (orders only)."""
    currency: str = ""
    owner: str = ""
    """E-mail of the customer (orders only); the store keeps a keyed hash of it."""
    settled: bool = False
    """Nothing more will happen at that account by itself."""
    acts: bool = False
    """A person who imports this lets it be acted on at once."""
    reason: str = ""
    warnings: tuple[str, ...] = ()


class Observation(Record):
    """One thing an account told us, raw.  ``as_of`` orders it inside its account.

    For reads ``as_of`` is the sequence drawn when the read began, else the receipt's own.
    """

    seq: int
    account: AccountName
    source: Source
    form: str
    """The adapter's word for the shape of the body."""
    external_id: ExternalId | None
    received_at: AwareDatetime
    as_of: int
    body: bytes
    number: ComplaintNumber | None = None
    """A complaint number that was promised when this arrived (chat)."""
    again: bool = False
    """It was decided before and is replayed: what it told then is taken back first."""


class Said(Record):
    """One statement of an account about a complaint, as its mirror remembers it."""

    seq: int
    """Of the observation."""
    as_of: int
    at: AwareDatetime | None = None
    """When the case was filed, as far as this tells, else when we heard of it."""
    heard: AwareDatetime | None = None
    """When we heard it."""
    due_at: AwareDatetime | None = None
    """When it is due there, where that is told."""
    word: str = ""
    status: Status | None = None
    covers: frozenset[Status] = frozenset()
    outcome: Outcome = Outcome.NONE
    money_moved: bool = False
    refund_failed: bool = False
    settled: bool = False
    events: tuple[Event, ...] = ()
    quiet: bool = False
    """An import brought it: what it asks for waits for a person."""


class OrderFacts(Record):
    """What is told of an order; ``None`` is what nobody told."""

    delivered: bool | None = None
    state: OrderState | None = None
    total: Decimal | None = None
    currency: str | None = None
    owner: str | None = None
    """Keyed hash of the customer's e-mail."""


class OrderStatement(OrderFacts):
    """What one observation told of an order."""

    seq: int
    as_of: int
    word: str | None = None
    settled: bool | None = None
    quiet: bool | None = None


class OrderSaid(OrderFacts):
    """What one account has told of an order so far: of each fact the newest.

    All of it follows from ``heard``, in whatever order that came in (`telling.retell_order`).
    """

    word: str | None = None
    settled: bool | None = None
    quiet: bool | None = None
    marks: dict[str, int] = {}
    """``as_of`` of the statement that each fact comes from."""
    told_by: dict[str, int] = {}
    """The observation that each fact comes from."""
    heard: tuple[OrderStatement, ...] = ()
    """Every statement, the oldest first."""


class Mirror(Record):
    """What one account holds of one complaint, or of an order that may become one.

    ``history`` and ``order_said`` are all that was heard; what stands from ``word`` on follows
    from them and from our own pushes, in whatever order they came in (`telling.retell`).
    """

    id: int
    account: AccountName
    external_id: ExternalId | None
    alias: str | None = None
    """Another name by which the account speaks of it."""
    complaint_id: int | None
    opened: int | None = None
    """The complaint that was opened on it."""
    home: int | None = None
    """The complaint that it belongs to, whatever that is one with: the one opened on it if any."""
    order_id: int | None
    history: tuple[Said, ...] = ()
    order_said: OrderSaid = OrderSaid()
    word: str = ""
    status: Status | None = None
    stands: Status | None = None
    """The status with which it is weighed: the last one that a table lists."""
    covers: frozenset[Status] = frozenset()
    outcome: Outcome = Outcome.NONE
    money_moved: bool = False
    refund_failed: bool = False
    """Money was to move there, and has not."""
    as_of: int = 0
    since: int = 0
    """``as_of`` of the statement that brought the present status."""
    by: int = 0
    """The observation that brought it."""
    quiet: bool = False
    """An import brought it."""
    reopened: bool = False
    """The account itself moved it from an ended status back to a running one."""
    ours: bool = False
    """The present status is there because we pushed it."""
    last_event: int = 0
    settled: bool = False
    due_at: AwareDatetime | None = None
    """When it is due there, as was told last."""

    @property
    def first(self) -> int:
        """The first observation that tells of it; 0: none does."""
        return min((said.seq for said in self.history), default=0)


class Order(OrderFacts):
    """An order that is tracked because a complaint hangs on it, or may."""

    id: int
    shop: ShopName
    keys: tuple[OrderKey, ...] = ()


class Complaint(Record):
    """The canonical case."""

    id: int
    number: ComplaintNumber
    shop: ShopName
    status: Status
    outcome: Outcome
    order_id: int | None
    origin: AccountName
    opened_at: AwareDatetime
    due_at: AwareDatetime | None
    """From when on it is overdue; while its clock stands still, if that went on at once."""
    paused_at: AwareDatetime | None = None
    """Since when the clock that counts stands still."""
    remedy: Remedy | None = None
    """What the customer wishes."""
    claimed: Decimal | None = None
    """How much the customer claims."""
    claimed_in: str = ""
    category: str = ""
    """What it is about, in the words of whoever took it in."""
    channel: str = ""
    born: int = 0
    """The observation that it was opened on: the first of those that tell of it."""
    quiet: bool = False
    """An import brought it."""
    conflict: bool = False
    joined: int | None = None
    """The complaint with which it is one: matched by the order, or as a person said."""
    by_hand: bool = False
    """A person has said so, or that it stands by itself: it isn't matched any more."""
    merged_into: int | None = None
    """Where that leads in the end: all that it knew belongs to that complaint."""
    ruling: Outcome | None = None
    """What a person decided where accounts contradict each other."""
    ruled: int = 0
    """The observation that holds the ruling."""
    rules: int = 1
    """Version of the rules under which it was weighed last."""
    version: int = 0


class Side(Record):
    """One of the ends that contradict each other."""

    account: AccountName
    external_id: ExternalId | None
    word: str
    outcome: Outcome
    money_moved: bool = False


class File(Record):
    """A file that is attached to a complaint.  Its content lies apart, under its digest."""

    digest: str
    """SHA-256 in hexadecimal digits."""
    name: str
    media_type: str
    sent: bool = False
    """It went along with a push that was done."""


class Push(Record):
    """An intent to change a provider, as far as deciding needs it."""

    id: int
    complaint_id: int | None
    account: AccountName
    kind: PushKind
    state: PushState
    external_id: ExternalId | None = None
    """The record there that it is about."""
    target: Status | None = None
    file: str | None = None
    """Digest of the file that it is about."""
    held_for: Hold | None = None
    freed: bool = False
    """A person has let it go."""
    asked_at: AwareDatetime | None = None
    tried: bool = False
    """It was sent at least once, whatever came of it."""
    sent: int = 0
    """Sequence drawn before it was first sent: reads that began earlier can't show it."""
    acked: int = 0
    """Sequence drawn when the provider acknowledged it: reads that began later show it."""


class Loser(Record):
    """What another account says, and why it doesn't count."""

    account: str
    value: str
    why: str


class FieldDecision(Record):
    """Why one field has its value."""

    field: str
    value: str
    rule: str
    winner: str
    by: int = 0
    """The observation that the value comes from; 0: none."""
    losers: tuple[Loser, ...] = ()
    note: str = ""
    """The winner's own word, or what the rule was applied with, such as a number of days."""


class Move(Record):
    """One change of canonical status.  ``jump``: the table of legal moves has no such row."""

    before: Status | None
    after: Status
    jump: bool = False


class WantedPush(Record):
    """A push that a decision asks for.  ``key`` is unique per intent for ever."""

    key: str
    account: AccountName
    kind: PushKind
    external_id: ExternalId | None = None
    """The record there that it is about, where it is known."""
    target: Status | None = None
    file: str | None = None
    held_for: Hold | None = None
    amount: Decimal | None = None
    reason: str = ""
