"""Seals over a real database: nothing is skipped, nothing is sealed twice, any change is found."""

from __future__ import annotations

import secrets
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from complaints import flow, store
from complaints.store import Store, seals
from complaints.vocabulary import Status
from tests.complaints.fakes import House
from tests.complaints.records import BOT, NOW, change
from tests.complaints.test_store_receipts import arrival, rows
from tests.complaints.together import together

if TYPE_CHECKING:
    from sqlalchemy import Connection

RANGES = "SELECT from_seq, to_seq, rows FROM seal ORDER BY number"
EMPTIED = [
    f"DELETE FROM {table}"  # noqa: S608 - names from this file
    for table in ("seal", "sealing", "payload", "observation", "receipt")
]


def run(opened: Store, *statements: str) -> None:
    """Do what nobody should."""
    with opened.engine.begin() as connection:
        for sql in statements:
            connection.execute(text(sql))


def keep(opened: Store, number: int) -> list[int]:
    """So many new arrivals; returns their sequences."""
    arrivals = [arrival(secrets.token_hex(6), body=b"Asha %d" % n) for n in range(number)]
    return [kept.seq for kept in opened.receipts.keep(arrivals, NOW)]


def seal(opened: Store, size: int = 4) -> int:
    """Seal all that there is."""
    horizon, sealed = opened.seals.horizon(), 0
    assert horizon is not None
    while n := opened.seals.seal(horizon, NOW, size):
        sealed += n
    return sealed


def faults(opened: Store, expect: str = "") -> list[tuple[int, int]]:
    """Ranges at fault."""
    return [(one.from_seq, one.to_seq) for one in opened.seals.verify(expect).faults]


# -- sealing -----------------------------------------------------------------------------


def test_nothing_at_all_is_no_fault(opened: Store) -> None:
    """No receipt, no seal."""
    assert seal(opened) == 0
    proof = opened.seals.verify()
    assert (proof.seals, proof.receipts, proof.unsealed, proof.newest, proof.faulty) == (
        0, 0, 0, None, 0,
    )  # fmt: skip


def test_what_was_received_is_sealed_in_batches(opened: Store) -> None:
    """The ranges have no gap between them, though sequences have; again does nothing."""
    first = keep(opened, 3)
    opened.receipts.mark()
    second = keep(opened, 7)
    assert seal(opened, 4) == 10
    assert seal(opened, 4) == 0
    found = rows(opened, RANGES)
    assert [row[2] for row in found] == [4, 4, 2]
    assert found[0][1] == second[0] > first[-1] + 1
    assert [row[0] for row in found[1:]] == [row[1] + 1 for row in found[:-1]]
    proof = opened.seals.verify()
    assert (proof.seals, proof.receipts, proof.unsealed, proof.faulty) == (3, 10, 0, 0)


def test_what_came_since_isnt_sealed_yet(opened: Store) -> None:
    """It is counted, and the next seal takes it."""
    keep(opened, 2)
    seal(opened)
    keep(opened, 3)
    assert opened.seals.verify().unsealed == 3
    assert (seal(opened), opened.seals.verify().unsealed) == (3, 0)


def test_the_beat_seals_what_the_steps_have_done(house: House) -> None:
    """Decisions, repeats and leases change nothing that was sealed; nor does forgetting."""
    house.hear(BOT, "1", change(Status.NEW, BOT, external_id="c1"))
    assert flow.SWEEPS["seal"](house.deps) == 1
    house.settle()
    house.hear(BOT, "1", change(Status.NEW, BOT, external_id="c1"))
    house.hear(BOT, "2", change(Status.NEW, BOT, external_id="c2"))
    assert flow.SWEEPS["seal"](house.deps) == 1
    run(house.store, "DELETE FROM payload")
    proof = house.store.seals.verify()
    assert (proof.faulty, proof.unsealed) == (0, 0)
    assert proof.receipts == 2
    assert rows(house.store, "SELECT DISTINCT sealed_at FROM seal") == [(NOW,)]


