"""Escalations: rows first, each exactly once, with the notice that tells of it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from pydantic_core import to_json
from sqlalchemy import text

from complaints.ladder import climb, ladder

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Engine, Row

    from complaints.ladder import Ladder, Rung
    from complaints.vocabulary import ShopName

LATE = "complaint late"
"""The kind of notice that tells of a rung at the due date or after it."""

SOON = "complaint due soon"
"""The kind of notice that tells of a rung before it."""

MISSED = "complaints missed"
"""The kind of notice that tells at once of rungs that came while nobody looked."""

_BARE = ladder(())

UNKNOWN_OLD = "unknown outcome"
"""The kind of notice that tells that nobody has looked whether a push arrived."""

UNKNOWN_HOURS = 4
"""After so long that is told."""

CONFLICT_LATE = "conflict late"
"""The kind of notice that tells that nobody has settled a conflict in time."""

# Each complaint is looked at when its next rung comes, and not before: what this costs follows
# what is due, not what exists.
LOOK = text("""
SELECT c.id, c.number, c.shop, c.due_at, d.version,
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
    AS r(id bigint, version int, rung text, told boolean, kind text, facts jsonb)
), fired AS (
  INSERT INTO escalation (complaint_id, deadline_version, rung, fired_at)
  SELECT id, version, rung, :now FROM rung ON CONFLICT DO NOTHING RETURNING id, complaint_id, rung
)
INSERT INTO notice (key, kind, facts, at)
SELECT 'escalation-' || f.id, r.kind, r.facts, :now
FROM fired f JOIN rung r ON r.id = f.complaint_id AND r.rung = f.rung WHERE r.told
""")

_NEXT = text("""
UPDATE complaint c SET rung_at = v.next_at, overdue = c.overdue OR c.due_at <= :now
FROM jsonb_to_recordset(CAST(:looked AS jsonb)) AS v(id bigint, next_at timestamptz)
WHERE c.id = v.id
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


def _rung(row: Row[Any], rung: Rung, newest: Rung) -> dict[str, Any]:
    facts = {"number": row.number, "shop": row.shop, "rung": rung.name, "due_at": row.due_at}
    return {
        "id": row.id,
        "version": row.version,
        "rung": rung.name,
        "told": rung == newest,
        "kind": LATE if rung.offset >= timedelta(0) else SOON,
        "facts": facts,
    }


class Escalations:
    """The ladder of all complaints."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def fire(
        self, now: datetime, limit: int, ladders: Mapping[ShopName, Ladder] | None = None
    ) -> int:
        """Flag what is past its due date, and fire the rungs that have come.

        ``ladders``: by shop; where it says nothing there is the rung ``due`` alone.  Of several
        rungs of one complaint only the newest is told.  Returns how many complaints that were.
        """
        with self._engine.begin() as connection:
            looked = connection.execute(LOOK, {"now": now, "limit": limit}).all()
            if not looked:
                return 0
            rungs, after = [], []
            for row in looked:
                rungs_of = (ladders or {}).get(row.shop, _BARE)
                climbed = climb(row.due_at, rungs_of, _passed(row, rungs_of), now)
                rungs += [_rung(row, rung, climbed.rungs[-1]) for rung in climbed.rungs]
                after.append({"id": row.id, "next_at": climbed.next_at})
            values = {"now": now, "rungs": to_json(rungs).decode()}
            connection.execute(_FIRE, values)
            connection.execute(_NEXT, {"now": now, "looked": to_json(after).decode()})
            return len(looked)

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
