"""Three CSV files become a world, or a list of all that is wrong with them."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from worker.demo.loader import STATUSES, BadInput, load
from worker.demo.world import Line

ORDERS = (
    "order_id,customer_id,city,state,status,purchased_at,estimated_delivery_at,delivered_at,"
    "paid_total_brl\n"
    "o1,c1,são paulo,SP,delivered,2017-10-21 19:32:06,2017-11-03 00:00:00,,111.12\n"
    "o2,c2,serrana,SP,canceled,2018-03-22 22:52:46,2018-04-11 00:00:00,,0.00\n"
)
ITEMS = (
    "order_id,item_no,product_id,category,price_brl,freight_brl\n"
    "o1,2,p2,,12.79,1.00\n"
    "o1,1,p1,beleza_saude,39.85,12.79\n"
)
COMPLAINTS = (
    "complaint_id,order_id,score,title,text,filed_at,answered_at\n"
    'k1,o1,1,," Não chegou,\r\nainda.\n ",2017-11-01 00:00:00,2017-11-03 12:31:00\n'
    "k1,o2,2,Ruim,Cancelado,2018-03-20 00:00:00,2018-03-20 09:00:00\n"
)


def write(
    folder: Path, *, orders: str = ORDERS, items: str = ITEMS, complaints: str = COMPLAINTS
) -> Path:
    """The three files in a folder, line ends as given."""
    for name, text in (("orders", orders), ("order_items", items), ("complaints", complaints)):
        (folder / f"{name}.csv").write_bytes(text.encode())
    return folder


def faults(folder: Path) -> list[str]:
    """What the loader says about a folder that it refuses."""
    with pytest.raises(BadInput) as caught:
        load(folder)
    return [str(fault) for fault in caught.value.faults]


def test_text_arrives_to_the_letter(tmp_path: Path) -> None:
    """White space, commas and both kinds of line ends are the customer's own."""
    rows = load(write(tmp_path))
    assert [filing.text for filing in rows.filings] == [" Não chegou,\r\nainda.\n ", "Cancelado"]


def test_amounts_keep_their_digits(tmp_path: Path) -> None:
    """An amount is the same number, called dollars."""
    rows = load(write(tmp_path))
    assert [order.total for order in rows.orders] == [Decimal("111.12"), Decimal("0.00")]
    assert rows.place.currency == "USD"


def test_lines_come_in_their_order_and_are_never_empty(tmp_path: Path) -> None:
    """Lines are sorted by number; an order without any gets one line of its total."""
    first, second = load(write(tmp_path)).orders
    assert first.lines == (
        Line(label="beleza_saude", price=Decimal("39.85")),
        Line(label="p2", price=Decimal("12.79")),
    )
    assert second.lines == (Line(label="order total", price=Decimal("0.00")),)


def test_times_are_those_of_the_shop(tmp_path: Path) -> None:
    """A time of the data is a time of day in São Paulo, summer time included."""
    rows = load(write(tmp_path))
    assert rows.orders[0].purchased_at == datetime(2017, 10, 21, 21, 32, 6, tzinfo=UTC)
    assert rows.orders[1].purchased_at == datetime(2018, 3, 23, 1, 52, 46, tzinfo=UTC)


def test_customer_gets_an_address(tmp_path: Path) -> None:
    """The data has no e-mail addresses, so one is derived from the customer's id."""
    assert load(write(tmp_path)).orders[0].customer.email == "c1@customers.example"


def test_only_delivered_is_delivered(tmp_path: Path) -> None:
    """A canceled order never reached its customer, nor was it shipped."""
    first, second = load(write(tmp_path)).orders
    assert (first.delivered, first.shipped) == (True, True)
    assert (second.delivered, second.shipped) == (False, False)


def test_byte_order_mark_is_no_fault(tmp_path: Path) -> None:
    """Spreadsheets put one in front."""
    assert len(load(write(tmp_path, orders="\ufeff" + ORDERS)).orders) == 2


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    """Faults of all files come together, each with file, line, column and cure."""
    told = faults(
        write(
            tmp_path,
            orders=ORDERS.replace("111.12", "many").replace("canceled", "lost"),
            items=ITEMS.replace("o1,2", "o9,2"),
            complaints=COMPLAINTS.replace("Cancelado", "  ").replace(
                "2018-03-20 09:00:00", "2018-03-19 09:00:00"
            ),
        )
    )
    assert told == [
        "complaints.csv:5 text: is empty; give the customer's words",
        "complaints.csv:5 answered_at: lies before filed_at; give the day of the answer",
        "order_items.csv:2 order_id: is no order of orders.csv; add the order or take this out",
        "orders.csv:2 paid_total_brl: is no amount; write it as 111.12",
        f"orders.csv:3 status: is no status of an order; use one of {', '.join(STATUSES)}",
    ]


def test_header_must_fit(tmp_path: Path) -> None:
    """A missing and a strange column are told by name; the rows are not guessed at."""
    told = faults(write(tmp_path, complaints=COMPLAINTS.replace("score", "stars")))
    assert told == [
        "complaints.csv:1 score: is missing from the header; add this column",
        "complaints.csv:1 stars: doesn't belong in the header; take this column out",
    ]


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("k1,o2", "k1,o1", "complaint_id and order_id: was there on line 2"),
        ("k1,o2,2", "k1,o2,9", "score: is no score"),
        ("k1,o2,2", "k1,o2,²", "score: is no score"),
        ("k1,o2", " k1,o2", "complaint_id: is no id"),
        ("k1,o2", "k1,o7", "order_id: is no order of orders.csv"),
        ("2018-03-20 00:00:00", "20/03/2018", "filed_at: is no time"),
        ("2018-03-20 00:00:00", "2018-02-30 00:00:00", "filed_at: is no time"),
        ("Ruim,", "Ruim,x,", ": has 8 cells instead of 7"),
        ("Cancelado", "Cance\0lado", "text: holds a NUL character"),
        ('ainda.\n "', 'ainda.\n "x', ": is no CSV"),
    ],
)
def test_row_fault_is_told_with_its_column(
    before: str, after: str, told: str, tmp_path: Path
) -> None:
    """Each kind of wrong cell is told once."""
    assert before in COMPLAINTS
    found = faults(write(tmp_path, complaints=COMPLAINTS.replace(before, after)))
    assert len(found) == 1
    assert told in found[0]


def test_line_counts_lines_inside_cells(tmp_path: Path) -> None:
    """The line is the one an editor shows, though a text of three lines stands above."""
    told = faults(write(tmp_path, complaints=COMPLAINTS.replace("k1,o2,2", "k1,o2,x")))
    assert told[0].startswith("complaints.csv:5 score:")


def test_missing_file_is_told(tmp_path: Path) -> None:
    """A missing file is a fault like any other, and orders aren't looked up without it."""
    folder = write(tmp_path)
    (folder / "orders.csv").unlink()
    assert faults(folder) == [
        "orders.csv:1: can't be read (No such file or directory); put the file there"
    ]


def test_other_encodings_are_told(tmp_path: Path) -> None:
    """Latin-1 is refused with the line where it shows."""
    folder = write(tmp_path)
    (folder / "orders.csv").write_bytes(ORDERS.encode("latin-1"))
    assert faults(folder) == ["orders.csv:2: is not UTF-8 text; save the file as UTF-8"]


def test_no_complaints_is_a_fault(tmp_path: Path) -> None:
    """A story needs at least one complaint."""
    told = faults(write(tmp_path, complaints=COMPLAINTS.split("\n", maxsplit=1)[0] + "\n"))
    assert told == ["complaints.csv:1: holds no complaint; give it some"]
