"""When accounts gave no answers: kept because a shop's clock may stand still meanwhile."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import text

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy import Engine

    from complaints.vocabulary import AccountName

LEAST = timedelta(hours=1)
"""A shorter outage counts for nobody's clock."""

_BEGIN = text("""
INSERT INTO outage (account, began_at) VALUES (:account, :now)
ON CONFLICT (account) WHERE ended_at IS NULL DO NOTHING
""")

# 1: it counts from now on; 2: its end does as well.
_COUNT = text("""
WITH long AS (
  UPDATE outage SET counted = CASE WHEN ended_at IS NULL THEN 1 ELSE 2 END
  WHERE (counted = 0 AND coalesce(ended_at, :now) - began_at >= :least)
    OR (counted = 1 AND ended_at IS NOT NULL)
  RETURNING account
), concerned AS (
  SELECT c.id FROM complaint c
  WHERE c.merged_into IS NULL AND c.status IN ('new', 'open', 'waiting') AND EXISTS (
    SELECT FROM mirror m JOIN long l ON l.account = m.account
    WHERE m.complaint_id = c.id AND l.account = ANY(:accounts))
  ORDER BY c.id FOR UPDATE
)
UPDATE complaint c SET rules = 0 FROM concerned o WHERE c.id = o.id
""")


class Outages:
    """All that there were."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def begin(self, account: AccountName, now: datetime) -> None:
        """Note that an account gives no answers, unless that is noted."""
        with self._engine.begin() as connection:
            connection.execute(_BEGIN, {"account": account, "now": now})

    def count(self, accounts: Collection[AccountName], now: datetime) -> int:
        """Have the cases of these accounts weighed anew whose outage has lasted, or ended.

        Returns how many cases that are.
        """
        values = {"now": now, "least": LEAST, "accounts": list(accounts)}
        with self._engine.begin() as connection:
            return connection.execute(_COUNT, values).rowcount
