"""Whether two cases are one when no id says so: points, thresholds, and who is never joined."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from complaints.contents import trace
from complaints.evidence import (
    FULL,
    WEIGHTS,
    Kind,
    Known,
    Part,
    in_words,
    judge,
    parts,
    score,
    similarity,
)
from complaints.model import Claim, Line, Trace
from tests.complaints.records import ACCOUNTS, BOT, DESK, NOW, RULES, ZENKI

A = Trace(email="e1", phone="p1", amount=Decimal(100), currency="EUR", words=("a", "b", "c", "d"))


def hashed(text: str) -> str:
    """A hash without a key."""
    return sha256(text.strip().casefold().encode()).hexdigest()


def known(n: int, account: str = DESK, **other: Any) -> Known:
    """One running case."""
    return Known.model_validate(
        {
            "id": n,
            "number": f"1001{n}",
            "origin": account,
            "accounts": {account},
            "opened_at": NOW,
            "status": "open",
            "order_id": None,
            "by_hand": False,
            "trace": A,
            **other,
        }
    )


ROWS: dict[str, tuple[dict[str, Any], int]] = {
    "nothing agrees -> 0": (
        {"email": "e2", "phone": "p2", "amount": Decimal(5), "words": ("x",)}, 0,
    ),
    "e-mail -> 55": ({"phone": "", "amount": None, "words": ()}, 55),
    "phone -> 45": ({"email": "", "amount": None, "words": ()}, 45),
    "amount in one currency -> 30": ({"email": "", "phone": "", "words": ()}, 30),
    "amount, currency unknown -> 30": (
        {"email": "", "phone": "", "words": (), "currency": ""}, 30,
    ),
    "amount in another currency -> 0": (
        {"email": "", "phone": "", "words": (), "currency": "CZK"}, 0,
    ),
    "the same text -> 25": ({"email": "", "phone": "", "amount": None}, 25),
    "four words of seven -> 14": (
        {"email": "", "phone": "", "amount": None, "words": ("a", "b", "c", "d", "e", "f", "g")},
        14,
    ),
    "hardly a word -> 0": (
        {"email": "", "phone": "", "amount": None, "words": ("a", "x", "y", "z")}, 0,
    ),
    "e-mail and amount -> 85": ({"phone": "", "words": ()}, 85),
    "everything -> 100, not more": ({}, 100),
}  # fmt: skip


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS.keys())
def test_what_agrees_has_points(row: tuple[dict[str, Any], int]) -> None:
    """By the table of weights."""
    other, points = row
    assert score(A, A.model_copy(update=other)) == points


def test_nothing_is_no_agreement() -> None:
    """What neither says they don't have in common."""
    assert parts(Trace(), Trace()) == {}


def test_no_single_part_links() -> None:
    """And a text never speaks without a person."""
    assert max(WEIGHTS.values()) < RULES.link_score
    assert WEIGHTS[Part.TEXT] + WEIGHTS[Part.AMOUNT] < RULES.link_score


TRACES = st.builds(
    Trace,
    email=st.sampled_from(["", "e1", "e2"]),
    phone=st.sampled_from(["", "p1", "p2"]),
    amount=st.sampled_from([None, Decimal(5), Decimal("5.00"), Decimal(7)]),
    currency=st.sampled_from(["", "EUR", "CZK"]),
    words=st.lists(st.sampled_from("abcdef"), unique=True).map(tuple),
)


@given(TRACES, TRACES)
def test_a_score_is_symmetric_and_bounded(one: Trace, other: Trace) -> None:
    """Whichever comes first."""
    assert score(one, other) == score(other, one)
    assert 0 <= score(one, other) <= FULL
    assert similarity(one, other) == similarity(other, one)


@given(TRACES, TRACES)
def test_a_score_grows_with_each_part_that_agrees(one: Trace, other: Trace) -> None:
    """Making one more part agree never lowers it."""
    for name in ("email", "phone", "words"):
        if getattr(one, name):
            alike = other.model_copy(update={name: getattr(one, name)})
            assert score(one, alike) >= score(one, other)


@given(TRACES)
def test_a_case_looks_like_itself(one: Trace) -> None:
    """All of its parts agree."""
    named = {Part.EMAIL: one.email, Part.PHONE: one.phone, Part.TEXT: one.words}
    assert {part for part, said in named.items() if said} <= parts(one, one).keys()


# -- what is done with a pair ------------------------------------------------------------

