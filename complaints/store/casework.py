"""The transaction of a reconcile, its first half: lock and load what a batch touches.

Locks are always taken in the same order (keys nobody holds yet, orders, complaints,
mirrors; ascending inside each), so that workers on one order wait and never deadlock.
The number of statements doesn't depend on the size of the batch.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, NamedTuple

from pydantic import TypeAdapter
from pydantic_core import to_json
from sqlalchemy import text

from complaints.acts import Matching, UnlinkRecord
from complaints.casebook import Fresh, Loaded
from complaints.docket import Docket
from complaints.model import Change, Complaint, File, Mirror, Order, Push, Record
from complaints.names import name_all, order_records
from complaints.pauses import Pause
from complaints.rules import PauseKind
from complaints.store.bulk import numbers, records, whole
from complaints.vocabulary import AccountName, ExternalId, Subject

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from complaints.names import Named, News
    from complaints.rules import AccountProfile

MIRROR_COLUMNS = (
    "m.id, m.account, m.external_id, m.alias, m.complaint_id, m.opened, m.home, m.order_id,"
    " m.history, m.order_said, m.word, m.status, m.stands, m.covers, m.outcome, m.money_moved,"
    " m.refund_failed,"
    " m.as_of, m.since, m.by, m.quiet, m.reopened, m.ours, m.last_event, m.settled, m.due_at"
)
PUSH_COLUMNS = (
    "p.id, p.complaint_id, p.account, p.kind, p.state, p.external_id, p.target, p.file, p.held_for,"
    " p.freed, p.sent, p.acked, p.created_at AS asked_at, p.attempts > 0 AS tried"
)
_COMPLAINT = (
    "id, number, shop, status, outcome, order_id, origin, opened_at, due_at, paused_at, remedy,"
    " CAST(claimed AS text) AS claimed, claimed_in, category, channel,"
    " born, quiet, conflict, joined, by_hand, merged_into, ruling, ruled, rules, version"
)
_FIND = text("""
WITH hit AS (
  SELECT m.id AS mirror, m.complaint_id AS complaint, coalesce(m.order_id, c.order_id) AS known
  FROM jsonb_array_elements(CAST(:externals AS jsonb)) AS w(name)
  JOIN mirror m ON m.account = w.name ->> 0 AND m.external_id = w.name ->> 1
  LEFT JOIN complaint c ON c.id = m.complaint_id
  UNION ALL
  SELECT NULL, m.home, NULL
  FROM jsonb_array_elements(CAST(:externals AS jsonb)) AS w(name)
  JOIN mirror m ON m.account = w.name ->> 0 AND m.external_id = w.name ->> 1
  WHERE m.home <> m.complaint_id
  UNION ALL
  SELECT m.id, m.complaint_id, m.order_id
  FROM jsonb_array_elements(CAST(:aliases AS jsonb)) AS w(name)
  JOIN mirror m ON m.account = w.name ->> 0 AND m.alias = w.name ->> 1
  UNION ALL
  SELECT NULL, NULL, k.order_id
  FROM jsonb_array_elements(CAST(:keys AS jsonb)) AS w(name)
  JOIN order_key k ON k.shop = w.name ->> 0 AND k.space = w.name ->> 1 AND k.value = w.name ->> 2
  UNION ALL
  SELECT NULL, c.id, c.order_id
  FROM jsonb_array_elements_text(CAST(:numbers AS jsonb)) AS w(number)
  JOIN complaint c USING (number)
), near AS (
  SELECT coalesce(c.merged_into, c.id) AS root
  FROM hit JOIN complaint c ON c.id = hit.complaint
  UNION
  SELECT coalesce(c.merged_into, c.id) FROM hit JOIN complaint c ON c.order_id = hit.known
), kin AS (
  SELECT c.id, c.order_id FROM near JOIN complaint c ON c.id = near.root
  UNION ALL
  SELECT c.id, c.order_id FROM near JOIN complaint c ON c.merged_into = near.root
)
SELECT (SELECT array_agg(DISTINCT mirror) FROM hit),
  (SELECT array_agg(DISTINCT id) FROM kin),
  (SELECT array_agg(DISTINCT known) FROM (
    SELECT known FROM hit UNION ALL SELECT order_id FROM kin) AS o)
