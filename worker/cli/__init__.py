"""The ``redress`` command."""

from __future__ import annotations

import os
import sys
import traceback
from pathlib import Path
from typing import Annotated

import typer

from worker.cli import (
    accounts,
    blind,
    bring,
    clock,
    drift,
    due,
    errands,
    files,
    handwork,
    ledger,
    look,
    matching,
    notices,
    oddities,
    parked,
    rebuilding,
    rehearsing,
    replaying,
    reports,
    review,
    setup,
    why,
    words,
)
from worker.cli import run as running
from worker.faults import SettingsFault

app = typer.Typer(
    name="redress",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 done, 1 it could not be done, 2 wrong usage or wrong settings.",
)


@app.callback()
def _redress(
    ctx: typer.Context,
    config: Annotated[
        Path | None,
        typer.Option(
            "--config",
            "-c",
            envvar="REDRESS_CONFIG",
            help="The settings file; redress.toml of this folder when not given.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Keep customer complaints and order disputes in agreement across all systems."""
    ctx.obj = config


for part in (
    running,
    look,
    why,
    ledger,
    blind,
    oddities,
    drift,
    due,
    clock,
    reports,
    notices,
    rebuilding,
    rehearsing,
    bring,
    files,
    matching,
    review,
    handwork,
    parked,
    replaying,
    errands,
    accounts,
    setup,
):
    part.attach(app)


def main() -> None:
    """Run the command line; never shows a traceback unless REDRESS_DEBUG is set."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run one command line and return its exit code."""
    try:
        app(arguments, prog_name="redress")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else words.DONE
    except SettingsFault as fault:
        words.show_faults(fault)
        return words.MISUSED
    except KeyboardInterrupt:
        words.err().print("redress: stopped")
        return words.FAILED
    except Exception as error:  # noqa: BLE001 - the last word to a person
        return _unexpected(error)
    return words.DONE


def _unexpected(error: Exception) -> int:
    if os.environ.get("REDRESS_DEBUG"):
        traceback.print_exc()
    first = (str(error).strip().splitlines() or [""])[0]
    console = words.err()
    console.print(f"redress: {type(error).__name__}: {first}", style="red", markup=False)
    console.print("  set REDRESS_DEBUG=1 to see where it happened", markup=False)
    return words.FAILED


if __name__ == "__main__":
    main()