def test_sealers_at_once_do_no_harm(opened: Store, database_url: str) -> None:
    """Each row is sealed once, in one chain, by however many."""
    keep(opened, 60)
    stores = [store.open(database_url) for _ in range(4)]
    horizon = opened.seals.horizon()
    assert horizon is not None

    def some(one: Store) -> int:
        return sum(one.seals.seal(horizon, NOW, 5) for _ in range(12))

    sealed = together(*[lambda one=one: some(one) for one in stores])
    assert sum(sealed) + seal(opened, 5) == 60
    proof = opened.seals.verify()
    assert (proof.seals, proof.receipts, proof.faulty) == (12, 60, 0)
    for one in stores:
        one.close()


# -- the horizon -------------------------------------------------------------------------


@pytest.fixture
def begun(opened: Store) -> Store:
    """A store that has the month's partition: whoever makes it holds others up."""
    keep(opened, 1)
    assert seal(opened) == 1
    return opened


def test_a_lower_sequence_that_commits_late_is_never_skipped(begun: Store) -> None:
    """While its transaction is open nothing is sealed, not even what is there already."""
    late = begun.engine.connect()
    seq = begun.receipts.keep_within(late, [arrival("late")], NOW)[0].seq
    later = keep(begun, 3)
    assert seq < later[0]
    assert begun.seals.horizon(patience=0.1) is None
    late.commit()
    late.close()
    assert seal(begun) == 4
    assert rows(begun, RANGES)[1:] == [(seq, later[-1], 4)]
    assert faults(begun) == []


def test_a_sequence_that_was_drawn_counts_before_its_row_is_there(begun: Store) -> None:
    """The insert waits for another's key: no row, mostly no transaction number, yet a sequence."""
    first, second = begun.engine.connect(), begun.engine.connect()
    begun.receipts.keep_within(first, [arrival("same")], NOW)
    pid = second.execute(text("SELECT pg_backend_pid()")).scalar_one()

    def insert() -> None:
        begun.receipts.keep_within(second, [arrival("same"), arrival("other")], NOW)
        second.commit()

    waiting = Thread(target=insert)
    waiting.start()
    asleep = text("SELECT count(*) FROM pg_locks WHERE pid = :pid AND NOT granted")
    with begun.engine.connect() as watching:
        while not watching.execute(asleep, {"pid": pid}).scalar():
            watching.rollback()
    keep(begun, 1)
    assert begun.seals.horizon(patience=0.05) is None
    first.rollback()
    waiting.join(timeout=20)
    assert seal(begun) == 3
    assert faults(begun) == []
    first.close()
    second.close()


def test_who_comes_later_doesnt_hold_the_horizon_back(begun: Store) -> None:
    """Only those are waited for that were writing when it was asked for."""
    early, late = begun.engine.connect(), begun.engine.connect()
    begun.receipts.keep_within(early, [arrival("early")], NOW)
    found: list[int | None] = []
    asking = Thread(target=lambda: found.append(begun.seals.horizon(patience=20)))
    drawn = rows(begun, "SELECT last_value FROM receipt_seq_seq")[0][0]
    asking.start()
    asking.join(timeout=0.3)
    assert found == []
    begun.receipts.keep_within(late, [arrival("late")], NOW)
    early.commit()
    asking.join(timeout=15)
    assert found == [drawn]
    late.rollback()
    for connection in (early, late):
        connection.close()


