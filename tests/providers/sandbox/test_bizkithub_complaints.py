"""BizKitHub complaints: create, detail, set-status, and what staff do beside them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import httpx
import pytest

from providers.sandbox import codec
from tests.providers.sandbox.people import HASH, NOW, complaint, error_code, read
from tests.sandbox import RunningSandbox


def file(desk: httpx.Client, **changes: object) -> str:
    """File a complaint over the API; returns its id."""
    answer = desk.post("/complaint/create", json=complaint(**changes))
    assert answer.status_code == 200, answer.text
    document = answer.json()
    assert document["success"] is True
    return str(document["id"])


def detail(desk: httpx.Client, complaint_id: str) -> dict[str, object]:
    """Read a complaint over the API."""
    return read(desk.get("/complaint/detail", params={"id": complaint_id}))


def test_a_new_complaint_reads_as_documented(desk: httpx.Client) -> None:
    """A filed complaint shows every documented member, is new and has one event."""
    complaint_id = file(desk, email="eva@example.org", phone="+420 602118334")
    assert len(complaint_id) == 16
    assert detail(desk, complaint_id) == {
        "exist": True,
        "id": complaint_id,
        "orderNumber": "26000412",
        "variant": {"id": 1, "code": "reklamace", "label": "Vada zboží"},
        "status": "new",
        "isResolved": False,
        "description": "The lamp flickers and the base is cracked.",
        "customerName": "Eva Horáková",
        "email": "eva@example.org",
        "phone": "+420 602118334",
        "refund": {"country": None, "bankAccount": None, "variableSymbol": None},
        "satisfaction": {"score": None, "message": None},
        "items": [],
        "events": [
            {
                "id": 1,
                "status": "new",
                "shareWithCustomer": False,
                "subject": "Created",
                "message": "",
            }
        ],
    }


@pytest.mark.parametrize(
    "text",
    ["ends with blanks  \t", "one\r\ntwo\n\r", "sad 😞 نص \u200b", '"quoted\\"', "\u0001", ""],
)
def test_a_description_comes_back_as_it_was_sent(desk: httpx.Client, text: str) -> None:
    """Blanks, line ends, emoji and control characters of a description survive."""
    assert detail(desk, file(desk, description=text))["description"] == text


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
    seen = detail(desk, made.json()["id"])
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
    assert "price" not in detail(desk, identity)
    sandbox.control.knobs(include_claim=True)
    seen = detail(desk, identity)
    assert (seen["price"], seen["currency"], seen["orderHash"]) == (1290, "CZK", HASH)
    assert (seen["branch"], seen["resolutionMethodCode"]) == ("brno-stred", "repair")
    (staff,) = sandbox.control.complaints(HASH)
    items: Any = staff["items"]
    assert items[0]["order_item"] == f"{HASH}_7001"


def test_a_currency_may_be_named_by_its_number(desk: httpx.Client, sandbox: RunningSandbox) -> None:
    """The inferred twin of currency takes the organisation's numbers and no others."""
    identity = file(desk, price=1, currencyId=2, branchId=4)
    seen = {one["id"]: one for one in sandbox.control.complaints()}[identity]
    assert (seen["currency"], seen["branch"]) == ("EUR", "4")
    answer = desk.post("/complaint/create", json=complaint(currencyId=9))
    assert error_code(answer) == (422, "INTERNAL_VALIDATION_FAILED")


def test_resolution_methods_may_be_closed(desk: httpx.Client, sandbox: RunningSandbox) -> None:
    """With codes configured an unknown one is refused."""
    file(desk, resolutionMethodCode="anything")
    sandbox.control.knobs(resolution_methods=["repair"])
    file(desk, resolutionMethodCode="repair")
    answer = desk.post("/complaint/create", json=complaint(resolutionMethodCode="anything"))
    assert error_code(answer) == (422, "INTERNAL_VALIDATION_FAILED")


