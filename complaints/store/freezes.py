"""What people have frozen: a case, or one direction of an account, until some time."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import text

from complaints.vocabulary import AccountName, ComplaintNumber

if TYPE_CHECKING:
    from sqlalchemy import Engine


class Direction(StrEnum):
    """What stands still."""

    OUT = "out"
    """Nothing is sent; what is asked for waits, and goes on in its order."""
    IN = "in"
    """Nothing is read; what comes by itself is kept and decided."""


class Freeze(NamedTuple):
    """One freeze that stands."""

    id: int
    number: ComplaintNumber | None
    account: AccountName | None
    direction: Direction
    until: datetime
    reason: str
    by: str
    at: datetime
    waiting: int
    """Pushes that would be due now."""


STANDING = "h.lifted_at IS NULL AND h.until > :now"
"""SQL about a freeze ``h`` at business time `now`."""

_FREEZE = text("""
INSERT INTO standstill (complaint_id, account, direction, until, reason, by, at)
SELECT (SELECT coalesce(merged_into, id) FROM complaint WHERE number = :number),
  CAST(:account AS text), :direction, :until, :reason, :by, :now
WHERE :number IS NULL OR EXISTS (SELECT FROM complaint WHERE number = :number)
RETURNING id
""")
# The shop's clock may stand still meanwhile.
_WEIGH_ANEW = text("""
UPDATE complaint c SET rules = 0 WHERE c.id IN (
  SELECT coalesce(n.merged_into, n.id) FROM complaint n JOIN LATERAL (
    SELECT r.rules FROM ruleset r WHERE r.shop = n.shop ORDER BY r.version DESC LIMIT 1
  ) newest ON jsonb_exists(newest.rules -> 'pauses', 'hold')
  WHERE n.number = :number)
""")
_LIFT = text(f"""
UPDATE standstill h SET lifted_at = :now, lifted_by = :by
WHERE {STANDING} AND (h.account = :account OR h.complaint_id IN (
  SELECT coalesce(n.merged_into, n.id) FROM complaint n WHERE n.number = :number
  UNION SELECT n.id FROM complaint n WHERE n.number = :number))
""")  # noqa: S608 - SQL from above
_LISTED = text(f"""
SELECT h.id, c.number, h.account, h.direction, h.until, h.reason, h.by, h.at,
  (SELECT count(*) FROM push p LEFT JOIN complaint n ON n.id = p.complaint_id
   WHERE p.state = 'due' AND h.direction = 'out' AND (p.account = h.account
     OR coalesce(n.merged_into, n.id) = coalesce(c.merged_into, c.id)))
FROM standstill h LEFT JOIN complaint c ON c.id = h.complaint_id
WHERE {STANDING} ORDER BY h.until, h.id
""")  # noqa: S608 - SQL from above
_ACCOUNTS = text(f"""
SELECT DISTINCT h.account FROM standstill h
WHERE {STANDING} AND h.direction = :direction AND h.account IS NOT NULL
""")  # noqa: S608 - SQL from above


class Freezes:
    """All that people have frozen."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def freeze_case(
        self, number: ComplaintNumber, until: datetime, reason: str, by: str, now: datetime
    ) -> bool:
        """Let nothing about a complaint be sent.  False: there is no such complaint."""
        return self._freeze(number, None, Direction.OUT, until, reason, by, now)

    def freeze_account(
        self,
        account: AccountName,
        direction: Direction,
        until: datetime,
        reason: str,
        by: str,
        now: datetime,
    ) -> None:
        """Let nothing be sent to an account, or read from it."""
        self._freeze(None, account, direction, until, reason, by, now)

    def _freeze(
        self,
        number: ComplaintNumber | None,
        account: AccountName | None,
        direction: Direction,
        until: datetime,
        reason: str,
        by: str,
        now: datetime,
    ) -> bool:
        values = {
            "number": number,
            "account": account,
            "direction": direction,
            "until": until,
            "reason": reason,
            "by": by,
            "now": now,
        }
        with self._engine.begin() as connection:
            frozen = connection.execute(_FREEZE, values).first() is not None
            if frozen and number is not None:
                connection.execute(_WEIGH_ANEW, values)
            return frozen

    def lift(
        self, number: ComplaintNumber | None, account: AccountName | None, by: str, now: datetime
    ) -> int:
        """Let it go on.  How many freezes that ended."""
        values = {"number": number, "account": account, "by": by, "now": now}
        with self._engine.begin() as connection:
            lifted = connection.execute(_LIFT, values).rowcount
            if lifted and number is not None:
                connection.execute(_WEIGH_ANEW, values)
            return lifted

    def standing(self, now: datetime) -> list[Freeze]:
        """All that stand at business time `now`, the first to end first."""
        with self._engine.connect() as connection:
            return [
                Freeze(id_, number, account, Direction(direction), *rest)
                for id_, number, account, direction, *rest in connection.execute(
                    _LISTED, {"now": now}
                )
            ]

    def accounts(self, direction: Direction, now: datetime) -> frozenset[AccountName]:
        """Accounts of which this direction is frozen."""
        with self._engine.connect() as connection:
            rows = connection.execute(_ACCOUNTS, {"now": now, "direction": direction})
            return frozenset(map(AccountName, rows.scalars()))
