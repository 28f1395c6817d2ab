"""What was received and what became of it, counted range by range.  Reads only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text

from complaints import ledger
from complaints.ledger import Fault, Group
from complaints.vocabulary import AccountName

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sqlalchemy import Connection, Engine

PAGE = 50_000
"""Receipts that are counted with one query, which must end long before its time-out."""
_LAST_SEQ = 2**63 - 1

_NEXT = text("SELECT seq FROM receipt WHERE seq > :after ORDER BY seq OFFSET :size LIMIT 1")
_GROUPS = text("""
SELECT coalesce(r.account, o.account) AS account, coalesce(r.verdict, '') AS verdict,
  CASE WHEN o.seq IS NULL THEN 'NO_OBSERVATION' WHEN r.seq IS NULL THEN 'NO_RECEIPT'
    WHEN o.account <> r.account THEN 'OTHER_ACCOUNT'
    WHEN r.verdict NOT IN ('pending', 'applied', 'superseded', 'quarantined') THEN 'NO_VERDICT'
    WHEN r.deliveries < 1 THEN 'NO_DELIVERY' END AS fault,
  count(*) AS rows, count(o.seq) AS observations,
  coalesce(sum(r.deliveries - 1), 0) AS repeats,
  (array_agg(coalesce(r.seq, o.seq) ORDER BY coalesce(r.seq, o.seq))
    FILTER (WHERE o.seq IS NULL OR r.seq IS NULL OR o.account <> r.account
      OR r.deliveries < 1
      OR r.verdict NOT IN ('pending', 'applied', 'superseded', 'quarantined')))[1:1000] AS seqs
FROM (
  SELECT seq, account, received_at, verdict, deliveries FROM receipt
  WHERE seq > :after AND seq <= :upto
    AND (CAST(:since AS timestamptz) IS NULL OR received_at >= :since)
) AS r FULL JOIN (
  SELECT seq, account, received_at FROM observation
  WHERE seq > :after AND seq <= :upto
    AND (CAST(:since AS timestamptz) IS NULL OR received_at >= :since)
) AS o ON o.seq = r.seq AND o.received_at = r.received_at
WHERE CAST(:account AS text) IS NULL OR r.account = :account OR o.account = :account
GROUP BY 1, 2, 3
""")
_COUNTED = text("SELECT account, name, n FROM counter ORDER BY 1, 2")


class Ledger:
    """All receipts and observations, as sums."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def read(
        self,
        account: AccountName | None = None,
        since: datetime | None = None,
        page: int = PAGE,
    ) -> dict[AccountName, ledger.Line]:
        """The ledger of one account or all, of what came first at `since` or later.

        A repeat belongs to the time of the first arrival.  What is only counted has no time: it
        is given whole.
        """
        with self._engine.connect() as connection:
            # One picture for all pages: a verdict that is given meanwhile changes no sum.
            connection.execution_options(isolation_level="REPEATABLE READ")
            counted: dict[AccountName, dict[str, int]] = {}
            for name, what, n in connection.execute(_COUNTED):
                if account in {None, name}:
                    counted.setdefault(AccountName(name), {})[what] = n
            return ledger.add_up(_groups(connection, account, since, page), counted)


def _groups(
    connection: Connection, account: AccountName | None, since: datetime | None, page: int
) -> Iterator[Group]:
    after = -_LAST_SEQ
    while True:
        found = connection.execute(_NEXT, {"after": after, "size": page}).scalar()
        upto = _LAST_SEQ if found is None else int(found)
        values = {"after": after, "upto": upto, "account": account, "since": since}
        for row in connection.execute(_GROUPS, values):
            yield Group(
                account=row.account,
                verdict=row.verdict,
                fault=None if row.fault is None else Fault[row.fault],
                rows=row.rows,
                observations=row.observations,
                repeats=int(row.repeats),
                seqs=tuple(row.seqs or ()),
            )
        if found is None:
            return
        after = upto
