"""The providers' words, row by row: the list of these tests reads as the specification.

What is expected is written out here and taken from no table; a row that no test names fails.
"""

from __future__ import annotations

from typing import NamedTuple

import pytest

from complaints.model import Event
from complaints.vocabulary import OrderState, Outcome, Status
from providers.bizkithub import words as desk
from providers.zenki import words as zenki
from providers.zenki.wire import Order, Refund

RUNNING = {"new", "open", "waiting"}

# -- BizKitHub ---------------------------------------------------------------------------

DESK_WORDS = {
    "desk new -> new": ("new", "new"),
    "desk open -> open": ("open", "open"),
    "desk wait -> waiting": ("wait", "waiting"),
    "desk resolve -> resolved": ("resolve", "resolved"),
    "desk reject -> rejected": ("reject", "rejected"),
    "desk closed -> closed": ("closed", "closed"),
}


@pytest.mark.parametrize(("word", "status"), DESK_WORDS.values(), ids=DESK_WORDS.keys())
def test_a_word_of_the_desk(word: str, status: str) -> None:
    """Each word has one status, and each status one word."""
    assert desk.status_of(word) == status
    assert desk.WORD_OF_STATUS[Status(status)] == word


DESK_OUTCOMES = {
    "desk new -> nobody has won": ("new", (), "none"),
    "desk open -> nobody has won": ("open", (), "none"),
    "desk wait -> nobody has won": ("waiting", (), "none"),
    "desk resolve -> upheld": ("resolved", (), "upheld"),
    "desk reject -> refused": ("rejected", (), "refused"),
    "desk closed after resolve -> upheld": ("closed", ("resolved", "closed"), "upheld"),
    "desk closed after reject -> refused": ("closed", ("rejected", "closed"), "refused"),
    "desk closed after reject and resolve -> upheld, the last decision counts": (
        "closed", ("rejected", "open", "resolved", "closed"), "upheld",
    ),
    "desk closed after resolve and re-opening -> nobody knows": (
        "closed", ("resolved", "open", "closed"), "unknown",
    ),
    "desk closed without a decision -> nobody knows": ("closed", ("open", "closed"), "unknown"),
    "desk closed without a history -> nobody knows": ("closed", (), "unknown"),
}  # fmt: skip


@pytest.mark.parametrize("row", DESK_OUTCOMES.values(), ids=DESK_OUTCOMES.keys())
def test_who_has_won_at_the_desk(row: tuple[str, tuple[str, ...], str]) -> None:
    """By the status, and for ``closed`` by the history."""
    status, told, outcome = row
    events = [
        Event(id=str(n), position=n, word=one, status=Status(one))
        for n, one in enumerate(told, start=1)
    ]
    assert desk.outcome_of(Status(status), events) == outcome


def test_every_word_of_the_desk_is_in_the_list() -> None:
    """A row that is added is thought of."""
    assert {word for word, _ in DESK_WORDS.values()} == desk.STATUS_OF_WORD.keys()
    assert {status for status, _, _ in DESK_OUTCOMES.values()} == set(Status) - {"unknown"}


# -- Zenki -------------------------------------------------------------------------------


class Said(NamedTuple):
    """What a dispute says: status, what else it may mean, who won, whether money moved."""

    status: str
    covers: set[str]
    outcome: str = "none"
    money_moved: bool = False


ZENKI_CASES: dict[str, tuple[tuple[str, str], Said | None]] = {
    "dispute OPEN -> open, any running status": (("OPEN", "SHIPPED"), Said("open", RUNNING)),
    "dispute OPEN, order PENDING_SHOPPER_RETURN -> waiting": (
        ("OPEN", "PENDING_SHOPPER_RETURN"), Said("waiting", {"waiting"}),
    ),
    "dispute OPEN, order COMPLETED -> rejected, refused, final": (
        ("OPEN", "COMPLETED"), Said("rejected", {"rejected"}, "refused"),
    ),
    "dispute OPEN, order SETTLED -> rejected, refused, final": (
        ("OPEN", "SETTLED"), Said("rejected", {"rejected"}, "refused"),
    ),
    "dispute OPEN, order REFUNDED -> resolved, upheld, money moved": (
        ("OPEN", "REFUNDED"), Said("resolved", {"resolved"}, "upheld", True),
    ),
    "dispute REFUND -> resolved, upheld, money moved": (
        ("REFUND", "DISPUTED"), Said("resolved", {"resolved"}, "upheld", True),
    ),
    "dispute RESOLVED -> rejected, refused": (
        ("RESOLVED", "DISPUTED"), Said("rejected", {"rejected"}, "refused"),
    ),
    "dispute RESOLVED, order REFUNDED -> rejected, refused, yet money moved": (
        ("RESOLVED", "REFUNDED"), Said("rejected", {"rejected"}, "refused", True),
    ),
    "no dispute shown, order DISPUTED -> open a case": (
        ("", "DISPUTED"), Said("open", RUNNING),
    ),
    "no dispute shown, order PENDING_SHOPPER_RETURN -> waiting": (
        ("", "PENDING_SHOPPER_RETURN"), Said("waiting", {"waiting"}),
    ),
    "no dispute, order COMPLETED -> nothing": (("", "COMPLETED"), None),
    "no dispute, order SETTLED -> nothing": (("", "SETTLED"), None),
    "no dispute, order REFUNDED -> nothing": (("", "REFUNDED"), None),
    "no dispute, order SHIPPED -> nothing": (("", "SHIPPED"), None),
    "dispute of a word that no table lists -> unknown": (
        ("ESCALATED", "DISPUTED"), Said("unknown", set()),
    ),
}  # fmt: skip


