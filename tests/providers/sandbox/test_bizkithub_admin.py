"""BizKitHub's admin backend: a session opens its complaint create, a key doesn't."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from providers.sandbox.config import DEMO_KEY, DEMO_SESSION
from tests.providers.sandbox.people import HASH, NOW, complaint, error_code, order, read
from tests.sandbox import RunningSandbox

PATH = "/bff/complaint/create"
FULL: dict[str, object] = {
    "variantCode": "vraceni",
    "orderId": 5001,
    "orderNumber": "26000412",
    "description": "Returned unopened within 14 days.",
    "customerName": "Eva Horáková",
    "email": "eva@example.org",
    "phone": "+420 602118334",
    "price": 1290,
    "currencyId": 1,
    "refundCountry": "CZ",
    "refundBankAccount": "2900112233/2010",
    "refundVariableSymbol": "26000412",
    "branchId": 2,
    "serviceId": 7,
    "resolutionMethodCode": "repair",
    "dueDate": "2026-10-20T00:00:00.000Z",
    "items": [
        {
            "orderItemId": 7001,
            "label": "Desk lamp, oak",
            "quantity": 1,
            "price": 1290,
            "currencyId": 1,
        }
    ],
}


@pytest.fixture
def admin(sandbox: RunningSandbox) -> Iterator[httpx.Client]:
    """A signed-in browser; the order HASH is there as number 5001 with the line 7001."""
    sandbox.control.clock(NOW)
    sandbox.control.place_order(order(HASH))
    with httpx.Client(
        base_url=f"{sandbox.url}/bizkithub", cookies={"session": DEMO_SESSION}
    ) as client:
        yield client


def test_all_seventeen_fields_are_taken(admin: httpx.Client, sandbox: RunningSandbox) -> None:
    """The answer has the documented shape with an id of 8 characters; the public detail has it."""
    assert (len(FULL), sandbox.control.desk_order(HASH)["internal_id"]) == (17, 5001)
    sandbox.control.knobs(unknown_fields="reject")
    made = read(admin.post(PATH, json=FULL))
    identity = str(made["id"])
    assert (made["success"], len(identity)) == (True, 8)
    query = {"apiKey": DEMO_KEY, "id": identity}
    seen: Any = read(admin.get("/api/v1/shop/complaint/detail", params=query))
    assert (seen["status"], seen["orderNumber"]) == ("new", "26000412")
    assert seen["refund"]["bankAccount"] == "2900112233/2010"
    assert [event["status"] for event in seen["events"]] == ["new"]
    (staff,) = sandbox.control.complaints(HASH)
    assert (staff["id"], staff["currency"], staff["service"]) == (identity, "CZK", "7")


@pytest.mark.parametrize("name", FULL)
def test_each_field_is_held_to_its_type(admin: httpx.Client, name: str) -> None:
    """Null, an object, a list of a list and, for numbers, a string are refused by name."""
    wrong: list[object] = [None, {}, [[]]]
    for value in wrong:
        answer = admin.post(PATH, json=FULL | {name: value})
        assert answer.status_code == 422
        assert answer.json()["property"].startswith(f"/{name}")
    if isinstance(FULL[name], int):
        assert admin.post(PATH, json=FULL | {name: str(FULL[name])}).status_code == 422


@pytest.mark.parametrize("missing", ["variantCode", "description", "customerName"])
def test_three_fields_are_required(admin: httpx.Client, missing: str) -> None:
    """Everything else may be left out."""
    body = {name: FULL[name] for name in ("variantCode", "description", "customerName")}
    assert admin.post(PATH, json=body).status_code == 200
    del body[missing]
    assert admin.post(PATH, json=body).json()["property"] == f"/{missing}"


@pytest.mark.parametrize(
    "change",
    [
        {"variantCode": "oprava"},
        {"orderId": 1},
        {"currencyId": 9},
        {"items": [{"orderItemId": 1}]},
        {"items": [{"currencyId": 9}]},
    ],
)
def test_what_the_organisation_has_not_is_refused(
    admin: httpx.Client, change: dict[str, object]
) -> None:
    """Unknown variants, orders, lines and currencies are the vendor's validation error."""
    answer = admin.post(PATH, json=FULL | change)
    assert error_code(answer) == (422, "INTERNAL_VALIDATION_FAILED")


