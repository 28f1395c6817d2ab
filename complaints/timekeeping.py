"""Whose time a complaint has taken, and all of its clocks side by side.

Told from the same history as its due date.  The time before we could know of it is shown apart:
it may be taken from the team's time, never from the customer's.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from complaints import lifecycle
from complaints.deadlines import Due, clocks, first_due
from complaints.pauses import Pause, Phase, past, phases
from complaints.policies import rules_for
from complaints.rules import PauseKind
from complaints.vocabulary import Status

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from complaints.rules import AccountProfile, ShopRules
    from complaints.store import Store
    from complaints.vocabulary import AccountName, ComplaintNumber
    from complaints.wishes import Case


class Holder(StrEnum):
    """Who had it in hand."""

    NOBODY = "nobody"
    """It was filed, and we couldn't know of it yet."""
    US = "us"
    CUSTOMER = "customer"
    PROVIDER = "provider"
    """An account that has a record of it gave no answers."""
    HELD = "held"
    """A person held it."""


class Clockwork(NamedTuple):
    """How a complaint stands in time."""

    number: ComplaintNumber
    opened_at: datetime
    ended_at: datetime | None
    counts: Due
    clocks: tuple[Due, ...]
    phases: tuple[Phase, ...]
    taken: Mapping[Holder, timedelta]
    """Of the time from its filing until its end, or until now; together they are all of it."""


def clockwork(
    store: Store,
    number: ComplaintNumber,
    rules: ShopRules,
    accounts: Mapping[AccountName, AccountProfile],
    now: datetime,
) -> Clockwork | None:
    """A complaint in time, or the one that it was merged into.  None: there is none."""
    id_ = store.id_of(number)
    if id_ is None:
        return None
    with store.reopened([id_]) as (_, docket):
        return told(docket.book.case(id_, accounts), rules, accounts, now)


def told(
    case: Case, rules: ShopRules, accounts: Mapping[AccountName, AccountProfile], now: datetime
) -> Clockwork:
    """What a case's history tells."""
    complaint = case.complaint
    providers = {name: account.provider for name, account in accounts.items()}
    terms = rules_for(complaint, rules, providers.get(complaint.origin, ""))
    history = past(case, terms, providers)
    so_far = phases(case, terms, providers)
    ended = so_far[-1].since if so_far and complaint.status in lifecycle.ENDED else None
    return Clockwork(
        complaint.number,
        complaint.opened_at,
        ended,
        first_due(complaint.opened_at, terms, history),
        tuple(clocks(complaint.opened_at, terms, history)),
        tuple(so_far),
        taken(complaint.opened_at, so_far, case.stills, ended or now),
    )


def taken(
    filed_at: datetime, so_far: Sequence[Phase], stills: Sequence[Pause], until: datetime
) -> dict[Holder, timedelta]:
    """Whose the time between two moments was, piece by piece."""
    edges = {phase.since for phase in so_far}
    edges |= {edge for still in stills for edge in (still.begin, still.end) if edge is not None}
    inside = sorted(edge for edge in edges if filed_at < edge < until)
    shares = dict.fromkeys(Holder, timedelta(0))
    begins = [filed_at, *inside]
    for begin, end in zip(begins, [*inside, until], strict=True):
        if end > begin:
            shares[_holder(begin, so_far, stills)] += end - begin
    return shares


_WHY = {PauseKind.OUTAGE: Holder.PROVIDER, PauseKind.HOLD: Holder.HELD}


def _holder(at: datetime, so_far: Sequence[Phase], stills: Sequence[Pause]) -> Holder:
    known = [phase for phase in so_far if phase.since <= at]
    if not known:
        return Holder.NOBODY
    if known[-1].status is Status.WAITING:
        return Holder.CUSTOMER
    standing = [one for one in stills if one.begin <= at and (one.end is None or at < one.end)]
    # What a provider's silence stops, people can't hold.
    by = {_WHY[one.why] for one in standing if one.why in _WHY}
    return next((one for one in (Holder.PROVIDER, Holder.HELD) if one in by), Holder.US)
