"""`redress notices`: what people haven't been told, and whether they can be."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated
from uuid import uuid4

import typer

from worker.cli import words
from worker.cli.reach import business_now, open_store, reachable
from worker.cli.screens import span, table

if TYPE_CHECKING:
    from datetime import datetime

    from complaints.store.notices import Untold
    from worker.settings import Settings

PANEL = "Look"
SHOWN = 200


def notices(
    ctx: typer.Context,
    trial: Annotated[
        str | None,
        typer.Option(
            "--try",
            metavar="NAME",
            help="Tell a channel of [notify] that it works, now.",
            show_default=False,
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The same for machines.")] = False,
) -> None:
    """What people are to hear and haven't, by channel, with what went wrong.

    Exit code 1: some channel has failed to be told.
    """
    settings = reachable(ctx)
    now = business_now(settings)
    if trial is not None:
        _try(settings, trial, now)
        return
    with open_store(settings) as store:
        found = store.notices.untold(SHOWN)
    if as_json:
        told = [{**one._asdict(), "at": one.at.isoformat()} for one in found]
        typer.echo(json.dumps(told, indent=2, ensure_ascii=False))
    else:
        _list(found, now)
    if any(one.why for one in found):
        raise typer.Exit(words.FAILED)


def _list(found: list[Untold], now: datetime) -> None:
    out = words.out()
    if not found:
        out.print("People have been told everything.")
        return
    made = table("notice", "what", "since", "tries", "channel", "what went wrong")
    for one in found:
        made.add_row(
            one.key,
            one.kind,
            span(now - one.at),
            str(one.attempts),
            one.channel.removeprefix("notify.") or "-",
            one.why or "-",
        )
    out.print(made)
    if len(found) == SHOWN:
        out.print(f"These are the oldest {SHOWN}; there may be more.")


def _try(settings: Settings, name: str, now: datetime) -> None:
    from complaints.notifying import MaybeTold, NotTold
    from complaints.store.notices import Notice
    from worker.notify import channel
    from worker.notify.letters import TRIAL

    block = settings.notify.get(name)
    if block is None:
        known = ", ".join(settings.notify) or "nothing: write a [notify.NAME] block"
        words.fail(f"{name} is no channel of the settings", f"there are: {known}", words.MISUSED)
    notice = Notice(0, uuid4(), f"trial-{uuid4().hex[:8]}", TRIAL, {}, now, 1, uuid4(), {})
    try:
        channel(name, block).tell(notice)
    except MaybeTold as fault:
        words.fail(f"{name} may have been told: {fault}", "look there, then try again")
    except NotTold as fault:
        words.fail(f"{name} wasn't told: {fault}", f"mend [notify.{name}], then try again")
    words.out().print(f"{name} was told: {notice.key}.")


def attach(app: typer.Typer) -> None:
    """Hang this command on the command line."""
    app.command(rich_help_panel=PANEL)(notices)
