"""What a bulk act would come to, shown before it is done, and agreed to.

A large one isn't agreed to by a yes: whoever wants it repeats the plan's id, which is another
one as soon as anything about the plan is.
"""

from __future__ import annotations

import json
from collections import Counter
from hashlib import sha256
from math import ceil
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer
from rich.text import Text

from complaints.vocabulary import AccountName, PushKind
from worker.cli import words
from worker.cli.screens import table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from worker.settings import Settings

LARGE_PUSHES = 50
LARGE_CALLS = 500
"""Above either of these a plan is agreed to by its id."""

PlanId = Annotated[
    str | None,
    typer.Option(
        "--plan", metavar="ID", help="The id that was shown, for a large plan.", show_default=False
    ),
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Don't ask, if it isn't large.")]

_STATES = {"due": "sent", "held": "held for a person", "manual": "done by hand"}


class Pushes(NamedTuple):
    """So many pushes of one kind to one account, and what becomes of them."""

    account: AccountName
    kind: PushKind
    state: str
    number: int


class Radius(NamedTuple):
    """What an act would come to.  ``subject`` tells one act from another of the same size."""

    subject: str
    pushes: tuple[Pushes, ...] = ()
    calls: Mapping[AccountName, int] = {}
    at_most: bool = False
    """It can't be known before: these are the most."""

    @property
    def sent(self) -> int:
        """Pushes that Redress would send, at once or when they are let go."""
        return sum(push.number for push in self.pushes if push.state != "manual")

    @property
    def large(self) -> bool:
        """Whether a yes isn't enough."""
        return self.sent > LARGE_PUSHES or sum(self.calls.values()) > LARGE_CALLS

    @property
    def id(self) -> str:
        """Another one whenever the plan is another one."""
        told = [self.subject, sorted(self.pushes), sorted(self.calls.items())]
        return sha256(json.dumps(told).encode()).hexdigest()[:8]

    def mails(self, settings: Settings) -> int:
        """After so many of the pushes a provider may write to a customer."""
        from providers.registry import PROVIDERS

        return sum(
            push.number
            for push in self.pushes
            if push.kind in PROVIDERS[settings.accounts[push.account].provider].mails
        )


def radius(
    subject: str,
    pushes: Iterable[tuple[AccountName, PushKind, str]],
    calls: Mapping[AccountName, int],
    *,
    at_most: bool = False,
) -> Radius:
    """Add up single pushes: account, kind, and the state they would have."""
    counted = Counter(pushes)
    return Radius(
        subject,
        tuple(Pushes(*one, n) for one, n in sorted(counted.items())),
        {name: n for name, n in sorted(calls.items()) if n},
        at_most,
    )


def tell(found: Radius, settings: Settings) -> None:
    """Pushes by provider and kind, customers' e-mails, calls and minutes of the budgets."""
    err = words.err()
    most = "at most " if found.at_most else ""
    if found.pushes:
        err.print(_table(found, settings))
    else:
        err.print("No push would be made.")
    if mails := found.mails(settings):
        pushes = words.count(mails, "push", "pushes")
        err.print(f"After {most}{pushes} a provider may write to the customer.")
    err.print(_cost(found, settings), markup=False)


def agree(
    found: Radius, settings: Settings, question: str, *, yes: bool, plan: str | None = None
) -> None:
    """Tell it, and have it agreed to.  Ends the command if it isn't."""
    tell(found, settings)
    if plan is not None and plan != found.id:
        words.fail(f"{plan} isn't this plan: something has changed", f"this one is {found.id}")
    if plan is not None:
        return
    if found.large:
        words.fail(
            f"this is a large plan: nothing was done ({_size(found)})",
            f"if it is what you want, repeat the command with --plan {found.id}",
        )
    if not yes and not typer.confirm(question, err=True):
        words.fail("everything stays as it was")


def _size(found: Radius) -> str:
    calls = words.count(sum(found.calls.values()), "call")
    return f"{words.count(found.sent, 'push', 'pushes')}, {calls}"


def _table(found: Radius, settings: Settings) -> object:
    number = "at most" if found.at_most else "number"
    made = table("provider", "account", "push", number, "it would be")
    for push in found.pushes:
        provider = settings.accounts[push.account].provider
        made.add_row(
            provider,
            Text(push.account),
            push.kind,
            str(push.number),
            _STATES.get(push.state, push.state),
        )
    return made


def _cost(found: Radius, settings: Settings) -> str:
    """Provider calls, and how long they take at the accounts' budgets."""
    from worker.wiring import allowances

    if not found.calls:
        return "No provider would be called."
    budgets = allowances(settings)
    told = []
    for account, n in found.calls.items():
        line = f"{words.count(n, 'call')} at {account}"
        if account in budgets:
            minutes = words.count(ceil(n / budgets[account].per_minute), "minute")
            line += f" (about {minutes} of its budget)"
        told.append(line)
    return f"Provider calls{', at most' if found.at_most else ''}: {', '.join(told)}."
