"""Decides a batch, observation after observation, and collects what follows from it.

Pure: the store loads the casebook, `Docket.take` decides, the store saves what was collected.
What accounts say is taken in by `hearing`, what people do by `acting`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from complaints import acting, deadlines, explaining, hearing, matching, placing, reconcile, telling
from complaints.casebook import Casebook, Loaded
from complaints.model import (
    Change,
    Complaint,
    FieldDecision,
    Observation,
    Order,
    OrderKey,
    Push,
    Side,
    WantedPush,
)
from complaints.policies import rules_for
from complaints.vocabulary import (
    BY_HAND,
    AccountName,
    Hold,
    PushKind,
    PushState,
    Source,
    Status,
    Verdict,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from complaints.deadlines import Due
    from complaints.names import News
    from complaints.rules import AccountProfile, ShopRules
    from complaints.wishes import Case

CONFLICT = "conflict"
"""The kind of notice that tells of ends that contradict each other."""
STORM = "storm"
"""The kind of notice that tells of a complaint about which too much was sent."""


class NewPush(NamedTuple):
    """A push that a decision asks for, or a person.  ``id`` is negative until it is saved."""

    id: int
    wanted: WantedPush
    complaint_id: int | None
    cause: int
    state: PushState
    held_for: Hold | None


@dataclass
class Taken:
    """What one observation came to."""

    rules: ShopRules
    accounts: Mapping[AccountName, AccountProfile]
    verdict: Verdict = Verdict.SUPERSEDED
    reason: str = ""
    complaint_id: int | None = None
    """The complaint that it spoke of; that may be part of another one."""
    reading: Source = Source.HINT
    """Why what it names is to be read."""
    touched: dict[int, list[Status]] = field(default_factory=dict)
    why: dict[int, str] = field(default_factory=dict)
    restated: set[int] = field(default_factory=set)
    """Complaints whose order is told of anew."""
    withdrawn: set[int] = field(default_factory=set)
    """Complaints of which something was taken back."""
    doubts: list[str] = field(default_factory=list)
    """What is odd about it, seen beside what was known."""
    contested: set[int] = field(default_factory=set)
    """Orders whose one dispute a complaint asks for now, or doesn't any more."""

    def end(self, verdict: Verdict, reason: str = "") -> None:
        """Say what became of the observation, and why."""
        self.verdict, self.reason = verdict, reason

    def touch(self, complaint_id: int, why: str = "", seen: Sequence[Status] = ()) -> None:
        """Have a complaint decided anew, and say why; ``seen`` are steps that weren't known."""
        self.touched.setdefault(complaint_id, []).extend(seen)
        if why:
            self.why.setdefault(complaint_id, why)


