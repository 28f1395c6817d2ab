"""The bench itself: what it prints, and that it says when a run is worth nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace

import pytest

from tests.bench import world
from tests.bench.__main__ import QUICK, check_fair, check_results, summed_up
from tests.bench.report import Measured
from tests.bench.runs import Baseline, Redress, Row
from tests.bench.stage import ROOT, Void

KEYS = ["name", "value", "unit", "baseline_value", "ratio", "min", "max", "n"]


@pytest.fixture
def results() -> list[Row]:
    """What a right run leaves of the shared complaints of the quick world."""
    cases = map(world.Case, range(QUICK.shared))
    return [
        (case.order_number, "10017", case.story.status, case.story.outcome, False, [])
        for case in cases
    ]


def _baseline(results: list[Row], *, changes: float = 80.0) -> Baseline:
    return Baseline(empty=400.0, bare=100.0, changes=changes, effort=0.01, results=results)


@pytest.mark.database
@pytest.mark.broker
@pytest.mark.timeout(120)  # seconds on a machine that has nothing else to do
def test_a_quick_run_prints_a_table_and_json_lines() -> None:
    """A whole pair runs on servers of its own, both sides agree, and the figures are told."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench", "--quick"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=110,
    )

    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    figures = [json.loads(line) for line in lines if line.startswith("{")]
    assert [list(figure) for figure in figures] == [KEYS] * 5
    assert [figure["n"] for figure in figures] == [1] * 5
    assert all(figure["value"] > 0 and figure["baseline_value"] > 0 for figure in figures)
    assert figures[0]["name"] == "reconcile"
    assert any("benchmark" in line and "ratio" in line for line in lines)
    assert "durable: fsync=on, synchronous_commit=on, full_page_writes=on" in lines
    assert any(line.startswith("pair 1:") and "results equal" in line for line in lines)


def test_the_ratio_is_the_median_of_the_pairs() -> None:
    """One odd pair moves neither the ratio nor the value, and shows in the extremes."""
    figure = Measured.of("x", "things/s", [100.0, 300.0, 5000.0], [10.0, 10.0, 10.0])

    assert figure == Measured("x", 300.0, "things/s", 10.0, 30.0, 100.0, 5000.0, 3)


def test_equal_results_that_the_stories_tell_are_let_through(results: list[Row]) -> None:
    """Nothing is void when both sides decided what the world's stories say."""
    check_results(QUICK, Redress(1.0, 0.001, results), _baseline(results))


def test_different_results_are_void(results: list[Row]) -> None:
    """A faster side that decided something else has won nothing."""
    other = [*results[:-1], (*results[-1][:2], "open", "none", False, [])]

    with pytest.raises(Void, match="different results"):
        check_results(QUICK, Redress(1.0, 0.001, other), _baseline(results))


def test_the_same_wrong_result_is_void(results: list[Row]) -> None:
    """Both sides share their decision code, so the world says beforehand what is right."""
    wrong = [*results[:-1], (*results[-1][:2], "open", "none", False, [])]

    with pytest.raises(Void, match="ended as open/none"):
        check_results(QUICK, Redress(1.0, 0.001, wrong), _baseline(wrong))


def test_a_missing_result_is_void(results: list[Row]) -> None:
    """Every shared complaint must be there."""
    with pytest.raises(Void, match="different results"):
        check_results(QUICK, Redress(1.0, 0.001, results[1:]), _baseline(results[1:]))


def test_a_baseline_that_is_held_back_is_void(results: list[Row]) -> None:
    """The baseline must do what its message and its transaction do alone, nearly."""
    fair = _baseline(results)
    slow = _baseline(results, changes=55.0)

    check_fair(summed_up([(Redress(900.0, 0.001, results), fair)]))
    with pytest.raises(Void, match="the baseline did"):
        check_fair(summed_up([(Redress(900.0, 0.001, results), slow)]))


def test_the_world_is_the_same_every_time() -> None:
    """Two worlds of one size are byte for byte the same, and their reads have keys of their own."""
    numbers = {world.Case(index).order_number: str(index) for index in range(40)}

    first = list(world.news(range(40), numbers))
    again = list(world.news(range(40), numbers))

    assert first == again
    assert len({(read.account, read.dedupe_key) for read in first}) == 40 * world.STEPS
    assert {read.account for read in first} == {world.DESK, world.PAY}


def test_a_larger_world_begins_with_the_smaller_one() -> None:
    """What the baseline decides is part of what Redress decides."""
    shared = replace(QUICK, complaints=QUICK.shared)
    numbers = {world.Case(index).order_number: "1" for index in range(QUICK.complaints)}

    small = {read.body for read in world.news(range(shared.complaints), numbers)}
    large = {read.body for read in world.news(range(QUICK.complaints), numbers)}

    assert small < large