def test_the_public_spellings_are_unknown_here(
    admin: httpx.Client, sandbox: RunningSandbox
) -> None:
    """The hash links nothing; behind the knob it is refused."""
    admin.post(PATH, json=complaint())
    assert sandbox.control.complaints(HASH) == []
    sandbox.control.knobs(unknown_fields="reject")
    assert admin.post(PATH, json=complaint()).json()["property"] == "/orderHash"


def test_filing_twice_counts_across_both_creates(
    admin: httpx.Client, sandbox: RunningSandbox
) -> None:
    """The same order and text, once over the admin and once over the public call."""
    admin.post(PATH, json=FULL)
    again = complaint(description=FULL["description"])
    admin.post("/api/v1/shop/complaint/create", params={"apiKey": DEMO_KEY}, json=again)
    assert sandbox.control.duplicates()["bizkithub"] == 1


@pytest.mark.parametrize(
    ("cookies", "headers"),
    [
        ({}, {}),
        ({"session": "stolen"}, {}),
        ({"other": DEMO_SESSION}, {}),
        ({}, {"Authorization": f"Bearer {DEMO_KEY}"}),
    ],
)
def test_without_a_session_nobody_is_let_in(
    sandbox: RunningSandbox, cookies: dict[str, str], headers: dict[str, str]
) -> None:
    """No cookie, a wrong one or an API key: all the same 401, on every admin path."""
    with httpx.Client(cookies=cookies, headers=headers, params={"apiKey": DEMO_KEY}) as client:
        for path in (PATH, "/bff/order/list"):
            answer = client.post(f"{sandbox.url}/bizkithub{path}", json=FULL)
            assert error_code(answer) == (401, "INTERNAL_USER_MUST_BE_AUTHORIZED")


def test_a_key_may_be_let_in(sandbox: RunningSandbox, admin: httpx.Client) -> None:
    """Behind the knob a good key opens the one call that is played, and no other."""
    sandbox.control.knobs(bff_accepts_bearer=True)
    admin.cookies.clear()
    headers = {"Authorization": f"Bearer {DEMO_KEY}"}
    assert admin.post(PATH, json=FULL, headers=headers).status_code == 200
    assert admin.post("/bff/complaint/update", json={}, headers=headers).status_code == 404
    headers = {"Authorization": "Bearer " + "DEV_" + "1" * 28}
    assert admin.post(PATH, json=FULL, headers=headers).status_code == 401


def test_other_admin_calls_are_not_there(admin: httpx.Client) -> None:
    """Also for those who are signed in."""
    for path in ("/bff/complaint/set-status", "/bff/order/list", "/bff/"):
        assert admin.post(path, json={}).status_code == 404
    assert admin.get(PATH).status_code == 404


@pytest.mark.parametrize(
    ("how", "status", "kind"),
    [
        ("session_expired", 401, "application/json"),
        ("404", 404, "text/plain; charset=utf-8"),
        ("html", 200, "text/html; charset=utf-8"),
        ("redirect", 302, "text/plain; charset=utf-8"),
    ],
)
def test_a_refusal_has_many_faces(
    sandbox: RunningSandbox, how: str, status: int, kind: str
) -> None:
    """A bare error, nothing, a sign-in page or the way to it, as a signed-out browser may meet."""
    sandbox.control.knobs(bff_refusal=how)
    answer = httpx.post(f"{sandbox.url}/bizkithub{PATH}", json=FULL)
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, kind)
    assert (answer.text == '{"error":"SESSION_EXPIRED"}') == (how == "session_expired")
    assert answer.headers.get("Location") == ("/login" if how == "redirect" else None)
    assert sandbox.control.complaints() == []
