"""The store's part of a reconcile, in memory: what is loaded, decided, saved."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING

from complaints.casebook import Fresh, Loaded
from complaints.docket import Docket
from complaints.model import Push
from complaints.vocabulary import Hold, PushState
from tests.complaints.records import ACCOUNTS, NOW, RULES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from complaints.model import Complaint, Mirror, Order
    from complaints.names import News
    from complaints.rules import AccountProfile, ShopRules
    from complaints.vocabulary import AccountName

_ALIVE = frozenset({PushState.HELD, PushState.DUE, PushState.MANUAL, PushState.UNKNOWN})


@dataclass
class Memory:
    """Everything that a store keeps between two batches, by id."""

    accounts: Mapping[AccountName, AccountProfile] = field(default_factory=lambda: ACCOUNTS)
    rules: ShopRules = RULES
    orders: dict[int, Order] = field(default_factory=dict)
    complaints: dict[int, Complaint] = field(default_factory=dict)
    mirrors: dict[int, Mirror] = field(default_factory=dict)
    pushes: dict[str, Push] = field(default_factory=dict)
    """By key."""
    reasons: dict[str, str] = field(default_factory=dict)
    conflicts: dict[int, int] = field(default_factory=dict)
    verdicts: dict[int, str] = field(default_factory=dict)
    moves: list[dict[str, object]] = field(default_factory=list)
    _ids: count[int] = field(default_factory=lambda: count(1))

    def work(self, *batch: News) -> None:
        """Load, decide and save one batch, as `store.casework` does."""
        fresh = [Fresh(n, n, n) for n in (next(self._ids) for _ in range(4 * len(batch)))]
        docket = Docket(
            Loaded(
                self.orders.values(),
                self.complaints.values(),
                self.mirrors.values(),
                self.pushes.values(),
                conflicts=self.conflicts.items(),
                fresh=fresh,
                serials=(next(self._ids) + 1000 for _ in range(2 * len(batch))),
            )
        )
        for news in batch:
            docket.take(news, self.rules, self.accounts, NOW)
        self._save(docket)

    def whole(self, complaint_id: int | None) -> int | None:
        """The complaint of which one is part now."""
        if complaint_id is None:
            return None
        return self.complaints[complaint_id].merged_into or complaint_id

    def _save(self, docket: Docket) -> None:
        book = docket.book
        self.orders.update({order.id: order for order in book.changed_orders()})
        for gone in book.gone_orders:
            self.orders.pop(gone, None)
        for _, space, value, order_id in book.new_keys():
            order = self.orders[order_id]
            if not any((key.space, key.value) == (space, value) for key in order.keys):
                known = book.order_of(order_id)
                assert known is not None
                self.orders[order_id] = known
        self.complaints.update({c.id: c for c in book.changed_complaints()})
        self.mirrors.update({m.id: m for m, _ in book.changed_mirrors()})
        for conflict in docket.conflicts_over.values():
            self.conflicts = {c: k for c, k in self.conflicts.items() if k != conflict["id"]}
        for complaint_id in docket.new_conflicts:
            self.conflicts.setdefault(complaint_id, next(self._ids))
        for state, ids in (
            (PushState.SUPERSEDED, docket.superseded),
            (PushState.DONE, docket.shown),
        ):
            for key, push in list(self.pushes.items()):
                if push.id in ids and push.state in _ALIVE:
                    self.pushes[key] = push.model_copy(update={"state": state, "held_for": None})
        self._end_pushes(docket)
        self._save_pushes(docket)
        for verdict in docket.verdicts:
            self.verdicts[verdict["seq"]] = verdict["verdict"]
        self.moves += docket.transitions

    def _end_pushes(self, docket: Docket) -> None:
        """What people have brought to a state."""
        for end in docket.push_ends:
            for key, push in list(self.pushes.items()):
                if push.id == end["id"] and push.state in {PushState.MANUAL, PushState.UNKNOWN}:
                    fresh = {"sent": 0, "tried": False} if end["state"] is PushState.DUE else {}
                    self.pushes[key] = push.model_copy(update={"state": end["state"], **fresh})

    def _save_pushes(self, docket: Docket) -> None:
        """New ones; of one key the last counts, and only what is superseded is revived."""
        states = docket.book.states()
        for new in docket.new_pushes:
            wanted = new.wanted
            before = self.pushes.get(wanted.key)
            if before is not None and before.state is not PushState.SUPERSEDED and before.id > 0:
                continue
            state = states.get(new.id, new.state)
            held: Hold | None = wanted.held_for if state is PushState.DUE else None
            self.pushes[wanted.key] = Push(
                id=next(self._ids),
                complaint_id=new.complaint_id,
                account=wanted.account,
                kind=wanted.kind,
                state=PushState.HELD if held else state,
                external_id=wanted.external_id,
                target=wanted.target,
                held_for=held,
            )
            self.reasons[wanted.key] = wanted.reason

    def told(self) -> tuple[list[str], list[str], list[str]]:
        """Cases, records and pushes as they stand; ids and numbers of ours are of no matter."""
        born = {one.id: one.born for one in self.complaints.values()}
        cases = [
            repr((c.born, c.status, c.outcome, c.conflict, c.origin, c.opened_at, c.due_at,
                  born.get(c.merged_into or 0)))
            for c in self.complaints.values()
        ]  # fmt: skip
        records = [
            repr((m.account, m.external_id, m.status, m.outcome, m.as_of, m.since, m.last_event,
                  len(m.history), m.reopened, m.ours, born.get(m.complaint_id or 0)))
            for m in self.mirrors.values()
        ]  # fmt: skip
        pushes = [
            repr(
                (p.account, p.kind, p.target, p.external_id, p.state, born.get(p.complaint_id or 0))
            )
            for p in self.pushes.values()
            if p.state is not PushState.SUPERSEDED and (p.state is not PushState.DONE or p.sent)
        ]  # fmt: skip
        return sorted(cases), sorted(records), sorted(pushes)