def test_receiving_never_waits_for_the_horizon(begun: Store) -> None:
    """It takes no lock: arrivals are kept while a sealer waits for an open transaction."""
    idle = begun.engine.connect()
    begun.receipts.keep_within(idle, [arrival("idle")], NOW)
    asking = Thread(target=begun.seals.horizon, args=(3.0,))
    asking.start()
    for _ in range(20):
        with begun.engine.begin() as connection:
            connection.execute(text("SET LOCAL lock_timeout = '200ms'"))
            begun.receipts.keep_within(connection, [arrival(secrets.token_hex(6))], NOW)
    assert asking.is_alive()
    idle.rollback()
    idle.close()
    asking.join(timeout=15)
    assert seal(begun) == 20


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(plan=st.lists(st.sampled_from(["open", "commit", "roll back", "seal"]), max_size=14))
def test_in_whatever_order_they_commit_each_row_is_sealed_once(
    begun: Store, plan: list[str]
) -> None:
    """Transactions that begin, end and are given up while seals are made."""
    run(begun, *EMPTIED)
    pending: list[Connection] = []
    for act in plan:
        if act == "open" and len(pending) < 6:
            pending.append(begun.engine.connect())
            begun.receipts.keep_within(pending[-1], [arrival(secrets.token_hex(6))], NOW)
        elif act == "seal":
            horizon = begun.seals.horizon(patience=0)
            if horizon is not None:
                begun.seals.seal(horizon, NOW, 2)
        elif pending:
            ended = pending.pop() if act == "commit" else pending.pop(0)
            ended.commit() if act == "commit" else ended.rollback()
            ended.close()
    for connection in pending:
        connection.commit()
        connection.close()
    seal(begun, 2)
    proof = begun.seals.verify()
    count = rows(begun, "SELECT count(*) FROM receipt")[0][0]
    assert (proof.receipts, proof.unsealed, proof.faulty) == (count, 0, 0)


# -- verifying ---------------------------------------------------------------------------

_CHANGES = {
    "receipt": {
        "account": "account || 'x'",
        "dedupe_key": "dedupe_key || ' '",
        "received_at": "received_at + interval '1 microsecond'",
        "seq": "seq + 1000",
    },
    "observation": {
        "account": "account || 'x'",
        "source": "'poll'",
        "form": "form || 'x'",
        "external_id": "coalesce(external_id, '') || 'x'",
        "as_of": "as_of - 1",
        "number": "coalesce(number, '') || '1'",
        "received_at": "received_at - interval '1 microsecond'",
        "body_hash": "body_hash || '\\x00'::bytea",
        "seq": "seq + 1000",
    },
    "payload": {"body": "body || '!'::bytea"},
    "seal": {
        "number": "number + 1000",
        "from_seq": "from_seq + 1000",
        "to_seq": "to_seq - 1",
        "rows": "rows - 1",
        "hash": "reverse(hash)",
        "previous": "previous || 'x'",
        "sealed_at": "sealed_at + interval '1 second'",
    },
}
"""Every column that is covered, and another value for it."""

CHANGES = [
    f"UPDATE {table} SET {column} = {value}"  # noqa: S608 - from the table above
    f" WHERE {'number' if table == 'seal' else 'seq'} = {{}}"
    for table, columns in _CHANGES.items()
    for column, value in columns.items()
] + [
    "DELETE FROM receipt WHERE seq = {}",
    "DELETE FROM observation WHERE seq = {}",
    "DELETE FROM receipt WHERE seq >= {}",
    "DELETE FROM seal WHERE number = {}",
    "DELETE FROM seal WHERE number >= {}",
    """INSERT INTO receipt (seq, account, dedupe_key, received_at)
  SELECT seq - 1000, account, dedupe_key || 'x', received_at FROM receipt WHERE seq = {} + 1000""",
    """INSERT INTO observation SELECT seq - 1000, received_at, account, source, form, external_id,
  as_of, number, body_hash FROM observation WHERE seq = {} + 1000""",
]


def sealed(opened: Store) -> list[int]:
    """Twelve arrivals under three seals, with gaps of a thousand; their sequences."""
    run(opened, *EMPTIED)
    seqs = []
    for _ in range(12):
        run(opened, "SELECT setval('receipt_seq_seq', nextval('receipt_seq_seq') + 2000)")
        seqs += keep(opened, 1)
    assert seal(opened, 4) == 12
    return seqs


