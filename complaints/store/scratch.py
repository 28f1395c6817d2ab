"""A scratch schema: what the store would be, had everything been received and decided just now.

It has every table that deciding writes, empty, and receipts that wait as they once did.  What
accounts said is read where it lies, through views.  What the store itself held at that moment
stands beside it in tables named ``live_...``: to compare with, and because Redress's own deeds,
the pushes that it sent, are facts that no account told.  Nothing here writes to the store.
"""

from __future__ import annotations

import secrets
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple
from uuid import uuid4

from pydantic_core import to_json
from sqlalchemy import text

from complaints.acts import UnlinkRecord
from complaints.casebook import Name
from complaints.model import Change
from complaints.store import opening
from complaints.store.bulk import numbers
from complaints.store.comparing import COMPARED, Pair, differing
from complaints.store.pushes import Followed, follow
from complaints.store.receipts import Batch
from complaints.store.tables import COMPLAINT_NUMBERS, Base
from complaints.vocabulary import (
    OPERATOR,
    AccountName,
    ComplaintNumber,
    ExternalId,
    PushKind,
    Subject,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Engine

    from complaints.docket import Docket
    from complaints.names import News
    from complaints.rules import AccountProfile

PREFIX = "redress_rebuild_"

LOOKED_AT = frozenset({"attachment", "observation", "outage", "payload", "secret", "standstill"})
"""What never changes, or is no matter of deciding: seen through views."""

_SNAPSHOT = sorted({"push"} | {one.table for one in COMPARED})
_FAST = " -c synchronous_commit=off -c search_path="


class Deed(NamedTuple):
    """Something that Redress did between two observations, by the sequence it drew then."""

    mark: int
    push: int
    """Id of the push, in the store."""
    done: bool
    """The account acknowledged it; else it was sent."""


_RECEIPTS = """
INSERT INTO {scratch}.receipt (seq, account, dedupe_key, received_at)
SELECT seq, account, dedupe_key, received_at FROM {live}.receipt
WHERE verdict <> 'pending' AND account = ANY(:accounts) AND NOT {hopeless} ORDER BY seq
"""
# These were set aside without ever being decided.
_HOPELESS = "(verdict = 'quarantined' AND reason LIKE 'claimed % times, no result')"

_LEFT_OUT = """
SELECT account, count(*) FROM {live}.receipt
WHERE verdict <> 'pending' AND account <> ALL(:accounts) GROUP BY account ORDER BY account
"""

_DEEDS = text("""
SELECT sent AS mark, id, false AS done FROM live_push WHERE sent > 0 AND attempts > 0
UNION ALL
SELECT acked, id, true FROM live_push WHERE acked > 0 AND state = 'done'
ORDER BY mark
""")

# Between sending and answer nothing could overtake it.  What came to its end only because its
# effect was seen, or no longer wanted, is brought to that end by the same observation again.
_SEND = text("""
INSERT INTO push (key, complaint_id, account, kind, target, file, external_id, amount, reason,
  state, held_for, freed, cause, created_at, sent, attempts, detail)
SELECT key, complaint_id, account, kind, target, file, external_id, amount, reason,
  CASE WHEN acked > 0 THEN 'sending' WHEN state = 'done' THEN 'unknown'
    WHEN state <> 'superseded' THEN state WHEN retry_tech IS NULL AND deaths = 0 THEN 'manual'
    ELSE 'due' END,
  held_for, freed, cause, created_at, sent, attempts, detail
FROM live_push WHERE id = ANY(CAST(:ids AS bigint[])) ORDER BY id
ON CONFLICT (key) DO UPDATE SET state = excluded.state, held_for = excluded.held_for,
  freed = excluded.freed, sent = excluded.sent, attempts = excluded.attempts, ended_at = NULL,
  external_id = coalesce(excluded.external_id, push.external_id)
""")

_ACKNOWLEDGE = text("""
UPDATE push p SET state = l.state, acked = l.acked
FROM live_push l WHERE l.id = ANY(CAST(:ids AS bigint[])) AND p.key = l.key
""")

_ENCLOSE = text("""
UPDATE attached a SET sent_with = p.id
FROM live_push l JOIN push p USING (key) JOIN live_attached s ON s.sent_with = l.id
WHERE l.id = ANY(CAST(:ids AS bigint[]))
  AND a.complaint_id = s.complaint_id AND a.digest = s.digest
""")

_TOUCHED = text("""
SELECT l.account, l.external_id, coalesce(m.alias, '') AS alias, l.complaint_id, l.kind
FROM live_push l JOIN live_mirror m USING (account, external_id)
WHERE l.id = ANY(CAST(:ids AS bigint[])) ORDER BY l.acked
""")

_HEARD = text("""
SELECT n.number FROM receipt r JOIN complaint c ON c.id = r.complaint_id
JOIN complaint n ON coalesce(n.merged_into, n.id) = coalesce(c.merged_into, c.id)
WHERE r.received_at >= :since
""")

_FREE = text("""
UPDATE push p SET state = 'due', held_for = NULL, freed = true
FROM live_push l WHERE l.key = p.key AND l.freed AND p.state = 'held'
""")

# A record that a push of ours made known is the complaint's, also for what was heard of it before.
_ATTACH = text("""
INSERT INTO mirror (account, external_id, complaint_id, home)
SELECT m.account, m.external_id, coalesce(c.merged_into, c.id), c.id
FROM jsonb_array_elements(CAST(:records AS jsonb)) AS w(name)
JOIN live_mirror m ON m.account = w.name ->> 0 AND m.external_id = w.name ->> 1
JOIN complaint c ON c.id = m.home
WHERE m.opened IS NULL AND EXISTS (
  SELECT FROM live_push p WHERE p.account = m.account AND p.external_id = m.external_id
    AND p.complaint_id = m.home AND p.state = 'done')
ON CONFLICT (account, external_id) DO UPDATE
SET complaint_id = coalesce(mirror.complaint_id, excluded.complaint_id),
  home = coalesce(mirror.home, excluded.home)
""")

_NAMES = text("""
SELECT m.account, m.external_id, c.id, c.number
FROM jsonb_array_elements(CAST(:records AS jsonb)) AS w(name)
JOIN live_mirror m ON m.account = w.name ->> 0 AND m.external_id = w.name ->> 1
JOIN live_complaint c ON c.id = m.opened
""")


class Scratch:
    """One scratch schema, as long as the run that made it."""

    def __init__(self, store: opening.Store) -> None:
        self.store = store
        """Deciding with this store writes into the scratch schema only."""
        self.left_out: dict[AccountName, int] = {}
        """How many observations can't be folded: of accounts that the settings don't know."""

    def waiting(self) -> list[int]:
        """Sequences of all observations that are to be folded, ascending."""
        with self.store.engine.connect() as connection:
            return list(connection.execute(text("SELECT seq FROM receipt ORDER BY seq")).scalars())

    def acts(self) -> frozenset[int]:
        """Sequences of those of them that hold what a person did."""
        with self.store.engine.connect() as connection:
            query = text("SELECT seq FROM receipt WHERE account = :operator")
            return frozenset(connection.execute(query, {"operator": OPERATOR}).scalars())

    def deeds(self) -> list[Deed]:
        """What Redress itself did, in its order."""
        with self.store.engine.connect() as connection:
            return [Deed(*row) for row in connection.execute(_DEEDS)]

    def repeat(self, deeds: Sequence[Deed]) -> None:
        """Write down again what was sent, and what came of it."""
        sent = {"ids": numbers(deed.push for deed in deeds if not deed.done)}
        done = {"ids": numbers(deed.push for deed in deeds if deed.done)}
        with self.store.engine.begin() as connection:
            connection.execute(_SEND, sent)
            connection.execute(_ENCLOSE, sent)
            connection.execute(_ACKNOWLEDGE, done)
            connection.execute(_ENCLOSE, done)
            for row in connection.execute(_TOUCHED, done).all():
                account, external_id, alias, complaint_id, kind = row
                touched = Followed(
                    account, external_id, alias, complaint_id, PushKind(kind), done=True
                )
                follow(connection, touched, None)

    def let_go(self) -> None:
        """Free what people let go: that leaves no mark in the sequence."""
        with self.store.engine.begin() as connection:
            connection.execute(_FREE)

    def complaints(self) -> list[int]:
        """Ids of all complaints of the scratch schema."""
        with self.store.engine.connect() as connection:
            return list(connection.execute(text("SELECT id FROM complaint ORDER BY id")).scalars())

    @contextmanager
    def reopened(
        self,
        complaints: Sequence[int],
        accounts: Mapping[AccountName, AccountProfile],
        now: datetime,
    ) -> Iterator[Docket]:
        """Everything that deciding about these complaints needs; saved with the block."""
        with self.store.reopened(complaints) as (connection, docket):
            yield docket
            nothing = Batch(uuid4(), ())
            self.store.save(connection, docket, nothing, now, accounts, frozenset())

    def heard_since(self, since: datetime) -> frozenset[ComplaintNumber]:
        """Complaints of which anything was received then or later, wherever they belong now."""
        with self.store.engine.connect() as connection:
            return frozenset(connection.execute(_HEARD, {"since": since}).scalars())

    def gather(self) -> None:
        """Bring the planner's knowledge of the tables up to date."""
        with self.store.engine.begin() as connection:
            for table in ("receipt", *_SNAPSHOT, *(f"live_{table}" for table in _SNAPSHOT)):
                connection.execute(text(f"ANALYZE {table}"))

    def differing(self) -> Iterator[Pair]:
        """Rows that differ between the store and the scratch schema, or are in one only."""
        with self.store.engine.connect() as connection:
            yield from differing(connection)


class _Store(opening.Store):
    """A store in which complaints are called what they are called in the live one."""

    @contextmanager
    def casework(
        self, news: Sequence[News], accounts: Mapping[AccountName, AccountProfile]
    ) -> Iterator[tuple[Connection, Docket]]:
        records = {
            (observation.account, piece.external_id)
            for observation, pieces in news
            for piece in pieces
            if isinstance(piece, Change) and piece.subject is Subject.COMPLAINT
        } | {
            (piece.account, piece.external_id)
            for _, pieces in news
            for piece in pieces
            if isinstance(piece, UnlinkRecord)
        }
        named = {"records": to_json(list(records)).decode()}
        with self.engine.begin() as connection:
            connection.execute(_ATTACH, named)
        with super().casework(news, accounts) as (connection, docket):
            found = connection.execute(_NAMES, named)
            docket.book.remember(
                {
                    (AccountName(account), ExternalId(external_id)): Name(
                        id_, ComplaintNumber(number)
                    )
                    for account, external_id, id_, number in found
                }
            )
            yield connection, docket


@contextmanager
def scratch(live: opening.Store, accounts: Sequence[AccountName]) -> Iterator[Scratch]:
    """A scratch schema of the store as it is now, dropped with the block.

    Whoever dies before that leaves it behind for the next run to drop.
    """
    name = PREFIX + secrets.token_hex(6)
    with live.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as guard:
        _sweep(guard)
        # Held as long as this connection lives: the schema isn't a leftover.
        guard.execute(text("SELECT pg_advisory_lock(hashtextextended(:name, 0))"), {"name": name})
        made: opening.Store | None = None
        try:
            left_out = _make(live.engine, name, accounts)
            made = _Store(opening.engine_of(live.engine.url, _FAST + name), live.pepper)
            found = Scratch(made)
            found.left_out = left_out
            found.gather()
            yield found
        finally:
            if made is not None:
                made.close()
            with live.engine.begin() as connection:
                _drop(connection, name)
            guard.execute(text("SELECT pg_advisory_unlock_all()"))


def _sweep(guard: Connection) -> None:
    """Drop what runs that have died left behind."""
    schemas = guard.execute(
        text("SELECT nspname FROM pg_namespace WHERE starts_with(nspname, :prefix)"),
        {"prefix": PREFIX},
    )
    for name in schemas.scalars().all():
        key = {"name": name}
        if guard.execute(
            text("SELECT pg_try_advisory_lock(hashtextextended(:name, 0))"), key
        ).scalar_one():
            _drop(guard, name)
            guard.execute(text("SELECT pg_advisory_unlock(hashtextextended(:name, 0))"), key)


def _drop(connection: Connection, name: str) -> None:
    connection.execute(text(f"DROP SCHEMA IF EXISTS {name} CASCADE"))


def _make(engine: Engine, name: str, accounts: Sequence[AccountName]) -> dict[AccountName, int]:
    """Make the schema out of one moment of the store.  Returns what can't be folded."""
    known = {"accounts": list(accounts)}
    with (
        engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection,
        connection.begin(),
    ):
        connection.execute(text("SET LOCAL statement_timeout = 0"))
        live = connection.execute(text("SELECT quote_ident(current_schema())")).scalar_one()
        places = {"scratch": name, "live": live, "hopeless": _HOPELESS}
        connection.execute(text(f"CREATE SCHEMA {name}"))
        for table in (table.name for table in Base.metadata.sorted_tables):
            connection.execute(
                text(
                    f"CREATE VIEW {name}.{table} AS SELECT * FROM {live}.{table}"  # noqa: S608
                    if table in LOOKED_AT
                    else f"CREATE UNLOGGED TABLE {name}.{table} (LIKE {live}.{table} INCLUDING ALL)"
                )
            )
        for table in _SNAPSHOT:
            connection.execute(
                text(
                    f"CREATE UNLOGGED TABLE {name}.live_{table}"
                    f" (LIKE {live}.{table} INCLUDING INDEXES)"
                )
            )
            connection.execute(
                text(f"INSERT INTO {name}.live_{table} SELECT * FROM {live}.{table}")  # noqa: S608
            )
        serial = connection.execute(
            text(f"SELECT last_value + 1 FROM {live}.{COMPLAINT_NUMBERS.name}")  # noqa: S608
        ).scalar_one()
        connection.execute(
            text(f"CREATE SEQUENCE {name}.{COMPLAINT_NUMBERS.name} START {int(serial)}")
        )
        # A complaint that the store doesn't know must not take the id of one that it does.
        connection.execute(
            text(
                f"SELECT setval('{name}.complaint_id_seq',"  # noqa: S608 - our own names
                f" (SELECT coalesce(max(id), 0) + 1 FROM {name}.live_complaint))"
            )
        )
        connection.execute(text(_RECEIPTS.format(**places)), known)
        left = connection.execute(text(_LEFT_OUT.format(**places)), known)
        return {AccountName(account): n for account, n in left}
