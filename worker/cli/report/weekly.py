"""How a shop kept its promises, week by week."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import groupby
from statistics import median
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from worker.cli.report.plot import Bar, weeks
from worker.cli.report.sheet import Section, Sheet

if TYPE_CHECKING:
    from collections.abc import Sequence

    from complaints.store.forecasts import Ended
    from complaints.vocabulary import ShopName
    from worker.settings import Settings

WEEK = timedelta(days=7)


def monday(of: datetime, zone: ZoneInfo) -> datetime:
    """When the week of a moment began, by a shop's clock."""
    there = of.astimezone(zone)
    day = there.date() - timedelta(days=there.weekday())
    return datetime(day.year, day.month, day.day, tzinfo=zone)


def compliance(
    settings: Settings, shop: ShopName, ended: Sequence[Ended], first: datetime, number: int
) -> Sheet:
    """`number` weeks from `first` on, a Monday; ``ended`` are the shop's cases, the first first."""
    zone = ZoneInfo(settings.shops[shop].timezone)
    by_week = {
        begin: list(some)
        for begin, some in groupby(ended, lambda one: monday(one.ended_at, zone).date())
    }
    bars, rows = [], []
    for n in range(number):
        begin = first.date() + n * WEEK
        some = by_week.get(begin, [])
        late = sum(one.breached for one in some)
        days = median(_days(one) for one in some) if some else None
        label = f"{begin:%G-W%V}"
        bars.append(Bar(f"{begin:%d %b}", len(some) - late, late, days))
        rows.append(
            (
                label,
                str(len(some)),
                str(late),
                f"{1 - late / len(some):.0%}" if some else "-",
                f"{days:.1f}" if days is not None else "-",
                f"{max(map(_days, some)):.1f}" if some else "-",
            )
        )
    whole, late = len(ended), sum(one.breached for one in ended)
    kept = f"{1 - late / whole:.0%} of {whole}" if whole else "None"
    lead = f"{kept} complaints that ended in {number} weeks were never past a due date."
    title = f"{shop}: promises kept, week by week"
    columns = ("week", "ended", "late", "in time", "median days", "longest days")
    table = Section("Weeks", columns, tuple(rows))
    return Sheet(title, lead, (table,), weeks(bars, f"{title}. {lead}"))


def _days(one: Ended) -> float:
    return (one.ended_at - one.opened_at) / timedelta(days=1)
