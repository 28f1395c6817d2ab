"""Why each field of a complaint has its value, rule by rule."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

import pytest

from complaints import deadlines, explaining, lifecycle
from complaints.deadlines import first_due
from complaints.explaining import FEEDS, FIELDS, RULES_IN_WORDS, TAKEN_IN_WORDS, in_words
from complaints.lifecycle import Ruling
from complaints.model import FieldDecision, Mirror, Order, OrderSaid
from complaints.pauses import Past, Pause
from complaints.reconcile import settle
from complaints.vocabulary import OPERATOR, OrderState, Outcome, Remedy, Status
from tests.complaints.records import (
    ACCOUNTS,
    BOT,
    CZ,
    DESK,
    NOW,
    RULES,
    ZENKI,
    case,
    complaint,
    mirror,
    observation,
    order,
)
from tests.complaints.test_lifecycle import STANDINGS

FILED = NOW - timedelta(days=3)
PROMISED = {
    "respond_hours": 4,
    "update_hours": 8,
    "open_hours": ("mon-sun 00:00-00:00",),
    "policy": "gold",
}
DUE = datetime.fromisoformat("2026-04-02T00:00:00+02:00")


class Said(NamedTuple):
    """One row of the table: the field that a rule decided, as it is told."""

    value: str
    rule: str
    winner: str
    by: int
    losers: tuple[tuple[str, str, str], ...] = ()
    note: str = ""


def said(fields: tuple[FieldDecision, ...], name: str) -> Said:
    """How one of these fields is explained."""
    (one,) = (field for field in fields if field.field == name)
    losers = tuple((loser.account, loser.value, loser.why) for loser in one.losers)
    return Said(one.value, one.rule, one.winner, one.by, losers, one.note)


# -- status, outcome, conflict -----------------------------------------------------------

DESK_OPEN = mirror(DESK, Status.OPEN, as_of=20, word="processing")
DESK_RESOLVED = mirror(DESK, Status.RESOLVED, as_of=20, word="resolve")
DESK_CLOSED = mirror(DESK, Status.CLOSED, as_of=20, word="closed")
ZENKI_OPEN = mirror(ZENKI, Status.OPEN, as_of=30, word="OPEN")
ZENKI_PAID = mirror(ZENKI, Status.RESOLVED, as_of=30, word="REFUND", money_moved=True)
ZENKI_REFUSED = mirror(ZENKI, Status.REJECTED, as_of=30, word="RESOLVED")
AGAIN = mirror(DESK, Status.OPEN, as_of=40, word="open", reopened=True)
ELSEWHERE = "an end was decided elsewhere"
AGAINST = "another end stands against it"

STANDING_TABLE: dict[str, tuple[list[Mirror], str, Said]] = {
    "status, new: the account that told of it first speaks for it when none says anything": (
        [],
        "status",
        Said("new", "new", BOT, 7),
    ),
    "status, new: nobody has touched it": (
        [mirror(BOT, Status.NEW, as_of=8, word="raised")],
        "status",
        Said("new", "new", BOT, 8, note="raised"),
    ),
    "status, staff: the person's account wins and the others are told why not": (
        [DESK_OPEN, mirror(BOT, Status.NEW, as_of=8, word="raised")],
        "status",
        Said("open", "staff", DESK, 20, ((BOT, "raised", "it agrees"),), "processing"),
    ),
    "status, derived: what we pushed is there": (
        [DESK_OPEN.model_copy(update={"ours": True})],
        "status",
        Said("open", "derived", DESK, 20, note="processing"),
    ),
    "status, ended: a decided end outranks what runs": (
        [DESK_OPEN, ZENKI_REFUSED],
        "status",
        Said("rejected", "ended", ZENKI, 30, ((DESK, "processing", ELSEWHERE),), "RESOLVED"),
    ),
    "status, closed: closed, and nobody says who won": (
        [DESK_CLOSED, ZENKI_OPEN],
        "status",
        Said("closed", "closed", DESK, 20, ((ZENKI, "OPEN", "it has ended elsewhere"),), "closed"),
    ),
    "status, reopened: an account opened its own case again": (
        [AGAIN, ZENKI_REFUSED],
        "status",
        Said(
            "open",
            "reopened",
            DESK,
            40,
            ((ZENKI, "RESOLVED", "it ended before the case was opened again, or only runs"),),
            "open",
        ),
    ),
    "status, conflict: moved money leads": (
        [mirror(DESK, Status.REJECTED, as_of=20, word="reject"), ZENKI_PAID],
        "status",
        Said("resolved", "conflict", ZENKI, 30, ((DESK, "reject", AGAINST),), "REFUND"),
    ),
    "outcome, running: nobody has won yet, and nobody is a loser": (
        [DESK_OPEN, ZENKI_OPEN],
        "outcome",
        Said("none", "running", DESK, 20),
    ),
    "outcome, ended: who decided speaks, where another has closed": (
        [DESK_CLOSED, ZENKI_PAID],
        "outcome",
        Said("upheld", "ended", ZENKI, 30, ((DESK, "unknown", ELSEWHERE),)),
    ),
    "outcome, closed: nobody knows who won": (
        [DESK_CLOSED],
        "outcome",
        Said("unknown", "closed", DESK, 20),
    ),
    "outcome, conflict: the other outcome is kept": (
        [DESK_RESOLVED, ZENKI_REFUSED],
        "outcome",
        Said("upheld", "conflict", DESK, 20, ((ZENKI, "refused", AGAINST),)),
    ),
    "conflict, agreed: no two ends differ": (
        [DESK_RESOLVED, ZENKI_PAID],
        "conflict",
        Said("no", "agreed", ZENKI, 30),
    ),
    "conflict, conflict: both ends are told, and who agrees isn't accused": (
        [DESK_RESOLVED, ZENKI_REFUSED, mirror(BOT, Status.RESOLVED, as_of=9, word="ok")],
        "conflict",
        Said("yes", "conflict", DESK, 20, ((ZENKI, "RESOLVED", AGAINST),)),
    ),
    "conflict, conflict: opened again after money had moved": (
        [AGAIN, ZENKI_PAID],
        "conflict",
        Said("yes", "conflict", ZENKI, 30, ((DESK, "open", AGAINST),)),
    ),
}


@pytest.mark.parametrize("row", STANDING_TABLE)
def test_standing(row: str) -> None:
    """Status, outcome and conflict name their rule, winner and losers."""
    mirrors, field, expected = STANDING_TABLE[row]
    got = settle(case(*mirrors, born=7), (), RULES, ACCOUNTS)
    assert said(got.fields, field) == expected


@pytest.mark.parametrize("name", STANDINGS)
def test_each_standing_is_explained_as_it_is(name: str) -> None:
    """For every case of the status table: the values are the complaint's, the rules have words."""
    mirrors, status, outcome, conflict, *_ = STANDINGS[name]
    got = settle(case(*mirrors), (), RULES, ACCOUNTS)
    told = {field.field: field for field in got.fields}
    assert {name: field.value for name, field in told.items()} == {
        "status": status,
        "outcome": outcome,
        "conflict": "yes" if conflict else "no",
    }
    assert {field.rule for field in told.values()} <= set(RULES_IN_WORDS)


