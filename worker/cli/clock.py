"""`redress clock`: all clocks of one complaint, and whose time it has taken."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from worker.cli import words
from worker.cli.reach import (
    business_now,
    no_such_complaint,
    open_store,
    reachable,
    rules_in_force,
    zone_of,
)
from worker.cli.screens import moment, span, table

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

    from complaints.deadlines import Due
    from complaints.timekeeping import Clockwork

PANEL = "Look"

_IN_WORDS = {
    "nobody": "before we could know of it",
    "us": "in our hands",
    "customer": "waiting for the customer",
    "provider": "a system gave no answers",
    "held": "held by a person",
}


def clock(
    ctx: typer.Context,
    number: Annotated[str, typer.Argument(help="The complaint's number.", metavar="NUMBER")],
    as_json: Annotated[bool, typer.Option("--json", help="The same for machines.")] = False,
) -> None:
    """All clocks of a complaint side by side, and who had the time that has passed.

    Times are those of the shop.
    """
    from complaints.timekeeping import clockwork
    from complaints.vocabulary import ComplaintNumber
    from worker.wiring import profile

    settings = reachable(ctx)
    wanted = ComplaintNumber(number.strip().removeprefix("#"))
    now = business_now(settings)
    with open_store(settings) as store:
        case = store.case(wanted)
        if case is None:
            no_such_complaint(wanted)
        rules = rules_in_force(settings, store).get(case.shop)
        if rules is None:
            words.fail(f"{case.shop} is no shop of the settings", "add its block")
        accounts = {name: profile(account) for name, account in settings.accounts.items()}
        found = clockwork(store, wanted, rules, accounts, now)
    if found is None:
        no_such_complaint(wanted)
    if as_json:
        typer.echo(json.dumps(_json(found), indent=2, ensure_ascii=False))
        return
    _tell(found, now, zone_of(settings, case.shop))


def _tell(found: Clockwork, now: datetime, zone: tzinfo) -> None:
    out = words.out()
    made = table("clock", "due", "", "promise")
    for due in found.clocks:
        made.add_row(due.clock, moment(due.at, zone), _state(found, due, now), due.promise)
    out.print(made)
    out.print()
    until = found.ended_at or now
    whole = until - found.opened_at
    shares = table("time taken", "", "")
    for holder, length in found.taken.items():
        if length:
            part = length / whole if whole else 0
            shares.add_row(_IN_WORDS[holder], span(length), f"{part:.0%}")
    out.print(shares)
    ended = f"ended after {span(whole)}" if found.ended_at else f"has run for {span(whole)}"
    out.print(f"{found.number} {ended}.")


def _state(found: Clockwork, due: Due, now: datetime) -> Text:
    if found.ended_at is not None:
        kept = found.ended_at < due.at
        return Text("kept" if kept else "broken", "" if kept else "red")
    if due.paused_at is not None:
        return Text(f"stands still, {span(due.at - due.paused_at)} left", "dim")
    left = due.at - now
    said = f"{span(left)} left" if left > timedelta(0) else f"{span(-left)} over"
    counts = ", counts" if due == found.counts else ""
    return Text(f"{said}{counts}", "" if left > timedelta(0) else "bold red")


def _json(found: Clockwork) -> dict[str, Any]:
    def told(due: Due) -> dict[str, Any]:
        return {
            "clock": due.clock,
            "due_at": due.at.isoformat(),
            "paused_at": due.paused_at and due.paused_at.isoformat(),
            "promise": due.promise,
        }

    return {
        "number": found.number,
        "opened_at": found.opened_at.isoformat(),
        "ended_at": found.ended_at and found.ended_at.isoformat(),
        "counts": told(found.counts),
        "clocks": [told(due) for due in found.clocks],
        "phases": [
            {"since": phase.since.isoformat(), "status": phase.status} for phase in found.phases
        ],
        "seconds_taken": {holder: round(s.total_seconds()) for holder, s in found.taken.items()},
    }


def attach(app: typer.Typer) -> None:
    """Hang this command on the command line."""
    app.command(rich_help_panel=PANEL)(clock)
