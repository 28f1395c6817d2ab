"""Reads a world from three CSV files: ``orders.csv``, ``order_items.csv``, ``complaints.csv``.

All faults of all files are told at once, each with file, line, column and cure.  What such data
lacks is made here and nowhere else: an e-mail address, a name, a line for orders without any
(the planner makes titles).  The customer's text is taken as it is, white space and line ends
included.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from io import StringIO
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

from worker.demo.world import Customer, FilingRow, Line, OrderRow, Place, Rows, lines_or_total

PLACE = Place(timezone="America/Sao_Paulo", currency="USD", country="BR", locale="en")
"""The time zone is that of the data; amounts keep their digits and are called dollars."""

ORDERS = (
    "order_id",
    "customer_id",
    "city",
    "state",
    "status",
    "purchased_at",
    "estimated_delivery_at",
    "delivered_at",
    "paid_total_brl",
)
ITEMS = ("order_id", "item_no", "product_id", "category", "price_brl", "freight_brl")
COMPLAINTS = (
    "complaint_id",
    "order_id",
    "score",
    "title",
    "text",
    "filed_at",
    "answered_at",
)
STATUSES = (
    "created",
    "approved",
    "invoiced",
    "processing",
    "shipped",
    "delivered",
    "unavailable",
    "canceled",
)
_UNSHIPPED = frozenset(STATUSES) - {"shipped", "delivered"}
_TIME = "%Y-%m-%d %H:%M:%S"
_HIGHEST_SCORE = 5

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class RowFault:
    """What is wrong in one place of one file, and what to do about it."""

    file: str
    line: int
    column: str
    problem: str
    cure: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" + (f" {self.column}" if self.column else "")
        return f"{where}: {self.problem}; {self.cure}"


class BadInput(Exception):
    """The files can't be used.  ``faults`` holds every fault there is."""

    def __init__(self, faults: Sequence[RowFault]) -> None:
        super().__init__("\n".join(map(str, faults)))
        self.faults = tuple(faults)


def load(folder: Path) -> Rows:
    """Read the three files of a folder.  Raises BadInput with all faults at once."""
    faults: list[RowFault] = []
    orders = _Sheet(folder / "orders.csv", ORDERS, faults)
    items = _Sheet(folder / "order_items.csv", ITEMS, faults)
    complaints = _Sheet(folder / "complaints.csv", COMPLAINTS, faults)
    order_ids = orders.unique("order_id")
    items.known("order_id", order_ids if orders.read else None)
    complaints.known("order_id", order_ids if orders.read else None)
    items.unique("order_id", "item_no")
    complaints.unique("complaint_id", "order_id")
    lines: dict[str, list[tuple[int, Line]]] = {}
    for row in items.rows:
        item = _item(row)
        if item is not None:
            lines.setdefault(row.text("order_id"), []).append(item)
    order_rows = [_order(row, lines.get(row.text("order_id"), [])) for row in orders.rows]
    filings = [_filing(row) for row in complaints.rows]
    if not faults and not filings:
        faults.append(_fault(complaints.file, 1, "", "holds no complaint", "give it some"))
    if faults:
        raise BadInput(sorted(faults, key=lambda fault: (fault.file, fault.line)))
    return Rows(
        place=PLACE,
        orders=tuple(row for row in order_rows if row is not None),
        filings=tuple(row for row in filings if row is not None),
    )


def _fault(file: Path, line: int, column: str, problem: str, cure: str) -> RowFault:
    return RowFault(file.name, line, column, problem, cure)


class _Row:
    """One record of a file, which reports its own faults."""

    def __init__(
        self, file: Path, line: int, cells: dict[str, str], faults: list[RowFault]
    ) -> None:
        self.file = file
        self.line = line
        self.cells = cells
        self.faults = faults

    def refuse(self, column: str, problem: str, cure: str) -> None:
        self.faults.append(_fault(self.file, self.line, column, problem, cure))

    def text(self, column: str) -> str:
        return self.cells[column]

    def id(self, column: str) -> str | None:
        value = self.cells[column]
        if not value or value != value.strip():
            self.refuse(column, "is no id", "give an id without white space around it")
            return None
        return value

    def parsed(self, column: str, read: Callable[[str], _T], problem: str, cure: str) -> _T | None:
        """What a cell means, or a fault."""
        try:
            return read(self.cells[column])
        except (ValueError, InvalidOperation):
            self.refuse(column, problem, cure)
            return None

    def time(self, column: str) -> datetime | None:
        return self.parsed(column, _moment, "is no time", "write it as 2017-10-21 19:32:06")

    def amount(self, column: str) -> Decimal | None:
        return self.parsed(column, _amount, "is no amount", "write it as 111.12")


def _moment(text: str) -> datetime:
    naive = datetime.strptime(text, _TIME)  # noqa: DTZ007 - the zone is the place's
    return naive.replace(tzinfo=ZoneInfo(PLACE.timezone))


def _amount(text: str) -> Decimal:
    value = Decimal(text)
    if not value.is_finite() or value < 0 or text != text.strip():
        raise ValueError(text)
    return value


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or int(text) < 1:
        raise ValueError(text)
    return int(text)


