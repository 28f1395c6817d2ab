"""Escalations: rows first, each exactly once, then somebody is told."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID, uuid4

from sqlalchemy import text

from complaints.model import ComplaintNumber, ShopName

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Engine


class Notice(NamedTuple):
    """Something that a person has to hear.  ``repeat``: it may have been told before."""

    id: int
    number: ComplaintNumber
    shop: ShopName
    rung: str
    due_at: datetime
    fired_at: datetime
    repeat: bool
    lease: UUID


_FIRE = text("""
WITH late AS (
  SELECT c.id, coalesce((SELECT max(d.version) FROM deadline d WHERE d.complaint_id = c.id), 1)
    AS version
  FROM complaint c
  WHERE NOT c.overdue AND c.status IN ('new', 'open', 'waiting') AND c.due_at <= :now
  ORDER BY c.due_at LIMIT :limit FOR UPDATE SKIP LOCKED
), flagged AS (
  UPDATE complaint c SET overdue = true FROM late WHERE c.id = late.id
)
INSERT INTO escalation (complaint_id, deadline_version, rung, fired_at)
SELECT id, version, 'due', :now FROM late
ON CONFLICT DO NOTHING RETURNING id
""")

_CLAIM = text("""
WITH heads AS (
  SELECT id FROM escalation
  WHERE notified_at IS NULL AND (lease_until_tech IS NULL OR lease_until_tech < clock_timestamp())
  ORDER BY id LIMIT :limit FOR UPDATE SKIP LOCKED
), claimed AS (
  UPDATE escalation e SET attempts = attempts + 1, lease = :lease,
    lease_until_tech = clock_timestamp() + make_interval(secs => :seconds)
  FROM heads h WHERE e.id = h.id RETURNING e.*
)
SELECT e.id, c.number, c.shop, e.rung, c.due_at, e.fired_at, e.attempts > 1 AS repeat, e.lease
FROM claimed e JOIN complaint c ON c.id = e.complaint_id ORDER BY e.id
""")


class Escalations:
    """The ladder of all complaints."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def fire(self, now: datetime, limit: int) -> int:
        """Flag what is past its due date and fire its rung.  Returns how many were found."""
        with self._engine.begin() as connection:
            fired = connection.execute(_FIRE, {"now": now, "limit": limit})
            return len(fired.all())

    def claim(self, limit: int, seconds: float) -> list[Notice]:
        """Claim notices that nobody was told of yet."""
        with self._engine.begin() as connection:
            rows = connection.execute(
                _CLAIM, {"limit": limit, "seconds": seconds, "lease": uuid4()}
            ).mappings()
            return [Notice(**row) for row in rows]

    def told(self, notices: list[Notice], now: datetime) -> None:
        """Record that these were told."""
        with self._engine.begin() as connection:
            connection.execute(
                text(
                    "UPDATE escalation SET notified_at = :now, lease = NULL,"
                    " lease_until_tech = NULL WHERE id = ANY(:ids) AND lease = ANY(:leases)"
                ),
                {
                    "now": now,
                    "ids": [notice.id for notice in notices],
                    "leases": list({notice.lease for notice in notices}),
                },
            )
