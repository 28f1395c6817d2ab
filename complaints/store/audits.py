"""Audits of drift: which records are compared next, and what earlier audits came to."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from pydantic import TypeAdapter
from pydantic_core import to_json
from sqlalchemy import text

from complaints.model import Mirror, Push, Record
from complaints.store.bulk import numbers, put, records, whole
from complaints.store.casework import MIRROR_COLUMNS, PUSH_COLUMNS
from complaints.vocabulary import AccountName, ComplaintNumber, ExternalId

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Engine

KEPT_DAYS = 90
"""For so long it is known what audits came to."""


class _Row(Record):
    mirror: Mirror
    number: ComplaintNumber | None
    busy: bool
    pushes: tuple[Push, ...]


class Audited(NamedTuple):
    """One record as the store knows it."""

    mirror: Mirror
    number: ComplaintNumber | None
    pushes: tuple[Push, ...]
    """Its complaint's, those of merged ones included."""
    busy: bool
    """Something about it is under way."""


class Missing(NamedTuple):
    """A record that its account didn't show, with the audit that saw that first."""

    external_id: ExternalId
    confirmed: bool


class Looked(NamedTuple):
    """What an audit of one account came to."""

    tried: list[ExternalId]
    seen: list[ExternalId]
    """Those that the account has shown."""
    missing: list[Missing]
    """Those that it hasn't, as far as that is believed."""
    drifted: int
    sums: dict[str, int]
    """How many records stand how."""


class Rate(NamedTuple):
    """How much drift audits have found at an account."""

    account: AccountName
    checked: int
    drifted: int
    last_at: datetime


_CHOOSE = text("""
SELECT id FROM mirror
WHERE account = :account AND external_id IS NOT NULL
  AND (complaint_id IS NOT NULL OR order_id IS NOT NULL)
ORDER BY audited_at NULLS FIRST, id LIMIT :limit
""")
_SUBJECT = whole(f"""
SELECT to_jsonb(s) - 'number' - 'busy' - 'pushes' AS mirror, s.number, s.busy, s.pushes FROM (
  SELECT {MIRROR_COLUMNS}, c.number,
    m.next_read_at <= :now AND m.read_for <> 'poll'
    OR EXISTS (
      SELECT FROM push p JOIN complaint n ON n.id = p.complaint_id
      WHERE coalesce(n.merged_into, n.id) = m.complaint_id AND p.account = m.account
        AND p.state IN ('due', 'sending', 'unknown'))
    OR EXISTS (
      SELECT FROM receipt r JOIN observation o ON o.seq = r.seq AND o.received_at = r.received_at
      WHERE r.verdict = 'pending' AND r.account = m.account
        AND coalesce(o.external_id, m.external_id) = m.external_id) AS busy,
    coalesce((
      SELECT jsonb_agg(to_jsonb(q) ORDER BY q.id) FROM (
        SELECT {PUSH_COLUMNS} FROM push p JOIN complaint n ON n.id = p.complaint_id
        WHERE coalesce(n.merged_into, n.id) = m.complaint_id) AS q), '[]') AS pushes
  FROM mirror m LEFT JOIN complaint c ON c.id = m.complaint_id
  WHERE m.id = :id) AS s
""")  # noqa: S608 - columns of this package
_ROWS = TypeAdapter(list[_Row])
_AUDITED = text("""
UPDATE mirror SET audited_at = :now
WHERE account = :account AND external_id IN
  (SELECT jsonb_array_elements_text(CAST(:ids AS jsonb)))
""")
_VISIBLE = text("""
DELETE FROM sighting
WHERE account = :account AND external_id IN
  (SELECT jsonb_array_elements_text(CAST(:ids AS jsonb)))
""")
_EARLIER = text("SELECT external_id FROM sighting WHERE account = :account AND first_at <= :before")
_READ_AGAIN = text("""
UPDATE mirror SET next_read_at = :now, read_for = 'again', body_hash = NULL, retry_tech = NULL,
  lease = NULL, lease_until_tech = NULL
WHERE id = ANY(CAST(:ids AS bigint[]))
""")
_RATES = text("""
SELECT account, sum(checked), sum(drifted), max(at) FROM audit WHERE at > :since
GROUP BY account ORDER BY account
""")


class Audits:
    """Records to be compared with their accounts, and what came of it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def choose(self, account: AccountName, limit: int | None) -> list[int]:
        """Records of an account, those that were never audited or longest ago first."""
        with self._engine.connect() as connection:
            values = {"account": account, "limit": limit}
            return list(connection.execute(_CHOOSE, values).scalars())

    def look_up(self, id_: int, now: datetime) -> Audited | None:
        """One record as the store knows it now; None: it is gone."""
        with self._engine.connect() as connection:
            rows = records(connection, _SUBJECT, {"id": id_, "now": now}, _ROWS)
        return next((Audited(r.mirror, r.number, r.pushes, r.busy) for r in rows), None)

    def missing_since(self, account: AccountName, before: datetime) -> frozenset[ExternalId]:
        """Records that an audit at `before` or earlier didn't see, and none has seen since."""
        with self._engine.connect() as connection:
            values = {"account": account, "before": before}
            return frozenset(map(ExternalId, connection.execute(_EARLIER, values).scalars()))

    def record(
        self,
        account: AccountName,
        looked_at: Looked,
        now: datetime,
    ) -> None:
        """Keep what an audit of one account came to."""
        with self._engine.begin() as connection:
            for query, ids in ((_AUDITED, looked_at.tried), (_VISIBLE, looked_at.seen)):
                names = to_json(ids).decode()
                connection.execute(query, {"account": account, "ids": names, "now": now})
            put(
                connection,
                "sighting",
                [
                    {
                        "account": account,
                        "external_id": one.external_id,
                        "first_at": now.isoformat(),
                        "last_at": now.isoformat(),
                        "confirmed": one.confirmed,
                    }
                    for one in looked_at.missing
                ],
                "ON CONFLICT (account, external_id) DO UPDATE SET last_at = excluded.last_at,"
                " confirmed = sighting.confirmed OR excluded.confirmed",
            )
            connection.execute(
                text(
                    "INSERT INTO audit (account, at, checked, drifted, found)"
                    " VALUES (:account, :now, :checked, :drifted, CAST(:found AS jsonb))"
                ),
                {
                    "account": account,
                    "now": now,
                    "checked": len(looked_at.tried),
                    "drifted": looked_at.drifted,
                    "found": to_json(looked_at.sums).decode(),
                },
            )
            before = now - timedelta(days=KEPT_DAYS)
            connection.execute(text("DELETE FROM audit WHERE at < :before"), {"before": before})

    def read_again(self, ids: Sequence[int], now: datetime) -> None:
        """Have these records read by the ordinary path, and kept whatever they say."""
        with self._engine.begin() as connection:
            connection.execute(_READ_AGAIN, {"ids": numbers(ids), "now": now})

    def rates(self, since: datetime) -> list[Rate]:
        """What audits after `since` came to, account by account."""
        with self._engine.connect() as connection:
            rows = connection.execute(_RATES, {"since": since})
            return [Rate(AccountName(name), int(n), int(d), at) for name, n, d, at in rows]
