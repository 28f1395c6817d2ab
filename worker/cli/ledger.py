"""The ledger on the command line: does everything that was received add up, and is it unchanged."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from worker.cli import when, words
from worker.cli.reach import account_of, business_now, open_store, reachable
from worker.cli.screens import moment, table

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from complaints.ledger import Line, Remainder
    from complaints.sealing import Proof
    from complaints.vocabulary import AccountName
    from worker.settings import Settings

PANEL = "Look"
_SHOWN = 20
_SUMS = ("received", "applied", "superseded", "duplicate", "quarantined", "pending")


def ledger(
    ctx: typer.Context,
    account: Annotated[
        str | None,
        typer.Option("--account", "-a", help="Of this account alone.", show_default="all"),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(
            metavar="TIME",
            help="What came first at that time or later; without a zone it is the shop's time.",
            show_default="the beginning",
        ),
    ] = None,
    verify: Annotated[
        bool,
        typer.Option("--verify", help="Prove that nothing sealed was changed or removed instead."),
    ] = False,
    expect: Annotated[
        str | None,
        typer.Option(
            metavar="HASH",
            help="With --verify: a seal's hash that you noted elsewhere must be in the chain.",
            show_default=False,
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The same for machines.")] = False,
) -> None:
    """Does it add up: received = applied + superseded + duplicate + quarantined, and pending.

    Rows that are in no sum are listed by their sequence, and the exit code is 1.

    --verify reads all sealed rows again. Whatever was changed, removed or put in is found, and
    removed seals are too, while somebody without the store's key did it. Who has the key and
    the whole database can cut off the tail, or make all seals anew: only the newest seal's hash,
    noted elsewhere, shows that. Verdicts and counts of deliveries aren't sealed: they change.
    """
    settings = reachable(ctx)
    if verify:
        if account is not None or since is not None:
            words.fail(
                "seals cover all accounts from the beginning",
                "leave out --account and --since",
                words.MISUSED,
            )
        _verify(settings, expect or "", as_json=as_json)
        return
    if expect is not None:
        words.fail("--expect needs --verify", code=words.MISUSED)
    _sums(settings, account, since, as_json=as_json)


def _sums(settings: Settings, said: str | None, begin: str | None, *, as_json: bool) -> None:
    name = None if said is None else account_or_operator(settings, said)
    shop = settings.accounts[name].shop if name and name in settings.accounts else None
    now = business_now(settings)
    first = None if begin is None else when.since(settings, begin, now, shop)
    with open_store(settings) as store:
        lines = store.ledger.read(name, first)
    if as_json:
        typer.echo(json.dumps(_sums_json(lines, first), indent=2))
    else:
        _show_sums(lines)
    if not all(line.adds_up for line in lines.values()):
        words.fail("the ledger doesn't add up")


def account_or_operator(settings: Settings, said: str) -> AccountName:
    """The name of an account, or of what people do here; the command ends when it is neither."""
    from complaints.vocabulary import OPERATOR

    return OPERATOR if said == OPERATOR else account_of(settings, said).name


def _show_sums(lines: Mapping[AccountName, Line]) -> None:
    out = words.out()
    if not lines:
        out.print("Nothing was received.")
        return
    made = table("account", *_SUMS)
    for name, line in lines.items():
        sums = [str(getattr(line, one)) for one in _SUMS]
        made.add_row(name, *sums, style="" if line.adds_up else "red")
    if len(lines) > 1:
        totals = [str(sum(getattr(line, one) for line in lines.values())) for one in _SUMS]
        made.add_row("all", *totals, style="bold")
    out.print(made)
    for name, line in lines.items():
        for what, n in line.counted.items():
            out.print(f"{name}: {n} {what}, only counted and in no sum", markup=False)
    for name, line in lines.items():
        for fault, left in line.remainder.items():
            out.print(Text(f"{name}: {fault}, {_rows(left)}", "red"))
    if all(line.adds_up for line in lines.values()):
        out.print("Every arrival is in one sum.")


def _rows(left: Remainder) -> str:
    """How many, and the first ones."""
    listed = ", ".join(map(str, left.seqs[:_SHOWN]))
    more = f" and {left.rows - _SHOWN} more" if left.rows > _SHOWN else ""
    return f"{words.count(left.rows, 'row')}: {listed}{more}"


def _sums_json(lines: Mapping[AccountName, Line], since: datetime | None) -> dict[str, Any]:
    return {
        "since": since and since.isoformat(),
        "adds_up": all(line.adds_up for line in lines.values()),
        "accounts": [
            {
                "name": name,
                **{one: getattr(line, one) for one in _SUMS},
                "counted": dict(line.counted),
                "adds_up": line.adds_up,
                "remainder": [
                    {"fault": fault.name.lower(), "rows": left.rows, "seqs": left.seqs}
                    for fault, left in line.remainder.items()
                ],
            }
            for name, line in lines.items()
        ],
    }


def _verify(settings: Settings, expect: str, *, as_json: bool) -> None:
    with open_store(settings) as store:
        proof = store.seals.verify(expect.strip().lower())
    if as_json:
        typer.echo(json.dumps(_proof_json(proof), indent=2))
    else:
        _show_proof(proof, expected=bool(expect))
    if proof.faulty:
        faults = words.count(proof.faulty, "fault")
        words.fail(f"{faults} found: what was received isn't as it was sealed")


def _show_proof(proof: Proof, *, expected: bool) -> None:
    out = words.out()
    seals, rows = words.count(proof.seals, "seal"), words.count(proof.receipts, "row")
    out.print(f"{rows} under {seals} read again, {proof.unsealed} not sealed yet.")
    for fault in proof.faults[:_SHOWN]:
        out.print(Text(f"{fault.from_seq} to {fault.to_seq}: {fault.what}", "red"))
    if proof.faulty > _SHOWN:
        out.print(f"and {proof.faulty - _SHOWN} more")
    newest = proof.newest
    if newest is not None:
        out.print(
            f"Newest seal: {newest.number}, up to {newest.to_seq}, {moment(newest.sealed_at)}"
        )
        typer.echo(newest.hash)
    if newest is not None and not proof.faulty:
        out.print(
            "It is as it was sealed, and reaches at least as far as the hash you expected."
            if expected
            else "It is as it was sealed. Note the hash elsewhere: --expect HASH"
            " shows later whether the end was cut off."
        )


def _proof_json(proof: Proof) -> dict[str, Any]:
    newest = proof.newest
    return {
        "unchanged": not proof.faulty,
        "seals": proof.seals,
        "rows": proof.receipts,
        "unsealed": proof.unsealed,
        "newest": newest and {**newest._asdict(), "sealed_at": newest.sealed_at.isoformat()},
        "faults": [fault._asdict() for fault in proof.faults],
        "faulty": proof.faulty,
    }


def attach(app: typer.Typer) -> None:
    """Hang this command on the command line."""
    app.command(rich_help_panel=PANEL)(ledger)
