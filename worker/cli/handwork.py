"""`redress manual`, `unknown`, `hold`: what only people can end, and what they let wait."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer
from rich.text import Text

from complaints import acts
from worker.cli import when, words
from worker.cli.matching import carry_out
from worker.cli.reach import (
    account_of,
    business_now,
    complaint_number,
    open_store,
    os_user,
    reachable,
)
from worker.cli.screens import ago, moment, table, visible

if TYPE_CHECKING:
    from complaints.store.waiting import ManualAction, ParkedPush, UnknownPush
    from complaints.vocabulary import ShopName
    from worker.settings import Settings

P = TypeVar("P", bound=acts.PushAct)

PANEL = "Work"

Id = Annotated[int, typer.Argument(help="As the list names it.", metavar="ID", show_default=False)]
AnyId = Annotated[
    str, typer.Argument(help="As the list names it.", metavar="ID", show_default=False)
]
Json = Annotated[bool, typer.Option("--json", help="The same for machines.")]

manual = typer.Typer(
    no_args_is_help=True, help="What no program can do: carried out in the providers' own pages."
)
unknown = typer.Typer(
    no_args_is_help=True, help="Pushes whose answer was lost: did they arrive?  Nobody sends twice."
)


# -- manual actions ----------------------------------------------------------------------


@manual.command("list")
def list_manual(ctx: typer.Context, as_json: Json = False) -> None:
    """Manual actions, the oldest first: what to do, where, whose it is."""
    settings = reachable(ctx)
    with open_store(settings) as store:
        found, tasks = store.manual_actions(), store.rung_tasks()
    if as_json:
        told = [_plain(one._asdict()) for one in found]
        told += [_plain({**one._asdict(), "id": _task(one.id)}) for one in tasks]
        typer.echo(json.dumps(told, indent=2))
        return
    out = words.out()
    if not found and not tasks:
        out.print("Nothing is to be done by hand.")
        return
    now = business_now(settings)
    made = table("id", "complaint", "account", "id there", "bring it to", "why", "since", "whose")
    for one in found:
        made.add_row(
            str(one.id),
            one.number or "-",
            one.account,
            visible(one.external_id or "-"),
            one.target or "-",
            visible(one.reason),
            f"{ago(one.since, now)} ago",
            _whose(one, now),
        )
    for task in tasks:
        made.add_row(
            _task(task.id),
            task.number,
            "-",
            "-",
            "-",
            visible(f"{task.todo} (rung {task.rung})"),
            f"{ago(task.since, now)} ago",
            Text(task.owner) if task.owner else Text("nobody's", "yellow"),
        )
    out.print(made)


def _task(id_: int) -> str:
    """What people call a rung's manual action."""
    return f"r{id_}"


def _whose(one: ManualAction, now: datetime) -> Text:
    if one.owner is None:
        return Text("nobody's", "yellow")
    if one.said_done_at is None:
        return Text(one.owner)
    return Text(f"{one.owner}, said done {ago(one.said_done_at, now)} ago, not seen yet")


@manual.command("take")
def take(ctx: typer.Context, push: AnyId) -> None:
    """Say that you have it."""
    from complaints.acts import TakePush

    settings = reachable(ctx)
    if task := _rung_task(push):
        with open_store(settings) as store:
            taken = store.escalations.take(task, os_user())
        _say(taken, push, "is yours")
        return
    one = _manual(settings, push)
    carry_out(settings, push_act(settings, TakePush, one), f"{push} is yours.")


@manual.command("done")
def done(
    ctx: typer.Context,
    push: AnyId,
    cannot_be_seen: Annotated[
        bool,
        typer.Option("--cannot-be-seen", help="Nothing will ever show it: end it by your word."),
    ] = False,
    reason: Annotated[str, typer.Option(help="Kept with it.", metavar="TEXT")] = "",
) -> None:
    """Say that it is done.  It ends when an observation shows it."""
    from complaints.acts import DonePush

    settings = reachable(ctx)
    if task := _rung_task(push):
        with open_store(settings) as store:
            over = store.escalations.finish(task, os_user(), business_now(settings))
        _say(over, push, "is done")
        return
    one = _manual(settings, push)
    act = push_act(settings, DonePush, one, cannot_be_seen=cannot_be_seen, reason=reason)
    told = "is over" if cannot_be_seen else "ends as soon as an observation shows it"
    carry_out(settings, act, f"{push} {told}.")


