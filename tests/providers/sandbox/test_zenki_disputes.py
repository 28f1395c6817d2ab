"""Zenki disputes: the one call that opens them, and how staff end them."""

from __future__ import annotations

import hashlib
import re
from typing import Any

import httpx
import pytest

from providers.sandbox.client import ControlRefused
from tests.providers.sandbox.people import JSON, NOW, ORDER, PNG, booking
from tests.sandbox import RunningSandbox

URL = "/v1/api/disputes"
Part = tuple[str, tuple[str | None, str | bytes] | tuple[str, bytes, str]]


def form(order_id: str = ORDER, *more: Part) -> list[Part]:
    """The documented parts of a dispute."""
    return [
        ("orderId", (None, order_id)),
        ("title", (None, "Parcel never arrived")),
        ("description", (None, "Courier shows no scan since 3 May. 📦")),
        *more,
    ]


def order(portal: httpx.Client, order_id: str = ORDER) -> Any:
    """Read an order."""
    return portal.get(f"/v1/pay/orders/{order_id}", headers=JSON).json()


def test_a_dispute_opens_as_documented(portal: httpx.Client, sandbox: RunningSandbox) -> None:
    """The answer has exactly the documented members; the order shows an open dispute."""
    answer = portal.post(URL, files=form(ORDER, ("attachments", ("proof.png", PNG, "image/png"))))
    assert answer.status_code == 200
    document = answer.json()
    dispute_id = document["dispute"].pop("disputeId")
    assert re.fullmatch(r"cnv_[0-9a-z]{7}", dispute_id)
    assert document == {
        "orderId": ORDER,
        "status": "DISPUTED",
        "dispute": {"OrderDisputeEnum": "OPEN"},
    }
    seen = order(portal)
    assert (seen["status"], seen["dispute"]["status"]) == ("DISPUTED", "OPEN")
    assert dispute_id not in str(seen)
    staff: Any = sandbox.control.zenki_order(ORDER)["dispute"]
    assert (staff["id"], staff["created_by"]) == (dispute_id, "api")
    assert staff["description"] == "Courier shows no scan since 3 May. 📦"
    assert staff["attachments"] == [
        {
            "filename": "proof.png",
            "content_type": "image/png",
            "size": len(PNG),
            "sha256": hashlib.sha256(PNG).hexdigest(),
        }
    ]


def test_a_form_needs_no_file_and_may_have_several(
    portal: httpx.Client, sandbox: RunningSandbox
) -> None:
    """Attachments are optional and may repeat."""
    assert portal.post(URL, files=form()).status_code == 200
    sandbox.control.book_order(booking("b"))
    files: list[Part] = [("attachments", (f"{n}.gif", b"GIF89a", "image/gif")) for n in range(2)]
    assert portal.post(URL, files=form("b", *files)).status_code == 200
    staff: Any = sandbox.control.zenki_order("b")["dispute"]
    assert [file["filename"] for file in staff["attachments"]] == ["0.gif", "1.gif"]


def test_without_a_token_the_answer_is_bare_text(sandbox: RunningSandbox) -> None:
    """A 401 of the legacy call is the word Unauthorized."""
    answer = httpx.post(f"{sandbox.url}/zenki{URL}", files=form())
    assert (answer.status_code, answer.text) == (401, "Unauthorized")


@pytest.mark.parametrize("missing", ["orderId", "title", "description"])
def test_a_missing_part_is_a_400(portal: httpx.Client, missing: str) -> None:
    """Each text part is required, and blank counts as missing."""
    parts = [part for part in form() if part[0] != missing]
    for body in (parts, [*parts, (missing, (None, "  "))]):
        answer = portal.post(URL, files=body)
        assert answer.status_code == 400
        assert answer.json()["validationErrors"][0]["field"] == missing
    assert "dispute" not in order(portal)


@pytest.mark.parametrize(
    "parts",
    [
        form(ORDER, ("title", (None, "again"))),
        form(ORDER, ("attachments", (None, "no file"))),
        form(ORDER, ("attachments", ("proof.pdf", b"%PDF-1.7", "application/pdf"))),
        [*form()[:2], ("description", ("text.txt", b"a file", "text/plain"))],
    ],
)
def test_odd_parts_are_a_400(portal: httpx.Client, parts: list[Part]) -> None:
    """Repeated texts, texts in place of files, files in place of texts and other types fail."""
    assert portal.post(URL, files=parts).status_code == 400
    assert "dispute" not in order(portal)


def test_a_body_without_its_boundary_is_refused(portal: httpx.Client) -> None:
    """A form whose header names no boundary, or that is cut short, can't be read."""
    headers = {"Content-Type": "multipart/form-data"}
    assert portal.post(URL, content=b"--b\r\n", headers=headers).status_code == 400
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    cut = b'--b\r\nContent-Disposition: form-data; name="orderId"\r\n\r\n576'
    assert portal.post(URL, content=cut, headers=headers).status_code == 400
    assert portal.post(URL, data={"orderId": ORDER}).status_code == 415


