"""Random worlds: three accounts, their staffs, and news that is late, doubled or lost."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from complaints import lifecycle
from complaints.acts import (
    AdoptRecord,
    AnyAct,
    GiveUpPush,
    LinkRecord,
    MergeComplaints,
    ResendPush,
    SettleConflict,
    SplitComplaint,
    UnlinkRecord,
)
from complaints.model import Change, Event, Mirror, Observation, Push
from complaints.names import News
from complaints.vocabulary import (
    OPERATOR,
    AccountName,
    ExternalId,
    Outcome,
    PushKind,
    PushState,
    Status,
    Subject,
)
from complaints.wishes import shows
from tests.complaints.memory import Memory
from tests.complaints.records import BOT, CZ, DESK, ZENKI, change, observation

DESK_MOVES = [s for s in Status if s is not Status.UNKNOWN]
ORDER = ({"space": "payment", "value": "z1"},)
NUMBERS = [f"900{n}" for n in range(3)]


@dataclass
class Case:
    """A case at the desk as it really is."""

    status: Status
    events: list[Event] = field(default_factory=list)
    reference: str | None = None
    decided: Outcome = Outcome.NONE

    def move(self, status: Status) -> None:
        """The desk's own staff, or our call, moves it."""
        self.status = status
        position = len(self.events) + 1
        self.events.append(Event(id=str(position), position=position, word=status, status=status))
        if status in {Status.RESOLVED, Status.REJECTED}:
            self.decided = lifecycle.OUTCOME[status]
        elif status in lifecycle.RUNNING:
            self.decided = Outcome.NONE

    def show(self, name: str) -> Change:
        """What a read of it says."""
        outcome = self.decided
        if self.status is Status.CLOSED and outcome is Outcome.NONE:
            outcome = Outcome.UNKNOWN
        return change(
            self.status,
            external_id=name,
            events=tuple(self.events),
            reference=self.reference,
            outcome=outcome,
        )


