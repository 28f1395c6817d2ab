"""The working set of one batch: finds the case of each observation and collects decisions.

Pure: the store loads it, `take` decides observation after observation, the store saves what
it collected.  Inside a batch later observations see what earlier ones decided.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from complaints import lifecycle, reconcile
from complaints.model import (
    QUIET,
    AccountName,
    Change,
    Claim,
    Clock,
    Complaint,
    ComplaintNumber,
    ExternalId,
    Hold,
    Mirror,
    Observation,
    Order,
    OrderKey,
    OrderSpace,
    Push,
    PushKind,
    PushState,
    ShopName,
    Source,
    Status,
    Subject,
    Verdict,
)
from complaints.numbers import spell

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from complaints.rules import AccountProfile, ShopRules

_IN_FLIGHT = frozenset({PushState.SENDING, PushState.UNKNOWN})
_TO_BE_SENT_AGAIN = frozenset({PushState.DUE, PushState.PARKED})


@dataclass(frozen=True)
class Named:
    """Everything by which a batch of changes may name what is known already."""

    externals: frozenset[tuple[AccountName, ExternalId]]
    keys: frozenset[tuple[ShopName, OrderSpace, str]]
    numbers: frozenset[ComplaintNumber]

    def names(self) -> Iterator[str]:
        """One text per name, for locks."""
        for parts in (self.externals, self.keys):
            for part in parts:
                yield "/".join(part)
        yield from self.numbers


def _reading(*, quiet: bool) -> Source:
    """Why what was named is to be read."""
    return Source.IMPORT_READ if quiet else Source.HINT


News = tuple[Observation, tuple[Change, ...]]


def name_all(news: Sequence[News], accounts: Mapping[AccountName, AccountProfile]) -> Named:
    """Collect the names that a batch uses."""
    externals, keys, numbers = set(), set(), set()
    for observation, changes in news:
        shop = accounts[observation.account].shop
        for change in changes:
            if change.external_id is not None:
                externals.add((observation.account, change.external_id))
            if change.reference is not None:
                numbers.add(change.reference)
            for key in change.order_keys:
                keys.add((shop, key.space, key.value))
                for account in accounts.values():
                    if account.shop == shop and account.order_space is key.space:
                        externals.add((account.name, ExternalId(key.value)))
    return Named(frozenset(externals), frozenset(keys), frozenset(numbers))


class _Fresh(NamedTuple):
    complaint: int
    mirror: int
    order: int


@dataclass
class _Taken:
    """What one observation came to."""

    verdict: Verdict = Verdict.SUPERSEDED
    reason: str = ""
    complaint_id: int | None = None
    quiet: bool = False
    """Pushes that it asks for wait for a person."""
    touched: dict[int, list[Status]] = field(default_factory=dict)
    rules: list[tuple[int, str]] = field(default_factory=list)


class Docket:
    """Records of one batch, by id and by name."""

    def __init__(
        self,
        orders: Iterable[Order],
        complaints: Iterable[Complaint],
        mirrors: Iterable[Mirror],
        pushes: Iterable[Push],
        fresh: Sequence[tuple[int, ...]],
        serials: Sequence[int],
    ) -> None:
        self._orders = {order.id: order for order in orders}
        self._complaints = {complaint.id: complaint for complaint in complaints}
        self._mirrors = {mirror.id: mirror for mirror in mirrors}
        self._pushes: dict[int, list[Push]] = {}
        for push in pushes:
            self._pushes.setdefault(push.complaint_id, []).append(push)
        self._fresh = iter([_Fresh(*ids) for ids in fresh])
        self._serials = iter(serials)
        self._order_by_key = {
            (o.shop, k.space, k.value): o.id for o in self._orders.values() for k in o.keys
        }
        self._mirror_by_name = {
            (m.account, m.external_id): m.id for m in self._mirrors.values() if m.external_id
        }
        self._mirrors_of: dict[int, set[int]] = {}
        self._mirrors_of_order: dict[int, set[int]] = {}
        for mirror in self._mirrors.values():
            self._index(mirror)
        self._complaints_of: dict[int, set[int]] = {}
        for complaint in self._complaints.values():
            if complaint.order_id is not None:
                self._complaints_of.setdefault(complaint.order_id, set()).add(complaint.id)
        self._by_number = {c.number: c.id for c in self._complaints.values()}
        self._changed_orders: set[int] = set()
        self._changed_complaints: set[int] = set()
        self._changed_mirrors: dict[int, Source | str] = {}
        self._new_pushes: list[dict[str, Any]] = []
        self._new_push_id = -1
        self._new_keys: dict[tuple[ShopName, OrderSpace, str], int] = {}
        self._merged: set[int] = set()
        self.gone_orders: list[int] = []
        self.new_claims: list[dict[str, Any]] = []
        self.new_deadlines: list[dict[str, Any]] = []
        self.decisions: list[dict[str, Any]] = []
        self.transitions: list[dict[str, Any]] = []
        self.superseded: list[int] = []
        self.shown: list[int] = []
        self.verdicts: list[dict[str, Any]] = []

    # -- deciding ------------------------------------------------------------------------

    def take(
        self,
        news: News,
        rules: ShopRules,
        accounts: Mapping[AccountName, AccountProfile],
        now: datetime,
    ) -> None:
        """Decide one observation and remember every consequence."""
        observation, changes = news
        quiet = observation.source in QUIET and not any(change.acts for change in changes)
        taken = _Taken(reason="" if changes else "says nothing", quiet=quiet)
        for change in changes:
            self._take_change(observation, change, rules, accounts, taken)
        for complaint_id, seen in taken.touched.items():
            self._settle(complaint_id, observation, seen, taken, rules, accounts, now)
        self.verdicts.append(
            {
                "seq": observation.seq,
                "verdict": taken.verdict,
                "reason": taken.reason or None,
                "complaint_id": taken.complaint_id,
            }
        )

    def _take_change(
        self,
        observation: Observation,
        change: Change,
        rules: ShopRules,
        accounts: Mapping[AccountName, AccountProfile],
        taken: _Taken,
    ) -> None:
        match change.subject:
            case Subject.UNREADABLE:
                taken.verdict, taken.reason = Verdict.QUARANTINED, change.reason
            case Subject.HINT:
                self._follow(observation.account, change, rules, _reading(quiet=taken.quiet))
                taken.verdict = Verdict.APPLIED
            case Subject.GONE:
                taken.verdict, taken.reason = Verdict.APPLIED, change.reason or "not visible"
            case Subject.ORDER:
                self._take_order(observation, change, rules, accounts, taken)
            case Subject.COMPLAINT:
                self._take_complaint(observation, change, rules, taken)

    def _take_order(
        self,
        observation: Observation,
        change: Change,
        rules: ShopRules,
        accounts: Mapping[AccountName, AccountProfile],
        taken: _Taken,
    ) -> None:
        order = self._order(rules.name, change.order_keys)
        taken.verdict = Verdict.APPLIED
        mirror = None
        if change.external_id is not None:
            mirror = self._mirror(observation.account, change.external_id)
            if observation.as_of < mirror.as_of:
                taken.verdict, taken.reason = Verdict.SUPERSEDED, "older-read"
                self._read(mirror, "again")
                return
            self._put_mirror(
                mirror.model_copy(
                    update={
                        "order_id": order.id if order else mirror.order_id,
                        "settled": change.settled,
                        "as_of": observation.as_of,
                    }
                )
            )
        if order is None:
            return
        for account in accounts.values():
            if account.shop == rules.name and account.order_space is not None:
                for key in order.keys:
                    if key.space is account.order_space:
                        reading = _reading(quiet=taken.quiet)
                        self._track(account.name, ExternalId(key.value), order.id, reading)
        facts = {
            name: value
            for name, value in (
                ("delivered", change.delivered),
                ("total", change.total),
                ("currency", change.currency or None),
            )
            if value is not None
        }
        news = any(getattr(order, name) != value for name, value in facts.items())
        if news or order.id in self._merged:
            self._orders[order.id] = order.model_copy(update=facts)
            self._changed_orders.add(order.id)
            for complaint_id in sorted(self._complaints_of.get(order.id, ())):
                taken.touched.setdefault(complaint_id, [])

    def _take_complaint(
        self, observation: Observation, change: Change, rules: ShopRules, taken: _Taken
    ) -> None:
        if change.external_id is None:
            taken.verdict, taken.reason = Verdict.QUARANTINED, "a complaint without an id"
            return
        mirror = self._mirror(observation.account, change.external_id)
        complaint, rule = self._find(observation, change, mirror, rules)
        if complaint is None:
            complaint = self._open(observation, change, rules)
            rule = "new-case"
        if mirror.complaint_id is None:
            mirror = self._attach(mirror, complaint)
        folded = reconcile.fold(mirror, change, observation, self._pushes.get(complaint.id, ()))
        taken.complaint_id = complaint.id
        if not folded.applied:
            taken.reason = folded.rule
            if folded.rule == "older-read":
                # An account that has lost its own history would be read without an end.
                self._read(mirror, "again")
            return
        taken.verdict = Verdict.APPLIED
        self._put_mirror(folded.mirror)
        order = self._order(rules.name, change.order_keys)
        if order is not None and complaint.order_id is None:
            self._bind(complaint, order)
        taken.touched.setdefault(complaint.id, []).extend(folded.seen)
        taken.rules.append((complaint.id, f"{rule}/{folded.rule}" if rule else folded.rule))

    def _settle(
        self,
        complaint_id: int,
        observation: Observation,
        seen: Sequence[Status],
        taken: _Taken,
        rules: ShopRules,
        accounts: Mapping[AccountName, AccountProfile],
        now: datetime,
    ) -> None:
        case = self._case(complaint_id, accounts)
        settled = reconcile.settle(case, observation.seq, seen, rules, accounts)
        before = case.complaint
        if vars(settled.complaint) | {"version": before.version} != vars(before):
            self._complaints[complaint_id] = settled.complaint
            self._changed_complaints.add(complaint_id)
        rule = next((rule for id_, rule in taken.rules if id_ == complaint_id), "order-fact")
        self.decisions.append(
            {
                "seq": observation.seq,
                "complaint_id": complaint_id,
                "account": observation.account,
                "at": now.isoformat(),
                "rule": rule,
                "rules_version": rules.version,
                "fields": settled.fields,
            }
        )
        self.transitions += [
            {
                "complaint_id": complaint_id,
                "seq": observation.seq,
                "account": observation.account,
                "at": now.isoformat(),
                "before": move.before,
                "after": move.after,
                "jump": move.jump,
            }
            for move in settled.moves
        ]
        self._end_pushes(complaint_id, settled.superseded, PushState.SUPERSEDED)
        self._end_pushes(complaint_id, settled.shown, PushState.DONE)
        for wanted in settled.wanted:
            state = PushState.MANUAL if wanted.kind is PushKind.PORTAL else PushState.DUE
            push = Push(
                id=self._new_push_id,
                complaint_id=complaint_id,
                account=wanted.account,
                kind=wanted.kind,
                state=state,
                target=wanted.target,
            )
            self._new_push_id -= 1
            self._pushes.setdefault(complaint_id, []).append(push)
            self._new_pushes.append(
                {
                    "id": push.id,
                    "key": wanted.key,
                    "complaint_id": complaint_id,
                    "account": wanted.account,
                    "kind": wanted.kind,
                    "target": wanted.target,
                    "amount": None if wanted.amount is None else str(wanted.amount),
                    "reason": wanted.reason,
                    "cause": observation.seq,
                    "held_for": Hold.IMPORT if taken.quiet else None,
                }
            )

    def _end_pushes(self, complaint_id: int, ids: Sequence[int], state: PushState) -> None:
        if not ids:
            return
        self._pushes[complaint_id] = [
            push.model_copy(update={"state": state}) if push.id in ids else push
            for push in self._pushes[complaint_id]
        ]
        ended = self.superseded if state is PushState.SUPERSEDED else self.shown
        ended += [id_ for id_ in ids if id_ > 0]

    # -- finding -------------------------------------------------------------------------

    def _find(
        self, observation: Observation, change: Change, mirror: Mirror, rules: ShopRules
    ) -> tuple[Complaint | None, str]:
        """The complaint that a change speaks of: by id there, our reference, or our own push."""
        if mirror.complaint_id is not None:
            return self._complaints[mirror.complaint_id], ""
        account = observation.account
        named = self._complaints.get(
            self._by_number.get(change.reference or ComplaintNumber(""), 0)
        )
        # Anybody can write our reference into a text: it counts only where we wrote it.
        ours = named is not None and self._in_flight(named.id, account, PushKind.CREATE)
        if named is not None and named.shop == rules.name and ours:
            return named, "our-reference"
        for complaint_id in sorted(self._complaints_of.get(mirror.order_id or 0, ())):
            if self._in_flight(complaint_id, account, PushKind.OPEN_DISPUTE):
                return self._complaints[complaint_id], "our-dispute"
        return None, ""

    def _in_flight(self, complaint_id: int, account: AccountName, kind: PushKind) -> bool:
        """Whether we may have made this known there and don't know under which id."""
        return any(
            push.account == account
            and push.kind is kind
            and (push.state in _IN_FLIGHT or (push.tried and push.state in _TO_BE_SENT_AGAIN))
            for push in self._pushes.get(complaint_id, ())
        )

    def _open(self, observation: Observation, change: Change, rules: ShopRules) -> Complaint:
        number = observation.number or spell(next(self._serials))
        complaint_id = next(self._fresh).complaint
        complaint = reconcile.open_case(complaint_id, number, change, observation, rules)
        self._complaints[complaint.id] = complaint
        self._by_number[complaint.number] = complaint.id
        self._changed_complaints.add(complaint.id)
        claim = change.claim or Claim()
        self.new_claims.append(
            {
                "complaint_id": complaint.id,
                "raiser": claim.raiser,
                "body": claim.model_dump(mode="json"),
            }
        )
        if complaint.due_at is not None:
            self.new_deadlines.append(
                {
                    "complaint_id": complaint.id,
                    "clock": Clock.SHOP,
                    "version": 1,
                    "due_at": complaint.due_at.isoformat(),
                    "rules_version": rules.version,
                }
            )
        return complaint

    def _order(self, shop: ShopName, keys: Sequence[OrderKey]) -> Order | None:
        """The tracked order with any of these keys; a new one if none is known."""
        if not keys:
            return None
        known = sorted(
            {
                order_id
                for key in keys
                if (order_id := self._order_by_key.get((shop, key.space, key.value))) is not None
            }
        )
        if known:
            order = self._merge(known)
        else:
            order = Order(id=next(self._fresh).order, shop=shop)
            self._changed_orders.add(order.id)
        unknown = tuple(
            key for key in keys if (shop, key.space, key.value) not in self._order_by_key
        )
        for key in unknown:
            self._order_by_key[shop, key.space, key.value] = order.id
            self._new_keys[shop, key.space, key.value] = order.id
        if unknown:
            order = order.model_copy(update={"keys": (*order.keys, *unknown)})
        self._orders[order.id] = order
        return order

    def _merge(self, ids: Sequence[int]) -> Order:
        """One order that was known under several ids is one from now on: the oldest row."""
        order = self._orders[ids[0]]
        for id_ in ids[1:]:
            other = self._orders.pop(id_)
            facts = {
                name: getattr(other, name)
                for name in ("delivered", "total", "currency")
                if getattr(order, name) is None
            }
            order = order.model_copy(update={**facts, "keys": (*order.keys, *other.keys)})
            self._orders[order.id] = order
            self._changed_orders.discard(id_)
            self._changed_orders.add(order.id)
            self._merged.add(order.id)
            self.gone_orders.append(id_)
            for key in other.keys:
                self._order_by_key[other.shop, key.space, key.value] = order.id
                self._new_keys[other.shop, key.space, key.value] = order.id
            for complaint_id in self._complaints_of.pop(id_, set()):
                self._bind(self._complaints[complaint_id], order)
            for mirror_id in self._mirrors_of_order.pop(id_, set()):
                mirror = self._mirrors[mirror_id]
                self._put_mirror(mirror.model_copy(update={"order_id": order.id}))
        return order

    @property
    def new_keys(self) -> list[dict[str, Any]]:
        """Rows of the keys that are new, or belong to another order now."""
        return [
            {"shop": shop, "space": space, "value": value, "order_id": order_id}
            for (shop, space, value), order_id in self._new_keys.items()
        ]

    def _mirror(self, account: AccountName, external_id: ExternalId) -> Mirror:
        """The mirror of this id, made if need be (and not yet to be saved)."""
        known = self._mirror_by_name.get((account, external_id))
        if known is not None:
            return self._mirrors[known]
        mirror = Mirror(
            id=next(self._fresh).mirror,
            account=account,
            external_id=external_id,
            complaint_id=None,
            order_id=None,
        )
        self._mirror_by_name[account, external_id] = mirror.id
        self._put_mirror(mirror, "first")
        return mirror

    def _follow(self, account: AccountName, change: Change, rules: ShopRules, why: Source) -> None:
        """Read this record soon: something moved there."""
        if change.external_id is None:
            return
        mirror = self._mirror(account, change.external_id)
        order = self._order(rules.name, change.order_keys)
        if order is not None and mirror.order_id is None:
            mirror = mirror.model_copy(update={"order_id": order.id})
        self._put_mirror(mirror, why)

    def _track(
        self, account: AccountName, external_id: ExternalId, order_id: int, why: Source
    ) -> None:
        """Begin to read an order by its own id at an account that reads orders."""
        if (account, external_id) in self._mirror_by_name:
            mirror = self._mirror(account, external_id)
            if mirror.order_id is None:
                self._put_mirror(mirror.model_copy(update={"order_id": order_id}))
            return
        mirror = self._mirror(account, external_id)
        self._put_mirror(mirror.model_copy(update={"order_id": order_id}), why)

    def _attach(self, mirror: Mirror, complaint: Complaint) -> Mirror:
        attached = mirror.model_copy(update={"complaint_id": complaint.id})
        self._put_mirror(attached)
        if complaint.order_id is None and attached.order_id in self._orders:
            self._bind(complaint, self._orders[attached.order_id])
        return attached

    def _bind(self, complaint: Complaint, order: Order) -> None:
        bound = self._complaints[complaint.id].model_copy(update={"order_id": order.id})
        self._complaints[bound.id] = bound
        self._complaints_of.setdefault(order.id, set()).add(bound.id)
        self._changed_complaints.add(bound.id)

    def _case(
        self, complaint_id: int, accounts: Mapping[AccountName, AccountProfile]
    ) -> reconcile.Case:
        complaint = self._complaints[complaint_id]
        mirrors = tuple(
            self._mirrors[id_] for id_ in sorted(self._mirrors_of.get(complaint_id, ()))
        )
        order = self._orders.get(complaint.order_id or 0)
        payment, disputing = None, False
        if order is not None:
            for id_ in sorted(self._mirrors_of_order.get(order.id, ())):
                mirror = self._mirrors[id_]
                profile = accounts.get(mirror.account)
                if mirror.complaint_id is None and profile and profile.order_space is not None:
                    payment = mirror
            disputing = any(
                push.kind is PushKind.OPEN_DISPUTE and push.state is not PushState.SUPERSEDED
                for other in self._complaints_of.get(order.id, ())
                if other != complaint_id
                for push in self._pushes.get(other, ())
            )
        pushes = tuple(self._pushes.get(complaint_id, ()))
        return reconcile.Case(complaint, mirrors, pushes, order, payment, disputing)

    def _read(self, mirror: Mirror, why: Source | str) -> None:
        self._changed_mirrors[mirror.id] = why

    def _put_mirror(self, mirror: Mirror, why: Source | str | None = None) -> None:
        self._mirrors[mirror.id] = mirror
        self._index(mirror)
        if why is not None:
            self._changed_mirrors[mirror.id] = why
        else:
            self._changed_mirrors.setdefault(mirror.id, Source.POLL)

    def _index(self, mirror: Mirror) -> None:
        if mirror.complaint_id is not None:
            self._mirrors_of.setdefault(mirror.complaint_id, set()).add(mirror.id)
        if mirror.order_id is not None:
            self._mirrors_of_order.setdefault(mirror.order_id, set()).add(mirror.id)

    # -- what is to be saved -------------------------------------------------------------

    def changed_orders(self) -> list[Order]:
        """Orders that are new or changed."""
        return [self._orders[id_] for id_ in sorted(self._changed_orders)]

    def changed_complaints(self) -> list[Complaint]:
        """Complaints that are new or changed."""
        return [self._complaints[id_] for id_ in sorted(self._changed_complaints)]

    def changed_mirrors(self) -> list[tuple[Mirror, Source | str]]:
        """Mirrors that are new or changed, and why each is to be read next, if it is."""
        return [(self._mirrors[id_], why) for id_, why in sorted(self._changed_mirrors.items())]

    def mirror_rows(
        self, now: datetime, accounts: Mapping[AccountName, AccountProfile]
    ) -> list[dict[str, Any]]:
        """Rows of the mirrors to save, with the next read of those that get one."""
        rows = []
        for mirror, why in self.changed_mirrors():
            profile = accounts[mirror.account]
            if not profile.reads:
                next_read = None
            elif why == "first":
                next_read = (now + profile.read_plan.first).isoformat()
            else:
                next_read = now.isoformat()
            row = mirror.model_dump(mode="json")
            row["covers"] = sorted(row["covers"])
            row["next_read_at"] = next_read
            row["read_for"] = Source.POLL if why == "first" else why
            row["body_hash"] = row["lease"] = row["lease_until_tech"] = None
            row["ended_at"] = now.isoformat() if mirror.status in lifecycle.ENDED else None
            rows.append(row)
        return rows

    def push_rows(self, now: datetime, held: frozenset[AccountName]) -> list[dict[str, Any]]:
        """Rows of the new pushes.  Those of `held` accounts wait for a release."""
        alive = {push.id: push.state for pushes in self._pushes.values() for push in pushes}
        rows = {}
        for row in self._new_pushes:
            state = alive[row["id"]]
            held_for = row["held_for"] or (Hold.RELEASE if row["account"] in held else None)
            if state is PushState.DUE and held_for:
                state = PushState.HELD
            ended = None if state is not PushState.SUPERSEDED else now.isoformat()
            # One that was overtaken and is wanted again in this batch has its last row count.
            rows[row["key"]] = {k: v for k, v in row.items() if k != "id"} | {
                "state": state,
                "held_for": held_for if state is PushState.HELD else None,
                "created_at": now.isoformat(),
                "ended_at": ended,
            }
        return list(rows.values())
