"""Creating orders at BizKitHub."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from decimal import Decimal

import httpx
import pytest
from pydantic import ValidationError

from complaints.model import OrderKey, OrderSpace, Result
from complaints.ports import NeedsHuman, Transient
from providers.bizkithub import CreatedOrder, OrderCustomer, OrderDraft, OrderItem
from tests.providers.bizkithub.samples import HASH, ORDER_CREATE, desk, refusal
from tests.providers.wire import Script, answer

DRAFT = OrderDraft(
    customer=OrderCustomer(email="eva@example.org", first_name="Eva", country="CZ"),
    items=(OrderItem(label="Desk lamp, oak", price=Decimal("1290.50"), count=Decimal(2)),),
    currency="CZK",
    payment_method="money",
    expiration_date=datetime(2026, 10, 5, 12, tzinfo=timezone(timedelta(hours=2))),
    tags={"ourOrderKey": "shop-88121", "sizes": (1, "M", None)},
)


def test_an_order_is_sent_with_its_set_fields_only() -> None:
    """camelCase, numbers for money, UTC with milliseconds; nothing that wasn't said."""
    links = {"orderPageLink": "https://example.org/o", "payLink": "https://example.org/p"}
    script = Script([answer(orderNumber="26000412", hash=HASH, links=links)])
    created = desk(script).create_order(DRAFT)

    assert script.calls == [("POST", ORDER_CREATE)]
    assert script.sent() == {
        "customer": {"email": "eva@example.org", "firstName": "Eva", "country": "CZ"},
        "items": [{"label": "Desk lamp, oak", "price": Decimal("1290.5"), "count": 2}],
        "currency": "CZK",
        "paymentMethod": "money",
        "expirationDate": "2026-10-05T10:00:00.000Z",
        "tags": {"ourOrderKey": "shop-88121", "sizes": [1, "M", None]},
    }
    assert created == CreatedOrder(
        result=Result.DONE,
        order_keys=(
            OrderKey(space=OrderSpace.HASH, value=HASH),
            OrderKey(space=OrderSpace.NUMBER, value="26000412"),
        ),
        order_page_link="https://example.org/o",
        pay_link="https://example.org/p",
    )


@pytest.mark.parametrize(
    "wrong",
    [
        {"items": ()},
        {"currency": "GBP"},
        {"locale": "en-US"},
        {"unheard": 1},
        {"customer": {"firstName": "Eva"}},
        {"items": [{"label": "x", "price": 1, "discount": 2}]},
        {"expirationDate": "2026-10-05T10:00:00"},
        {"tags": {str(number): number for number in range(201)}},
    ],
)
def test_an_order_that_the_documents_forbid_can_not_be_made(wrong: dict[str, object]) -> None:
    """Unknown fields, no line, naive times and foreign words fail before the wire."""
    with pytest.raises(ValidationError):
        OrderDraft.model_validate({**DRAFT.document(), **wrong})


@pytest.mark.parametrize(
    ("step", "result"),
    [
        (answer(orderNumber="1"), Result.UNKNOWN),
        (httpx.ReadTimeout("x"), Result.UNKNOWN),
        (httpx.Response(500), Result.UNKNOWN),
        (refusal(500, "INTERNAL_ORDER_INSERT_FAILED"), Result.UNKNOWN),
        (refusal(422, "INTERNAL_VALIDATION_FAILED"), Result.REFUSED),
        (answer(success=False), Result.REFUSED),
    ],
)
def test_an_order_is_sent_once(step: httpx.Response | Exception, result: Result) -> None:
    """A second identical call would make a second order."""
    script = Script([step])

    assert desk(script).create_order(DRAFT).result is result
    assert len(script.requests) == 1


def test_an_order_that_never_left_is_transient() -> None:
    """And a bad key needs a person."""
    with pytest.raises(Transient):
        desk(Script([httpx.ConnectError("x")])).create_order(DRAFT)
    with pytest.raises(NeedsHuman):
        desk(Script([refusal(404, "PUBLIC_API_KEY_IS_NOT_ACTIVE")])).create_order(DRAFT)
