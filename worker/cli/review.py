"""`redress review`: cases that may be one, and nothing but likeness says so."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from worker.cli import words
from worker.cli.matching import carry_out, shop_of
from worker.cli.reach import complaint_number, open_deps, os_user, reachable
from worker.cli.screens import moment, table

if TYPE_CHECKING:
    from complaints.reviewing import Pair

PANEL = "Work"

Number = Annotated[str, typer.Argument(help="A complaint's number.", metavar="NUMBER")]
Other = Annotated[str, typer.Argument(help="The other one's.", metavar="OTHER")]
Reason = Annotated[str, typer.Option(help="Kept with the decision.", metavar="TEXT")]

reviews = typer.Typer(
    no_args_is_help=True, help="Complaints that may be one: look, join them, or keep them apart."
)


@reviews.command("list")
def list_reviews(
    ctx: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="The same for machines.")] = False,
) -> None:
    """Pairs that wait for a person, the likeliest first, with what agrees."""
    from complaints import reviewing

    settings = reachable(ctx)
    with open_deps(settings) as deps:
        found = reviewing.reviews(deps.store, deps.in_force(), deps.accounts)
    if as_json:
        typer.echo(json.dumps([_json(pair) for pair in found], indent=2, ensure_ascii=False))
        return
    out = words.out()
    if not found:
        out.print("No two complaints look like one.")
        return
    made = table("complaint", "by", "opened", "other", "by", "opened", "agrees")
    for pair in found:
        made.add_row(
            pair.one.number,
            pair.one.origin,
            moment(pair.one.opened_at),
            pair.other.number,
            pair.other.origin,
            moment(pair.other.opened_at),
            pair.agrees,
        )
    out.print(made)
    out.print("`redress review join NUMBER OTHER`, or `apart`, decides one.")


@reviews.command("join")
def join(ctx: typer.Context, number: Number, other: Other) -> None:
    """Say that two complaints are one: the second goes into the first.

    `redress unlink OTHER` takes it back.
    """
    from complaints.acts import MergeComplaints

    settings = reachable(ctx)
    stays, gone = complaint_number(number), complaint_number(other)
    shop = shop_of(settings, gone)
    act = MergeComplaints(shop=shop, by=os_user(), number=gone, into=stays)
    carry_out(settings, act, f"Complaint {gone} is part of {stays} now.")


@reviews.command("apart")
def apart(ctx: typer.Context, number: Number, other: Other, reason: Reason = "") -> None:
    """Say that two complaints are two: nobody is asked again."""
    from complaints.acts import KeepApart

    settings = reachable(ctx)
    one, two = complaint_number(number), complaint_number(other)
    shop = shop_of(settings, one)
    act = KeepApart(shop=shop, by=os_user(), number=one, other=two, reason=reason)
    carry_out(settings, act, f"Complaints {one} and {two} are two.")


def _json(pair: Pair) -> dict[str, Any]:
    return {
        "shop": pair.shop,
        "score": pair.score,
        "agrees": pair.agrees,
        "cases": [
            {
                "number": case.number,
                "origin": case.origin,
                "accounts": sorted(case.accounts),
                "opened_at": case.opened_at.isoformat(),
                "status": case.status,
            }
            for case in (pair.one, pair.other)
        ],
    }


def attach(app: typer.Typer) -> None:
    """Hang these commands on the command line."""
    app.add_typer(reviews, name="review", rich_help_panel=PANEL)
