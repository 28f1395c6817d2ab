"""Escalations: rows first, each exactly once, with the notice that tells of it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic_core import to_json
from sqlalchemy import text

from complaints.ladder import Climber, climb, is_for, ladder
from complaints.rules import Priority
from complaints.vocabulary import Status

if TYPE_CHECKING:
    from collections.abc import Container, Mapping, Sequence

    from sqlalchemy import Connection, Engine, Row

    from complaints.ladder import Ladder, Rung
    from complaints.vocabulary import ShopName

LATE = "complaint late"
"""The kind of notice that tells of a rung at the due date or after it."""

SOON = "complaint due soon"
"""The kind of notice that tells of a rung before it."""

MISSED = "complaints missed"
"""The kind of notice that tells at once of rungs that came while nobody looked."""

PRIORITIES = tuple(Priority)
"""From the lowest on: a complaint's is kept as its place among them."""

_BARE = ladder(())

UNKNOWN_OLD = "unknown outcome"
"""The kind of notice that tells that nobody has looked whether a push arrived."""

UNKNOWN_HOURS = 4
"""After so long that is told."""

CONFLICT_LATE = "conflict late"
"""The kind of notice that tells that nobody has settled a conflict in time."""

MISSED_AFTER = timedelta(hours=1)
"""A rung that is fired so long after its time was missed."""

MANY = 5
"""So many complaints of a shop that missed one at or after their due date are told of at once."""

NAMED = 50
"""So many of them are named."""

# Each complaint is looked at when its next rung comes, and not before: what this costs follows
# what is due, not what exists.
LOOK = text("""
SELECT c.id, c.number, c.shop, c.due_at, d.version, c.status, c.conflict,
  c.claimed, c.claimed_in,
  (SELECT coalesce(jsonb_agg(jsonb_build_array(e.rung, e.deadline_version, e.fired_at)), '[]')
   FROM escalation e WHERE e.complaint_id = c.id) AS fired
FROM complaint c CROSS JOIN LATERAL (
  SELECT coalesce(max(v.version), 1) AS version FROM deadline v WHERE v.complaint_id = c.id) d
WHERE c.merged_into IS NULL AND c.rung_at <= :now AND c.status IN ('new', 'open', 'waiting')
ORDER BY c.rung_at, c.id LIMIT :limit FOR UPDATE OF c SKIP LOCKED
""")

_FIRE = text("""
WITH rung AS (
  SELECT * FROM jsonb_to_recordset(CAST(:rungs AS jsonb))
    AS r(id bigint, version int, rung text, skipped boolean, todo text, told boolean, kind text,
      facts jsonb)
), fired AS (
  INSERT INTO escalation (complaint_id, deadline_version, rung, skipped, todo, fired_at)
  SELECT id, version, rung, skipped, todo, :now FROM rung
  ON CONFLICT DO NOTHING RETURNING id, complaint_id, rung
)
INSERT INTO notice (key, kind, facts, at)
SELECT 'escalation-' || f.id, r.kind, r.facts, :now
FROM fired f JOIN rung r ON r.id = f.complaint_id AND r.rung = f.rung WHERE r.told
""")

_NEXT = text("""
UPDATE complaint c SET rung_at = v.next_at, overdue = c.overdue OR c.due_at <= :now,
  priority = greatest(c.priority, v.priority), assignee = coalesce(c.assignee, v.assignee)
FROM jsonb_to_recordset(CAST(:looked AS jsonb))
  AS v(id bigint, next_at timestamptz, priority smallint, assignee text)
WHERE c.id = v.id
""")

# What nobody has begun to tell yet is added to: one digest, however many batches.
_MORE = text("""
UPDATE notice SET facts = facts || jsonb_build_object(
    'count', CAST(facts ->> 'count' AS int) + CAST(:count AS int),
    'numbers', jsonb_path_query_array(facts -> 'numbers' || CAST(:numbers AS jsonb),
      CAST(:first AS jsonpath)))
WHERE kind = :kind AND told_at IS NULL AND attempts = 0 AND facts ->> 'shop' = :shop
""")
_DIGEST = text("""
INSERT INTO notice (key, kind, facts, at)
VALUES ('missed-' || gen_random_uuid(), :kind, CAST(:facts AS jsonb), :now)
""")

