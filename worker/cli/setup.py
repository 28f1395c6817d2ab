"""Commands that prepare: init, check, migrate."""

from __future__ import annotations

import os
from importlib.resources import files
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from worker.cli import words
from worker.cli.reach import open_store, reachable, read_settings


def init(
    ctx: typer.Context,
    force: Annotated[
        bool, typer.Option("--force", help="Write over a file that is there already.")
    ] = False,
) -> None:
    """Write a redress.toml that runs against the sandbox, every key explained."""
    from worker.settings import DEFAULT_FILE

    file = Path(ctx.obj or DEFAULT_FILE)
    starter = files("worker").joinpath("starter.toml").read_text(encoding="utf-8")
    # It will hold secrets one day: nobody else may read it, from the first byte on.
    flags = os.O_WRONLY | os.O_CREAT | (os.O_TRUNC if force else os.O_EXCL)
    try:
        with os.fdopen(os.open(file, flags, 0o600), "w", encoding="utf-8") as stream:
            stream.write(starter)
    except FileExistsError:
        words.fail(f"{file} is there already", "give --force to write over it")
    except OSError as error:
        words.fail(
            f"{file} can't be written ({error.strerror})", "name another place with --config"
        )
    out = words.out()
    out.print(f"Wrote {file}.", markup=False)
    out.print("Next: [bold]redress up --world[/] starts everything here, against the sandbox.")


def check(ctx: typer.Context) -> None:
    """Read the settings, tell every fault, start nothing."""
    settings = read_settings(ctx)
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("account", "provider", "shop", "environment"):
        table.add_column(title, overflow="fold")
    for account in settings.accounts.values():
        style = "" if account.sandbox else "yellow"
        table.add_row(
            account.name, account.provider, account.shop, account.environment, style=style
        )
    out = words.out()
    if settings.accounts:
        out.print(table)
    out.print()
    shops = words.count(len(settings.shops), "shop")
    accounts = words.count(len(settings.accounts), "account")
    out.print(f"{settings.file.name} is good: {shops}, {accounts}.", markup=False)
    if settings.in_the_clear:
        out.print(
            f"In the clear: {', '.join(settings.in_the_clear)}.  Give each as KEY_file or by its"
            " variable of the environment.",
            style="yellow",
            markup=False,
        )
    if settings.database_url is None:
        out.print("No database_url: `redress up` starts PostgreSQL by itself.", markup=False)


def migrate(ctx: typer.Context) -> None:
    """Bring the database to the schema of this version.  Safe to repeat."""
    with open_store(reachable(ctx), migrated=False) as store:
        store.migrate()
    words.out().print("The database is up to date.")


def attach(app: typer.Typer) -> None:
    """Hang these commands on the command line."""
    app.command(rich_help_panel="Set up")(init)
    app.command(rich_help_panel="Set up")(check)
    app.command(rich_help_panel="Set up")(migrate)
