"""Filing a complaint at BizKitHub: its fields, what is refused, and what counts as filed twice."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import httpx
import pytest

from providers.sandbox import codec
from tests.providers.sandbox.people import (
    HASH,
    NOW,
    complaint,
    complaint_detail,
    error_code,
    file_complaint,
)
from tests.sandbox import RunningSandbox


@pytest.mark.parametrize(
    "text",
    ["ends with blanks  \t", "one\r\ntwo\n\r", "sad 😞 نص \u200b", '"quoted\\"', "\u0001", ""],
)
def test_a_description_comes_back_as_it_was_sent(desk: httpx.Client, text: str) -> None:
    """Blanks, line ends, emoji and control characters of a description survive."""
    assert complaint_detail(desk, file_complaint(desk, description=text))["description"] == text


def test_refund_data_and_items_are_echoed_under_their_detail_names(desk: httpx.Client) -> None:
    """Create's flat refund members and items show in detail, amounts exact."""
    body = complaint(
        refundCountry="CZ",
        refundBankAccount="2900112233/2010",
        refundVariableSymbol="26000412",
        price=Decimal("1290.10"),
        currency="CZK",
        items=[{"label": "Lamp", "quantity": 1, "price": Decimal("0.1")}],
    )
    headers = {"Content-Type": "application/json"}
    made = desk.post("/complaint/create", content=codec.dump_bytes(body), headers=headers)
    seen = complaint_detail(desk, made.json()["id"])
    assert seen["refund"] == {
        "country": "CZ",
        "bankAccount": "2900112233/2010",
        "variableSymbol": "26000412",
    }
    assert seen["items"] == [{"id": 9001, "label": "Lamp", "quantity": 1, "price": Decimal("0.1")}]


def test_all_sixteen_fields_are_taken(desk: httpx.Client, sandbox: RunningSandbox) -> None:
    """The page's 16 fields, nothing left over; detail shows the claim only behind the knob."""
    sandbox.control.knobs(unknown_fields="reject")
    body = complaint(
        orderNumber="26000412",
        email="eva@example.org",
        phone="+420 602118334",
        price=1290,
        currency="CZK",
        refundCountry="CZ",
        refundBankAccount="2900112233/2010",
        refundVariableSymbol="26000412",
        branch="brno-stred",
        resolutionMethodCode="repair",
        dueDate="2026-10-20T00:00:00.000Z",
        items=[{"orderItemId": f"{HASH}_7001", "label": "Lamp", "quantity": 1, "price": 1290}],
    )
    assert len(body) == 16
    identity = desk.post("/complaint/create", json=body).json()["id"]
    assert "price" not in complaint_detail(desk, identity)
    sandbox.control.knobs(include_claim=True)
    seen = complaint_detail(desk, identity)
    assert (seen["price"], seen["currency"], seen["orderHash"]) == (1290, "CZK", HASH)
    assert (seen["branch"], seen["resolutionMethodCode"]) == ("brno-stred", "repair")
    (staff,) = sandbox.control.complaints(HASH)
    items: Any = staff["items"]
    assert items[0]["order_item"] == f"{HASH}_7001"


def test_a_currency_may_be_named_by_its_number(desk: httpx.Client, sandbox: RunningSandbox) -> None:
    """The inferred twin of currency takes the organisation's numbers and no others."""
    identity = file_complaint(desk, price=1, currencyId=2, branchId=4)
    seen = {one["id"]: one for one in sandbox.control.complaints()}[identity]
    assert (seen["currency"], seen["branch"]) == ("EUR", "4")
    answer = desk.post("/complaint/create", json=complaint(currencyId=9))
    assert error_code(answer) == (422, "INTERNAL_VALIDATION_FAILED")


def test_resolution_methods_may_be_closed(desk: httpx.Client, sandbox: RunningSandbox) -> None:
    """With codes configured an unknown one is refused."""
    file_complaint(desk, resolutionMethodCode="anything")
    sandbox.control.knobs(resolution_methods=["repair"])
    file_complaint(desk, resolutionMethodCode="repair")
    answer = desk.post("/complaint/create", json=complaint(resolutionMethodCode="anything"))
    assert error_code(answer) == (422, "INTERNAL_VALIDATION_FAILED")


def test_an_inactive_variant_takes_no_new_case(desk: httpx.Client, sandbox: RunningSandbox) -> None:
    """Its old cases stay readable."""
    identity = file_complaint(desk)
    sandbox.control.knobs(variants=["vraceni"], inactive_variants=["reklamace"])
    answer = desk.post("/complaint/create", json=complaint())
    assert error_code(answer) == (422, "INTERNAL_VALIDATION_FAILED")
    assert complaint_detail(desk, identity)["variant"] == {
        "id": 2,
        "code": "reklamace",
        "label": "Vada zboží",
    }


