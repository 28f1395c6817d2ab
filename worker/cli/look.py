"""Commands that show: status, show."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Annotated

import typer
from rich.text import Text

from worker.cli import screens, words
from worker.cli.reach import business_now, no_such_complaint, open_store, reachable, zone_of

PANEL = "Look"


def status(
    ctx: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="The same for machines.")] = False,
) -> None:
    """One screen: accounts, complaints, pushes, schedule, workers, and what people must do."""
    from complaints.reviewing import NEWEST, reviews
    from worker.cli.abilities import slowed
    from worker.cli.rehearsing import pending
    from worker.wiring import opened_accounts, paces, profiles, shop_rules

    settings = reachable(ctx)
    with open_store(settings) as store, opened_accounts(settings) as providers:
        now = business_now(settings)
        overview, manual = store.overview(now), store.manual_actions()
        reads = paces(settings, store, providers)
        frozen = store.freezes.standing(now)
        rates = store.audits.rates(now - timedelta(days=1))
        adopted = {name: one.rules for name, one in store.rulesets.newest().items()}
        own = {name: shop_rules(name, shop) for name, shop in settings.shops.items()}
        alike = len(reviews(store, own | adopted, profiles(settings, providers), NEWEST))
    waiting = pending(own, own | adopted)
    if as_json:
        found = screens.overview_json(settings.accounts, overview, manual, now)
        found["rules_not_in_force"] = waiting
        found["reviews"] = alike
        found["holds"] = len(frozen)
        found["drift"] = [{**rate._asdict(), "last_at": rate.last_at.isoformat()} for rate in rates]
        typer.echo(json.dumps(found, indent=2, ensure_ascii=False))
        return
    out = words.out()
    out.print(screens.accounts_table(settings.accounts, overview, now))
    out.print()
    out.print(screens.facts_table(overview))
    for warning in slowed(reads):
        out.print(warning)
    for rate in rates:
        if rate.drifted:
            drifted = f"{rate.drifted} of {rate.checked} records drifted in a day"
            out.print(Text(f"{rate.account}: {drifted}: see `redress drift`", "yellow"))
    if frozen:
        still = words.count(len(frozen), "hold stands still", "holds stand still")
        out.print(Text(f"{still}: see `redress hold`", "yellow"))
    if alike:
        out.print(Text(f"{words.count(alike, 'pair')} may be one: see `redress review`", "yellow"))
    for name, keys in waiting.items():
        text = f"{name}: {', '.join(keys)} of the settings not in force: see `redress rehearse`"
        out.print(Text(text, "yellow"))
    if manual:
        out.print()
        out.print(Text("to be done by hand, the oldest first", "bold"))
        out.print(screens.manual_table(manual, now))


def show(
    ctx: typer.Context,
    number: Annotated[str, typer.Argument(help="The complaint's number.", metavar="NUMBER")],
    as_json: Annotated[bool, typer.Option("--json", help="The same for machines.")] = False,
) -> None:
    """One complaint: what it is, what each account holds of it, all that happened.

    Times are those of the shop.
    """
    from complaints.vocabulary import ComplaintNumber

    settings = reachable(ctx)
    wanted = ComplaintNumber(number.strip().removeprefix("#"))
    with open_store(settings) as store:
        case = store.case(wanted)
        now = business_now(settings)
    if case is None:
        no_such_complaint(wanted)
    if as_json:
        typer.echo(json.dumps(screens.case_json(case), indent=2, ensure_ascii=False))
        return
    zone = zone_of(settings, case.shop)
    out = words.out()
    out.print(screens.case_head(case, now, zone))
    for title, table in (
        ("accounts", screens.mirrors_table(case, zone)),
        ("timeline", screens.timeline_table(case, zone)),
    ):
        out.print()
        out.print(Text(title, "bold"))
        out.print(table)


def attach(app: typer.Typer) -> None:
    """Hang these commands on the command line."""
    app.command(rich_help_panel=PANEL)(status)
    app.command(rich_help_panel=PANEL)(show)
