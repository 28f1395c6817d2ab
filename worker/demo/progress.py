"""How a demo shows that it goes on: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

OnDay = Callable[[int, int, date], None]

_LINES = 10


@contextmanager
def show_days(console: Console) -> Iterator[OnDay]:
    """Yield what to call after each day: days done, all days, and the day itself."""
    if not console.is_terminal:
        yield lambda done, total, day: _line(console, done, total, day)
        return
    columns = (
        TextColumn("[bold]{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("starting", total=None)

        def advance(done: int, total: int, day: date) -> None:
            progress.update(task, completed=done, total=total, description=day.isoformat())

        yield advance


def _line(console: Console, done: int, total: int, day: date) -> None:
    step = max(1, total // _LINES)
    if done % step == 0 or done == total:
        console.print(f"{day.isoformat()}: day {done} of {total}", markup=False)


def error_console() -> Console:
    """Where progress and refusals go: standard output carries the result alone."""
    return Console(file=sys.stderr, highlight=False, soft_wrap=True)
