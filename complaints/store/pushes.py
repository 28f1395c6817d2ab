"""Pushes: claimed and committed before the call, recorded and committed after it."""

from __future__ import annotations

import json
import time
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar
from uuid import UUID, uuid4

from pydantic import ValidationError
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from complaints import acts
from complaints.model import Claim, OrderKey
from complaints.ports import Attachment, Intent, Receipt
from complaints.vocabulary import (
    AccountName,
    ComplaintNumber,
    ExternalId,
    Hold,
    PushKind,
    PushState,
    Result,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Engine

T = TypeVar("T")


class Claimed(NamedTuple):
    """One push that this worker alone may send."""

    id: int
    account: AccountName
    lease: UUID
    attempts: int
    intent: Intent
    complaint_id: int | None = None
    weighed: int = 0
    """How often its case had been weighed when it was claimed."""

    @property
    def subject(self) -> str:
        """What is written to: writes to one thing have a limit of their own."""
        return self.intent.external_id or self.intent.key


_NEXT = """
  FROM push p
  WHERE p.state = 'due' AND p.account = ANY(:accounts)
    AND (p.retry_tech IS NULL OR p.retry_tech <= clock_timestamp())
    AND NOT EXISTS (
      SELECT 1 FROM push e WHERE e.complaint_id = p.complaint_id AND e.account = p.account
        AND e.id < p.id AND e.state IN ('due', 'sending', 'unknown')
        AND (e.kind = ANY(:about_orders)) = (p.kind = ANY(:about_orders)))
    -- An order has one dispute, whichever of its complaints has asked for it.
    AND NOT (p.kind = 'open_dispute' AND EXISTS (
      SELECT FROM complaint o JOIN complaint r ON r.id = coalesce(o.merged_into, o.id)
      JOIN complaint s ON s.order_id = r.order_id
      JOIN complaint n ON n.id = s.id OR n.merged_into = s.id
      JOIN push e ON e.complaint_id = n.id
      WHERE o.id = p.complaint_id AND e.id <> p.id AND e.account = p.account
        AND e.kind = 'open_dispute' AND e.state IN ('sending', 'unknown', 'done')))
    -- Its case is to be weighed first: it may not be wanted any more.
    AND NOT EXISTS (
      SELECT FROM complaint n JOIN complaint r ON r.id = coalesce(n.merged_into, n.id)
      WHERE n.id = p.complaint_id AND r.rules = 0)
    AND NOT EXISTS (
      SELECT FROM standstill h JOIN complaint f ON f.id = h.complaint_id
      JOIN complaint n ON n.id = p.complaint_id
      WHERE h.lifted_at IS NULL AND h.until > :now
        AND coalesce(f.merged_into, f.id) = coalesce(n.merged_into, n.id))
  ORDER BY p.id LIMIT 1"""

# A row that somebody else is at work on is nobody's next one.
_NEXT_ACCOUNT = text(f"SELECT p.account {_NEXT} FOR UPDATE SKIP LOCKED")

_CLAIM = text(f"""
WITH head AS (
  SELECT p.id {_NEXT} FOR UPDATE SKIP LOCKED
), claimed AS (
  UPDATE push p SET state = 'sending', attempts = attempts + 1, lease = :lease,
    sent = CASE WHEN sent = 0 THEN nextval('receipt_seq_seq') ELSE sent END,
    lease_until_tech = clock_timestamp() + make_interval(secs => :seconds)
  FROM head h WHERE p.id = h.id
  RETURNING p.*
)
SELECT p.id, p.account, p.attempts, p.key, p.kind, p.target, p.amount, p.reason, p.complaint_id,
  coalesce((SELECT r.version FROM complaint r WHERE r.id = coalesce(c.merged_into, c.id)), 0)
    AS weighed,
  coalesce(c.number, '') AS number, c.due_at, l.body AS claim, a.body AS act,
  coalesce(r.word, m.word, y.word, '') AS seen,
  coalesce(p.external_id, m.external_id, y.external_id) AS external_id,
  coalesce((SELECT jsonb_agg(jsonb_build_object('space', k.space, 'value', k.value))
    FROM order_key k WHERE k.order_id = c.order_id), '[]') AS order_keys
FROM claimed p LEFT JOIN complaint c ON c.id = p.complaint_id
LEFT JOIN payload a ON a.seq = p.cause AND p.complaint_id IS NULL
LEFT JOIN claim l ON l.complaint_id = c.id
LEFT JOIN mirror r ON r.account = p.account AND r.external_id = p.external_id
LEFT JOIN mirror m ON m.complaint_id = c.id AND m.account = p.account AND r.id IS NULL
LEFT JOIN mirror y ON y.order_id = c.order_id AND y.account = p.account AND y.complaint_id IS NULL
LIMIT 1
""")  # noqa: S608 - SQL from above

_RECORD = text("""
UPDATE push SET state = :state, detail = :detail, lease = NULL, lease_until_tech = NULL,
  ended_at = CASE WHEN :state IN ('done', 'parked', 'superseded')
    THEN CAST(:now AS timestamptz) END,
  acked = CASE WHEN :state = 'done' THEN nextval('receipt_seq_seq') ELSE 0 END,
  sent = CASE WHEN :state = 'superseded' THEN 0 ELSE sent END, retry_tech = NULL,
  external_id = coalesce(:external_id, external_id)
WHERE id = :id AND lease = :lease AND state IN ('sending', 'unknown')
RETURNING complaint_id
""")

_FOLLOW = text("""
INSERT INTO mirror
  (account, external_id, alias, complaint_id, home, order_id, next_read_at, read_for)
SELECT :account, :external_id, nullif(:alias, ''),
  CASE WHEN :ours THEN coalesce(c.merged_into, c.id) END, CASE WHEN :ours THEN c.id END,
  CASE WHEN :dispute THEN c.order_id END, CAST(:read_at AS timestamptz), 'read_back'
FROM (SELECT CAST(:complaint_id AS bigint) AS id) AS p LEFT JOIN complaint c USING (id)
ON CONFLICT (account, external_id) DO UPDATE SET
  complaint_id = coalesce(mirror.complaint_id, excluded.complaint_id),
  home = coalesce(mirror.home, excluded.home),
  alias = coalesce(mirror.alias, excluded.alias),
  next_read_at = excluded.next_read_at, read_for = 'read_back',
  retry_tech = NULL, lease = NULL, lease_until_tech = NULL
""")

# What has weighed a case in the meantime has left alone what was being sent.
_LOCK_CASE = text("""
SELECT r.id, r.version FROM complaint n JOIN complaint r ON r.id = coalesce(n.merged_into, n.id)
WHERE n.id = :id FOR UPDATE OF r
""")
_WEIGH_ANEW = text("UPDATE complaint SET rules = 0 WHERE id = :id")

_RETRY = text("""
UPDATE push SET state = :state, detail = :detail, lease = NULL, lease_until_tech = NULL,
  attempts = CASE WHEN :counts THEN attempts ELSE attempts - 1 END,
  sent = CASE WHEN :counts OR attempts > 1 THEN sent ELSE 0 END,
  ended_at = CASE WHEN :state = 'parked' THEN CAST(:now AS timestamptz) END,
  retry_tech = clock_timestamp() + make_interval(secs => :seconds)
WHERE id = :id AND lease = :lease AND state IN ('sending', 'unknown')
""")

# Who decides locks cases before pushes: so does who frees them.
_LOCK_SWEPT = text("""
SELECT r.id FROM push p JOIN complaint n ON n.id = p.complaint_id
JOIN complaint r ON r.id = coalesce(n.merged_into, n.id)
WHERE p.state = 'sending' AND p.lease_until_tech < clock_timestamp()
ORDER BY r.id FOR UPDATE OF r
""")

_SWEEP = text("""
WITH freed AS (
UPDATE push SET
  state = CASE WHEN kind <> ALL(:again) THEN 'unknown' WHEN deaths + 1 >= :most THEN 'parked'
    ELSE 'due' END,
  deaths = deaths + 1,
  detail = 'the worker died while sending',
  ended_at = CASE WHEN kind = ANY(:again) AND deaths + 1 >= :most
    THEN CAST(:now AS timestamptz) END,
  lease = CASE WHEN kind <> ALL(:again) THEN lease END, lease_until_tech = NULL
WHERE state = 'sending' AND lease_until_tech < clock_timestamp()
RETURNING id, complaint_id, account, state
), looked AS (
UPDATE mirror m SET next_read_at = :now, read_for = 'read_back', retry_tech = NULL,
  lease = NULL, lease_until_tech = NULL
FROM freed f
WHERE m.complaint_id = f.complaint_id AND m.account = f.account AND m.next_read_at IS NOT NULL
), weighed AS (
UPDATE complaint r SET rules = 0 FROM freed f JOIN complaint n ON n.id = f.complaint_id
WHERE r.id = coalesce(n.merged_into, n.id) AND f.state = 'due'
)
SELECT id FROM freed
""")

AFTER = {
    Result.DONE: PushState.DONE,
    Result.ALREADY: PushState.DONE,
    Result.REFUSED: PushState.PARKED,
    Result.UNSUPPORTED: PushState.MANUAL,
    Result.OVERTAKEN: PushState.SUPERSEDED,
    Result.UNKNOWN: PushState.UNKNOWN,
}
"""What a receipt makes of its push."""

_READ_BACK = frozenset({PushState.DONE, PushState.SUPERSEDED, PushState.UNKNOWN, PushState.PARKED})
"""After these we look at what it says there now: who is refused may have seen it wrong."""


_RECORD_SECONDS = 30.0
"""How long an outcome is offered to a database that is away."""

OF_ACCOUNTS = frozenset({Hold.RELEASE, Hold.IMPORT})
"""What the release of an account lets go; anything else is let go case by case."""

_ENCLOSE = text("""
WITH enclosed AS (
  UPDATE attached a SET sent_with = :push
  FROM complaint c JOIN complaint n ON coalesce(n.merged_into, n.id) IN (c.id, c.merged_into)
  WHERE n.id = :complaint_id AND a.complaint_id = c.id
  RETURNING a.digest, a.name, a.media_type, a.seq
), once AS (
  SELECT DISTINCT ON (digest) digest, name, media_type, seq FROM enclosed ORDER BY digest, seq
)
SELECT o.name, o.media_type, f.content FROM once o JOIN attachment f USING (digest)
ORDER BY o.seq
""")

_ABOUT_ORDERS = frozenset(
    {PushKind.CREATE_ORDER, PushKind.EDIT_ORDER, PushKind.CANCEL_ORDER}
    | {PushKind.SHIP, PushKind.TRACK, PushKind.DELIVER}
)
"""Kinds whose record at the account is an order, and no complaint."""

_NOTHING = Intent(key="", kind=PushKind.PORTAL, number=ComplaintNumber(""))


class Followed(NamedTuple):
    """What a push has touched at its account."""

    account: AccountName
    external_id: ExternalId
    alias: str
    complaint_id: int | None
    kind: PushKind
    done: bool


def follow(connection: Connection, touched: Followed, read_at: datetime | None) -> None:
    """Have what a push has touched read back, and know it as the complaint's if it made it."""
    connection.execute(
        _FOLLOW,
        {
            "account": touched.account,
            "external_id": touched.external_id,
            "alias": touched.alias,
            "complaint_id": touched.complaint_id,
            "ours": touched.done and touched.kind not in _ABOUT_ORDERS,
            "dispute": touched.kind is PushKind.OPEN_DISPUTE,
            "read_at": read_at,
        },
    )


class Pushes:
    """Pushes of all accounts."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def next_account(self, accounts: Sequence[AccountName], now: datetime) -> AccountName | None:
        """Whose the next push is that could be claimed; None: there is none."""
        values = {"accounts": list(accounts), "about_orders": list(_ABOUT_ORDERS), "now": now}
        with self._engine.begin() as connection:
            return connection.execute(_NEXT_ACCOUNT, values).scalar_one_or_none()

    def claim(
        self, accounts: Sequence[AccountName], seconds: float, now: datetime
    ) -> Claimed | None:
        """Claim the next push that is due, if any.  One push of a complaint per account."""
        lease = uuid4()
        with self._engine.begin() as connection:
            row = (
                connection.execute(
                    _CLAIM,
                    {
                        "accounts": list(accounts),
                        "lease": lease,
                        "seconds": seconds,
                        "about_orders": list(_ABOUT_ORDERS),
                        "now": now,
                    },
                )
                .mappings()
                .first()
            )
            files = _enclosed(connection, dict(row)) if row is not None else ()
        if row is None:
            return None
        try:
            intent = _intent(dict(row), files)
        except (ValidationError, ValueError):
            # Another version wrote it.  Nothing was sent, and the others must go on.
            unread = Claimed(row["id"], row["account"], lease, row["attempts"], _NOTHING)
            self._again(unread, "this version can't read it", 0, now, state="parked")
            return self.claim(accounts, seconds, now)
        claimed = (row["id"], row["account"], lease, row["attempts"], intent)
        return Claimed(*claimed, row["complaint_id"], row["weighed"])

    def record(
        self, claimed: Claimed, receipt: Receipt, now: datetime, *, readable: bool = True
    ) -> bool:
        """Record an outcome.  False: the lease was lost and nothing was recorded.

        What a done push has touched is read back at once, at accounts that can be read.
        """
        return _insisting(lambda: self._record(claimed, receipt, now, readable=readable))

    def _record(self, claimed: Claimed, receipt: Receipt, now: datetime, *, readable: bool) -> bool:
        state = AFTER[receipt.result]
        with self._engine.begin() as connection:
            recorded = connection.execute(
                _RECORD,
                {
                    "state": state,
                    "detail": receipt.detail,
                    "id": claimed.id,
                    "lease": claimed.lease,
                    "external_id": receipt.external_id,
                    "now": now,
                },
            ).first()
            if recorded is None:
                return False
            if claimed.intent.attachments and receipt.result is not Result.DONE:
                _take_out(connection, claimed.id)
            external_id = claimed.intent.external_id
            if state is not PushState.PARKED:
                external_id = receipt.external_id or external_id
            if state in _READ_BACK and external_id is not None:
                followed = Followed(
                    account=claimed.account,
                    external_id=external_id,
                    alias=receipt.alias,
                    complaint_id=recorded.complaint_id,
                    kind=claimed.intent.kind,
                    done=state is PushState.DONE,
                )
                follow(connection, followed, now if readable else None)
        return True

    def later(
        self, claimed: Claimed, reason: str, seconds: float, now: datetime, *, give_up: bool
    ) -> None:
        """Put a push back for a later try, or park it when its tries are used up."""
        self._again(claimed, reason, seconds, now, state="parked" if give_up else "due")

    def unsent(self, claimed: Claimed, reason: str, now: datetime, seconds: float = 0) -> None:
        """Put a push back that was not tried: the try isn't counted."""
        self._again(claimed, reason, seconds, now, state="due", counts=False)

    def sweep(self, again: Iterable[PushKind], most: int, now: datetime) -> list[int]:
        """Free what dead workers left: kinds in `again` become due, the rest unknown.

        Nobody sends an unknown one again, so its worker's answer still counts if it comes.
        One that was claimed `most` times hits a bug or kills its workers: it is parked.
        """
        with self._engine.begin() as connection:
            connection.execute(_LOCK_SWEPT)
            return list(
                connection.execute(
                    _SWEEP, {"again": list(again), "most": most, "now": now}
                ).scalars()
            )

    def release(self, account: AccountName, reasons: Iterable[Hold] = OF_ACCOUNTS) -> int:
        """Let the pushes of an account go that are held for these reasons.  How many it were."""
        with self._engine.begin() as connection:
            return connection.execute(
                text(
                    "UPDATE push SET state = 'due', held_for = NULL, freed = true"
                    " WHERE account = :account AND state = 'held' AND held_for = ANY(:reasons)"
                ),
                {"account": account, "reasons": list(reasons)},
            ).rowcount

    def let_go(self, number: ComplaintNumber, read_only: Iterable[AccountName]) -> int:
        """Let the pushes of a complaint go that wait for a person.  How many are due now.

        Also those that were asked for under the number of a complaint that is one with it.
        Those of an account that is still read-only go on waiting for its release.
        """
        with self._engine.begin() as connection:
            states = connection.execute(
                text("""
UPDATE push p SET state = CASE WHEN p.account = ANY(:read_only) THEN 'held' ELSE 'due' END,
  held_for = CASE WHEN p.account = ANY(:read_only) THEN 'release' END, freed = true
FROM complaint c JOIN complaint n ON coalesce(n.merged_into, n.id) IN (c.id, c.merged_into)
WHERE c.id = p.complaint_id AND n.number = :number AND p.state = 'held' AND p.held_for <> 'release'
RETURNING p.state
"""),
                {"number": number, "read_only": list(read_only)},
            ).scalars()
            return list(states).count(PushState.DUE)

    def _again(
        self, claimed: Claimed, reason: str, seconds: float, now: datetime, **how: str | bool
    ) -> None:
        _insisting(lambda: self._put_back(claimed, reason, seconds, now, **how))

    def _put_back(
        self, claimed: Claimed, reason: str, seconds: float, now: datetime, **how: str | bool
    ) -> None:
        with self._engine.begin() as connection:
            case = connection.execute(_LOCK_CASE, {"id": claimed.complaint_id}).first()
            put_back = connection.execute(
                _RETRY,
                {
                    "id": claimed.id,
                    "lease": claimed.lease,
                    "detail": reason,
                    "seconds": seconds,
                    "now": now,
                    "counts": how.get("counts", True),
                    "state": how["state"],
                },
            ).rowcount
            if put_back and how["state"] == "due" and case and case.version != claimed.weighed:
                connection.execute(_WEIGH_ANEW, {"id": case.id})


def _insisting(record: Callable[[], T]) -> T:
    """Try again while the store is busy: what became of a push is known here and nowhere else."""
    until = time.monotonic() + _RECORD_SECONDS
    while True:
        try:
            return record()
        except OperationalError:
            if time.monotonic() > until:
                raise
            time.sleep(0.5)


def _enclosed(connection: Connection, row: Mapping[str, Any]) -> tuple[Attachment, ...]:
    """The files that go along, noted as sent with this push."""
    if row["kind"] != PushKind.OPEN_DISPUTE:
        return ()
    values = {"push": row["id"], "complaint_id": row["complaint_id"]}
    found = connection.execute(_ENCLOSE, values).mappings()
    return tuple(Attachment.model_validate(dict(file)) for file in found)


def _take_out(connection: Connection, push: int) -> None:
    """Note that the files didn't go along after all."""
    connection.execute(
        text("UPDATE attached SET sent_with = NULL WHERE sent_with = :push"), {"push": push}
    )


def _intent(row: Mapping[str, Any], files: tuple[Attachment, ...]) -> Intent:
    errand = acts.ERRAND.validate_json(row["act"]) if row["complaint_id"] is None else None
    return Intent(
        key=row["key"],
        kind=PushKind(row["kind"]),
        number=row["number"],
        external_id=errand.external_id if errand else row["external_id"],
        order_keys=tuple(OrderKey(**key) for key in row["order_keys"]),
        target=row["target"],
        seen=row["seen"],
        amount=row["amount"],
        reason=row["reason"],
        claim=Claim.model_validate(row["claim"] or {}),
        due_at=row["due_at"],
        attachments=files,
        draft=json.loads(errand.draft, parse_float=Decimal) if errand else {},
    )
