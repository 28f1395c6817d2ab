"""CSV files that people bring."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.cli.rows import Sheet, read_sheet

COLUMNS = ("order_hash", "order_number")


def sheet(folder: Path, content: bytes | str) -> Sheet:
    """Read ``content`` as a file of that folder."""
    file = folder / "orders.csv"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_sheet(file, COLUMNS)


@pytest.mark.parametrize(
    "content",
    [
        "order_hash,order_number\nabc,00591\n",
        "\ufefforder_hash;order_number\r\nabc;00591\r\n",
        "Order_Hash\tnote\torder_number\n\n abc \tx\t00591",
        '"order_number","order_hash"\n"00591","abc"\n,,\n',
    ],
)
def test_what_spreadsheets_write_is_read(tmp_path: Path, content: str) -> None:
    """Marks, separators, line ends, capitals and the columns' order make no difference."""
    found = sheet(tmp_path, content)
    assert [row.cells for row in found.rows] == [{"order_hash": "abc", "order_number": "00591"}]
    assert not found.faults


def test_a_row_is_found_on_the_line_where_it_begins(tmp_path: Path) -> None:
    """Line breaks inside quotes and blank lines are counted."""
    found = sheet(tmp_path, 'order_hash,note\n"a","two\nlines"\n\nb,\n')
    assert [(row.line, row.cells["order_hash"]) for row in found.rows] == [(2, "a"), (5, "b")]
    assert found.ignored == ("note",)


@pytest.mark.parametrize(
    ("row", "column", "what"),
    [
        ("a,b,c", "", "3 cells"),
        ("a,1.00591E+11", "order_number", "rounded by a spreadsheet"),
        (f"{'x' * 129},", "order_hash", "longer than 128"),
        ("a\x01b,", "order_hash", "control characters"),
        ('"a"b,c', "", "no CSV"),
    ],
)
def test_a_wrong_row_is_told_and_the_others_go_on(
    tmp_path: Path, row: str, column: str, what: str
) -> None:
    """File, line, column and a cure; the rows around it are taken."""
    found = sheet(tmp_path, f"order_hash,order_number\nfirst,1\n{row}\nlast,2\n")
    (fault,) = found.faults
    assert (fault.line, fault.column) == (3, column)
    assert what in fault.what
    assert fault.cure
    assert [one.cells["order_hash"] for one in found.rows] == ["first", "last"]


def test_a_row_that_fills_only_unknown_columns_is_told(tmp_path: Path) -> None:
    """Nothing in the file passes in silence."""
    (fault,) = sheet(tmp_path, "order_hash,note\n,hello\n").faults
    assert str(fault).endswith("line 2: names nothing; fill one of order_hash")


@pytest.mark.parametrize(
    ("content", "what", "cure"),
    [
        (b"", "no header", "order_hash"),
        (b"order_hsah,x\na,b\n", "no column that is known", 'did you mean "order_hash"?'),
        (b"id,x\na,b\n", "no column that is known", "known are"),
        (b"order_hash,order_hash\na,b\n", "twice", "keep one"),
        (b"order_hash\nok\n\xe9\n", "UTF-8", "CSV UTF-8"),
    ],
)
def test_a_file_that_is_no_sheet_is_one_fault(
    tmp_path: Path, content: bytes, what: str, cure: str
) -> None:
    """The cure names what the file must look like."""
    found = sheet(tmp_path, content)
    (fault,) = found.faults
    assert what in fault.what
    assert cure in fault.cure
    assert not found.rows


def test_a_missing_file_is_a_fault(tmp_path: Path) -> None:
    """Reading never raises."""
    (fault,) = read_sheet(tmp_path / "none.csv", COLUMNS).faults
    assert "can't be read" in fault.what


CELL = st.text(
    st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=12
).filter(lambda cell: not cell.startswith("\ufeff") and "E" not in cell.upper())


@given(st.lists(st.tuples(CELL, CELL), max_size=8))
def test_rows_that_a_csv_writer_wrote_come_back(rows: list[tuple[str, str]]) -> None:
    """Quotes and separators inside cells are no trouble."""
    import tempfile  # noqa: PLC0415

    stream = io.StringIO()
    writer = csv.writer(stream)
    writer.writerow(COLUMNS)
    writer.writerows(rows)
    with tempfile.TemporaryDirectory() as folder:
        found = sheet(Path(folder), stream.getvalue())
    assert not found.faults
    assert [(row.cells["order_hash"], row.cells["order_number"]) for row in found.rows] == rows
