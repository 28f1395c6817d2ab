"""Reads the CSV files that people bring: every wrong row is told with its line and column."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from worker.inspection import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

_DELIMITERS = ",;\t|"
_LONGEST = 128
_ROUNDED = re.compile(r"\d+([.,]\d+)?[eE]\+?\d+")


@dataclass(frozen=True)
class Row:
    """The known, filled cells of one row.  ``line`` counts from 1 and is where the row begins."""

    file: str
    line: int
    cells: dict[str, str]


@dataclass(frozen=True)
class RowFault:
    """A row, or a whole file, that can't be taken."""

    file: str
    line: int
    column: str
    what: str
    cure: str

    def __str__(self) -> str:
        column = f", column {self.column}" if self.column else ""
        return f"{self.file}, line {self.line}{column}: {self.what}; {self.cure}"


@dataclass(frozen=True)
class Sheet:
    """What a file gave.  ``ignored`` are columns that nobody here knows."""

    rows: tuple[Row, ...] = ()
    faults: tuple[RowFault, ...] = ()
    ignored: tuple[str, ...] = ()


def read_sheet(path: Path, columns: Sequence[str]) -> Sheet:
    """The rows of a CSV file; one of ``columns`` must be filled in each.  Never raises."""
    name = str(path)

    def refused(line: int, what: str, cure: str) -> Sheet:
        return Sheet(faults=(RowFault(name, line, "", what, cure),))

    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        return refused(line, "is not UTF-8 text", "save the file as CSV UTF-8")
    except OSError as error:
        return refused(1, f"can't be read ({error.strerror})", "mend the path or its rights")
    records = list(_records(name, text))
    header = records[0] if records else None
    if header is None or isinstance(header, RowFault):
        cure = f"its first line must name columns, such as {', '.join(columns)}"
        return refused(1, "has no header line", cure)
    names = [cell.strip().lower() for cell in header[1]]
    known = [cell for cell in names if cell in columns]
    if not known:
        return refused(header[0], "names no column that is known", _header_cure(names, columns))
    if doubled := sorted({cell for cell in known if known.count(cell) > 1}):
        return refused(header[0], f"names {doubled[0]} twice", "keep one of the two columns")
    ignored = tuple(cell for cell in names if cell and cell not in columns)
    return _sheet(name, names, records[1:], columns, ignored)


def _header_cure(names: list[str], columns: Sequence[str]) -> str:
    for cell in names:
        cure = did_you_mean(cell, list(columns))
        if cure.startswith("did you mean"):
            return f"{cell}: {cure}"
    return f"known are {', '.join(columns)}"


def _records(file: str, text: str) -> Iterator[tuple[int, list[str]] | RowFault]:
    """Records with the line on which each begins; blank lines are left out."""
    first = text.split("\n", 1)[0]
    delimiter = max(_DELIMITERS, key=first.count)
    reader = csv.reader(text.splitlines(keepends=True), delimiter=delimiter, strict=True)
    begin = 1
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield RowFault(file, begin, "", f"is no CSV ({error})", "mend the quotes of this row")
            begin = reader.line_num + 1
            continue
        if any(cell.strip() for cell in cells):
            yield begin, cells
        begin = reader.line_num + 1


def _sheet(
    file: str,
    names: list[str],
    records: Sequence[tuple[int, list[str]] | RowFault],
    columns: Sequence[str],
    ignored: tuple[str, ...],
) -> Sheet:
    rows: list[Row] = []
    faults: list[RowFault] = []
    for record in records:
        if isinstance(record, RowFault):
            faults.append(record)
            continue
        line, cells = record
        found = _row(file, line, names, cells, columns)
        if isinstance(found, Row):
            rows.append(found)
        else:
            faults.extend(found)
    return Sheet(tuple(rows), tuple(faults), ignored)


def _row(
    file: str, line: int, names: list[str], cells: list[str], columns: Sequence[str]
) -> Row | list[RowFault]:
    if len(cells) > len(names):
        what = f"has {len(cells)} cells and the header {len(names)}"
        return [RowFault(file, line, "", what, "quote cells that hold the separator")]
    filled = {
        name: cell.strip()
        for name, cell in zip(names, cells, strict=False)
        if name in columns and cell.strip()
    }
    found = [cell_fault(file, line, name, value) for name, value in filled.items()]
    faults = [fault for fault in found if fault is not None]
    if not filled:
        usable = ", ".join(name for name in names if name in columns)
        faults = [RowFault(file, line, "", "names nothing", f"fill one of {usable}")]
    return faults or Row(file, line, filled)


def cell_fault(file: str, line: int, column: str, value: str) -> RowFault | None:
    """Why a cell can't be an id; None when it can."""
    trouble = _trouble(value)
    return RowFault(file, line, column, *trouble) if trouble else None


def _trouble(value: str) -> tuple[str, str] | None:
    """Why a cell can't be an id, and the cure."""
    if len(value) > _LONGEST:
        return f"is longer than {_LONGEST} characters", "give the id alone"
    if not value.isprintable():
        return "holds control characters", "give the id alone"
    if _ROUNDED.fullmatch(value):
        return "was rounded by a spreadsheet", "format the column as text and export it again"
    return None
