"""What an order says about the complaint that hangs on it."""

from __future__ import annotations

import pytest

from complaints import lifecycle
from complaints.model import Mirror, OrderSaid
from complaints.reconcile import settle
from complaints.vocabulary import OrderState, Outcome, Status
from tests.complaints.records import ACCOUNTS, BOT, DESK, RULES, ZENKI, case, mirror, order

ROWS = {
    OrderState.PLACED: "nothing",
    OrderState.PAID: "nothing",
    OrderState.SHIPPED: "nothing",
    OrderState.DELIVERED: "nothing",
    OrderState.CANCELLED: "nothing",
    OrderState.REFUNDED: "resolved, upheld, money moved",
}


def test_the_table_is_whole() -> None:
    """Each state of an order has a row."""
    assert set(lifecycle.ORDER_SAYS) == set(ROWS) == set(OrderState)


def paid(state: OrderState, as_of: int = 40) -> Mirror:
    """What the payment account tells of the order."""
    known = mirror(ZENKI, complaint_id=None, order_id=7, external_id="z1")
    facts = {"state": state, "word": str(state), "quiet": False}
    told = dict.fromkeys(facts, as_of)
    said = OrderSaid.model_validate({**facts, "marks": told, "told_by": told})
    return known.model_copy(update={"order_said": said})


@pytest.mark.parametrize(("state", "says"), ROWS.items(), ids=[str(state) for state in ROWS])
def test_what_an_orders_state_says(state: OrderState, says: str) -> None:
    """Row by row; a fact without an effect leaves the case where its accounts have it."""
    at = case(mirror(DESK, Status.WAITING), order=order(), payment=paid(state))
    got = settle(at, (), RULES, ACCOUNTS)
    if says == "nothing":
        assert (got.complaint.status, got.complaint.outcome) == (Status.WAITING, Outcome.NONE)
        return
    assert (got.complaint.status, got.complaint.outcome) == (Status.RESOLVED, Outcome.UPHELD)
    field = got.fields[0]
    assert (field.winner, field.by, field.rule) == (ZENKI, 40, "ended")
    assert [(push.account, push.target) for push in got.wanted] == [(DESK, Status.RESOLVED)]


def test_an_order_with_several_complaints_says_nothing_of_any() -> None:
    """For which of them the money went back, nobody tells."""
    at = case(mirror(BOT, Status.NEW), order=order(), payment=paid(OrderState.REFUNDED))
    got = settle(at._replace(alone=False), (), RULES, ACCOUNTS)
    assert got.complaint.status is Status.NEW


def test_money_that_went_back_contradicts_a_refusal() -> None:
    """Both are kept: a conflict."""
    at = case(mirror(DESK, Status.REJECTED), order=order(), payment=paid(OrderState.REFUNDED))
    got = settle(at, (), RULES, ACCOUNTS)
    assert got.complaint.conflict
    assert [side.account for side in got.sides] == [DESK, ZENKI]


def test_a_refund_that_failed_is_a_persons_business() -> None:
    """The case was upheld, and no money has moved: somebody pays another way."""
    failed = mirror(ZENKI, Status.RESOLVED, refund_failed=True)
    at = case(mirror(DESK, Status.RESOLVED), failed, order=order())
    (wanted,) = settle(at, (), RULES, ACCOUNTS).wanted
    assert (wanted.account, wanted.kind, wanted.target) == (ZENKI, "portal", Status.RESOLVED)
    assert "no money has moved" in wanted.reason
