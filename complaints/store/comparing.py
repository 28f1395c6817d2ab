"""The store and its scratch schema side by side: which rows differ.

Ids are of no matter and names are: columns that point at a complaint, an order or a push are
compared by its number, keys or key.  All columns of a table count that aren't left out here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import text

from complaints.store.tables import Base

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Column, Connection


class Compared(NamedTuple):
    """How the rows of a table are told apart, and what doesn't count.  SQL about a row ``t``."""

    table: str
    what: str
    """What people call such a row."""
    name: str
    left_out: frozenset[str] = frozenset()
    only: str = "true"


class Pair(NamedTuple):
    """One row as the store has it and as it was folded again; None: it has none."""

    what: str
    name: str
    here: dict[str, Any] | None
    folded: dict[str, Any] | None


_NUMBER = "(SELECT c.number FROM {0}complaint c WHERE c.id = {1})"
_KEYS = (
    "(SELECT string_agg(k.space || ' ' || k.value, ', ' ORDER BY k.space, k.value)"
    " FROM {0}order_key k WHERE k.order_id = {1})"
)
_POINTS_AT = {
    "complaint": _NUMBER,
    "tracked_order": _KEYS,
    "push": "(SELECT p.key FROM {0}push p WHERE p.id = {1})",
}
"""How rows are named that others point at, by SQL about the column that points."""

_OF_READING = frozenset(
    {"audited_at", "body_hash", "read_number", "next_read_at", "read_for", "last_read_at"}
    | {"retry_tech", "failures", "lease", "lease_until_tech"}
)

_TRACED = f"""{_NUMBER.format("{0}", "t.complaint_id")} IN (
  SELECT c.number FROM live_trace l JOIN live_complaint c ON c.id = l.complaint_id)
"""  # noqa: S608 - SQL from above

_FROM_TIME = frozenset({"id", "version", "rules", "overdue", "rung_at", "priority", "assignee"})
"""Of a complaint: what follows from the time, and how often it was weighed."""

COMPARED = (
    Compared("complaint", "complaint", "t.number", _FROM_TIME),
    Compared("claim", "claim of complaint", _NUMBER.format("{0}", "t.complaint_id")),
    Compared(
        "trace",
        "trace of complaint",
        _NUMBER.format("{0}", "t.complaint_id"),
        # What was opened by an older version of Redress has none here.
        only=_TRACED,
    ),
    Compared(
        "apart",
        "complaints kept apart",
        f"concat_ws(' ', {_NUMBER.format('{0}', 't.complaint_id')},"
        f" {_NUMBER.format('{0}', 't.other_id')})",
    ),
    Compared(
        "deadline",
        "deadline of complaint",
        f"concat_ws(' ', {_NUMBER.format('{0}', 't.complaint_id')}, t.clock)",
        frozenset({"version", "rules_version"}),
        # What it was before is history.
        "NOT EXISTS (SELECT FROM {0}deadline l WHERE l.complaint_id = t.complaint_id"
        " AND l.version > t.version)",
    ),
    Compared(
        "attached",
        "file of complaint",
        f"concat_ws(' ', {_NUMBER.format('{0}', 't.complaint_id')}, left(t.digest, 16))",
    ),
    Compared(
        "mirror",
        "mirror",
        "concat_ws(' ', t.account, t.external_id)",
        _OF_READING | {"id", "ended_at"},
        # Else it is a note that something is to be read, and holds nothing yet.
        "(t.history <> '[]' OR t.order_said <> '{{}}'"
        " OR coalesce(t.complaint_id, t.order_id) IS NOT NULL)",
    ),
    Compared(
        "tracked_order",
        "order",
        f"concat_ws(' ', t.shop, {_KEYS.format('{0}', 't.id')})",
        frozenset({"id"}),
    ),
    Compared(
        "conflict",
        "conflict of complaint",
        _NUMBER.format("{0}", "t.complaint_id"),
        frozenset({"id", "opened_at", "opened_by", "due_at", "closed_at", "closed_by", "how"}),
        "t.closed_at IS NULL",
    ),
    Compared("order_key", "order key", "concat_ws(' ', t.shop, t.space, t.value)"),
)
"""Tables whose rows are the same however often, and in whatever order, all is decided."""