PAIRS: dict[str, tuple[Known, Known, Kind]] = {
    "two systems, all agrees -> link": (known(1), known(2, ZENKI), Kind.LINK),
    "only the e-mail -> review": (
        known(1), known(2, ZENKI, trace=Trace(email="e1")), Kind.REVIEW,
    ),
    "only the phone -> nothing": (
        known(1), known(2, ZENKI, trace=Trace(phone="p1")), Kind.NOTHING,
    ),
    "a chat, all agrees -> review": (known(1), known(2, BOT), Kind.REVIEW),
    "one account twice -> nothing": (known(1), known(2, DESK), Kind.NOTHING),
    "an account that holds both -> nothing": (
        known(1), known(2, ZENKI, accounts={ZENKI, DESK}), Kind.NOTHING,
    ),
    "two orders -> nothing": (
        known(1, order_id=1), known(2, ZENKI, order_id=2), Kind.NOTHING,
    ),
    "one order -> link": (known(1, order_id=1), known(2, ZENKI, order_id=1), Kind.LINK),
    "an order and none -> link": (known(1, order_id=1), known(2, ZENKI), Kind.LINK),
    "a person said something of one -> review": (
        known(1, by_hand=True), known(2, ZENKI), Kind.REVIEW,
    ),
    "both have ended -> nothing": (
        known(1, status="closed"), known(2, ZENKI, status="resolved"), Kind.NOTHING,
    ),
    "one runs -> link": (known(1, status="closed"), known(2, ZENKI), Kind.LINK),
    "a fortnight apart -> link": (
        known(1), known(2, ZENKI, opened_at=NOW + timedelta(days=14)), Kind.LINK,
    ),
    "longer apart -> nothing": (
        known(1), known(2, ZENKI, opened_at=NOW + timedelta(days=14, seconds=1)), Kind.NOTHING,
    ),
}  # fmt: skip


@pytest.mark.parametrize("row", PAIRS.values(), ids=PAIRS.keys())
def test_what_is_done_with_a_pair(row: tuple[Known, Known, Kind]) -> None:
    """The same whichever of the two comes first."""
    one, other, kind = row
    assert judge(one, other, RULES, ACCOUNTS) is kind
    assert judge(other, one, RULES, ACCOUNTS) is kind


@pytest.mark.parametrize(
    ("rules", "kind"),
    [
        ({"evidence_days": 0}, Kind.NOTHING),
        ({"link_score": 101}, Kind.REVIEW),
        ({"link_score": 101, "review_score": 101}, Kind.NOTHING),
    ],
)
def test_a_shop_has_its_own_thresholds(rules: dict[str, int], kind: Kind) -> None:
    """Also none at all."""
    mine = RULES.model_copy(update=rules)
    assert judge(known(1), known(2, ZENKI), mine, ACCOUNTS) is kind


# -- traces ------------------------------------------------------------------------------


def test_a_trace_names_nobody() -> None:
    """Hashes of e-mail, phone and words; the amount is no secret of a person."""
    claim = Claim(
        text="The kettle leaks on the table", email="Eva@Example.org", phone="+420 602 118 334"
    )
    found = trace(claim, hashed)
    said = found.model_dump_json()
    for secret in ("eva", "example", "602", "kettle"):
        assert secret not in said.casefold()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"email": "eva@example.org"}, {"email": " EVA@example.org"}),
        ({"phone": "+420 602 118 334"}, {"phone": "00420602118334"}),
        ({"phone": "602118334"}, {"phone": "+420602118334"}),
        ({"email": "eva@example.org"}, {"raiser": "WEB:eva@example.org"}),
        ({"text": "The kettle leaks badly"}, {"text": "the  KETTLE leaks, badly!"}),
    ],
)
def test_the_same_is_recognised_however_it_is_written(
    one: dict[str, str], other: dict[str, str]
) -> None:
    """Case, blanks, prefixes, and a chat's user who is an e-mail."""
    assert trace(Claim(**one), hashed) == trace(Claim(**other), hashed)  # type: ignore[arg-type]


def test_a_short_phone_says_nothing() -> None:
    """An extension is many people's."""
    assert trace(Claim(phone="112"), hashed).phone == ""


def test_an_amount_may_be_that_of_all_lines() -> None:
    """When each has a price; else nobody knows."""
    priced = (
        Line(label="a", quantity=Decimal(2), price=Decimal(5)),
        Line(label="b", price=Decimal(1)),
    )
    assert trace(Claim(lines=priced), hashed).amount == Decimal(11)
    assert trace(Claim(lines=(*priced, Line(label="c"))), hashed).amount is None
    assert trace(Claim(amount=Decimal(3), lines=priced), hashed).amount == Decimal(3)


def test_what_agrees_is_told_in_words() -> None:
    """Parts and points, and nothing of the person."""
    assert in_words(A, A.model_copy(update={"phone": "", "words": ()})) == "e-mail, amount (85)"


def test_of_a_long_text_the_beginning_counts() -> None:
    """However much a stranger sends, no more than that is hashed, at each reading."""
    asked: list[str] = []

    def counted(text: str) -> str:
        asked.append(text)
        return hashed(text)

    words = [f"w{n}" for n in range(100_000)]
    found = trace(Claim(text=" ".join(words)), counted)
    assert len(asked) < 500
    assert found == trace(Claim(text=" ".join(words[:500])), hashed)
