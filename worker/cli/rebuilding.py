"""`redress rebuild --check`: whether the store is what comes of all that was observed."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from worker.cli import words
from worker.cli.reach import open_deps, reachable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from complaints.rebuilding import Rebuilt

PANEL = "Look"

SHOWN = 50
"""How many differences are listed."""


def rebuild(
    ctx: typer.Context,
    check: Annotated[
        bool, typer.Option("--check", help="Fold all observations again and compare.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The same for machines.")] = False,
) -> None:
    """Fold all observations again, apart from the store, and tell what differs.

    It is done in a schema of its own that is dropped in the end; nothing of the store changes,
    and work goes on meanwhile.  Exit code 0: no difference; 1: there are some.
    """
    from complaints import rebuilding

    if not check:
        words.fail(
            "only `redress rebuild --check` exists",
            "the store is never replaced: what differs is a fault to be found, not to be covered",
            words.MISUSED,
        )
    settings = reachable(ctx)
    with open_deps(settings) as deps, progress() as on_progress:
        found = rebuilding.check(deps, on_progress)
    if as_json:
        typer.echo(json.dumps(found.model_dump(mode="json"), indent=2, ensure_ascii=False))
    else:
        _tell(found)
    if found.differences:
        raise typer.Exit(words.FAILED)


def _tell(found: Rebuilt) -> None:
    out = words.out()
    for difference in found.differences[:SHOWN]:
        out.print(str(difference), markup=False)
    more = len(found.differences) - SHOWN
    if more > 0:
        out.print(f"... and {more} more")
    out.print(summary(found), markup=False)


def summary(found: Rebuilt) -> str:
    """What it came to, in one line."""
    differences = words.count(len(found.differences), "difference")
    return (
        f"{words.count(found.observations, 'observation')} folded again into"
        f" {words.count(found.complaints, 'complaint')}:"
        f" {differences if found.differences else 'no differences'}"
    )


@contextmanager
def progress(what: str = "folding again") -> Iterator[Callable[[int, int], None]]:
    """Show on a terminal how far it has come."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    console = words.err()
    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn())
    shown = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
    with shown:
        task = shown.add_task("", total=None)

        def on_progress(n: int, total: int) -> None:
            shown.update(task, completed=n, total=total)

        yield on_progress


def attach(app: typer.Typer) -> None:
    """Hang this command on the command line."""
    app.command(rich_help_panel=PANEL)(rebuild)
