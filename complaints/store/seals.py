"""Seals behind the receipt: made in batches of what can't change any more, and read again.

Nothing here is part of keeping an arrival.  A sequence is drawn before its row is committed, so
a lower one may become visible after a higher one; what lies behind `Seals.horizon` can't.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from complaints import sealing
from complaints.sealing import ObservationSide, Proof, ReceiptSide, Seal, SealedRow

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from sqlalchemy import Connection, Engine

    from complaints.store.receipts import Receipts

BATCH = 1000
"""Rows of one seal, at most."""
_PAGE = 20
"""Seals that are judged with one query."""
_FETCH = 500
"""Rows that are held at once: each may bring its raw body."""
_PATIENCE_SECONDS = 5.0

_DRAWN = text("SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM receipt_seq_seq")
_WRITERS = text("""
SELECT virtualtransaction FROM pg_locks
WHERE locktype = 'relation' AND relation = 'receipt'::regclass AND granted
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND mode = 'RowExclusiveLock' AND pid IS DISTINCT FROM pg_backend_pid()
""")
_NEWEST = text("SELECT * FROM seal ORDER BY number DESC LIMIT 1")
_LAST_OF_BATCH = text("""
SELECT max(seq) FROM (
  SELECT seq FROM receipt WHERE seq > :after AND seq <= :horizon ORDER BY seq LIMIT :size
) AS batch
""")
# What stands beside a receipt in its range belongs to it too: an observation without one.
_ROWS = """
SELECT coalesce(r.seq, o.seq), r.account, r.dedupe_key, r.received_at,
  o.account, o.source, o.form, o.external_id, o.as_of, o.number, o.received_at, o.body_hash,
  {body}
FROM (SELECT seq, account, dedupe_key, received_at FROM receipt
  WHERE seq >= :low AND seq <= :high) AS r
FULL JOIN (SELECT * FROM observation WHERE seq >= :low AND seq <= :high) AS o
  ON o.seq = r.seq AND o.received_at = r.received_at
{join}
ORDER BY 1, o.received_at, r.received_at
"""
_SEALED = text(_ROWS.format(body="NULL", join=""))
_READ_AGAIN = text(
    _ROWS.format(body="p.body", join="LEFT JOIN payload p ON p.seq = coalesce(r.seq, o.seq)")
)
_INSERT = text("""
INSERT INTO seal (number, from_seq, to_seq, rows, hash, previous, sealed_at)
VALUES (:number, :from_seq, :to_seq, :rows, :hash, :previous, :sealed_at)
""")
# Seals at the end that are taken out leave no gap behind; this remembers that they were made.
_COUNT = text("""
INSERT INTO sealing (id, made) VALUES (1, :before + 1)
ON CONFLICT (id) DO UPDATE SET made = greatest(sealing.made, :before) + 1 RETURNING made
""")
_MADE = text("SELECT coalesce(max(made), 0) FROM sealing")
_PAGES = text("SELECT * FROM seal WHERE number > :after ORDER BY number LIMIT :size")
# No sequence is below 1: what is there was put there, and will never be sealed.
_UNSEALED = text("""
SELECT (SELECT count(*) FROM receipt WHERE seq > :last)
  + (SELECT count(*) FROM receipt WHERE seq < 1)
""")


class Seals:
    """The chain of seals over the receipts of all accounts."""

    def __init__(self, engine: Engine, receipts: Receipts) -> None:
        self._engine = engine
        self._receipts = receipts

    def horizon(self, patience: float = _PATIENCE_SECONDS) -> int | None:
        """A sequence at or below which no row can appear any more.  None: not known just now.

        Whoever keeps an arrival locks the table (``ROW EXCLUSIVE``) before a sequence is drawn
        and until its transaction has ended.  So: see how far sequences are drawn, see who holds
        that lock then, and wait until each of them has let go.  Nobody waits for us, and who
        comes later draws greater ones.  After `patience` seconds it is left to the next time.
        """
        enough = time.monotonic() + patience
        with self._engine.connect() as connection:
            alone = connection.execution_options(isolation_level="AUTOCOMMIT")
            drawn = int(alone.execute(_DRAWN).scalar_one())
            writing = set(alone.execute(_WRITERS).scalars())
            while writing and time.monotonic() < enough:
                time.sleep(0.02)
                still = set(alone.execute(_WRITERS).scalars())
                # One that was prepared for two-phase commit goes on under another name.
                writing = {one for one in still if one in writing or one.startswith("-1/")}
        return None if writing else drawn

    def seal(self, horizon: int, now: datetime, size: int = BATCH) -> int:
        """Seal the next rows up to `horizon`.  Returns how many; 0: none, or another does it."""
        with self._engine.begin() as connection:
            lock = text("SELECT pg_try_advisory_xact_lock(hashtext('redress seals'))")
            if not connection.execute(lock).scalar():
                return 0
            before = self._newest(connection)
            low = before.to_seq + 1 if before else 1
            high = connection.execute(
                _LAST_OF_BATCH, {"after": low - 1, "horizon": horizon, "size": size}
            ).scalar()
            if high is None:
                return 0
            found = connection.execute(_SEALED, {"low": low, "high": high})
            rows = [_row(row) for row in found]
            # After seals were taken out, numbers go on: that some are missing stays to be seen.
            known = {"before": before.number if before else 0}
            number = int(connection.execute(_COUNT, known).scalar_one())
            made = sealing.make(self._receipts.key(), before, rows, now, number)
            connection.execute(_INSERT, made._asdict())
        return made.rows

    def verify(self, expect: str = "") -> Proof:
        """Read everything again, and tell what isn't as it was sealed.

        `expect` is the hash of a seal that was noted elsewhere: it must be in the chain.
        """
        judge = sealing.Judge(self._receipts.key(), self._receipts.digest, expect)
        after, low = 0, 1
        with self._engine.connect() as connection:
            made = int(connection.execute(_MADE).scalar_one())
            connection.rollback()
            while seals := self._page(connection, after):
                high = max(seal.to_seq for seal in seals)
                judge.page(seals, _stream(connection, low, high))
                connection.rollback()  # no snapshot outlives a page: vacuum goes on
                after, low = seals[-1].number, seals[-1].to_seq + 1
            unsealed = connection.execute(_UNSEALED, {"last": low - 1}).scalar_one()
        return judge.end(made, int(unsealed))

    def _page(self, connection: Connection, after: int) -> list[Seal]:
        rows = connection.execute(_PAGES, {"after": after, "size": _PAGE}).mappings()
        return [Seal(**row) for row in rows]

    def _newest(self, connection: Connection) -> Seal | None:
        row = connection.execute(_NEWEST).mappings().first()
        return None if row is None else Seal(**row)


def _stream(connection: Connection, low: int, high: int) -> Iterator[SealedRow]:
    streaming = connection.execution_options(yield_per=_FETCH)
    rows: Iterable[Any] = streaming.execute(_READ_AGAIN, {"low": low, "high": high})
    return map(_row, rows)


def _row(row: Any) -> SealedRow:  # noqa: ANN401 - a row of the driver's
    seq, body = row[0], row[12]
    receipt = None if row[1] is None else ReceiptSide(*row[1:4])
    observation = None if row[4] is None else ObservationSide(*row[4:12])
    return SealedRow(seq, receipt, observation, body)
