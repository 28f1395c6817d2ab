"""BizKitHub complaints: detail, set-status, and what staff do beside them."""

from __future__ import annotations

import httpx
import pytest

from tests.providers.sandbox.people import (
    HASH,
    NOW,
    complaint_detail,
    error_code,
    file_complaint,
)
from tests.sandbox import RunningSandbox


def test_a_new_complaint_reads_as_documented(desk: httpx.Client) -> None:
    """A filed complaint shows every documented member, is new and has one event."""
    complaint_id = file_complaint(desk, email="eva@example.org", phone="+420 602118334")
    assert len(complaint_id) == 16
    assert complaint_detail(desk, complaint_id) == {
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
    complaint_id = file_complaint(desk)
    answer = desk.post(
        "/complaint/set-status", json={"complaintId": complaint_id, "status": status}
    )
    assert answer.json() == {"success": True}
    seen = complaint_detail(desk, complaint_id)
    assert (seen["status"], seen["isResolved"]) == (status, resolved)
    events = seen["events"]
    assert isinstance(events, list)
    assert [(event["id"], event["status"]) for event in events] == [(1, "new"), (2, status)]


def test_leaving_a_resolved_status_removes_the_flag(
    desk: httpx.Client, sandbox: RunningSandbox
) -> None:
    """Staff may re-open; the flag and its date go."""
    complaint_id = file_complaint(desk)
    sandbox.control.knobs(include_dates=True)
    sandbox.control.set_complaint_status(complaint_id, "closed", NOW, "done")
    assert complaint_detail(desk, complaint_id)["resolvedDate"] == "2026-09-21T08:00:00.000Z"
    sandbox.control.set_complaint_status(complaint_id, "open", NOW)
    seen = complaint_detail(desk, complaint_id)
    assert (seen["isResolved"], seen["resolvedDate"]) == (False, None)


def test_a_message_of_staff_shows_in_the_timeline(
    desk: httpx.Client, sandbox: RunningSandbox
) -> None:
    """Staff's note is shared with the customer; set-status itself carries none."""
    complaint_id = file_complaint(desk)
    sandbox.control.set_complaint_status(complaint_id, "wait", NOW, "We need it for inspection.")
    events = complaint_detail(desk, complaint_id)["events"]
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
    body = {"complaintId": file_complaint(desk), "status": "resolved"}
    assert desk.post("/complaint/set-status", json=body).status_code == 422
    unknown = {"complaintId": "nobody", "status": "open"}
    assert error_code(desk.post("/complaint/set-status", json=unknown)) == (
        404,
        "INTERNAL_RESOURCE_NOT_FOUND",
    )


def test_the_knobs_of_status_changes(desk: httpx.Client, sandbox: RunningSandbox) -> None:
    """Reject may set the flag, and unusual transitions may be refused."""
    complaint_id = file_complaint(desk)
    sandbox.control.knobs(reject_sets_flag=True, strict_transitions=True)
    rejected = {"complaintId": complaint_id, "status": "reject"}
    assert desk.post("/complaint/set-status", json=rejected).status_code == 200
    assert complaint_detail(desk, complaint_id)["isResolved"] is True
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


def test_staff_see_open_complaints_alone_when_they_ask(
    desk: httpx.Client, sandbox: RunningSandbox
) -> None:
    """The open filter leaves decided complaints out."""
    waiting, decided = file_complaint(desk), file_complaint(desk, description="other")
    sandbox.control.set_complaint_status(decided, "reject", NOW)
    listed = sandbox.control.complaints(HASH, only_open=True)
    assert [seen["id"] for seen in listed] == [waiting]


def test_staff_edit_bank_data_and_note_satisfaction(
    desk: httpx.Client, sandbox: RunningSandbox
) -> None:
    """Edits show in detail with an event; satisfaction needs a resolved case."""
    complaint_id = file_complaint(desk)
    sandbox.control.edit_complaint(complaint_id, NOW, refund_account="2900112233/2010")
    sandbox.control.set_complaint_status(complaint_id, "resolve", NOW)
    sandbox.control.edit_complaint(complaint_id, NOW, score=9, score_message="thanks")
    seen = complaint_detail(desk, complaint_id)
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
    complaint_id = file_complaint(desk)
    before = complaint_detail(desk, complaint_id)
    sandbox.control.edit_complaint(complaint_id, NOW, description="other words", silent=True)
    assert complaint_detail(desk, complaint_id) == before | {"description": "other words"}


def test_staff_write_into_the_timeline(desk: httpx.Client, sandbox: RunningSandbox) -> None:
    """A note has a subject, is shared or not, and changes no status."""
    complaint_id = file_complaint(desk)
    sandbox.control.note_on_complaint(complaint_id, "Called", NOW, message="no answer", share=False)
    events = complaint_detail(desk, complaint_id)["events"]
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
    for complaint_id in (file_complaint(desk), file_complaint(desk, description="other")):
        events = complaint_detail(desk, complaint_id)["events"]
        assert isinstance(events, list)
        ids += [event["id"] for event in events]
    assert len(set(ids)) == 2
