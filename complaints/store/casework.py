"""The transaction of a reconcile: lock and load what a batch touches, save what was decided.

Locks are always taken in the same order (keys nobody holds yet, orders, complaints,
mirrors; ascending inside each), so that workers on one order wait and never deadlock.
The number of statements doesn't depend on the size of the batch.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import text

from complaints.docket import Docket, name_all
from complaints.model import AccountName, Complaint, Mirror, Order, OrderKey, Push, Subject
from complaints.store.writing import keeping, put

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from complaints.docket import Named, News
    from complaints.rules import AccountProfile
    from complaints.store.receipts import Batch

_MIRROR = (
    "m.id, m.account, m.external_id, m.complaint_id, m.order_id, m.word, m.status, m.covers,"
    " m.outcome, m.money_moved, m.as_of, m.since, m.reopened, m.ours, m.last_event, m.settled"
)
_COMPLAINT = (
    "id, number, shop, status, outcome, order_id, origin, opened_at, due_at, conflict, version"
)
_DECIDED = (
    "external_id",
    "complaint_id",
    "order_id",
    "word",
    "status",
    "covers",
    "outcome",
    "money_moved",
    "as_of",
    "since",
    "reopened",
    "ours",
    "last_event",
    "settled",
)

_FIND = text("""
SELECT m.id, m.complaint_id, coalesce(m.order_id, c.order_id) AS order_id, false AS by_key
FROM unnest(CAST(:accounts AS text[]), CAST(:ids AS text[])) AS w(account, external_id)
JOIN mirror m USING (account, external_id) LEFT JOIN complaint c ON c.id = m.complaint_id
UNION ALL
SELECT NULL, NULL, k.order_id, true
FROM unnest(CAST(:shops AS text[]), CAST(:spaces AS text[]), CAST(:values AS text[]))
  AS w(shop, space, value)
JOIN order_key k USING (shop, space, value)
UNION ALL
SELECT NULL, c.id, c.order_id, false FROM complaint c WHERE c.number = ANY(:numbers)
""")

_ORDERS = text("""
SELECT o.id, o.shop, o.delivered, o.total FROM tracked_order o
WHERE o.id = ANY(:orders) ORDER BY o.id FOR UPDATE
""")
_KEYS = text("SELECT order_id, space, value FROM order_key WHERE order_id = ANY(:orders)")
_COMPLAINTS = text(f"""
SELECT {_COMPLAINT} FROM complaint WHERE id = ANY(:complaints) OR order_id = ANY(:orders)
ORDER BY id FOR UPDATE
""")  # noqa: S608 - columns from above
_MIRRORS = text(f"""
SELECT {_MIRROR} FROM mirror m
WHERE m.complaint_id = ANY(:complaints) OR m.order_id = ANY(:orders) OR m.id = ANY(:mirrors)
ORDER BY m.id FOR UPDATE
""")  # noqa: S608 - columns from above
_PUSHES = text("""
SELECT id, complaint_id, account, kind, state, target, acked FROM push
WHERE complaint_id = ANY(:complaints) ORDER BY id
""")
_IDS = text("""
SELECT nextval('complaint_id_seq'), nextval('mirror_id_seq'), nextval('tracked_order_id_seq')
FROM generate_series(1, :n)
""")
_NUMBERS = text("SELECT nextval('complaint_number_seq') FROM generate_series(1, :n)")
_VERDICTS = text("""
UPDATE receipt r SET verdict = v.verdict, reason = v.reason, complaint_id = v.complaint_id,
  lease = NULL, lease_until_tech = NULL
FROM jsonb_to_recordset(CAST(:rows AS jsonb))
  AS v(seq bigint, verdict text, reason text, complaint_id bigint)
