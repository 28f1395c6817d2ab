"""When a complaint is due: pure functions over calendars.  No clock is read here."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple
from zoneinfo import ZoneInfo

from complaints.calendars import Calendar, NeverOpen, Span, after, calendar
from complaints.vocabulary import Clock

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from complaints.pauses import Past
    from complaints.rules import ShopRules


class LegalTerm(NamedTuple):
    """Within how many days the law wants a consumer's complaint to be settled, or answered."""

    days: int | None
    """None: within a reasonable time, which the law leaves to the case."""
    source: str


LEGAL: Final[Mapping[str, LegalTerm]] = {
    "CZ": LegalTerm(30, "Act No. 634/1992 Coll. on consumer protection, section 19 (3)"),
    "DE": LegalTerm(None, "BGB, section 475 (5)"),
    "EU": LegalTerm(None, "Directive (EU) 2019/771, Article 14 (1) (b)"),
    "PL": LegalTerm(14, "Act of 30 May 2014 on consumer rights, Article 7a"),
    "SK": LegalTerm(30, "Act No. 40/1964 Coll., Civil Code, as amended by Act No. 108/2024 Coll."),
}
"""By country; ``EU`` for its other members.

A longer term that was agreed on with the customer isn't known here.
"""

MEMBERS: Final = frozenset(
    {"AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU"}
    | {"IE", "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK"}
)
"""Of the European Union."""


def law_of(country: str) -> str:
    """The key of a country's law in `LEGAL`; "": none is known here."""
    if country in LEGAL:
        return country
    return "EU" if country in MEMBERS else ""


class Due(NamedTuple):
    """When a complaint is due by one clock, in UTC, and what that clock says in words."""

    at: datetime
    clock: Clock
    promise: str
    paused_at: datetime | None = None
    """Since when it stands still, and comes to ``at`` only if it goes on at once."""


def first_due(filed_at: datetime, rules: ShopRules, past: Past | None = None) -> Due:
    """The clock that counts: the first one, and of two that agree the shop's own.

    One that stands still counts only where no other runs.
    """
    every = list(clocks(filed_at, rules, past))
    running = [due for due in every if due.paused_at is None]
    return min(running or every, key=lambda due: due.at)


def due_at(filed_at: datetime, rules: ShopRules) -> datetime:
    """First moment, in UTC, at which a complaint without any history is overdue."""
    return first_due(filed_at, rules).at


def clocks(filed_at: datetime, rules: ShopRules, past: Past | None = None) -> Iterator[Due]:
    """All clocks that run for a complaint; the shop's own, which alone know pauses, come first.

    A due day is so many calendar days after the day of filing, where a day is one of the shop's
    own time zone, and all of it is in time; pauses come on top.  With `rules.resolve_hours` the
    shop's own clock ends when so much business time has passed, if that is earlier.
    """
    name = f" ({rules.policy})" if rules.policy else ""
    days = f"{rules.due_days} days, {rules.timezone}{name}"
    done = [Span(one.begin, one.end) for one in past.pauses if one.end is not None] if past else []
    still = next((p.begin for p in past.pauses if p.end is None), None) if past else None
    own = _put_off(filed_at, _after_days(filed_at, rules.due_days, rules), done)
    if rules.resolve_hours is not None:
        days = f"{rules.resolve_hours} open hours, at most {days}"
        own = min(own, _after_hours(filed_at, rules.resolve_hours, rules, done) or own)
    yield _running(filed_at, Due(own, Clock.SHOP, days), still)
    if past is not None:
        for since, hours, clock in (
            (None if past.answered else filed_at, rules.respond_hours, Clock.RESPONSE),
            (past.moved_at if past.answered else None, rules.update_hours, Clock.UPDATE),
        ):
            if since is None or hours is None:
                continue
            at = _after_hours(since, hours, rules, done)
            if at is not None:
                yield _running(since, Due(at, clock, f"{hours} open hours{name}"), still)
        if past.told is not None:
            yield Due(past.told, Clock.PROVIDER, f"as {past.teller} tells")
    term = LEGAL.get(rules.legal)
    if term is not None and (length := term.days or rules.reasonable_days) is not None:
        said = f"{length} days, {rules.timezone}: {term.source}"
        yield Due(_after_days(filed_at, length, rules), Clock.LEGAL, said)


def _running(since: datetime, due: Due, still: datetime | None) -> Due:
    """The clock as it stands still, if that has begun before its end."""
    if still is None or max(still, since) >= due.at:
        return due
    return due._replace(paused_at=max(still, since))


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
