"""All the tables there are.

Two kinds of time live here and never meet.  *Business* times (``received_at``, ``due_at``,
``next_read_at``, ...) are written from an argument.  *Technical* times, which end in
``_tech``, belong to PostgreSQL's own clock: leases, retries and heartbeats.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    Sequence,
    SmallInteger,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Root of the models: text without length, aware times, JSON as ``jsonb``."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads it as it is
        str: Text(),
        int: BigInteger(),
        bool: Boolean(),
        bytes: LargeBinary(),
        datetime: DateTime(timezone=True),
        Decimal: Numeric(),
        dict[str, Any]: JSONB(),
        list[Any]: JSONB(),
    }


COMPLAINT_NUMBERS = Sequence("complaint_number_seq", start=1001, metadata=Base.metadata)
"""Serials of public numbers: drawn when a number is promised, so gaps are normal."""


class Account(Base):
    """State of an account that outlives the settings: release, pause, last success."""

    __tablename__ = "account"
    name: Mapped[str] = mapped_column(primary_key=True)
    released_at: Mapped[datetime | None]
    released_by: Mapped[str | None]
    paused_at: Mapped[datetime | None]
    paused_reason: Mapped[str | None]
    last_success_at: Mapped[datetime | None]
    last_failure_at: Mapped[datetime | None]
    last_failure: Mapped[str | None]
    failures: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    """In a row, since the last success."""
    not_before_tech: Mapped[datetime | None]


class Secret(Base):
    """What never leaves the store: the key of the hashes that outlive a person's data."""

    __tablename__ = "secret"
    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str]


class Counter(Base):
    """Things of which only the number is kept, such as refused deliveries."""

    __tablename__ = "counter"
    account: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    n: Mapped[int]


class Receipt(Base):
    """Narrow and mutable side of an observation: who sent it, how often, what became of it."""

    __tablename__ = "receipt"
    seq: Mapped[int] = mapped_column(Identity(always=False), primary_key=True)
    account: Mapped[str]
    dedupe_key: Mapped[str] = mapped_column(Text(collation="C"))
    received_at: Mapped[datetime]
    deliveries: Mapped[int] = mapped_column(Integer, server_default=text("1"))
    verdict: Mapped[str] = mapped_column(server_default=text("'pending'"))
    reason: Mapped[str | None]
    complaint_id: Mapped[int | None]
    attempts: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    lease: Mapped[Any | None] = mapped_column(Uuid)
    lease_until_tech: Mapped[datetime | None]
    claimed_by: Mapped[str | None]
    """Which worker process had it last."""
    fault: Mapped[str | None]
    """What the last try to decide it raised."""
    warnings: Mapped[list[Any] | None]
    """What in it deviates from its provider's documents; NULL: nothing."""
    __table_args__ = (
        UniqueConstraint("account", "dedupe_key"),
        CheckConstraint(
            "verdict IN ('pending','applied','superseded','quarantined')", name="verdict"
        ),
        Index("ix_receipt_pending", "seq", postgresql_where=text("verdict = 'pending'")),
        Index("ix_receipt_complaint_id", "complaint_id"),
        Index(
            "ix_receipt_odd",
            "seq",
            postgresql_where=text(
                "verdict IN ('superseded', 'quarantined') OR warnings IS NOT NULL"
            ),
        ),
    )


class Observation(Base):
    """One thing an account told us.  Immutable, and partitioned by month of receipt."""

    __tablename__ = "observation"
    seq: Mapped[int] = mapped_column(primary_key=True)
    received_at: Mapped[datetime] = mapped_column(primary_key=True)
    account: Mapped[str]
    source: Mapped[str]
    form: Mapped[str]
    external_id: Mapped[str | None]
    as_of: Mapped[int]
    number: Mapped[str | None]
    body_hash: Mapped[bytes]
    __table_args__ = ({"postgresql_partition_by": "RANGE (received_at)"},)


class Payload(Base):
    """Raw bodies.  Forgetting a person deletes rows here and nowhere else."""

    __tablename__ = "payload"
    seq: Mapped[int] = mapped_column(primary_key=True)
    body: Mapped[bytes]
    headers: Mapped[dict[str, Any]]


