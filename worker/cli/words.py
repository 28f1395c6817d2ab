"""How commands speak: results on standard output, everything else on standard error."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, NoReturn

import typer
from rich.console import Console
from rich.markup import escape
from rich.text import Text

from worker.faults import SettingsFault

if TYPE_CHECKING:
    from worker.faults import Fault

DONE, FAILED, MISUSED = 0, 1, 2


def out() -> Console:
    """Where results go.  Made anew, so that it follows today's standard output and width."""
    return Console(file=sys.stdout, highlight=False, soft_wrap=False)


def err() -> Console:
    """Where progress, questions and refusals go."""
    return Console(file=sys.stderr, highlight=False, soft_wrap=True)


def fail(what: str, cure: str = "", code: int = FAILED) -> NoReturn:
    """End the command with one sentence and its cure."""
    console = err()
    console.print(f"[red]redress:[/] {escape(what)}")
    if cure:
        console.print(f"  {escape(cure)}")
    raise typer.Exit(code)


def count(number: int, noun: str, several: str = "") -> str:
    """A number with its noun, as "1 shop" or "2 shops"."""
    return f"{number} {noun if number == 1 else several or noun + 's'}"


def show_faults(fault: SettingsFault) -> None:
    """Every fault of the settings on a line that editors can jump to, its cure below."""
    console = err()
    for one in fault.faults:
        console.print(_line(one))
        console.print(Text(f"  {one.cure}"))
    faults = count(len(fault.faults), "fault")
    console.print(Text(f"redress: {faults} in the settings; nothing was started", "red"))


def _line(fault: Fault) -> Text:
    line = Text(fault.where(), "bold")
    line.append("  ", "default")
    if fault.key:
        line.append(fault.key, "cyan")
        line.append(" ")
    line.append(fault.what)
    return line
