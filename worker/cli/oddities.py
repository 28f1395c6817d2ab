"""What deviates from the tables, on the command line: counted, and listed with its reason."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from complaints.store.oddities import Oddity
from worker.cli import when, words
from worker.cli.ledger import account_or_operator
from worker.cli.reach import business_now, open_store, reachable
from worker.cli.screens import moment, table, visible

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from complaints.store.oddities import OddLine
    from complaints.vocabulary import AccountName

PANEL = "Look"


def oddities(
    ctx: typer.Context,
    account: Annotated[
        str | None,
        typer.Option("--account", "-a", help="Of this account alone.", show_default="all"),
    ] = None,
    kind: Annotated[
        list[Oddity] | None,
        typer.Option(
            "--kind",
            "-k",
            metavar="KIND",
            help=f"List these alone: {', '.join(Oddity)}; may be repeated.",
            show_default=False,
        ),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(
            metavar="TIME",
            help="Of that time or later; without a zone it is the shop's time.",
            show_default="the beginning",
        ),
    ] = None,
    limit: Annotated[
        int, typer.Option("--limit", "-n", min=0, max=10_000, help="How many are listed.")
    ] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="The same for machines.")] = False,
) -> None:
    """Jumps, warnings, and what was superseded or set aside: counted, the newest listed.

    A jump is a move of status that the table of legal moves doesn't know: it is a fact, and
    applied. A warning tells of something in an observation that deviates from the provider's
    documents. What was set aside is decided once more with `redress replay`.
    """
    settings = reachable(ctx)
    name = None if account is None else account_or_operator(settings, account)
    shop = settings.accounts[name].shop if name and name in settings.accounts else None
    first = None if since is None else when.since(settings, since, business_now(settings), shop)
    kinds = frozenset(kind or Oddity)
    with open_store(settings) as store:
        sums, lines = store.oddities(name, first, kinds, limit)
    if as_json:
        typer.echo(json.dumps(_json(sums, lines), indent=2, ensure_ascii=False))
        return
    out = words.out()
    if not sums:
        out.print("Nothing is odd.")
        return
    made = table("account", *Oddity)
    for one, counts in sums.items():
        made.add_row(one, *(str(counts.get(each, 0)) for each in Oddity))
    out.print(made)
    if lines:
        out.print()
        shown = table("when", "account", "kind", "observation", "complaint", "what")
        for line in lines:
            shown.add_row(
                moment(line.at),
                line.account,
                line.kind,
                str(line.seq),
                line.number or "-",
                visible(line.what),
            )
        out.print(shown)


def _json(
    sums: Mapping[AccountName, Mapping[Oddity, int]], lines: Sequence[OddLine]
) -> dict[str, Any]:
    return {
        "accounts": [
            {"name": name, **{str(one): counts.get(one, 0) for one in Oddity}}
            for name, counts in sums.items()
        ],
        "newest": [{**line._asdict(), "at": line.at.isoformat()} for line in lines],
    }


def attach(app: typer.Typer) -> None:
    """Hang this command on the command line."""
    app.command(rich_help_panel=PANEL)(oddities)
