"""`redress drift`: do the accounts still say what the store holds?"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from worker.cli import words
from worker.cli.radius import PlanId, Yes, agree, radius
from worker.cli.reach import account_of, open_deps, reachable
from worker.cli.rebuilding import progress
from worker.cli.screens import table, visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from complaints.auditing import Finding, Report
    from complaints.flow import Deps
    from worker.settings import Settings

PANEL = "Look"

SHOWN = 50
"""How many of those that differ are listed."""

_PATIENCE = 120.0


def drift(
    ctx: typer.Context,
    sample: Annotated[
        int, typer.Option("--sample", "-n", min=1, help="So many records of each account.")
    ] = 20,
    every: Annotated[
        bool, typer.Option("--all", help="All records; waits for the request budgets.")
    ] = False,
    account: Annotated[
        str | None,
        typer.Option("--account", "-a", help="Of this account alone.", show_default="all"),
    ] = None,
    repair: Annotated[
        bool, typer.Option("--repair", help="Then have read again what that puts right.")
    ] = False,
    yes: Yes = False,
    plan_id: PlanId = None,
    as_json: Annotated[bool, typer.Option("--json", help="The same for machines.")] = False,
) -> None:
    """Read records afresh and compare: missed changes, lost pushes, manual edits, gone records.

    Those that were never compared, or longest ago, come first. Nothing that is read here
    becomes an observation. --repair has what differs read by the ordinary path: it is decided
    and, where need be, pushed there. Exit code 0: nothing differs; 1: something does.
    """
    from complaints import auditing

    settings = reachable(ctx)
    with open_deps(settings) as deps:
        names = [account_of(settings, account).name] if account else list(deps.accounts)
        with progress("comparing") as on_progress:
            found = auditing.audit(deps, names, None if every else sample, _PATIENCE, on_progress)
        if as_json:
            typer.echo(json.dumps([_json(one) for one in found], indent=2, ensure_ascii=False))
        else:
            tell(found)
        if repair:
            _repair(settings, deps, found, yes=yes, plan_id=plan_id)
    if any(report.drifted for report in found):
        raise typer.Exit(words.FAILED)


def _repair(
    settings: Settings, deps: Deps, found: Sequence[Report], *, yes: bool, plan_id: str | None
) -> None:
    from complaints import auditing

    err = words.err()
    plan = {one.account: len(one.repairable) for one in found if one.repairable}
    if not plan:
        err.print("Nothing of it is put right by reading.")
        return
    for name, n in plan.items():
        err.print(f"{words.count(n, 'record')} of {name} would be read again", markup=False)
    err.print("What they say is then decided, and may be pushed: that can't be known before.")
    ids = sorted(one.id for report in found for one in report.repairable)
    calls = {name: n * deps.cost(name) for name, n in plan.items()}
    agree(radius(f"repair {ids}", (), calls), settings, "Read them?", yes=yes, plan=plan_id)
    n = auditing.repair(deps, found)
    words.out().print(f"{words.count(n, 'record')} will be read as soon as a worker runs.")


def tell(found: Sequence[Report]) -> None:
    """Sums, what differs, what can be done, and what was left out."""
    from complaints.drift import CURES, Drift

    out = words.out()
    if not any(report.findings or report.left for report in found):
        out.print("There is nothing to compare.")
        return
    made = table("account", "compared", *(kind for kind in Drift if _met(found, kind)))
    for report in found:
        sums = [str(report.sums.get(kind, 0)) for kind in Drift if _met(found, kind)]
        style = "red" if report.drifted else ""
        made.add_row(report.account, str(len(report.findings)), *sums, style=style)
    out.print(made)
    _list([one for report in found for one in report.drifted])
    for kind, cure in CURES.items():
        if _met(found, kind):
            out.print(f"{kind}: {cure}", markup=False)
    for report in found:
        if report.vanished:
            text = f"{report.account}: so much isn't shown that none of it is believed to be gone"
            out.print(Text(text, "red"))
        if report.left:
            out.print(f"{report.account}: {report.left} left: {report.why_left}", markup=False)
    rate = _rate(found)
    if rate is not None:
        out.print(f"drift rate: {rate:.1%}")


def _list(differing: Sequence[Finding]) -> None:
    if not differing:
        return
    out = words.out()
    out.print()
    lines = table("complaint", "account", "id there", "what", "here", "there")
    for one in differing[:SHOWN]:
        lines.add_row(
            one.number or "-",
            one.account,
            visible(one.external_id),
            _what(one),
            visible(one.here or "-"),
            visible(one.there or "-"),
        )
    out.print(lines)
    if len(differing) > SHOWN:
        out.print(f"... and {len(differing) - SHOWN} more")


def _what(one: Finding) -> str:
    return str(one.drift) if one.confirmed else f"{one.drift}, for the first time"


def _met(found: Sequence[Report], kind: object) -> bool:
    return any(one.drift == kind for report in found for one in report.findings)


def _rate(found: Sequence[Report]) -> float | None:
    compared = sum(len(report.findings) for report in found)
    return sum(len(report.drifted) for report in found) / compared if compared else None


def _json(report: Report) -> dict[str, Any]:
    return {
        "account": report.account,
        "compared": len(report.findings),
        "sums": {str(kind): n for kind, n in report.sums.items()},
        "drifted": [one.model_dump(mode="json", exclude={"id"}) for one in report.drifted],
        "left": report.left,
        "why_left": report.why_left,
        "vanished": report.vanished,
    }


def attach(app: typer.Typer) -> None:
    """Hang this command on the command line."""
    app.command(rich_help_panel=PANEL)(drift)
