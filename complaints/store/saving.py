"""The other end of a reconcile's transaction: write what was decided, and let the batch go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic_core import to_json
from sqlalchemy import text

from complaints.store.bulk import keeping, numbers, put
from complaints.store.rows import mirror_rows, push_rows

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy import Connection

    from complaints.docket import Docket
    from complaints.rules import AccountProfile
    from complaints.store.receipts import Batch
    from complaints.vocabulary import AccountName

_DECIDED = (
    "external_id",
    "complaint_id",
    "opened",
    "home",
    "order_id",
    "history",
    "order_said",
    "word",
    "status",
    "stands",
    "covers",
    "outcome",
    "money_moved",
    "refund_failed",
    "as_of",
    "since",
    "by",
    "quiet",
    "reopened",
    "ours",
    "last_event",
    "settled",
    "due_at",
)

_REVIVED = (
    "state",
    "held_for",
    "cause",
    "external_id",
    "target",
    "amount",
    "reason",
    "created_at",
    "ended_at",
)
_FOLLOWED = (
    "status",
    "outcome",
    "order_id",
    "opened_at",
    "due_at",
    "paused_at",
    "remedy",
    "claimed",
    "claimed_in",
    "category",
    "channel",
    "born",
    "quiet",
    "conflict",
    "joined",
    "by_hand",
    "merged_into",
    "ruling",
    "ruled",
    "rules",
    "version",
)
_ORDER_FACTS = ("delivered", "state", "total", "currency", "owner")

# A complaint comes with those that were merged into it, or with the one it was merged into.
_DEADLINES = text("""
INSERT INTO deadline (complaint_id, clock, version, due_at, rules_version)
SELECT v.complaint_id, v.clock,
  greatest(coalesce(last.version, 0) + CAST(v.moved AND last.due_at <> v.due_at AS integer), 1),
  v.due_at, v.rules_version
FROM jsonb_to_recordset(CAST(:rows AS jsonb))
  AS v(complaint_id bigint, clock text, due_at timestamptz, rules_version text, moved boolean)
LEFT JOIN LATERAL (
  SELECT d.version, d.due_at FROM deadline d WHERE d.complaint_id = v.complaint_id
  ORDER BY d.version DESC LIMIT 1
) last ON true
ON CONFLICT (complaint_id, clock, version) DO UPDATE
SET due_at = excluded.due_at, rules_version = excluded.rules_version
""")
# It began otherwise than was known, and by another clock: that one never counted.
_OTHER_CLOCK = text("""
DELETE FROM deadline d
USING jsonb_to_recordset(CAST(:rows AS jsonb)) AS v(complaint_id bigint, clock text, moved boolean)
WHERE NOT v.moved AND d.complaint_id = v.complaint_id AND d.clock <> v.clock
  AND d.version = (SELECT max(n.version) FROM deadline n WHERE n.complaint_id = v.complaint_id)
""")
# Due later than it was: it will be late once more, and that is told of once more.
_REARM = text("""
UPDATE complaint c SET overdue = false
FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS v(complaint_id bigint, moved boolean)
WHERE v.moved AND c.id = v.complaint_id AND c.overdue AND c.due_at > :now
""")
_CLIMB = text("""
UPDATE complaint c SET rung_at = v.rung_at
FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS v(id bigint, rung_at timestamptz)
WHERE c.id = v.id
""")
_END_CONFLICTS = text("""
UPDATE conflict c SET closed_at = v.closed_at, closed_by = v.closed_by, how = v.how
FROM jsonb_to_recordset(CAST(:rows AS jsonb))
  AS v(id bigint, closed_at timestamptz, closed_by bigint, how text)
WHERE c.id = v.id
""")
_NOTE_PUSHES = text("""
UPDATE push p SET owner = v.owner, said_done_at = coalesce(v.said_done_at, p.said_done_at)
FROM jsonb_to_recordset(CAST(:rows AS jsonb))
  AS v(id bigint, owner text, said_done_at timestamptz)
WHERE p.id = v.id
""")
_END_PUSHES = text("""
UPDATE push p SET state = v.state, detail = v.detail, lease = NULL, lease_until_tech = NULL,
  retry_tech = NULL, deaths = 0,
  attempts = CASE WHEN v.state = 'due' THEN 0 ELSE p.attempts END,
  sent = CASE WHEN v.state = 'due' THEN 0 ELSE p.sent END,
  ended_at = CASE WHEN v.state <> 'due' THEN CAST(:now AS timestamptz) END
FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS v(id bigint, state text, detail text)
WHERE p.id = v.id AND p.state IN ('manual', 'unknown', 'parked')
""")
_VERDICTS = text("""
UPDATE receipt r SET verdict = v.verdict, reason = v.reason, complaint_id = v.complaint_id,
  warnings = v.warnings,
  lease = NULL, lease_until_tech = NULL
FROM jsonb_to_recordset(CAST(:rows AS jsonb))
  AS v(seq bigint, verdict text, reason text, complaint_id bigint, warnings jsonb)
WHERE r.seq = v.seq AND r.lease = :lease
""")


class LeaseLost(Exception):
    """Another worker has taken this batch over: nothing of ours may be recorded."""


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
    book = docket.book
    put(
        connection,
        "tracked_order",
        [o.model_dump(mode="json", exclude={"keys"}) for o in book.changed_orders()],
        "ON CONFLICT (id) DO UPDATE SET " + keeping(_ORDER_FACTS),
    )
    put(
        connection,
        "order_key",
        [
            {"shop": shop, "space": space, "value": value, "order_id": order_id}
            for shop, space, value, order_id in book.new_keys()
        ],
        "ON CONFLICT (shop, space, value) DO UPDATE SET order_id = excluded.order_id",
    )
    put(
        connection,
        "complaint",
        [c.model_dump(mode="json") for c in book.changed_complaints()],
        "ON CONFLICT (id) DO UPDATE SET " + keeping(_FOLLOWED),
    )
    put(
        connection,
        "claim",
        list(docket.claims.values()),
        "ON CONFLICT (complaint_id) DO UPDATE SET " + keeping(("raiser", "body")),
    )
    put(
        connection,
        "trace",
        list(docket.traces.values()),
        "ON CONFLICT (complaint_id) DO UPDATE SET "
        + keeping(("email", "phone", "amount", "currency", "words")),
    )
    put(connection, "apart", docket.apart, "ON CONFLICT (complaint_id, other_id) DO NOTHING")
    if docket.deadlines:
        rows = to_json(list(docket.deadlines.values())).decode()
        connection.execute(_DEADLINES, {"rows": rows})
        connection.execute(_OTHER_CLOCK, {"rows": rows})
        connection.execute(_REARM, {"rows": rows, "now": now})
    if docket.rungs:
        connection.execute(_CLIMB, {"rows": to_json(list(docket.rungs.values())).decode()})
    put(connection, "attached", docket.new_files)
    put(
        connection,
        "mirror",
        mirror_rows(book, now, accounts),
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
    if book.gone_orders:
        connection.execute(
            text("DELETE FROM tracked_order WHERE id = ANY(CAST(:ids AS bigint[]))"),
            {"ids": numbers(book.gone_orders)},
        )
    put(connection, "decision", docket.decisions)
    if docket.conflicts_over:
        rows = to_json(list(docket.conflicts_over.values())).decode()
        connection.execute(_END_CONFLICTS, {"rows": rows})
    put(
        connection,
        "conflict",
        list(docket.new_conflicts.values()),
        "ON CONFLICT (complaint_id) WHERE closed_at IS NULL DO UPDATE SET " + keeping(("sides",)),
    )
    put(connection, "notice", docket.notices, "ON CONFLICT (key) DO NOTHING")
    put(connection, "transition", docket.transitions)
    for query, changed in ((_NOTE_PUSHES, docket.push_notes), (_END_PUSHES, docket.push_ends)):
        if changed:
            connection.execute(query, {"rows": to_json(changed).decode(), "now": now})
    # First what ends: a push that is wanted again in the same batch is revived below.
    for state, ids in (("superseded", docket.superseded), ("done", docket.shown)):
        if ids:
            connection.execute(
                text(
                    "UPDATE push SET state = :state, held_for = NULL, ended_at = :now"
                    " WHERE id = ANY(CAST(:ids AS bigint[]))"
                    " AND state IN ('held', 'due', 'manual', 'unknown')"
                ),
                {"state": state, "ids": numbers(ids), "now": now},
            )
    put(
        connection,
        "push",
        push_rows(docket, now, held),
        "ON CONFLICT (key) DO UPDATE SET "
        + keeping(_REVIVED)
        + ", attempts = 0, sent = 0, freed = false, retry_tech = NULL"
        " WHERE push.state = 'superseded'",
    )
    verdicts = to_json(docket.verdicts).decode()
    done = connection.execute(_VERDICTS, {"rows": verdicts, "lease": batch.lease})
    if done.rowcount != len(docket.verdicts):
        raise LeaseLost
