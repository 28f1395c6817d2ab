"""When a complaint is due: pure functions over calendars.  No clock is read here."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from complaints.rules import ShopRules


def due_at(filed_at: datetime, rules: ShopRules) -> datetime:
    """First moment after the due day, in UTC: at this moment the complaint is overdue.

    The due day is `rules.due_days` calendar days after the day of filing, where a day is
    one of the shop's own time zone.
    """
    zone = ZoneInfo(rules.timezone)
    day = filed_at.astimezone(zone).date() + timedelta(days=rules.due_days + 1)
    return datetime.combine(day, time.min, tzinfo=zone).astimezone(ZoneInfo("UTC"))
