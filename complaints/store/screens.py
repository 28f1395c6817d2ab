"""What people look at: status, one case, manual actions, a dump.  Reads only."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import text
from sqlalchemy.sql import quoted_name

from complaints.rules import Priority
from complaints.store.escalations import PRIORITIES
from complaints.store.timeline import TimelineEntry, timeline
from complaints.vocabulary import (
    AccountName,
    ComplaintNumber,
    ExternalId,
    Outcome,
    ShopName,
    Status,
)

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection


class Rest(NamedTuple):
    """What is left to do right now.  False when there is nothing."""

    receipts: int
    pushes: int
    reads: int
    escalations: int
    """What is past its due date and not flagged or told, and notices that nobody was told."""

    def __bool__(self) -> bool:
        """Whether anything is left."""
        return any(self)


class AccountLine(NamedTuple):
    """One account on the status screen."""

    name: AccountName
    last_success_at: datetime | None
    """A read, a write, or something that it told us by itself."""
    last_failure_at: datetime | None
    last_failure: str | None
    paused_at: datetime | None
    paused_reason: str | None
    released_at: datetime | None
    oldest_due_read: datetime | None
    pending: int
    oldest_pending: datetime | None
    pushes: dict[str, int]
    verdicts: dict[str, int]
    duplicates: int
    counters: dict[str, int]


class Overview(NamedTuple):
    """The whole pipeline on one screen.  Ages are in seconds, by PostgreSQL's clock."""

    accounts: list[AccountLine]
    complaints: dict[str, int]
    outcomes: dict[str, int]
    conflicts: int
    conflicts_late: int
    """Those that nobody settled by their own deadline."""
    overdue: int
    overdue_running: int
    escalated: int
    untold: int
    pushes: dict[tuple[str, str, str], int]
    """By account, kind and state."""
    last_tick_age: float | None
    workers: dict[str, float]
    """Age of the newest sign of life per queue."""


class MirrorLine(NamedTuple):
    """What one account holds of a case."""

    account: AccountName
    external_id: ExternalId | None
    word: str
    outcome: Outcome
    last_read_at: datetime | None
    next_read_at: datetime | None


class CaseView(NamedTuple):
    """One case, for `redress show`."""

    number: ComplaintNumber
    shop: ShopName
    status: Status
    outcome: Outcome
    conflict: bool
    merged_into: ComplaintNumber | None
    overdue: bool
    opened_at: datetime
    due_at: datetime | None
    paused_at: datetime | None
    priority: Priority
    assignee: str | None
    origin: AccountName
    order_keys: list[tuple[str, str]]
    claim: dict[str, Any]
    mirrors: list[MirrorLine]
    timeline: list[TimelineEntry]


_ALIVE = "FROM complaint WHERE merged_into IS NULL"


def at_rest(connection: Connection, now: datetime) -> Rest:
    """Count what is due at business time `now`, whatever lease or retry it waits for."""
    row = connection.execute(
        text("""
SELECT (SELECT count(*) FROM receipt WHERE verdict = 'pending'),
  (SELECT count(*) FROM push WHERE state IN ('due', 'sending')),
  (SELECT count(*) FROM mirror WHERE next_read_at <= :now AND external_id IS NOT NULL),
  (SELECT count(*) FROM complaint WHERE merged_into IS NULL AND rung_at <= :now
     AND status IN ('new', 'open', 'waiting'))
  + (SELECT count(*) FROM conflict k WHERE k.closed_at IS NULL AND k.due_at <= :now
     AND NOT EXISTS (SELECT FROM notice n WHERE n.key = 'conflict-late-' || k.id))
  + (SELECT count(*) FROM notice WHERE told_at IS NULL)
"""),
        {"now": now},
    ).one()
    return Rest(*row)


def overview(connection: Connection, now: datetime) -> Overview:
    """Count everything that the status screen shows, at business time `now`."""
    pushes = {
        (row.account, row.kind, row.state): row.n
        for row in connection.execute(
            text("SELECT account, kind, state, count(*) AS n FROM push GROUP BY 1, 2, 3")
        )
    }
    one = connection.execute(
        text("""
SELECT count(*) FILTER (WHERE conflict) AS conflicts, count(*) FILTER (WHERE overdue) AS overdue,
  count(*) FILTER (WHERE overdue AND status IN ('new', 'open', 'waiting')) AS overdue_running,
  (SELECT count(*) FROM conflict WHERE closed_at IS NULL AND due_at <= :now) AS conflicts_late,
  (SELECT count(*) FROM escalation) AS escalated,
  (SELECT count(*) FROM notice WHERE told_at IS NULL) AS untold,
  (SELECT extract(epoch FROM clock_timestamp() - max(at_tech)) FROM tick) AS tick_age
FROM complaint WHERE merged_into IS NULL
"""),
        {"now": now},
    ).one()
    return Overview(
        accounts=_account_lines(connection, pushes),
        complaints=_tally(connection, f"SELECT status, count(*) {_ALIVE} GROUP BY 1"),
        outcomes=_tally(connection, f"SELECT outcome, count(*) {_ALIVE} GROUP BY 1"),
        conflicts=one.conflicts,
        conflicts_late=one.conflicts_late,
        overdue=one.overdue,
        overdue_running=one.overdue_running,
        escalated=one.escalated,
        untold=one.untold,
        pushes=pushes,
        last_tick_age=None if one.tick_age is None else float(one.tick_age),
        workers={
            queue: float(age)
            for queue, age in connection.execute(
                text(
                    "SELECT queue, extract(epoch FROM clock_timestamp() - max(at_tech))"
                    " FROM heartbeat GROUP BY 1 ORDER BY 1"
                )
            )
        },
    )


