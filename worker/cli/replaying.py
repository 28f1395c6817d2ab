"""`redress replay`: decide observations once more after a fix."""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from worker.cli import when, words
from worker.cli.radius import PlanId, Radius, Yes, agree, radius
from worker.cli.reach import account_of, business_now, open_deps, os_user, reachable
from worker.cli.screens import table

if TYPE_CHECKING:
    from complaints.flow import Deps
    from complaints.replaying import Choice, Plan, Replayed, Selection
    from worker.settings import Settings

PANEL = "Work"
SHOWN = 20
"""How many of those that are skipped are listed."""
_PATIENCE_SECONDS = 60.0


def replay(
    ctx: typer.Context,
    observations: Annotated[
        list[int] | None,
        typer.Argument(help="Their sequences.", metavar="[OBSERVATION...]", show_default=False),
    ] = None,
    quarantined: Annotated[
        bool, typer.Option("--quarantined", help="All that were set aside.")
    ] = False,
    account: Annotated[
        str | None, typer.Option(help="Of this account only.", show_default=False)
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(
            metavar="TIME",
            help='Received since: "2026-03-02 08:00" by the shop\'s clock, or ISO with a zone.',
            show_default=False,
        ),
    ] = None,
    yes: Yes = False,
    plan_id: PlanId = None,
) -> None:
    """Decide observations once more, after an adapter or a table of words was mended.

    Shows first what would come of it, and asks.  What each of them told is taken back and told
    anew in its old place, by today's reading.  Acts of people that were refused since come along.
    """
    from complaints import replaying
    from complaints.store.casework import StoreBusy

    settings = reachable(ctx)
    selection = _selection(settings, observations or [], quarantined, account, since)
    with open_deps(settings) as deps:
        choice = replaying.choose(deps, selection)
        if not choice.seqs:
            _tell_skipped(choice)
            words.out().print("Nothing is chosen: there is nothing to replay.")
            return
        try:
            plan = replaying.plan(deps, choice)
        except StoreBusy:
            words.fail("the cases are busy: nothing was changed", "try again in a moment")
        _tell(plan)
        if not plan.choice.seqs:
            words.fail("none of them can be decided: nothing was changed")
        agree(_radius(plan), settings, "Replay them?", yes=yes, plan=plan_id)
        done = replaying.replay(deps, plan.choice, selection, os_user())
        found = _decided(deps, done)
    told = ", ".join(f"{n} {verdict}" for verdict, n in sorted(found.items()))
    words.out().print(f"Replayed {words.count(len(done.seqs), 'observation')}: {told}.")
    if found.get("pending"):
        words.out().print("What is pending is decided as soon as a worker runs.")


def _selection(
    settings: Settings,
    observations: list[int],
    quarantined: bool,
    account: str | None,
    since: str | None,
) -> Selection:
    from complaints.replaying import Selection

    if observations and (quarantined or account or since):
        words.fail("name observations, or say which are meant, not both", code=words.MISUSED)
    if not (observations or quarantined or (account and since)):
        words.fail(
            "nothing is chosen",
            "name observations, or --quarantined, or --account A --since TIME",
            words.MISUSED,
        )
    named = account_of(settings, account) if account else None
    return Selection(
        tuple(observations),
        quarantined,
        named.name if named else None,
        None
        if since is None
        else when.since(settings, since, business_now(settings), named.shop if named else None),
    )


def _radius(plan: Plan) -> Radius:
    """Pushes and calls that would follow."""
    pushes = plan.effects.pushes
    return radius(
        f"replay {plan.choice.seqs}",
        ((push.account, push.kind, push.state) for push in pushes for _ in range(push.number)),
        plan.calls,
    )


def _tell(plan: Plan) -> None:
    err = words.err()
    choice, effects = plan.choice, plan.effects
    n = words.count(len(choice.seqs), "observation")
    err.print(Text(f"{n} would be decided once more:", "bold"))
    chosen = Counter((one.account, one.verdict) for one in choice.chosen)
    lines = table("account", "they were", "number")
    for (account, verdict), number in sorted(chosen.items()):
        lines.add_row(account, verdict, str(number))
    if choice.along:
        lines.add_row("operator", "refused acts that come along", str(len(choice.along)))
    err.print(lines)
    _tell_skipped(choice)
    then = ", ".join(f"{number} {verdict}" for verdict, number in effects.verdicts.items())
    err.print(f"They would be: {then or 'undecided'}.")
    opened = words.count(effects.opened, "complaint")
    changed = words.count(effects.changed, "complaint")
    err.print(f"{opened} opened; {changed} with another status or outcome.")
    if effects.given_up:
        pushes = words.count(effects.given_up, "push", "pushes")
        err.print(f"{pushes} that wait now would not be made any more.")


def _tell_skipped(choice: Choice) -> None:
    err = words.err()
    for seq, why in choice.skipped[:SHOWN]:
        err.print(f"observation {seq} is skipped: {why}", markup=False)
    more = len(choice.skipped) - SHOWN
    if more > 0:
        err.print(f"... and {more} more are skipped")


def _decided(deps: Deps, done: Replayed) -> dict[str, int]:
    """Work along until all is decided, or others hold what must come first."""
    from complaints import flow, replaying

    until = time.monotonic() + _PATIENCE_SECONDS
    while True:
        worked = flow.reconcile(deps)
        left = replaying.verdicts(deps, [*done.seqs, *done.acts]).get("pending")
        if not left or time.monotonic() > until:
            return replaying.verdicts(deps, done.seqs)
        if not worked:
            time.sleep(0.2)


def attach(app: typer.Typer) -> None:
    """Hang this command on the command line."""
    app.command(rich_help_panel=PANEL)(replay)
