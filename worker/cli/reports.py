"""Reports: `redress handover` for a shift, `redress report` for weeks, `redress forecast`."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from worker.cli import words
from worker.cli.due import shop_named, span_of
from worker.cli.reach import business_now, open_store, reachable, rules_in_force
from worker.cli.report.render import Form
from worker.cli.screens import moment, table

if TYPE_CHECKING:
    from datetime import datetime

    from complaints.rules import ShopRules
    from complaints.store.forecasts import Coming
    from complaints.vocabulary import AccountName, ShopName
    from worker.cli.report.sheet import Sheet
    from worker.settings import Settings

PANEL = "Look"
SHOWN = 200

_FORM = typer.Option("--format", "-f", help="In what form: text, md, json or html.")
_INTO = typer.Option("--into", metavar="FILE", help="Write it there.", show_default="the screen")


def handover(
    ctx: typer.Context,
    shift: Annotated[str, typer.Option(metavar="SPAN", help='As "12h" or "1d".')] = "12h",
    form: Annotated[Form, _FORM] = Form.TEXT,
    into: Annotated[Path | None, _INTO] = None,
) -> None:
    """What one shift tells the next: due, late, conflicts, unknown, by hand, drift, blind spots."""
    from worker.cli.blind import found
    from worker.cli.report.handover import handover as told

    settings = reachable(ctx)
    length, now = span_of(shift), business_now(settings)
    with open_store(settings) as store:
        sheet = told(settings, store, dict(found(settings, store)), length, now)
    _show(sheet, form, into)


def report(
    ctx: typer.Context,
    shop: Annotated[
        str | None, typer.Option(help="Of this shop.", show_default="the only one")
    ] = None,
    number: Annotated[int, typer.Option("--weeks", min=1, max=104, help="How many weeks.")] = 8,
    form: Annotated[Form, _FORM] = Form.TEXT,
    into: Annotated[Path | None, _INTO] = None,
    plot: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the plot there, as SVG.")
    ] = None,
) -> None:
    """How a shop kept its promises, week by week: what ended, what was late, how long it took.

    The running week is the last one.
    """
    from worker.cli.report.weekly import WEEK, compliance, monday

    settings = reachable(ctx)
    name = _only(settings, shop)
    zone, now = ZoneInfo(settings.shops[name].timezone), business_now(settings)
    first = monday(monday(now, zone) - (number - 1) * WEEK, zone)
    with open_store(settings) as store:
        ended = store.ended(first, now + timedelta(microseconds=1), name)
    sheet = compliance(settings, name, ended, first, number)
    if plot is not None:
        _write(plot, sheet.plot + "\n")
    _show(sheet, form, into)


def forecast(
    ctx: typer.Context,
    within: Annotated[
        str, typer.Option(metavar="SPAN", help='How far ahead, as "48h" or "7d".')
    ] = "48h",
    shop: Annotated[
        str | None, typer.Option(help="Of this shop alone.", show_default="all")
    ] = None,
    without: Annotated[
        str | None,
        typer.Option(
            metavar="ACCOUNT", help="And if this account gave no answers.", show_default="none"
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The same for machines.")] = False,
) -> None:
    """The escalations that will come, if every complaint runs on as it stands.

    With --without, also what would become of them if an account gave no answers from now on.
    """
    from complaints.ladder import ladder
    from complaints.vocabulary import AccountName

    settings = reachable(ctx)
    now, ahead, name = business_now(settings), span_of(within), shop_named(settings, shop)
    if without is not None and without not in settings.accounts:
        known = ", ".join(settings.accounts)
        words.fail(f"{without} is no account of the settings", f"there are: {known}", words.MISUSED)
    silent = None if without is None else AccountName(without)
    with open_store(settings) as store:
        rules = rules_in_force(settings, store)
        ladders = {shop: ladder(one.ladder, one.rungs) for shop, one in rules.items()}
        currencies = {shop: one.currency for shop, one in rules.items()}
        found = store.coming(now, now + ahead, name, ladders, currencies)
    fates = [_fate(one, rules.get(one.shop), silent, now) for one in found]
    if as_json:
        told = [
            {**one._asdict(), "at": one.at.isoformat(), "due_at": one.due_at.isoformat(),
             "accounts": sorted(one.accounts), "without": fate}
            for one, fate in zip(found, fates, strict=True)
        ]  # fmt: skip
        typer.echo(json.dumps(told, indent=2, ensure_ascii=False))
        return
    _tell(settings, found, fates, silent, within)


def _fate(one: Coming, rules: ShopRules | None, silent: AccountName | None, now: datetime) -> str:
    """What becomes of a rung if an account gives no answers from now on."""
    from complaints.rules import PauseKind
    from complaints.store.outages import LEAST

    if silent is None or silent not in one.accounts:
        return "the same"
    excused = rules is not None and PauseKind.OUTAGE in rules.pauses
    if excused and one.clock in {"shop", "response", "update"} and one.at > now + LEAST:
        return "doesn't come: the clock stands still"
    return f"comes, and {silent} can't be asked or told"


def _tell(
    settings: Settings,
    found: list[Coming],
    fates: list[str],
    silent: AccountName | None,
    within: str,
) -> None:
    out = words.out()
    if not found:
        out.print(f"Nothing will be escalated within {within}.")
        return
    columns = ["at", "complaint", "shop", "status", "rung", "clock"]
    made = table(*columns, *([] if silent is None else [f"without {silent}"]))
    for one, fate in list(zip(found, fates, strict=True))[:SHOWN]:
        known = settings.shops.get(one.shop)
        at = moment(one.at, ZoneInfo(known.timezone)) if known else moment(one.at)
        cells = [at, one.number, one.shop, one.status, one.rung, one.clock]
        made.add_row(*cells, *([] if silent is None else [fate]))
    out.print(made)
    out.print()
    cases = len({one.number for one in found})
    escalations, of = words.count(len(found), "escalation"), words.count(cases, "complaint")
    out.print(f"{escalations} of {of} within {within}.")
    if silent is not None:
        gone = sum(fate.startswith("doesn't") for fate in fates)
        hit = sum(fate.startswith("comes") for fate in fates)
        out.print(f"Without {silent}: {gone} wouldn't come, {hit} would come with it unreachable.")
    if len(found) > SHOWN:
        out.print(f"{len(found) - SHOWN} aren't listed; --json has them all.")


def _only(settings: Settings, said: str | None) -> ShopName:
    name = shop_named(settings, said)
    if name is not None:
        return name
    if len(settings.shops) != 1:
        named = ", ".join(settings.shops) or "none"
        words.fail("which shop?", f"say --shop NAME; there are: {named}", words.MISUSED)
    return next(iter(settings.shops))


def _show(sheet: Sheet, form: Form, into: Path | None) -> None:
    from rich.console import Console

    from worker.cli.report.render import as_html, as_json, as_markdown, as_text

    if form is Form.TEXT and into is None:
        words.out().print(as_text(sheet))
        return
    if form is Form.TEXT:
        console = Console(width=100, no_color=True)
        with console.capture() as captured:
            console.print(as_text(sheet))
        text = captured.get()
    else:
        text = {Form.MARKDOWN: as_markdown, Form.JSON: as_json, Form.HTML: as_html}[form](sheet)
    if into is None:
        typer.echo(text, nl=False)
    else:
        _write(into, text)
        words.err().print(f"written: {into}", markup=False)


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as fault:
        words.fail(f"{file} can't be written: {fault.strerror}", "name another file")


def attach(app: typer.Typer) -> None:
    """Hang these commands on the command line."""
    app.command(rich_help_panel=PANEL)(forecast)
    app.command(rich_help_panel=PANEL)(handover)
    app.command(rich_help_panel=PANEL)(report)
