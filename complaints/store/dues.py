"""What is due, and what was: running complaints by their due dates.  Reads only."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import text

from complaints.rules import Priority
from complaints.store.escalations import PRIORITIES
from complaints.vocabulary import Clock, ComplaintNumber, ShopName, Status

if TYPE_CHECKING:
    from sqlalchemy import Connection


class DueComplaint(NamedTuple):
    """One running complaint and its clock."""

    number: ComplaintNumber
    shop: ShopName
    status: Status
    opened_at: datetime
    due_at: datetime
    overdue: bool
    moved: int
    """How often the due date has moved."""
    rungs: tuple[str, ...]
    """Which rungs of this due date were fired."""
    next_rung_at: datetime | None
    clock: Clock
    """Which of the clocks counts."""
    paused_at: datetime | None
    """Since when it stands still; it is due then only if it goes on at once."""
    priority: Priority
    assignee: str | None
    provider_due_at: datetime | None
    """When it is due by what an account tells; None: none does."""

    def left(self, now: datetime) -> timedelta:
        """How long it is until it is due; negative once it was; fixed while it stands still."""
        return self.due_at - (self.paused_at or now)


def listed(
    connection: Connection, now: datetime, ahead: timedelta, shop: ShopName | None, limit: int
) -> list[DueComplaint]:
    """Running complaints that have no more than that left, the first due first."""
    rows = connection.execute(
        text("""
SELECT c.number, c.shop, c.status, c.opened_at, c.due_at, c.overdue, d.version - 1 AS moved,
  ARRAY(SELECT e.rung FROM escalation e WHERE e.complaint_id = c.id
    AND e.deadline_version = d.version AND NOT e.skipped ORDER BY e.fired_at, e.id) AS rungs,
  c.rung_at AS next_rung_at, coalesce((SELECT v.clock FROM deadline v WHERE v.complaint_id = c.id
    ORDER BY v.version DESC LIMIT 1), 'shop') AS clock, c.paused_at,
  c.priority, c.assignee,
  (SELECT min(m.due_at) FROM mirror m WHERE m.complaint_id = c.id) AS provider_due_at
FROM complaint c CROSS JOIN LATERAL (
  SELECT coalesce(max(v.version), 1) AS version FROM deadline v WHERE v.complaint_id = c.id) d
WHERE c.merged_into IS NULL AND c.status IN ('new', 'open', 'waiting')
  AND (c.due_at <= :until AND c.paused_at IS NULL
    OR c.due_at - c.paused_at <= CAST(:until AS timestamptz) - CAST(:now AS timestamptz))
  AND (CAST(:shop AS text) IS NULL OR c.shop = :shop)
ORDER BY c.due_at, c.id LIMIT :limit
"""),
        {"now": now, "until": now + ahead, "shop": shop, "limit": limit},
    )
    return [
        DueComplaint(
            **{
                **row,
                "status": Status(row["status"]),
                "rungs": tuple(row["rungs"]),
                "clock": Clock(row["clock"]),
                "priority": PRIORITIES[row["priority"]],
            }
        )
        for row in rows.mappings()
    ]