PUSHES = """
SELECT name, jsonb_build_object('amount', string_agg(amount, ', ' ORDER BY amount),
  'state', string_agg(state, ', ' ORDER BY state)) AS fields
FROM (
  SELECT concat_ws(' ', coalesce({number}, t.key), t.account, t.kind, t.external_id, t.target,
      left(t.file, 16)) AS name,
    CAST(trim_scale(t.amount) AS text) AS amount,
    CASE WHEN t.state = 'held' AND t.held_for IN ('import', 'amount') THEN 'held for ' || t.held_for
      WHEN t.state IN ('held', 'due') THEN 'to be sent' ELSE t.state END AS state
  FROM {prefix}push t WHERE t.state <> 'superseded' AND (t.state <> 'done' OR t.sent > 0)
) AS wanted GROUP BY name
"""
"""What is asked of accounts: not when, nor by which of several causes it was first asked.

Whether an account may be written to at all is its own matter, and a manual action that was
overtaken by its effect is history.
"""

NOT_COMPARED = {
    "account": "what happened to its connection",
    "attachment": "contents, which never change",
    "audit": "what the accounts said of it at some time",
    "counter": "numbers of what was refused",
    "death": "signs of life",
    "decision": "tells how it came, and that depends on the order of processing",
    "escalation": "follows from the time",
    "standstill": "what people have said of the future",
    "heartbeat": "signs of life",
    "notice": "follows from the time",
    "observation": "what is folded",
    "outage": "what happened to its connection",
    "payload": "what is folded",
    "push": "by what is asked for, see PUSHES",
    "receipt": "an older read is superseded only when it comes late",
    "seal": "proves what is folded, and is made behind it",
    "sealing": "the number of seals",
    "ruleset": "by which it is folded",
    "secret": "never leaves the store",
    "sighting": "what the accounts said of it at some time",
    "telling": "what channels have heard",
    "tick": "signs of life",
    "transition": "tells how it came, and that depends on the order of processing",
}
"""Tables that aren't compared as they are, and why."""


def differing(connection: Connection) -> Iterator[Pair]:
    """All rows that aren't the same, table by table."""
    selects = [(one.what, _select(one, "live_"), _select(one, "")) for one in COMPARED]
    selects.append(("push", _pushes("live_"), _pushes("")))
    connection.execute(text("SET LOCAL statement_timeout = 0"))
    for what, here, folded in selects:
        rows = connection.execute(
            text(
                f"SELECT name, h.fields, f.fields FROM ({here}) AS h"  # noqa: S608 - SQL from above
                f" FULL JOIN ({folded}) AS f USING (name)"
                " WHERE h.fields IS DISTINCT FROM f.fields ORDER BY name"
            )
        )
        for row in rows:
            yield Pair(what, *row)


def _select(one: Compared, prefix: str) -> str:
    table = Base.metadata.tables[one.table]
    fields = ", ".join(
        f"'{column.name}', {_value(column, prefix)}"
        for column in table.columns
        if column.name not in one.left_out
    )
    name = one.name.format(prefix)
    return (
        f"SELECT {name} AS name, jsonb_build_object({fields}) AS fields"  # noqa: S608 - see above
        f" FROM {prefix}{one.table} t WHERE {one.only.format(prefix)}"
    )


def _value(column: Column[Any], prefix: str) -> str:
    for key in column.foreign_keys:
        named = _POINTS_AT.get(key.column.table.name)
        if named is not None:
            return named.format(prefix, f't."{column.name}"')
    return f't."{column.name}"'


def _pushes(prefix: str) -> str:
    return PUSHES.format(prefix=prefix, number=_NUMBER.format(prefix, "t.complaint_id"))
