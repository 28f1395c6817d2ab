"""Notices: what a person has to hear is a row first, told afterwards and noted as told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID, uuid4

from pydantic_core import to_json
from sqlalchemy import text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Engine


class Notice(NamedTuple):
    """Something that a person has to hear.  ``repeat``: it may have been told before."""

    id: int
    key: str
    """The same whenever this is told: what a mail's Message-ID is made of."""
    kind: str
    """What it is about, such as ``complaint late`` or ``account paused``."""
    facts: dict[str, Any]
    """What there is to know: names, numbers and reasons, never a customer's data."""
    at: datetime
    repeat: bool
    lease: UUID


_CLAIM = text("""
WITH heads AS (
  SELECT id FROM notice
  WHERE told_at IS NULL AND (lease_until_tech IS NULL OR lease_until_tech < clock_timestamp())
  ORDER BY id LIMIT :limit FOR UPDATE SKIP LOCKED
), claimed AS (
  UPDATE notice n SET attempts = attempts + 1, lease = :lease,
    lease_until_tech = clock_timestamp() + make_interval(secs => :seconds)
  FROM heads h WHERE n.id = h.id RETURNING n.*
)
SELECT id, key, kind, facts, at, attempts > 1 AS repeat, lease FROM claimed ORDER BY id
""")


class Notices:
    """What people have to hear, told or not."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, key: str, kind: str, facts: Mapping[str, Any], now: datetime) -> bool:
        """Have people told something once.  False: it was noted before."""
        with self._engine.begin() as connection:
            added = connection.execute(
                text(
                    "INSERT INTO notice (key, kind, facts, at)"
                    " VALUES (:key, :kind, CAST(:facts AS jsonb), :now) ON CONFLICT DO NOTHING"
                ),
                {"key": key, "kind": kind, "facts": to_json(facts).decode(), "now": now},
            )
            return added.rowcount > 0

    def claim(self, limit: int, seconds: float) -> list[Notice]:
        """Claim notices that nobody was told of yet, the oldest first."""
        with self._engine.begin() as connection:
            rows = connection.execute(
                _CLAIM, {"limit": limit, "seconds": seconds, "lease": uuid4()}
            ).mappings()
            return [Notice(**row) for row in rows]

    def told(self, notices: Sequence[Notice], now: datetime) -> None:
        """Record that these were told; what somebody else has claimed since is left alone."""
        with self._engine.begin() as connection:
            connection.execute(
                text(
                    "UPDATE notice SET told_at = :now, lease = NULL, lease_until_tech = NULL"
                    " WHERE id = ANY(:ids) AND lease = ANY(:leases)"
                ),
                {
                    "now": now,
                    "ids": [notice.id for notice in notices],
                    "leases": list({notice.lease for notice in notices}),
                },
            )
