"""What waits for people: manual actions, unknown outcomes, held pushes.  Reads only."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import text

from complaints.vocabulary import (
    AccountName,
    ComplaintNumber,
    ExternalId,
    Hold,
    PushKind,
    ShopName,
    Status,
)

if TYPE_CHECKING:
    from sqlalchemy import Connection


class ManualAction(NamedTuple):
    """Something that no API does: a person carries it out in the provider's portal."""

    number: ComplaintNumber | None
    account: AccountName
    external_id: ExternalId | None
    target: Status | None
    reason: str
    since: datetime
    id: int = 0
    """Of the push: what people call it by."""
    kind: PushKind = PushKind.PORTAL
    record: str | None = None
    """The record there that the push names, or the digest of its file."""
    owner: str | None = None
    """Who has it."""
    said_done_at: datetime | None = None
    """When somebody said that it is done; that nothing has shown yet."""


class RungTask(NamedTuple):
    """What a person has to do because a complaint has come to a rung of its ladder."""

    id: int
    number: ComplaintNumber
    shop: ShopName
    rung: str
    todo: str
    since: datetime
    owner: str | None


class Candidate(NamedTuple):
    """A record that a push whose answer was lost may have made."""

    external_id: ExternalId
    word: str
    number: ComplaintNumber


class UnknownPush(NamedTuple):
    """A push whose answer was lost, and that nobody sends again by itself."""

    id: int
    number: ComplaintNumber
    account: AccountName
    kind: PushKind
    target: Status | None
    record: str | None
    amount: Decimal | None
    since: datetime
    detail: str
    candidates: tuple[Candidate, ...]


class ParkedPush(NamedTuple):
    """A push that was set aside: the account refused it, or it was tried for too long."""

    id: int
    number: ComplaintNumber | None
    account: AccountName
    kind: PushKind
    target: Status | None
    record: str | None
    since: datetime
    detail: str


class WaitingPush(NamedTuple):
    """One push that waits for a person."""

    number: ComplaintNumber
    kind: str
    target: Status | None
    amount: Decimal | None
    since: datetime
    held_for: Hold


def rung_tasks(connection: Connection) -> list[RungTask]:
    """Those of complaints that run, the oldest first."""
    rows = connection.execute(
        text("""
SELECT e.id, c.number, c.shop, e.rung, e.todo, e.fired_at, e.owner
FROM escalation e JOIN complaint c ON c.id = e.complaint_id
WHERE e.todo IS NOT NULL AND e.done_at IS NULL
  AND c.merged_into IS NULL AND c.status IN ('new', 'open', 'waiting') ORDER BY e.id
""")
    )
    return [RungTask(*row) for row in rows]


def manual_actions(connection: Connection) -> list[ManualAction]:
    """Open manual actions, the oldest first."""
    rows = connection.execute(
        text("""
SELECT c.number, p.account, coalesce(p.external_id, m.external_id), p.target, p.reason,
  p.created_at, p.id, p.kind, coalesce(p.external_id, p.file), p.owner, p.said_done_at
FROM push p LEFT JOIN complaint c ON c.id = p.complaint_id
LEFT JOIN mirror m ON m.complaint_id = c.id AND m.account = p.account AND p.external_id IS NULL
WHERE p.state = 'manual' ORDER BY p.id
""")
    )
    return [
        ManualAction(
            number,
            account,
            external_id,
            target and Status(target),
            reason,
            since,
            id_,
            PushKind(kind),
            *rest,
        )
        for number, account, external_id, target, reason, since, id_, kind, *rest in rows
    ]


def unknown_pushes(connection: Connection) -> list[UnknownPush]:
    """Pushes whose answer was lost, the oldest first, with what they may have made.

    A candidate is a case that began at that account about then, on the same order or with the
    same customer, and is no part of the complaint.
    """
    rows = connection.execute(
        text("""
SELECT p.id, c.number, p.account, p.kind, p.target, coalesce(p.external_id, p.file) AS record,
  p.amount, p.created_at, p.detail, coalesce((
    SELECT jsonb_agg(jsonb_build_array(m.external_id, m.word, o.number) ORDER BY m.id)
    FROM mirror m JOIN complaint o ON o.id = m.opened
    JOIN complaint r ON r.id = coalesce(c.merged_into, c.id)
    LEFT JOIN trace t ON t.complaint_id = c.id LEFT JOIN trace s ON s.complaint_id = o.id
    WHERE m.account = p.account AND m.complaint_id <> r.id
      AND o.opened_at >= p.created_at - interval '1 day'
      AND (m.order_id = r.order_id OR (t.email <> '' AND t.email = s.email)
        OR (t.phone <> '' AND t.phone = s.phone))), '[]') AS candidates
FROM push p JOIN complaint c ON c.id = p.complaint_id
WHERE p.state = 'unknown' ORDER BY p.id
""")
    )
    return [
        UnknownPush(
            row.id,
            row.number,
            row.account,
            PushKind(row.kind),
            row.target and Status(row.target),
            row.record,
            row.amount,
            row.created_at,
            row.detail,
            tuple(Candidate(*one) for one in row.candidates),
        )
        for row in rows
    ]


def parked_pushes(connection: Connection) -> list[ParkedPush]:
    """Pushes that were set aside, the oldest first."""
    rows = connection.execute(
        text("""
SELECT p.id, c.number, p.account, p.kind, p.target, coalesce(p.external_id, p.file),
  coalesce(p.ended_at, p.created_at), p.detail
FROM push p LEFT JOIN complaint c ON c.id = p.complaint_id
WHERE p.state = 'parked' ORDER BY p.id
""")
    )
    return [
        ParkedPush(id_, number, account, PushKind(kind), target and Status(target), *rest)
        for id_, number, account, kind, target, *rest in rows
    ]


def waiting_pushes(connection: Connection, account: AccountName) -> list[WaitingPush]:
    """Pushes that the account's release would let go, the oldest first."""
    rows = connection.execute(
        text("""
SELECT coalesce(c.number, '-'), p.kind, p.target, p.amount, p.created_at, p.held_for
FROM push p LEFT JOIN complaint c ON c.id = p.complaint_id
WHERE p.state = 'held' AND p.held_for IN ('release', 'import') AND p.account = :account
ORDER BY p.id
"""),
        {"account": account},
    )
    return [WaitingPush(*row) for row in rows]


def held_of(connection: Connection, number: ComplaintNumber) -> list[WaitingPush]:
    """Pushes of one complaint that are held for another reason than their account's release.

    Each is listed under the number under which it was asked for: also those of complaints that
    are one with this one.
    """
    rows = connection.execute(
        text("""
SELECT c.number, p.kind, p.target, p.amount, p.created_at, p.held_for
FROM push p JOIN complaint c ON c.id = p.complaint_id
JOIN complaint n ON coalesce(n.merged_into, n.id) IN (c.id, c.merged_into)
WHERE p.state = 'held' AND p.held_for <> 'release' AND n.number = :number ORDER BY p.id
"""),
        {"number": number},
    )
    return [WaitingPush(*row) for row in rows]
