"""State of accounts that outlives the settings, the beat's ticks and workers' heartbeats."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import text

from complaints.vocabulary import AccountName

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from sqlalchemy import Engine


PAUSED = "account paused"
"""The kind of notice that tells of a pause."""


class Standing(NamedTuple):
    """Which accounts may act now."""

    ready: list[AccountName]
    """Neither paused nor told to wait."""
    released: frozenset[AccountName]
    failing: Mapping[AccountName, int]
    """How often each has failed in a row."""


class Accounts:
    """What is known of each account beyond its settings."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._noted: dict[AccountName, datetime] = {}

    def standing(self, names: Collection[AccountName]) -> Standing:
        """Sort out who is paused, told to wait, or released."""
        with self._engine.connect() as connection:
            rows = {
                row.name: row
                for row in connection.execute(
                    text(
                        "SELECT name, released_at IS NOT NULL AS released,"
                        " paused_at IS NOT NULL OR coalesce(not_before_tech > clock_timestamp(),"
                        " false) AS waits, failures FROM account WHERE name = ANY(:names)"
                    ),
                    {"names": list(names)},
                )
            }
        return Standing(
            [name for name in sorted(names) if name not in rows or not rows[name].waits],
            frozenset(name for name in names if name in rows and rows[name].released),
            {name: rows[name].failures if name in rows else 0 for name in names},
        )

    def pause(self, name: AccountName, reason: str, now: datetime) -> bool:
        """Stop using an account until a person acts, and have somebody told of it.

        True if it was not paused before.
        """
        return self._write(
            "WITH paused AS ("
            "INSERT INTO account (name, paused_at, paused_reason) VALUES (:name, :now, :reason)"
            " ON CONFLICT (name) DO UPDATE SET paused_at = :now, paused_reason = :reason"
            " WHERE account.paused_at IS NULL RETURNING name)"
            " INSERT INTO notice (key, kind, facts, at)"
            " SELECT 'pause-' || gen_random_uuid(), :kind,"
            " jsonb_build_object('account', name, 'reason', CAST(:reason AS text)), :now"
            " FROM paused",
            name=name,
            now=now,
            reason=reason,
            kind=PAUSED,
        )

    def resume(self, name: AccountName) -> bool:
        """Use a paused account again.  False if it was not paused."""
        return self._write(
            "UPDATE account SET paused_at = NULL, paused_reason = NULL"
            " WHERE name = :name AND paused_at IS NOT NULL",
            name=name,
        )

    def release(self, name: AccountName, by: str, now: datetime) -> bool:
        """Let a live account be written to.  False if it was released before."""
        return self._write(
            "INSERT INTO account (name, released_at, released_by) VALUES (:name, :now, :by)"
            " ON CONFLICT (name) DO UPDATE SET released_at = :now, released_by = :by"
            " WHERE account.released_at IS NULL",
            name=name,
            now=now,
            by=by,
        )

    def wait(self, name: AccountName, seconds: float) -> None:
        """Leave an account alone for so long: it asked for it."""
        self._write(
            "INSERT INTO account (name, not_before_tech)"
            " VALUES (:name, clock_timestamp() + make_interval(secs => :seconds))"
            " ON CONFLICT (name) DO UPDATE SET not_before_tech ="
            " greatest(account.not_before_tech, excluded.not_before_tech)",
            name=name,
            seconds=seconds,
        )

    def succeeded(self, name: AccountName, now: datetime) -> None:
        """Note the newest success; no more than one in a second is worth a commit."""
        noted = self._noted.get(name)
        if noted is not None and abs(now - noted) < timedelta(seconds=1):
            return
        self._noted[name] = now
        self._write(
            "WITH over AS (UPDATE outage SET ended_at = :now"
            " WHERE account = :name AND ended_at IS NULL)"
            " INSERT INTO account (name, last_success_at) VALUES (:name, :now)"
            " ON CONFLICT (name) DO UPDATE SET last_success_at = :now, failures = 0"
            " WHERE account.last_success_at IS DISTINCT FROM :now OR account.failures > 0",
            name=name,
            now=now,
        )

    def failed(self, name: AccountName, reason: str, now: datetime) -> int:
        """Note the newest failure.  Returns how many there were in a row."""
        # A success that follows must be written down, however soon it comes.
        self._noted.pop(name, None)
        with self._engine.begin() as connection:
            return int(
                connection.execute(
                    text(
                        "INSERT INTO account (name, last_failure_at, last_failure, failures)"
                        " VALUES (:name, :now, :reason, 1) ON CONFLICT (name) DO UPDATE"
                        " SET last_failure_at = :now, last_failure = :reason,"
                        " failures = least(account.failures + 1, 1000) RETURNING failures"
                    ),
                    {"name": name, "now": now, "reason": reason},
                ).scalar_one()
            )

    def count(self, name: AccountName, what: str) -> None:
        """Raise a counter, such as the number of refused deliveries."""
        self._write(
            "INSERT INTO counter (account, name, n) VALUES (:name, :what, 1)"
            " ON CONFLICT (account, name) DO UPDATE SET n = counter.n + 1",
            name=name,
            what=what,
        )

    def tick(self, entry: str, every: float) -> bool:
        """Take the present period of a beat entry (`every` seconds long, PostgreSQL's clock).

        False: another beat was first.
        """
        return self._write(
            "INSERT INTO tick (entry, slot, at_tech) SELECT :entry,"
            " CAST(floor(extract(epoch FROM at) / :every) AS bigint), at"
            " FROM (SELECT clock_timestamp() AS at) AS period ON CONFLICT DO NOTHING",
            entry=entry,
            every=every,
        )

    def tick_age(self) -> float | None:
        """Seconds since a beat ticked last; None if none ever did."""
        with self._engine.connect() as connection:
            age = connection.execute(
                text("SELECT extract(epoch FROM clock_timestamp() - max(at_tech)) FROM tick")
            ).scalar()
        return None if age is None else float(age)

    def beat(self, queue: str, worker: str) -> None:
        """Leave a sign of life of one queue's worker."""
        self._write(
            "INSERT INTO heartbeat (queue, worker, at_tech)"
            " VALUES (:queue, :worker, clock_timestamp())"
            " ON CONFLICT (queue, worker) DO UPDATE SET at_tech = clock_timestamp()",
            queue=queue,
            worker=worker,
        )

    def died(self, worker: str, how: str) -> None:
        """Note how a worker process ended, for who asks why a row has no result."""
        self._write(
            "INSERT INTO death (worker, how, at_tech) VALUES (:worker, :how, clock_timestamp())"
            " ON CONFLICT (worker) DO UPDATE SET how = :how, at_tech = clock_timestamp()",
            worker=worker,
            how=how,
        )

    def tidy(self) -> None:
        """Forget ticks, heartbeats and deaths that nobody can need any more."""
        self._write("DELETE FROM death WHERE at_tech < clock_timestamp() - interval '1 day'")
        self._write("DELETE FROM tick WHERE at_tech < clock_timestamp() - interval '1 day'")
        self._write("DELETE FROM heartbeat WHERE at_tech < clock_timestamp() - interval '1 day'")

    def _write(self, sql: str, **values: object) -> bool:
        with self._engine.begin() as connection:
            return connection.execute(text(sql), values).rowcount > 0
