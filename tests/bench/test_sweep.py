"""The measure of the sweep, in a small world: it counts what is due and says what it is held to."""

from __future__ import annotations

import pytest

from tests.bench import sweep


@pytest.mark.database
@pytest.mark.timeout(120)
def test_a_small_run_measures_and_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    """By an index, with its ratio, and an exit code of its own."""
    code = sweep.main(["--many", "4000", "--few", "2000", "--turns", "1"])
    said = capsys.readouterr().out
    assert "Index Scan using ix_complaint_rung" in said
    assert "1,000 due among 4,000" in said
    assert code == (0 if said.endswith(": met\n") else 1)


def test_fewer_that_were_due_are_a_fault() -> None:
    """A sweep that leaves something out isn't measured."""

    class Nothing:
        class Escalations:
            def fire(self, _now: object, _limit: int) -> int:
                return 0

        escalations = Escalations()

    with pytest.raises(ValueError, match="0 were due, not 1000"):
        sweep.swept(Nothing(), 1)  # type: ignore[arg-type]
