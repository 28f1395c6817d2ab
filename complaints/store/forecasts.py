"""Which rungs will come, and how complaints have ended.  Reads only."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import text

from complaints.ladder import Climber, ahead, is_for
from complaints.vocabulary import AccountName, ComplaintNumber, ShopName, Status

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection

    from complaints.ladder import Ladder


class Coming(NamedTuple):
    """A rung that will be fired, if the complaint runs on as it stands."""

    at: datetime
    number: ComplaintNumber
    shop: ShopName
    status: Status
    rung: str
    due_at: datetime
    clock: str
    accounts: frozenset[AccountName]
    """Those that have a record of it."""


class Ended(NamedTuple):
    """How one complaint ended."""

    number: ComplaintNumber
    shop: ShopName
    opened_at: datetime
    ended_at: datetime
    breached: bool
    """It was past a due date before it ended."""


_COMING = text("""
SELECT c.number, c.shop, c.status, c.conflict, c.claimed, c.claimed_in, c.due_at,
  coalesce(d.clock, 'shop') AS clock,
  ARRAY(SELECT e.rung FROM escalation e
    WHERE e.complaint_id = c.id AND e.deadline_version = coalesce(d.version, 1)) AS fired,
  ARRAY(SELECT DISTINCT m.account FROM mirror m WHERE m.complaint_id = c.id) AS accounts
FROM complaint c LEFT JOIN LATERAL (
  SELECT v.version, v.clock FROM deadline v WHERE v.complaint_id = c.id
  ORDER BY v.version DESC LIMIT 1) d ON true
WHERE c.merged_into IS NULL AND c.rung_at <= :until AND c.status IN ('new', 'open', 'waiting')
  AND (CAST(:shop AS text) IS NULL OR c.shop = :shop)
""")

_ENDED = text("""
SELECT c.number, c.shop, c.opened_at, e.at, EXISTS (
  SELECT FROM escalation r WHERE r.complaint_id = c.id AND r.rung !~ '^-' AND r.fired_at <= e.at)
FROM complaint c JOIN LATERAL (
  SELECT max(t.at) AS at FROM transition t
  WHERE t.complaint_id = c.id AND t.before IN ('new', 'open', 'waiting')
) e ON e.at >= :since AND e.at < :until
WHERE c.merged_into IS NULL AND c.status IN ('resolved', 'rejected', 'closed')
  AND (CAST(:shop AS text) IS NULL OR c.shop = :shop)
ORDER BY e.at, c.id
""")


def coming(
    connection: Connection,
    now: datetime,
    until: datetime,
    shop: ShopName | None,
    ladders: Mapping[ShopName, Ladder],
    currencies: Mapping[ShopName, str],
) -> list[Coming]:
    """Rungs that will be fired by then, the first first; what has come already is due at once."""
    found = []
    for row in connection.execute(_COMING, {"until": until, "shop": shop}):
        name = ShopName(row.shop)
        claimed = row.claimed if currencies.get(name) in {None, row.claimed_in} else None
        climber = Climber(Status(row.status), row.conflict, claimed)
        for at, rung in ahead(row.due_at, ladders.get(name, ()), row.fired, until):
            if is_for(rung.rule, climber):
                found.append(
                    Coming(
                        max(at, now), row.number, name, climber.status, rung.name, row.due_at,
                        row.clock, frozenset(map(AccountName, row.accounts)),
                    )
                )  # fmt: skip
    return sorted(found, key=lambda one: (one.at, one.number))


def ended(
    connection: Connection, since: datetime, until: datetime, shop: ShopName | None
) -> list[Ended]:
    """Complaints that ended in that time and haven't been opened again, the first first."""
    rows = connection.execute(_ENDED, {"since": since, "until": until, "shop": shop})
    return [Ended(ComplaintNumber(n), ShopName(s), *rest) for n, s, *rest in rows]