def test_every_column_that_never_changes_is_covered(opened: Store) -> None:
    """A new column of an observation must be sealed too; of a receipt, only what is fixed."""
    columns = rows(
        opened,
        "SELECT table_name, column_name FROM information_schema.columns"
        " WHERE table_name IN ('observation', 'seal') AND table_schema = 'public'",
    )
    assert {tuple(pair) for pair in columns} == {
        (table, column) for table in ("observation", "seal") for column in _CHANGES[table]
    }


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(change=st.sampled_from(CHANGES), n=st.integers(0, 11))
def test_any_change_of_any_sealed_row_is_found(opened: Store, change: str, n: int) -> None:
    """Whatever column of whatever row; and the ranges at fault hold the row."""
    seqs = sealed(opened)
    ranges = [(low, high) for low, high, _ in rows(opened, RANGES)]
    if "number" in change.rpartition("WHERE")[2]:
        target, around = n // 4 + 1, ranges[n // 4]
    elif "INSERT" in change:
        target, around = seqs[n] - 1000, ranges[n // 4]
    else:
        target, around = seqs[n], ranges[n // 4]
    run(opened, change.format(target))
    found = faults(opened)
    assert any(low <= around[1] and high >= around[0] for low, high in found), (change, found)


def test_seals_at_the_end_are_missed_even_after_new_ones(opened: Store) -> None:
    """Their numbers were used once and aren't used again."""
    sealed(opened)
    run(opened, "DELETE FROM seal WHERE number > 1")
    said = [one.what for one in opened.seals.verify().faults]
    assert said == ["seals 2 to 3 are missing, the last that were made"]
    assert seal(opened) == 8
    assert [one.what for one in opened.seals.verify().faults] == ["seals 2 to 3 are missing"]


def test_a_cut_tail_shows_only_against_a_hash_that_was_noted(opened: Store) -> None:
    """Rows, seals and their count taken back together leave a whole, shorter chain."""
    seqs = sealed(opened)
    newest = opened.seals.verify().newest
    assert newest is not None
    assert faults(opened, newest.hash) == []
    run(opened, "DELETE FROM seal WHERE number = 3", "UPDATE sealing SET made = 2")
    run(opened, *[f"{emptied} WHERE seq >= {seqs[8]}" for emptied in EMPTIED[2:]])
    assert faults(opened) == []
    assert faults(opened, newest.hash) != []


def test_the_count_of_seals_that_was_lost_doesnt_stop_sealing(opened: Store) -> None:
    """It is told, and the next seal has the next number."""
    sealed(opened)
    run(opened, "DELETE FROM sealing")
    assert len(faults(opened)) == 1
    keep(opened, 1)
    assert seal(opened) == 1
    assert faults(opened) == []


def test_another_key_verifies_nothing(opened: Store, database_url: str) -> None:
    """Without it no seal can be made that fits."""
    sealed(opened)
    other = store.open(database_url, pepper=b"another")
    assert len(faults(other)) >= 3
    other.close()


@pytest.mark.parametrize(
    "values",
    [
        (seals._READ_AGAIN, {"low": 100, "high": 150}),
        (seals._SEALED, {"low": 100, "high": 150}),
        (seals._LAST_OF_BATCH, {"after": 100, "horizon": 3000, "size": 10}),
        (seals._PAGES, {"after": 50, "size": 20}),
    ],
)
def test_ranges_are_read_by_the_keys(opened: Store, values: tuple[Any, dict[str, int]]) -> None:
    """No part of a large table is read that isn't asked for."""
    with opened.engine.begin() as connection:
        opened.receipts.keep_within(connection, [arrival(str(n)) for n in range(3000)], NOW)
    seal(opened, 5)
    with opened.engine.connect() as connection:
        connection.execute(text("ANALYZE receipt, observation, payload, seal"))
        plan = "\n".join(connection.execute(text(f"EXPLAIN {values[0].text}"), values[1]).scalars())
    assert "Seq Scan" not in plan, plan
