"""READ THIS FIRST: what Redress does, top to bottom.

A row in PostgreSQL is the truth; a message is only a nudge to look at it.  Every step below
may run twice, late, or in any order, on any worker.  The durable steps, in their order:

    receive    1 the arrival is kept          -> nudge reconcile
    poll       2 reads are claimed -> nudge poll
               (the provider is asked)        3 what is new is kept  -> nudge reconcile
    reconcile  4 a batch is claimed           5 its decisions are saved -> nudge poll, push
    push       6 one push is claimed -> nudge push
               (the provider is called)
               7 its outcome is recorded, a read-back is due -> nudge poll
    escalate   8 rungs are fired              9 notices are claimed
              10 that a channel is told now is noted
               (people are told)             11 that they were told is recorded
    sweep     12 what dead workers left behind is freed
    look         (every step is nudged: a lost nudge costs one interval, no more)
    seal      13 what was received is sealed
    audit        some records are read and compared; what differs is due to be read
    match        cases that strong evidence says are one are joined, as by a person
    renew     14 what was weighed under older rules is weighed anew -> nudge every step

Between 6 and 7 a push is ``sending``; a worker that dies there leaves it to the sweep, which
lets it be looked up, or calls it ``unknown`` when the provider has nothing to look up.
No transaction is open while we talk to the outside.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from complaints.auditing import sample
from complaints.contents import read_out
from complaints.docket import Docket
from complaints.ladder import ladder
from complaints.names import News, shop_of
from complaints.notifying import notify
from complaints.ports import (
    Boundless,
    Budget,
    Bulkheads,
    NeedsHuman,
    Provider,
    Transient,
    Unlimited,
)
from complaints.reading import next_read
from complaints.renewing import renew
from complaints.retrying import Delays
from complaints.reviewing import match
from complaints.rules import PauseKind
from complaints.store.casework import StoreBusy
from complaints.store.freezes import Direction
from complaints.store.intake import Intake, Tracked
from complaints.store.reads import DueRead, Read, ReadBatch
from complaints.store.receipts import Arrival, Batch, Kept
from complaints.store.saving import LeaseLost
from complaints.vocabulary import (
    LOOKED_UP,
    NEEDS,
    OPERATOR,
    PURPOSE_OF,
    AccountName,
    Capability,
    ComplaintNumber,
    ExternalId,
    Hold,
    Purpose,
    PushKind,
    ShopName,
    Source,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from contextlib import AbstractContextManager
    from datetime import datetime

    from complaints.notifying import Channel
    from complaints.rules import AccountProfile, ShopRules
    from complaints.store import Store
    from complaints.store.pushes import Claimed
    from complaints.vocabulary import OrderState


@dataclass(frozen=True)
class Limits:
    """How much is taken at once, and how long a claim holds (seconds of PostgreSQL's clock)."""

    batch: int = 200
    reads: int = 20
    lease: float = 60.0
    tries: int = 100
    """Tries of a push that surely didn't happen: about a day, at the cap of the delay."""
    deaths: int = 3
    """Workers that may die over one push before it is set aside."""
    patience: int = 3
    """Failures of an account in a row after which it is left alone, though it doesn't ask."""
    rest: float = 2.0
    """For how long it is, at first; twice as long after each further failure."""
    longest_rest: float = 60.0
    delays: Delays = field(default_factory=Delays)
    """Between the tries of one push, or of one read."""


@dataclass(frozen=True)
class Deps:
    """Everything that a step needs, made once by the composition root."""

    store: Store
    providers: Mapping[AccountName, Provider]
    accounts: Mapping[AccountName, AccountProfile]
    shops: Mapping[ShopName, ShopRules]
    clock: Callable[[], datetime]
    nudge: Callable[[str], None]
    """Say that there is work for a step.  Nudges coalesce; one that can't be sent is no fault."""
    recall: Callable[[str], None]
    """The same, whether or not a nudge is under way."""
    channels: Mapping[str, Channel]
    """The ways to tell people, by name."""
    budget: Budget = field(default_factory=Unlimited)
    bulkheads: Bulkheads = field(default_factory=Boundless)
    limits: Limits = field(default_factory=Limits)

    def able(self, *capabilities: Capability) -> list[AccountName]:
        """Accounts that can do one of these and are neither paused nor frozen."""
        names = [n for n, a in self.accounts.items() if a.capabilities & set(capabilities)]
        reads = set(capabilities) <= {Capability.FETCH}
        still = self.store.freezes.accounts(Direction.IN if reads else Direction.OUT, self.clock())
        return [n for n in self.store.accounts.standing(names).ready if n not in still]

    def in_force(self) -> dict[ShopName, ShopRules]:
        """The rules of each shop: what it has adopted, as long as it never did the settings'."""
        adopted = self.store.rulesets.newest()
        return {
            name: adopted[name].rules if name in adopted else own
            for name, own in self.shops.items()
        }

    def read_only(self) -> frozenset[AccountName]:
        """Live accounts that nobody has released yet."""
        released = self.store.accounts.standing(list(self.accounts)).released
        return frozenset(n for n, a in self.accounts.items() if a.live and n not in released)

    def cost(self, account: AccountName, kind: PushKind | None = None) -> int:
        """The most requests that a push of this kind, or a read, makes at an account."""
        return self.providers[account].cost(kind)


class UnknownAccount(Exception):
    """No account of that name receives anything here."""


# -- receive -----------------------------------------------------------------------------


def receive(
    deps: Deps, account: AccountName, path: str, headers: Mapping[str, str], body: bytes
) -> Kept:
    """Verify a delivery, keep it, nudge.  Raises UnknownAccount and Rejected."""
    provider = deps.providers.get(account)
    if provider is None or Capability.WEBHOOK not in provider.capabilities:
        raise UnknownAccount
    now = deps.clock()
    delivery = provider.verify(path, headers, body, now)
    arrival = Arrival(
        account=account,
        source=Source.WEBHOOK,
        form=delivery.form,
        external_id=delivery.external_id,
        body=body,
        dedupe_key=delivery.delivery_id,
    )
    return keep(deps, [arrival], now)[0]


def intake(
    deps: Deps,
    account: AccountName,
    key: str,
    raiser: str,
    form: str,
    body: bytes,
    window: timedelta,
) -> Intake:
    """Take a complaint from a chat.  Its number is committed before this returns.

    The same `key` of the same `raiser` inside `window` is the same complaint; later it is
    another one, observed under the form ``FORM after NUMBER``.
    """
    taken = deps.store.intakes.take(account, key, raiser, form, body, deps.clock(), window)
    deps.nudge("reconcile")
    return taken


def track(deps: Deps, account: AccountName, raiser: str, number: ComplaintNumber) -> Tracked | None:
    """Answer a raiser's question from our own store.  None: unknown, or not theirs."""
    return deps.store.intakes.track(account, raiser, number)


def ask_order(deps: Deps, account: AccountName, order_number: str, asker: str) -> OrderState | None:
    """Answer a customer's question about an order of the account's shop, from our own store.

    `asker` is the e-mail of who asks.  None: no such order, or not theirs, or nothing known of
    it; the work is the same.
    """
    return deps.store.intakes.ask_order(deps.accounts[account].shop, order_number, asker)


class ImportRow(NamedTuple):
    """One row of an import.  ``name`` makes the same row recognisable for ever."""

    name: str
    form: str
    external_id: ExternalId | None
    body: bytes


def import_rows(deps: Deps, account: AccountName, rows: Sequence[ImportRow]) -> list[Kept]:
    """Keep the rows of an import.  Idempotent: a row that came before is only counted.

    Pushes that follow from the rows alone are held, unless the bodies say that they act.
    """
    unique = {row.name: row for row in rows}
    arrivals = [
        Arrival(
            account=account,
            source=Source.IMPORT,
            form=row.form,
            external_id=row.external_id,
            body=row.body,
            dedupe_key=f"import:{row.name}",
        )
        for row in unique.values()
    ]
    kept = dict(zip(unique, keep(deps, arrivals, deps.clock()), strict=True))
    seen: set[str] = set()
    result = []
    for row in rows:
        first = kept[row.name]
        result.append(first if row.name not in seen else Kept(first.seq, fresh=False))
        seen.add(row.name)
    return result


def keep(deps: Deps, arrivals: Sequence[Arrival], now: datetime) -> list[Kept]:
    """Keep arrivals, whatever they are, and nudge."""
    kept = deps.store.receipts.keep(arrivals, now)
    deps.nudge("reconcile")
    return kept


# -- poll --------------------------------------------------------------------------------


def poll(deps: Deps) -> int:
    """Read mirrors of one account that are due.  Returns how many were claimed."""
    now = deps.clock()
    enough = time.monotonic() + deps.limits.lease / 2
    readers = deps.bulkheads.ready(deps.able(Capability.FETCH))
    allowed = {purpose: deps.budget.open(readers, purpose) for purpose in PURPOSE_OF.values()}
    batch = deps.store.reads.claim(allowed, deps.limits.reads, deps.limits.lease, now)
    if not batch.reads:
        return 0
    reads: list[Read] = []
    bug: Exception | None = None
    with _place(deps, batch.reads[0].account) as there:
        if there:
            deps.nudge("poll")  # somebody else sees to the others, however slow this account is
            bug = _read_each(deps, batch, reads, now, enough)
    try:
        if deps.store.reads.record(batch, reads, now):
            deps.nudge("reconcile")
    finally:
        deps.store.reads.unread(batch)
    if reads:
        deps.store.accounts.succeeded(batch.reads[0].account, now)
    if bug is not None:
        raise bug
    return len(batch.reads)


def _read_each(
    deps: Deps, batch: ReadBatch, reads: list[Read], now: datetime, enough: float
) -> Exception | None:
    """Add to `reads` what was read of a batch.  Returns the newest bug that it hit.

    What isn't read is handed back: all that is must be recorded within the lease.
    """
    bug: Exception | None = None
    for due in batch.reads:
        if time.monotonic() > enough:
            break
        if deps.budget.take(due.account, PURPOSE_OF[due.source], deps.cost(due.account)):
            continue
        try:
            read = _read(deps, batch, due, now)
        except Exception as fault:  # noqa: BLE001 - raised by the caller: its neighbours go first
            deps.store.reads.failed(batch, due, deps.limits.delays.after(due.failures))
            bug = fault
            continue
        if read is None:
            break
        reads.append(read)
    return bug


def _read(deps: Deps, batch: ReadBatch, due: DueRead, now: datetime) -> Read | None:
    """Read one mirror.  None: that account gives no answers now."""
    try:
        reading = deps.providers[due.account].fetch(due.external_id)
    except Transient as fault:
        wait = deps.limits.delays.after(due.failures, fault.retry_after)
        deps.store.reads.failed(batch, due, wait)
        _give_rest(deps, due.account, fault, now)
        return None
    except NeedsHuman as fault:
        _pause(deps, due.account, fault, now)
        return None
    digest = deps.store.receipts.digest(reading.body)
    arrival = None
    # A read-back is kept even when it shows nothing new: that a write had no effect is news.
    if digest != due.body_hash or due.source is Source.READ_BACK:
        arrival = Arrival(
            account=due.account,
            source=due.source,
            form=reading.form,
            external_id=due.external_id,
            body=reading.body,
            dedupe_key=f"{due.external_id}#{due.read_number + 1}",
            as_of=due.as_of,
        )
    return Read(due, arrival, digest, next_read(due, deps.accounts[due.account].read_plan, now))


# -- reconcile ---------------------------------------------------------------------------


def reconcile(deps: Deps) -> int:
    """Decide a batch of observations.  Returns how many were claimed."""
    receipts, limits = deps.store.receipts, deps.limits
    known = [*deps.accounts, OPERATOR]
    batch = receipts.claim(known, limits.batch, limits.lease)
    if not batch.observations:
        batch = receipts.claim(known, 1, limits.lease, lonely=True)
    if batch.observations:
        _decide(deps, batch)
        deps.nudge("push")
        deps.nudge("poll")
    return len(batch.observations)


def _decide(deps: Deps, batch: Batch) -> None:
    now = deps.clock()
    try:
        news = [(o, read_out(deps, o)) for o in batch.observations]
        held = deps.read_only()
        with deps.store.casework(news, deps.accounts) as (connection, docket):
            take_all(docket, news, deps, now)
            deps.store.save(connection, docket, batch, now, deps.accounts, held)
    except LeaseLost:
        return
    except StoreBusy:
        deps.store.receipts.give_up(batch)
        raise
    except Exception as fault:
        deps.store.receipts.give_up(batch, fault=type(fault).__name__)
        raise


def take_all(docket: Docket, news: Sequence[News], deps: Deps, now: datetime) -> None:
    """Decide observation after observation, each under its own shop's rules."""
    in_force = deps.in_force()
    for observation, pieces in news:
        rules = in_force.get(shop_of(observation, pieces, deps.accounts) or ShopName(""))
        if rules is None:
            docket.refuse(observation, "of no shop that is known here")
        else:
            docket.take((observation, pieces), rules, deps.accounts, now)


# -- push --------------------------------------------------------------------------------


def push(deps: Deps) -> int:
    """Send the next push that is due.  Returns 0 when there is none, else 1."""
    writers = deps.bulkheads.ready(deps.able(*NEEDS.values()))
    writers = deps.budget.open(writers, Purpose.WRITE)
    now = deps.clock()
    account = deps.store.pushes.next_account(writers, now)
    if account is None:
        return 0
    with _place(deps, account) as there:
        enough = time.monotonic() + deps.limits.lease / 2
        claimed = deps.store.pushes.claim([account], deps.limits.lease, now) if there else None
        if claimed is None:
            return 1  # no place, or somebody was faster: there may be others
        deps.nudge("push")  # somebody else sees to the next one
        if time.monotonic() < enough:
            _send(deps, claimed, now)
        else:
            # We stood still: what is sent must be recorded within the lease.
            deps.store.pushes.unsent(claimed, "its worker stood still", now)
    return 1


def _place(deps: Deps, account: AccountName) -> AbstractContextManager[bool]:
    """Take one of an account's places; one that didn't answer lately has a single one."""
    failing = deps.store.accounts.standing([account]).failing[account] >= deps.limits.patience
    return deps.bulkheads.enter(account, deps.limits.lease, alone=failing)


def _send(deps: Deps, claimed: Claimed, now: datetime) -> None:
    requests = deps.cost(claimed.account, claimed.intent.kind)
    wait = deps.budget.take(claimed.account, Purpose.WRITE, requests, claimed.subject)
    if wait:
        deps.store.pushes.unsent(claimed, "waits for the account's budget", now, wait)
        return
    try:
        receipt = deps.providers[claimed.account].push(claimed.intent)
    except Transient as fault:
        _later(deps, claimed, fault, now)
    except NeedsHuman as fault:
        deps.store.pushes.unsent(claimed, str(fault), now)
        _pause(deps, claimed.account, fault, now)
    else:
        readable = deps.accounts[claimed.account].reads
        deps.store.pushes.record(claimed, receipt, now, readable=readable)
        deps.store.accounts.succeeded(claimed.account, now)
        deps.nudge("poll")


def _later(deps: Deps, claimed: Claimed, fault: Transient, now: datetime) -> None:
    wait = deps.limits.delays.after(claimed.attempts, fault.retry_after)
    give_up = claimed.attempts >= deps.limits.tries
    deps.store.pushes.later(claimed, str(fault), wait, now, give_up=give_up)
    _give_rest(deps, claimed.account, fault, now)


def _give_rest(deps: Deps, account: AccountName, fault: Transient, now: datetime) -> None:
    """Leave an account alone that asks for it, or that fails again and again."""
    limits, in_a_row = deps.limits, deps.store.accounts.failed(account, str(fault), now)
    wait = fault.retry_after or 0.0
    if in_a_row >= limits.patience:
        deps.store.outages.begin(account, now)
        rest = limits.rest * 2 ** min(in_a_row - limits.patience, 20)
        wait = max(wait, min(rest, limits.longest_rest))
    if wait:
        deps.store.accounts.wait(account, wait)


def _pause(deps: Deps, account: AccountName, fault: NeedsHuman, now: datetime) -> None:
    """Stop using an account, and say so once."""
    if deps.store.accounts.pause(account, str(fault), now):
        deps.nudge("escalate")


# -- escalate and sweep ------------------------------------------------------------------


def escalate(deps: Deps) -> int:
    """Flag what is past its due date, and tell people all there is to tell.  Returns how much."""
    now = deps.clock()
    rungs, batch = deps.store.escalations, deps.limits.batch
    in_force = deps.in_force()
    ladders = {shop: ladder(rules.ladder, rules.rungs) for shop, rules in in_force.items()}
    currencies = {shop: rules.currency for shop, rules in in_force.items()}
    while rungs.fire(now, batch, ladders, currencies) == batch:
        pass
    for due in (rungs.remind, rungs.alarm):
        while due(now, batch) == batch:
            pass
    return notify(deps)


def look(deps: Deps) -> int:
    """Nudge every step, whatever was nudged before: this finds what a lost nudge left."""
    for step in STEPS:
        deps.recall(step)
    return 0


def sweep(deps: Deps) -> int:
    """Free what dead workers left behind.  Returns how much that was."""
    swept = deps.store.pushes.sweep(LOOKED_UP, deps.limits.deaths, deps.clock())
    if swept:
        renew(deps)  # their cases have been weighed without them
    freed = len(swept) + len(deps.store.receipts.park_hopeless())
    freed += deps.store.outages.count(_excused(deps), deps.clock())
    # Decided while the account was being released: saved as held behind the release's back.
    for name in deps.accounts.keys() - deps.read_only():
        freed += deps.store.pushes.release(name, {Hold.RELEASE})
    deps.store.accounts.tidy()
    return freed


def _excused(deps: Deps) -> list[AccountName]:
    """Accounts whose outages stop the clock of their shop."""
    pausing = {s for s, rules in deps.in_force().items() if PauseKind.OUTAGE in rules.pauses}
    return [name for name, account in deps.accounts.items() if account.shop in pausing]


def seal(deps: Deps) -> int:
    """Seal what was received since, behind its back.  Returns how many rows."""
    horizon = deps.store.seals.horizon()
    if horizon is None:
        return 0  # somebody keeps an arrival for long: the next time
    enough = time.monotonic() + deps.limits.lease / 2
    sealed = 0
    while time.monotonic() < enough and (n := deps.store.seals.seal(horizon, deps.clock())):
        sealed += n
    return sealed


STEPS: dict[str, Callable[[Deps], int]] = {
    "reconcile": reconcile,
    "push": push,
    "poll": poll,
    "escalate": escalate,
}
"""What workers run, by the name of the queue.  Each returns 0 when there is nothing left."""

SWEEPS: dict[str, Callable[[Deps], int]] = {
    "look": look,
    "sweep": sweep,
    "renew": renew,
    "match": match,
    "audit": sample,
    "seal": seal,
}
"""What beat runs, by the name of the entry."""
