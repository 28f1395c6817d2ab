"""`redress up --world`: the demo's world, slowly, in a stack that stays up to be looked at."""

from __future__ import annotations

import shutil
import signal
import time
from typing import TYPE_CHECKING

from worker.demo.generator import generate
from worker.demo.house import Terms, open_house
from worker.demo.planner import plan
from worker.demo.player import Stage, play
from worker.processes import FolderLock
from worker.supervisor import write_line

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path
    from types import FrameType

DAYS_PER_SECOND = 0.2
SEED = 1
_STALL_SECONDS = 300.0


class _Asked(Exception):
    """Somebody asked us to end."""


def run(home: Path) -> None:
    """Run the world in `home` until Ctrl-C or SIGTERM.  What was there is begun anew.

    Raises EmbeddedUnavailable, FolderInUse and PartFailed.
    """
    home = home.absolute()
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = FolderLock(home / "world.lock")
    try:
        _clear(home)
        _run(home)
    finally:
        lock.release()


def _clear(home: Path) -> None:
    for kept in ("servers", "log", "notices.jsonl"):
        target = home / kept
        if target.is_dir():
            shutil.rmtree(target)
        else:
            target.unlink(missing_ok=True)


def _run(home: Path) -> None:
    former = {number: signal.signal(number, _ask) for number in (signal.SIGINT, signal.SIGTERM)}
    story = plan(generate(SEED), SEED)
    try:
        with open_house(story, home, write_line, Terms(durable=True)) as house:
            write_line(f"Look at it:  redress --config {home / 'redress.toml'} status")
            write_line(
                f"The world plays {len(story.days)} days, one in {1 / DAYS_PER_SECOND:g} s."
                "  Ctrl-C ends everything."
            )
            play(
                story,
                Stage(
                    control=house.control,
                    redress=house.office,
                    tell_time=house.office.tell_time,
                    stall_seconds=_STALL_SECONDS,
                    days_per_second=DAYS_PER_SECOND,
                    on_day=_tell_day,
                ),
            )
            write_line("The story is over; everything stays up.")
            while True:
                time.sleep(3600)
    except _Asked:
        write_line("Ended.")
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)


def _tell_day(done: int, of: int, day: date) -> None:
    write_line(f"day {done:>3} of {of}: {day}")


def _ask(_number: int, _frame: FrameType | None) -> None:
    # Only once: what runs while everything ends must not be interrupted again.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    raise _Asked
