"""`redress due`: which complaints pass their due date when, and what was told of it."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer
from rich.text import Text

from complaints.rules import Priority
from complaints.vocabulary import ShopName
from worker.cli import words
from worker.cli.reach import business_now, open_store, reachable
from worker.cli.screens import moment, span, table

if TYPE_CHECKING:
    from datetime import datetime

    from complaints.store.dues import DueComplaint
    from worker.settings import Settings

PANEL = "Look"
SHOWN = 200
"""So many lines are listed; --json has all."""

_MOST = 100_000
_NONE = timedelta(0)
_WITHIN = re.compile(r"(\d{1,5})([hd])")


def due(
    ctx: typer.Context,
    within: Annotated[
        str, typer.Option(metavar="SPAN", help='How far to look ahead, as "72h" or "7d".')
    ] = "72h",
    shop: Annotated[
        str | None, typer.Option(help="Of this shop alone.", show_default="all")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The same for machines.")] = False,
) -> None:
    """Running complaints that are past their due date, or soon will be; the first due first.

    Of all clocks the first counts, and is named; `redress clock NUMBER` has the others.  What a
    provider's desk shows as its due date counts where it tells that; BizKitHub doesn't by default.
    Exit code 1: at least one is past its due date.
    """
    settings = reachable(ctx)
    now, ahead = business_now(settings), span_of(within)
    name = shop_named(settings, shop)
    with open_store(settings) as store:
        found = store.due(now, ahead, name, _MOST)
    if as_json:
        told = [_json(settings, one, now) for one in found]
        typer.echo(json.dumps(told, indent=2, ensure_ascii=False))
    else:
        _tell(settings, found, now, within)
    if any(one.left(now) <= _NONE for one in found):
        raise typer.Exit(words.FAILED)


def span_of(said: str) -> timedelta:
    """A span that a person wrote; the command ends if it is none."""
    found = _WITHIN.fullmatch(said.strip())
    if found is None:
        words.fail(f"{said} is no span of time", "write it as 72h or 7d", words.MISUSED)
    return timedelta(hours=int(found[1])) * (24 if found[2] == "d" else 1)


def shop_named(settings: Settings, said: str | None) -> ShopName | None:
    """A shop that a person named; the command ends if there is none."""
    if said is not None and said not in settings.shops:
        named = ", ".join(settings.shops) or "none"
        words.fail(f"{said} is no shop of the settings", f"there are: {named}", words.MISUSED)
    return None if said is None else ShopName(said)


def _tell(settings: Settings, found: list[DueComplaint], now: datetime, within: str) -> None:
    out = words.out()
    if not found:
        out.print(f"Nothing is due within {within}.")
        return
    made = table(
        "complaint", "shop", "status", "whose", "due", "clock", "left", "told", "next told"
    )
    for one in found[:SHOWN]:
        left = one.left(now)
        zone = ZoneInfo(settings.shops[one.shop].timezone) if one.shop in settings.shops else None
        said = span(left) if left > _NONE else f"{span(-left)} over"
        if (opened := _open_left(settings, one, now)) and left > _NONE:
            said += f", {span(opened)} open"
        made.add_row(
            one.number,
            one.shop,
            one.status + (" (moved)" if one.moved else ""),
            _whose(one),
            moment(one.due_at, zone) if zone else moment(one.due_at),
            one.clock,
            Text(f"{said}, paused", "dim")
            if one.paused_at
            else Text(said, "" if left > _NONE else "bold red"),
            ", ".join(one.rungs) or "-",
            "-" if one.next_rung_at is None else f"in {span(one.next_rung_at - now)}",
        )
    out.print(made)
    passed = sum(one.left(now) <= _NONE for one in found)
    soon = len(found) - passed
    out.print()
    out.print(f"{words.count(passed, 'complaint')} past the due date, {soon} more within {within}.")
    if untold := sum(one.provider_due_at is None for one in found):
        out.print(f"The provider's own due date isn't known of {untold}.")
    if len(found) > SHOWN:
        out.print(f"{len(found) - SHOWN} aren't listed; --json has them all.")


def _whose(one: DueComplaint) -> Text:
    urgent = one.priority if one.priority is not Priority.NORMAL else ""
    return Text(" ".join(filter(None, (urgent, one.assignee))) or "-", "red" if urgent else "")


def _open_left(settings: Settings, one: DueComplaint, now: datetime) -> timedelta | None:
    """Business time until it is due; None: its shop tells no open hours."""
    from complaints.calendars import calendar, open_between

    shop = settings.shops.get(one.shop)
    if shop is None or not shop.open_hours:
        return None
    hours = calendar(shop.timezone, shop.open_hours, shop.closed_days, shop.holidays_of)
    return open_between(hours, one.paused_at or now, one.due_at)


def _json(settings: Settings, one: DueComplaint, now: datetime) -> dict[str, Any]:
    told = one._asdict()
    for name in ("opened_at", "due_at", "next_rung_at", "paused_at", "provider_due_at"):
        told[name] = told[name] and told[name].isoformat()
    open_left = _open_left(settings, one, now)
    return told | {
        "seconds_left": round(one.left(now).total_seconds()),
        "open_seconds_left": open_left and round(open_left.total_seconds()),
    }


def attach(app: typer.Typer) -> None:
    """Hang this command on the command line."""
    app.command(rich_help_panel=PANEL)(due)
