"""When a complaint is due: pure functions over calendars.  No clock is read here."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple
from zoneinfo import ZoneInfo

from complaints.calendars import Calendar, NeverOpen, Span, after, calendar
from complaints.vocabulary import Clock

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from complaints.pauses import Pause
    from complaints.rules import ShopRules


class LegalTerm(NamedTuple):
    """Within how many days the law wants a consumer's complaint to be settled."""

    days: int
    source: str


LEGAL: Final[Mapping[str, LegalTerm]] = {
    "CZ": LegalTerm(30, "Act No. 634/1992 Coll. on consumer protection, section 19 (3)"),
    "SK": LegalTerm(30, "Act No. 40/1964 Coll., Civil Code, as amended by Act No. 108/2024 Coll."),
}
"""By country.  A longer term that was agreed on with the customer isn't known here."""


class Due(NamedTuple):
    """When a complaint is due by one clock, in UTC, and what that clock says in words."""

    at: datetime
    clock: Clock
    promise: str
    paused_at: datetime | None = None
    """Since when it stands still, and comes to ``at`` only if it goes on at once."""


def first_due(filed_at: datetime, rules: ShopRules, pauses: Sequence[Pause] = ()) -> Due:
    """The clock that counts: the first one, and of two that agree the shop's own.

    One that stands still counts only where no other runs.
    """
    running = [due for due in clocks(filed_at, rules, pauses) if due.paused_at is None]
    if not running:
        return next(clocks(filed_at, rules, pauses))
    return min(running, key=lambda due: due.at)


def due_at(filed_at: datetime, rules: ShopRules) -> datetime:
    """First moment, in UTC, at which a complaint without any pause is overdue."""
    return first_due(filed_at, rules).at


def clocks(filed_at: datetime, rules: ShopRules, pauses: Sequence[Pause] = ()) -> Iterator[Due]:
    """All clocks that run for a complaint, the shop's own first; only that one knows pauses.

    A due day is so many calendar days after the day of filing, where a day is one of the shop's
    own time zone, and all of it is in time; pauses come on top.  With `rules.resolve_hours` the
    shop's own clock ends when so much business time has passed, if that is earlier.  `pauses` are
    in order and don't overlap.
    """
    days = f"{rules.due_days} days, {rules.timezone}"
    past = [Span(one.begin, one.end) for one in pauses if one.end is not None]
    own = _put_off(filed_at, _after_days(filed_at, rules.due_days, rules), past)
    if rules.resolve_hours is not None:
        days = f"{rules.resolve_hours} open hours, at most {days}"
        own = min(own, _after_hours(filed_at, rules.resolve_hours, rules, past) or own)
    still = next((max(p.begin, filed_at) for p in pauses if p.end is None), own)
    yield Due(own, Clock.SHOP, days, still if still < own else None)
    term = LEGAL.get(rules.legal)
    if term is not None:
        said = f"{term.days} days, {rules.timezone}: {term.source}"
        yield Due(_after_days(filed_at, term.days, rules), Clock.LEGAL, said)


def opening(rules: ShopRules) -> Calendar:
    """When the shop is open.  Raises ValueError if it never is."""
    return calendar(rules.timezone, rules.open_hours, rules.closed_days, rules.holidays_of)


def _after_days(filed_at: datetime, days: int, rules: ShopRules) -> datetime:
    zone = ZoneInfo(rules.timezone)
    day = filed_at.astimezone(zone).date() + timedelta(days=days + 1)
    return datetime.combine(day, time.min, tzinfo=zone).astimezone(UTC)


def _put_off(filed_at: datetime, due: datetime, past: Sequence[Span]) -> datetime:
    """Later by what of the pauses fell before it."""
    for pause in past:
        begin = max(pause.begin, filed_at)
        if begin >= due:
            break
        due += max(pause.end - begin, timedelta(0))
    return due


def _after_hours(
    filed_at: datetime, hours: int, rules: ShopRules, past: Sequence[Span]
) -> datetime | None:
    """None: the shop isn't open for so long in the next years."""
    try:
        return after(opening(rules), filed_at, timedelta(hours=hours), past)
    except NeverOpen:
        return None
