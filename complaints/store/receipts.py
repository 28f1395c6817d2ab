"""Receipt: what arrives is kept before anything is decided, and claimed before it is worked."""

from __future__ import annotations

import os
import socket
from datetime import UTC, datetime
from hashlib import blake2b
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID, uuid4

from pydantic import Field
from sqlalchemy import text

from complaints.model import Observation, Record
from complaints.vocabulary import AccountName, ComplaintNumber, ExternalId, Source

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, Engine

LONELY_AFTER = 3
"""Claims without a result after which a row is worked alone."""
PARKED_AFTER = 6
"""Claims without a result after which a row is set aside."""
REPLAYED = "replayed"
"""Why a receipt is pending that was decided before."""


def process_name(pid: int | None = None) -> str:
    """What a process of this host is called in the store; this one, if none is named."""
    return f"{socket.gethostname()}:{os.getpid() if pid is None else pid}"


class Arrival(Record):
    """One thing to keep.  ``as_of`` is given for reads, else the receipt's own sequence."""

    account: AccountName
    source: Source
    form: str
    external_id: ExternalId | None = None
    body: bytes
    headers: dict[str, str] = Field(default_factory=dict)
    dedupe_key: str
    as_of: int | None = None
    number: ComplaintNumber | None = None


class Kept(NamedTuple):
    """Where an arrival lies.  ``fresh`` is false for a repeat, which is only counted."""

    seq: int
    fresh: bool


class Batch(NamedTuple):
    """Claimed observations and the lease that guards them."""

    lease: UUID
    observations: tuple[Observation, ...]


_KEEP = text("""
WITH arrival AS (
  SELECT * FROM unnest(
    CAST(:accounts AS text[]), CAST(:keys AS text[]), CAST(:sources AS text[]),
    CAST(:forms AS text[]), CAST(:ids AS text[]), CAST(:marks AS bigint[]),
    CAST(:numbers AS text[]), CAST(:hashes AS bytea[]), CAST(:bodies AS bytea[]),
    CAST(:headers AS text[])
  ) WITH ORDINALITY
    AS a(account, dedupe_key, source, form, external_id, as_of, number, hash, body, headers, n)
), kept AS (
  INSERT INTO receipt (account, dedupe_key, received_at)
  SELECT account, dedupe_key, :now FROM arrival ORDER BY n
  ON CONFLICT (account, dedupe_key) DO UPDATE SET deliveries = receipt.deliveries + 1
  RETURNING seq, account, dedupe_key, received_at, deliveries = 1 AS fresh
), fresh AS (
  SELECT k.seq, k.received_at, a.* FROM kept k JOIN arrival a USING (account, dedupe_key)
  WHERE k.fresh
), raw AS (
  INSERT INTO payload (seq, body, headers) SELECT seq, body, CAST(headers AS jsonb) FROM fresh
), observed AS (
  INSERT INTO observation
    (seq, received_at, account, source, form, external_id, as_of, number, body_hash)
  SELECT seq, received_at, account, source, form, external_id, coalesce(as_of, seq), number, hash
  FROM fresh
)
SELECT k.seq, k.fresh FROM kept k JOIN arrival a USING (account, dedupe_key) ORDER BY a.n
""")

_CLAIM = text(f"""
WITH heads AS (
  SELECT seq FROM receipt
  WHERE verdict = 'pending' AND attempts >= :least AND attempts < :most
    AND account = ANY(:accounts)
    AND (lease_until_tech IS NULL OR lease_until_tech < clock_timestamp())
    AND (account <> 'operator' OR NOT EXISTS (
      SELECT FROM receipt e
      WHERE e.verdict = 'pending' AND e.attempts < :lonely AND e.seq < receipt.seq))
  ORDER BY seq LIMIT :limit FOR UPDATE SKIP LOCKED
), claimed AS (
  UPDATE receipt r SET attempts = attempts + 1, lease = :lease, claimed_by = :worker, fault = NULL,
    lease_until_tech = clock_timestamp() + make_interval(secs => :seconds)
  FROM heads h WHERE r.seq = h.seq
  RETURNING r.seq, r.received_at, coalesce(r.reason = '{REPLAYED}', false) AS again
)
SELECT o.seq, o.account, o.source, o.form, o.external_id, o.received_at, o.as_of, o.number, c.again,
  coalesce(p.body, ''::bytea) AS body
FROM claimed c JOIN observation o ON o.seq = c.seq AND o.received_at = c.received_at
LEFT JOIN payload p ON p.seq = c.seq
ORDER BY o.seq
""")  # noqa: S608 - a word from above

_PARK = text("""
UPDATE receipt r SET verdict = 'quarantined',
  reason = 'claimed ' || attempts || ' times, no result: ' || coalesce(
    'deciding it raises ' || fault,
    (SELECT 'worker ' || d.worker || ' ended with ' || d.how || ' while it decided it'
     FROM death d WHERE d.worker = r.claimed_by),
    'worker ' || claimed_by || ' hung or died while it decided it'),
  lease = NULL, lease_until_tech = NULL
WHERE verdict = 'pending' AND attempts >= :most
  AND (lease_until_tech IS NULL OR lease_until_tech < clock_timestamp())
RETURNING seq
""")


