"""Decides a batch, observation after observation, and collects what follows from it.

Pure: the store loads the casebook, `Docket.take` decides, the store saves what was collected.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from complaints import lifecycle, reconcile, telling, tracking
from complaints.acts import AttachFile, OrderErrand
from complaints.casebook import Casebook, Loaded
from complaints.model import (
    BY_HAND,
    NEEDS,
    AccountName,
    Change,
    Claim,
    Clock,
    Complaint,
    ExternalId,
    File,
    Hold,
    Mirror,
    Observation,
    OrderFacts,
    Push,
    PushKind,
    PushState,
    Source,
    Status,
    Subject,
    Verdict,
    WantedPush,
)
from complaints.names import News, order_records

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from complaints.rules import AccountProfile, ShopRules

_IN_FLIGHT = frozenset({PushState.SENDING, PushState.UNKNOWN})
_TO_BE_SENT_AGAIN = frozenset({PushState.DUE, PushState.PARKED})


class NewPush(NamedTuple):
    """A push that a decision asks for, or a person.  ``id`` is negative until it is saved."""

    id: int
    wanted: WantedPush
    complaint_id: int | None
    cause: int
    state: PushState
    held_for: Hold | None


@dataclass
class _Taken:
    """What one observation came to."""

    rules: ShopRules
    accounts: Mapping[AccountName, AccountProfile]
    verdict: Verdict = Verdict.SUPERSEDED
    reason: str = ""
    complaint_id: int | None = None
    reading: Source = Source.HINT
    """Why what it names is to be read."""
    touched: dict[int, list[Status]] = field(default_factory=dict)
    why: list[tuple[int, str]] = field(default_factory=list)
    given_up: set[int] = field(default_factory=set)
    """Orders whose dispute a complaint doesn't ask for any more."""

    def end(self, verdict: Verdict, reason: str = "") -> None:
        """Say what became of the observation, and why."""
        self.verdict, self.reason = verdict, reason


