"""The ledger over a real database."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from complaints import flow, ledger
from complaints.ledger import Fault, Line, Remainder
from complaints.store import Store
from complaints.store import ledger as counting
from complaints.vocabulary import OPERATOR, AccountName, Status
from tests.complaints.fakes import House, document
from tests.complaints.records import BOT, DESK, NOW, ZENKI, change
from tests.complaints.test_store_receipts import arrival


def read(opened: Store) -> dict[AccountName, Line]:
    """The whole ledger."""
    return opened.ledger.read()


def run(opened: Store, sql: str) -> None:
    """Do what nobody should."""
    with opened.engine.begin() as connection:
        connection.execute(text(sql))


def test_an_empty_ledger_adds_up(opened: Store) -> None:
    """There is nothing to say."""
    assert read(opened) == {}


def test_every_arrival_ends_in_one_sum(house: House) -> None:
    """Applied, superseded, quarantined; a repeat is a duplicate, whatever became of the first."""
    house.hear(BOT, "1", change(Status.NEW, BOT, external_id="c1"))
    house.hear(BOT, "1", change(Status.NEW, BOT, external_id="c1"))
    house.settle()
    house.hear(BOT, "1", change(Status.NEW, BOT, external_id="c1"))
    unreadable = arrival("bad", DESK, b"no changes")
    house.store.receipts.keep([unreadable], NOW)
    house.settle()
    house.hear(ZENKI, "later", change(Status.OPEN, ZENKI, external_id="z1"))
    house.store.count(ZENKI, "refused")
    found = read(house.store)
    assert found[BOT] == Line(received=3, applied=1, duplicate=2)
    assert found[DESK].quarantined == 1
    assert found[ZENKI] == Line(received=1, pending=1, counted={"refused": 1})
    assert all(line.adds_up for line in found.values())


def test_an_import_that_comes_again_is_counted(house: House) -> None:
    """Each row that is known raises the duplicates."""
    rows = [flow.ImportRow(str(n), "import", None, document()) for n in range(3)]
    for _ in range(2):
        flow.import_rows(house.deps, DESK, rows)
    line = read(house.store)[DESK]
    assert (line.received, line.duplicate, line.adds_up) == (6, 3, True)


@pytest.mark.parametrize(
    ("done", "fault"),
    [
        ("DELETE FROM observation WHERE seq = {}", Fault.NO_OBSERVATION),
        ("DELETE FROM receipt WHERE seq = {}", Fault.NO_RECEIPT),
        ("UPDATE receipt SET account = 'cz-bot' WHERE seq = {}", Fault.OTHER_ACCOUNT),
        ("UPDATE receipt SET deliveries = 0 WHERE seq = {}", Fault.NO_DELIVERY),
    ],
)
def test_what_is_at_fault_is_found_by_its_sequence(opened: Store, done: str, fault: Fault) -> None:
    """And nothing else is."""
    kept = opened.receipts.keep([arrival(str(n)) for n in range(5)], NOW)
    run(opened, done.format(kept[2].seq))
    found = read(opened)
    assert [line.remainder for line in found.values() if not line.adds_up] == [
        {fault: Remainder(1, [kept[2].seq])}
    ]


def test_a_moved_receipt_is_two_faults(opened: Store) -> None:
    """A receipt and its observation belong together by their time too."""
    seq = opened.receipts.keep([arrival("a")], NOW)[0].seq
    run(opened, "UPDATE receipt SET received_at = received_at - interval '1 second'")
    assert read(opened)[DESK].remainder == {
        Fault.NO_OBSERVATION: Remainder(1, [seq]),
        Fault.NO_RECEIPT: Remainder(1, [seq]),
    }


def test_the_ledger_of_one_account_or_since_some_time(opened: Store) -> None:
    """By the time of the first arrival; that very moment is in."""
    opened.receipts.keep([arrival("a"), arrival("a", BOT)], NOW)
    opened.receipts.keep([arrival("b")], NOW + timedelta(hours=1))
    opened.receipts.keep([arrival("a")], NOW + timedelta(hours=2))
    opened.count(BOT, "refused")
    assert opened.ledger.read(DESK) == {DESK: Line(received=3, duplicate=1, pending=2)}
    since = opened.ledger.read(since=NOW + timedelta(hours=1))
    assert since == {DESK: Line(received=1, pending=1), BOT: Line(counted={"refused": 1})}
    assert opened.ledger.read(DESK, NOW + timedelta(hours=3)) == {}


@pytest.mark.parametrize("page", [1, 3, 7, 100])
def test_pages_add_up_to_the_whole(opened: Store, page: int) -> None:
    """Whatever their size, and with sequences that nobody has."""
    for n in range(4):
        opened.receipts.keep([arrival(f"{n}-{k}") for k in range(5)], NOW)
        opened.receipts.keep([arrival("0-0")], NOW)
    run(opened, "DELETE FROM observation WHERE seq = (SELECT max(seq) FROM observation)")
    run(opened, "DELETE FROM receipt WHERE seq IN (SELECT seq FROM receipt ORDER BY seq LIMIT 2)")
    line = opened.ledger.read(page=page)[DESK]
    assert {fault: left.rows for fault, left in line.remainder.items()} == {
        Fault.NO_OBSERVATION: 1,
        Fault.NO_RECEIPT: 2,
    }
    assert (line.received, line.pending, line.duplicate) == (19, 18, 0)


def test_what_a_person_did_is_in_the_ledger_too(house: House) -> None:
    """The operator is an account like any other."""
    house.store.receipts.keep([arrival("act:1", OPERATOR, b"{}")], NOW)
    house.settle()
    assert read(house.store)[OPERATOR].adds_up


def test_a_range_is_read_by_the_keys(opened: Store) -> None:
    """No query of the ledger reads the whole of a large table for one page."""
    with opened.engine.begin() as connection:
        opened.receipts.keep_within(connection, [arrival(str(n)) for n in range(3000)], NOW)
    run(opened, "ANALYZE receipt, observation")
    values = {"after": 100, "upto": 150, "account": None, "since": None}
    with opened.engine.connect() as connection:
        plan = "\n".join(
            connection.execute(text(f"EXPLAIN {counting._GROUPS.text}"), values).scalars()
        )
    assert "Seq Scan" not in plan, plan
    assert ledger.LISTED == 1000  # as the statement cuts