class Seal(Base):
    """A keyed hash over the receipts of one range, and over the seal before it."""

    __tablename__ = "seal"
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    from_seq: Mapped[int] = mapped_column(unique=True)
    to_seq: Mapped[int] = mapped_column(unique=True)
    rows: Mapped[int]
    hash: Mapped[str]
    previous: Mapped[str] = mapped_column(unique=True)
    sealed_at: Mapped[datetime]


class Sealing(Base):
    """One row: how many seals there were ever, so that missing last ones are missed."""

    __tablename__ = "sealing"
    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    made: Mapped[int]


class Order(Base):
    """An order that is tracked because a complaint hangs on it, or may."""

    __tablename__ = "tracked_order"
    id: Mapped[int] = mapped_column(Identity(always=False), primary_key=True)
    shop: Mapped[str]
    delivered: Mapped[bool | None]
    state: Mapped[str | None]
    total: Mapped[Decimal | None]
    currency: Mapped[str | None]
    owner: Mapped[str | None]


class OrderKey(Base):
    """One id of an order inside its shop."""

    __tablename__ = "order_key"
    shop: Mapped[str] = mapped_column(primary_key=True)
    space: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("tracked_order.id"), index=True)


class Complaint(Base):
    """The canonical case."""

    __tablename__ = "complaint"
    id: Mapped[int] = mapped_column(Identity(always=False), primary_key=True)
    number: Mapped[str] = mapped_column(unique=True)
    shop: Mapped[str]
    status: Mapped[str]
    outcome: Mapped[str]
    order_id: Mapped[int | None] = mapped_column(ForeignKey("tracked_order.id"), index=True)
    origin: Mapped[str]
    opened_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    paused_at: Mapped[datetime | None]
    rung_at: Mapped[datetime | None]
    """When its ladder is to be looked at next; NULL: no rung is left."""
    remedy: Mapped[str | None]
    claimed: Mapped[Decimal | None]
    claimed_in: Mapped[str] = mapped_column(server_default=text("''"))
    category: Mapped[str] = mapped_column(server_default=text("''"))
    channel: Mapped[str] = mapped_column(server_default=text("''"))
    born: Mapped[int] = mapped_column(server_default=text("0"))
    quiet: Mapped[bool] = mapped_column(server_default=text("false"))
    priority: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    """0 is the ordinary one."""
    assignee: Mapped[str | None]
    overdue: Mapped[bool] = mapped_column(server_default=text("false"))
    conflict: Mapped[bool] = mapped_column(server_default=text("false"))
    joined: Mapped[int | None] = mapped_column(ForeignKey("complaint.id"))
    by_hand: Mapped[bool] = mapped_column(server_default=text("false"))
    merged_into: Mapped[int | None] = mapped_column(ForeignKey("complaint.id"))
    ruling: Mapped[str | None]
    ruled: Mapped[int] = mapped_column(server_default=text("0"))
    rules: Mapped[int] = mapped_column(server_default=text("1"))
    """Version of the rules under which it was weighed last."""
    version: Mapped[int]
    __table_args__ = (
        Index("ix_complaint_shop_rules", "shop", "rules"),
        Index(
            "ix_complaint_merged_into",
            "merged_into",
            postgresql_where=text("merged_into IS NOT NULL"),
        ),
        Index(
            "ix_complaint_due",
            "due_at",
            postgresql_where=text("merged_into IS NULL AND status IN ('new','open','waiting')"),
        ),
        Index(
            "ix_complaint_rung",
            "rung_at",
            postgresql_where=text("merged_into IS NULL AND status IN ('new','open','waiting')"),
        ),
    )


class Claim(Base):
    """What the customer said: personal data, apart from the case that it started."""

    __tablename__ = "claim"
    complaint_id: Mapped[int] = mapped_column(ForeignKey("complaint.id"), primary_key=True)
    raiser: Mapped[str]
    body: Mapped[dict[str, Any]]