""")

# What replayed observations told before.  Reads all mirrors: it is rare, and needs no index then.
_TOLD = text("""
SELECT m.account, m.external_id FROM mirror m
WHERE m.external_id IS NOT NULL AND EXISTS (
  SELECT FROM (
    SELECT s ->> 'seq' AS seq FROM jsonb_array_elements(m.history) AS s
    UNION ALL SELECT s ->> 'seq' FROM jsonb_array_elements(m.order_said -> 'heard') AS s
    UNION ALL SELECT t.value FROM jsonb_each_text(m.order_said -> 'told_by') AS t
  ) AS told WHERE CAST(told.seq AS bigint) = ANY(CAST(:seqs AS bigint[])))
""")

# A lock is known in the whole database: each schema in it has its own.
_SCHEMA = "hashtextextended(current_schema(), 0)"
_LOCK_NAMES = text(f"""
SELECT count(pg_advisory_xact_lock(k))
FROM (SELECT unnest(CAST(:locks AS bigint[])) # {_SCHEMA} AS k ORDER BY 1) AS ordered
""")  # noqa: S608 - the schema's salt from above
# While a person says whose case a record is, nobody may have looked it up before.
_LOCK_MATCHING = {
    False: text(f"SELECT pg_advisory_xact_lock_shared(:lock # {_SCHEMA})"),
    True: text(f"SELECT pg_advisory_xact_lock(:lock # {_SCHEMA})"),
}
_LOCK_ORDERS = text("""
SELECT count(*) FROM (
  SELECT FROM tracked_order WHERE id = ANY(CAST(:orders AS bigint[])) ORDER BY id FOR UPDATE
) AS locked
""")
# Behind the lock, in a statement of its own: keys that came in while we waited must be seen.
_ORDERS = whole("""
SELECT o.id, o.shop, o.delivered, o.state, CAST(o.total AS text) AS total, o.currency, o.owner,
  ARRAY(
  SELECT json_build_object('space', k.space, 'value', k.value)
  FROM order_key k WHERE k.order_id = o.id) AS keys
FROM tracked_order o WHERE o.id = ANY(CAST(:orders AS bigint[])) ORDER BY o.id
""")
# With all that belong together: a record of these orders may have been matched while we waited.
_COMPLAINTS = whole(f"""
WITH hit AS (
  SELECT c.id, coalesce(c.merged_into, c.id) AS root FROM complaint c
  WHERE c.id = ANY(CAST(:complaints AS bigint[])) OR c.order_id = ANY(CAST(:orders AS bigint[]))
  UNION
  SELECT c.id, coalesce(c.merged_into, c.id) FROM mirror m
  JOIN complaint c ON c.id = ANY(ARRAY[m.home, m.complaint_id])
  WHERE m.order_id = ANY(CAST(:orders AS bigint[]))
)
SELECT {_COMPLAINT} FROM complaint
WHERE id = ANY(ARRAY(SELECT id FROM hit UNION SELECT root FROM hit))
  OR merged_into = ANY(ARRAY(SELECT root FROM hit))
ORDER BY id FOR UPDATE
""")  # noqa: S608 - columns from above
_MIRRORS = whole(f"""
SELECT {MIRROR_COLUMNS} FROM mirror m
WHERE m.complaint_id = ANY(CAST(:complaints AS bigint[]))
  OR m.order_id = ANY(CAST(:orders AS bigint[])) OR m.id = ANY(CAST(:mirrors AS bigint[]))
ORDER BY m.id FOR UPDATE
""")  # noqa: S608 - columns from above
_PUSHES = whole(f"""
SELECT {PUSH_COLUMNS} FROM push p
WHERE p.complaint_id = ANY(CAST(:complaints AS bigint[])) ORDER BY p.id
""")  # noqa: S608 - columns from above
_FILES = whole("""
SELECT a.complaint_id AS complaint, json_build_object('digest', a.digest, 'name', a.name,
  'media_type', a.media_type, 'sent', coalesce(p.state = 'done', false)) AS file
FROM attached a LEFT JOIN push p ON p.id = a.sent_with
WHERE a.complaint_id = ANY(CAST(:complaints AS bigint[])) ORDER BY a.seq
""")
_CONFLICTS = text("""
SELECT complaint_id, id FROM conflict
WHERE closed_at IS NULL AND complaint_id = ANY(CAST(:complaints AS bigint[]))
""")
_STILLS = text("""
SELECT CAST(h.complaint_id AS text) AS whose, true AS held, h.at AS began,
  least(h.until, coalesce(h.lifted_at, h.until)) AS ended
FROM standstill h WHERE h.complaint_id = ANY(CAST(:complaints AS bigint[]))
UNION ALL
SELECT account, false, began_at, CASE WHEN counted = 2 THEN ended_at END FROM outage
WHERE counted > 0
""")
_KIN_OF = text("""
WITH near AS (
  SELECT DISTINCT coalesce(merged_into, id) AS root FROM complaint
  WHERE id = ANY(CAST(:complaints AS bigint[]))
)
SELECT c.id, c.order_id FROM near JOIN complaint c ON c.id = near.root
UNION
SELECT c.id, c.order_id FROM near JOIN complaint c ON c.merged_into = near.root
UNION
SELECT m.complaint_id, m.order_id FROM near JOIN mirror m ON m.complaint_id = near.root
""")
_READ_ORDERS = TypeAdapter(list[Order])
_READ_COMPLAINTS = TypeAdapter(list[Complaint])
_READ_MIRRORS = TypeAdapter(list[Mirror])
_READ_PUSHES = TypeAdapter(list[Push])


class _FileRow(Record):
    complaint: int
    file: File


_READ_FILES = TypeAdapter(list[_FileRow])
_IDS = text("""
SELECT nextval('complaint_id_seq'), nextval('mirror_id_seq'), nextval('tracked_order_id_seq')
FROM generate_series(1, :n)
""")
_NUMBERS = text("SELECT nextval('complaint_number_seq') FROM generate_series(1, :n)")


class StoreBusy(Exception):
    """The database was away, or a row was locked for too long: no fault of what was decided."""


class CasesMoved(Exception):
    """More belongs together than was locked: begin again, with all of these orders.

    It has changed while we waited; to lock the rest as well would break the order of locks.
    """

    def __init__(self, orders: frozenset[int]) -> None:
        super().__init__()
        self.orders = orders


class _Found(NamedTuple):
    mirrors: list[int]
    complaints: list[int]
    orders: list[int]


class _Read(NamedTuple):
    orders: list[Order]
    complaints: list[Complaint]
    mirrors: list[Mirror]
    pushes: list[Push]
    files: list[tuple[int, File]]
    conflicts: list[tuple[int, int]]
    stills: list[tuple[int | AccountName, Pause]]


def load(
    connection: Connection,
    news: Sequence[News],
    accounts: Mapping[AccountName, AccountProfile],
    orders_too: frozenset[int] = frozenset(),
) -> Docket:
    """Lock everything that `news` names and read it; also these orders.

    Raises CasesMoved when the transaction has to be begun again.
    """
    named = name_all(news, accounts)
    again = [observation.seq for observation, _ in news if observation.again]
    if again:
        told = connection.execute(_TOLD, {"seqs": numbers(again)})
        named.externals.update((AccountName(name), ExternalId(id_)) for name, id_ in told)
    matches = any(isinstance(piece, Matching) for _, pieces in news for piece in pieces)
    connection.execute(_LOCK_MATCHING[matches], {"lock": _lock_number("whose case is what")})
    connection.execute(
        _LOCK_NAMES, {"locks": numbers({_lock_number(name) for name in named.names()})}
    )
    found = _find(connection, named)
    known_here = _read(connection, found._replace(orders=[*{*found.orders, *orders_too}]))
    _check_whole(known_here, _find(connection, named), orders_too, far=matches)
    orders, mirrors = known_here.orders, known_here.mirrors
    cased = {(m.account, m.external_id) for m in mirrors if m.complaint_id is not None}
    openings = sum(
        isinstance(piece, Change)
        and piece.subject is Subject.COMPLAINT
        and (observation.account, piece.external_id) not in cased
        for observation, pieces in news
        for piece in pieces
    )
    parted = sum(isinstance(piece, UnlinkRecord) for _, pieces in news for piece in pieces)
    promised = sum(observation.number is not None for observation, _ in news)
    known = {(m.account, m.external_id) for m in mirrors}
    known_keys = {(o.shop, k.space, k.value) for o in orders for k in o.keys}
    # An account that came after an order has no mirror of it yet.
    tracked = {
        record
        for order in orders
        for key in order.keys
        for record in order_records(order.shop, key, accounts)
    }
    unknown = (
        openings + parted + len((named.externals | tracked) - known) + len(named.keys - known_keys)
    )
    serials = min(openings, len(news) - promised) + parted
    fresh = connection.execute(_IDS, {"n": unknown}).all() if unknown else []
    minted = connection.execute(_NUMBERS, {"n": serials}).scalars().all() if serials else []
    return Docket(
        Loaded(
            *known_here,
            fresh=[Fresh(*row) for row in fresh],
            serials=minted,
        )
    )


def reopen(
    connection: Connection, complaints: Sequence[int], orders_too: frozenset[int] = frozenset()
) -> Docket:
    """Lock these complaints and read everything that deciding about them needs.

    Raises CasesMoved when the transaction has to be begun again.
    """
    connection.execute(_LOCK_MATCHING[False], {"lock": _lock_number("whose case is what")})
    kin = connection.execute(_KIN_OF, {"complaints": numbers(complaints)}).all()
    orders = orders_too.union(order_id for _, order_id in kin if order_id is not None)
    read = _read(connection, _Found([], list({id_ for id_, _ in kin}), list(orders)))
    wanted = orders.union(m.order_id for m in read.mirrors if m.order_id is not None)
    if wanted - {order.id for order in read.orders}:
        raise CasesMoved(wanted)
    return Docket(Loaded(*read))


def _read(connection: Connection, found: _Found) -> _Read:
    by_order = {"orders": numbers(found.orders)}
    connection.execute(_LOCK_ORDERS, by_order)
    orders = records(connection, _ORDERS, by_order, _READ_ORDERS)
    complaints = records(
        connection,
        _COMPLAINTS,
        {**by_order, "complaints": numbers(found.complaints)},
        _READ_COMPLAINTS,
    )
    by_complaint = {"complaints": numbers(c.id for c in complaints)}
    mirrors = records(
        connection,
        _MIRRORS,
        {**by_order, **by_complaint, "mirrors": numbers(found.mirrors)},
        _READ_MIRRORS,
    )
    pushes = records(connection, _PUSHES, by_complaint, _READ_PUSHES)
    files = records(connection, _FILES, by_complaint, _READ_FILES)
    conflicts = connection.execute(_CONFLICTS, by_complaint).all()
    return _Read(
        orders,
        complaints,
        mirrors,
        pushes,
        [(row.complaint, row.file) for row in files],
        [(row.complaint_id, row.id) for row in conflicts],
        [_still(*row) for row in connection.execute(_STILLS, by_complaint)],
    )


def _still(
    whose: str,
    held: bool,  # noqa: FBT001 - a column
    began: datetime,
    ended: datetime | None,
) -> tuple[int | AccountName, Pause]:
    if held:
        return int(whose), Pause(began, ended, PauseKind.HOLD)
    return AccountName(whose), Pause(began, ended, PauseKind.OUTAGE)


def _check_whole(read: _Read, found: _Found, orders_too: frozenset[int], *, far: bool) -> None:
    """Raise CasesMoved unless all that belongs together is among what was locked and read.

    That is every order of the cases that may be decided: those that were named and those on the
    orders that were named.  What people have brought together may span orders, and when they say
    so anew (`far`) the cases of those orders are decided as well.
    """
    orders = {order.id for order in read.orders}
    decided = {
        complaint.merged_into or complaint.id
        for complaint in read.complaints
        if complaint.id in found.complaints or complaint.order_id in found.orders
    } | {mirror.complaint_id for mirror in read.mirrors if mirror.order_id in found.orders}
    named = {
        mirror.order_id
        for mirror in read.mirrors
        if mirror.order_id is not None and (far or mirror.complaint_id in decided)
    }
    wanted = named.union(orders_too, found.orders)
    if (
        named - orders
        or not orders.issuperset(found.orders)
        or not {complaint.id for complaint in read.complaints}.issuperset(found.complaints)
        or not {mirror.id for mirror in read.mirrors}.issuperset(found.mirrors)
    ):
        raise CasesMoved(frozenset(wanted))


def _lock_number(name: str) -> int:
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), signed=True)


def _find(connection: Connection, named: Named) -> _Found:
    row = connection.execute(
        _FIND,
        {
            "externals": to_json(sorted(named.externals)).decode(),
            "aliases": to_json(sorted(named.aliases)).decode(),
            "keys": to_json(sorted(named.keys)).decode(),
            "numbers": to_json(sorted(named.numbers)).decode(),
        },
    ).one()
    return _Found(*([id_ for id_ in ids or () if id_ is not None] for ids in row))
