"""``python -m tests.bench.sweep``: what escalating costs when few of very many are due."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

import psycopg
from psycopg import sql
from sqlalchemy import text

from complaints import store
from complaints.store import Store
from complaints.store.escalations import LOOK
from tests.bench.report import Measured, show
from worker.embedded import Embedded

NOW = datetime.fromisoformat("2026-03-20T09:00:00+00:00")
DUE = 1_000
MANY, FEW = 1_000_000, 100_000
MOST_SECONDS = 1.0
MOST_RATIO = 1.3
BATCH = 200

# Each turn has complaints of its own that are due, all over the table; the others are far off.
_FILL = """
INSERT INTO complaint (number, shop, status, outcome, origin, opened_at, due_at, rung_at, version)
SELECT n, 'bench', 'open', 'none', 'bench-desk', at - interval '30 days', at, at, 1
FROM (SELECT n, CASE WHEN n % :step < :turns THEN CAST(:now AS timestamptz)
    + make_interval(mins => CAST(n % :step AS integer) + 1)
  ELSE CAST(:now AS timestamptz) + make_interval(days => CAST(10 + n % 20 AS integer)) END AS at
  FROM generate_series(0, :size - 1) n) made
"""
_CLOCKS = """
INSERT INTO deadline (complaint_id, clock, version, due_at, rules_version)
SELECT id, 'shop', 1, due_at, '1' FROM complaint
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; 1 when the target is missed."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.sweep", description=__doc__)
    parser.add_argument("--many", type=int, default=MANY, help="running complaints")
    parser.add_argument("--few", type=int, default=FEW, help="running complaints to compare with")
    parser.add_argument("--turns", type=int, default=7, help="how often each is measured")
    chosen = parser.parse_args(arguments)
    with server() as url:
        made = [_filled(url, size, chosen.turns) for size in (chosen.many, chosen.few)]
        with closing(made[0]) as many, closing(made[1]) as few:
            plan = explained(many)
            times = [(swept(many, n), swept(few, n)) for n in range(1, chosen.turns + 1)]
    print(plan)
    seconds = [slow for slow, _ in times]
    figure = Measured.of("sweep", "sweeps/s", [1 / s for s in seconds], [1 / f for _, f in times])
    show([figure])
    slower, median = 1 / figure.ratio, sorted(seconds)[len(seconds) // 2]
    met = median <= MOST_SECONDS and slower <= MOST_RATIO and "ix_complaint_rung" in plan
    print(
        f"{DUE:,} due among {chosen.many:,}: {median:.2f} s (at most {MOST_SECONDS:g} s),"
        f" {slower:.2f}x of the same among {chosen.few:,} (at most {MOST_RATIO:g}x):"
        f" {'met' if met else 'NOT MET'}"
    )
    return 0 if met else 1


@contextmanager
def server() -> Iterator[str]:
    """A PostgreSQL of this run's own."""
    with (
        TemporaryDirectory(prefix="redress-sweep-") as folder,
        Embedded(Path(folder)) as embedded,
    ):
        yield embedded.start_postgresql()


def _filled(url: str, size: int, turns: int) -> Store:
    name = f"sweep_{size}"
    with psycopg.connect(url.replace("+psycopg", "", 1), autocommit=True) as admin:
        admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    made = store.open(urlsplit(url)._replace(path=f"/{name}").geturl())
    made.migrate()
    began = time.monotonic()
    values = {"size": size, "step": size // DUE, "turns": turns, "now": NOW}
    with made.engine.begin() as connection:
        connection.execute(text(_FILL), values)
        connection.execute(text(_CLOCKS))
    with made.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE complaint, deadline"))
    print(f"{size:,} running complaints made in {time.monotonic() - began:.0f} s", flush=True)
    return made


def swept(made: Store, turn: int) -> float:
    """Fire what is due in this turn; the seconds that it took.  Raises ValueError."""
    now = NOW + timedelta(minutes=turn)
    began, fired = time.monotonic(), 0
    while looked := made.escalations.fire(now, BATCH):
        fired += looked
    took = time.monotonic() - began
    if fired != DUE:
        raise ValueError(f"{fired} were due, not {DUE}")
    return took


def explained(made: Store) -> str:
    """How PostgreSQL finds what is due."""
    with made.engine.begin() as connection:
        values = {"now": NOW + timedelta(minutes=1), "limit": BATCH}
        rows = connection.execute(text(f"EXPLAIN (COSTS OFF) {LOOK.text}"), values)
        return "\n".join(rows.scalars())


if __name__ == "__main__":
    sys.exit(main())
