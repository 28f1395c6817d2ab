"""Seals over rows, without a database: what is hashed, and what a judge finds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from complaints import sealing
from complaints.sealing import Judge, ObservationSide, Proof, ReceiptSide, Seal, SealedRow
from complaints.vocabulary import AccountName

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
KEY = b"the key of a store"
DESK = AccountName("cz-desk")


def body_hash(body: bytes) -> bytes:
    """As good as any in a test."""
    return body[::-1]


def row(seq: int, body: bytes | None = b"abc") -> SealedRow:
    """An arrival under a sequence."""
    return SealedRow(
        seq,
        ReceiptSide(DESK, f"key {seq}", NOW),
        ObservationSide(DESK, "poll", "complaint", f"C{seq}", seq, None, NOW, b"cba"),
        body,
    )


ROWS = [row(seq) for seq in (1, 2, 5, 6, 7, 11)]


def chain(rows: list[SealedRow], size: int = 2) -> list[Seal]:
    """Seals over rows, so many in each."""
    made: list[Seal] = []
    for start in range(0, len(rows), size):
        before = made[-1] if made else None
        made.append(sealing.make(KEY, before, rows[start : start + size], NOW, len(made) + 1))
    return made


SEALS = chain(ROWS)


def judged(
    seals: list[Seal],
    rows: list[SealedRow],
    *,
    made: int = 3,
    unsealed: int = 0,
    expect: str = "",
    page: int = 20,
) -> Proof:
    """What a judge finds, page by page."""
    judge = Judge(KEY, body_hash, expect)
    for start in range(0, len(seals), page):
        part = seals[start : start + page]
        low = seals[start - 1].to_seq + 1 if start else 1
        judge.page(part, [one for one in rows if low <= one.seq <= part[-1].to_seq])
    return judge.end(made, unsealed)


def found(proof: Proof) -> list[tuple[int, int, str]]:
    """Faults as plain tuples."""
    return [(one.from_seq, one.to_seq, one.what) for one in proof.faults]


# -- making ------------------------------------------------------------------------------


def test_seals_follow_one_another_without_a_gap() -> None:
    """Ranges hold the sequences that nobody has, and each seal has the hash of the one before."""
    assert [(one.from_seq, one.to_seq, one.rows) for one in SEALS] == [
        (1, 2, 2),
        (3, 6, 2),
        (7, 11, 2),
    ]
    assert [one.previous for one in SEALS] == ["", SEALS[0].hash, SEALS[1].hash]
    assert len({one.hash for one in SEALS}) == 3


def test_a_seal_needs_the_key() -> None:
    """With another key the same rows have another hash."""
    other = sealing.make(b"another key", None, ROWS[:2], NOW, 1)
    assert other.hash != SEALS[0].hash


def test_a_time_is_the_same_in_every_zone() -> None:
    """What matters is the moment, not how a session spells it."""
    there = NOW.astimezone(timezone(timedelta(hours=9)))
    moved = ROWS[0]._replace(receipt=ReceiptSide(DESK, "key 1", there))
    assert sealing.spelt(moved) == sealing.spelt(ROWS[0])


text = st.text(max_size=4)
sides = st.builds(ReceiptSide, text.map(AccountName), text, st.just(NOW))
observed = st.builds(
    ObservationSide,
    text.map(AccountName), text, text, st.none() | text, st.integers(0, 9), st.none() | text,
    st.just(NOW), st.binary(max_size=2),
)  # fmt: skip
some_rows = st.builds(
    SealedRow, st.integers(0, 99), st.none() | sides, st.none() | observed, st.none()
)


@given(st.lists(some_rows, max_size=3), st.lists(some_rows, max_size=3))
def test_no_two_lists_of_rows_are_spelt_alike(one: list[SealedRow], other: list[SealedRow]) -> None:
    """Moving a letter from one field, or one row, to the next changes what is hashed."""
    same = b"".join(map(sealing.spelt, one)) == b"".join(map(sealing.spelt, other))
    assert same == (one == other)


# -- judging -----------------------------------------------------------------------------


@pytest.mark.parametrize("page", [1, 2, 20])
def test_what_was_sealed_is_found_as_it_was(page: int) -> None:
    """In whatever pages it is read; the newest seal is told."""
    proof = judged(SEALS, ROWS, page=page, unsealed=4)
    assert proof == Proof(3, 6, 4, SEALS[2], [], 0)


def test_a_forgotten_body_breaks_nothing() -> None:
    """Its hash is what was sealed."""
    forgotten = [one._replace(body=None) for one in ROWS]
    assert found(judged(SEALS, forgotten)) == []


def changed(seq: int, **fields: Any) -> list[SealedRow]:
    """All rows, one with other fields in its observation."""
    return [
        one._replace(observation=one.observation._replace(**fields))
        if one.seq == seq and one.observation
        else one
        for one in ROWS
    ]


CHANGED = "a row was changed, or the seal itself"


@pytest.mark.parametrize(
    ("seals", "rows", "faults"),
    [
        pytest.param(SEALS, changed(5, as_of=4), [(3, 6, CHANGED)], id="a changed row"),
        pytest.param(
            SEALS,
            [one for one in ROWS if one.seq != 6],
            [(3, 6, "1 of 2 rows are gone")],
            id="a removed row",
        ),
        pytest.param(
            SEALS,
            [*ROWS[:2], row(3), *ROWS[2:]],
            [(3, 6, "3 rows where 2 were sealed")],
            id="an inserted row, in a gap",
        ),
        pytest.param(
            SEALS,
            [*ROWS[:2], row(4), *ROWS[3:]],
            [(3, 6, CHANGED)],
            id="a row under another sequence",
        ),
        pytest.param(
            SEALS,
            [one._replace(observation=None) if one.seq == 7 else one for one in ROWS],
            [(7, 11, CHANGED)],
            id="a receipt that lost its observation",
        ),
        pytest.param(
            [SEALS[0], SEALS[2]],
            ROWS,
            [(3, 6, "seal 2 is missing")],
            id="a removed seal",
        ),
        pytest.param(
            SEALS[1:], ROWS, [(1, 2, "seal 1 is missing")], id="the first seal is removed"
        ),
        pytest.param(
            SEALS[:1],
            ROWS,
            [(3, 3, "seals 2 to 3 are missing, the last that were made")],
            id="the last seals are removed",
        ),
        pytest.param([], ROWS, [(1, 1, "seals 1 to 3 are missing, the last that were made")],
            id="all seals are removed"),
        pytest.param(
            [*SEALS[:2], SEALS[2]._replace(sealed_at=NOW + timedelta(1))],
            ROWS,
            [(7, 11, CHANGED)],
            id="a changed seal",
        ),
        pytest.param(
            [SEALS[0], SEALS[1]._replace(hash="0" * 64), SEALS[2]],
            ROWS,
            [(3, 6, CHANGED), (7, 11, "seal 3 follows another seal")],
            id="a changed hash",
        ),
        pytest.param(
            [SEALS[0], SEALS[1]._replace(from_seq=4), SEALS[2]],
            ROWS,
            [(3, 4, "seal 2 begins elsewhere"), (3 + 1, 6, CHANGED)],
            id="a range that was cut",
        ),
        pytest.param(
            SEALS,
            [one._replace(body=b"xyz") if one.seq == 11 else one for one in ROWS],
            [(11, 11, "the raw body isn't the one that came")],
            id="a changed body",
        ),
    ],
)  # fmt: skip
def test_whatever_was_done_is_found(
    seals: list[Seal], rows: list[SealedRow], faults: list[tuple[int, int, str]]
) -> None:
    """With the range at fault, and no other one is accused."""
    assert found(judged(seals, rows)) == faults


def test_a_chain_that_was_made_anew_is_found_by_a_hash_that_was_noted() -> None:
    """With the key and the whole database even that can be done; a note elsewhere tells."""
    other = [one for one in ROWS if one.seq != 6]
    remade = chain(other)
    assert found(judged(remade, other)) == []
    told = found(judged(remade, other, expect=SEALS[2].hash))
    assert told == [(1, 11, "no seal has the hash that is expected")]


@pytest.mark.parametrize("noted", [0, 1, 2])
def test_a_hash_that_was_noted_may_be_an_older_one(noted: int) -> None:
    """The chain has grown since: that is no fault."""
    assert found(judged(SEALS, ROWS, expect=SEALS[noted].hash)) == []


def test_a_wrong_count_of_seals_is_a_fault() -> None:
    """Whoever lowers it may hide that last ones are missing later."""
    assert found(judged(SEALS, ROWS, made=2)) == [(1, 1, "3 seals were made, and 2 are counted")]


def test_many_faults_are_counted_and_not_all_kept() -> None:
    """A wrong key must not fill the memory."""
    rows = [row(seq) for seq in range(1, sealing.LISTED + 11)]
    seals = chain(rows, 1)
    judge = Judge(b"another key", body_hash)
    judge.page(seals, rows)
    proof = judge.end(len(seals), 0)
    assert (len(proof.faults), proof.faulty) == (sealing.LISTED, sealing.LISTED + 10)
