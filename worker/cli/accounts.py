"""`redress accounts`: who can do what, who may be written to, and who is paused."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from worker.cli import abilities as abilities_screen
from worker.cli import screens, words
from worker.cli.reach import (
    account_of,
    business_now,
    complaint_number,
    open_deps,
    os_user,
    reachable,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from complaints.flow import Deps
    from complaints.store.waiting import WaitingPush
    from complaints.vocabulary import AccountName

group = typer.Typer(help="What accounts can do; check, release or resume one.")

_SHOWN = 20
Name = Annotated[str, typer.Argument(help="The account's name in redress.toml.", metavar="ACCOUNT")]


@group.callback(invoke_without_command=True)
def accounts(ctx: typer.Context) -> None:
    """List accounts with what each can do, check one, release one, resume a paused one."""
    if ctx.invoked_subcommand is None:
        list_accounts(ctx)


@group.command("list")
def list_accounts(
    ctx: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="The same for machines.")] = False,
) -> None:
    """List all accounts: provider, shop, state, how often they are read, what they can do."""
    from worker.wiring import paces

    settings = reachable(ctx)
    with open_deps(settings) as deps:
        overview = deps.store.overview(deps.clock())
        reads = paces(settings, deps.store, deps.providers)
        abilities = {name: provider.abilities for name, provider in deps.providers.items()}
    if as_json:
        found = abilities_screen.accounts_json(settings.accounts, overview, reads, abilities)
        typer.echo(json.dumps(found, indent=2, ensure_ascii=False))
        return
    out = words.out()
    out.print(abilities_screen.who_table(settings.accounts, overview, reads))
    out.print()
    out.print(abilities_screen.matrix(abilities))
    out.print()
    out.print(abilities_screen.reasons(abilities))


@group.command()
def check(
    ctx: typer.Context,
    names: Annotated[
        list[str] | None,
        typer.Argument(help="Accounts; all when none is named.", metavar="[ACCOUNT...]"),
    ] = None,
) -> None:
    """Verify accounts by harmless reads, and say of each in one line what works."""
    settings = reachable(ctx)
    wanted = [account_of(settings, name).name for name in names or settings.accounts]
    failed = False
    with open_deps(settings) as deps:
        for name in wanted:
            works, said = _verify(deps, name)
            failed = failed or not works
            line = Text.assemble((name, "bold"), "  ", (said, "green" if works else "red"))
            words.out().print(line)
    if failed:
        raise typer.Exit(words.FAILED)


def _verify(deps: Deps, name: AccountName) -> tuple[bool, str]:
    from complaints.ports import NeedsHuman, Transient
    from complaints.vocabulary import Purpose

    wait = deps.budget.take(name, Purpose.HINT)
    if wait:
        return False, f"not asked: its budget is spent for {wait:.0f} s"
    try:
        return True, f"works: {deps.providers[name].check()}"
    except NeedsHuman as fault:
        return False, f"needs a person: {fault}"
    except Transient as fault:
        return False, f"gave no answer: {fault}"


@group.command()
def release(
    ctx: typer.Context,
    name: Name,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Don't ask.")] = False,
) -> None:
    """Let Redress write to a live account, and let go what imports have left held.

    Shows first what would be sent, and asks.
    """
    settings = reachable(ctx)
    account = account_of(settings, name)
    with open_deps(settings) as deps:
        waiting = deps.store.waiting_pushes(account.name)
        if account.sandbox and not waiting:
            words.out().print(f"{name} is a sandbox, and nothing is held for it.", markup=False)
            return
        _tell(account.name, waiting)
        if not yes and not typer.confirm(f"Release {name}?", err=True):
            words.fail(f"{name} stays as it was")
        by = os_user()
        fresh = deps.store.accounts.release(account.name, by, business_now(settings))
        sent = deps.store.pushes.release(account.name)
        deps.nudge("push")
    out = words.out()
    out.print(f"{name} was released {'now by ' + by if fresh else 'before'}.", markup=False)
    due = f"{words.count(sent, 'held push', 'held pushes')} {'is' if sent == 1 else 'are'} due."
    out.print(due if sent else "Nothing was held.", markup=False)


def _tell(name: AccountName, waiting: Sequence[WaitingPush]) -> None:
    err = words.err()
    if not waiting:
        err.print(f"Nothing is held for {name}; what comes will be sent.", markup=False)
        return
    err.print(Text(f"What {name} would be sent, the oldest first:", "bold"))
    err.print(screens.waiting_table(waiting[:_SHOWN]))
    if len(waiting) > _SHOWN:
        err.print(f"... and {len(waiting) - _SHOWN} more.", markup=False)


@group.command()
def resume(ctx: typer.Context, name: Name) -> None:
    """Use a paused account again, once what stopped it is mended."""
    settings = reachable(ctx)
    account = account_of(settings, name)
    with open_deps(settings) as deps:
        resumed = deps.store.accounts.resume(account.name)
        for step in ("push", "poll"):
            deps.nudge(step)
    said = f"{name} is used again." if resumed else f"{name} was not paused."
    words.out().print(said, markup=False)


def release_case(
    ctx: typer.Context,
    number: Annotated[str, typer.Argument(help="The complaint's number.", metavar="NUMBER")],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Don't ask.")] = False,
) -> None:
    """Let go what is held of one complaint: large refunds, what an import has left.

    Shows first what would be sent, and asks.  What waits for the release of a live account
    goes on waiting for it.
    """
    settings = reachable(ctx)
    wanted = complaint_number(number)
    with open_deps(settings) as deps:
        waiting = deps.store.held_of(wanted)
        if not waiting:
            words.out().print(f"Nothing of {wanted} waits for a person.", markup=False)
            return
        words.err().print(screens.waiting_table(waiting))
        if not yes and not typer.confirm("Let it go?", err=True):
            words.fail("everything stays as it was")
        sent = deps.store.pushes.let_go(wanted, deps.read_only())
        deps.nudge("push")
    pushes = words.count(sent, "push is", "pushes are")
    words.out().print(f"{pushes} due.", markup=False)


def attach(app: typer.Typer) -> None:
    """Hang these commands on the command line."""
    app.add_typer(group, name="accounts", rich_help_panel="Work")
    app.command("release", rich_help_panel="Work")(release_case)
