"""When a complaint is due: local calendar days, whatever clocks and calendars do."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from complaints.deadlines import LEGAL, clocks, due_at, first_due, law_of
from complaints.vocabulary import Clock
from tests.complaints.records import NOW, RULES


def due(filed: str, days: int = 30, zone: str = "Europe/Prague") -> str:
    """The first overdue moment, as the shop's own clock shows it."""
    rules = RULES.model_copy(update={"due_days": days, "timezone": zone})
    filed_at = datetime.fromisoformat(filed)
    if filed_at.tzinfo is None:
        filed_at = filed_at.replace(tzinfo=ZoneInfo(zone))
    found = due_at(filed_at, rules)
    assert found.utcoffset() == timedelta(0)
    return found.astimezone(ZoneInfo(zone)).isoformat()


@pytest.mark.parametrize(
    ("filed", "overdue"),
    [
        ("2026-06-10T00:00:00", "2026-07-11T00:00:00+02:00"),
        ("2026-06-10T12:00:00", "2026-07-11T00:00:00+02:00"),
        ("2026-06-10T23:59:59.999999", "2026-07-11T00:00:00+02:00"),
        ("2026-06-11T00:00:00", "2026-07-12T00:00:00+02:00"),
    ],
)
def test_the_day_of_filing_counts_and_not_its_hour(filed: str, overdue: str) -> None:
    """Thirty days after the day of filing the whole day is still in time."""
    assert due(filed) == overdue


@pytest.mark.parametrize(
    ("filed", "overdue"),
    [
        # Clocks go forward on 29 March 2026 and back on 25 October 2026.
        ("2026-03-10T12:00:00", "2026-04-10T00:00:00+02:00"),
        ("2026-10-10T12:00:00", "2026-11-10T00:00:00+01:00"),
        ("2026-02-26T12:00:00", "2026-03-29T00:00:00+01:00"),
        ("2026-02-27T12:00:00", "2026-03-30T00:00:00+02:00"),
        ("2026-09-24T12:00:00", "2026-10-25T00:00:00+02:00"),
        ("2026-09-25T12:00:00", "2026-10-26T00:00:00+01:00"),
    ],
)
def test_clock_changes_move_no_due_day(filed: str, overdue: str) -> None:
    """The day after the due day begins at local midnight on either side of a change."""
    assert due(filed) == overdue


@pytest.mark.parametrize(
    ("filed", "days", "overdue"),
    [
        ("2028-01-30T12:00:00", 29, "2028-02-29T00:00:00+01:00"),
        ("2028-01-30T12:00:00", 30, "2028-03-01T00:00:00+01:00"),
        ("2026-01-30T12:00:00", 29, "2026-03-01T00:00:00+01:00"),
        ("2028-02-29T12:00:00", 365, "2029-03-01T00:00:00+01:00"),
        ("2026-12-31T23:59:00", 0, "2027-01-01T00:00:00+01:00"),
        ("2026-12-10T12:00:00", 30, "2027-01-10T00:00:00+01:00"),
    ],
)
def test_leap_days_and_year_ends(filed: str, days: int, overdue: str) -> None:
    """The calendar counts, in 2028 with its 29 February."""
    assert due(filed, days) == overdue


@pytest.mark.parametrize(
    ("zone", "overdue"),
    [
        ("Europe/Prague", "2026-07-12T00:00:00+02:00"),
        ("UTC", "2026-07-11T00:00:00+00:00"),
        ("America/New_York", "2026-07-11T00:00:00-04:00"),
        ("Asia/Tokyo", "2026-07-12T00:00:00+09:00"),
    ],
)
def test_a_day_is_one_of_the_shops_own_zone(zone: str, overdue: str) -> None:
    """Half past ten in the evening in London is the next day elsewhere."""
    assert due("2026-06-10T22:30:00+00:00", 30, zone) == overdue


def test_where_midnight_doesnt_exist_the_day_begins_later() -> None:
    """Beirut's clocks jump from midnight to one o'clock."""
    assert due("2026-03-27T12:00:00", 1, "Asia/Beirut") == "2026-03-29T01:00:00+03:00"


def test_where_midnight_comes_twice_the_first_one_counts() -> None:
    """Havana's clocks go from one o'clock back to midnight."""
    assert due("2026-10-30T12:00:00", 1, "America/Havana") == "2026-11-01T00:00:00-04:00"


ZONES = [
    "Europe/Prague",
    "Europe/London",
    "America/New_York",
    "America/St_Johns",
    "Asia/Beirut",
    "Asia/Kathmandu",
    "America/Havana",
    "Australia/Lord_Howe",
    "Pacific/Chatham",
    "UTC",
]
QUARTER = timedelta(minutes=15)


def slow_due(filed_at: datetime, days: int, zone: ZoneInfo) -> datetime:
    """Walk through time and count the days that begin; offsets are multiples of 15 minutes."""
    at = filed_at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    today = filed_at.astimezone(zone).date()
    begun = 0
    while True:
        day = at.astimezone(zone).date()
        if day > today:
            begun += (day - today).days
            today = day
        if begun > days:
            return at
        at += QUARTER


