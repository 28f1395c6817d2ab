"""When a complaint is due: pure functions over calendars.  No clock is read here."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from complaints.calendars import Calendar, NeverOpen, after, calendar

if TYPE_CHECKING:
    from complaints.rules import ShopRules


def due_at(filed_at: datetime, rules: ShopRules) -> datetime:
    """First moment after the due day, in UTC: at this moment the complaint is overdue.

    The due day is `rules.due_days` calendar days after the day of filing, where a day is
    one of the shop's own time zone.  With `rules.resolve_hours` it is due when so much business
    time has passed, if that is earlier.
    """
    zone = ZoneInfo(rules.timezone)
    day = filed_at.astimezone(zone).date() + timedelta(days=rules.due_days + 1)
    by_days = datetime.combine(day, time.min, tzinfo=zone).astimezone(UTC)
    if rules.resolve_hours is None:
        return by_days
    try:
        return min(by_days, after(opening(rules), filed_at, timedelta(hours=rules.resolve_hours)))
    except NeverOpen:
        return by_days


def opening(rules: ShopRules) -> Calendar:
    """When the shop is open.  Raises ValueError if it never is."""
    return calendar(rules.timezone, rules.open_hours, rules.closed_days, rules.holidays_of)


def promise(rules: ShopRules) -> str:
    """What the shop promises, in words."""
    said = f"{rules.due_days} days, {rules.timezone}"
    if rules.resolve_hours is None:
        return said
    return f"{rules.resolve_hours} open hours, at most {said}"