class _Sheet:
    """One CSV file with a fixed header.  Faulty rows are reported and left out."""

    def __init__(self, file: Path, columns: tuple[str, ...], faults: list[RowFault]) -> None:
        self.file = file
        self.faults = faults
        self.rows: list[_Row] = []
        self.read = False
        text = self._text()
        if text is not None:
            self.rows = list(self._records(text, columns))

    def _refuse(self, line: int, column: str, problem: str, cure: str) -> None:
        self.faults.append(_fault(self.file, line, column, problem, cure))

    def _text(self) -> str | None:
        try:
            raw = self.file.read_bytes()
        except OSError as error:
            self._refuse(1, "", f"can't be read ({error.strerror})", "put the file there")
            return None
        try:
            return raw.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = raw[: error.start].count(b"\n") + 1
            self._refuse(line, "", "is not UTF-8 text", "save the file as UTF-8")
            return None

    def _records(self, text: str, columns: tuple[str, ...]) -> Iterator[_Row]:
        # Without newline="" the line ends inside a customer's text would be changed.
        reader = csv.reader(StringIO(text, newline=""), strict=True)
        line = 1
        try:
            header = next(reader, [])
            self.read = self._header_is(header, columns)
            if not self.read:
                return
            line = reader.line_num + 1
            for cells in reader:
                if len(cells) == len(header):
                    row = _Row(self.file, line, dict(zip(header, cells, strict=True)), self.faults)
                    if self._clean(row):
                        yield row
                else:
                    problem = f"has {len(cells)} cells instead of {len(header)}"
                    self._refuse(line, "", problem, "quote cells that hold commas")
                line = reader.line_num + 1
        except csv.Error as error:
            self._refuse(line, "", f"is no CSV ({error})", 'write " as "" inside quotes')

    def _header_is(self, header: list[str], columns: tuple[str, ...]) -> bool:
        if header == list(columns):
            return True
        before = len(self.faults)
        for column in columns:
            if column not in header:
                self._refuse(1, column, "is missing from the header", "add this column")
        for place, column in enumerate(header):
            if column not in columns or column in header[:place]:
                self._refuse(1, column, "doesn't belong in the header", "take this column out")
        return len(self.faults) == before

    def _clean(self, row: _Row) -> bool:
        spoilt = [column for column, value in row.cells.items() if "\0" in value]
        for column in spoilt:
            row.refuse(column, "holds a NUL character", "take it out")
        return not spoilt

    def unique(self, *columns: str) -> frozenset[str]:
        """Report rows that repeat a key.  The first column's values are returned."""
        seen: dict[tuple[str, ...], int] = {}
        for row in self.rows:
            key = tuple(row.text(column) for column in columns)
            if key in seen:
                first = f"was there on line {seen[key]}"
                row.refuse(" and ".join(columns), first, "keep one of the two rows")
            else:
                seen[key] = row.line
        return frozenset(key[0] for key in seen)

    def known(self, column: str, values: frozenset[str] | None) -> None:
        """Report rows that name an order that isn't there, once the orders could be read."""
        if values is None:
            return
        for row in self.rows:
            if row.text(column) not in values:
                row.refuse(column, "is no order of orders.csv", "add the order or take this out")


def _item(row: _Row) -> tuple[int, Line] | None:
    place = row.parsed("item_no", _count, "is no line number", "count from 1")
    price, freight = row.amount("price_brl"), row.amount("freight_brl")
    if place is None or price is None or freight is None:
        return None
    label = row.text("category").strip() or row.text("product_id").strip() or f"item {place}"
    return place, Line(label=label, price=price)


def _order(row: _Row, items: list[tuple[int, Line]]) -> OrderRow | None:
    key, customer = row.id("order_id"), row.id("customer_id")
    purchased_at, total = row.time("purchased_at"), row.amount("paid_total_brl")
    status = row.text("status")
    if status not in STATUSES:
        row.refuse("status", "is no status of an order", f"use one of {', '.join(STATUSES)}")
    if key is None or customer is None or purchased_at is None or total is None:
        return None
    lines = tuple(line for _, line in sorted(items, key=lambda item: item[0]))
    return OrderRow(
        id=key,
        customer=Customer(
            id=customer,
            first_name="Customer",
            last_name=customer[:8],
            email=f"{customer}@customers.example",
        ),
        delivered=status == "delivered",
        shipped=status not in _UNSHIPPED,
        purchased_at=purchased_at,
        total=total,
        lines=lines_or_total(lines, total),
    )


def _filing(row: _Row) -> FilingRow | None:
    key, order = row.id("complaint_id"), row.id("order_id")
    filed_at, answered_at = row.time("filed_at"), row.time("answered_at")
    text = row.text("text")
    if not text.strip():
        row.refuse("text", "is empty", "give the customer's words")
    score = row.parsed("score", _count, "is no score", "give a whole number from 1 to 5")
    if score is not None and score > _HIGHEST_SCORE:
        row.refuse("score", "is no score", "give a whole number from 1 to 5")
    if filed_at and answered_at and answered_at.date() < filed_at.date():
        row.refuse("answered_at", "lies before filed_at", "give the day of the answer")
    if key is None or order is None or filed_at is None or answered_at is None:
        return None
    return FilingRow(
        complaint_id=key,
        order_id=order,
        title=row.text("title"),
        text=text,
        filed_at=filed_at,
        answered_at=answered_at,
    )
