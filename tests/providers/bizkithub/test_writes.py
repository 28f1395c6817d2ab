"""What the BizKitHub adapter sends, and what it makes of the answers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal

import httpx
import pytest

from complaints.model import ExternalId, OrderKey, OrderSpace, PushKind, Result, Status
from complaints.ports import NeedsHuman, Rejected, Transient
from providers.bizkithub import BizKitHub
from providers.bizkithub.adapter import canonical_phone
from providers.bizkithub.wire import OrderHash
from tests.providers.bizkithub.samples import (
    COMPLAINT,
    CREATE,
    DETAIL,
    HASH,
    KEY,
    ORDER_DETAIL,
    SET_STATUS,
    complaint,
    desk,
    order,
    refusal,
)
from tests.providers.wire import NOW, Script, answer, intend, observe

KEYS = (
    OrderKey(space=OrderSpace.HASH, value=HASH),
    OrderKey(space=OrderSpace.NUMBER, value="26000412"),
    OrderKey(space=OrderSpace.PAYMENT, value="z1"),
)
CLAIM = {
    "text": "Line one.\r\n  Line two.  ",
    "category": "product",
    "name": "Eva Horáková",
    "email": "eva@example.org",
    "phone": "+420 602 118 334",
    "amount": Decimal("1290.50"),
    "currency": "CZK",
}


def test_a_complaint_is_filed_with_the_documented_fields_only() -> None:
    """Six public fields; the customer's text stands unchanged before our footer."""
    script = Script([answer(success=True, id="k3v9x2ab")])
    receipt = desk(script).push(intend(PushKind.CREATE, claim=CLAIM, order_keys=KEYS))

    assert (receipt.result, receipt.external_id) == (Result.DONE, "k3v9x2ab")
    assert script.calls == [("POST", CREATE)]
    assert script.requests[0].url.params["apiKey"] == KEY
    assert "authorization" not in script.requests[0].headers
    assert script.sent() == {
        "variantCode": "reklamace",
        "orderHash": HASH,
        "orderNumber": "26000412",
        "description": "Line one.\r\n  Line two.  \n\n[ref 40817]",
        "customerName": "Eva Horáková",
        "email": "eva@example.org",
    }


def test_an_organisation_may_take_more_fields() -> None:
    """Phone in the vendor's form, money as an exact number, times in UTC with Z."""
    script = Script([answer(success=True, id="a")])
    adapter = desk(
        script,
        send_phone=True,
        send_amount=True,
        send_due_date=True,
        variants={"product": "vraceni"},
        reference_footer=False,
    )
    due = datetime(2026, 10, 20, 8, tzinfo=UTC)
    adapter.push(intend(PushKind.CREATE, claim=CLAIM, order_keys=KEYS, due_at=due))

    sent = script.sent()
    assert sent["variantCode"] == "vraceni"
    assert sent["description"] == CLAIM["text"]
    assert sent["phone"] == "+420 602118334"
    assert (sent["price"], sent["currency"]) == (Decimal("1290.5"), "CZK")
    assert b'"price":1290.5' in script.requests[0].content
    assert sent["dueDate"] == "2026-10-20T08:00:00.000Z"


def test_a_complaint_without_words_name_or_order_is_filed_too() -> None:
    """The desk demands a name and a text; the receipt says that no order is linked."""
    script = Script([answer(success=True, id="a")])
    receipt = desk(script).push(intend(PushKind.CREATE))

    assert receipt.result is Result.DONE
    assert "not linked" in receipt.detail
    assert script.sent() == {
        "variantCode": "reklamace",
        "description": "(no description given)\n\n[ref 40817]",
        "customerName": "Customer",
    }


