"""What `redress demo` says before anything is started."""

from __future__ import annotations

from pathlib import Path

import pytest

from worker import demo
from worker.demo.story import MISUSED


def test_bad_input_is_told_and_nothing_is_played(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """All faults go to standard error, and the exit code is that of wrong usage."""
    (tmp_path / "orders.csv").write_text("order_id\n")
    assert demo.run(source=tmp_path) == MISUSED
    told = capsys.readouterr()
    assert told.out == ""
    assert "orders.csv:1 customer_id: is missing from the header" in told.err
    assert "complaints.csv:1: can't be read" in told.err
    assert "nothing was played" in told.err
