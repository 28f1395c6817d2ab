"""Business time: when a shop is open, and how much of that lies between two moments.  Pure.

A window belongs to the day on which it opens, and may close on the next.  A wall-clock time that a
change of the clocks skips is the moment of the change; one that comes twice is the earlier one.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

from pydantic import model_validator

from complaints.model import Record

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_DAY = timedelta(days=1)
_FAR = 3660
"""Days after which nobody looks any further for an open hour."""


_FIRST_YEAR, _LAST_YEAR = 2015, 2041
"""Of public holidays: far enough on both sides for any complaint that runs."""


class NeverOpen(ValueError):
    """A calendar without an open hour: nothing can ever be due by it."""


class Window(Record):
    """Open hours that begin on one day of the week (0: Monday).

    ``closes`` at or before ``opens`` is on the next day.
    """

    weekday: int
    opens: time
    closes: time


class Calendar(Record):
    """When a shop is open.  Raises NeverOpen (a ValidationError) without any window."""

    zone: str
    windows: tuple[Window, ...]
    closed: frozenset[date] = frozenset()
    """Days on which nothing opens: public and own holidays."""

    @model_validator(mode="after")
    def _opens_once(self) -> Calendar:
        if not self.windows:
            raise NeverOpen("a calendar needs at least one window")
        return self


class Span(NamedTuple):
    """From one moment until another, both UTC; the second isn't part of it."""

    begin: datetime
    end: datetime


_WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_HOURS = re.compile(r"([a-z]{3})(?:-([a-z]{3}))? (\d\d:\d\d)-(\d\d:\d\d)")


def windows(words: Iterable[str]) -> tuple[Window, ...]:
    """Open hours as people write them: ``mon-fri 09:00-17:00``, ``sat 22:00-06:00``.

    Raises ValueError.
    """
    found: list[Window] = []
    for word in words:
        said = _HOURS.fullmatch(word.strip().lower())
        first, last, opens, closes = said.groups() if said else ("", "", "", "")
        if first not in _WEEK or (last or first) not in _WEEK:
            raise ValueError(f'{word!r} are no hours: write them as "mon-fri 09:00-17:00"')
        begin, end = _WEEK.index(first), _WEEK.index(last or first)
        hours = {"opens": time.fromisoformat(opens), "closes": time.fromisoformat(closes)}
        days = range(begin, end + 1 if end >= begin else end + 8)
        found += [Window(weekday=day % 7, **hours) for day in days]
    return tuple(found)


@lru_cache(maxsize=64)
def calendar(zone: str, hours: tuple[str, ...], closed: tuple[date, ...], country: str) -> Calendar:
    """A calendar with the public holidays of a country ("": none) and days of its own.

    They are those of the years 2015 to 2040, as the library `holidays` knows them.
    Raises ValueError.
    """
    public: Iterable[date] = ()
    if country:
        from holidays import country_holidays  # noqa: PLC0415 - slow to import, and rarely asked

        try:
            public = country_holidays(country, years=range(_FIRST_YEAR, _LAST_YEAR))
        except NotImplementedError:
            raise ValueError(f"nobody here knows the public holidays of {country}") from None
    return Calendar(zone=zone, windows=windows(hours), closed=frozenset({*closed, *public}))


def open_spans(calendar: Calendar, since: datetime) -> Iterator[Span]:
    """Open hours that end after `since`, in their order, each as long as it goes on.

    Ends after about ten years.
    """
    zone = ZoneInfo(calendar.zone)
    day = since.astimezone(zone).date() - 2 * _DAY
    running: Span | None = None
    for _ in range(_FAR):
        for opened in _of_day(calendar, zone, day):
            if running is not None and opened.begin <= running.end:
                running = Span(running.begin, max(running.end, opened.end))
                continue
            if running is not None and running.end > since:
                yield running
            running = opened
        day += _DAY
    if running is not None and running.end > since:
        yield running


def open_between(calendar: Calendar, begin: datetime, end: datetime) -> timedelta:
    """How much business time lies between two moments; none if the second isn't the later."""
    total = timedelta(0)
    for opened in open_spans(calendar, begin):
        if opened.begin >= end:
            break
        total += max(min(opened.end, end) - max(opened.begin, begin), timedelta(0))
    return total


def after(
    calendar: Calendar, begin: datetime, length: timedelta, without: Sequence[Span] = ()
) -> datetime:
    """The first moment, in UTC, by which so much business time has passed.  Raises NeverOpen.

    What lies in the spans `without`, which don't overlap and are in order, isn't counted.
    """
    left = length
    if left <= timedelta(0):
        return begin.astimezone(UTC)
    for opened in _less(open_spans(calendar, begin), without):
        start = max(opened.begin, begin)
        if opened.end - start >= left:
            return start + left
        left -= max(opened.end - start, timedelta(0))
    raise NeverOpen(f"nothing opens within {_FAR} days")


def _less(spans: Iterable[Span], without: Sequence[Span]) -> Iterator[Span]:
    """What is left of spans in order."""
    for span in spans:
        begin = span.begin
        for gone in without:
            if gone.end <= begin:
                continue
            if gone.begin >= span.end:
                break
            if gone.begin > begin:
                yield Span(begin, gone.begin)
            begin = gone.end
        if begin < span.end:
            yield Span(begin, span.end)


def _of_day(calendar: Calendar, zone: ZoneInfo, day: date) -> list[Span]:
    """The windows that open on a day."""
    if day in calendar.closed:
        return []
    spans = []
    for window in calendar.windows:
        if window.weekday != day.weekday():
            continue
        overnight = window.closes <= window.opens
        begin = moment(day, window.opens, zone)
        end = moment(day + _DAY if overnight else day, window.closes, zone)
        if end > begin:
            spans.append(Span(begin, end))
    return sorted(spans)


def moment(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """When a wall clock shows this on a day, in UTC; if it never does, when it jumps over it."""
    naive = datetime.combine(day, clock)
    early = naive.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if early.astimezone(zone).replace(tzinfo=None) == naive:
        return early
    # Skipped: the change lies between the two readings of it, on a whole minute.
    low = naive.replace(tzinfo=zone, fold=1).astimezone(UTC)
    before = low.astimezone(zone).utcoffset()
    high = early
    while high - low > timedelta(minutes=1):
        middle = low + timedelta(minutes=int((high - low) / timedelta(minutes=2)))
        if middle.astimezone(zone).utcoffset() == before:
            low = middle
        else:
            high = middle
    return high.replace(second=0, microsecond=0)