def test_a_ruling_is_explained_by_the_person_who_gave_it() -> None:
    """The accounts that it outranks are the losers."""
    ruled = case(DESK_RESOLVED, ZENKI_REFUSED, born=7, ruling=Ruling(Outcome.UPHELD, 50))
    got = settle(ruled, (), RULES, ACCOUNTS)
    refused = (ZENKI, "refused", "a person has settled it")
    assert said(got.fields, "outcome") == Said(
        "upheld",
        "ruling",
        OPERATOR,
        50,
        ((DESK, "upheld", "it agrees"), refused),
    )
    assert said(got.fields, "conflict") == Said("no", "agreed", OPERATOR, 50)


# -- how it began ------------------------------------------------------------------------

BEGINNING_TABLE: dict[str, tuple[dict[str, Any], int, str, Said]] = {
    "opened_at, filed: the news tells when": (
        {"opened_at": FILED},
        7,
        "opened_at",
        Said(FILED.isoformat(), "filed", BOT, 7),
    ),
    "opened_at, received: the news doesn't tell": (
        {},
        7,
        "opened_at",
        Said(NOW.isoformat(), "received", BOT, 7),
    ),
    "opened_at, first-news: told anew on another observation": (
        {},
        9,
        "opened_at",
        Said(NOW.isoformat(), "first-news", BOT, 7),
    ),
    "due, shop-clock: with the days that were promised": (
        {"due_at": DUE},
        7,
        "due",
        Said(DUE.isoformat(), "shop-clock", BOT, 7, note="30 days, Europe/Prague"),
    ),
    "due, legal-clock: with the days and the law": (
        {"due_at": DUE, "rules_of": {"due_days": 60, "legal": "CZ"}},
        7,
        "due",
        Said(
            DUE.isoformat(),
            "legal-clock",
            BOT,
            7,
            note=f"30 days, Europe/Prague: {deadlines.LEGAL['CZ'].source}",
        ),
    ),
    "due, paused-clock: since when it stands still is the case's own": (
        {"due_at": DUE, "past": Past((Pause(NOW, None),))},
        7,
        "due",
        Said(DUE.isoformat(), "paused-clock", BOT, 7, note="30 days, Europe/Prague"),
    ),
    "due, response-clock: with its hours": (
        {"due_at": DUE, "rules_of": PROMISED, "past": Past(answered=False)},
        7,
        "due",
        Said(DUE.isoformat(), "response-clock", BOT, 7, note="4 open hours (gold)"),
    ),
    "due, update-clock: with its hours": (
        {"due_at": DUE, "rules_of": PROMISED, "past": Past(moved_at=NOW)},
        7,
        "due",
        Said(DUE.isoformat(), "update-clock", BOT, 7, note="8 open hours (gold)"),
    ),
    "due, provider-clock: with the account": (
        {"due_at": NOW, "past": Past(told=NOW, teller=DESK)},
        7,
        "due",
        Said(NOW.isoformat(), "provider-clock", BOT, 7, note="as cz-desk tells"),
    ),
    "due, no-clock: nothing runs": ({"due_at": None}, 7, "due", Said("none", "no-clock", BOT, 7)),
    "origin, first-news: the account": ({}, 7, "origin", Said(BOT, "first-news", BOT, 7)),
    "remedy, wished": (
        {"remedy": Remedy.EXCHANGE},
        7,
        "remedy",
        Said("exchange", "wished", BOT, 7),
    ),
    "remedy, no-wish": ({}, 7, "remedy", Said("none", "no-wish", BOT, 7)),
}


