"""What we can't see, on the command line: per account, a line per blind spot."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from worker.cli import words
from worker.cli.reach import business_now, open_store, reachable
from worker.cli.screens import span, visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from complaints.blind import Line
    from complaints.pacing import Pace
    from complaints.store import Store
    from complaints.store.screens import AccountLine
    from complaints.vocabulary import AccountName
    from worker.settings import Settings

PANEL = "Look"
_NUMBER = 7


def blind(
    ctx: typer.Context,
    as_json: Annotated[
        bool, typer.Option("--json", help="For machines, with the sources in the documents.")
    ] = False,
) -> None:
    """What each account can't show us, with numbers where they can be known.

    "?" is a number that nobody can know, "!" a warning.
    """
    settings = reachable(ctx)
    with open_store(settings) as store:
        told_of = dict(found(settings, store))
    if as_json:
        told = [
            {
                "account": name,
                "provider": settings.accounts[name].provider,
                "spots": [line._asdict() for line in lines],
            }
            for name, lines in told_of.items()
        ]
        typer.echo(json.dumps(told, indent=2, ensure_ascii=False))
        return
    out = words.out()
    for name, lines in told_of.items():
        out.print(Text(f"{name} ({settings.accounts[name].provider})", "bold"))
        for line in lines:
            number = "!" if line.warns else "?" if line.number is None else str(line.number)
            text = Text(f"{number:>{_NUMBER}}  ") + visible(line.text)
            out.print(text, no_wrap=True, overflow="ellipsis")


def found(settings: Settings, store: Store) -> Iterator[tuple[AccountName, list[Line]]]:
    """Each account and what it can't show."""
    from complaints.blind import NOTHING, told
    from providers.registry import PROVIDERS
    from worker.wiring import opened_accounts, paces

    blindness = {name: PROVIDERS[one.provider].blindness for name, one in settings.accounts.items()}
    shops = {name: one.shop for name, one in settings.accounts.items()}
    seen = store.blind(shops, {one.gone for one in blindness.values() if one.gone})
    with opened_accounts(settings) as providers:
        reads = paces(settings, store, providers)
    standing = {line.name: line for line in store.overview(business_now(settings)).accounts}
    for name, known in blindness.items():
        lines = [*_stopped(standing.get(name)), *told(known, seen.get(name, NOTHING))]
        yield name, [*lines, *_slow(name, settings, reads)]


def _stopped(line: AccountLine | None) -> Iterator[Line]:
    """A paused account shows nothing at all."""
    from complaints.blind import Line

    if line is not None and line.paused_at is not None:
        why = line.paused_reason or "no reason kept"
        yield Line("paused", None, f"anything: paused, {why}", "redress accounts", warns=True)


def _slow(
    name: AccountName, settings: Settings, reads: Mapping[AccountName, Pace]
) -> Iterator[Line]:
    """Reads that the budget stretches."""
    from complaints.blind import Line
    from worker.wiring import profile

    pace = reads.get(name)
    if pace is not None and pace.slowed:
        wished = span(profile(settings.accounts[name]).read_plan.running)
        text = f"running cases are read every {span(pace.interval)}, not {wished}"
        yield Line("slow-reads", None, text, "the account's request budget", warns=True)


def attach(app: typer.Typer) -> None:
    """Hang this command on the command line."""
    app.command(rich_help_panel=PANEL)(blind)
