"""What one shift tells the next: what is due, what wants somebody, and what nobody can see."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from worker.cli.report.sheet import Section, Sheet, section
from worker.cli.screens import moment, span
from worker.cli.words import count

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime, tzinfo

    from complaints.blind import Line
    from complaints.store import Store
    from complaints.vocabulary import AccountName, ShopName
    from worker.settings import Settings

AHEAD = timedelta(hours=24)
_MOST = 10_000
_NONE = timedelta(0)


def handover(
    settings: Settings,
    store: Store,
    blind: Mapping[AccountName, list[Line]],
    shift: timedelta,
    now: datetime,
) -> Sheet:
    """The report of a shift of so many hours that ends now."""
    sections = tuple(_sections(settings, store, blind, now - shift, now))
    sheet = Sheet(f"Hand-over of {moment(now, _home(settings))}", "", sections)
    wanting = sheet.wanting
    lead = "Nothing wants anybody." if not wanting else f"{count(wanting, 'thing')} to look at."
    return sheet._replace(lead=lead)


def _home(settings: Settings) -> tzinfo:
    """The zone of the first shop: one page has one clock."""
    first = next(iter(settings.shops.values()), None)
    return ZoneInfo(first.timezone if first else "UTC")


def _zone(settings: Settings, shop: ShopName) -> tzinfo:
    known = settings.shops.get(shop)
    return ZoneInfo(known.timezone) if known else _home(settings)


def _sections(
    settings: Settings,
    store: Store,
    blind: Mapping[AccountName, list[Line]],
    since: datetime,
    now: datetime,
) -> Iterator[Section]:
    due = store.due(now, AHEAD, None, _MOST)
    columns = ("complaint", "shop", "status", "whose", "due", "left")
    for title, some, urgent, nothing in (
        ("Past the due date", [d for d in due if d.left(now) <= _NONE], True, "None is late."),
        (
            "Due within 24 hours",
            [d for d in due if d.left(now) > _NONE],
            True,
            "Nothing is due within 24 hours.",
        ),
    ):
        rows = [
            (
                one.number,
                one.shop,
                one.status,
                one.assignee or "nobody",
                moment(one.due_at, _zone(settings, one.shop)),
                _until(now + one.left(now), now),
            )
            for one in some
        ]
        yield section(title, columns, rows, urgent=urgent, nothing=nothing, command="redress due")
    yield from _people(store, now)
    yield from _trouble(settings, store, since, now)
    spots = [
        (name, "!" if line.warns else "?" if line.number is None else str(line.number), line.text)
        for name, lines in blind.items()
        for line in lines
        if line.warns or line.number
    ]
    yield section("Blind spots", ("account", "how many", "what can't be seen"), spots,
                  nothing="None with a number.", command="redress blind")  # fmt: skip


def _until(due_at: datetime, now: datetime) -> str:
    return f"{span(due_at - now)} left" if due_at > now else f"{span(now - due_at)} late"


def _people(store: Store, now: datetime) -> Iterator[Section]:
    """What only a person can end."""
    conflicts = [
        (
            one.number,
            one.shop,
            one.owner,
            _until(one.due_at, now),
            ", ".join(f"{side.account}: {side.word}" for side in one.sides),
        )
        for one in store.conflicts()
    ]  # fmt: skip
    yield section("Conflicts", ("complaint", "shop", "whose", "until", "who says what"), conflicts,
                  urgent=True, nothing="No accounts contradict each other.",
                  command="redress conflict list")  # fmt: skip
    unknown = [
        (one.number, one.account, one.kind, span(now - one.since), str(len(one.candidates)))
        for one in store.unknown_pushes()
    ]
    columns = ("complaint", "account", "push", "for", "candidates")
    yield section("Unknown outcomes", columns, unknown,
                  urgent=True, nothing="Every answer is known.",
                  command="redress unknown list")  # fmt: skip
    manual = [
        (one.number or "-", one.account, one.reason, one.owner or "nobody", span(now - one.since))
        for one in store.manual_actions()
    ] + [
        (one.number, f"rung {one.rung}", one.todo, one.owner or "nobody", span(now - one.since))
        for one in store.rung_tasks()
    ]
    yield section("To be done by hand", ("complaint", "account", "what", "whose", "for"), manual,
                  urgent=True, nothing="Nothing has to be done by hand.",
                  command="redress manual list")  # fmt: skip


def _trouble(settings: Settings, store: Store, since: datetime, now: datetime) -> Iterator[Section]:
    """What is wrong with systems."""
    lines = {line.name: line for line in store.overview(now).accounts}
    paused = [
        (name, line.paused_reason or "", span(now - line.paused_at))
        for name in settings.accounts
        if (line := lines.get(name)) is not None and line.paused_at is not None
    ]
    yield section("Paused accounts", ("account", "why", "for"), paused,
                  urgent=True, nothing="All accounts work.", command="redress status")  # fmt: skip
    drift = [
        (rate.account, f"{rate.drifted} of {rate.checked}", moment(rate.last_at, _home(settings)))
        for rate in store.audits.rates(since)
        if rate.drifted
    ]
    yield section("Drift", ("account", "records that differed", "last looked"), drift,
                  nothing="No record differed in this shift.", command="redress drift")  # fmt: skip
    parked = [
        (one.number or "-", one.account, one.kind, one.detail, span(now - one.since))
        for one in store.parked_pushes()
    ]
    yield section("Set aside", ("complaint", "account", "push", "why", "for"), parked,
                  urgent=True, nothing="Nothing was set aside.",
                  command="redress parked list")  # fmt: skip
    untold = [
        (one.key, one.kind, one.channel.removeprefix("notify.") or "-", one.why or "-")
        for one in store.notices.untold(_MOST)
    ]
    yield section("Not told yet", ("notice", "what", "channel", "why"), untold,
                  nothing="People have been told everything.",
                  command="redress notices")  # fmt: skip
