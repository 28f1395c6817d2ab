"""How long to wait before the next try."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from complaints.retrying import BASE_SECONDS, CAP_SECONDS, delay


@given(st.integers(0, 10_000), st.none() | st.floats(0, 10**6))
def test_waiting_is_bounded(tries: int, asked: float | None) -> None:
    """Never shorter than asked for, never longer than the cap or what was asked for."""
    waited = delay(tries, asked)
    assert waited >= max(asked or 0, 0.1)
    assert waited <= max(CAP_SECONDS, asked or 0)


@given(st.integers(0, 6))
def test_each_failure_doubles_the_longest_wait(tries: int) -> None:
    """One second, two, four, ..."""
    assert delay(tries) <= BASE_SECONDS * 2**tries


def test_waits_differ() -> None:
    """Rows that failed together don't come back together."""
    assert len({delay(10) for _ in range(20)}) > 10


def test_a_long_outage_is_tried_seldom() -> None:
    """After many failures the wait reaches minutes."""
    assert max(delay(30) for _ in range(200)) > CAP_SECONDS / 2
