"""Plays a plan, day by day, and lets Redress come to rest after each step of the clock.

A day has two stops.  In the *morning* customers buy and complain, and the shop imports what is
new; in the *evening* the staffs have acted, and every account is read.  The evening is thirteen
hours after the morning and the morning eleven after the evening, so a read interval of twelve
hours means one read on each evening whatever was read in the morning.

The staffs see only their own provider, and what Redress lists as manual actions.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Container, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from time import monotonic, sleep
from typing import NamedTuple, Protocol

from providers.sandbox.client import ControlRefused
from worker.demo.chance import between
from worker.demo.control import Control
from worker.demo.world import ZENKI, Act, Case, Day, DeskAct, Order, Plan, Route, Settle, ZenkiAct

MORNING = time(8, 0)
EVENING = time(21, 0)
READ_INTERVAL = timedelta(hours=12)

_PORTAL_AFTER = (2, 5)
_PORTAL = {"resolved": "REFUND", "rejected": "RESOLVED"}
_SHORT_LOOK, _LONG_LOOK = 0.015, 0.2
_PATIENCE = 0.2
_CHATTERS = 4
_QUIET_LOOKS = 2


class ImportedOrder(NamedTuple):
    """What the shop tells Redress of an order.  ``zenki_id`` if it was paid there."""

    hash: str
    number: str
    zenki_id: str | None


class ManualAction(NamedTuple):
    """One act that Redress asks of a person."""

    number: str
    account: str
    external_id: str
    target: str


class Redress(Protocol):
    """What the shop's people see and use of Redress."""

    def import_orders(self, orders: Sequence[ImportedOrder]) -> None:
        """Hand over orders that the shop took."""
        ...

    def import_complaints(self, ids: Sequence[str]) -> None:
        """Hand over complaints that the desk took, by their BizKitHub ids."""
        ...

    def unrest(self, now: datetime) -> Mapping[str, int]:
        """How much there is to do at `now`, by kind.  All zero at rest."""
        ...

    def manual_actions(self) -> Sequence[ManualAction]:
        """The open manual actions."""
        ...


class Stalled(Exception):
    """Redress doesn't come to rest.  The text says what is left and since when."""


@dataclass(frozen=True)
class Stage:
    """Everything that a player needs.

    ``tell_time`` sets the business clock; ``stall_seconds`` is how long nothing at all may
    happen before the play is given up; ``days_per_second`` is an upper bound, None for none.
    """

    control: Control
    redress: Redress
    tell_time: Callable[[datetime], None]
    stall_seconds: float = 60
    days_per_second: float | None = None
    on_change: Callable[[], None] = lambda: None
    """Called, from any thread, with each change that the outside world makes."""
    at_rest: Callable[[], bool] = lambda: False
    """What people do whenever Redress has come to rest.  Whether they did anything."""
    on_day: Callable[[int, int, date], None] = lambda _done, _all, _day: None


class Unplayed(NamedTuple):
    """An act that no provider let a staff do, and why.  ``case`` is a key of the plan."""

    day: date
    what: str
    why: str
    case: str | None = None

    def __str__(self) -> str:
        return f"{self.day.isoformat()} {self.what}: {self.why}"


@dataclass
class Played:
    """What came of it."""

    unplayed: list[Unplayed] = field(default_factory=list)

    def unexplained(self, unsure: Container[str]) -> list[Unplayed]:
        """What nothing explains, if of the `unsure` cases nobody knows whether they are there."""
        return [act for act in self.unplayed if act.case not in unsure]


def play(plan: Plan, stage: Stage) -> Played:
    """Play the whole plan.  Raises Stalled if Redress doesn't come to rest."""
    return _Player(plan, stage).play()


def settle(stage: Stage, now: datetime) -> None:
    """Return when Redress is at rest at `now`, and people have nothing to do about it.

    Raises Stalled.
    """
    busy = True
    while busy:
        wait_for_rest(stage.redress.unrest, now, stage.stall_seconds)
        busy = stage.at_rest()