def test_an_inactive_variant_takes_no_new_case(desk: httpx.Client, sandbox: RunningSandbox) -> None:
    """Its old cases stay readable."""
    identity = file(desk)
    sandbox.control.knobs(variants=["vraceni"], inactive_variants=["reklamace"])
    answer = desk.post("/complaint/create", json=complaint())
    assert error_code(answer) == (422, "INTERNAL_VALIDATION_FAILED")
    assert detail(desk, identity)["variant"] == {
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
    file(desk, colour="red")
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
    complaint_id = file(desk, orderNumber="EXT-1")
    assert detail(desk, complaint_id)["orderNumber"] == "EXT-1"
    body = complaint(orderNumber="26000412")
    del body["orderHash"]
    unlinked = desk.post("/complaint/create", json=body).json()["id"]
    linked = sandbox.control.complaints(HASH)
    assert [seen["id"] for seen in linked] == [complaint_id]
    assert unlinked in {seen["id"] for seen in sandbox.control.complaints()}


@pytest.mark.parametrize(
    ("status", "resolved"),
    [
        ("new", False),
        ("open", False),
        ("wait", False),
        ("resolve", True),
        ("reject", False),
        ("closed", True),
    ],
)
def test_each_status_sets_the_flag_as_documented(
    desk: httpx.Client, status: str, *, resolved: bool
) -> None:
    """Only resolve and closed mark a complaint resolved; every change adds an event."""
    complaint_id = file(desk)
    answer = desk.post(
        "/complaint/set-status", json={"complaintId": complaint_id, "status": status}
    )
    assert answer.json() == {"success": True}
    seen = detail(desk, complaint_id)
    assert (seen["status"], seen["isResolved"]) == (status, resolved)
    events = seen["events"]
    assert isinstance(events, list)
    assert [(event["id"], event["status"]) for event in events] == [(1, "new"), (2, status)]


def test_leaving_a_resolved_status_removes_the_flag(
    desk: httpx.Client, sandbox: RunningSandbox
) -> None:
    """Staff may re-open; the flag and its date go."""
    complaint_id = file(desk)
    sandbox.control.knobs(include_dates=True)
    sandbox.control.set_complaint_status(complaint_id, "closed", NOW, "done")
    assert detail(desk, complaint_id)["resolvedDate"] == "2026-09-21T08:00:00.000Z"
    sandbox.control.set_complaint_status(complaint_id, "open", NOW)
    seen = detail(desk, complaint_id)
    assert (seen["isResolved"], seen["resolvedDate"]) == (False, None)


def test_a_message_of_staff_shows_in_the_timeline(
    desk: httpx.Client, sandbox: RunningSandbox
) -> None:
    """Staff's note is shared with the customer; set-status itself carries none."""
    complaint_id = file(desk)
    sandbox.control.set_complaint_status(complaint_id, "wait", NOW, "We need it for inspection.")
    events = detail(desk, complaint_id)["events"]
    assert isinstance(events, list)
    assert events[-1] == {
        "id": 2,
        "status": "wait",
        "shareWithCustomer": True,
        "subject": "Status changed",
        "message": "We need it for inspection.",
    }


def test_a_status_outside_the_list_is_a_422(desk: httpx.Client) -> None:
    """An unknown status word is refused by the schema, an unknown complaint by the vendor."""
    body = {"complaintId": file(desk), "status": "resolved"}
    assert desk.post("/complaint/set-status", json=body).status_code == 422
    unknown = {"complaintId": "nobody", "status": "open"}
    assert error_code(desk.post("/complaint/set-status", json=unknown)) == (
        404,
        "INTERNAL_RESOURCE_NOT_FOUND",
    )


def test_the_knobs_of_status_changes(desk: httpx.Client, sandbox: RunningSandbox) -> None:
    """Reject may set the flag, and unusual transitions may be refused."""
    complaint_id = file(desk)
    sandbox.control.knobs(reject_sets_flag=True, strict_transitions=True)
    rejected = {"complaintId": complaint_id, "status": "reject"}
    assert desk.post("/complaint/set-status", json=rejected).status_code == 200
    assert detail(desk, complaint_id)["isResolved"] is True
    reopened = {"complaintId": complaint_id, "status": "new"}
    assert desk.post("/complaint/set-status", json=reopened).status_code == 422


def test_a_missing_complaint_does_not_exist(desk: httpx.Client, sandbox: RunningSandbox) -> None:
    """An unknown id answers 200 with exist false, or 404 behind the knob."""
    answer = desk.get("/complaint/detail", params={"id": "nobody"})
    assert (answer.status_code, answer.json()) == (200, {"exist": False})
    sandbox.control.knobs(missing_complaint="404")
    answer = desk.get("/complaint/detail", params={"id": "nobody"})
    assert error_code(answer) == (404, "INTERNAL_RESOURCE_NOT_FOUND")
    assert desk.get("/complaint/detail").status_code == 422


def test_the_same_filing_twice_is_two_complaints_and_one_duplicate(
    desk: httpx.Client, sandbox: RunningSandbox
) -> None:
    """The host isn't idempotent; the sandbox counts what that cost, by order and text."""
    first, second = file(desk), file(desk)
    file(desk, description="another text")
    assert first != second
    assert sandbox.control.duplicates() == {"bizkithub": 1, "zenki": 0}


def test_what_staff_file_is_no_duplicate(desk: httpx.Client, sandbox: RunningSandbox) -> None:
    """A complaint of the desk's people counts for nothing and can be read by its id."""
    text = str(complaint()["description"])
    staff = sandbox.control.file_complaint(
        variant="vraceni", description=text, customer_name="Eva", at=NOW, order_hash=HASH
    )
    file(desk)
    assert sandbox.control.duplicates()["bizkithub"] == 0
    assert detail(desk, staff)["variant"] == {
        "id": 2,
        "code": "vraceni",
        "label": "Vrácení zboží",
    }
    by = [(seen["id"], seen["created_by"]) for seen in sandbox.control.complaints(HASH)]
    assert by[0] == (staff, "staff")
    assert by[1][1] == "api"


def test_staff_see_open_complaints_alone_when_they_ask(
    desk: httpx.Client, sandbox: RunningSandbox
) -> None:
    """The open filter leaves decided complaints out."""
    waiting, decided = file(desk), file(desk, description="other")
    sandbox.control.set_complaint_status(decided, "reject", NOW)
    listed = sandbox.control.complaints(HASH, only_open=True)
    assert [seen["id"] for seen in listed] == [waiting]


def test_staff_edit_bank_data_and_note_satisfaction(
    desk: httpx.Client, sandbox: RunningSandbox
) -> None:
    """Edits show in detail with an event; satisfaction needs a resolved case."""
    complaint_id = file(desk)
    sandbox.control.edit_complaint(complaint_id, NOW, refund_account="2900112233/2010")
    sandbox.control.set_complaint_status(complaint_id, "resolve", NOW)
    sandbox.control.edit_complaint(complaint_id, NOW, score=9, score_message="thanks")
    seen = detail(desk, complaint_id)
    assert seen["satisfaction"] == {"score": 9, "message": "thanks"}
    assert seen["refund"] == {
        "country": None,
        "bankAccount": "2900112233/2010",
        "variableSymbol": None,
    }
    assert isinstance(seen["events"], list)
    assert len(seen["events"]) == 4


def test_a_silent_edit_leaves_no_trace(desk: httpx.Client, sandbox: RunningSandbox) -> None:
    """The text changes under the reader's eyes while the timeline stays as it is."""
    complaint_id = file(desk)
    before = detail(desk, complaint_id)
    sandbox.control.edit_complaint(complaint_id, NOW, description="other words", silent=True)
    assert detail(desk, complaint_id) == before | {"description": "other words"}


def test_staff_write_into_the_timeline(desk: httpx.Client, sandbox: RunningSandbox) -> None:
    """A note has a subject, is shared or not, and changes no status."""
    complaint_id = file(desk)
    sandbox.control.note_on_complaint(complaint_id, "Called", NOW, message="no answer", share=False)
    events = detail(desk, complaint_id)["events"]
    assert isinstance(events, list)
    assert events[-1] == {
        "id": 2,
        "status": "new",
        "shareWithCustomer": False,
        "subject": "Called",
        "message": "no answer",
    }


def test_event_ids_may_count_over_the_account(desk: httpx.Client, sandbox: RunningSandbox) -> None:
    """Behind the knob no two complaints share an event id."""
    sandbox.control.knobs(event_ids="account")
    ids = []
    for complaint_id in (file(desk), file(desk, description="other")):
        events = detail(desk, complaint_id)["events"]
        assert isinstance(events, list)
        ids += [event["id"] for event in events]
    assert len(set(ids)) == 2
