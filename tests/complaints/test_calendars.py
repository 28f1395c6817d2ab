"""Business time: windows, nights, holidays, and both changes of the clocks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from complaints.calendars import (
    Calendar,
    NeverOpen,
    Span,
    Window,
    after,
    calendar,
    moment,
    open_between,
    windows,
)

PRAGUE = "Europe/Prague"
ZONES = (PRAGUE, "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Apia", "UTC")


def hours(*days: int, opens: str = "09:00", closes: str = "17:00") -> tuple[Window, ...]:
    """The same hours on these days of the week."""
    return tuple(
        Window(weekday=day, opens=time.fromisoformat(opens), closes=time.fromisoformat(closes))
        for day in days
    )


OFFICE = Calendar(zone=PRAGUE, windows=hours(0, 1, 2, 3, 4))
NIGHT = Calendar(zone=PRAGUE, windows=hours(5, 6, opens="22:00", closes="06:00"))


def at(text: str, zone: str = PRAGUE) -> datetime:
    """A moment by the wall clock."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


@pytest.mark.parametrize(
    ("calendar", "begin", "end", "open_hours"),
    [
        (OFFICE, "2026-03-02 08:00", "2026-03-02 12:00", 3),  # Monday
        (OFFICE, "2026-03-02 10:00", "2026-03-02 20:00", 7),
        (OFFICE, "2026-03-06 16:00", "2026-03-09 10:00", 2),  # over a weekend
        (OFFICE, "2026-03-07 10:00", "2026-03-08 23:00", 0),
        (OFFICE, "2026-03-02 12:00", "2026-03-02 11:00", 0),  # backwards
        (OFFICE, "2025-12-31 16:00", "2026-01-02 10:00", 10),  # year's end, without holidays
        (OFFICE, "2028-02-28 16:00", "2028-03-01 10:00", 10),  # leap day, a Tuesday
        (NIGHT, "2026-03-28 20:00", "2026-03-29 08:00", 7),  # the hour that is skipped
        (NIGHT, "2026-10-24 20:00", "2026-10-25 08:00", 9),  # the hour that comes twice
        (NIGHT, "2026-03-22 20:00", "2026-03-23 08:00", 8),  # Sunday's night ends on Monday
        (NIGHT, "2026-03-23 00:00", "2026-03-23 23:00", 6),
    ],
)
def test_how_much_is_open(calendar: Calendar, begin: str, end: str, open_hours: int) -> None:
    """In hours."""
    assert open_between(calendar, at(begin), at(end)) == timedelta(hours=open_hours)


@pytest.mark.parametrize(
    ("calendar", "begin", "length", "end"),
    [
        (OFFICE, "2026-03-02 16:00", 2, "2026-03-03 10:00"),
        (OFFICE, "2026-03-06 16:00", 2, "2026-03-09 10:00"),
        (OFFICE, "2026-03-07 12:00", 8, "2026-03-09 17:00"),
        (OFFICE, "2026-03-02 09:00", 40, "2026-03-06 17:00"),
        (NIGHT, "2026-03-28 20:00", 6, "2026-03-29 05:00"),
        (NIGHT, "2026-10-24 20:00", 8, "2026-10-25 05:00"),
        (OFFICE, "2026-03-02 07:00", 0, "2026-03-02 07:00"),
    ],
)
def test_when_so_much_has_passed(calendar: Calendar, begin: str, length: int, end: str) -> None:
    """The first moment by which it has."""
    assert after(calendar, at(begin), timedelta(hours=length)) == at(end)


def test_a_holiday_is_closed_and_the_night_before_it_runs_on() -> None:
    """A window belongs to the day on which it opens."""
    may = frozenset({date(2026, 5, 1), date(2026, 5, 3)})
    office = OFFICE.model_copy(update={"closed": may})
    assert after(office, at("2026-04-30 16:00"), timedelta(hours=2)) == at("2026-05-04 10:00")
    night = NIGHT.model_copy(update={"closed": may})
    begin, end = at("2026-05-02 20:00"), at("2026-05-04 08:00")
    assert open_between(night, begin, end) == timedelta(hours=8)


def test_several_windows_a_day_and_overlapping_ones() -> None:
    """A break isn't open, and an hour that two windows have is one hour."""
    split = Calendar(
        zone=PRAGUE,
        windows=hours(0, closes="12:00") + hours(0, opens="13:00", closes="18:00")
        + hours(0, opens="17:00", closes="20:00"),
    )  # fmt: skip
    day = at("2026-03-02 00:00"), at("2026-03-03 00:00")
    assert open_between(split, *day) == timedelta(hours=10)
    assert after(split, at("2026-03-02 11:00"), timedelta(hours=2)) == at("2026-03-02 14:00")


