"""`redress import`: orders and complaints that exist already, brought in by their ids."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer
from rich.text import Text

from worker.cli import words
from worker.cli.radius import PlanId, Radius, Yes, agree, radius
from worker.cli.reach import account_of, open_deps, reachable
from worker.cli.rows import Row, RowFault, Sheet, cell_fault, read_sheet

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from complaints.flow import Deps, ImportRow
    from complaints.rules import AccountProfile
    from complaints.vocabulary import OrderSpace

group = typer.Typer(
    no_args_is_help=True,
    help="Bring in orders or complaints that exist already.  Repeating it does no harm.",
)

_BATCH = 500
Account = Annotated[
    str, typer.Option("--account", "-a", help="The account that knows them.", metavar="ACCOUNT")
]


Act = Annotated[
    bool,
    typer.Option(
        "--act",
        help="Let pushes follow from these rows at once, instead of holding them for a person.",
    ),
]


class Way(NamedTuple):
    """How it is brought in."""

    complaints: bool
    """Complaints, not orders."""
    acts: bool
    """Pushes may follow at once."""
    yes: bool
    plan: str | None


@dataclass(frozen=True)
class Brought:
    """What an import came to.  ``refused`` never reached the store."""

    taken: int
    known: int
    refused: tuple[RowFault, ...]


@group.command()
def orders(
    ctx: typer.Context,
    account: Account,
    files: Annotated[
        list[Path],
        typer.Argument(
            help="CSV files (UTF-8) with the columns order_hash, order_number, zenki_order_id.",
            metavar="FILE...",
        ),
    ],
    act: Act = False,
    yes: Yes = False,
    plan_id: PlanId = None,
) -> None:
    """Bring in orders from CSV files.

    Each row needs the id by which the account knows the order.
    The other ids let every account of the shop recognise the same order.
    Nothing is sent because of these rows alone, unless --act says so.
    """
    from providers.imports import ORDER_COLUMNS

    sheet = _together(read_sheet(file, list(ORDER_COLUMNS)) for file in files)
    _bring(ctx, account, sheet, Way(complaints=False, acts=act, yes=yes, plan=plan_id))


@group.command()
def complaints(
    ctx: typer.Context,
    account: Account,
    ids: Annotated[
        list[str],
        typer.Argument(
            help="Ids at the account, or CSV files with a column complaint_id.",
            metavar="ID|FILE...",
        ),
    ],
    act: Act = False,
    yes: Yes = False,
    plan_id: PlanId = None,
) -> None:
    """Bring in complaints by the ids that they have at the account.

    Nothing is sent because of these rows alone, unless --act says so.
    """
    from providers.imports import COMPLAINT_COLUMN

    sheet = _together(_id_or_file(word, COMPLAINT_COLUMN) for word in ids)
    _bring(ctx, account, sheet, Way(complaints=True, acts=act, yes=yes, plan=plan_id))


def _id_or_file(word: str, column: str) -> Sheet:
    path = Path(word)
    if path.suffix.lower() == ".csv" or path.is_file():
        return read_sheet(path, [column])
    fault = cell_fault("command line", 1, column, word)
    return Sheet(faults=(fault,)) if fault else Sheet(rows=(Row(word, 0, {column: word}),))


def _together(sheets: Iterable[Sheet]) -> Sheet:
    rows: list[Row] = []
    faults: list[RowFault] = []
    ignored: dict[str, None] = {}
    for sheet in sheets:
        rows += sheet.rows
        faults += sheet.faults
        ignored |= dict.fromkeys(sheet.ignored)
    return Sheet(tuple(rows), tuple(faults), tuple(ignored))


def _bring(ctx: typer.Context, account: str, sheet: Sheet, way: Way) -> None:
    from complaints import flow

    settings = reachable(ctx)
    name = account_of(settings, account).name
    with open_deps(settings) as deps:
        profile = deps.accounts[name]
        _check_account(profile, complaints=way.complaints)
        space = profile.order_space if profile.pays else None
        rows, refused = sort_out(sheet, space, complaints=way.complaints, acts=way.acts)
        if rows:
            what = words.count(len(rows), "row")
            words.err().print(f"{what} would be brought in at {name}:", markup=False)
            agree(_radius(deps, profile, rows, way), settings, "Bring them in?",
                  yes=way.yes or not way.acts, plan=way.plan)  # fmt: skip
        taken = 0
        for begin in range(0, len(rows), _BATCH):
            kept = flow.import_rows(deps, name, rows[begin : begin + _BATCH])
            taken += sum(one.fresh for one in kept)
    _tell(Brought(taken, len(rows) - taken, refused), sheet.ignored, acts=way.acts)


def _radius(deps: Deps, profile: AccountProfile, rows: Sequence[ImportRow], way: Way) -> Radius:
    """The most that could follow: what the rows say isn't read yet.

    An order alone causes no push.  A complaint is filed at the shop's other desk, and may ask for
    a dispute and a refund where its order was paid.
    """
    from complaints.vocabulary import NEEDS, PushKind

    state = "due" if way.acts else "held"
    opening = (PushKind.CREATE, PushKind.OPEN_DISPUTE, PushKind.REFUND)
    others = [
        one for one in deps.accounts.values() if one.shop == profile.shop and one is not profile
    ]
    pushes = [
        (other.name, kind, state)
        for other in others
        for kind in opening
        if way.complaints and NEEDS[kind] in other.capabilities
        for _ in rows
    ]
    calls = Counter({profile.name: len(rows) * deps.cost(profile.name)})
    for account, kind, _ in pushes:
        calls[account] += deps.cost(account, kind)
    digest = sha256("".join(sorted(row.name for row in rows)).encode()).hexdigest()
    return radius(f"import {profile.name} {digest}", pushes, calls, at_most=True)


def _check_account(profile: AccountProfile, *, complaints: bool) -> None:
    """End the command where the account can't use such rows."""
    if not profile.reads:
        words.fail(
            f"{profile.name} can't be read, so nothing can be brought in for it",
            "name the account of the desk or of the payment provider",
            words.MISUSED,
        )
    if complaints and profile.pays:
        words.fail(
            f"{profile.name} knows complaints by their orders",
            f"use `redress import orders --account {profile.name}`",
            words.MISUSED,
        )