@pytest.mark.parametrize("row", BEGINNING_TABLE)
def test_beginning(row: str) -> None:
    """How a case began is told by the first observation of it."""
    given, seq, field, expected = BEGINNING_TABLE[row]
    of_case = {k: value for k, value in given.items() if k not in {"rules_of", "past"}}
    rules = RULES.model_copy(update=given.get("rules_of", {}))
    began = complaint(born=7, **of_case)
    fields = explaining.beginning_fields(
        began, first_due(began.opened_at, rules, given.get("past")), observation(seq, BOT)
    )
    assert said(fields, field) == expected


@pytest.mark.parametrize(
    "given",
    [{"born": 8}, {"due_at": NOW}, {"paused_at": NOW}, {"remedy": Remedy.REPAIR}],
)
def test_another_beginning_is_told_anew(given: dict[str, Any]) -> None:
    """Whatever of it has changed."""
    before, after = complaint(born=7), complaint(**{"born": 7, **given})
    assert explaining.beginning(before) != explaining.beginning(after)
    assert explaining.beginning(before) == explaining.beginning(complaint(Status.OPEN, born=7))


# -- its order ---------------------------------------------------------------------------


def teller(account: Any, seq: int, **facts: Any) -> Mirror:
    """An account that has told these facts of the order."""
    told = {**facts, "told_by": dict.fromkeys(facts, seq)}
    return mirror(account).model_copy(update={"order_said": OrderSaid.model_validate(told)})


PLAIN = Order(id=7, shop=CZ)
FURTHER = "another account has seen it come further"

