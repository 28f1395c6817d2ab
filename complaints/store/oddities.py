"""What accounts told that the tables of words and moves don't expect.  Reads only."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import text

from complaints.vocabulary import AccountName, ComplaintNumber

if TYPE_CHECKING:
    from sqlalchemy import Connection


class Oddity(StrEnum):
    """Why something is odd."""

    JUMP = "jump"
    """A complaint moved as the table of legal moves doesn't know."""
    SUPERSEDED = "superseded"
    """It came too late to say anything, or names nothing that is known."""
    QUARANTINED = "quarantined"
    """Nobody can read it or decide on it: it is set aside."""
    WARNING = "warning"
    """It was read, but something in it deviates from the provider's documents."""


class OddLine(NamedTuple):
    """One of them.  ``at`` is when it was decided (jumps) or received (the others)."""

    at: datetime
    account: AccountName
    kind: Oddity
    seq: int
    number: ComplaintNumber | None
    what: str


_COUNTED = """
SELECT account, 'jump' AS kind, count(*) AS n FROM transition
WHERE jump AND (CAST(:account AS text) IS NULL OR account = :account)
  AND (CAST(:since AS timestamptz) IS NULL OR at >= :since) GROUP BY account
UNION ALL
SELECT account, kind, count(*) FROM receipt,
  LATERAL unnest(ARRAY[nullif(nullif(verdict, 'applied'), 'pending'),
    CASE WHEN warnings IS NOT NULL THEN 'warning' END]) AS kind
WHERE (verdict IN ('superseded', 'quarantined') OR warnings IS NOT NULL) AND kind IS NOT NULL
  AND (CAST(:account AS text) IS NULL OR account = :account)
  AND (CAST(:since AS timestamptz) IS NULL OR received_at >= :since) GROUP BY account, kind
"""

_LISTED = """
SELECT * FROM (
  (SELECT t.at, t.account, 'jump' AS kind, t.seq, c.number, t.before || ' -> ' || t.after AS what
  FROM transition t JOIN complaint c ON c.id = t.complaint_id
  WHERE t.jump AND (CAST(:account AS text) IS NULL OR t.account = :account)
    AND (CAST(:since AS timestamptz) IS NULL OR t.at >= :since) AND 'jump' = ANY(:kinds)
  ORDER BY t.id DESC LIMIT :limit)
  UNION ALL
  (SELECT r.received_at, r.account, k.kind, r.seq, c.number, k.what
  FROM receipt r LEFT JOIN complaint c ON c.id = r.complaint_id, LATERAL (
    SELECT r.verdict AS kind, coalesce(r.reason, 'no reason kept') AS what
    WHERE r.verdict IN ('superseded', 'quarantined')
    UNION ALL
    SELECT 'warning', string_agg(w, '; ') FROM jsonb_array_elements_text(r.warnings) AS w
    HAVING count(*) > 0) AS k
  WHERE (r.verdict IN ('superseded', 'quarantined') OR r.warnings IS NOT NULL)
    AND (CAST(:account AS text) IS NULL OR r.account = :account)
    AND (CAST(:since AS timestamptz) IS NULL OR r.received_at >= :since) AND k.kind = ANY(:kinds)
  ORDER BY r.seq DESC LIMIT :limit)
) AS odd ORDER BY seq DESC, kind LIMIT :limit
"""


def counted(
    connection: Connection, account: AccountName | None, since: datetime | None
) -> dict[AccountName, dict[Oddity, int]]:
    """How many of each kind every account has; those without any are left out."""
    found: dict[AccountName, dict[Oddity, int]] = {}
    rows = connection.execute(text(_COUNTED), {"account": account, "since": since})
    for name, kind, n in rows:
        found.setdefault(AccountName(name), {})[Oddity(kind)] = n
    return dict(sorted(found.items()))


def listed(
    connection: Connection,
    account: AccountName | None,
    since: datetime | None,
    kinds: frozenset[Oddity],
    limit: int,
) -> list[OddLine]:
    """The newest ones of these kinds, the newest first."""
    values = {
        "account": account,
        "since": since,
        "kinds": [str(one) for one in kinds],
        "limit": limit,
    }
    return [
        OddLine(at, AccountName(name), Oddity(kind), seq, number, what)
        for at, name, kind, seq, number, what in connection.execute(text(_LISTED), values)
    ]
