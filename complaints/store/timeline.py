"""Everything that happened to one complaint, across all accounts, for `redress show`."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import text

if TYPE_CHECKING:
    from sqlalchemy import Connection


class TimelineEntry(NamedTuple):
    """One thing that happened to a case."""

    at: datetime
    what: str
    account: str
    text: str


# When a push was sent is kept as a place among the receipts, by our own sequence: it was at the
# time of the receipt before it, or later.  By the same sequence things of one moment are ordered.
_TIMELINE = text("""
WITH spoke AS (
  SELECT r.seq, r.verdict, r.reason, r.warnings FROM receipt r WHERE r.complaint_id = ANY(:ids)
  UNION
  SELECT r.seq, r.verdict, r.reason, r.warnings
  FROM decision d JOIN receipt r USING (seq) WHERE d.complaint_id = ANY(:ids)
), said AS (
  SELECT CAST(h ->> 'seq' AS bigint) AS seq, min(h ->> 'word') AS word
  FROM mirror m, jsonb_array_elements(m.history) AS h WHERE m.complaint_id = ANY(:ids) GROUP BY 1
), pushes AS (
  SELECT p.*, p.kind || coalesce(' ' || p.target, '') || coalesce(' ' || p.amount, '') AS act,
    CASE WHEN p.sent > 0 THEN greatest(p.created_at, (
      SELECT b.received_at FROM receipt b WHERE b.seq < p.sent ORDER BY b.seq DESC LIMIT 1
    )) END AS sent_at
  FROM push p WHERE p.complaint_id = ANY(:ids)
), conflicts AS (
  SELECT d.id, d.seq, d.at, d.account, f, lag(f ->> 'value', 1, 'no') OVER (ORDER BY d.id) AS before
  FROM decision d, jsonb_array_elements(d.fields) AS f
  WHERE d.complaint_id = ANY(:ids) AND f ->> 'field' = 'conflict'
)
SELECT at, what, account, line AS text FROM (
  SELECT o.received_at AS at, o.seq AS mark, 0 AS rank, o.seq AS n,
    CASE o.source WHEN 'read_back' THEN 'read back' ELSE 'observed' END AS what, o.account,
    CASE o.source WHEN 'read_back' THEN '' ELSE o.source || ' ' END || o.form
      || coalesce(' "' || nullif(w.word, '') || '"', '') || ': '
      || s.verdict || coalesce(' (' || s.reason || ')', '') || coalesce('; warned: ' || (
        SELECT string_agg(doubt, '; ') FROM jsonb_array_elements_text(s.warnings) AS doubt), '')
      AS line
  FROM spoke s JOIN receipt r ON r.seq = s.seq
  JOIN observation o ON o.seq = r.seq AND o.received_at = r.received_at
  LEFT JOIN said w ON w.seq = s.seq
  WHERE NOT EXISTS (SELECT FROM attached a WHERE a.seq = s.seq)
  UNION ALL
  SELECT r.received_at, a.seq, 0, a.seq, 'attached', r.account,
    a.name || ' (' || a.media_type || ')'
  FROM attached a JOIN receipt r USING (seq) WHERE a.complaint_id = ANY(:ids)
  UNION ALL
  SELECT t.at, t.seq, 1, t.id, 'moved', t.account,
    t.before || ' -> ' || t.after || CASE WHEN t.jump THEN ' (jump)' ELSE '' END
  FROM transition t WHERE t.complaint_id = ANY(:ids)
  UNION ALL
  SELECT c.at, c.seq, 2, c.id, 'decided', c.account, CASE f ->> 'value'
    WHEN 'yes' THEN 'a conflict: ' || (f ->> 'winner') || ' against ' || coalesce((
      SELECT string_agg((l ->> 'account') || ' (' || (l ->> 'value') || ')', ', ')
      FROM jsonb_array_elements(f -> 'losers') AS l), 'nobody')
    ELSE 'no conflict any more' END
  FROM conflicts c WHERE f ->> 'value' <> before
  UNION ALL
  SELECT p.created_at, p.cause, 3, p.id, 'asked', p.account, p.act FROM pushes p
  UNION ALL
  SELECT p.created_at, p.cause, 4, p.id, p.state, p.account, p.act
    || coalesce(' for ' || p.held_for, '') || coalesce(': ' || nullif(p.reason, ''), '')
  FROM pushes p WHERE p.state IN ('held', 'manual')
  UNION ALL
  SELECT p.sent_at, p.sent, 5, p.id, 'sent', p.account, p.act || ' (then or soon after'
    || CASE WHEN p.attempts > 1 THEN ', ' || p.attempts || ' tries' ELSE '' END || ')'
  FROM pushes p WHERE p.sent_at IS NOT NULL
  UNION ALL
  SELECT coalesce(p.ended_at, p.sent_at, p.created_at), CASE WHEN p.acked > 0 THEN p.acked
      WHEN p.state = 'unknown' THEN p.sent ELSE :last END, 6, p.id, p.state, p.account,
    p.act || coalesce(': ' || nullif(p.detail, ''), '')
  FROM pushes p WHERE p.ended_at IS NOT NULL OR p.state = 'unknown'
  UNION ALL
  SELECT e.fired_at, :last, 7, e.id, 'escalated', '', 'rung ' || e.rung
    || CASE WHEN e.skipped THEN ' (not for it)' ELSE '' END
  FROM escalation e WHERE e.complaint_id = ANY(:ids)
  UNION ALL
  SELECT coalesce(n.told_at, n.at), :last, 8, n.id, CASE WHEN n.told_at IS NULL THEN 'to tell'
    ELSE 'told' END, '', n.kind || coalesce(', rung ' || (n.facts ->> 'rung'), '')
  FROM notice n JOIN complaint c ON c.number = n.facts ->> 'number' WHERE c.id = ANY(:ids)
) AS t ORDER BY at, mark, rank, n
""")


_FAMILY = text("SELECT id FROM complaint WHERE id = :id OR merged_into = :id")
_LAST = 2**62
"""Behind everything that has a place in the sequence."""


def timeline(connection: Connection, complaint_id: int) -> list[TimelineEntry]:
    """What happened to a case, the oldest first.

    What was observed and read back, moves, conflicts, pushes on their way, files, escalations
    and notices; also what happened to the cases that were merged into it.
    """
    family = connection.execute(_FAMILY, {"id": complaint_id}).scalars()
    rows = connection.execute(_TIMELINE, {"ids": list(family), "last": _LAST})
    return [TimelineEntry(*row) for row in rows]