ORDER_TABLE: dict[str, tuple[Order | None, list[Mirror], str, Said]] = {
    "delivered, no-order": (None, [], "delivered", Said("not told", "no-order", BOT, 7)),
    "owner_known, no-order": (None, [], "owner_known", Said("no", "no-order", BOT, 7)),
    "delivered, untold": (PLAIN, [], "delivered", Said("not told", "untold", BOT, 7)),
    "delivered, seen-delivered: one is enough": (
        order(delivered=True),
        [teller(DESK, 11, delivered=False), teller(ZENKI, 12, delivered=True)],
        "delivered",
        Said(
            "yes",
            "seen-delivered",
            ZENKI,
            12,
            ((DESK, "no", "another account has seen it arrive"),),
        ),
    ),
    "delivered, not-delivered: none has seen it": (
        order(delivered=False),
        [teller(DESK, 11), teller(ZENKI, 12, delivered=False)],
        "delivered",
        Said("no", "not-delivered", ZENKI, 12),
    ),
    "order_state, furthest": (
        order(state=OrderState.SHIPPED),
        [teller(DESK, 11, state=OrderState.PAID), teller(ZENKI, 12, state=OrderState.SHIPPED)],
        "order_state",
        Said("shipped", "furthest", ZENKI, 12, ((DESK, "paid", FURTHER),)),
    ),
    "total, trusted-amount: the most trusted one": (
        order(total=Decimal("99.50"), currency="EUR"),
        [
            teller(DESK, 11, total=Decimal("99.50"), currency="EUR"),
            teller(ZENKI, 12, total=Decimal(90), currency="EUR"),
        ],
        "total",
        Said(
            "99.50 EUR",
            "trusted-amount",
            DESK,
            11,
            ((ZENKI, "90 EUR", "a more trusted account tells another amount"),),
        ),
    ),
    "total, trusted-amount: who tells the same agrees": (
        order(total=Decimal(90), currency="EUR"),
        [
            teller(DESK, 11, total=Decimal(90), currency="EUR"),
            teller(ZENKI, 12, total=Decimal(90), currency="EUR"),
        ],
        "total",
        Said("90 EUR", "trusted-amount", DESK, 11, ((ZENKI, "90 EUR", "it agrees"),)),
    ),
    "owner_known, owner-told: a person is never named": (
        order(owner="hash-1"),
        [teller(DESK, 11, owner="hash-1"), teller(ZENKI, 12, owner="hash-2")],
        "owner_known",
        Said(
            "yes",
            "owner-told",
            DESK,
            11,
            ((ZENKI, "another person", "a more trusted account names another"),),
        ),
    ),
    "total, trusted-amount: told to an older version, which kept no observation": (
        order(total=Decimal(90), currency="EUR"),
        [
            mirror(DESK).model_copy(
                update={"order_said": OrderSaid(total=Decimal(90), currency="EUR")}
            )
        ],
        "total",
        Said("90 EUR", "trusted-amount", DESK, 0),
    ),
}


@pytest.mark.parametrize("row", ORDER_TABLE)
def test_order_facts(row: str) -> None:
    """Each fact of an order names who told it, and who tells otherwise."""
    its_order, tellers, field, expected = ORDER_TABLE[row]
    fields = explaining.order_fact_fields(complaint(born=7), its_order, tellers)
    assert said(fields, field) == expected


@pytest.mark.parametrize(
    ("its_order", "expected"),
    [
        (None, Said("none", "no-order", BOT, 7)),
        (
            order(keys=({"space": "number", "value": "n1"}, {"space": "hash", "value": "h1"})),
            Said("hash h1, number n1", "named-order", DESK, 12),
        ),
    ],
    ids=["no-order", "named-order: by whoever named it"],
)
def test_order(its_order: Order | None, expected: Said) -> None:
    """The order's ids, and the observation that named them."""
    field = explaining.order_field(complaint(born=7), its_order, observation(12, DESK))
    assert said((field,), "order") == expected


# -- the tables --------------------------------------------------------------------------


def test_every_rule_above_has_words_and_every_word_a_rule() -> None:
    """The rows above give each rule of the table, and no other."""
    rows = [*STANDING_TABLE.values(), *BEGINNING_TABLE.values(), *ORDER_TABLE.values()]
    given = {row[-1].rule for row in rows} | {"named-order", "ruling"}  # type: ignore[union-attr]
    assert given == set(RULES_IN_WORDS)
    assert set(lifecycle.WHY_NOT) <= set(RULES_IN_WORDS)


def test_every_field_is_told() -> None:
    """A case without an order, and without any word, has a reason for each of its fields."""
    began = complaint(born=7)
    told = (
        *settle(case(born=7), (), RULES, ACCOUNTS).fields,
        *explaining.beginning_fields(began, first_due(began.opened_at, RULES), observation(7, BOT)),
        explaining.order_field(began, None, observation(7, BOT)),
        *explaining.order_fact_fields(began, None, ()),
    )
    assert sorted(one.field for one in told) == sorted(FIELDS)
    assert set(FEEDS) <= set(FIELDS)


def test_a_rule_of_two_parts_is_two_sentences() -> None:
    """How an observation found its case, and how it was taken."""
    assert in_words("new-case/echo") == f"{TAKEN_IN_WORDS['new-case']}; {TAKEN_IN_WORDS['echo']}"


def test_a_rule_that_is_no_more_is_named() -> None:
    """Decisions outlive the rules by which they were made."""
    assert in_words("oracle") == "rule oracle"


def test_no_decision_holds_what_a_customer_said() -> None:
    """Whose order it is stays a hash even in what is kept: not even that is written down."""
    fields = explaining.order_fact_fields(
        complaint(), order(owner="5ecre7"), [teller(DESK, 11, owner="5ecre7")]
    )
    assert "5ecre7" not in "".join(field.model_dump_json() for field in fields)
    assert Outcome.NONE not in {field.value for field in fields}
