"""From rows and a seed to a plan: who files where, and which staff does what on which day.

A pure function: the same rows and seed give the same plan.  The rules, in one place:

- every third order is also paid through Zenki; some of the first complaints about those are
  shopper's disputes there, of all others three in four come through the chat, the rest from
  the desk;
- a case is decided on the day of its row's answer, by the desk, by Zenki's staff, or by both;
- whatever else a staff does (open, wait, decide early and open again, close) lies between.

`worker.demo.staffs` plans the acts of one case.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from worker.demo.chance import between, draw, share
from worker.demo.ids import digest, number
from worker.demo.staffs import Role, acts, verdict_of
from worker.demo.world import (
    Act,
    Case,
    Day,
    FilingRow,
    Order,
    OrderRow,
    PaidOrder,
    Place,
    Plan,
    Route,
    Rows,
    Settle,
)

DUE_DAYS = 30
REFUND_ALLOWANCE = Decimal(250)

_PAID_EVERY = 3
_DISPUTED_SHARE = 0.4
_CHAT_SHARE = 0.75
_BOTH_PERCENT = 10
_OPPOSITE_PERCENT = 2
_SETTLE_AFTER_DECISION = (7, 10)
_SETTLE_AFTER_CREATION = 10
_TITLE_WORDS = 6
_TITLE_LENGTH = 100
_LAST_DAYS = 3
"""The story goes on for so many days after the last decision."""


def plan(
    rows: Rows,
    seed: int,
    *,
    due_days: int = DUE_DAYS,
    refund_allowance: Decimal = REFUND_ALLOWANCE,
) -> Plan:
    """Plan the whole story.  Rows are taken in their order."""
    by_order: dict[str, list[FilingRow]] = defaultdict(list)
    for filing in sorted(rows.filings, key=lambda row: row.filed_at):
        by_order[filing.order_id].append(filing)
    orders = _orders(rows.orders, by_order, rows.place)
    known = {order.id: order for order in orders}
    seats = [
        _seat(filing, known[filing.order_id], by_order[filing.order_id], rows.place, seed)
        for filing in rows.filings
    ]
    roles = _roles(seats, known, rows.place, seed)
    cases = tuple(
        _case(seat, roles[seat.filing.key], known[seat.filing.order_id], due_days) for seat in seats
    )
    return Plan(
        seed=seed,
        place=rows.place,
        due_days=due_days,
        refund_allowance=refund_allowance,
        orders=orders,
        cases=cases,
        days=_days(orders, cases, roles, seed, due_days),
    )


def _orders(
    rows: Iterable[OrderRow], filings: Mapping[str, Sequence[FilingRow]], place: Place
) -> tuple[Order, ...]:
    taken: set[str] = set()
    return tuple(
        Order(
            id=row.id,
            hash=digest("order hash", row.id),
            number=number(row.id, taken),
            paid=_paid(row) if index % _PAID_EVERY == 0 else None,
            known_on=place.day_of(
                min([row.purchased_at, *(filing.filed_at for filing in filings.get(row.id, ()))])
            ),
            row=row,
        )
        for index, row in enumerate(rows)
    )


def _paid(row: OrderRow) -> PaidOrder:
    if row.delivered:
        status = "AWAITING_SHOPPER_APPROVAL"
    else:
        status = "SHIPPED" if row.shipped else "AWAITING_SHIPMENT"
    return PaidOrder(id=digest("zenki order", row.id), status=status)


@dataclass(frozen=True, slots=True)
class _Seat:
    """Where a complaint enters, before anybody decides who acts on it.

    ``payable``: Redress may open a dispute for it; ``disputed``: there will surely be one.
    """

    filing: FilingRow
    route: Route
    payable: bool
    disputed: bool
    alone: bool
    span: int


def _roles(
    seats: Sequence[_Seat], orders: Mapping[str, Order], place: Place, seed: int
) -> dict[str, Role]:
    eligible = sorted(
        (seat for seat in seats if _both_can_act(seat)),
        key=lambda seat: draw(seed, "both", seat.filing.key),
    )
    total = len(seats)
    both = {seat.filing.key for seat in eligible[: _ceil(total * _BOTH_PERCENT)]}
    opposite = {seat.filing.key for seat in eligible[: _ceil(total * _OPPOSITE_PERCENT)]}
    return {
        seat.filing.key: Role(
            seed=seed,
            key=seat.filing.key,
            route=seat.route,
            tied=seat.disputed or seat.payable,
            shared=seat.filing.key in both,
            opposite=seat.filing.key in opposite,
            delivered=orders[seat.filing.order_id].row.delivered,
            filed_on=place.day_of(seat.filing.filed_at),
            decided_on=place.day_of(seat.filing.answered_at),
        )
        for seat in seats
    }


def title_of(title: str, text: str) -> str:
    """The given title, else the first words of the text.  One line, never empty."""
    return " ".join(title.split() or text.split()[:_TITLE_WORDS])[:_TITLE_LENGTH]


def _ceil(hundredfold: int) -> int:
    return -(-hundredfold // 100)


def _seat(
    filing: FilingRow, order: Order, siblings: Sequence[FilingRow], place: Place, seed: int
) -> _Seat:
    filed_on = place.day_of(filing.filed_at)
    first = siblings[0].key == filing.key
    # Nobody can tell a dispute from a chat complaint that comes in on the day it is found.
    clear = all(place.day_of(other.filed_at) > filed_on for other in siblings[1:])
    if order.paid and first and clear and share(seed, "dispute", filing.key) < _DISPUTED_SHARE:
        route = Route.DISPUTE
    elif _said_before(filing, siblings) or share(seed, "chat", filing.key) >= _CHAT_SHARE:
        route = Route.DESK
    else:
        route = Route.CHAT
    payable = order.paid is not None and not order.row.delivered
    return _Seat(
        filing=filing,
        route=route,
        payable=payable,
        disputed=route is Route.DISPUTE or (payable and first and clear),
        alone=len(siblings) == 1,
        span=(place.day_of(filing.answered_at) - filed_on).days,
    )


def _said_before(filing: FilingRow, siblings: Sequence[FilingRow]) -> bool:
    """The chat takes the same words about the same order for a repeat; the desk doesn't."""
    for other in siblings:
        if other.key == filing.key:
            return False
        if _words(other.text) == _words(filing.text):
            return True
    return False


