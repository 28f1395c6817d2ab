"""`redress demo`: make a world, open a house, play, audit, tell.

Redress learns of the world only through its adapters and imports; the world is played through
the sandbox's control API.  In the end everybody's final state is compared.
"""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic

from rich.console import Console

from providers.sandbox.client import ControlRefused
from worker.demo.audit import PLAN, REBUILD, STORE, WIRE, WORLD, audit_folder
from worker.demo.generator import generate
from worker.demo.house import Terms, open_house
from worker.demo.loader import BadInput, load
from worker.demo.planner import plan
from worker.demo.player import Played, Stage, Stalled, play
from worker.demo.progress import error_console, show_days
from worker.demo.report import AuditReport, words
from worker.demo.trouble import CALM, Trouble
from worker.demo.world import Plan, Rows
from worker.embedded import EmbeddedUnavailable, FolderInUse
from worker.supervisor import PartFailed

HOLDS, FAILS, MISUSED = 0, 1, 2
"""Exit codes: the audit holds; it doesn't, or the play broke off; the input can't be used."""

_STALL_SECONDS = 60.0
_UNPLAYED_SHOWN = 10


def tell(
    *,
    source: Path | None,
    seed: int,
    speed: float | None,
    as_json: bool,
    keep: Path | None,
    faults: float,
) -> int:
    """See `worker.demo.run`."""
    console = error_console()
    try:
        rows = _rows(source, seed)
    except BadInput as bad:
        for fault in bad.faults:
            console.print(str(fault), markup=False)
        console.print(f"redress: {len(bad.faults)} faults in the input; nothing was played")
        return MISUSED
    begun = monotonic()
    with TemporaryDirectory(prefix="redress-demo-") as home:
        try:
            report, played = play_in(
                Path(home), plan(rows, seed), speed, console, Trouble(faults, seed)
            )
        except (Stalled, ControlRefused, EmbeddedUnavailable, FolderInUse, PartFailed) as failure:
            console.print(f"redress: {failure}", markup=False, style="red")
            return FAILS
        finally:
            if keep is not None:
                keep_evidence(Path(home), keep)
    _say(report, played, monotonic() - begun, as_json=as_json)
    return HOLDS if report.holds and not played.unexplained(report.unsure) else FAILS


def _rows(source: Path | None, seed: int) -> Rows:
    return generate(seed) if source is None else load(source)


def play_in(
    home: Path,
    story: Plan,
    speed: float | None,
    console: Console,
    trouble: Trouble = CALM,
) -> tuple[AuditReport, Played]:
    """Play a story in a house in `home` and audit it; the files of the audit stay there.

    Raises Stalled, ControlRefused, EmbeddedUnavailable, FolderInUse and PartFailed.
    """
    (home / PLAN).write_text(story.model_dump_json(), encoding="utf-8")
    with open_house(
        story, home, lambda line: console.print(line, markup=False), Terms(trouble=trouble)
    ) as house:
        with show_days(console) as on_day:
            stage = Stage(
                control=house.control,
                redress=house.office,
                tell_time=house.office.tell_time,
                stall_seconds=_STALL_SECONDS,
                days_per_second=speed,
                on_day=on_day,
            )
            played = play(story, stage)
        house.leave_evidence(home)
    return audit_folder(home), played


def keep_evidence(home: Path, keep: Path) -> None:
    """What a stranger needs to repeat the audit, and the logs."""
    # It holds what customers wrote.
    keep.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name in (PLAN, WORLD, WIRE, STORE, REBUILD):
        if (home / name).exists():
            shutil.copyfile(home / name, keep / name)
    if (home / "log").is_dir():
        shutil.copytree(home / "log", keep / "log", dirs_exist_ok=True)


def _say(report: AuditReport, played: Played, seconds: float, *, as_json: bool) -> None:
    unplayed = played.unexplained(report.unsure)
    if as_json:
        told = report.model_dump(mode="json")
        told |= {
            "unplayed": [str(act) for act in unplayed],
            "seconds": round(seconds, 1),
            "holds": report.holds and not unplayed,
        }
        sys.stdout.write(json.dumps(told, ensure_ascii=False, indent=2) + "\n")
        return
    lines = list(words(report))
    lines += [f"Nobody let a staff do this: {act}" for act in unplayed[:_UNPLAYED_SHOWN]]
    lines.append(f"{seconds:.0f} seconds.")
    sys.stdout.write("".join(f"{line}\n" for line in lines))