class Docket:
    """One batch under decision."""

    def __init__(self, loaded: Loaded) -> None:
        self.book = Casebook(loaded)
        self._next_push = -1
        self._due: dict[int, Due] = {}
        """By the complaint's id: the clock that counts."""
        self.new_pushes: list[NewPush] = []
        self.claims: dict[int, dict[str, Any]] = {}
        self.deadlines: dict[int, dict[str, Any]] = {}
        self.rungs: dict[int, dict[str, Any]] = {}
        self.traces: dict[int, dict[str, Any]] = {}
        """By the complaint's id."""
        self.push_notes: list[dict[str, Any]] = []
        """Who has manual actions, and says that they are done."""
        self.push_ends: list[dict[str, Any]] = []
        """Pushes that people have brought to a state."""
        self.apart: list[dict[str, Any]] = []
        self.new_files: list[dict[str, Any]] = []
        self.decisions: list[dict[str, Any]] = []
        self.transitions: list[dict[str, Any]] = []
        self.superseded: list[int] = []
        self.shown: list[int] = []
        self.new_conflicts: dict[int, dict[str, Any]] = {}
        """By the complaint's id."""
        self.conflicts_over: dict[int, dict[str, Any]] = {}
        """By the conflict's id."""
        self.notices: list[dict[str, Any]] = []
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
        taken = Taken(rules, accounts)
        taken.reason = "" if pieces else "says nothing"
        if any(isinstance(p, Change) and telling.is_quiet(p, observation) for p in pieces):
            taken.reading = Source.IMPORT_READ
        stands = observation.again and not hearing.take_back(self, observation, pieces, taken)
        for piece in () if stands else pieces:
            if isinstance(piece, Change):
                hearing.hear(self, observation, piece, taken)
            else:
                acting.carry_out(self, observation, piece, taken, now)
        matching.match_orders(self, taken)
        hearing.restate_orders(self, taken)
        touched: dict[int, list[Status]] = {}
        for complaint_id, seen in taken.touched.items():
            touched.setdefault(self.book.root(complaint_id).id, []).extend(seen)
        for complaint_id, seen in touched.items():
            self._settle(complaint_id, observation, seen, taken, now)
        # An order has one dispute, which its oldest complaint asks for: the others follow suit.
        others = {c for order_id in taken.contested for c in self.book.complaints_of(order_id)}
        for complaint_id in sorted({self.book.root(c).id for c in others}):
            self._settle(complaint_id, observation, (), taken, now)
        told = None if taken.complaint_id is None else self.book.root(taken.complaint_id).id
        doubts = taken.doubts + [w for p in pieces if isinstance(p, Change) for w in p.warnings]
        self._judge(observation, taken.verdict, taken.reason, told, doubts)

    def settle(
        self,
        complaint_id: int,
        after: Observation,
        rules: ShopRules,
        accounts: Mapping[AccountName, AccountProfile],
        now: datetime,
    ) -> None:
        """Decide about a complaint once more, though nothing new was heard of it.

        When it is due, and with which others of its orders it is one, follows from the rules too.
        """
        taken = Taken(rules, accounts)
        again = self.book.complaint(complaint_id).rules == 0
        why = "weighed-again" if again else "new-rules"
        taken.touch(self.book.root(complaint_id).id, why)
        records = self.book.mirrors_of(complaint_id)
        self.book.placed |= {one.order_id for one in records if one.order_id is not None}
        matching.match_orders(self, taken)
        for root in sorted({self.book.root(id_).id for id_ in taken.touched}):
            self._settle(root, after, (), taken, now)
        weighed = self.book.complaint(complaint_id).model_copy(update={"rules": rules.version})
        self.book.put_complaint(weighed)
        placing.set_ladder(self, complaint_id, self._due[complaint_id], rules)

    def refuse(self, observation: Observation, reason: str) -> None:
        """Set an observation aside that nobody can decide on."""
        self._judge(observation, Verdict.QUARANTINED, reason)

    def _judge(
        self,
        observation: Observation,
        verdict: Verdict,
        reason: str,
        complaint_id: int | None = None,
        warnings: Sequence[str] = (),
    ) -> None:
        self.verdicts.append(
            {
                "seq": observation.seq,
                "verdict": verdict,
                "reason": reason or None,
                "complaint_id": complaint_id,
                "warnings": list(dict.fromkeys(warnings)) or None,
            }
        )

    def _settle(
        self,
        complaint_id: int,
        observation: Observation,
        seen: Sequence[Status],
        taken: Taken,
        now: datetime,
    ) -> None:
        self.book.bind(complaint_id)
        case = self.book.case(complaint_id, taken.accounts)
        settled = reconcile.settle(case, seen, taken.rules, taken.accounts)
        before = case.complaint
        if vars(settled.complaint) | {"version": before.version} != vars(before):
            self.book.put_complaint(settled.complaint)
        self.book.level(settled.complaint)
        self._set_clocks(before, settled, taken.rules, taken.accounts)
        self._note_conflict(case.complaint, settled.sides, observation, taken.rules, now)
        rule = taken.why.get(complaint_id) or (
            "withdrawn" if complaint_id in taken.withdrawn else "order-fact"
        )
        if observation.again:
            rule = f"replayed/{rule}"
        told = [(complaint_id, self._told_fields(settled, observation, taken))]
        told += self._told_of_merged(settled, observation)
        self.decisions += [
            {
                "seq": observation.seq,
                "complaint_id": id_,
                "account": observation.account,
                "at": now.isoformat(),
                "rule": rule,
                "rules_version": str(taken.rules.version),
                "fields": fields,
            }
            for id_, fields in told
        ]
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
                taken.contested.add(case.order.id)
            if ids:
                self.book.move_pushes(complaint_id, ids, state)
                ended += [id_ for id_ in ids if id_ > 0]
        for wanted in settled.wanted:
            braked = self._brake(case, wanted, taken.rules, now)
            self.ask(braked, complaint_id, observation, now)
            if wanted.kind is PushKind.OPEN_DISPUTE and case.order is not None:
                taken.contested.add(case.order.id)

    def _set_clocks(
        self,
        before: Complaint,
        settled: reconcile.Settled,
        rules: ShopRules,
        accounts: Mapping[AccountName, AccountProfile],
    ) -> None:
        """Write down when a complaint is due, and those that were merged into it, if that is news.

        What was merged has no history of its own: its clock knows no pauses.
        """
        for id_ in self.book.family(before.id):
            known, due = before, settled.due
            if id_ != before.id:
                known = self.book.complaint(id_)
                provider = accounts[known.origin].provider if known.origin in accounts else ""
                due = deadlines.first_due(known.opened_at, rules_for(known, rules, provider))
                if (known.due_at, known.paused_at) != (due.at, None):
                    self.book.put_complaint(
                        known.model_copy(update={"due_at": due.at, "paused_at": None})
                    )
            self._due[id_] = due
            if known.due_at != due.at:
                placing.set_clock(self, id_, due, rules, moved=True)
            elif known.paused_at != due.paused_at:
                placing.set_ladder(self, id_, due, rules)

    def _told_fields(
        self, settled: reconcile.Settled, observation: Observation, taken: Taken
    ) -> list[FieldDecision]:
        """Why status and outcome are what they are, and the rest as far as it has changed."""
        complaint = settled.complaint
        order = self.book.order_of(complaint.order_id)
        known, its_order = self.book.explained.get(complaint.id, (None, None))
        self.book.explained[complaint.id] = complaint, order
        calm = known is not None and not known.conflict and not complaint.conflict
        fields = [one for one in settled.fields if not (calm and one.field == "conflict")]
        if known is None or explaining.beginning(known) != explaining.beginning(complaint):
            due = self._due[complaint.id]
            fields += explaining.beginning_fields(complaint, due, observation)
        if known is None or _keys(its_order) != _keys(order):
            fields.append(explaining.order_field(complaint, order, observation))
        if known is None or its_order != order or complaint.id in taken.restated:
            tellers = hearing.tellers(self, order.id, taken) if order else ()
            fields += explaining.order_fact_fields(complaint, order, tellers)
        return fields

    def _told_of_merged(
        self, settled: reconcile.Settled, observation: Observation
    ) -> list[tuple[int, list[FieldDecision]]]:
        """Why what was merged into a complaint stands as that one does, where that is news."""
        told = []
        for id_ in self.book.family(settled.complaint.id):
            merged = self.book.complaint(id_)
            if merged.merged_into is None:
                continue
            known, its_order = self.book.explained.get(id_, (None, None))
            self.book.explained[id_] = merged, None
            fields: list[FieldDecision] = []
            if known is None or its_order is not None or _stands(known) != _stands(merged):
                fields += [one for one in settled.fields if one.field in _STANDS]
                fields.append(explaining.order_field(merged, None, observation))
                fields += explaining.order_fact_fields(merged, None, ())
            if known is None or explaining.beginning(known) != explaining.beginning(merged):
                fields += explaining.beginning_fields(merged, self._due[id_], observation)
            if fields:
                told.append((id_, fields))
        return told

    def _brake(self, case: Case, wanted: WantedPush, rules: ShopRules, now: datetime) -> WantedPush:
        """Hold what would go on with a storm, and have somebody told."""
        since = now - timedelta(minutes=rules.storm_minutes)
        sent = [
            push
            for push in case.pushes
            if push.account == wanted.account
            and push.tried
            and push.asked_at is not None
            and push.asked_at > since
        ]
        if len(sent) < rules.storm_pushes or wanted.kind in BY_HAND:
            return wanted
        self.notices.append(
            {
                "key": f"storm-{wanted.key}",
                "kind": STORM,
                "facts": {
                    "number": case.complaint.number,
                    "shop": case.complaint.shop,
                    "account": wanted.account,
                    "sent": len(sent),
                    "minutes": rules.storm_minutes,
                },
                "at": now.isoformat(),
            }
        )
        return wanted.model_copy(update={"held_for": Hold.STORM})

    def ask(
        self,
        wanted: WantedPush,
        complaint_id: int | None,
        observation: Observation,
        now: datetime,
    ) -> None:
        """Ask an account for something, because of an observation."""
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
            asked_at=now,
        )
        self._next_push -= 1
        self.book.add_push(push)
        self.new_pushes.append(
            NewPush(push.id, wanted, complaint_id, observation.seq, push.state, wanted.held_for)
        )

    def _note_conflict(
        self,
        complaint: Complaint,
        sides: tuple[Side, ...],
        observation: Observation,
        rules: ShopRules,
        now: datetime,
    ) -> None:
        """Open a conflict, keep its sides true, or say that it is over."""
        for id_ in self.book.family(complaint.id):
            open_ = self.book.conflict_of(id_)
            if open_ is not None and (id_ != complaint.id or not sides):
                over = "merged" if id_ != complaint.id else "settled"
                self.book.end_conflict(id_)
                self.new_conflicts.pop(id_, None)
                if open_:
                    self.conflicts_over[open_] = {
                        "id": open_,
                        "closed_at": now.isoformat(),
                        "closed_by": observation.seq,
                        "how": over,
                    }
        if not sides:
            return
        fresh = self.book.conflict_of(complaint.id) is None
        row = {
            "complaint_id": complaint.id,
            "field": "outcome",
            "sides": [side.model_dump(mode="json") for side in sides],
            "owner": rules.conflict_owner,
            "opened_at": now.isoformat(),
            "opened_by": observation.seq,
            "due_at": (now + timedelta(hours=rules.conflict_hours)).isoformat(),
        }
        self.new_conflicts[complaint.id] = row
        if fresh:
            self.book.begin_conflict(complaint.id)
            self.notices.append(
                {
                    "key": f"conflict-{complaint.id}-{observation.seq}",
                    "kind": CONFLICT,
                    "facts": {
                        "number": complaint.number,
                        "shop": complaint.shop,
                        "owner": rules.conflict_owner,
                        "due_at": row["due_at"],
                        "sides": [f"{side.account}: {side.outcome}" for side in sides],
                    },
                    "at": now.isoformat(),
                }
            )


_STANDS = ("status", "outcome", "conflict")


def _stands(complaint: Complaint) -> tuple[object, ...]:
    """What a merged complaint has in common with the one that it was merged into."""
    return tuple(getattr(complaint, name) for name in _STANDS)


def _keys(order: Order | None) -> frozenset[OrderKey]:
    """By what an order is known."""
    return frozenset(order.keys) if order else frozenset()
