"""Whose case is it, and who won: link, unlink, merge, conflict."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.text import Text

from worker.cli import words
from worker.cli.reach import (
    account_of,
    business_now,
    complaint_number,
    open_deps,
    open_store,
    os_user,
    reachable,
)
from worker.cli.screens import ago, span, table

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from complaints import acts
    from complaints.flow import Deps
    from complaints.store.conflicts import ConflictLine
    from complaints.vocabulary import ComplaintNumber, ExternalId, ShopName
    from worker.settings import Account, Settings

PANEL = "Work"
_PATIENCE_SECONDS = 10.0

Number = Annotated[str, typer.Argument(help="The complaint's number.", metavar="NUMBER")]
Record = Annotated[
    str, typer.Argument(help="A record, as `redress show` names it.", metavar="ACCOUNT:ID")
]

conflicts = typer.Typer(
    no_args_is_help=True, help="Ends of one complaint that contradict each other."
)


def link(ctx: typer.Context, record: Record, number: Number) -> None:
    """Say that what an account holds belongs to a complaint.

    The complaint that was opened on it goes along, with all that belongs to it.
    """
    from complaints.acts import LinkRecord

    settings = reachable(ctx)
    account, external_id = _record(settings, record)
    act = LinkRecord(
        shop=account.shop,
        by=os_user(),
        account=account.name,
        external_id=external_id,
        number=complaint_number(number),
    )
    carry_out(settings, act, f"{record} belongs to complaint {act.number} now.")


def unlink(
    ctx: typer.Context,
    what: Annotated[
        str, typer.Argument(help="A merged complaint, or a record.", metavar="NUMBER|ACCOUNT:ID")
    ],
) -> None:
    """Take back a link or a merge: both histories are as if it had never been.

    A record that Redress had matched by itself becomes a complaint of its own.
    """
    from complaints.acts import SplitComplaint, UnlinkRecord

    settings = reachable(ctx)
    if ":" not in what:
        number = complaint_number(what)
        act = SplitComplaint(shop=shop_of(settings, number), by=os_user(), number=number)
        carry_out(settings, act, f"Complaint {number} is one of its own again.")
        return
    account, external_id = _record(settings, what)
    parted = UnlinkRecord(
        shop=account.shop, by=os_user(), account=account.name, external_id=external_id
    )
    carry_out(settings, parted, f"{what} is a complaint of its own now.")


def merge(
    ctx: typer.Context,
    number: Number,
    into: Annotated[str, typer.Argument(help="The complaint that stays.", metavar="INTO")],
) -> None:
    """Say that two complaints are one.  `redress unlink NUMBER` takes it back."""
    from complaints.acts import MergeComplaints

    settings = reachable(ctx)
    gone, stays = complaint_number(number), complaint_number(into)
    act = MergeComplaints(shop=shop_of(settings, gone), by=os_user(), number=gone, into=stays)
    carry_out(settings, act, f"Complaint {gone} is part of {stays} now.")


@conflicts.command("list")
def list_conflicts(
    ctx: typer.Context,
    closed: Annotated[bool, typer.Option("--all", help="Also those that are over.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The same for machines.")] = False,
) -> None:
    """Who says what, whose business it is, and until when."""
    settings = reachable(ctx)
    with open_store(settings) as store:
        found = store.conflicts(closed=closed)
    now = business_now(settings)
    if as_json:
        typer.echo(json.dumps([_as_json(one) for one in found], indent=2, ensure_ascii=False))
    elif not found:
        words.out().print("No accounts contradict each other.")
    else:
        words.out().print(_conflict_table(found, now))
        words.out().print("`redress conflict settle NUMBER upheld|refused|partial` decides one.")


@conflicts.command("settle")
def settle(
    ctx: typer.Context,
    number: Number,
    outcome: Annotated[
        Literal["upheld", "refused", "partial"],
        typer.Argument(help="Who won.", metavar="upheld|refused|partial"),
    ],
    reason: Annotated[str, typer.Option(help="Kept with the decision.", metavar="TEXT")] = "",
) -> None:
    """Decide who won.  It counts until an account says otherwise.

    Accounts that stand at the opposite end become manual actions.
    """
    from complaints.acts import SettleConflict
    from complaints.vocabulary import Outcome

    settings = reachable(ctx)
    wanted = complaint_number(number)
    shop = shop_of(settings, wanted)
    _check_conflict(settings, wanted)
    act = SettleConflict.model_validate(
        {
            "shop": shop,
            "by": os_user(),
            "number": wanted,
            "outcome": Outcome(outcome),
            "reason": reason,
        }
    )
    carry_out(settings, act, f"Complaint {wanted} counts as {outcome}.")


def _record(settings: Settings, said: str) -> tuple[Account, ExternalId]:
    """Account and id out of ACCOUNT:ID."""
    from complaints.vocabulary import ExternalId

    name, colon, external_id = said.strip().partition(":")
    if not colon or not external_id:
        words.fail(f"{said} names no record", "write ACCOUNT:ID", words.MISUSED)
    return account_of(settings, name), ExternalId(external_id)


def shop_of(settings: Settings, number: str) -> ShopName:
    """The shop of a complaint; the command ends when there is no such complaint."""
    from complaints.vocabulary import ComplaintNumber

    with open_store(settings) as store:
        case = store.case(ComplaintNumber(number))
    if case is None:
        words.fail(f"there is no complaint {number}")
    return case.shop


def _check_conflict(settings: Settings, number: ComplaintNumber) -> None:
    """End the command when no accounts contradict each other about a complaint."""
    with open_store(settings) as store:
        case = store.case(number)
        open_ = {line.number for line in store.conflicts()}
    if case is None or (case.merged_into or number) not in open_:
        words.fail(
            f"no accounts contradict each other about complaint {number}",
            "`redress conflict list` shows where they do",
        )


def carry_out(settings: Settings, act: acts.AnyAct, done: str) -> None:
    """Keep an act, decide it like a worker would, and tell what became of it."""
    from complaints import operating

    with open_deps(settings) as deps:
        kept = operating.act(deps, act)
        verdict, reason = decided(deps, kept.seq)
    if verdict == "quarantined":
        words.fail(f"that can't be done: {reason}")
    if verdict == "pending":
        done = f"Noted as observation {kept.seq}; it is decided as soon as a worker runs."
    words.out().print(done, markup=False)


def decided(deps: Deps, seq: int) -> tuple[str, str]:
    """Verdict and reason of an observation; ``pending`` when others hold what must come first."""
    from complaints import flow

    until = time.monotonic() + _PATIENCE_SECONDS
    while True:
        worked = flow.reconcile(deps)
        found = deps.store.receipts.verdict(seq)
        if found[0] != "pending" or time.monotonic() > until:
            return found
        if not worked:
            time.sleep(0.2)


def _as_json(line: ConflictLine) -> dict[str, object]:
    return {
        "number": line.number,
        "shop": line.shop,
        "owner": line.owner,
        "opened_at": line.opened_at.isoformat(),
        "due_at": line.due_at.isoformat(),
        "sides": [side.model_dump(mode="json") for side in line.sides],
        "closed_at": line.closed_at and line.closed_at.isoformat(),
        "how": line.how,
    }


def _conflict_table(found: Sequence[ConflictLine], now: datetime) -> object:
    made = table("complaint", "who says what", "owner", "since", "due")
    for line in found:
        sides = "\n".join(
            f"{side.account}: {side.word} ({side.outcome}{', paid' if side.money_moved else ''})"
            for side in line.sides
        )
        if line.closed_at is not None:
            due = Text(f"{line.how} {ago(line.closed_at, now)} ago")
        elif line.due_at > now:
            due = Text(f"in {span(line.due_at - now)}")
        else:
            due = Text(f"{ago(line.due_at, now)} late", "red")
        made.add_row(line.number, sides, line.owner, f"{ago(line.opened_at, now)} ago", due)
    return made


def attach(app: typer.Typer) -> None:
    """Hang these commands on the command line."""
    app.command(rich_help_panel=PANEL)(link)
    app.command(rich_help_panel=PANEL)(unlink)
    app.command(rich_help_panel=PANEL)(merge)
    app.add_typer(conflicts, name="conflict", rich_help_panel=PANEL)