def test_a_large_file_is_refused(portal: httpx.Client, sandbox: RunningSandbox) -> None:
    """Above the portal's limit the answer is 413, or 400 behind the knob."""
    large: Part = ("attachments", ("proof.png", PNG + b"\0" * 1_000_000, "image/png"))
    assert portal.post(URL, files=form(ORDER, large)).status_code == 413
    sandbox.control.knobs(attachment_too_large=400)
    assert portal.post(URL, files=form(ORDER, large)).status_code == 400


def test_json_is_taken_or_not(portal: httpx.Client, sandbox: RunningSandbox) -> None:
    """The plugins' JSON body is accepted by default and 415 behind the knob."""
    body = {"orderId": ORDER, "title": "Late", "description": "No parcel"}
    sandbox.control.knobs(dispute_json_body="415")
    assert portal.post(URL, json=body).status_code == 415
    sandbox.control.knobs(dispute_json_body="accept")
    assert portal.post(URL, json={"orderId": ORDER}).status_code == 400
    assert portal.post(URL, json=body).status_code == 200


@pytest.mark.parametrize(
    ("choice", "status", "counted"), [("409", 409, 0), ("400", 400, 0), ("same_id", 200, 0)]
)
def test_a_second_dispute_creates_nothing(
    portal: httpx.Client, sandbox: RunningSandbox, choice: str, status: int, counted: int
) -> None:
    """The documented host has one dispute for an order; how it says so is a knob."""
    sandbox.control.knobs(repeat_dispute=choice)
    first = portal.post(URL, files=form()).json()["dispute"]["disputeId"]
    second = portal.post(URL, files=form())
    assert second.status_code == status
    assert status != 200 or second.json()["dispute"]["disputeId"] == first
    assert sandbox.control.duplicates()["zenki"] == counted


def test_a_host_that_opens_twice_is_counted(portal: httpx.Client, sandbox: RunningSandbox) -> None:
    """Behind the knob a repeat opens a second dispute, which is a duplicate."""
    sandbox.control.knobs(repeat_dispute="create")
    for _ in range(2):
        assert portal.post(URL, files=form()).status_code == 200
    assert sandbox.control.duplicates()["zenki"] == 1


@pytest.mark.parametrize("status", ["PENDING", "AWAITING_PAYMENT", "SETTLED"])
def test_unpaid_and_settled_orders_are_not_disputed(
    portal: httpx.Client, sandbox: RunningSandbox, status: str
) -> None:
    """Neither over the API nor in the portal."""
    sandbox.control.book_order(booking("b", status))
    assert portal.post(URL, files=form("b")).status_code == 400
    with pytest.raises(ControlRefused, match="can't be disputed"):
        sandbox.control.open_dispute("b", "Late", "No parcel", NOW)


def test_a_completed_order_is_disputable_until_settled(
    portal: httpx.Client, sandbox: RunningSandbox
) -> None:
    """Completed orders may be disputed, unless the knob forbids it."""
    sandbox.control.book_order(booking("b", "COMPLETED"))
    sandbox.control.knobs(completed_allows_dispute=False)
    assert portal.post(URL, files=form("b")).status_code == 400
    sandbox.control.knobs(completed_allows_dispute=True)
    assert portal.post(URL, files=form("b")).status_code == 200


def test_an_unknown_order_is_404(portal: httpx.Client) -> None:
    """The merchant's own id is no Zenki id."""
    answer = portal.post(URL, files=form("WEB-10077"))
    assert (answer.status_code, answer.json()["errorCode"]) == (404, 404)


@pytest.mark.parametrize(
    ("decision", "order_status", "dispute_status"),
    [
        ("REFUND", "REFUNDED", "REFUND"),
        ("RESOLVED", "COMPLETED", "RESOLVED"),
        ("PENDING_SHOPPER_RETURN", "PENDING_SHOPPER_RETURN", "OPEN"),
    ],
)
def test_staff_decide(
    portal: httpx.Client,
    sandbox: RunningSandbox,
    decision: str,
    order_status: str,
    dispute_status: str,
) -> None:
    """Each decision moves the order and the dispute."""
    sandbox.control.open_dispute(ORDER, "Late", "No parcel", NOW)
    sandbox.control.resolve(ORDER, decision, NOW)
    seen = order(portal)
    assert (seen["status"], seen["dispute"]["status"]) == (order_status, dispute_status)


def test_asking_zenki_for_help_shows_on_the_open_dispute(
    portal: httpx.Client, sandbox: RunningSandbox
) -> None:
    """A portal request leaves the dispute open and adds its type and time."""
    sandbox.control.open_dispute(ORDER, "Late", "No parcel", NOW)
    sandbox.control.resolve(ORDER, "REQUEST_CONCILIATED", NOW)
    assert order(portal)["dispute"] == {
        "status": "OPEN",
        "createdAt": 1789977600000,
        "resolutionRequestType": "REQUEST_CONCILIATED",
        "resolutionRequestAt": 1789977600000,
    }


def test_there_must_be_something_to_decide(portal: httpx.Client, sandbox: RunningSandbox) -> None:
    """Staff can't decide a dispute that isn't open."""
    with pytest.raises(ControlRefused, match="no open dispute"):
        sandbox.control.resolve(ORDER, "RESOLVED", NOW)
    portal.post(URL, files=form())
    with pytest.raises(ControlRefused, match="already has a dispute"):
        sandbox.control.open_dispute(ORDER, "Late", "No parcel", NOW)
