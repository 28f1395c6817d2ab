"""``python -m tests.bench``: pairs of Redress and its baseline, one after the other."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench import runs, world
from tests.bench.report import Measured, show
from tests.bench.runs import Baseline, Redress
from tests.bench.stage import Size, Stage, Void, build, stage
from worker.parts import PartFailed

FULL = Size(complaints=10_000, shared=400, empty=2_000, pairs=5)
QUICK = Size(complaints=60, shared=20, empty=100, pairs=1)
TARGET = 10.0
FAIR = 0.7
"""Of what its parts alone would do, the least that the baseline must do."""

_EXPLAINED = """\
reconcile           {news:,} new observations of {complaints:,} complaints that two accounts hold,
                    decided by two prefork processes of `celery -A worker.app worker`
                    (the production `reconcile` step)
  against           one Celery task and one transaction per change with the same decision
                    code (a batch of one), by two prefork processes on {single:,} of them
reconcile, effort   the same for each second of processor time that workers and servers used:
                    hardly disturbed by whatever else this machine does
batching alone      reconcile, against one transaction per change without a task for each
baseline vs. empty  the baseline against tasks that do nothing, in the same worker: a change costs
                    far more than its message, so this is below {fair}x and voids nothing
baseline vs. parts  the baseline against 1 / (1/empty + 1/without tasks): its message and its
                    transaction at the pace each has alone; below {fair}x the run is void
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; 1 when the run is void."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tiny world: shows that it works")
    parser.add_argument("--pairs", type=int, help="how many pairs to run")
    parser.add_argument(
        "--minutes", type=float, default=7.5, help="begin no pair that would end later than this"
    )
    chosen = parser.parse_args(arguments)
    size = QUICK if chosen.quick else FULL
    try:
        with TemporaryDirectory(prefix="redress-bench-") as folder, stage(Path(folder)) as made:
            pairs = _pairs(made, size, chosen.pairs or size.pairs, chosen.minutes * 60)
        figures = summed_up(pairs)
        show(figures)
        print(_EXPLAINED.format(**_words(size)))
        if not chosen.quick:
            check_fair(figures)
    except (Void, PartFailed) as fault:
        print(f"void: {fault}", file=sys.stderr)
        return 1
    ratio = figures[0].ratio
    if not chosen.quick:
        print(f"target {TARGET:g}x: {'met' if ratio >= TARGET else 'NOT MET'} ({ratio:.1f}x)")
    return 0


def _pairs(made: Stage, size: Size, count: int, seconds: float) -> list[tuple[Redress, Baseline]]:
    begin = time.monotonic()
    print("durable:", made.assert_durable())
    build(made, size)
    print(f"world made in {time.monotonic() - begin:.0f} s")
    pairs: list[tuple[Redress, Baseline]] = []
    for turn in range(1, count + 1):
        began = time.monotonic()
        # Who goes first alternates, so that neither always meets the warmer machine.
        if turn % 2:
            slow = runs.baseline(made, size, "run_baseline")
            fast = runs.redress(made, size, "run_redress")
        else:
            fast = runs.redress(made, size, "run_redress")
            slow = runs.baseline(made, size, "run_baseline")
        check_results(size, fast, slow)
        pairs.append((fast, slow))
        took = time.monotonic() - began
        print(
            f"pair {turn}: {fast.changes:,.0f} against {slow.changes:,.0f} observations/s,"
            f" {fast.changes / slow.changes:.1f}x (by effort {slow.effort / fast.effort:.1f}x);"
            f" empty tasks {slow.empty:,.0f}/s, without tasks {slow.bare:,.0f}/s;"
            f" results equal ({took:.0f} s)",
            flush=True,
        )
        if time.monotonic() - begin + took > seconds and turn < count:
            print(f"time is up after {turn} of {count} pairs")
            break
    return pairs


def check_results(size: Size, fast: Redress, slow: Baseline) -> None:
    """See that both decided the same, and what the stories say.  Raises Void."""
    if len(fast.results) != size.shared or fast.results != slow.results:
        raise Void("Redress and the baseline came to different results")
    for index, (order, _, status, outcome, *_) in enumerate(fast.results):
        case = world.Case(index)
        if (order, status, outcome) != (case.order_number, case.story.status, case.story.outcome):
            raise Void(f"the complaint about order {order} ended as {status}/{outcome}")


def summed_up(pairs: Sequence[tuple[Redress, Baseline]]) -> list[Measured]:
    """The figures of all pairs, the one that counts first and the fairness of it last."""
    decided = [fast.changes for fast, _ in pairs]
    changes = [slow.changes for _, slow in pairs]
    empty = [slow.empty for _, slow in pairs]
    bare = [slow.bare for _, slow in pairs]
    parts = [1 / (1 / one + 1 / other) for one, other in zip(empty, bare, strict=True)]
    unit = "observations/s"
    return [
        Measured.of("reconcile", unit, decided, changes),
        Measured.of(
            "reconcile, effort",
            "observations/processor second",
            [1 / fast.effort for fast, _ in pairs],
            [1 / slow.effort for _, slow in pairs],
        ),
        Measured.of("batching alone", unit, decided, bare),
        Measured.of("baseline vs. empty", unit, changes, empty),
        Measured.of("baseline vs. parts", unit, changes, parts),
    ]


def check_fair(figures: Sequence[Measured]) -> None:
    """See that the baseline was not held back.  Raises Void."""
    parts = figures[-1]
    if parts.ratio < FAIR:
        raise Void(f"the baseline did {parts.ratio}x of what its parts do, less than {FAIR}x")


def _words(size: Size) -> dict[str, object]:
    single = size.shared_news - size.shared
    return {"news": size.news, "complaints": size.complaints, "single": single, "fair": FAIR}


if __name__ == "__main__":
    sys.exit(main())