WHERE r.seq = v.seq AND r.lease = :lease
""")


class LeaseLost(Exception):
    """Another worker has taken this batch over: nothing of ours may be recorded."""


class _Found(NamedTuple):
    mirrors: set[int]
    complaints: set[int]
    orders: set[int]


def load(
    connection: Connection,
    news: Sequence[News],
    accounts: Mapping[AccountName, AccountProfile],
) -> Docket:
    """Lock everything that `news` names and read it."""
    named = name_all(news, accounts)
    locks = sorted({_lock_number(name) for name in named.names()})
    connection.execute(
        text(
            "SELECT count(pg_advisory_xact_lock(k))"
            " FROM (SELECT unnest(CAST(:locks AS bigint[])) AS k ORDER BY 1) AS ordered"
        ),
        {"locks": locks},
    )
    found = _find(connection, named)
    orders = _orders(connection, found.orders)
    complaints = [
        Complaint.model_validate(dict(row))
        for row in connection.execute(
            _COMPLAINTS, {"complaints": sorted(found.complaints), "orders": sorted(found.orders)}
        ).mappings()
    ]
    ids = [c.id for c in complaints]
    mirrors = [
        Mirror.model_validate(dict(row))
        for row in connection.execute(
            _MIRRORS,
            {
                "complaints": ids,
                "orders": sorted(found.orders),
                "mirrors": sorted(found.mirrors),
            },
        ).mappings()
    ]
    pushes = [
        Push.model_validate(dict(row))
        for row in connection.execute(_PUSHES, {"complaints": ids}).mappings()
    ]
    cased = {(m.account, m.external_id) for m in mirrors if m.complaint_id is not None}
    openings = sum(
        change.subject is Subject.COMPLAINT
        and (observation.account, change.external_id) not in cased
        for observation, changes in news
        for change in changes
    )
    minted = sum(observation.number is None for observation, _ in news)
    known = {(m.account, m.external_id) for m in mirrors}
    unknown = openings + len(named.externals - known) + len(named.keys)
    return Docket(
        orders,
        complaints,
        mirrors,
        pushes,
        [tuple(row) for row in connection.execute(_IDS, {"n": unknown})],
        list(connection.execute(_NUMBERS, {"n": min(openings, minted)}).scalars()),
    )


def save(
    connection: Connection,
    docket: Docket,
    batch: Batch,
    now: datetime,
    accounts: Mapping[AccountName, AccountProfile],
    held: frozenset[AccountName],
) -> None:
    """Write what the docket decided.  Pushes to `held` accounts wait for a release.

    Raises LeaseLost when somebody else has taken the batch over.
    """
    import json  # noqa: PLC0415

    put(
        connection,
        "tracked_order",
        [o.model_dump(mode="json", exclude={"keys"}) for o in docket.changed_orders()],
        "ON CONFLICT (id) DO UPDATE SET " + keeping(("delivered", "total")),
    )
    put(connection, "order_key", docket.new_keys, "ON CONFLICT DO NOTHING")
    put(
        connection,
        "complaint",
        [c.model_dump(mode="json") for c in docket.changed_complaints()],
        "ON CONFLICT (id) DO UPDATE SET "
        + keeping(("status", "outcome", "order_id", "due_at", "conflict", "version")),
    )
    put(connection, "claim", docket.new_claims)
    put(connection, "deadline", docket.new_deadlines)
    put(
        connection,
        "mirror",
        docket.mirror_rows(now, accounts),
        "ON CONFLICT (id) DO UPDATE SET "
        + keeping(_DECIDED)
        + ", ended_at = CASE WHEN excluded.ended_at IS NULL THEN NULL"
        " ELSE coalesce(mirror.ended_at, excluded.ended_at) END"
        + "".join(
            f", {column} = CASE WHEN excluded.read_for = 'poll' THEN mirror.{column}"
            f" ELSE excluded.{column} END"
            for column in ("next_read_at", "read_for", "lease", "lease_until_tech")
        )
        + ", body_hash = CASE WHEN excluded.read_for <> 'again' THEN mirror.body_hash END",
    )
    put(connection, "decision", docket.decisions)
    put(connection, "transition", docket.transitions)
    put(
        connection,
        "push",
        docket.push_rows(now, held),
        "ON CONFLICT (key) DO UPDATE SET state = excluded.state, cause = excluded.cause,"
        " ended_at = NULL WHERE push.state = 'superseded'",
    )
    for state, ids in (("superseded", docket.superseded), ("done", docket.shown)):
        if ids:
            connection.execute(
                text(
                    "UPDATE push SET state = :state, ended_at = :now WHERE id = ANY(:ids)"
                    " AND state IN ('held', 'due', 'manual', 'unknown')"
                ),
                {"state": state, "ids": ids, "now": now},
            )
    rows = docket.verdicts
    done = connection.execute(_VERDICTS, {"rows": json.dumps(rows), "lease": batch.lease})
    if done.rowcount != len(rows):
        raise LeaseLost


def _lock_number(name: str) -> int:
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), signed=True)


def _find(connection: Connection, named: Named) -> _Found:
    accounts, ids = zip(*named.externals, strict=True) if named.externals else ((), ())
    shops, spaces, values = zip(*named.keys, strict=True) if named.keys else ((), (), ())
    mirrors, complaints, orders = set(), set(), set()
    for mirror, complaint, order, _ in connection.execute(
        _FIND,
        {
            "accounts": list(accounts),
            "ids": list(ids),
            "shops": list(shops),
            "spaces": list(spaces),
            "values": list(values),
            "numbers": sorted(named.numbers),
        },
    ):
        mirrors.add(mirror)
        complaints.add(complaint)
        orders.add(order)
    for ids_ in (mirrors, complaints, orders):
        ids_.discard(None)
    return _Found(mirrors, complaints, orders)


def _orders(connection: Connection, ids: Iterable[int]) -> list[Order]:
    wanted = sorted(ids)
    rows = connection.execute(_ORDERS, {"orders": wanted}).mappings().all()
    keys: dict[int, list[OrderKey]] = {}
    for order_id, space, value in connection.execute(_KEYS, {"orders": wanted}):
        keys.setdefault(order_id, []).append(OrderKey(space=space, value=value))
    return [Order.model_validate({**row, "keys": tuple(keys.get(row["id"], ()))}) for row in rows]
