"""Notices: what a person has to hear is a row first, told afterwards and noted as told.

Each channel is told by itself: noted before the call, and after it.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID, uuid4

from pydantic_core import to_json
from sqlalchemy import text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy import Engine


class Heard(StrEnum):
    """What is known of telling one channel."""

    CALLING = "calling"
    """It was going to be told, and nothing is known since."""
    TOLD = "told"
    AGAIN = "again"
    """It has to be told once more."""


class Telling(NamedTuple):
    """What is known of telling one channel, and how often it may have heard already."""

    heard: Heard
    doubts: int


class Notice(NamedTuple):
    """Something that a person has to hear."""

    id: int
    uid: UUID
    """The same whenever this is told, and nobody else's: what a Message-ID is made of."""
    key: str
    kind: str
    """What it is about, such as ``complaint late`` or ``account paused``."""
    facts: dict[str, Any]
    """What there is to know: names, numbers and reasons, never a customer's data."""
    at: datetime
    attempts: int
    lease: UUID
    tellings: Mapping[str, Telling]
    """By channel."""
    repeat: bool = False
    """It may have been told before: set for the channel that is told."""

    def for_channel(self, name: str) -> Notice:
        """The same, as this channel is to hear it."""
        known = self.tellings.get(name)
        dead = known is not None and known.heard is Heard.CALLING
        return self._replace(repeat=dead or self.doubts_of(name) > 0)

    def heard_by(self, name: str) -> bool:
        """Whether a channel has been told."""
        known = self.tellings.get(name)
        return known is not None and known.heard is Heard.TOLD

    def doubts_of(self, name: str) -> int:
        """How often a channel may have heard without our knowing."""
        known = self.tellings.get(name)
        return known.doubts if known else 0


class Untold(NamedTuple):
    """A notice that a channel hasn't heard, and why."""

    key: str
    kind: str
    at: datetime
    attempts: int
    channel: str
    why: str


_CLAIM = text("""
WITH heads AS (
  SELECT id FROM notice
  WHERE told_at IS NULL AND (lease_until_tech IS NULL OR lease_until_tech < clock_timestamp())
  ORDER BY id LIMIT :limit FOR UPDATE SKIP LOCKED
), claimed AS (
  UPDATE notice n SET attempts = least(attempts + 1, 32000), lease = :lease,
    lease_until_tech = clock_timestamp() + make_interval(secs => :seconds)
  FROM heads h WHERE n.id = h.id RETURNING n.*
)
SELECT id, uid, key, kind, facts, at, attempts, lease,
  (SELECT coalesce(jsonb_object_agg(t.channel, jsonb_build_array(t.state, t.doubts)), '{}')
   FROM telling t WHERE t.notice_id = claimed.id) AS tellings
FROM claimed ORDER BY id
""")

_CALLING = text("""
INSERT INTO telling (notice_id, channel, state)
SELECT n.id, :channel, 'calling' FROM notice n WHERE n.id = :id AND n.lease = :lease
ON CONFLICT (notice_id, channel) DO UPDATE SET state = 'calling'
""")

_HEARD = text("""
UPDATE telling t SET state = :state, doubts = t.doubts + CAST(:doubt AS integer), why = :why
FROM notice n
WHERE n.id = t.notice_id AND n.lease = :lease AND t.notice_id = :id AND t.channel = :channel
""")

_TOLD = text("""
UPDATE notice SET told_at = :now, lease = NULL, lease_until_tech = NULL
WHERE id = :id AND lease = :lease
""")

_LATER = text("""
UPDATE notice SET lease = NULL,
  lease_until_tech = clock_timestamp() + make_interval(secs => :seconds)
WHERE id = :id AND lease = :lease
""")

_UNTOLD = text("""
SELECT n.key, n.kind, n.at, n.attempts, coalesce(t.channel, ''), coalesce(t.why, '')
FROM notice n LEFT JOIN telling t ON t.notice_id = n.id AND t.state <> 'told'
WHERE n.told_at IS NULL ORDER BY n.id, t.channel LIMIT :limit
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
        """Claim notices that some channel hasn't heard, the oldest first."""
        with self._engine.begin() as connection:
            rows = connection.execute(
                _CLAIM, {"limit": limit, "seconds": seconds, "lease": uuid4()}
            ).mappings()
            return [Notice(**{**row, "tellings": _tellings(row["tellings"])}) for row in rows]

    def calling(self, notice: Notice, channel: str) -> bool:
        """Note that a channel is told now.  False: somebody else has claimed the notice."""
        values = {"id": notice.id, "lease": notice.lease, "channel": channel}
        with self._engine.begin() as connection:
            return connection.execute(_CALLING, values).rowcount > 0

    def heard(
        self, notice: Notice, channel: str, heard: Heard, why: str = "", *, doubt: bool = False
    ) -> None:
        """Record what came of it; of what somebody else has claimed since, nothing."""
        values = {
            "id": notice.id, "lease": notice.lease, "channel": channel,
            "state": heard, "why": why, "doubt": doubt,
        }  # fmt: skip
        with self._engine.begin() as connection:
            connection.execute(_HEARD, values)

    def told(self, notice: Notice, now: datetime) -> None:
        """Record that all channels have heard."""
        values = {"id": notice.id, "lease": notice.lease, "now": now}
        with self._engine.begin() as connection:
            connection.execute(_TOLD, values)

    def later(self, notice: Notice, seconds: float) -> None:
        """Let go of a notice for so long."""
        values = {"id": notice.id, "lease": notice.lease, "seconds": seconds}
        with self._engine.begin() as connection:
            connection.execute(_LATER, values)

    def untold(self, limit: int) -> list[Untold]:
        """What some channel hasn't heard, the oldest first, a line per channel that failed."""
        with self._engine.connect() as connection:
            return [Untold(*row) for row in connection.execute(_UNTOLD, {"limit": limit})]


def _tellings(said: Mapping[str, tuple[str, int]]) -> dict[str, Telling]:
    return {name: Telling(Heard(state), doubts) for name, (state, doubts) in said.items()}