@pytest.mark.parametrize(
    ("mode", "query", "header"),
    [("query", True, False), ("bearer", False, True), ("both", True, True)],
)
def test_the_key_goes_where_the_settings_say(mode: str, query: bool, header: bool) -> None:  # noqa: FBT001 - a table
    """Never into the body, and on reads as well as on writes."""
    script = Script([answer(**complaint()), answer(success=True)])
    desk(script, auth_mode=mode).push(intend(PushKind.SET_STATUS, COMPLAINT, target=Status.OPEN))

    for request in script.requests:
        assert ("apiKey" in request.url.params) is query
        assert (request.headers.get("authorization") == f"Bearer {KEY}") is header
        assert KEY.encode() not in request.content


@pytest.mark.parametrize(
    ("step", "result"),
    [
        (answer(success=True, id="a"), Result.DONE),
        (answer(success=True, id=77), Result.DONE),
        (answer(success=True), Result.UNKNOWN),
        (answer(success=True, id=""), Result.UNKNOWN),
        (answer(id="a"), Result.UNKNOWN),
        (answer(success="true", id="a"), Result.UNKNOWN),
        (answer(success=False, id="a"), Result.UNKNOWN),
        (answer(), Result.UNKNOWN),
        (answer(success=False), Result.REFUSED),
        (answer(success=False, errorCode="E001"), Result.REFUSED),
        (refusal(422, "INTERNAL_VALIDATION_FAILED"), Result.REFUSED),
        (refusal(500, "INTERNAL_VALIDATION_FAILED"), Result.REFUSED),
        (refusal(500, "WHO_KNOWS"), Result.UNKNOWN),
        (httpx.Response(200, text="<html>"), Result.UNKNOWN),
        (httpx.Response(200, text='{"success":true,"id":"a'), Result.UNKNOWN),
        (httpx.Response(500), Result.UNKNOWN),
        (httpx.Response(503, headers={"retry-after": "5"}), Result.UNKNOWN),
        (httpx.ReadTimeout("x"), Result.UNKNOWN),
        (httpx.WriteError("x"), Result.UNKNOWN),
        (httpx.RemoteProtocolError("x"), Result.UNKNOWN),
    ],
)
def test_a_create_is_sent_once(step: httpx.Response | Exception, result: Result) -> None:
    """Done, refused, or unknown for ever: the desk has nothing to look a create up by."""
    script = Script([step])
    receipt = desk(script).push(intend(PushKind.CREATE, claim=CLAIM))

    assert receipt.result is result
    assert len(script.requests) == 1
    assert "@" not in receipt.detail


@pytest.mark.parametrize(
    "step",
    [
        httpx.ConnectError("x"),
        httpx.ConnectTimeout("x"),
        httpx.PoolTimeout("x"),
        httpx.Response(429, headers={"retry-after": "5"}),
        refusal(404, "PUBLIC_API_KEY_TOO_MANY_REQUEST"),
        httpx.Response(404, text="<html>"),
    ],
)
def test_a_create_that_surely_was_not_done_may_be_tried_again(
    step: httpx.Response | Exception,
) -> None:
    """Only these are Transient for a write that can't be repeated."""
    with pytest.raises(Transient):
        desk(Script([step])).push(intend(PushKind.CREATE, claim=CLAIM))


@pytest.mark.parametrize(
    "step",
    [
        refusal(404, "PUBLIC_API_KEY_HAS_BEEN_EXPIRED"),
        refusal(401, "PERMISSION_MEMBER_HAS_NO_PERMISSION"),
        httpx.Response(302, headers={"location": "/login"}),
        httpx.Response(401),
    ],
)
def test_a_bad_key_needs_a_person(step: httpx.Response) -> None:
    """On each call: the account is paused, and no complaint changes."""
    acts: list[Callable[[BizKitHub], object]] = [
        lambda adapter: adapter.fetch(ExternalId(COMPLAINT)),
        lambda adapter: adapter.push(intend(PushKind.CREATE, claim=CLAIM)),
        lambda adapter: adapter.push(intend(PushKind.SET_STATUS, COMPLAINT, target=Status.OPEN)),
        lambda adapter: adapter.ping(),
    ]
    for act in acts:
        copy = httpx.Response(step.status_code, headers=step.headers, content=step.content)
        with pytest.raises(NeedsHuman):
            act(desk(Script([copy])))


