"""A world of our own making, small enough to watch and with every oddity that real data has.

Everything here is invented.  The same seed makes the same world.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from worker.demo.chance import below, between, choose, share
from worker.demo.ids import digest
from worker.demo.world import Customer, FilingRow, Line, OrderRow, Place, Rows, lines_or_total

PLACE = Place(timezone="Europe/Prague", currency="EUR", country="CZ", locale="cs")
FIRST_DAY = date(2026, 2, 23)
"""The story crosses the start of summer time, where a local day has 23 hours."""

COMPLAINTS = 200
DAYS = 60
DUE_DAYS = 30

_NAMES = (
    ("Eva", "Horáková"),
    ("Jiří", "Němec"),
    ("Łukasz", "Wójcik"),
    ("Zoë", "Müller"),
    ("João", "Conceição"),
    ("美咲", "田中"),
    ("Олена", "Шевченко"),
    ("Nuria", "Peña"),
    ("Søren", "Ødegård"),
    ("Anna", "O'Neill"),
)
_GOODS = (
    ("Desk lamp, oak", "49.90"),
    ("Clay mug", "12.50"),
    ("Křeslo ušák", "389.00"),
    ("Kettle 1.7 l", "35.00"),
    ("Wool blanket", "79.95"),
    ("Standing desk", "549.00"),
    ("Hrnek “Ráno”", "9.99"),
    ("Bookshelf", "189.00"),
)
_FAULTS = (
    "The lamp flickers and the base is cracked.",
    "Zásilka nedorazila, sledování se nehýbe od pondělí.",
    "Wrong colour: ordered green, got grey.",
    "O produto veio quebrado e ninguém responde.",
    "Es fehlt ein Bein vom Tisch, so kann ich ihn nicht brauchen.",
    "Two of six mugs arrived in pieces.",
    "届いた商品が違います。交換してください。",
    "Paid three weeks ago, still nothing.",
    "Motor hučí a po hodině se vypne.",
    "Посилка прийшла порожня.",
)
_TITLES = ("", "", "", "Broken", "Nedoručeno", "Wrong item", "Não recebi")
_ENDINGS = (
    "",
    "",
    " I want my money back.",
    " Please send a new one.",
    " 😡",
    " 👩‍🔧🔧 needed",
    "\nThank you\nE. H.",
    "\r\nBitte um Rückruf.\r\n",
    "  ",
    "\n\n",
)
_OPENINGS = ("", "", "", "", "Hello,\n\n", "  ", "\t", "Dobrý den, ")

# How long a case takes: shares of all cases, and the days from filing to decision.
_SPANS = ((0.36, 0, 0), (0.84, 1, 6), (1.0, 7, 16))
_LATE = (DUE_DAYS + 1, DUE_DAYS + 7)
_LATE_EVERY = 29
_SECOND_COMPLAINT_EVERY = 23
_SHARED_COMPLAINT_EVERY = 31
_OLDER_THAN_ORDER_EVERY = 37
_NO_LINES_EVERY = 5
_DELIVERED = 0.4
_SHIPPED = 0.6


def generate(seed: int, complaints: int = COMPLAINTS, days: int = DAYS) -> Rows:
    """Make a world of so many complaints whose last decision falls inside so many days.

    ``days`` is at least 45, so that a case can be late; ``complaints`` at least 60, so that
    each oddity occurs.
    """
    filings: list[FilingRow] = []
    orders: list[OrderRow] = []
    for index in range(complaints):
        name = str(index)
        filed_on, answered_at = _span(seed, index, days)
        if index % _SECOND_COMPLAINT_EVERY == _SECOND_COMPLAINT_EVERY - 1:
            order = orders[-1]
        else:
            order = _order(seed, index, filed_on)
            orders.append(order)
        shared = index % _SHARED_COMPLAINT_EVERY == _SHARED_COMPLAINT_EVERY - 1
        # The customer wrote once about the order before and this one.
        former = filings[-1] if shared and filings[-1].order_id != order.id else None
        filings.append(
            FilingRow(
                complaint_id=former.complaint_id if former else digest("complaint", seed, name),
                order_id=order.id,
                title=former.title if former else choose(_TITLES, seed, "title", name),
                text=former.text if former else _text(seed, name),
                filed_at=PLACE.at(filed_on, time(0, 0)),
                answered_at=answered_at,
            )
        )
    filings.sort(key=lambda filing: filing.filed_at)
    return Rows(place=PLACE, orders=tuple(orders), filings=tuple(filings))


def _span(seed: int, index: int, days: int) -> tuple[date, datetime]:
    """The day of filing, and when the case is decided."""
    name = str(index)
    if index % _LATE_EVERY == _LATE_EVERY - 1:
        length = between(*_LATE, seed, "late", name)
    else:
        luck = share(seed, "span", name)
        _, shortest, longest = next(row for row in _SPANS if luck < row[0])
        length = between(shortest, longest, seed, "length", name)
    filed_on = FIRST_DAY + timedelta(days=below(days - length, seed, "filed", name))
    hour = time(between(8, 18, seed, "hour", name), between(0, 59, seed, "minute", name))
    return filed_on, PLACE.at(filed_on + timedelta(days=length), hour)


def _order(seed: int, index: int, filed_on: date) -> OrderRow:
    name = str(index)
    lines = () if index % _NO_LINES_EVERY == 0 else tuple(_lines(seed, name))
    total = sum((line.price * line.count for line in lines), Decimal(0))
    if not lines:
        total = Decimal(between(15, 300, seed, "total", name))
    age = between(1, 18, seed, "age", name)
    if index % _OLDER_THAN_ORDER_EVERY == _OLDER_THAN_ORDER_EVERY - 1:
        age = -2
    purchased_on = max(FIRST_DAY, filed_on - timedelta(days=age))
    luck = share(seed, "delivered", name)
    return OrderRow(
        id=digest("order", seed, name),
        customer=_customer(seed, name),
        delivered=luck < _DELIVERED,
        shipped=luck < _SHIPPED,
        purchased_at=PLACE.at(purchased_on, time(between(6, 23, seed, "bought", name), 30)),
        total=total,
        lines=lines_or_total(lines, total),
    )


def _lines(seed: int, name: str) -> Iterator[Line]:
    for place in range(between(1, 3, seed, "lines", name)):
        label, price = choose(_GOODS, seed, "goods", name, str(place))
        count = between(1, 2, seed, "count", name, str(place))
        yield Line(label=label, price=Decimal(price), count=count)


def _customer(seed: int, name: str) -> Customer:
    first, last = choose(_NAMES, seed, "name", name)
    key = digest("customer", seed, name)
    return Customer(id=key, first_name=first, last_name=last, email=f"{key[:12]}@customers.example")


def _text(seed: int, name: str) -> str:
    parts = (_OPENINGS, _FAULTS, _ENDINGS)
    return "".join(choose(part, seed, "text", name, str(at)) for at, part in enumerate(parts))
