"""The examples of BizKitHub's documents: each field with its name, type and place.

The values are our own.  Each goes through its wire model and comes out the same, and an adapter
that is told the same sends the same.
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from complaints.vocabulary import PushKind, Result, Status
from providers.bizkithub import BizKitHubSettings, OrderDraft, read_draft
from providers.bizkithub.orders import OrderCustomer, OrderItem
from providers.bizkithub.wire import (
    AdminClaimedItem,
    AdminComplaintCreate,
    ComplaintCreate,
    OrderStorno,
    SetStatus,
    Wire,
)
from providers.codec import dumps, loads
from tests.providers.bizkithub.examples import (
    ADMIN_COMPLAINT,
    COMPLAINT,
    CUSTOMER,
    ITEM,
    ORDER,
    SET_STATUS,
    STORNO,
)
from tests.providers.bizkithub.samples import complaint, created, desk
from tests.providers.wire import Script, answer, intend


@pytest.mark.parametrize(
    ("model", "document", "fields"),
    [
        pytest.param(AdminComplaintCreate, ADMIN_COMPLAINT, 17, id="b1"),
        pytest.param(AdminClaimedItem, ADMIN_COMPLAINT["items"][0], 5, id="b1-item"),
        pytest.param(ComplaintCreate, COMPLAINT, 16, id="p5"),
        pytest.param(SetStatus, SET_STATUS, 2, id="p7"),
        pytest.param(OrderStorno, STORNO, 2, id="p3"),
        pytest.param(OrderDraft, ORDER, 25, id="p1"),
        pytest.param(OrderCustomer, CUSTOMER, 19, id="p1-customer"),
        pytest.param(OrderItem, ITEM, 12, id="p1-item"),
    ],
)
def test_each_documented_field_has_its_name_type_and_place(
    model: type[Wire], document: dict[str, Any], fields: int
) -> None:
    """As many as the document has, none more, and the same after a journey through the model."""
    text = dumps(document)
    read = model.model_validate_json(text, strict=True, by_alias=True, by_name=False)

    assert len(document) == fields == len(model.model_fields)
    assert {field.alias for field in model.model_fields.values()} == set(document)
    assert loads(dumps(read.document())) == loads(text)


@pytest.mark.parametrize(
    ("model", "document"),
    [
        pytest.param(AdminComplaintCreate, ADMIN_COMPLAINT, id="b1"),
        pytest.param(ComplaintCreate, COMPLAINT, id="p5"),
        pytest.param(SetStatus, SET_STATUS, id="p7"),
        pytest.param(OrderDraft, ORDER, id="p1"),
    ],
)
def test_a_field_of_another_type_or_name_is_refused(
    model: type[Wire], document: dict[str, Any]
) -> None:
    """Each field in its turn."""
    for name, value in document.items():
        wrong = 7 if isinstance(value, str) else "x"
        for bent in ({**document, name: wrong}, {**document, f"{name}X": value}):
            with pytest.raises(ValueError, match="validation error"):
                model.model_validate_json(json.dumps(bent, default=float), strict=True)


def test_p1_the_example_is_sent_as_it_is() -> None:
    """By hand: what a person wrote is what BizKitHub gets."""
    script = Script([created()])
    receipt = desk(script).push(intend(PushKind.CREATE_ORDER, number="", draft=ORDER))

    assert receipt.result is Result.DONE
    assert script.sent() == loads(dumps(ORDER))
    assert read_draft(ORDER).document() == read_draft(json.loads(dumps(ORDER))).document()


def test_p7_the_example_is_sent_as_it_is() -> None:
    """A complaint id and one of six words, no more."""
    script = Script([answer(**complaint(id="a1b2c3d4e5f6g7h8")), answer(success=True)])
    wish = intend(PushKind.SET_STATUS, "a1b2c3d4e5f6g7h8", target=Status.OPEN)

    assert desk(script).push(wish).result is Result.DONE
    assert script.sent() == SET_STATUS


def test_b1_the_example_is_sent_but_for_the_numbers_that_nobody_knows() -> None:
    """Its order id and its line id are inside the platform: all else is filled from a claim."""
    script = Script([answer(success=True, id="a1b2c3d4")])
    own = {
        "send_phone": True,
        "send_amount": True,
        "send_due_date": True,
        "send_items": True,
        "send_refund_fields": True,
        "reference_footer": False,
        "variant_code": "vraceni",
        "resolution_codes": {"repair": "repair"},
        "bff": {
            "enabled": True,
            "auth": "bearer",
            "branch_id": 2,
            "service_id": 7,
            "currency_ids": {"CZK": 1},
        },
    }
    claim = {
        "text": ADMIN_COMPLAINT["description"],
        "name": ADMIN_COMPLAINT["customerName"],
        "email": ADMIN_COMPLAINT["email"],
        "phone": ADMIN_COMPLAINT["phone"],
        "amount": Decimal("1290.5"),
        "currency": "CZK",
        "remedy": "repair",
        "bank": {"country": "CZ", "number": "2900112233/2010", "symbol": "26000412"},
        "lines": [{"label": "Desk lamp, oak", "quantity": 1, "price": Decimal("1290.5")}],
    }
    keys = ({"space": "number", "value": "26000412"},)
    filing = intend(
        PushKind.CREATE, claim=claim, order_keys=keys, due_at=ADMIN_COMPLAINT["dueDate"]
    )

    assert desk(script, **own).push(filing).result is Result.DONE
    expected = {name: value for name, value in ADMIN_COMPLAINT.items() if name != "orderId"}
    (item,) = expected["items"]
    expected["items"] = [{name: value for name, value in item.items() if name != "orderItemId"}]
    assert script.sent() == expected
    assert set(ADMIN_COMPLAINT) - set(script.sent()) == {"orderId"}


def test_the_documents_sample_key_is_refused() -> None:
    """Whoever copies an example whole is told so before anything is sent."""
    with pytest.raises(ValueError, match="sample key"):
        BizKitHubSettings.model_validate({"api_key": "PRODPGrFxpGEtrOZfuWhnoJohUYBXuOE"})