def test_an_amount_that_json_can_not_carry_is_not_sent() -> None:
    """Refused before the wire: another amount would be worse than none."""
    claim = {**CLAIM, "amount": Decimal("0.12345678901234567")}
    script = Script([])
    receipt = desk(script, send_amount=True).push(intend(PushKind.CREATE, claim=claim))

    assert receipt.result is Result.REFUSED
    assert script.requests == []


def test_a_status_is_set_after_a_look() -> None:
    """Read, then write, and the receipt names what is to be read back."""
    script = Script([answer(**complaint(status="open")), answer(success=True)])
    receipt = desk(script).push(intend(PushKind.SET_STATUS, COMPLAINT, target=Status.RESOLVED))

    assert (receipt.result, receipt.external_id) == (Result.DONE, COMPLAINT)
    assert script.calls == [("GET", DETAIL), ("POST", SET_STATUS)]
    assert script.requests[0].url.params["id"] == COMPLAINT
    assert script.sent() == {"complaintId": COMPLAINT, "status": "resolve"}


def test_a_status_is_not_set_when_staff_were_quicker() -> None:
    """What the desk says now must be weighed before anything is written."""
    script = Script([answer(**complaint(status="reject"))])
    seen = intend(PushKind.SET_STATUS, COMPLAINT, target=Status.RESOLVED, seen="open")

    assert desk(script).push(seen).result is Result.OVERTAKEN
    assert script.calls == [("GET", DETAIL)]


def test_a_status_is_set_when_nothing_moved() -> None:
    """Also when the desk's own word is longer than what we keep of it."""
    word = "x" * 70
    script = Script([answer(**complaint(status=word)), answer(success=True)])
    adapter = desk(script)
    (change,) = adapter.parse(observe("complaint", complaint(status=word), COMPLAINT))
    seen = intend(PushKind.SET_STATUS, COMPLAINT, target=Status.RESOLVED, seen=change.word)

    assert adapter.push(seen).result is Result.DONE


def test_a_status_that_is_there_is_not_set_again() -> None:
    """Each set-status adds an event, the same word twice as well."""
    script = Script([answer(**complaint(status="wait"))])
    receipt = desk(script).push(intend(PushKind.SET_STATUS, COMPLAINT, target=Status.WAITING))

    assert (receipt.result, receipt.external_id) == (Result.ALREADY, COMPLAINT)
    assert script.calls == [("GET", DETAIL)]


@pytest.mark.parametrize(
    "step",
    [
        answer(exist=False),
        refusal(404, "INTERNAL_RESOURCE_NOT_FOUND"),
        refusal(400, "WHO_KNOWS"),
    ],
)
def test_a_status_of_a_complaint_that_is_not_shown_is_refused(step: httpx.Response) -> None:
    """Nothing is written to what we can't see."""
    script = Script([step])
    receipt = desk(script).push(intend(PushKind.SET_STATUS, COMPLAINT, target=Status.OPEN))

    assert receipt.result is Result.REFUSED
    assert script.calls == [("GET", DETAIL)]


@pytest.mark.parametrize(
    "step",
    [
        httpx.ReadTimeout("x"),
        httpx.Response(500),
        httpx.Response(200, text="<html>"),
        httpx.ConnectError("x"),
    ],
)
def test_a_lost_set_status_may_be_repeated(step: httpx.Response | Exception) -> None:
    """The next try looks first, so nothing is doubled."""
    with pytest.raises(Transient):
        desk(Script([answer(**complaint()), step])).push(
            intend(PushKind.SET_STATUS, COMPLAINT, target=Status.OPEN)
        )


@pytest.mark.parametrize("document", [{}, {"success": False}, {"success": 1}, {"ok": True}])
def test_only_success_true_is_success(document: dict[str, object]) -> None:
    """Also with HTTP 200."""
    receipt = desk(Script([answer(**complaint()), answer(**document)])).push(
        intend(PushKind.SET_STATUS, COMPLAINT, target=Status.OPEN)
    )

    assert receipt.result is Result.REFUSED