def _rung_task(said: str) -> int | None:
    """Number of a rung's manual action; None: it names a push."""
    return int(said[1:]) if said[:1] == "r" and said[1:].isdecimal() else None


def _say(well: bool, name: str, what: str) -> None:
    if not well:
        words.fail(f"{name} is no manual action", "`redress manual list` names them")
    words.out().print(f"{name} {what}.")


def _manual(settings: Settings, push: str) -> ManualAction:
    with open_store(settings) as store:
        found = next((one for one in store.manual_actions() if str(one.id) == push), None)
    if found is None:
        words.fail(f"{push} is no manual action", "`redress manual list` names them")
    if found.number is None:
        words.fail(f"{push} belongs to no complaint", "it ends by itself when it is seen")
    return found


# -- unknown outcomes --------------------------------------------------------------------


@unknown.command("list")
def list_unknown(ctx: typer.Context, as_json: Json = False) -> None:
    """Pushes whose answer was lost, with records that they may have made."""
    settings = reachable(ctx)
    with open_store(settings) as store:
        found = store.unknown_pushes()
    if as_json:
        typer.echo(json.dumps([_unknown_json(one) for one in found], indent=2, ensure_ascii=False))
        return
    out = words.out()
    if not found:
        out.print("Every answer is known.")
        return
    now = business_now(settings)
    made = table("id", "complaint", "account", "push", "amount", "since", "it may be")
    for one in found:
        records = "\n".join(f"{each.external_id} ({each.word})" for each in one.candidates)
        made.add_row(
            str(one.id),
            one.number,
            one.account,
            one.kind + (f" {one.target}" if one.target else ""),
            "-" if one.amount is None else str(one.amount),
            f"{ago(one.since, now)} ago",
            visible(records or "nothing known: look there"),
        )
    out.print(made)
    out.print("Look at the account, then: adopt ID RECORD, resend ID, or give-up ID --reason WHY.")


@unknown.command("adopt")
def adopt(
    ctx: typer.Context,
    push: Id,
    record: Annotated[str, typer.Argument(help="Its id at the account.", metavar="RECORD")],
) -> None:
    """It arrived, and made this record."""
    from complaints.acts import AdoptRecord

    settings = reachable(ctx)
    one = _lost(settings, push)
    act = push_act(settings, AdoptRecord, one, external_id=record.strip())
    carry_out(settings, act, f"{record} is complaint {one.number}'s.")


@unknown.command("resend")
def resend(
    ctx: typer.Context,
    push: Id,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Don't ask.")] = False,
) -> None:
    """It didn't arrive: send it once more.  If it did, the account has it twice."""
    from complaints.acts import ResendPush

    settings = reachable(ctx)
    one = _lost(settings, push)
    question = f"Is it certain that {one.account} has no {one.kind} of complaint {one.number}?"
    if not yes and not typer.confirm(question, err=True):
        words.fail("nothing is sent")
    carry_out(settings, push_act(settings, ResendPush, one), f"{push} is sent once more.")


@unknown.command("give-up")
def give_up(
    ctx: typer.Context,
    push: Id,
    reason: Annotated[str, typer.Option(help="Kept with it.", metavar="TEXT")],
) -> None:
    """Leave it: it isn't sent any more."""
    from complaints.acts import GiveUpPush

    settings = reachable(ctx)
    one = _lost(settings, push)
    carry_out(settings, push_act(settings, GiveUpPush, one, reason=reason), f"{push} is given up.")


def _lost(settings: Settings, push: int) -> UnknownPush:
    with open_store(settings) as store:
        found = next((one for one in store.unknown_pushes() if one.id == push), None)
    if found is None:
        words.fail(f"{push} is no push without an answer", "`redress unknown list` names them")
    return found


def push_act(
    settings: Settings,
    kind: type[P],
    push: ManualAction | UnknownPush | ParkedPush,
    **more: str | bool,
) -> P:
    """An act about a push, named by what that was to bring about."""
    return kind.model_validate(
        {
            "shop": _shop(settings, push.account),
            "by": os_user(),
            "number": push.number,
            "account": push.account,
            "kind": push.kind,
            "target": push.target,
            "record": push.record,
            **more,
        }
    )