def _words(text: str) -> str:
    """The same for what differs only in spaces, line ends and capitals."""
    return " ".join(text.split()).casefold()


def _both_can_act(seat: _Seat) -> bool:
    """The desk hears of a shopper's dispute in the evening, so it can't act on that day."""
    return seat.disputed and seat.alone and (seat.route is not Route.DISPUTE or seat.span > 0)


def _case(seat: _Seat, role: Role, order: Order, due_days: int) -> Case:
    filing = seat.filing
    return Case(
        key=filing.key,
        order_id=filing.order_id,
        route=role.route,
        uid=order.row.customer.id,
        title=title_of(filing.title, filing.text),
        text=filing.text,
        filed_at=filing.filed_at,
        filed_on=role.filed_on,
        decided_on=role.decided_on,
        verdict=verdict_of(role),
        decided_by=role.decided_by,
        disputed=seat.disputed,
        opposite=role.opposite,
        overdue=seat.span > due_days,
    )


@dataclass(slots=True)
class _Page:
    orders: list[str]
    filings: list[str]
    acts: list[Act]
    look: bool = False


def _days(
    orders: Sequence[Order],
    cases: Sequence[Case],
    roles: Mapping[str, Role],
    seed: int,
    due_days: int,
) -> tuple[Day, ...]:
    pages: dict[date, _Page] = defaultdict(lambda: _Page([], [], []))
    for order in orders:
        pages[order.known_on].orders.append(order.id)
    decided: dict[str, date] = {}
    for case in cases:
        pages[case.filed_on].filings.append(case.key)
        for day, act in acts(roles[case.key]):
            pages[day].acts.append(act)
        decided[case.order_id] = max(case.decided_on, decided.get(case.order_id, date.min))
    if not pages:
        return ()
    last = max([*pages, *(day + timedelta(days=_LAST_DAYS) for day in decided.values())])
    for order in orders:
        settled_on = _settled_on(order, decided.get(order.id), seed)
        if settled_on is not None and settled_on <= last:
            pages[settled_on].acts.append(Settle(order_id=order.id))
    for case in cases:
        if case.overdue:
            missed = case.filed_on + timedelta(days=due_days + 1)
            pages[missed].look = True
    span = (last - min(pages)).days
    days = [min(pages) + timedelta(days=offset) for offset in range(span + 1)]
    return tuple(
        Day(
            on=day,
            orders=tuple(page.orders),
            filings=tuple(page.filings),
            acts=tuple(page.acts),
            look=page.look,
        )
        for day, page in ((day, pages[day]) for day in days)
    )


def _settled_on(order: Order, decided_on: date | None, seed: int) -> date | None:
    if order.paid is None:
        return None
    mature = order.known_on + timedelta(days=_SETTLE_AFTER_CREATION)
    if decided_on is None:
        return mature
    wait = between(*_SETTLE_AFTER_DECISION, seed, "settle", order.id)
    return max(mature, decided_on + timedelta(days=wait))