_REMIND = text("""
WITH late AS (
  SELECT k.id, k.owner, k.opened_at, k.due_at, c.number, c.shop
  FROM conflict k JOIN complaint c ON c.id = k.complaint_id
  WHERE k.closed_at IS NULL AND k.due_at <= :now
    AND NOT EXISTS (SELECT FROM notice n WHERE n.key = 'conflict-late-' || k.id)
  ORDER BY k.due_at LIMIT :limit
), noted AS (
  INSERT INTO notice (key, kind, facts, at)
  SELECT 'conflict-late-' || id, :kind, jsonb_build_object('number', number, 'shop', shop,
    'owner', owner, 'opened_at', opened_at, 'due_at', due_at), :now
  FROM late ON CONFLICT (key) DO NOTHING RETURNING id
)
SELECT count(*) FROM noted
""")

# Until somebody looks, nobody knows whether the account has it.
_ALARM = text("""
WITH old AS (
  SELECT p.id, p.account, p.kind, p.created_at, c.number, c.shop
  FROM push p JOIN complaint c ON c.id = p.complaint_id
  WHERE p.state = 'unknown' AND p.created_at <= :before
    AND NOT EXISTS (SELECT FROM notice n WHERE n.key = 'unknown-' || p.id)
  ORDER BY p.id LIMIT :limit
), noted AS (
  INSERT INTO notice (key, kind, facts, at)
  SELECT 'unknown-' || id, :kind, jsonb_build_object('number', number, 'shop', shop,
    'account', account, 'push', kind, 'since', created_at), :now
  FROM old ON CONFLICT (key) DO NOTHING RETURNING id
)
SELECT count(*) FROM noted
""")


def _passed(row: Row[Any], rungs: Ladder) -> set[str]:
    """Rungs that were fired for this due date, or for an earlier one when it had passed already."""
    offset = {one.name: one.offset for one in rungs}
    return {
        name
        for name, version, at in row.fired
        if version == row.version
        or (name in offset and datetime.fromisoformat(at) >= row.due_at + offset[name])
    }


class _Step(NamedTuple):
    """One complaint that has come to rungs."""

    row: Row[Any]
    rungs: tuple[Rung, ...]
    """All that are fired now, the earliest first."""
    for_it: tuple[Rung, ...]
    """Those of them that are for it."""
    next_at: datetime | None

    @property
    def newest(self) -> Rung | None:
        """The one that is told."""
        return self.for_it[-1] if self.for_it else None

    def missed(self, now: datetime) -> bool:
        """Whether it is told late, and late for good: its due date has passed."""
        newest = self.newest
        if newest is None or newest.offset < timedelta(0):
            return False
        late: timedelta = now - (self.row.due_at + newest.offset)
        return late > MISSED_AFTER


def _step(row: Row[Any], rungs: Ladder, currency: str | None, now: datetime) -> _Step:
    climbed = climb(row.due_at, rungs, _passed(row, rungs), now)
    claimed = row.claimed if currency in {None, row.claimed_in} else None
    climber = Climber(Status(row.status), row.conflict, claimed)
    met = tuple(rung for rung in climbed.rungs if is_for(rung.rule, climber))
    return _Step(row, climbed.rungs, met, climbed.next_at)


def _fired(step: _Step, rung: Rung, digested: Container[int]) -> dict[str, Any]:
    row = step.row
    facts = {"number": row.number, "shop": row.shop, "rung": rung.name, "due_at": row.due_at}
    if rung.rule.tell is not None:
        facts["channels"] = list(rung.rule.tell)
    return {
        "id": row.id,
        "version": row.version,
        "rung": rung.name,
        "skipped": rung not in step.for_it,
        "todo": (rung.rule.todo or None) if rung in step.for_it else None,
        "told": rung == step.newest and row.id not in digested,
        "kind": LATE if rung.offset >= timedelta(0) else SOON,
        "facts": facts,
    }


