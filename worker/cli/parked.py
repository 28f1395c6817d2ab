"""`redress parked`: pushes that were set aside, and sending them again once the cause is mended."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Annotated

import typer

from worker.cli import words
from worker.cli.handwork import push_act
from worker.cli.matching import decided
from worker.cli.radius import PlanId, Yes, agree, radius
from worker.cli.reach import account_of, business_now, open_deps, open_store, reachable
from worker.cli.screens import ago, table, visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from complaints.flow import Deps
    from complaints.store.waiting import ParkedPush
    from complaints.vocabulary import AccountName

group = typer.Typer(
    no_args_is_help=True,
    help="Pushes that were set aside: refused by the account, or tried for too long.",
)

SHOWN = 50


@group.command("list")
def list_parked(
    ctx: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="The same for machines.")] = False,
) -> None:
    """What was set aside, the oldest first, and why."""
    settings = reachable(ctx)
    with open_store(settings) as store:
        found = store.parked_pushes()
    if as_json:
        told = [{**one._asdict(), "since": one.since.isoformat()} for one in found]
        typer.echo(json.dumps(told, indent=2, ensure_ascii=False))
        return
    out = words.out()
    if not found:
        out.print("No push is set aside.")
        return
    now = business_now(settings)
    made = table("id", "complaint", "account", "push", "since", "why")
    for one in found[:SHOWN]:
        made.add_row(
            str(one.id),
            one.number or "-",
            one.account,
            one.kind + (f" {one.target}" if one.target else ""),
            f"{ago(one.since, now)} ago",
            visible(one.detail),
        )
    out.print(made)
    if len(found) > SHOWN:
        out.print(f"... and {len(found) - SHOWN} more; --json has them all.")


@group.command("retry")
def retry(
    ctx: typer.Context,
    ids: Annotated[
        list[int] | None,
        typer.Argument(help="As the list names them.", metavar="ID", show_default=False),
    ] = None,
    account: Annotated[
        str | None, typer.Option("--account", "-a", help="All of this account.", show_default=False)
    ] = None,
    yes: Yes = False,
    plan_id: PlanId = None,
) -> None:
    """Send them again.  Shows first what that comes to, and asks."""
    from complaints import operating
    from complaints.acts import ResendPush

    settings = reachable(ctx)
    if bool(ids) == bool(account):
        words.fail("nothing is chosen", "name pushes, or --account A, not both", words.MISUSED)
    name = account_of(settings, account).name if account else None
    with open_deps(settings) as deps:
        parked = deps.store.parked_pushes()
        chosen = [one for one in parked if one.id in (ids or ()) or one.account == name]
        _check(ids or (), chosen)
        if not chosen:
            words.out().print("No push is set aside there.")
            return
        pushes = ((one.account, one.kind, "due") for one in chosen)
        subject = f"retry {sorted(one.id for one in chosen)}"
        found = radius(subject, pushes, _calls(deps, chosen))
        agree(found, settings, "Send them again?", yes=yes, plan=plan_id)
        kept = [operating.act(deps, push_act(settings, ResendPush, one)).seq for one in chosen]
        verdicts = [decided(deps, seq) for seq in kept]
        left = [reason for verdict, reason in verdicts if verdict == "quarantined"]
    words.out().print(f"{words.count(len(chosen) - len(left), 'push is', 'pushes are')} due.")
    for reason in left:
        words.err().print(f"One stays as it was: {reason}", markup=False)
    if left:
        raise typer.Exit(words.FAILED)


def _check(ids: Sequence[int], chosen: Sequence[ParkedPush]) -> None:
    """End the command where something can't be sent again."""
    missing = sorted(set(ids) - {one.id for one in chosen})
    if missing:
        words.fail(
            f"{missing[0]} is no push that was set aside", "`redress parked list` names them"
        )
    loose = next((one for one in chosen if one.number is None), None)
    if loose is not None:
        words.fail(f"{loose.id} belongs to no complaint", "ask for the order's errand again")


def _calls(deps: Deps, chosen: Sequence[ParkedPush]) -> Counter[AccountName]:
    """Requests at each account, reads after writes included."""
    calls: Counter[AccountName] = Counter()
    for one in chosen:
        calls[one.account] += deps.cost(one.account, one.kind)
        if deps.accounts[one.account].reads:
            calls[one.account] += deps.cost(one.account)
    return calls


def attach(app: typer.Typer) -> None:
    """Hang these commands on the command line."""
    app.add_typer(group, name="parked", rich_help_panel="Work")