def order(dispute: str, status: str) -> Order:
    """An order as Zenki answers it."""
    shown = {"dispute": {"status": dispute}} if dispute else {}
    return Order.model_validate({"zenkiOrderId": "z" * 32, "status": status, **shown})


@pytest.mark.parametrize("row", ZENKI_CASES.values(), ids=ZENKI_CASES.keys())
def test_what_a_dispute_says(row: tuple[tuple[str, str], Said | None]) -> None:
    """By its own status and the order's."""
    words, said = row
    found = zenki.standing(order(*words))
    if said is None:
        assert found is None
        return
    assert found is not None
    assert Said(found.status, set(found.covers), found.outcome, found.money_moved) == said


ZENKI_REFUNDS = {
    "order REFUNDED, its refund FAILED -> no money has moved": ("FAILED", False),
    "order REFUNDED, its refund REFUNDED -> money has moved": ("REFUNDED", True),
    "order REFUNDED, its refund not shown -> money has moved": (None, True),
}


@pytest.mark.parametrize(("refund", "moved"), ZENKI_REFUNDS.values(), ids=ZENKI_REFUNDS.keys())
def test_whether_money_has_moved(refund: str | None, moved: bool) -> None:  # noqa: FBT001
    """A refund that failed takes back what the order says."""
    shown = None
    if refund is not None:
        shown = Refund.model_validate({"zenkiRefundId": "cdd9fba96ae9", "status": refund})
    found = zenki.standing(order("OPEN", "REFUNDED"), shown)
    assert found is not None
    assert found.money_moved is moved


ZENKI_ORDERS: dict[str, tuple[str, str | None, bool | None]] = {
    "order PENDING -> placed, not delivered": ("PENDING", "placed", False),
    "order READY4PAY -> placed, not delivered": ("READY4PAY", "placed", False),
    "order AWAITING_PAYMENT -> placed, not delivered": ("AWAITING_PAYMENT", "placed", False),
    "order AWAITING_SHIPMENT -> paid, not delivered": ("AWAITING_SHIPMENT", "paid", False),
    "order AWAITING_DELIVERY -> paid, not delivered": ("AWAITING_DELIVERY", "paid", False),
    "order SHIPMENT_ERROR -> paid, not delivered": ("SHIPMENT_ERROR", "paid", False),
    "order SHIPPED -> shipped, not delivered": ("SHIPPED", "shipped", False),
    "order AWAITING_SHOPPER_APPROVAL -> shipped, delivery not told": (
        "AWAITING_SHOPPER_APPROVAL", "shipped", None,
    ),
    "order DELIVERED_SERVICE -> delivered": ("DELIVERED_SERVICE", "delivered", True),
    "order COMPLETED -> delivered": ("COMPLETED", "delivered", True),
    "order REFUNDED -> refunded, delivery not told": ("REFUNDED", "refunded", None),
    "order DISPUTED -> neither told": ("DISPUTED", None, None),
    "order PENDING_SHOPPER_RETURN -> delivered, state not told": (
        "PENDING_SHOPPER_RETURN", None, True,
    ),
    "order SETTLED -> neither told": ("SETTLED", None, None),
}  # fmt: skip


@pytest.mark.parametrize("row", ZENKI_ORDERS.values(), ids=ZENKI_ORDERS.keys())
def test_how_far_an_order_has_come(row: tuple[str, str | None, bool | None]) -> None:
    """Each of the 14 words of the documents."""
    word, state, delivered = row
    assert zenki.ORDER_STATE[word] == (None if state is None else OrderState(state))
    assert zenki.DELIVERED.get(word) is delivered


def test_every_row_of_zenki_is_in_the_list() -> None:
    """A row that is added is thought of."""
    assert {word for word, _, _ in ZENKI_ORDERS.values()} == zenki.ORDER_STATE.keys()
    assert zenki.DELIVERED.keys() <= zenki.ORDER_STATE.keys()
    named = {words for words, _ in ZENKI_CASES.values()}
    for dispute, status in zenki.STANDINGS:
        rows = {one for one in named if one[0] == dispute and status in {one[1], ""}}
        assert rows, (dispute, status)


def test_the_outcomes_are_those_there_are() -> None:
    """No row says what the domain doesn't know."""
    said = [one for _, one in ZENKI_CASES.values() if one is not None]
    assert {one.outcome for one in said} <= set(Outcome)
    assert {one.status for one in said} <= set(Status)