class Mirror(Base):
    """What one account holds of one complaint, or of an order that may become one."""

    __tablename__ = "mirror"
    id: Mapped[int] = mapped_column(Identity(always=False), primary_key=True)
    account: Mapped[str]
    external_id: Mapped[str | None]
    alias: Mapped[str | None]
    complaint_id: Mapped[int | None] = mapped_column(ForeignKey("complaint.id"), index=True)
    opened: Mapped[int | None] = mapped_column(ForeignKey("complaint.id"))
    home: Mapped[int | None] = mapped_column(ForeignKey("complaint.id"))
    order_id: Mapped[int | None] = mapped_column(ForeignKey("tracked_order.id"), index=True)
    history: Mapped[list[Any]] = mapped_column(server_default=text("'[]'"))
    order_said: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    word: Mapped[str] = mapped_column(server_default=text("''"))
    status: Mapped[str | None]
    stands: Mapped[str | None]
    covers: Mapped[list[Any]] = mapped_column(server_default=text("'[]'"))
    outcome: Mapped[str] = mapped_column(server_default=text("'none'"))
    money_moved: Mapped[bool] = mapped_column(server_default=text("false"))
    refund_failed: Mapped[bool] = mapped_column(server_default=text("false"))
    as_of: Mapped[int] = mapped_column(server_default=text("0"))
    since: Mapped[int] = mapped_column(server_default=text("0"))
    by: Mapped[int] = mapped_column(server_default=text("0"))
    quiet: Mapped[bool] = mapped_column(server_default=text("false"))
    reopened: Mapped[bool] = mapped_column(server_default=text("false"))
    ours: Mapped[bool] = mapped_column(server_default=text("false"))
    last_event: Mapped[int] = mapped_column(server_default=text("0"))
    settled: Mapped[bool] = mapped_column(server_default=text("false"))
    due_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    body_hash: Mapped[bytes | None]
    read_number: Mapped[int] = mapped_column(server_default=text("0"))
    next_read_at: Mapped[datetime | None]
    read_for: Mapped[str] = mapped_column(server_default=text("'poll'"))
    retry_tech: Mapped[datetime | None]
    failures: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    last_read_at: Mapped[datetime | None]
    audited_at: Mapped[datetime | None]
    lease: Mapped[Any | None] = mapped_column(Uuid)
    lease_until_tech: Mapped[datetime | None]
    __table_args__ = (
        Index("ix_mirror_audited", "account", text("audited_at NULLS FIRST"), "id"),
        UniqueConstraint("account", "external_id"),
        Index(
            "uq_mirror_account_alias",
            "account",
            "alias",
            unique=True,
            postgresql_where=text("alias IS NOT NULL"),
        ),
        Index("ix_mirror_due", "next_read_at", postgresql_where=text("next_read_at IS NOT NULL")),
    )


class Decision(Base):
    """What was concluded from one observation about one complaint, field by field."""

    __tablename__ = "decision"
    id: Mapped[int] = mapped_column(Identity(always=False), primary_key=True)
    seq: Mapped[int]
    complaint_id: Mapped[int] = mapped_column(ForeignKey("complaint.id"), index=True)
    account: Mapped[str]
    at: Mapped[datetime]
    rule: Mapped[str]
    rules_version: Mapped[str]
    fields: Mapped[list[Any]]


class Conflict(Base):
    """Ends of one complaint that contradict each other, and what became of it."""

    __tablename__ = "conflict"
    id: Mapped[int] = mapped_column(Identity(always=False), primary_key=True)
    complaint_id: Mapped[int] = mapped_column(ForeignKey("complaint.id"))
    field: Mapped[str]
    sides: Mapped[list[Any]]
    owner: Mapped[str]
    opened_at: Mapped[datetime]
    opened_by: Mapped[int]
    due_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[int | None]
    how: Mapped[str | None]
    __table_args__ = (
        Index(
            "uq_conflict_open",
            "complaint_id",
            unique=True,
            postgresql_where=text("closed_at IS NULL"),
        ),
    )


class Transition(Base):
    """One change of canonical status."""

    __tablename__ = "transition"
    id: Mapped[int] = mapped_column(Identity(always=False), primary_key=True)
    complaint_id: Mapped[int] = mapped_column(ForeignKey("complaint.id"), index=True)
    seq: Mapped[int]
    account: Mapped[str]
    at: Mapped[datetime]
    before: Mapped[str]
    after: Mapped[str]
    jump: Mapped[bool]
    __table_args__ = (Index("ix_transition_jump", "id", postgresql_where=text("jump")),)