@pytest.mark.parametrize("missing", ["variantCode", "description", "customerName"])
def test_a_missing_field_is_a_422_of_the_framework(desk: httpx.Client, missing: str) -> None:
    """A body without a required field is refused with the validation body."""
    body = complaint()
    del body[missing]
    answer = desk.post("/complaint/create", json=body)
    assert answer.status_code == 422
    assert answer.json()["type"] == "validation"
    assert answer.json()["property"] == f"/{missing}"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("description", 5),
        ("email", None),
        ("price", "1290"),
        ("orderHash", "short"),
        ("refundCountry", "CZE"),
        ("dueDate", "tomorrow"),
        ("items", {"label": "Lamp"}),
        ("items", [{"price": "1"}]),
        ("currency", "Kč"),
    ],
)
def test_an_ill_typed_field_is_a_422(desk: httpx.Client, name: str, value: object) -> None:
    """Types, lengths and dates are checked, and null isn't taken for absence."""
    answer = desk.post("/complaint/create", json=complaint(**{name: value}))
    assert answer.status_code == 422
    assert answer.json()["property"].startswith(f"/{name}")


@pytest.mark.parametrize("changes", [{"variantCode": "oprava"}, {"orderHash": "x" * 32}])
def test_an_unknown_variant_or_order_is_refused_by_the_vendor(
    desk: httpx.Client, sandbox: RunningSandbox, changes: dict[str, object]
) -> None:
    """What the schema can't know answers INTERNAL_VALIDATION_FAILED, its status is a knob."""
    assert error_code(desk.post("/complaint/create", json=complaint(**changes))) == (
        422,
        "INTERNAL_VALIDATION_FAILED",
    )
    sandbox.control.knobs(validation_failed_status=500)
    assert desk.post("/complaint/create", json=complaint(**changes)).status_code == 500


def test_extra_fields_are_ignored_until_the_knob_says_otherwise(
    desk: httpx.Client, sandbox: RunningSandbox
) -> None:
    """An undocumented member is dropped by default and refused behind the knob."""
    file_complaint(desk, colour="red")
    sandbox.control.knobs(unknown_fields="reject")
    assert desk.post("/complaint/create", json=complaint(colour="red")).status_code == 422


def test_a_body_that_is_no_json_is_refused(desk: httpx.Client) -> None:
    """Broken JSON answers 400, a form 422, and neither files anything."""
    headers = {"Content-Type": "application/json"}
    assert desk.post("/complaint/create", content=b'{"a":', headers=headers).status_code == 400
    assert desk.post("/complaint/create", data={"description": "x"}).status_code == 422
    assert desk.post("/complaint/create", content=b"[]", headers=headers).status_code == 422


def test_only_the_hash_links(desk: httpx.Client, sandbox: RunningSandbox) -> None:
    """An order number alone is a label; it may be anything and links nothing."""
    complaint_id = file_complaint(desk, orderNumber="EXT-1")
    assert complaint_detail(desk, complaint_id)["orderNumber"] == "EXT-1"
    body = complaint(orderNumber="26000412")
    del body["orderHash"]
    unlinked = desk.post("/complaint/create", json=body).json()["id"]
    linked = sandbox.control.complaints(HASH)
    assert [seen["id"] for seen in linked] == [complaint_id]
    assert unlinked in {seen["id"] for seen in sandbox.control.complaints()}


def test_the_same_filing_twice_is_two_complaints_and_one_duplicate(
    desk: httpx.Client, sandbox: RunningSandbox
) -> None:
    """The host isn't idempotent; the sandbox counts what that cost, by order and text."""
    first, second = file_complaint(desk), file_complaint(desk)
    file_complaint(desk, description="another text")
    assert first != second
    assert sandbox.control.duplicates() == {"bizkithub": 1, "zenki": 0}


def test_what_staff_file_is_no_duplicate(desk: httpx.Client, sandbox: RunningSandbox) -> None:
    """A complaint of the desk's people counts for nothing and can be read by its id."""
    text = str(complaint()["description"])
    staff = sandbox.control.file_complaint(
        variant="vraceni", description=text, customer_name="Eva", at=NOW, order_hash=HASH
    )
    file_complaint(desk)
    assert sandbox.control.duplicates()["bizkithub"] == 0
    assert complaint_detail(desk, staff)["variant"] == {
        "id": 2,
        "code": "vraceni",
        "label": "Vrácení zboží",
    }
    by = [(seen["id"], seen["created_by"]) for seen in sandbox.control.complaints(HASH)]
    assert by[0] == (staff, "staff")
    assert by[1][1] == "api"