class Receipts:
    """Arrivals of all accounts."""

    def __init__(self, engine: Engine, pepper: bytes | None = None) -> None:
        self._engine = engine
        self._pepper = pepper
        self._months: set[str] = set()

    def digest(self, body: bytes) -> bytes:
        """Keyed hash of a body: recognises it again, tells nothing about it."""
        return blake2b(body, key=self.key()[:64], digest_size=16).digest()

    def key(self) -> bytes:
        """The key of all hashes: given when the store was opened, else the store's own."""
        if self._pepper is None:
            with self._engine.connect() as connection:
                query = text("SELECT value FROM secret WHERE name = 'pepper'")
                self._pepper = str(connection.execute(query).scalar_one()).encode()
        return self._pepper

    def owner(self, email: str) -> str:
        """Keyed hash of an e-mail, however it is written: recognises a customer, names none."""
        return self.digest(email.strip().casefold().encode()).hex()

    def mark(self) -> int:
        """Draw a sequence number: everything received later has a greater one."""
        with self._engine.connect() as connection:
            return int(connection.execute(text("SELECT nextval('receipt_seq_seq')")).scalar_one())

    def keep(self, arrivals: Sequence[Arrival], now: datetime) -> list[Kept]:
        """Store arrivals in a commit of their own.  A repeat raises a count, no more."""
        if not arrivals:
            return []
        with self._engine.begin() as connection:
            return self.keep_within(connection, arrivals, now)

    def keep_within(
        self, connection: Connection, arrivals: Sequence[Arrival], now: datetime
    ) -> list[Kept]:
        """`keep`, inside the caller's transaction.  Dedupe keys must differ."""
        import json  # noqa: PLC0415

        self._ensure_month(connection, now)
        rows = connection.execute(
            _KEEP,
            {
                "accounts": [a.account for a in arrivals],
                "keys": [a.dedupe_key for a in arrivals],
                "sources": [a.source for a in arrivals],
                "forms": [a.form for a in arrivals],
                "ids": [a.external_id for a in arrivals],
                "marks": [a.as_of for a in arrivals],
                "numbers": [a.number for a in arrivals],
                "hashes": [self.digest(a.body) for a in arrivals],
                "bodies": [a.body for a in arrivals],
                "headers": [json.dumps(a.headers) for a in arrivals],
                "now": now,
            },
        )
        return [Kept(seq, fresh) for seq, fresh in rows]

    def claim(
        self, accounts: Sequence[AccountName], limit: int, seconds: float, *, lonely: bool = False
    ) -> Batch:
        """Claim pending receipts, in a commit that raises their attempt counts.

        Rows that were claimed `LONELY_AFTER` times without a result come only one at a
        time, with ``lonely``.  What a person did comes when all that was received before it
        is decided (but for such rows), so that it means the same in any order of working.
        """
        lease = uuid4()
        with self._engine.begin() as connection:
            rows = connection.execute(
                _CLAIM,
                {
                    "least": LONELY_AFTER if lonely else 0,
                    "most": PARKED_AFTER if lonely else LONELY_AFTER,
                    "lonely": LONELY_AFTER,
                    "accounts": list(accounts),
                    "worker": process_name(),
                    "limit": 1 if lonely else limit,
                    "lease": lease,
                    "seconds": seconds,
                },
            ).mappings()
            return Batch(lease, tuple(Observation.model_validate(dict(row)) for row in rows))

    def give_up(self, batch: Batch, fault: str | None = None) -> None:
        """Hand a batch back at once.

        ``fault``: what deciding it raised; without one it wasn't the rows' fault, and the attempt
        doesn't count.
        """
        with self._engine.begin() as connection:
            connection.execute(
                text(
                    "UPDATE receipt SET lease = NULL, lease_until_tech = NULL,"
                    " attempts = attempts - :less, fault = :fault"
                    " WHERE lease = :lease AND verdict = 'pending'"
                ),
                {"lease": batch.lease, "less": 0 if fault else 1, "fault": fault},
            )

    def verdict(self, seq: int) -> tuple[str, str]:
        """What became of an observation, and why; ``pending`` until it is decided."""
        query = text("SELECT verdict, coalesce(reason, '') FROM receipt WHERE seq = :seq")
        with self._engine.connect() as connection:
            verdict, reason = connection.execute(query, {"seq": seq}).one()
        return verdict, reason

    def park_hopeless(self) -> list[int]:
        """Set aside rows whose claims are used up.  Returns their sequences."""
        with self._engine.begin() as connection:
            return list(connection.execute(_PARK, {"most": PARKED_AFTER}).scalars())

    def _ensure_month(self, connection: Connection, now: datetime) -> None:
        """Create the month's partition the first time that this process needs it."""
        first = now.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        name = f"observation_{first:%Y_%m}"
        if name in self._months:
            return
        after = first.replace(year=first.year + first.month // 12, month=first.month % 12 + 1)
        known = connection.execute(text("SELECT to_regclass(:name)"), {"name": name}).scalar()
        if known is None:
            connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('observation months'))"))
            connection.execute(
                text(
                    f"CREATE TABLE IF NOT EXISTS {name} PARTITION OF observation"
                    f" FOR VALUES FROM ('{first.isoformat()}') TO ('{after.isoformat()}')"
                )
            )
        else:
            # Only one that was there before: ours may yet be rolled back.
            self._months.add(name)
