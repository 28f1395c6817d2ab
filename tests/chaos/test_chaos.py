"""`redress chaos` itself: everything dies, and nothing is lost, doubled or wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from worker.chaos.accidents import Fault
from worker.chaos.report import Report, words
from worker.chaos.run import run_in
from worker.demo.progress import error_console

pytestmark = [pytest.mark.kill]


def survived(report: Report, changes: int, kills: int) -> None:
    """Nothing is wrong, and what was planned has happened."""
    assert report.holds, "\n".join(words(report))
    assert report.told()["converged"]
    assert report.changes >= changes
    assert report.kills.done == kills


@pytest.mark.timeout(280)
def test_a_thousand_changes_survive_ten_kills(tmp_path: Path) -> None:
    """Half of them of single processes; with faults of providers, of the network, of the clock."""
    report = run_in(tmp_path, 1, 1000, 10, frozenset(Fault), error_console())
    survived(report, 1000, 10)


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize("seed", [2, 3, 4])
def test_three_thousand_changes_survive_forty_kills(tmp_path: Path, seed: int) -> None:
    """Other worlds, other accidents; each within eight minutes."""
    report = run_in(tmp_path, seed, 3000, 40, frozenset(Fault), error_console())
    survived(report, 3000, 40)
    assert report.seconds < 8 * 60
