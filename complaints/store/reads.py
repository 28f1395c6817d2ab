"""Reads: which mirrors are due, and what reading them brought."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID, uuid4

from sqlalchemy import text

from complaints.pacing import Followed
from complaints.vocabulary import AccountName, ExternalId, Purpose, Source, Status

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Engine

    from complaints.store.receipts import Arrival, Receipts


class DueRead(NamedTuple):
    """One mirror to read now.  ``as_of`` was drawn before the read began."""

    id: int
    account: AccountName
    external_id: ExternalId
    source: Source
    status: Status | None
    settled: bool
    ended_at: datetime | None
    body_hash: bytes | None
    read_number: int
    failures: int
    as_of: int


class ReadBatch(NamedTuple):
    """Claimed reads and the lease that guards them."""

    lease: UUID
    reads: tuple[DueRead, ...]


class Read(NamedTuple):
    """What became of one read: news to keep, or none, and when to read again."""

    due: DueRead
    arrival: Arrival | None
    body_hash: bytes | None
    next_read_at: datetime | None


SOON = timedelta(hours=72)
"""What is due within this time is polled before the rest."""

_SORTED = """
  w.rank, (c.due_at <= :soon AND c.status IN ('new', 'open', 'waiting')) IS NOT TRUE,
  m.next_read_at, m.id"""

_DUE = """
  FROM mirror m JOIN why w USING (read_for) LEFT JOIN complaint c ON c.id = m.complaint_id
  WHERE m.next_read_at <= :now AND m.external_id IS NOT NULL
    AND (m.account, w.purpose) IN
      (SELECT * FROM unnest(CAST(:accounts AS text[]), CAST(:purposes AS text[])))
    AND (m.retry_tech IS NULL OR m.retry_tech <= clock_timestamp())
    AND (m.lease_until_tech IS NULL OR m.lease_until_tech < clock_timestamp())"""

_CLAIM = text(f"""
WITH why (read_for, rank, purpose, source) AS (VALUES
  ('read_back', 0, 'read_back', 'read_back'), ('hint', 1, 'hint', 'hint'),
  ('import_read', 2, 'hint', 'import_read'), ('again', 3, 'poll', 'poll'),
  ('poll', 4, 'poll', 'poll')
), first AS (
  SELECT m.account {_DUE} ORDER BY {_SORTED} LIMIT 1
), heads AS (
  SELECT m.id {_DUE} AND m.account = (SELECT account FROM first)
  ORDER BY {_SORTED} LIMIT :limit FOR UPDATE OF m SKIP LOCKED
), claimed AS (
  UPDATE mirror m SET lease = :lease,
    lease_until_tech = clock_timestamp() + make_interval(secs => :seconds)
  FROM heads h WHERE m.id = h.id
  RETURNING m.*
)
SELECT m.id, m.account, m.external_id, w.source, m.status, m.settled, m.ended_at, m.body_hash,
  m.read_number, m.failures, nextval('receipt_seq_seq') AS as_of
FROM claimed m JOIN why w USING (read_for) LEFT JOIN complaint c ON c.id = m.complaint_id
ORDER BY {_SORTED}
""")  # noqa: S608 - order and condition from above

_RECORD = text("""
UPDATE mirror m SET lease = NULL, lease_until_tech = NULL, failures = 0, retry_tech = NULL,
  last_read_at = :now, body_hash = v.hash, read_number = v.read_number,
  next_read_at = v.next_read_at, read_for = 'poll'
FROM unnest(CAST(:ids AS bigint[]), CAST(:hashes AS bytea[]), CAST(:numbers AS bigint[]),
  CAST(:times AS timestamptz[])) AS v(id, hash, read_number, next_read_at)
WHERE m.id = v.id AND m.lease = :lease
RETURNING m.id
""")


_FOLLOWED = text("""
SELECT account, count(*) FILTER (WHERE status IN ('new', 'open', 'waiting', 'unknown')),
  count(*) FILTER (WHERE status IN ('resolved', 'rejected', 'closed')),
  count(*) FILTER (WHERE status IS NULL)
FROM mirror WHERE next_read_at IS NOT NULL AND external_id IS NOT NULL GROUP BY account
""")


class Reads:
    """Mirrors of all accounts, as things to be read."""

    def __init__(self, engine: Engine, receipts: Receipts) -> None:
        self._engine = engine
        self._receipts = receipts

    def claim(
        self,
        allowed: Mapping[Purpose, Sequence[AccountName]],
        limit: int,
        seconds: float,
        now: datetime,
    ) -> ReadBatch:
        """Claim mirrors of one account that are due, for purposes that it may be read for.

        Of one alone: a slow account's reads mustn't keep another's waiting behind them.
        Read-backs first, then hints, then polls: what is due soon, then the longest unseen.
        """
        pairs = [(name, purpose) for purpose, names in allowed.items() for name in names]
        lease = uuid4()
        with self._engine.begin() as connection:
            rows = connection.execute(
                _CLAIM,
                {
                    "accounts": [name for name, _ in pairs],
                    "purposes": [purpose for _, purpose in pairs],
                    "limit": limit,
                    "seconds": seconds,
                    "lease": lease,
                    "now": now,
                    "soon": now + SOON,
                },
            ).mappings()
            return ReadBatch(
                lease,
                tuple(DueRead(**{**row, "source": Source(row["source"])}) for row in rows),
            )

    def record(self, batch: ReadBatch, reads: Sequence[Read], now: datetime) -> int:
        """Keep what is new and plan the next reads, in one commit.  Returns the news kept.

        A mirror whose lease was lost is left to whoever has it now.  A wish to read it that
        came in meanwhile has taken the lease away too: what was read may be older than that.
        """
        if not reads:
            return 0
        with self._engine.begin() as connection:
            ours = set(
                connection.execute(
                    _RECORD,
                    {
                        "lease": batch.lease,
                        "now": now,
                        "ids": [read.due.id for read in reads],
                        "hashes": [read.body_hash for read in reads],
                        "numbers": [
                            read.due.read_number + (read.arrival is not None) for read in reads
                        ],
                        "times": [read.next_read_at for read in reads],
                    },
                ).scalars()
            )
            news = [r.arrival for r in reads if r.arrival is not None and r.due.id in ours]
            if news:
                self._receipts.keep_within(connection, news, now)
        return len(news)

    def followed(self) -> dict[AccountName, Followed]:
        """How many mirrors of each account are read again and again."""
        with self._engine.connect() as connection:
            rows = connection.execute(_FOLLOWED)
            return {AccountName(name): Followed(*counts) for name, *counts in rows}

    def failed(self, batch: ReadBatch, due: DueRead, seconds: float) -> None:
        """A read didn't work: try again later, by PostgreSQL's clock."""
        with self._engine.begin() as connection:
            connection.execute(
                text(
                    "UPDATE mirror SET lease = NULL, lease_until_tech = NULL,"
                    " failures = least(failures + 1, 1000),"
                    " retry_tech = clock_timestamp() + make_interval(secs => :seconds)"
                    " WHERE id = :id AND lease = :lease"
                ),
                {"id": due.id, "lease": batch.lease, "seconds": seconds},
            )

    def unread(self, batch: ReadBatch) -> None:
        """Hand back what was claimed and not read."""
        with self._engine.begin() as connection:
            connection.execute(
                text(
                    "UPDATE mirror SET lease = NULL, lease_until_tech = NULL WHERE lease = :lease"
                ),
                {"lease": batch.lease},
            )
