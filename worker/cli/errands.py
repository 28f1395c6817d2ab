"""`redress order`: calls about orders that a person asks for, each made once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from worker.cli import words
from worker.cli.reach import account_of, open_deps, os_user, reachable

if TYPE_CHECKING:
    from complaints.vocabulary import PushKind

group = typer.Typer(
    no_args_is_help=True,
    help="Create, change, cancel or ship an order at a provider; each command is sent once.",
)

Account = Annotated[
    str, typer.Option("--account", "-a", help="Where the order lives.", metavar="ACCOUNT")
]
Order = Annotated[
    str, typer.Argument(help="The order's id there (BizKitHub: its hash).", metavar="ORDER")
]
File = Annotated[
    Path, typer.Argument(help="The body in the provider's own names, as JSON.", metavar="FILE.json")
]
Dry = Annotated[bool, typer.Option("--dry-run", help="Show what would be sent, and send nothing.")]


@group.command()
def create(ctx: typer.Context, file: File, account: Account, dry_run: Dry = False) -> None:
    """Create an order."""
    from complaints.vocabulary import PushKind

    _run(ctx, account, PushKind.CREATE_ORDER, None, _read(file), dry_run=dry_run)


@group.command()
def edit(
    ctx: typer.Context, order: Order, file: File, account: Account, dry_run: Dry = False
) -> None:
    """Change the references and metadata of an order."""
    from complaints.vocabulary import PushKind

    _run(ctx, account, PushKind.EDIT_ORDER, order, _read(file), dry_run=dry_run)


@group.command()
def cancel(
    ctx: typer.Context,
    order: Order,
    account: Account,
    item: Annotated[
        str | None, typer.Option(help="Cancel this line only.", metavar="LINE", show_default=False)
    ] = None,
    dry_run: Dry = False,
) -> None:
    """Cancel an order or one line of it; it may credit the customer."""
    from complaints.vocabulary import PushKind

    draft = {"order_hash": order, **({"order_item_id": item} if item else {})}
    _run(ctx, account, PushKind.CANCEL_ORDER, order, json.dumps(draft), dry_run=dry_run)


@group.command()
def ship(
    ctx: typer.Context, order: Order, file: File, account: Account, dry_run: Dry = False
) -> None:
    """Say that an order was handed to a courier."""
    from complaints.vocabulary import PushKind

    _run(ctx, account, PushKind.SHIP, order, _read(file), dry_run=dry_run)


@group.command()
def track(
    ctx: typer.Context, order: Order, file: File, account: Account, dry_run: Dry = False
) -> None:
    """Say where a parcel is."""
    from complaints.vocabulary import PushKind

    _run(ctx, account, PushKind.TRACK, order, _read(file), dry_run=dry_run)


@group.command()
def deliver(ctx: typer.Context, order: Order, account: Account, dry_run: Dry = False) -> None:
    """Say that a service was delivered."""
    from complaints.vocabulary import PushKind

    _run(ctx, account, PushKind.DELIVER, order, "{}", dry_run=dry_run)


def _read(file: Path) -> str:
    """The text of a JSON object out of a file, as it is."""
    try:
        text = file.read_text(encoding="utf-8")
        found = json.loads(text)
    except OSError as error:
        words.fail(f"{file} can't be read ({error.strerror})")
    except (ValueError, RecursionError) as error:
        where = f", line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        words.fail(f"{file}{where}: is no JSON", "mend the file", words.MISUSED)
    if not isinstance(found, dict):
        words.fail(f"{file}: must hold one JSON object", "mend the file", words.MISUSED)
    return text


def _run(
    ctx: typer.Context,
    name: str,
    kind: PushKind,
    order: str | None,
    draft: str,
    *,
    dry_run: bool,
) -> None:
    from complaints import operating
    from complaints.acts import OrderErrand
    from complaints.vocabulary import NEEDS, ExternalId

    settings = reachable(ctx)
    account = account_of(settings, name)
    with open_deps(settings) as deps:
        provider = deps.providers[account.name]
        ability = provider.abilities[NEEDS[kind]]
        if not ability.able:
            cure = f"set {ability.switch} in [accounts.{name}]" if ability.switch else ""
            words.fail(f"{name} can't do that: {ability.why}", cure)
        record = (
            None if order is None else ExternalId(deps.accounts[account.name].order_prefix + order)
        )
        errand = OrderErrand(
            shop=account.shop,
            by=os_user(),
            account=account.name,
            kind=kind,
            external_id=record,
            draft=draft,
        )
        out = words.out()
        if dry_run:
            out.print(f"{kind} at {name} would send, once:", markup=False)
            out.print(draft.strip(), markup=False)
            return
        kept = operating.act(deps, errand)
    out.print(f"Asked for, as observation {kept.seq}; it is sent once.", markup=False)


def attach(app: typer.Typer) -> None:
    """Hang these commands on the command line."""
    app.add_typer(group, name="order", rich_help_panel="Work")