class Push(Base):
    """An intent to change a provider.  Claimed and committed before the call."""

    __tablename__ = "push"
    id: Mapped[int] = mapped_column(Identity(always=False), primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    complaint_id: Mapped[int | None] = mapped_column(ForeignKey("complaint.id"))
    account: Mapped[str]
    kind: Mapped[str]
    target: Mapped[str | None]
    file: Mapped[str | None]
    external_id: Mapped[str | None]
    amount: Mapped[Decimal | None]
    reason: Mapped[str]
    state: Mapped[str]
    held_for: Mapped[str | None]
    freed: Mapped[bool] = mapped_column(server_default=text("false"))
    cause: Mapped[int]
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    sent: Mapped[int] = mapped_column(server_default=text("0"))
    acked: Mapped[int] = mapped_column(server_default=text("0"))
    attempts: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    deaths: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    detail: Mapped[str] = mapped_column(server_default=text("''"))
    owner: Mapped[str | None]
    said_done_at: Mapped[datetime | None]
    retry_tech: Mapped[datetime | None]
    lease: Mapped[Any | None] = mapped_column(Uuid)
    lease_until_tech: Mapped[datetime | None]
    __table_args__ = (
        CheckConstraint("(state = 'held') = (held_for IS NOT NULL)", name="held"),
        Index("ix_push_complaint_id_account", "complaint_id", "account"),
        Index(
            "ix_push_open",
            "account",
            "id",
            postgresql_where=text("state IN ('due','sending')"),
        ),
        Index("ix_push_state", "state", "id", postgresql_where=text("state NOT IN ('done')")),
    )


class Attachment(Base):
    """The content of a file, once, under its digest.  It may show a person."""

    __tablename__ = "attachment"
    digest: Mapped[str] = mapped_column(primary_key=True)
    media_type: Mapped[str]
    size: Mapped[int]
    content: Mapped[bytes]
    kept_at: Mapped[datetime]


class Attached(Base):
    """A file that belongs to a complaint, and the push with which it was sent."""

    __tablename__ = "attached"
    complaint_id: Mapped[int] = mapped_column(ForeignKey("complaint.id"), primary_key=True)
    digest: Mapped[str] = mapped_column(ForeignKey("attachment.digest"), primary_key=True)
    name: Mapped[str]
    media_type: Mapped[str]
    seq: Mapped[int]
    sent_with: Mapped[int | None] = mapped_column(ForeignKey("push.id"))


class Escalation(Base):
    """One rung of the ladder.  Exactly once per complaint, deadline version and rung."""

    __tablename__ = "escalation"
    id: Mapped[int] = mapped_column(Identity(always=False), primary_key=True)
    complaint_id: Mapped[int] = mapped_column(ForeignKey("complaint.id"))
    deadline_version: Mapped[int] = mapped_column(Integer)
    rung: Mapped[str]
    skipped: Mapped[bool] = mapped_column(server_default=text("false"))
    """It wasn't for this complaint as it stood then."""
    fired_at: Mapped[datetime]
    todo: Mapped[str | None]
    """What a person has to do."""
    owner: Mapped[str | None]
    done_at: Mapped[datetime | None]
    done_by: Mapped[str | None]
    __table_args__ = (
        UniqueConstraint("complaint_id", "deadline_version", "rung"),
        Index(
            "ix_escalation_todo",
            "id",
            postgresql_where=text("todo IS NOT NULL AND done_at IS NULL"),
        ),
    )


class Notice(Base):
    """What a person has to hear: a row first, told afterwards."""

    __tablename__ = "notice"
    id: Mapped[int] = mapped_column(Identity(always=False), primary_key=True)
    uid: Mapped[Any] = mapped_column(Uuid, server_default=text("gen_random_uuid()"))
    key: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    facts: Mapped[dict[str, Any]]
    at: Mapped[datetime]
    told_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    lease: Mapped[Any | None] = mapped_column(Uuid)
    lease_until_tech: Mapped[datetime | None]
    __table_args__ = (Index("ix_notice_untold", "id", postgresql_where=text("told_at IS NULL")),)


class Telling(Base):
    """What one channel was told: ``calling`` from before the call until its answer is known."""

    __tablename__ = "telling"
    notice_id: Mapped[int] = mapped_column(ForeignKey("notice.id"), primary_key=True)
    channel: Mapped[str] = mapped_column(primary_key=True)
    state: Mapped[str]
    doubts: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    """How often it may have been told without our knowing."""
    why: Mapped[str] = mapped_column(server_default=text("''"))
    """What went wrong last."""
    __table_args__ = (CheckConstraint("state IN ('calling', 'told', 'again')", name="state"),)


class Deadline(Base):
    """One due clock of a complaint.  A moved due date is a new version."""

    __tablename__ = "deadline"
    complaint_id: Mapped[int] = mapped_column(ForeignKey("complaint.id"), primary_key=True)
    clock: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(Integer, primary_key=True)
    due_at: Mapped[datetime]
    rules_version: Mapped[str]


class Ruleset(Base):
    """One version of a shop's rules.  The newest is in force."""

    __tablename__ = "ruleset"
    shop: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seq: Mapped[int]
    rules: Mapped[dict[str, Any]]
    adopted_at: Mapped[datetime]
    adopted_by: Mapped[str]


class Trace(Base):
    """By what a complaint may be recognised: keyed hashes, as it began."""

    __tablename__ = "trace"
    complaint_id: Mapped[int] = mapped_column(ForeignKey("complaint.id"), primary_key=True)
    shop: Mapped[str]
    email: Mapped[str]
    phone: Mapped[str]
    amount: Mapped[Decimal | None]
    currency: Mapped[str]
    words: Mapped[list[Any]]
    __table_args__ = (
        Index("ix_trace_email", "shop", "email", postgresql_where=text("email <> ''")),
        Index("ix_trace_phone", "shop", "phone", postgresql_where=text("phone <> ''")),
    )


class Freeze(Base):
    """A case, or one direction of an account, that a person has frozen until some time."""

    __tablename__ = "standstill"
    id: Mapped[int] = mapped_column(Identity(always=False), primary_key=True)
    complaint_id: Mapped[int | None] = mapped_column(ForeignKey("complaint.id"))
    account: Mapped[str | None]
    direction: Mapped[str]
    until: Mapped[datetime]
    reason: Mapped[str]
    by: Mapped[str]
    at: Mapped[datetime]
    lifted_at: Mapped[datetime | None]
    lifted_by: Mapped[str | None]
    __table_args__ = (
        CheckConstraint("direction IN ('out', 'in')", name="direction"),
        CheckConstraint("(complaint_id IS NULL) <> (account IS NULL)", name="subject"),
        Index("ix_standstill_until", "until", postgresql_where=text("lifted_at IS NULL")),
    )


class Outage(Base):
    """A span in which an account gave no answers."""

    __tablename__ = "outage"
    id: Mapped[int] = mapped_column(Identity(always=False), primary_key=True)
    account: Mapped[str]
    began_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    counted: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    """1: it was long enough to count; 2: its end counts as well."""
    __table_args__ = (
        Index(
            "uq_outage_open",
            "account",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
    )


class Apart(Base):
    """Two complaints that a person has looked at, and that are two."""

    __tablename__ = "apart"
    complaint_id: Mapped[int] = mapped_column(ForeignKey("complaint.id"), primary_key=True)
    other_id: Mapped[int] = mapped_column(ForeignKey("complaint.id"), primary_key=True)
    seq: Mapped[int]
    reason: Mapped[str]


class Audit(Base):
    """What comparing records of one account with fresh reads came to."""

    __tablename__ = "audit"
    id: Mapped[int] = mapped_column(Identity(always=False), primary_key=True)
    account: Mapped[str]
    at: Mapped[datetime]
    checked: Mapped[int] = mapped_column(Integer)
    drifted: Mapped[int] = mapped_column(Integer)
    found: Mapped[dict[str, Any]]
    __table_args__ = (Index("ix_audit_at", "at"),)


class Sighting(Base):
    """A record that its account didn't show when it was audited, and hasn't since."""

    __tablename__ = "sighting"
    account: Mapped[str] = mapped_column(primary_key=True)
    external_id: Mapped[str] = mapped_column(primary_key=True)
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]
    confirmed: Mapped[bool]


class Tick(Base):
    """One period of one beat entry.  Whoever inserts it first runs it."""

    __tablename__ = "tick"
    entry: Mapped[str] = mapped_column(primary_key=True)
    slot: Mapped[int] = mapped_column(primary_key=True)
    at_tech: Mapped[datetime]


class Death(Base):
    """How a worker process ended that didn't end by itself."""

    __tablename__ = "death"
    worker: Mapped[str] = mapped_column(primary_key=True)
    how: Mapped[str]
    at_tech: Mapped[datetime]


class Heartbeat(Base):
    """Proof that a queue is really consumed."""

    __tablename__ = "heartbeat"
    queue: Mapped[str] = mapped_column(primary_key=True)
    worker: Mapped[str] = mapped_column(primary_key=True)
    at_tech: Mapped[datetime]