class Docket:
    """One batch under decision."""

    def __init__(self, loaded: Loaded) -> None:
        self.book = Casebook(loaded)
        self._next_push = -1
        self.new_pushes: list[NewPush] = []
        self.claims: dict[int, dict[str, Any]] = {}
        self.deadlines: dict[int, dict[str, Any]] = {}
        self.new_files: list[dict[str, Any]] = []
        self.decisions: list[dict[str, Any]] = []
        self.transitions: list[dict[str, Any]] = []
        self.superseded: list[int] = []
        self.shown: list[int] = []
        self.verdicts: list[dict[str, Any]] = []

    def take(
        self,
        news: News,
        rules: ShopRules,
        accounts: Mapping[AccountName, AccountProfile],
        now: datetime,
    ) -> None:
        """Decide one observation and remember every consequence."""
        observation, pieces = news
        taken = _Taken(rules, accounts)
        taken.reason = "" if pieces else "says nothing"
        if any(isinstance(p, Change) and telling.is_quiet(p, observation) for p in pieces):
            taken.reading = Source.IMPORT_READ
        for piece in pieces:
            match piece:
                case Change():
                    self._take_change(observation, piece, taken)
                case AttachFile():
                    self._take_file(observation, piece, taken)
                case OrderErrand():
                    self._take_errand(observation, piece, taken)
        self._restate_orders(taken)
        for complaint_id, seen in taken.touched.items():
            self._settle(complaint_id, observation, seen, taken, now)
        # An order has one dispute: what one complaint gives up another may ask for.
        for complaint_id in [c for o in sorted(taken.given_up) for c in self.book.complaints_of(o)]:
            self._settle(complaint_id, observation, (), taken, now)
        self._judge(observation, taken.verdict, taken.reason, taken.complaint_id)

    def settle(
        self,
        complaint_id: int,
        after: Observation,
        rules: ShopRules,
        accounts: Mapping[AccountName, AccountProfile],
        now: datetime,
    ) -> None:
        """Decide about a complaint once more, though nothing new was heard of it."""
        self._settle(complaint_id, after, (), _Taken(rules, accounts), now)

    def refuse(self, observation: Observation, reason: str) -> None:
        """Set an observation aside that nobody can decide on."""
        self._judge(observation, Verdict.QUARANTINED, reason)

    def _judge(
        self,
        observation: Observation,
        verdict: Verdict,
        reason: str,
        complaint_id: int | None = None,
    ) -> None:
        self.verdicts.append(
            {
                "seq": observation.seq,
                "verdict": verdict,
                "reason": reason or None,
                "complaint_id": complaint_id,
            }
        )

    # -- what accounts say ---------------------------------------------------------------

    def _take_change(self, observation: Observation, change: Change, taken: _Taken) -> None:
        match change.subject:
            case Subject.UNREADABLE:
                taken.end(Verdict.QUARANTINED, change.reason)
            case Subject.HINT:
                known = self.book.follow(
                    observation.account, change, taken.rules.name, taken.reading
                )
                if known:
                    taken.end(Verdict.APPLIED)
                else:
                    taken.end(Verdict.SUPERSEDED, "names nothing that is known")
            case Subject.GONE:
                taken.end(Verdict.APPLIED, change.reason or "not visible")
            case Subject.ORDER:
                self._take_order(observation, change, taken)
            case Subject.COMPLAINT:
                self._take_complaint(observation, change, taken)

    def _take_order(self, observation: Observation, change: Change, taken: _Taken) -> None:
        order = self.book.order(taken.rules.name, change.order_keys)
        taken.end(Verdict.APPLIED)
        if change.external_id is not None:
            mirror = self.book.mirror(observation.account, change.external_id)
            told = mirror.model_copy(
                update={
                    "order_said": telling.hear_order(mirror.order_said, change, observation),
                    "order_id": order.id if order else mirror.order_id,
                }
            )
            self.book.put_mirror(telling.retell(told, self._pushes_to(told)))
            if told.order_said.marks.get("word", 0) > observation.as_of:
                taken.end(Verdict.SUPERSEDED, "older-read")
                self.book.read(mirror, "again")
        if order is None:
            return
        for key in order.keys:
            for account, record in sorted(order_records(taken.rules.name, key, taken.accounts)):
                self.book.track(account, record, order.id, taken.reading)

    def _restate_orders(self, taken: _Taken) -> None:
        """Say anew what is known of the orders that were spoken of, and whose case it is."""
        providers = {name: account.provider for name, account in taken.accounts.items()}
        for order_id in sorted(self.book.stirred):
            order = self.book.order_of(order_id)
            if order is None:
                continue
            mirrors = sorted(
                self.book.mirrors_of_order(order_id),
                key=lambda m: lifecycle.rank(m, providers, taken.rules.authority),
            )
            facts = tracking.agreed([mirror.order_said for mirror in mirrors])
            told = {name: getattr(facts, name) for name in OrderFacts.model_fields}
            if any(getattr(order, name) != value for name, value in told.items()):
                self.book.put_order(order.model_copy(update=told))
            for complaint_id in self.book.complaints_of(order_id):
                taken.touched.setdefault(complaint_id, [])
        self.book.stirred.clear()

    def _pushes_to(self, mirror: Mirror) -> Sequence[Push]:
        return self.book.pushes_of(mirror.complaint_id) if mirror.complaint_id else ()

    def _take_complaint(self, observation: Observation, change: Change, taken: _Taken) -> None:
        if change.external_id is None:
            taken.end(Verdict.QUARANTINED, "a complaint without an id")
            return
        mirror = self.book.mirror(observation.account, change.external_id)
        complaint, rule = self._find(observation, change, mirror, taken.rules)
        if complaint is None:
            complaint = self._open(observation, change, change.external_id, taken.rules)
            rule = "new-case"
            mirror = mirror.model_copy(update={"opened": complaint.id})
        if mirror.complaint_id is None:
            mirror = self.book.attach(mirror, complaint)
        if mirror.opened == complaint.id and observation.seq < complaint.born:
            self._open_earlier(complaint, observation, change, taken.rules)
        folded = reconcile.fold(mirror, change, observation, self.book.pushes_of(complaint.id))
        taken.complaint_id = complaint.id
        self.book.put_mirror(folded.mirror)
        if not folded.applied:
            taken.reason = folded.rule
            if folded.rule == "older-read":
                # An account that has lost its own history would be read without an end.
                self.book.read(mirror, "again")
            return
        taken.end(Verdict.APPLIED)
        order = self.book.order(taken.rules.name, change.order_keys)
        if order is not None and complaint.order_id is None:
            self.book.bind(complaint, order)
        taken.touched.setdefault(complaint.id, []).extend(folded.seen)
        taken.why.append((complaint.id, f"{rule}/{folded.rule}" if rule else folded.rule))

    # -- what people do ------------------------------------------------------------------

    def _take_file(self, observation: Observation, act: AttachFile, taken: _Taken) -> None:
        complaint = self.book.numbered(act.number)
        if complaint is None or complaint.shop != act.shop:
            taken.end(Verdict.QUARANTINED, "no such complaint")
            return
        taken.complaint_id = complaint.id
        file = File(digest=act.digest, name=act.name, media_type=act.media_type)
        if not self.book.add_file(complaint.id, file):
            taken.end(Verdict.SUPERSEDED, "attached before")
            return
        taken.end(Verdict.APPLIED)
        self.new_files.append(
            {
                "complaint_id": complaint.id,
                "digest": act.digest,
                "name": act.name,
                "media_type": act.media_type,
                "seq": observation.seq,
            }
        )
        taken.touched.setdefault(complaint.id, [])
        taken.why.append((complaint.id, "attached"))

    def _take_errand(self, observation: Observation, act: OrderErrand, taken: _Taken) -> None:
        profile = taken.accounts.get(act.account)
        if profile is None or profile.shop != act.shop:
            taken.end(Verdict.QUARANTINED, "no such account")
            return
        if NEEDS.get(act.kind) not in profile.capabilities:
            taken.end(Verdict.QUARANTINED, f"{act.account} can't do that")
            return
        taken.end(Verdict.APPLIED)
        key = f"{act.kind}:{act.account}:{observation.seq}"
        wanted = WantedPush(key=key, account=act.account, kind=act.kind, reason=f"by {act.by}")
        self._ask(wanted, None, observation)

    # -- deciding ------------------------------------------------------------------------

    def _settle(
        self,
        complaint_id: int,
        observation: Observation,
        seen: Sequence[Status],
        taken: _Taken,
        now: datetime,
    ) -> None:
        case = self.book.case(complaint_id, taken.accounts)
        settled = reconcile.settle(case, seen, taken.rules, taken.accounts)
        before = case.complaint
        if vars(settled.complaint) | {"version": before.version} != vars(before):
            self.book.put_complaint(settled.complaint)
        rule = next((rule for id_, rule in taken.why if id_ == complaint_id), "order-fact")
        self.decisions.append(
            {
                "seq": observation.seq,
                "complaint_id": complaint_id,
                "account": observation.account,
                "at": now.isoformat(),
                "rule": rule,
                "rules_version": taken.rules.version,
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
        for ids, state, ended in (
            (settled.superseded, PushState.SUPERSEDED, self.superseded),
            (settled.shown, PushState.DONE, self.shown),
        ):
            disputes = [p for p in case.pushes if p.id in ids and p.kind is PushKind.OPEN_DISPUTE]
            if disputes and state is PushState.SUPERSEDED and case.order is not None:
                taken.given_up.add(case.order.id)
            if ids:
                self.book.move_pushes(complaint_id, ids, state)
                ended += [id_ for id_ in ids if id_ > 0]
        for wanted in settled.wanted:
            self._ask(wanted, complaint_id, observation)

    def _ask(
        self,
        wanted: WantedPush,
        complaint_id: int | None,
        observation: Observation,
    ) -> None:
        push = Push(
            id=self._next_push,
            complaint_id=complaint_id,
            account=wanted.account,
            kind=wanted.kind,
            state=PushState.MANUAL if wanted.kind in BY_HAND else PushState.DUE,
            external_id=wanted.external_id,
            target=wanted.target,
            file=wanted.file,
            held_for=wanted.held_for,
        )
        self._next_push -= 1
        self.book.add_push(push)
        self.new_pushes.append(
            NewPush(push.id, wanted, complaint_id, observation.seq, push.state, wanted.held_for)
        )

    # -- whose case ----------------------------------------------------------------------

    def _find(
        self, observation: Observation, change: Change, mirror: Mirror, rules: ShopRules
    ) -> tuple[Complaint | None, str]:
        """The complaint that a change speaks of: by id there, our reference, or our own push."""
        if mirror.complaint_id is not None:
            return self.book.complaint(mirror.complaint_id), ""
        named = self.book.numbered(change.reference)
        # Anybody can write our reference into a text: it counts only where we wrote it.
        ours = named is not None and self._in_flight(named.id, observation, PushKind.CREATE)
        if named is not None and named.shop == rules.name and ours:
            return named, "our-reference"
        for complaint_id in self.book.complaints_of(mirror.order_id):
            if self._in_flight(complaint_id, observation, PushKind.OPEN_DISPUTE):
                return self.book.complaint(complaint_id), "our-dispute"
        return None, ""

    def _in_flight(self, complaint_id: int, seen: Observation, kind: PushKind) -> bool:
        """Whether we may have made this known there before it was seen, and don't know the id."""
        return any(
            push.account == seen.account
            and push.kind is kind
            and push.sent < seen.as_of
            and (push.state in _IN_FLIGHT or (push.tried and push.state in _TO_BE_SENT_AGAIN))
            for push in self.book.pushes_of(complaint_id)
        )

    def _open(
        self, observation: Observation, change: Change, external_id: ExternalId, rules: ShopRules
    ) -> Complaint:
        name = self.book.next_name(observation.account, external_id, observation.number)
        complaint = reconcile.open_case(name.id, name.number, change, observation, rules)
        self._bear(complaint, change, rules)
        return complaint

    def _open_earlier(
        self, complaint: Complaint, observation: Observation, change: Change, rules: ShopRules
    ) -> None:
        """It was opened on news that came later: tell its beginning by these."""
        born = reconcile.birth(change, observation, rules)
        self._bear(self.book.complaint(complaint.id).model_copy(update=born), change, rules)

    def _bear(self, complaint: Complaint, change: Change, rules: ShopRules) -> None:
        """Write down how a complaint began."""
        self.book.put_complaint(complaint)
        claim = change.claim or Claim()
        self.claims[complaint.id] = {
            "complaint_id": complaint.id,
            "raiser": claim.raiser,
            "body": claim.model_dump(mode="json"),
        }
        if complaint.due_at is not None:
            self.deadlines[complaint.id] = {
                "complaint_id": complaint.id,
                "clock": Clock.SHOP,
                "version": 1,
                "due_at": complaint.due_at.isoformat(),
                "rules_version": rules.version,
            }
