"""`redress accounts`: who may be written to, and who is paused."""

from __future__ import annotations

import os
import pwd
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from worker.cli import screens, words
from worker.cli.reach import account_of, business_now, open_deps, open_store, reachable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from complaints.model import AccountName
    from complaints.store.screens import WaitingPush

group = typer.Typer(help="List accounts, release one for writing, resume a paused one.")

_SHOWN = 20
Name = Annotated[str, typer.Argument(help="The account's name in redress.toml.", metavar="ACCOUNT")]


@group.callback(invoke_without_command=True)
def accounts(ctx: typer.Context) -> None:
    """List accounts, release one for writing, resume a paused one."""
    if ctx.invoked_subcommand is None:
        list_accounts(ctx)


@group.command("list")
def list_accounts(ctx: typer.Context) -> None:
    """List all accounts with their provider, shop and state."""
    settings = reachable(ctx)
    with open_store(settings) as store:
        overview = store.overview()
    words.out().print(screens.who_table(settings.accounts, overview))


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
        by = _os_user()
        fresh = deps.store.accounts.release(account.name, by, business_now(settings))
        sent = deps.store.pushes.release(account.name)
        deps.nudge("push")
    out = words.out()
    out.print(f"{name} was released {'now by ' + by if fresh else 'before'}.", markup=False)
    due = f"{words.count(sent, 'held push', 'held pushes')} {'is' if sent == 1 else 'are'} due."
    out.print(due if sent else "Nothing was held.", markup=False)


def _os_user() -> str:
    """Who acts, by the process's own user: a variable such as LOGNAME could say anything."""
    try:
        name = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        name = f"uid {os.getuid()}"
    before = os.environ.get("SUDO_USER") if os.getuid() == 0 else None
    return f"{before} as {name}" if before else name


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


def attach(app: typer.Typer) -> None:
    """Hang these commands on the command line."""
    app.add_typer(group, name="accounts", rich_help_panel="Work")
