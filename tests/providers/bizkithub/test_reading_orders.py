"""From BizKitHub's order details to canonical changes: GET /api/v1/shop/order/detail."""

from __future__ import annotations

from decimal import Decimal

import pytest

from complaints.model import Change, OrderKey
from complaints.vocabulary import OrderSpace, OrderState, Subject
from providers.bizkithub.reading import read
from providers.codec import dumps
from tests.providers.bizkithub.samples import (
    HASH,
    ORDER,
    complaint,
    line,
    order,
    settings,
    unpaid,
)
from tests.providers.wire import observe


def _order(body: object, asked: str = ORDER, form: str = "order", **own: object) -> Change:
    (change,) = read(observe(form, body, asked), settings(**own))  # type: ignore[arg-type]
    return change


def test_p2_an_order_is_read_whole() -> None:
    """`id` is the number there and `hash` the handle; its record is the hash behind a prefix."""
    assert _order(order()) == Change(
        subject=Subject.ORDER,
        external_id=ORDER,
        order_keys=(
            OrderKey(space=OrderSpace.HASH, value=HASH),
            OrderKey(space=OrderSpace.NUMBER, value="26000412"),
        ),
        word="Zaplaceno",
        order_state=OrderState.PAID,
        total=Decimal("1379.5"),
        currency="CZK",
        owner="eva@example.org",
    )


@pytest.mark.parametrize(
    ("document", "state"),
    [
        (unpaid(), OrderState.PLACED),
        (unpaid(payDate="2026-09-21T08:02:11.304Z"), OrderState.PAID),
        (unpaid(status={"onlinePaymentStatus": "PAID"}), OrderState.PAID),
        (unpaid(status={"onlinePaymentStatus": "PENDING"}), OrderState.PLACED),
        (unpaid(status=None, items=None), OrderState.PLACED),
        (unpaid(items=[]), OrderState.PLACED),
        (unpaid(items=[line(1, "Lamp", gone=True)]), OrderState.CANCELLED),
        (order(items=[line(1, "Lamp", gone=True)]), OrderState.CANCELLED),
        (order(items=[line(1, "Lamp", gone=True), line(2, "Bulb")]), OrderState.PAID),
        (order(items=[line(1, "Lamp", gone=True), "odd"]), OrderState.PAID),
        (order(items=[{**line(1, "Lamp"), "isStorno": "true"}]), OrderState.PAID),
        (order(status={"label": " stornována "}), OrderState.CANCELLED),
        (order(status={"label": "Stornováno jinde"}), OrderState.PAID),
    ],
)
def test_p2_an_order_s_state_follows_from_its_fields(
    document: dict[str, object], state: OrderState
) -> None:
    """There is no status code: payment, cancelled lines and mapped labels tell."""
    change = _order(document, cancelled_labels=["Stornována", "Cancelled"])

    assert change.order_state is state
    assert change.settled == (state is OrderState.CANCELLED)


def test_p2_lines_that_are_cancelled_are_told() -> None:
    """Some of them are no cancelled order, and a warning says how many."""
    rows = [line(1, "Lamp", gone=True), line(2, "Bulb"), line(3, "Shade", gone=True)]

    assert _order(order(items=rows)).warnings == ("2 of 3 lines are cancelled",)
    assert _order(order(items=rows[::2])).warnings == ()
    assert _order(order()).warnings == ()


@pytest.mark.parametrize(
    ("amount", "currency", "total"),
    [
        (1379, "CZK", Decimal(1379)),
        (Decimal("1139.67"), "EUR", Decimal("1139.67")),
        ("1379.50", "CZK", Decimal("1379.50")),
        ("1 379 Kč", "CZK", None),
        (True, "CZK", None),
        (1379, "Kč", None),
        (1379, None, None),
        (None, "CZK", None),
    ],
)
def test_c09_money_is_a_number_with_its_currency(
    amount: object, currency: object, total: Decimal | None
) -> None:
    """A number, in quotes at most; a text for people is none, and a warning says so."""
    change = _order(order(price={"priceWithVat": amount, "currency": currency}))

    assert (change.total, change.currency) == (total, currency if total is not None else "")
    assert change.warnings == (() if total is not None else ("price is no amount with a currency",))


def test_c09_money_is_read_from_the_text_of_the_number() -> None:
    """A float would have lost what was written."""
    body = dumps(order()).replace(b"1379.5", b"0.100000000000000005")

    assert _order(body).total == Decimal("0.100000000000000005")


@pytest.mark.parametrize("field", ["price", "customer", "items", "status", "locale", "payDate"])
def test_p2_odd_fields_of_an_order_are_absent(field: str) -> None:
    """The order stays readable by its hash when a side field changes its type."""
    oddities: list[object] = [None, 7, "x", [], {}, {"x": 1}]
    for odd in oddities:
        change = _order(order(**{field: odd}))
        assert (change.subject, change.external_id) == (Subject.ORDER, ORDER)


@pytest.mark.parametrize(
    ("body", "asked", "reason"),
    [
        (order(), "order:other", "another order"),
        (order(), HASH, "another order"),
        ({"exist": True}, ORDER, "wrong type: hash"),
        ({}, ORDER, "no order detail"),
    ],
)
def test_p2_an_order_that_can_not_be_read_says_why(body: object, asked: str, reason: str) -> None:
    """And keeps its name."""
    change = _order(body, asked)

    assert (change.subject, change.external_id) == (Subject.UNREADABLE, asked)
    assert reason in change.reason


def test_p2_an_order_that_is_not_visible_is_gone() -> None:
    """Never a deletion."""
    assert _order({"exist": False}).subject is Subject.GONE
    assert _order({}, form="missing").external_id == ORDER


def test_c05_hash_and_number_are_ids_of_different_kinds() -> None:
    """Of a complaint as well as of an order; none is taken for the other."""
    filed = complaint(orderHash=HASH)
    about = _order(filed, str(filed["id"]), "complaint").order_keys

    assert about == _order(order()).order_keys
    assert [key.space for key in about] == [OrderSpace.HASH, OrderSpace.NUMBER]
