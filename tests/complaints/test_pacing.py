"""The wished interval, and the one that a budget allows."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from complaints.pacing import Followed, pace
from complaints.rules import ReadPlan

PLAN = ReadPlan(running=timedelta(minutes=3), ended=timedelta(hours=1), order=timedelta(hours=6))


@pytest.mark.parametrize(
    ("followed", "minutes", "slowed"),
    [
        (Followed(), 3, False),
        (Followed(running=21), 3, False),
        (Followed(running=42), 6, True),
        (Followed(running=21, ended=420), 6, True),
        (Followed(orders=2520), 3, False),
        (Followed(running=2100), 300, True),
    ],
)
def test_the_interval_of_a_running_case(followed: Followed, minutes: int, *, slowed: bool) -> None:
    """As wished while seven reads a minute are enough, else as many times longer as needed."""
    found = pace(followed, PLAN, reads_per_minute=7)
    assert found.interval == timedelta(minutes=minutes)
    assert found.slowed is slowed


@given(st.builds(Followed, *[st.integers(0, 10_000)] * 3), st.floats(0.5, 10_000, allow_nan=False))
def test_nothing_is_read_more_often_than_wished(followed: Followed, room: float) -> None:
    """And stretched intervals fit into the budget."""
    found = pace(followed, PLAN, room)
    assert found.interval >= PLAN.running
    stretch = found.interval / PLAN.running
    assert found.wished / stretch <= room * 1.001 or not found.slowed
