"""Escalations: rows first, each exactly once, with the notice that tells of it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import text

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Engine

LATE = "complaint late"
"""The kind of notice that tells of a rung."""

UNKNOWN_OLD = "unknown outcome"
"""The kind of notice that tells that nobody has looked whether a push arrived."""

UNKNOWN_HOURS = 4
"""After so long that is told."""

CONFLICT_LATE = "conflict late"
"""The kind of notice that tells that nobody has settled a conflict in time."""

_FIRE = text("""
WITH late AS (
  SELECT c.id, c.number, c.shop, c.due_at,
    coalesce((SELECT max(d.version) FROM deadline d WHERE d.complaint_id = c.id), 1) AS version
  FROM complaint c
  WHERE c.merged_into IS NULL AND NOT c.overdue AND c.due_at <= :now
    AND c.status IN ('new', 'open', 'waiting')
  ORDER BY c.due_at LIMIT :limit FOR UPDATE SKIP LOCKED
), flagged AS (
  UPDATE complaint c SET overdue = true FROM late WHERE c.id = late.id
), fired AS (
  INSERT INTO escalation (complaint_id, deadline_version, rung, fired_at)
  SELECT id, version, 'due', :now FROM late
  ON CONFLICT DO NOTHING RETURNING id, complaint_id, rung
), noted AS (
  INSERT INTO notice (key, kind, facts, at)
  SELECT 'escalation-' || f.id, :kind,
    jsonb_build_object('number', l.number, 'shop', l.shop, 'rung', f.rung, 'due_at', l.due_at),
    :now
  FROM fired f JOIN late l ON l.id = f.complaint_id
)
SELECT count(*) FROM fired
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


class Escalations:
    """The ladder of all complaints."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def fire(self, now: datetime, limit: int) -> int:
        """Flag what is past its due date and fire its rung.  Returns how many were fired."""
        with self._engine.begin() as connection:
            fired = connection.execute(_FIRE, {"now": now, "limit": limit, "kind": LATE})
            return int(fired.scalar_one())

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
