"""`redress why`: the reasons of a complaint's values, from stored decisions."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from worker.cli import when, words
from worker.cli.look import PANEL
from worker.cli.reach import business_now, no_such_complaint, open_store, reachable, zone_of

if TYPE_CHECKING:
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from complaints.store.explanations import Why


def why(
    ctx: typer.Context,
    number: Annotated[str, typer.Argument(help="The complaint's number.", metavar="NUMBER")],
    field: Annotated[
        str | None,
        typer.Argument(help="The field to explain; without it all are listed.", show_default=False),
    ] = None,
    as_of: Annotated[
        str | None,
        typer.Option(
            metavar="TIME",
            help='The answer as it was then: "2026-03-02 08:00" by the shop\'s clock,'
            " or ISO with a zone.",
            show_default=False,
        ),
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Also what the values were before.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The same for machines.")] = False,
) -> None:
    """Why a complaint's status, outcome, due date and the rest are what they are.

    For each field: the rule, whose word it is and from which observation, who says something
    else and why that doesn't count, and what was pushed because of it.
    """
    from complaints.vocabulary import ComplaintNumber
    from worker.cli import explained

    settings = reachable(ctx)
    wanted = ComplaintNumber(number.strip().removeprefix("#"))
    named = None if field is None else _field(field)
    with open_store(settings) as store:
        case = store.case(wanted)
        if case is None:
            no_such_complaint(wanted)
        zone = zone_of(settings, case.shop)
        at = business_now(settings) if as_of is None else _time(as_of, zone)
        found = store.why(wanted, at)
    if found is None:
        no_such_complaint(wanted)
    if as_json:
        chosen = [one for name, one in found.fields.items() if named in {None, name}]
        told = explained.as_json(found, at, chosen, everything=everything)
        typer.echo(json.dumps(told, indent=2, ensure_ascii=False))
    else:
        _tell(found, named, at if as_of is not None else None, zone, everything=everything)


def _tell(
    found: Why, named: str | None, at: datetime | None, zone: ZoneInfo, *, everything: bool
) -> None:
    from worker.cli import explained
    from worker.cli.screens import moment

    out = words.out()
    if at is not None and not found.fields:
        known = moment(found.known_since, zone)
        out.print(
            f"complaint {found.number} was not known at {moment(at, zone)}:"
            f" the first news of it was decided on at {known}"
        )
        return
    if at is not None:
        out.print(Text(f"as of {moment(at, zone)}", "bold"))
    if named is None:
        out.print(explained.all_fields(found, zone))
        out.print()
        out.print(f"`redress why {found.number} FIELD` tells the whole reason of one.")
        return
    one = found.fields.get(named)
    if one is None:
        words.fail(
            f"no decision on complaint {found.number} tells why its {named} is as it is",
            f"an older version made them: `redress show {found.number}` tells what it is",
        )
    out.print(explained.story(found, one, zone, everything=everything))


def _field(said: str) -> str:
    from complaints.explaining import FIELDS
    from worker.inspection import did_you_mean

    name = said.strip().lower().replace("-", "_")
    if name not in FIELDS:
        near = did_you_mean(name, list(FIELDS))
        guess = f"{near} " if near.endswith("?") else ""
        words.fail(
            f"a complaint has no field {said}",
            f"{guess}its fields are {', '.join(FIELDS)}",
            words.MISUSED,
        )
    return name


def _time(said: str, zone: ZoneInfo) -> datetime:
    try:
        return when.read_time(said, zone)
    except when.NoSuchTime as fault:
        words.fail(
            str(fault),
            f'write "2026-03-02 08:00" (by the clock of {zone.key}) or 2026-03-02T08:00:00+01:00',
            words.MISUSED,
        )


def attach(app: typer.Typer) -> None:
    """Hang this command on the command line."""
    app.command(rich_help_panel=PANEL)(why)