@pytest.mark.parametrize("kind", [PushKind.OPEN_DISPUTE, PushKind.REFUND, PushKind.PORTAL])
def test_what_the_desk_has_no_call_for_is_unsupported(kind: PushKind) -> None:
    """No silent no-op, and nothing on the wire."""
    script = Script([])

    assert desk(script).push(intend(kind, COMPLAINT)).result is Result.UNSUPPORTED
    assert script.requests == []


@pytest.mark.parametrize(
    ("target", "external_id"), [(Status.UNKNOWN, COMPLAINT), (Status.OPEN, None)]
)
def test_a_status_without_a_word_or_a_place_is_unsupported(
    target: Status, external_id: str | None
) -> None:
    """Unknown is no word of the desk, and a status needs a complaint."""
    receipt = desk(Script([])).push(intend(PushKind.SET_STATUS, external_id, target=target))

    assert receipt.result is Result.UNSUPPORTED


@pytest.mark.parametrize(
    ("step", "form"),
    [
        (answer(**complaint()), "complaint"),
        (answer(exist=False), "complaint"),
        (refusal(404, "INTERNAL_RESOURCE_NOT_FOUND"), "missing"),
        (refusal(400, "WHO_KNOWS"), "refused"),
        (httpx.Response(422, text="Invalid query"), "refused"),
    ],
)
def test_a_read_returns_what_the_desk_said(step: httpx.Response, form: str) -> None:
    """Raw; the form tells how to read it."""
    reading = desk(Script([step])).fetch(ExternalId(COMPLAINT))

    assert (reading.form, reading.external_id, reading.body) == (form, COMPLAINT, step.content)


@pytest.mark.parametrize(
    "step",
    [
        httpx.Response(404, text="<html>"),
        httpx.Response(200, text="<html>"),
        httpx.Response(200, text='{"exist": tr'),
        httpx.Response(503),
        refusal(429, "INTERNAL_TOO_MANY_REQUESTS"),
        httpx.ReadTimeout("x"),
    ],
)
def test_a_read_that_says_nothing_is_transient(step: httpx.Response | Exception) -> None:
    """A proxy's page is no news of a complaint."""
    with pytest.raises(Transient):
        desk(Script([step])).fetch(ExternalId(COMPLAINT))


def test_an_id_is_encoded() -> None:
    """Ids are opaque: whatever an operator imports stays one parameter."""
    script = Script([answer(exist=False)])
    desk(script).fetch(ExternalId("a&b=c/d e"))

    assert script.requests[0].url.params["id"] == "a&b=c/d e"


def test_an_order_is_read_by_its_hash() -> None:
    """With the key, although the page lists none."""
    script = Script([answer(**order())])
    adapter = desk(script)
    reading = adapter.fetch_order(OrderHash(HASH))
    (change,) = adapter.parse(observe(reading.form, reading.body, HASH))

    assert script.calls == [("GET", ORDER_DETAIL)]
    assert dict(script.requests[0].url.params) == {"hash": HASH, "apiKey": KEY}
    assert change.order_keys == KEYS[:2]


@pytest.mark.parametrize("step", [answer(), httpx.Response(200, text="pong"), httpx.Response(204)])
def test_a_ping_that_is_answered_is_good(step: httpx.Response) -> None:
    """Its answer isn't documented, so any success will do."""
    desk(Script([step])).ping()


def test_a_webhook_is_refused() -> None:
    """There is no signature that one could check."""
    with pytest.raises(Rejected):
        desk(Script([])).verify("", {}, b"", NOW)


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ("+420 602 118 334", "+420 602118334"),
        (" +420 602-118-334 ", "+420 602118334"),
        ("+420602118334", "+420602118334"),
        ("602 118 334", "602 118 334"),
        ("call me", "call me"),
    ],
)
def test_a_phone_is_sent_in_the_vendors_form(given: str, sent: str) -> None:
    """One space behind the country code, when we can tell where that ends."""
    assert canonical_phone(given) == sent