class World(RuleBasedStateMachine):
    """Whatever staffs and networks do; the pipeline's steps in between, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.memory = Memory()
        self.seq = 0
        self.desk: dict[str, Case] = {}
        self.dispute: Status | None = None
        self.refunded = False
        self.under_way: list[Observation] = []
        """Read or sent, and not received yet."""
        self.received: list[News] = []
        self.heard: list[News] = []
        """All that accounts ever told, in the order of receipt."""
        self.said: dict[int, tuple[Change, ...]] = {}
        self.kept = 0

    def next(self) -> int:
        """The next sequence."""
        self.seq += 1
        return self.seq

    # -- what people and accounts do -----------------------------------------------------

    @rule(number=st.sampled_from(NUMBERS))
    def a_customer_complains(self, number: str) -> None:
        """In the chat; the number is promised at once."""
        news = change(Status.NEW, BOT, external_id=number, order_keys=ORDER)
        self.receive(BOT, number, (news,), number)

    @precondition(lambda self: self.desk)
    @rule(data=st.data(), status=st.sampled_from(DESK_MOVES))
    def the_desks_staff_moves_a_case(self, data: st.DataObject, status: Status) -> None:
        """To any status, legal or not."""
        self.desk[data.draw(st.sampled_from(sorted(self.desk)))].move(status)

    @rule()
    def the_buyer_opens_a_dispute(self) -> None:
        """Once."""
        if self.dispute is None:
            self.dispute = Status.OPEN

    @precondition(lambda self: self.dispute is not None)
    @rule(status=st.sampled_from([Status.WAITING, Status.RESOLVED, Status.REJECTED]))
    def the_payments_staff_decides(self, status: Status) -> None:
        """An ended dispute stays as it is."""
        if self.dispute in lifecycle.RUNNING:
            self.dispute = status
            self.refunded = status is Status.RESOLVED

    # -- reading and receiving -----------------------------------------------------------

    def receive(
        self,
        account: AccountName,
        name: str,
        changes: tuple[Change, ...],
        number: str | None = None,
        as_of: int | None = None,
    ) -> None:
        """An observation is kept; it is decided later."""
        seq = self.next()
        seen = observation(
            seq, account, external_id=name, as_of=seq if as_of is None else as_of, number=number
        )
        self.kept += 1
        self.received.append((seen, changes))
        self.heard.append((seen, changes))

    def shown(self, account: AccountName, name: str) -> tuple[Change, ...]:
        """What a read that begins now will say."""
        if account == DESK:
            return (self.desk[name].show(name),)
        facts: dict[str, Any] = {"external_id": "z1", "order_keys": ORDER}
        state = "refunded" if self.refunded else "paid"
        order = Change.model_validate(
            {"subject": Subject.ORDER, "delivered": False, "order_state": state, **facts}
        )
        if self.dispute is None:
            return (order,)
        moved = {"money_moved": True} if self.refunded else {}
        return (order, change(self.dispute, ZENKI, **facts, **moved))

    def records(self) -> list[tuple[AccountName, str]]:
        """All that can be read."""
        return [(DESK, name) for name in sorted(self.desk)] + [(ZENKI, "z1")]

    @rule(data=st.data())
    def a_read_begins(self, data: st.DataObject) -> None:
        """What it saw is as old as its begin, whenever it comes in."""
        account, name = data.draw(st.sampled_from(self.records()))
        begun = observation(self.next(), account, external_id=name)
        self.said[begun.seq] = self.shown(account, name)
        self.under_way.append(begun)

    @precondition(lambda self: self.under_way)
    @rule(data=st.data(), lost=st.booleans())
    def a_read_ends(self, data: st.DataObject, lost: bool) -> None:  # noqa: FBT001
        """Late, in any order, or never."""
        begun = self.under_way.pop(data.draw(st.integers(0, len(self.under_way) - 1)))
        if not lost and begun.external_id is not None:
            self.receive(begun.account, begun.external_id, self.said[begun.seq], as_of=begun.seq)

    # -- the pipeline --------------------------------------------------------------------

    @precondition(lambda self: self.received)
    @rule(data=st.data(), size=st.integers(1, 3))
    def a_worker_decides(self, data: st.DataObject, size: int) -> None:
        """A batch of whatever was received, in any order; what people did waits, and is alone."""
        first = min(seen.seq for seen, _ in self.received)
        news = [one for one in self.received if one[0].account != OPERATOR]
        acts = [one for one in self.received if one[0].account == OPERATOR and one[0].seq == first]
        chosen = data.draw(st.permutations(acts or news))[: 1 if acts else size]
        for one in chosen:
            self.received.remove(one)
        self.memory.work(*chosen)

    # -- what people do through Redress --------------------------------------------------

    def act(self, kind: type[AnyAct], /, **what: object) -> None:
        """A person does something; it is decided in its turn."""
        seen = observation(self.next(), OPERATOR, external_id=None)
        done = kind.model_validate({"shop": CZ, "by": "eva", **what})
        self.kept += 1
        self.received.append((seen, (done,)))

    def numbers(self) -> list[str]:
        """Of all complaints."""
        return sorted(complaint.number for complaint in self.memory.complaints.values())

    @precondition(lambda self: len(self.memory.complaints) > 1)
    @rule(data=st.data())
    def a_person_merges(self, data: st.DataObject) -> None:
        """Any two complaints, also such that are one already."""
        one, other = (data.draw(st.sampled_from(self.numbers())) for _ in range(2))
        self.act(MergeComplaints, number=one, into=other)

    @precondition(lambda self: self.memory.complaints)
    @rule(data=st.data())
    def a_person_splits(self, data: st.DataObject) -> None:
        """Any complaint, merged or not."""
        self.act(SplitComplaint, number=data.draw(st.sampled_from(self.numbers())))

    @precondition(lambda self: self.memory.complaints and self.desk)
    @rule(data=st.data(), link=st.booleans())
    def a_person_links(self, data: st.DataObject, link: bool) -> None:  # noqa: FBT001
        """Any record of the desk to any complaint, or takes it out."""
        record = {"account": DESK, "external_id": data.draw(st.sampled_from(sorted(self.desk)))}
        if link:
            number = data.draw(st.sampled_from(self.numbers()))
            self.act(LinkRecord, number=number, **record)
        else:
            self.act(UnlinkRecord, **record)

    @precondition(lambda self: any(c.conflict for c in self.memory.complaints.values()))
    @rule(data=st.data(), outcome=st.sampled_from([Outcome.UPHELD, Outcome.REFUSED]))
    def a_person_settles_a_conflict(self, data: st.DataObject, outcome: Outcome) -> None:
        """Whoever contradicts it has to be told by hand."""
        against = [c.number for c in self.memory.complaints.values() if c.conflict]
        self.act(SettleConflict, number=data.draw(st.sampled_from(against)), outcome=outcome)

    @precondition(lambda self: self.lost())
    @rule(data=st.data(), gives_up=st.booleans())
    def a_person_looks_for_what_was_lost(
        self,
        data: st.DataObject,
        gives_up: bool,  # noqa: FBT001
    ) -> None:
        """What is there is adopted; what isn't is sent once more, or given up."""
        push = data.draw(st.sampled_from(self.lost()))
        assert push.complaint_id is not None
        number = self.memory.complaints[push.complaint_id].number
        what = {"number": number, "account": DESK, "kind": PushKind.CREATE}
        filed = [name for name, case in self.desk.items() if case.reference == number]
        if filed:
            self.act(AdoptRecord, external_id=filed[0], **what)
        elif gives_up:
            self.act(GiveUpPush, reason="nobody wants it any more", **what)
        else:
            self.act(ResendPush, **what)

    def lost(self) -> list[Push]:
        """Creates whose answer was lost."""
        return [
            push
            for _, push in sorted(self.memory.pushes.items())
            if (push.kind, push.state) == (PushKind.CREATE, PushState.UNKNOWN)
        ]

    @precondition(lambda self: self.due())
    @rule(data=st.data(), fate=st.sampled_from(["done", "done", "later", "lost"]))
    def a_worker_pushes(self, data: st.DataObject, fate: str) -> None:
        """It may not be tried, or its answer may be lost."""
        self.send(data.draw(st.sampled_from(self.due())), fate)

    def due(self) -> list[str]:
        """Keys of the pushes that may be sent."""
        return sorted(k for k, push in self.memory.pushes.items() if push.state is PushState.DUE)

    def send(self, key: str, fate: str) -> None:
        """Claim, call, record."""
        push = self.memory.pushes[key]
        push = push.model_copy(update={"sent": push.sent or self.next(), "tried": True})
        if fate == "later":
            self.memory.pushes[key] = push
            return
        made = self.call(key, push)
        state, acked = PushState.DONE, 0
        if fate == "lost":
            state = PushState.DUE if push.kind is PushKind.SET_STATUS else PushState.UNKNOWN
        else:
            acked = self.next()
        known = push.external_id or (made if fate != "lost" else None)
        self.memory.pushes[key] = push.model_copy(
            update={"state": state, "acked": acked, "external_id": known}
        )
        if made is not None and fate != "lost" and push.kind is PushKind.CREATE:
            self.follow(push, made)

    def call(self, key: str, push: Push) -> ExternalId | None:
        """What the account really does."""
        if push.kind is PushKind.CREATE:
            name = ExternalId(f"d{len(self.desk) + 1}")
            case = Case(Status.NEW, reference=key.split(":")[1])
            case.move(Status.NEW)
            self.desk[name] = case
            return name
        if push.kind is PushKind.SET_STATUS and push.target is not None:
            case = self.desk[str(push.external_id)]
            if case.status is not push.target:
                case.move(push.target)
        elif push.kind is PushKind.OPEN_DISPUTE:
            self.dispute = self.dispute or Status.OPEN
        elif push.kind is PushKind.REFUND and self.dispute in lifecycle.RUNNING:
            self.dispute, self.refunded = Status.RESOLVED, True
        return push.external_id

    def follow(self, push: Push, made: ExternalId) -> None:
        """As the store notes what a push has made."""
        known = next(
            (
                m
                for m in self.memory.mirrors.values()
                if (m.account, m.external_id) == (push.account, made)
            ),
            None,
        )
        assert push.complaint_id is not None
        asked = self.memory.complaints[push.complaint_id]
        if known is None:
            known = Mirror(
                id=next(self.memory._ids),
                account=push.account,
                external_id=made,
                complaint_id=asked.merged_into or asked.id,
                home=asked.id,
                order_id=None,
            )
            self.memory.mirrors[known.id] = known

    # -- what holds at every moment ------------------------------------------------------

    @invariant()
    def no_move_is_illegal(self) -> None:
        """But for those that are marked as jumps: somebody else's deeds."""
        for move in self.memory.moves:
            legal = lifecycle.LEGAL[Status(str(move["before"]))]
            assert move["jump"] == (move["after"] not in legal)

    @invariant()
    def nothing_is_asked_for_that_is_seen_there(self) -> None:
        """A push isn't made when its target is the state last seen at that account."""
        seen = {(m.account, m.external_id): m.status for m in self.memory.mirrors.values()}
        for push in self.memory.pushes.values():
            if push.kind is PushKind.SET_STATUS and push.state is PushState.DUE and not push.tried:
                assert seen[push.account, push.external_id] is not push.target

    @invariant()
    def the_ledger_adds_up(self) -> None:
        """Received is decided and pending."""
        assert self.kept == len(self.memory.verdicts) + len(self.received)

    @invariant()
    def a_case_is_filed_once(self) -> None:
        """One create per complaint and account."""
        creates = [
            (push.complaint_id, push.account)
            for push in self.memory.pushes.values()
            if push.kind is PushKind.CREATE
        ]
        assert len(creates) == len(set(creates))

    # -- at rest -------------------------------------------------------------------------

    def teardown(self) -> None:
        """Let everything come in and go out, and look at all accounts."""
        self.under_way.clear()
        for _ in range(12):
            for account, name in self.records():
                self.receive(account, name, self.shown(account, name))
            while self.received:
                self.memory.work(self.received.pop(0))
            due = self.due()
            for key in due:
                if self.memory.pushes[key].state is PushState.DUE:
                    self.send(key, "done")
            if not due:
                break
        else:
            raise AssertionError(f"it never comes to rest: {self.memory.pushes}")
        self.accounts_agree()
        self.the_order_of_working_never_mattered()

    def the_order_of_working_never_mattered(self) -> None:
        """What the accounts told gives the same store in every permutation that is tried."""
        chance = random.Random(len(self.heard))
        found = set()
        for _ in range(3):
            alone = Memory()
            for news in self.heard:
                alone.work(news)
            found.add(repr(alone.told()))
            self.heard = chance.sample(self.heard, len(self.heard))
        one, *others = sorted(found)
        assert others == [], [
            line for other in others for line in set(one.split(', "(')) ^ set(other.split(', "('))
        ]

    def accounts_agree(self) -> None:
        """Or a conflict, a manual action or a lost answer says why not."""
        mirrors = self.memory.mirrors.values()
        for mirror in mirrors:
            really = self.desk[str(mirror.external_id)].status if mirror.account == DESK else None
            assert really is None or mirror.status is really
            if mirror.status is None or mirror.complaint_id is None or mirror.account == BOT:
                continue
            complaint = self.memory.complaints[mirror.complaint_id]
            target = complaint.status
            if target is Status.CLOSED:
                target = lifecycle.STATUS_OF.get(complaint.outcome, Status.CLOSED)
            if shows(mirror, target) or complaint.conflict:
                continue
            if (mirror.status, mirror.outcome) == (Status.CLOSED, Outcome.UNKNOWN):
                continue  # closed there, and it doesn't say who won
            if complaint.outcome is Outcome.UNKNOWN:
                continue  # closed, and nobody says who won: there is nothing to tell
            if target is Status.NEW and mirror.status in lifecycle.RUNNING:
                continue  # two records of one desk: what has begun isn't made new again
            if mirror.account == ZENKI and {mirror.status, target} <= lifecycle.RUNNING:
                continue  # no call and no button tells it which of them
            open_ = [
                push
                for push in self.memory.pushes.values()
                if self.memory.whole(push.complaint_id) == complaint.id
                and push.account == mirror.account
                and push.state in {PushState.MANUAL, PushState.UNKNOWN, PushState.PARKED}
            ]
            assert open_, (mirror.account, mirror.status, complaint.status, complaint.outcome)


def _run(examples: int, steps: int) -> None:
    run_state_machine_as_test(
        World,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            phases=(Phase.explicit, Phase.generate),  # shrinking would take minutes
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_random_worlds_keep_their_promises() -> None:
    """No illegal move, no echo, nothing filed twice; at rest the accounts agree or say why not."""
    _run(200, 25)


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_many_random_worlds_keep_their_promises() -> None:
    """The same, 5,000 worlds."""
    _run(5000, 40)