@given(
    st.datetimes(datetime(2024, 1, 1), datetime(2030, 12, 31), timezones=st.just(UTC)),  # noqa: DTZ001
    st.integers(0, 9),
    st.sampled_from(ZONES),
)
@example(datetime(2026, 3, 28, 23, tzinfo=UTC), 0, "Europe/Prague")
@example(datetime(2026, 10, 24, 22, tzinfo=UTC), 0, "Europe/Prague")
def test_the_due_moment_is_that_of_counting_days(filed_at: datetime, days: int, zone: str) -> None:
    """The same as walking through time in quarters of an hour and counting midnights."""
    rules = RULES.model_copy(update={"due_days": days, "timezone": zone})
    assert due_at(filed_at, rules) == slow_due(filed_at, days, ZoneInfo(zone))


OPEN = {"resolve_hours": 16, "open_hours": ("mon-fri 09:00-17:00",)}


@pytest.mark.parametrize(
    ("more", "filed", "due_then"),
    [
        ({}, "2026-03-02T12:00", "2026-03-04T12:00:00+01:00"),
        ({}, "2026-03-06T16:00", "2026-03-10T16:00:00+01:00"),
        ({}, "2026-03-07T03:00", "2026-03-10T17:00:00+01:00"),
        ({}, "2026-03-26T12:00", "2026-03-30T12:00:00+02:00"),
        ({"closed_days": (date(2026, 3, 3),)}, "2026-03-02T12:00", "2026-03-05T12:00:00+01:00"),
        ({"holidays_of": "CZ"}, "2026-04-02T12:00", "2026-04-08T12:00:00+02:00"),
        ({"due_days": 1}, "2026-03-06T16:00", "2026-03-08T00:00:00+01:00"),
        ({"open_hours": ("sun 10:00-10:15",)}, "2026-03-06T16:00", "2026-04-06T00:00:00+02:00"),
    ],
    ids=[
        "days", "a weekend", "at night", "the clocks", "own day", "Easter", "days count", "seldom",
    ],
)  # fmt: skip
def test_open_hours_count_where_they_end_sooner(
    more: dict[str, Any], filed: str, due_then: str
) -> None:
    """Else the days do."""
    rules = RULES.model_copy(update={**OPEN, **more})
    zone = ZoneInfo("Europe/Prague")
    found = due_at(datetime.fromisoformat(filed).replace(tzinfo=zone), rules)
    assert found.astimezone(zone).isoformat() == due_then
    assert next(clocks(NOW, rules)).promise.startswith("16 open hours, at most ")


@given(hours=st.integers(1, 400), minutes=st.integers(0, 525_600))
def test_more_open_hours_are_never_due_sooner(hours: int, minutes: int) -> None:
    """And never later than the days say."""
    at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    few = RULES.model_copy(update={**OPEN, "resolve_hours": hours})
    more = RULES.model_copy(update={**OPEN, "resolve_hours": hours + 1})
    assert due_at(at, few) <= due_at(at, more) <= due_at(at, RULES)


PRESETS = {
    "CZ": (30, "Act No. 634/1992 Coll. on consumer protection, section 19 (3)"),
    "DE": (None, "BGB, section 475 (5)"),
    "EU": (None, "Directive (EU) 2019/771, Article 14 (1) (b)"),
    "PL": (14, "Act of 30 May 2014 on consumer rights, Article 7a"),
    "SK": (30, "Act No. 40/1964 Coll., Civil Code, as amended by Act No. 108/2024 Coll."),
}


def test_every_preset_is_in_the_table_with_its_source() -> None:
    """And no other."""
    assert {country: tuple(term) for country, term in LEGAL.items()} == PRESETS


@pytest.mark.parametrize("country", PRESETS)
@pytest.mark.parametrize(("more", "clock"), [(-1, Clock.SHOP), (0, Clock.SHOP), (1, Clock.LEGAL)])
def test_the_first_clock_counts(country: str, more: int, clock: Clock) -> None:
    """The law's where the shop promises less, with its source; where they agree the shop's.

    Where the law names no days, those that the shop holds for reasonable.
    """
    days, source = PRESETS[country]
    length = days or 21
    more_rules = {"due_days": length + more, "legal": country, "reasonable_days": 21}
    rules = RULES.model_copy(update=more_rules)
    due = first_due(NOW, rules)
    assert due.clock is clock
    assert due.at == min(one.at for one in clocks(NOW, rules))
    assert (source in due.promise) is (clock is Clock.LEGAL)
    plain = first_due(NOW, RULES.model_copy(update={"due_days": min(length, length + more)}))
    assert due.at == plain.at


@pytest.mark.parametrize("country", ["DE", "EU"])
def test_a_law_without_a_number_of_days_runs_no_clock_by_itself(country: str) -> None:
    """What is reasonable isn't ours to say."""
    rules = RULES.model_copy(update={"legal": country})
    assert [due.clock for due in clocks(NOW, rules)] == [Clock.SHOP]


@pytest.mark.parametrize(
    ("country", "law"),
    [("CZ", "CZ"), ("DE", "DE"), ("AT", "EU"), ("SE", "EU"), ("CH", ""), ("", "")],
)
def test_the_law_of_a_country(country: str, law: str) -> None:
    """Its own, else that of the Union if it is a member."""
    assert law_of(country) == law


def test_without_a_law_the_shops_clock_runs_alone() -> None:
    """As in a country that isn't in the table."""
    for legal in ("", "US"):
        rules = RULES.model_copy(update={"legal": legal})
        assert [due.clock for due in clocks(NOW, rules)] == [Clock.SHOP]
