"""`redress chaos`: plan, play under accidents, let it come to rest, check, tell."""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from typing import TYPE_CHECKING

from complaints.vocabulary import PushKind
from providers.sandbox.client import ControlRefused
from worker.chaos.accidents import RATE, Fault, Victim, accidents, changes_of
from worker.chaos.checks import check
from worker.chaos.desk import Desk
from worker.chaos.report import Kills, Report, Unknown, words
from worker.chaos.striker import Striker
from worker.chaos.wires import Wires
from worker.demo.audit import PLAN, STORE, WIRE, WORLD, audit_folder, json_lines
from worker.demo.evidence import read_wire
from worker.demo.generator import generate
from worker.demo.house import Terms, open_house
from worker.demo.planner import plan
from worker.demo.player import Played, Stage, Stalled, play, settle
from worker.demo.progress import error_console, show_days
from worker.demo.story import FAILS, HOLDS, keep_evidence
from worker.demo.trouble import CALM, Trouble
from worker.embedded import EmbeddedUnavailable, FolderInUse
from worker.supervisor import PartFailed

if TYPE_CHECKING:
    from collections.abc import Collection

    from rich.console import Console

    from worker.demo.world import Plan

LEASE_SECONDS = 3.0
_TOO_LONG = 1.5
"""So many leases long a paused process stands still."""
_PATIENCE_SECONDS = 90.0
_STALL_SECONDS = 120.0
_DAYS = 45
_FEWEST_COMPLAINTS = 60
_CHANGES_PER_COMPLAINT = 4
"""Fewer than there are, so that a world that is large enough is found by making it larger."""
NOTICES = "notices.jsonl"


def world_of(seed: int, changes: int) -> Plan:
    """The smallest of our worlds that makes at least so many changes."""
    complaints = max(_FEWEST_COMPLAINTS, changes // (_CHANGES_PER_COMPLAINT + 1))
    while True:
        story = plan(generate(seed, complaints, _DAYS), seed)
        short = changes - changes_of(story)
        if short <= 0:
            return story
        complaints += max(1, short // _CHANGES_PER_COMPLAINT)


def tell(
    *,
    seed: int,
    changes: int,
    kills: int,
    faults: Collection[Fault],
    as_json: bool,
    keep: Path | None,
) -> int:
    """Run, and say what came of it.  Returns the exit code: 0 only if nothing is wrong."""
    console = error_console()
    again = _command(seed, changes, kills, faults)
    with TemporaryDirectory(prefix="redress-chaos-") as folder:
        home = Path(folder)
        try:
            report = run_in(home, seed, changes, kills, faults, console)
        except (Stalled, ControlRefused, EmbeddedUnavailable, FolderInUse, PartFailed) as failure:
            console.print(f"redress: {failure}", markup=False, style="red")
            console.print(f"Run it again:  {again}", markup=False)
            return FAILS
        finally:
            if keep is not None:
                keep_evidence(home, keep)
    if as_json:
        sys.stdout.write(json.dumps(report.told(), ensure_ascii=False, indent=2) + "\n")
    else:
        sys.stdout.write("".join(f"{line}\n" for line in words(report)))
    if report.holds:
        return HOLDS
    console.print(f"Run it again:  {again} --keep DIR", markup=False)
    return FAILS


def run_in(
    home: Path,
    seed: int,
    changes: int,
    kills: int,
    faults: Collection[Fault],
    console: Console,
) -> Report:
    """Run in `home`, where the evidence stays.

    Raises Stalled, ControlRefused, EmbeddedUnavailable, FolderInUse and PartFailed.
    """
    begun = monotonic()
    story = world_of(seed, changes)
    (home / PLAN).write_text(story.model_dump_json(), encoding="utf-8")
    with Wires() as wires:
        terms = Terms(
            durable=True,
            lease_seconds=LEASE_SECONDS,
            trouble=Trouble(RATE, seed) if Fault.PROVIDER in faults else CALM,
            detour=wires.port,
            patience_seconds=_PATIENCE_SECONDS,
        )
        with open_house(story, home, lambda _line: None, terms) as house:
            planned = accidents(seed, changes_of(story), kills, faults)
            striker = Striker(house, home, wires, planned, LEASE_SECONDS * _TOO_LONG)
            desk = Desk(house.office, house.control.sandbox)
            with show_days(console) as on_day:
                stage = Stage(
                    control=house.control,
                    redress=house.office,
                    tell_time=house.office.tell_time,
                    stall_seconds=_STALL_SECONDS,
                    on_change=striker.changed,
                    at_rest=desk.work,
                    on_day=on_day,
                )
                striker.begin()
                try:
                    played = play(story, stage)
                    striker.finish()
                    # The last of it may have happened when all was at rest already.
                    settle(stage, house.office.now())
                finally:
                    striker.give_up()
            house.control.sandbox.clear_faults()
            house.leave_evidence(home)
    return _judge(home, seed, striker, desk, played, monotonic() - begun)


def _judge(
    home: Path, seed: int, striker: Striker, desk: Desk, played: Played, seconds: float
) -> Report:
    world = json.loads((home / WORLD).read_text(encoding="utf-8"))
    notices = json_lines(home / NOTICES) if (home / NOTICES).exists() else ()
    audited = audit_folder(home)
    cut = sum(line.kind == PushKind.CREATE for line in read_wire(json_lines(home / WIRE)))
    struck = striker.struck
    return Report(
        seed=seed,
        changes=striker.changes,
        kills=Kills(
            done=sum(n for what, n in struck.items() if isinstance(what, Victim)),
            of={str(what): n for what, n in sorted(Counter(struck).items())},
            missed=tuple(striker.missed),
        ),
        faults=check(world, json_lines(home / STORE), notices),
        unknown=Unknown(
            arrived=desk.arrived, sent_again=desk.sent_again, creates=desk.creates, cut=cut
        ),
        audit=audited,
        unplayed=tuple(str(act) for act in played.unplayed),
        seconds=round(seconds, 1),
    )


def _command(seed: int, changes: int, kills: int, faults: Collection[Fault]) -> str:
    said = " ".join(f"--faults {fault}" for fault in sorted(faults)) or "--faults none"
    return f"redress chaos --seed {seed} --changes {changes} --kills {kills} {said}"