def wait_for_rest(
    unrest: Callable[[datetime], Mapping[str, int]], now: datetime, stall_seconds: float
) -> None:
    """Return when nothing is left to do at `now`, seen twice in a row.  Raises Stalled."""
    quiet = 0
    last: dict[str, int] = {}
    begun = moved = monotonic()
    while True:
        left = {kind: count for kind, count in unrest(now).items() if count}
        if left != last:
            last, moved = left, monotonic()
        quiet = 0 if left else quiet + 1
        if quiet >= _QUIET_LOOKS:
            return
        if left and monotonic() - moved > stall_seconds:
            what = ", ".join(f"{count} {kind}" for kind, count in sorted(left.items()))
            raise Stalled(
                f"at story time {now.isoformat()} these are not at rest, and nothing has"
                f" changed for {stall_seconds:g} seconds: {what}"
            )
        # Looking costs the database something: what has taken long may take a little longer.
        waited = monotonic() - begun if left else 0.0
        sleep(min(_LONG_LOOK, max(_SHORT_LOOK, waited * _PATIENCE)))


class _Player:
    def __init__(self, plan: Plan, stage: Stage) -> None:
        self.plan = plan
        self.stage = stage
        self.control = stage.control
        self.sandbox = stage.control.sandbox
        self.orders = {order.id: order for order in plan.orders}
        self.cases = {case.key: case for case in plan.cases}
        self.siblings: dict[str, list[Case]] = defaultdict(list)
        for case in plan.cases:
            self.siblings[case.order_id].append(case)
        self.desk_ids: dict[str, str] = {}
        self.errands: dict[ManualAction, date] = {}
        self.late: list[Act] = []
        self.played = Played()

    def play(self) -> Played:
        begun = monotonic()
        days = self.plan.days
        if days:
            self._set_clock(self.plan.place.at(days[0].on, MORNING) - timedelta(hours=1))
        self.control.place_desk_orders(self.plan.orders)
        for index, day in enumerate(days):
            self._day(day)
            self.stage.on_day(index + 1, len(days), day.on)
            if self.stage.days_per_second:
                sleep(max(0.0, begun + (index + 1) / self.stage.days_per_second - monotonic()))
        return self.played

    def _set_clock(self, now: datetime) -> None:
        self.sandbox.clock(now)
        self.stage.tell_time(now)

    def _rest(self, now: datetime) -> None:
        settle(self.stage, now)

    def _day(self, day: Day) -> None:
        morning = self.plan.place.at(day.on, MORNING)
        evening = self.plan.place.at(day.on, EVENING)
        orders = [self.orders[key] for key in day.orders]
        if day.filings or day.look:
            self._set_clock(morning)
            self._import_orders(orders)
            filings = [self.cases[key] for key in day.filings]
            if any(case.order_id in day.orders for case in filings):
                # The shop knows an order before anybody complains about it.
                self._rest(morning)
            self._file(filings, morning)
            self._rest(morning)
            orders = []
        self._act([*self.late, *day.acts], day.on, evening)
        self._run_errands(day.on, evening)
        self._set_clock(evening)
        # Orders that nobody complains about today can wait for the one stop there is.
        self._import_orders(orders)
        self._rest(evening)
        self._note_errands(day.on)

    def _import_orders(self, orders: Sequence[Order]) -> None:
        self.control.place_zenki_orders(orders)
        if orders:
            for _ in orders:
                self.stage.on_change()
            self.stage.redress.import_orders(
                [
                    ImportedOrder(order.hash, order.number, order.paid.id if order.paid else None)
                    for order in orders
                ]
            )

    def _file(self, cases: Sequence[Case], now: datetime) -> None:
        for case in cases:
            order = self.orders[case.order_id]
            if case.route is Route.DISPUTE and order.paid is not None:
                self.sandbox.open_dispute(order.paid.id, case.title, case.text, now)
                self.stage.on_change()
            elif case.route is Route.DESK:
                self.desk_ids[case.key] = self.control.file_at_desk(case, order)
                self.stage.on_change()
        filed = [self.desk_ids[case.key] for case in cases if case.route is Route.DESK]
        if filed:
            self.stage.redress.import_complaints(filed)
        chats = [case for case in cases if case.route is Route.CHAT]
        if chats:
            # Customers don't wait for one another.
            with ThreadPoolExecutor(_CHATTERS) as customers:
                list(customers.map(self._raise_in_chat, chats))

    def _raise_in_chat(self, case: Case) -> None:
        self.control.raise_in_chat(case, self.orders[case.order_id])
        self.stage.on_change()

    def _act(self, acts: Sequence[Act], day: date, now: datetime) -> None:
        self.late = []
        for act in acts:
            self.stage.on_change()
            try:
                self._play_act(act, now)
            except ControlRefused as refused:
                case = None if isinstance(act, Settle) else act.case
                self._missed(day, act.model_dump_json(), refused, case)

    def _missed(self, day: date, what: str, why: ControlRefused, case: str | None = None) -> None:
        self.played.unplayed.append(Unplayed(day, what, str(why), case))

    def _play_act(self, act: Act, now: datetime) -> None:
        match act:
            case DeskAct():
                complaint = self._desk_id(self.cases[act.case])
                self.sandbox.set_complaint_status(complaint, act.status, now)
            case ZenkiAct():
                zenki_id = self._zenki_id(self.cases[act.case].order_id)
                self.sandbox.resolve(zenki_id, act.decision, now)
            case Settle():
                self._settle(act, now)

    def _zenki_id(self, order_id: str) -> str:
        paid = self.orders[order_id].paid
        if paid is None:
            raise ControlRefused(f"order {order_id} wasn't paid through Zenki")
        return paid.id

    def _settle(self, act: Settle, now: datetime) -> None:
        zenki_id = self._zenki_id(act.order_id)
        order = self.sandbox.zenki_order(zenki_id)
        if _dispute_runs(order):
            self.late.append(act)
        elif order["status"] not in {"REFUNDED", "SETTLED"}:
            self.sandbox.move_zenki_order(zenki_id, "SETTLED", now)

    def _desk_id(self, case: Case) -> str:
        """The case's id at BizKitHub, as staff find it: by the order and the words."""
        known = self.desk_ids.get(case.key)
        if known is not None:
            return known
        others = {self.desk_ids.get(other.key) for other in self.siblings[case.order_id]}
        texts = [
            other.text
            for other in self.siblings[case.order_id]
            if other.key != case.key and other.route is not Route.DISPUTE
        ]
        for complaint in self.sandbox.complaints(self.orders[case.order_id].hash):
            told = str(complaint["description"])
            if complaint["id"] in others or complaint["created_by"] != "api":
                continue
            if case.route is Route.DISPUTE:
                # The shopper's words stay at Zenki: it is the one that is nobody else's.
                mine = not any(_tells(told, text) for text in texts)
            else:
                mine = _tells(told, case.text)
            if mine:
                self.desk_ids[case.key] = str(complaint["id"])
                return self.desk_ids[case.key]
        raise ControlRefused("the desk has no such complaint")

    def _note_errands(self, day: date) -> None:
        """The portal's staff read the list of manual actions and plan their days."""
        listed = set(self.stage.redress.manual_actions())
        self.errands = {action: on for action, on in self.errands.items() if action in listed}
        for action in sorted(listed - self.errands.keys()):
            name = (action.number, action.account, action.target)
            wait = between(*_PORTAL_AFTER, self.plan.seed, "portal", *name)
            self.errands[action] = day + timedelta(days=wait)

    def _run_errands(self, day: date, now: datetime) -> None:
        for action in [action for action, on in self.errands.items() if on <= day]:
            del self.errands[action]
            decision = _PORTAL.get(action.target)
            try:
                if action.account != ZENKI or decision is None:
                    raise ControlRefused("no portal offers this")
                self.sandbox.resolve(action.external_id, decision, now)
            except ControlRefused as refused:
                self._missed(day, f"manual action {action}", refused)


def _tells(told: str, text: str) -> bool:
    """Whether a description is this text, with or without a reference below it."""
    return told == text or told.startswith(f"{text}\n\n[ref ")


def _dispute_runs(order: Mapping[str, object]) -> bool:
    dispute = order["dispute"]
    return isinstance(dispute, dict) and dispute["status"] == "OPEN"
