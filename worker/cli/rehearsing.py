"""`redress rehearse` and `redress adopt`: what other rules would change, and having them."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from worker.cli import when, words
from worker.cli.reach import business_now, open_deps, os_user, reachable
from worker.cli.rebuilding import progress
from worker.cli.screens import table, visible

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from complaints.flow import Deps
    from complaints.rehearsing import Asked, Rehearsal
    from complaints.rules import ShopRules
    from complaints.vocabulary import AccountName, PushKind, ShopName
    from worker.settings import Settings

LOOK, WORK = "Look", "Work"

SHOWN = 30
"""How many lines of each kind are listed."""
_LABELS = {"due_at": "due", "joined": "one with"}


def rehearse(
    ctx: typer.Context,
    rules: Annotated[
        Path | None,
        typer.Option(
            "--rules",
            metavar="FILE",
            help="A file with [shops.NAME] tables that say what would be another."
            " Without it: the settings as they are now.",
            show_default=False,
        ),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(
            metavar="TIME",
            help="Tell of complaints that were heard of at that time or later.",
            show_default="all",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The same for machines.")] = False,
) -> None:
    """Tell what other rules would change: statuses, due dates, conflicts, pushes, e-mails.

    Everything that was ever observed is folded again under them, apart from the store: nothing
    is written and nobody is called. What was sent already stays sent.
    """
    settings = reachable(ctx)
    drafts = _drafts(settings, rules)
    with open_deps(settings) as deps:
        moment = None if since is None else when.since(settings, since, business_now(settings))
        found = _rehearsed(settings, deps, drafts, moment)
    if as_json:
        told = {**found.model_dump(mode="json"), "mails": found.mails}
        typer.echo(json.dumps(told, indent=2, ensure_ascii=False))
    else:
        _tell(found)


def adopt(
    ctx: typer.Context,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Don't ask.")] = False,
) -> None:
    """Put the rules of the settings in force, for all complaints; tells first what comes of it.

    Until then workers go on by the rules that were adopted last, whatever the settings say.
    """
    from complaints import renewing

    settings = reachable(ctx)
    with open_deps(settings) as deps:
        fresh = pending(deps.shops, deps.in_force())
        if not fresh:
            words.out().print("The settings' rules are in force already.")
            return
        for name, keys in fresh.items():
            words.err().print(f"{name}: {', '.join(keys)} would be another", markup=False)
        _tell(_rehearsed(settings, deps, {name: deps.shops[name] for name in fresh}, None))
        if not yes and not typer.confirm("Put these rules in force?", err=True):
            words.fail("everything stays as it was")
        adopted = renewing.adopt(deps, os_user(), fresh)
        renewing.renew(deps)
    words.out().print(f"In force at {', '.join(adopted) or 'no shop: somebody was faster'}.")


def pending(
    own: Mapping[ShopName, ShopRules], in_force: Mapping[ShopName, ShopRules]
) -> dict[ShopName, list[str]]:
    """What the settings say otherwise than what is in force: names of rules, shop by shop."""
    return {
        name: [
            key
            for key in type(rules).model_fields
            if key != "version" and getattr(rules, key) != getattr(in_force[name], key)
        ]
        for name, rules in own.items()
        if not rules.same_as(in_force[name])
    }


def _drafts(settings: Settings, file: Path | None) -> dict[ShopName, ShopRules]:
    from worker.drafts import drafted
    from worker.wiring import shop_rules

    shops = settings.shops if file is None else drafted(settings, file)
    return {name: shop_rules(name, shop) for name, shop in shops.items()}


def _rehearsed(
    settings: Settings,
    deps: Deps,
    drafts: Mapping[ShopName, ShopRules],
    since: datetime | None,
) -> Rehearsal:
    from complaints import rehearsing

    with progress() as on_progress:
        return rehearsing.rehearse(deps, drafts, since, _mails(settings), on_progress)


def _mails(settings: Settings) -> dict[AccountName, frozenset[PushKind]]:
    from providers.registry import PROVIDERS

    return {name: PROVIDERS[one.provider].mails for name, one in settings.accounts.items()}


def _tell(found: Rehearsal) -> None:
    out = words.out()
    if found.empty:
        out.print("Nothing would change.")
    if found.changed:
        out.print(Text("complaints that would be others", "bold"))
        lines = table("complaint", "what", "now", "then")
        for one in found.changed[:SHOWN]:
            lines.add_row(
                one.number, _LABELS.get(one.field, one.field), visible(one.now), visible(one.then)
            )
        out.print(lines)
        _more(len(found.changed))
    for what, numbers in (
        ("would have passed their due date", found.breached),
        ("would have been in time", found.in_time),
        ("conflicts", found.opened),
        ("no conflicts any more", found.closed),
    ):
        if numbers:
            out.print(f"{what}: {', '.join(numbers[:SHOWN])}", markup=False)
            _more(len(numbers))
    for title, pushes in (
        ("pushes that would be asked for", found.asked),
        ("pushes that would not be asked for any more", found.given_up),
    ):
        _tell_pushes(title, pushes)
    if found.mails:
        mails = words.count(found.mails, "push", "pushes")
        out.print(f"{mails} may make a provider write to the customer.")
    observations = words.count(found.observations, "observation")
    out.print(f"{observations} folded again into {words.count(found.complaints, 'complaint')}.")


def _tell_pushes(title: str, pushes: tuple[Asked, ...]) -> None:
    if not pushes:
        return
    out = words.out()
    out.print(Text(title, "bold"))
    sums = Counter((push.account, push.kind) for push in pushes)
    for (account, kind), n in sorted(sums.items()):
        out.print(f"{n} {kind} at {account}", markup=False)
    lines = table("complaint", "account", "push", "about", "state")
    for push in pushes[:SHOWN]:
        lines.add_row(push.number, push.account, push.kind, visible(push.target), push.state)
    out.print(lines)
    _more(len(pushes))


def _more(number: int) -> None:
    if number > SHOWN:
        words.out().print(f"... and {number - SHOWN} more")


def attach(app: typer.Typer) -> None:
    """Hang these commands on the command line."""
    app.command(rich_help_panel=LOOK)(rehearse)
    app.command(rich_help_panel=WORK)(adopt)