def test_a_calendar_without_an_open_hour_is_refused() -> None:
    """At once if it has no window; else when somebody looks for one, and not for ever."""
    with pytest.raises(ValidationError, match="at least one window"):
        Calendar(zone=PRAGUE, windows=())
    days = {date(2026, 3, 2) + timedelta(days=n) for n in range(-30, 4000)}
    closed = OFFICE.model_copy(update={"closed": frozenset(days)})
    with pytest.raises(NeverOpen, match="nothing opens within"):
        after(closed, at("2026-03-02 08:00"), timedelta(hours=1))


@pytest.mark.parametrize(
    ("day", "clock", "zone", "utc"),
    [
        ("2026-03-29", "02:30", PRAGUE, "01:00"),  # skipped: the moment of the change
        ("2026-03-29", "03:00", PRAGUE, "01:00"),
        ("2026-10-25", "02:30", PRAGUE, "00:30"),  # twice: the earlier
        ("2026-10-04", "02:10", "Australia/Lord_Howe", "15:30"),  # half an hour is skipped
    ],
)
def test_what_the_clocks_skip_or_show_twice(day: str, clock: str, zone: str, utc: str) -> None:
    """Every wall-clock time is one moment."""
    found = moment(date.fromisoformat(day), time.fromisoformat(clock), ZoneInfo(zone))
    assert f"{found.astimezone(UTC):%H:%M}" == utc


@pytest.mark.parametrize(
    ("word", "days"),
    [
        ("mon-fri 09:00-17:00", [0, 1, 2, 3, 4]),
        ("sat 09:00-17:00", [5]),
        ("Fri-Mon 09:00-17:00", [4, 5, 6, 0]),
        ("sun-sun 09:00-17:00", [6]),
    ],
)
def test_hours_as_people_write_them(word: str, days: list[int]) -> None:
    """Days may run over the end of the week."""
    assert [window.weekday for window in windows([word])] == days
    assert {(window.opens, window.closes) for window in windows([word])} == {(time(9), time(17))}


@pytest.mark.parametrize(
    "word", ["", "mon", "mo-fr 09:00-17:00", "mon 9-17", "mon 09:00-25:00", "monday 09:00-17:00"]
)
def test_what_are_no_hours_is_refused(word: str) -> None:
    """With how they would be written."""
    with pytest.raises(ValueError, match=r"hour must be|write them as"):
        windows([word])


def test_public_holidays_are_closed() -> None:
    """Those of the country, and the shop's own days; an unknown country is refused."""
    made = calendar(PRAGUE, ("mon-fri 09:00-17:00",), (date(2026, 5, 4),), "CZ")
    assert after(made, at("2026-04-30 16:00"), timedelta(hours=2)) == at("2026-05-05 10:00")
    with pytest.raises(ValueError, match="nobody here knows the public holidays of XX"):
        calendar(PRAGUE, ("mon 09:00-17:00",), (), "XX")


# -- against a slow count ----------------------------------------------------------------