def sort_out(
    sheet: Sheet, space: OrderSpace | None, *, complaints: bool, acts: bool = False
) -> tuple[list[ImportRow], tuple[RowFault, ...]]:
    """The rows that an account of this kind can use, and why the others are refused."""
    from complaints.flow import ImportRow
    from complaints.vocabulary import ExternalId
    from providers.imports import (
        COMPLAINT_COLUMN,
        IMPORT_COMPLAINT,
        IMPORT_ORDER,
        ORDER_COLUMNS,
        import_body,
    )

    needed = next((name for name, known in ORDER_COLUMNS.items() if known is space), None)
    needed = COMPLAINT_COLUMN if complaints else needed
    rows = []
    refused = list(sheet.faults)
    for row in sheet.rows:
        if needed is not None and needed not in row.cells:
            what = "is empty, and the account knows orders by nothing else"
            refused.append(RowFault(row.file, row.line, needed, what, "fill it"))
            continue
        form = IMPORT_COMPLAINT if complaints else IMPORT_ORDER
        found = row.cells.get(needed) if needed else None
        rows.append(
            ImportRow(
                name=f"{form} {json.dumps(row.cells, sort_keys=True)}",
                form=form,
                external_id=ExternalId(found) if found else None,
                body=import_body(row.cells, acts=acts),
            )
        )
    return rows, tuple(refused)


def _tell(brought: Brought, ignored: Sequence[str], *, acts: bool) -> None:
    err = words.err()
    if ignored:
        err.print(Text(f"Columns that nobody here knows: {', '.join(ignored)}.", "yellow"))
    for fault in brought.refused:
        err.print(Text(str(fault)))
    words.out().print(
        f"{brought.taken} taken, {brought.known} known, {len(brought.refused)} refused."
    )
    if brought.taken and not acts:
        err.print("What they would cause at other accounts is held: see `redress status`.")
    if brought.refused:
        raise typer.Exit(words.FAILED)


def attach(app: typer.Typer) -> None:
    """Hang these commands on the command line."""
    app.add_typer(group, name="import", rich_help_panel="Work")