def _account_lines(
    connection: Connection, pushes: dict[tuple[str, str, str], int]
) -> list[AccountLine]:
    verdicts: dict[str, dict[str, int]] = {}
    repeats: dict[str, int] = {}
    heard: dict[str, datetime] = {}
    for account, verdict, n, deliveries, last in connection.execute(
        text(
            "SELECT account, verdict, count(*), sum(deliveries), max(received_at)"
            " FROM receipt GROUP BY 1, 2"
        )
    ):
        verdicts.setdefault(account, {})[verdict] = n
        repeats[account] = repeats.get(account, 0) + deliveries - n
        heard[account] = max(last, heard.get(account, last))
    counters: dict[str, dict[str, int]] = {}
    for account, name, n in connection.execute(text("SELECT account, name, n FROM counter")):
        counters.setdefault(account, {})[name] = n
    states: dict[str, dict[str, int]] = {}
    for (account, _, state), n in pushes.items():
        by_state = states.setdefault(account, {})
        by_state[state] = by_state.get(state, 0) + n
    reads = _oldest(connection, "SELECT account, min(next_read_at) FROM mirror GROUP BY 1")
    oldest = _oldest(
        connection,
        "SELECT account, min(received_at) FROM receipt WHERE verdict = 'pending' GROUP BY 1",
    )
    known = {
        row["name"]: row for row in connection.execute(text("SELECT * FROM account")).mappings()
    }
    names = sorted({*known, *verdicts, *states, *reads, *counters})
    return [
        AccountLine(
            name=AccountName(name),
            last_success_at=_newest(
                known[name]["last_success_at"] if name in known else None, heard.get(name)
            ),
            **{
                column: known[name][column] if name in known else None
                for column in (
                    "last_failure_at",
                    "last_failure",
                    "paused_at",
                    "paused_reason",
                    "released_at",
                )
            },
            oldest_due_read=reads.get(name),
            pending=verdicts.get(name, {}).get("pending", 0),
            oldest_pending=oldest.get(name),
            pushes=states.get(name, {}),
            verdicts=verdicts.get(name, {}),
            duplicates=int(repeats.get(name, 0)),
            counters=counters.get(name, {}),
        )
        for name in names
    ]


def case(connection: Connection, number: ComplaintNumber) -> CaseView | None:
    """One case with its timeline across all accounts, the oldest entry first."""
    row = (
        connection.execute(
            text(
                "SELECT c.*, l.body AS claim, r.number AS root FROM complaint c"
                " LEFT JOIN complaint r ON r.id = c.merged_into"
                " LEFT JOIN claim l ON l.complaint_id = c.id WHERE c.number = :number"
            ),
            {"number": number},
        )
        .mappings()
        .first()
    )
    if row is None:
        return None
    key = {"id": row["id"]}
    mirrors = connection.execute(
        text(
            "SELECT account, external_id, word, outcome, last_read_at, next_read_at"
            " FROM mirror WHERE complaint_id = :id ORDER BY id"
        ),
        key,
    )
    keys = connection.execute(
        text("SELECT space, value FROM order_key WHERE order_id = :order ORDER BY 1, 2"),
        {"order": row["order_id"]},
    )
    return CaseView(
        number=ComplaintNumber(row["number"]),
        shop=ShopName(row["shop"]),
        status=Status(row["status"]),
        outcome=Outcome(row["outcome"]),
        conflict=row["conflict"],
        merged_into=row["root"],
        overdue=row["overdue"],
        opened_at=row["opened_at"],
        due_at=row["due_at"],
        paused_at=row["paused_at"],
        priority=PRIORITIES[row["priority"]],
        assignee=row["assignee"],
        origin=AccountName(row["origin"]),
        order_keys=[(space, value) for space, value in keys],
        claim=row["claim"] or {},
        mirrors=[MirrorLine(*m) for m in mirrors],
        timeline=timeline(connection, row["id"]),
    )


def id_of(connection: Connection, number: ComplaintNumber) -> int | None:
    """Id of a complaint, or of the one that it was merged into."""
    found: int | None = connection.execute(
        text("SELECT coalesce(merged_into, id) FROM complaint WHERE number = :number"),
        {"number": number},
    ).scalar()
    return found


_DUMPED = (
    "complaint",
    "claim",
    "mirror",
    "tracked_order",
    "order_key",
    "receipt",
    "observation",
    "decision",
    "conflict",
    "transition",
    "push",
    "escalation",
    "deadline",
    "notice",
    "account",
    "counter",
    "seal",
    "sealing",
)


def dump(connection: Connection, path: Path) -> None:
    """Write every row of every table as a JSON line.  Raw bodies stay in the database."""
    with path.open("w", encoding="utf-8") as file:
        for table in _DUMPED:
            name = quoted_name(table, quote=True)
            rows = connection.execution_options(stream_results=True).execute(
                text(f'SELECT to_jsonb(t) FROM "{name}" t')  # noqa: S608 - names from this file
            )
            for (row,) in rows:
                file.write(json.dumps({"table": table, **row}, ensure_ascii=False) + "\n")


def _tally(connection: Connection, sql: str) -> dict[str, int]:
    return {name: n for name, n in connection.execute(text(sql))}  # noqa: C416


def _oldest(connection: Connection, sql: str) -> dict[str, datetime | None]:
    return {name: at for name, at in connection.execute(text(sql))}  # noqa: C416


def _newest(*times: datetime | None) -> datetime | None:
    return max((time for time in times if time is not None), default=None)