quarters = st.integers(0, 95).map(lambda n: time(n // 4, n % 4 * 15))
some_hours = st.builds(Window, weekday=st.integers(0, 6), opens=quarters, closes=quarters)
calendars = st.builds(
    Calendar,
    zone=st.sampled_from(ZONES),
    windows=st.lists(some_hours, min_size=1, max_size=5).map(tuple),
    closed=st.frozensets(st.dates(date(2026, 3, 20), date(2026, 4, 10)), max_size=4),
)
changes = st.sampled_from([date(2026, 3, 8), date(2026, 3, 29), date(2026, 10, 4),
                           date(2026, 10, 25), date(2026, 11, 1), date(2026, 12, 31)])  # fmt: skip
moments = st.builds(
    lambda day, minutes: datetime.combine(day, time(), UTC) + timedelta(minutes=minutes),
    changes,
    st.integers(-3000, 3000),
)


def slow(calendar: Calendar, begin: datetime, end: datetime, without: Sequence[Span] = ()) -> int:
    """Minutes that are open, looked at one by one with nothing but a wall clock.

    A window is open from the first minute at which the clock shows its opening or later on its
    day, until the first one at which it shows its closing or later.
    """
    zone = ZoneInfo(calendar.zone)
    walls = {}
    minute = begin - timedelta(days=3)
    while minute < end:
        walls[minute] = minute.astimezone(zone).replace(tzinfo=None)
        minute += timedelta(minutes=1)
    opened: set[datetime] = set()
    days = sorted({wall.date() for wall in walls.values()})
    for day in days:
        for window in calendar.windows:
            if day in calendar.closed or day.weekday() != window.weekday:
                continue
            shuts = day + timedelta(days=window.closes <= window.opens)
            start, stop = (
                datetime.combine(day, window.opens),
                datetime.combine(shuts, window.closes),
            )
            begun = ended = False
            for minute, wall in walls.items():
                begun = begun or (wall >= start and wall.date() >= day)
                ended = ended or wall >= stop
                if begun and not ended:
                    opened.add(minute)
    return sum(
        begin <= minute < end and not any(gone.begin <= minute < gone.end for gone in without)
        for minute in opened
    )


def pauses_after(begin: datetime, lengths: Sequence[tuple[int, int]]) -> list[Span]:
    """Spans of so many minutes, so many minutes after one another."""
    found, at_ = [], begin - timedelta(hours=2)
    for gap, length in lengths:
        start = at_ + timedelta(minutes=gap)
        at_ = start + timedelta(minutes=length)
        found.append(Span(start, at_))
    return found


histories = st.lists(st.tuples(st.integers(0, 900), st.integers(0, 1500)), max_size=4)


def agrees(
    calendar: Calendar, begin: datetime, minutes: int, history: Sequence[tuple[int, int]]
) -> None:
    """What the quick count says of a span, and of a promise over pauses, the slow one says too."""
    end = begin + timedelta(minutes=minutes)
    assert open_between(calendar, begin, end) == timedelta(minutes=slow(calendar, begin, end))
    paused = pauses_after(begin, history)
    left = timedelta(minutes=minutes // 4 + 1)
    kept = after(calendar, begin, left, paused)
    if kept - begin < timedelta(days=6):
        assert timedelta(minutes=slow(calendar, begin, kept, paused)) == left


def test_a_pause_that_was_over_before_counts_for_nothing() -> None:
    """Though it lay in the open hours in which the count begins."""
    made = Calendar(zone=PRAGUE, windows=windows(["mon 00:00-00:00"]))
    over = [Span(at("2026-03-09 00:01"), at("2026-03-09 00:01"))]
    begin = at("2026-03-09 00:02")
    assert after(made, begin, timedelta(minutes=1), over) == begin + timedelta(minutes=1)


@settings(max_examples=60, deadline=None)
@given(calendar=calendars, begin=moments, minutes=st.integers(0, 4000), history=histories)
def test_it_agrees_with_a_slow_count(
    calendar: Calendar, begin: datetime, minutes: int, history: list[tuple[int, int]]
) -> None:
    """Minute by minute, over changes of the clocks, nights, holidays and pauses."""
    agrees(calendar, begin, minutes, history)


@pytest.mark.long
@pytest.mark.timeout(900)
@settings(max_examples=2000, deadline=None)
@given(calendar=calendars, begin=moments, minutes=st.integers(0, 4000), history=histories)
def test_two_thousand_calendars_and_histories_agree(
    calendar: Calendar, begin: datetime, minutes: int, history: list[tuple[int, int]]
) -> None:
    """The same over many more."""
    agrees(calendar, begin, minutes, history)


@given(calendar=calendars, begin=moments, minutes=st.integers(1, 3000))
def test_what_is_added_is_what_lies_between(
    calendar: Calendar, begin: datetime, minutes: int
) -> None:
    """And a moment before that it is less."""
    length = timedelta(minutes=minutes)
    end = after(calendar, begin, length)
    assert open_between(calendar, begin, end) == length
    assert open_between(calendar, begin, end - timedelta(minutes=1)) < length


@given(calendar=calendars, begin=moments, first=st.integers(0, 3000), second=st.integers(0, 3000))
def test_a_span_is_the_sum_of_its_parts(
    calendar: Calendar, begin: datetime, first: int, second: int
) -> None:
    """Wherever it is cut."""
    middle = begin + timedelta(minutes=first)
    end = middle + timedelta(minutes=second)
    parts = open_between(calendar, begin, middle) + open_between(calendar, middle, end)
    assert open_between(calendar, begin, end) == parts
