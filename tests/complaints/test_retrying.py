"""How long to wait before the next try."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from complaints.retrying import Delays

DELAYS = Delays()


@given(st.integers(0, 10_000), st.none() | st.floats(0, 10**6))
def test_waiting_is_bounded(tries: int, asked: float | None) -> None:
    """Never shorter than asked for, never longer than the cap or what was asked for."""
    waited = DELAYS.after(tries, asked)
    assert waited >= max(asked or 0, 0.1)
    assert waited <= max(DELAYS.longest, asked or 0)


@given(st.integers(0, 6))
def test_each_failure_doubles_the_longest_wait(tries: int) -> None:
    """One second, two, four, ..."""
    assert DELAYS.after(tries) <= DELAYS.first * 2**tries


def test_waits_differ() -> None:
    """Rows that failed together don't come back together."""
    assert len({DELAYS.after(10) for _ in range(20)}) > 10


def test_a_long_outage_is_tried_seldom() -> None:
    """After many failures the wait reaches minutes."""
    assert max(DELAYS.after(30) for _ in range(200)) > DELAYS.longest / 2