def _shop(settings: Settings, account: str) -> ShopName:
    return account_of(settings, account).shop


def _unknown_json(one: UnknownPush) -> dict[str, Any]:
    found = _plain(one._asdict())
    found["candidates"] = [each._asdict() for each in one.candidates]
    return found


def _plain(fields: dict[str, Any]) -> dict[str, Any]:
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in fields.items()
        if name != "amount"
    } | ({"amount": str(fields["amount"])} if fields.get("amount") is not None else {})


# -- holding -----------------------------------------------------------------------------


def hold(
    ctx: typer.Context,
    number: Annotated[
        str | None,
        typer.Argument(help="A complaint's number.", metavar="NUMBER", show_default=False),
    ] = None,
    account: Annotated[
        str | None,
        typer.Option("--account", "-a", help="A whole account instead.", show_default=False),
    ] = None,
    direction: Annotated[
        str, typer.Option(help="What of an account stands still: out (sending) or in (reading).")
    ] = "out",
    until: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="Until when; by the shop's clock.", show_default=False),
    ] = None,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why.", show_default=False)] = "",
    lift: Annotated[bool, typer.Option("--lift", help="Let it go on instead.")] = False,
) -> None:
    """Let a complaint, or one direction of an account, stand still until some time.

    What accounts say is observed and decided all the same. What is to be sent waits, and goes on
    in its order. Without arguments: what stands still now.
    """
    settings = reachable(ctx)
    if number is None and account is None:
        _list_holds(settings)
        return
    if number is not None and account is not None:
        words.fail("name a complaint or an account, not both", code=words.MISUSED)
    if lift:
        _lift(settings, number, account)
        return
    if until is None or not reason:
        words.fail("a hold needs --until TIME and --reason TEXT", code=words.MISUSED)
    _hold(settings, number, account, direction, _until(settings, until), reason)


def _until(settings: Settings, said: str) -> datetime:
    moment_ = when.moment_of(settings, said)
    if moment_ <= business_now(settings):
        words.fail(f"{said} is over already", code=words.MISUSED)
    return moment_


def _hold(
    settings: Settings,
    number: str | None,
    account: str | None,
    direction: str,
    until: datetime,
    reason: str,
) -> None:
    from complaints.store.freezes import Direction

    if direction not in set(Direction):
        words.fail(f"{direction} is no direction", "out or in", words.MISUSED)
    now, by = business_now(settings), os_user()
    out = words.out()
    if account is not None:
        name = account_of(settings, account).name
        with open_store(settings) as store:
            store.freezes.freeze_account(name, Direction(direction), until, reason, by, now)
        what = "sent to" if direction == Direction.OUT else "read from"
        out.print(f"Nothing is {what} {name} until {moment(until)}.", markup=False)
        return
    if direction != Direction.OUT:
        words.fail("only accounts can be held on their way in", code=words.MISUSED)
    wanted = complaint_number(number or "")
    with open_store(settings) as store:
        if not store.freezes.freeze_case(wanted, until, reason, by, now):
            words.fail(f"there is no complaint {wanted}")
    out.print(f"Nothing about {wanted} is sent until {moment(until)}.", markup=False)


def _lift(settings: Settings, number: str | None, account: str | None) -> None:
    wanted = None if number is None else complaint_number(number)
    name = None if account is None else account_of(settings, account).name
    with open_store(settings) as store:
        n = store.freezes.lift(wanted, name, os_user(), business_now(settings))
    if not n:
        words.fail(f"{wanted or name} doesn't stand still")
    words.out().print(f"{wanted or name} goes on.", markup=False)


def _list_holds(settings: Settings) -> None:
    with open_store(settings) as store:
        found = store.freezes.standing(business_now(settings))
    out = words.out()
    if not found:
        out.print("Nothing stands still.")
        return
    made = table("what", "direction", "until", "by", "why", "waiting")
    for one in found:
        made.add_row(
            one.number or one.account or "-",
            one.direction,
            moment(one.until),
            one.by,
            visible(one.reason),
            str(one.waiting),
        )
    out.print(made)


def attach(app: typer.Typer) -> None:
    """Hang these commands on the command line."""
    app.add_typer(manual, name="manual", rich_help_panel=PANEL)
    app.add_typer(unknown, name="unknown", rich_help_panel=PANEL)
    app.command(rich_help_panel=PANEL)(hold)