def _after(step: _Step) -> dict[str, Any]:
    """What becomes of a complaint at these rungs."""
    rules = [rung.rule for rung in step.for_it]
    return {
        "id": step.row.id,
        "next_at": step.next_at,
        "priority": max((PRIORITIES.index(r.priority) for r in rules if r.priority), default=0),
        "assignee": next((rule.assign for rule in reversed(rules) if rule.assign), None),
    }


class Escalations:
    """The ladder of all complaints."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def fire(
        self,
        now: datetime,
        limit: int,
        ladders: Mapping[ShopName, Ladder] | None = None,
        currencies: Mapping[ShopName, str] | None = None,
    ) -> int:
        """Flag what is past its due date, and fire the rungs that have come.

        ``ladders``: by shop; where it says nothing there is the rung ``due`` alone.  Of several
        rungs of one complaint only the newest is told; what many have missed is told at once.
        Returns how many complaints that were.
        """
        with self._engine.begin() as connection:
            looked = connection.execute(LOOK, {"now": now, "limit": limit}).all()
            if not looked:
                return 0
            steps = [
                _step(
                    row, (ladders or {}).get(row.shop, _BARE), (currencies or {}).get(row.shop), now
                )
                for row in looked
            ]
            digested = self._digest(connection, steps, now)
            rungs = [_fired(step, rung, digested) for step in steps for rung in step.rungs]
            connection.execute(_FIRE, {"now": now, "rungs": to_json(rungs).decode()})
            after = [_after(step) for step in steps]
            connection.execute(_NEXT, {"now": now, "looked": to_json(after).decode()})
            return len(looked)

    def _digest(
        self, connection: Connection, steps: Sequence[_Step], now: datetime
    ) -> frozenset[int]:
        """Tell at once of what many complaints of a shop have missed; returns which those are."""
        missed: dict[str, list[Row[Any]]] = {}
        for step in steps:
            # Who is told by name isn't told by a digest for everybody.
            if step.missed(now) and step.newest is not None and step.newest.rule.tell is None:
                missed.setdefault(step.row.shop, []).append(step.row)
        digested: set[int] = set()
        for shop, rows in missed.items():
            told = {"kind": MISSED, "shop": shop, "count": len(rows), "now": now}
            named = [row.number for row in rows[:NAMED]]
            more = {**told, "numbers": to_json(named).decode(), "first": f"$[0 to {NAMED - 1}]"}
            if not connection.execute(_MORE, more).rowcount:
                if len(rows) < MANY:
                    continue
                facts = {"shop": shop, "count": len(rows), "numbers": named}
                connection.execute(_DIGEST, {**told, "facts": to_json(facts).decode()})
            digested |= {row.id for row in rows}
        return frozenset(digested)

    def take(self, task: int, owner: str) -> bool:
        """Say whose a rung's manual action is.  False: there is none that isn't done."""
        return self._change("owner = :who", task, {"who": owner})

    def finish(self, task: int, by: str, now: datetime) -> bool:
        """Say that a rung's manual action is done.  False: there is none that isn't."""
        return self._change("done_at = :now, done_by = :who", task, {"who": by, "now": now})

    def _change(self, what: str, task: int, values: dict[str, Any]) -> bool:
        with self._engine.begin() as connection:
            changed = connection.execute(
                text(
                    f"UPDATE escalation SET {what}"  # noqa: S608 - columns from above
                    " WHERE id = :id AND todo IS NOT NULL AND done_at IS NULL"
                ),
                {"id": task, **values},
            )
            return changed.rowcount > 0

    def remind(self, now: datetime, limit: int) -> int:
        """Tell, once each, of conflicts that nobody settled in time.  Returns of how many."""
        with self._engine.begin() as connection:
            told = connection.execute(_REMIND, {"now": now, "limit": limit, "kind": CONFLICT_LATE})
            return int(told.scalar_one())

    def alarm(self, now: datetime, limit: int) -> int:
        """Tell, once each, of pushes whose outcome is unknown for long.  Returns of how many."""
        before = now - timedelta(hours=UNKNOWN_HOURS)
        values = {"now": now, "limit": limit, "kind": UNKNOWN_OLD, "before": before}
        with self._engine.begin() as connection:
            return int(connection.execute(_ALARM, values).scalar_one())
