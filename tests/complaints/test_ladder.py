"""The ladder: rungs by name, in their order, each once, and when the next one comes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from complaints.ladder import DUE, Climber, Ladder, Rung, climb, first_at, is_for, ladder, rung
from complaints.rules import RungRule
from complaints.vocabulary import Status

DUE_AT = datetime(2026, 3, 31, 22, tzinfo=UTC)
FULL = ladder(["+3d", "-24h", "due", "+1d", "-72h"])

words = st.builds(
    lambda sign, number, unit: f"{sign}{number}{unit}",
    st.sampled_from("+-"),
    st.integers(1, 999),
    st.sampled_from("hd"),
)
ladders = st.lists(words, max_size=6).map(ladder)
spans = st.integers(-2000, 2000).map(lambda hours: timedelta(hours=hours))


@pytest.mark.parametrize(
    ("word", "offset"),
    [
        ("due", timedelta(0)),
        ("-72h", timedelta(hours=-72)),
        ("+1d", timedelta(days=1)),
        ("+9999h", timedelta(hours=9999)),
    ],
)
def test_a_rung_by_its_name(word: str, offset: timedelta) -> None:
    """So long before or after the due date."""
    assert rung(word) == Rung(word, offset)


@pytest.mark.parametrize("word", ["", "3d", "+0d", "-1", "+1w", "+ 1d", "+1.5d", "DUE", "+10000h"])
def test_what_is_no_rung_is_refused(word: str) -> None:
    """With what would be one."""
    with pytest.raises(ValueError, match='is no rung: write "due"'):
        ladder([word])


def test_rungs_come_in_their_order_and_due_is_always_one() -> None:
    """However they are written."""
    assert [one.name for one in FULL] == ["-72h", "-24h", "due", "+1d", "+3d"]
    assert [one.name for one in ladder([])] == ["due"]
    assert first_at(DUE_AT, FULL) == DUE_AT - timedelta(hours=72)


@pytest.mark.parametrize(
    ("hours", "fired", "now", "left"),
    [
        (-73, (), [], -72),
        (-72, (), ["-72h"], -24),
        (-30, ("-72h",), [], -24),
        (0, ("-72h", "-24h"), ["due"], 24),
        (2, (), ["-72h", "-24h", "due"], 24),
        (80, ("-72h", "-24h", "due"), ["+1d", "+3d"], None),
        (900, ("-72h", "-24h", "due", "+1d", "+3d"), [], None),
        (5, ("+1d",), ["-72h", "-24h", "due"], 72),
    ],
)
def test_what_has_come(
    hours: int, fired: tuple[str, ...], now: list[str], left: int | None
) -> None:
    """Without what was fired; and when the next one comes."""
    climbed = climb(DUE_AT, FULL, fired, DUE_AT + timedelta(hours=hours))
    assert [one.name for one in climbed.rungs] == now
    assert climbed.next_at == (None if left is None else DUE_AT + timedelta(hours=left))


@given(rungs=ladders, looks=st.lists(spans, max_size=12))
def test_each_rung_comes_once_whenever_it_is_looked_at(
    rungs: Ladder, looks: list[timedelta]
) -> None:
    """And all that have come by the last look have been fired by then; none is ever taken back."""
    fired: list[str] = []
    for look in sorted(looks):
        now = DUE_AT + look
        climbed = climb(DUE_AT, rungs, fired, now)
        fired += [one.name for one in climbed.rungs]
        assert climbed.next_at is None or climbed.next_at > now
        assert climb(DUE_AT, rungs, fired, now).rungs == ()
    assert len(fired) == len(set(fired))
    last = max(looks, default=timedelta.min)
    assert set(fired) == {one.name for one in rungs if one.offset <= last}


@given(rungs=ladders, look=spans)
def test_nothing_comes_between_a_look_and_the_next_rung(rungs: Ladder, look: timedelta) -> None:
    """So a complaint needn't be looked at before."""
    now = DUE_AT + look
    climbed = climb(DUE_AT, rungs, (), now)
    fired = {one.name for one in climbed.rungs}
    if climbed.next_at is not None:
        just_before = climbed.next_at - timedelta(microseconds=1)
        assert climb(DUE_AT, rungs, fired, just_before).rungs == ()
        assert climb(DUE_AT, rungs, fired, climbed.next_at).rungs != ()
    assert DUE in {one.name for one in rungs}


OPEN = Climber(Status.OPEN, conflict=False, claimed=Decimal(100))


@pytest.mark.parametrize(
    ("rule", "climber", "met"),
    [
        ({}, OPEN, True),
        ({"status": (Status.OPEN, Status.NEW)}, OPEN, True),
        ({"status": (Status.WAITING,)}, OPEN, False),
        ({"conflict": True}, OPEN, False),
        ({"conflict": True}, OPEN._replace(conflict=True), True),
        ({"conflict": False}, OPEN, True),
        ({"claimed_from": Decimal(100)}, OPEN, True),
        ({"claimed_from": Decimal("100.01")}, OPEN, False),
        ({"claimed_from": Decimal(0)}, OPEN._replace(claimed=None), False),
        ({"claimed_from": Decimal(100), "status": (Status.NEW,)}, OPEN, False),
    ],
)
def test_for_whom_a_rung_is(rule: dict[str, object], climber: Climber, met: bool) -> None:  # noqa: FBT001
    """All that its rule asks must be so; a rule that asks nothing is for all."""
    assert is_for(RungRule.model_validate(rule), climber) is met


def test_a_rule_belongs_to_a_rung_of_the_ladder() -> None:
    """One for another rung would never be looked at."""
    made = ladder(["+1d"], {"+1d": RungRule(assign="eva")})
    assert [one.rule.assign for one in made] == ["", "eva"]
    with pytest.raises(ValueError, match=r"'[+]2d' is no rung of the ladder [+]1d, due"):
        ladder(["+1d"], {"+2d": RungRule()})


@given(ladders, spans, spans)
def test_a_rung_never_unfires_as_time_grows(
    rungs: Ladder, first: timedelta, more: timedelta
) -> None:
    """What has come by some time has come by any later one; looking twice gives nothing new."""
    early = DUE_AT + first
    late = early + abs(more)
    fired = climb(DUE_AT, rungs, (), early).rungs
    assert set(fired) <= set(climb(DUE_AT, rungs, (), late).rungs)
    names = {one.name for one in fired}
    assert climb(DUE_AT, rungs, names, early).rungs == ()
    after = climb(DUE_AT, rungs, names, late)
    assert {*names, *(one.name for one in after.rungs)} == {
        one.name for one in climb(DUE_AT, rungs, (), late).rungs
    }
    assert after.next_at is None or after.next_at > late
