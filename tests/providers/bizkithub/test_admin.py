"""Filing by the admin's own call, behind its switch: POST /bff/complaint/create."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import httpx
import pytest

from complaints.ports import NeedsHuman, Transient
from complaints.vocabulary import ExternalId, PushKind, Result
from tests.providers.bizkithub.samples import (
    BFF_CREATE,
    CLAIM,
    CREATE,
    HASH,
    KEY,
    KEYS,
    complaint,
    copy,
    desk,
    refusal,
)
from tests.providers.wire import Script, answer, intend

COOKIE = "session=made-up-session; theme=dark"
BFF = {"enabled": True, "cookie": COOKIE}
DUE = datetime(2026, 10, 20, tzinfo=UTC)


def test_b1_the_fields_that_we_can_know_are_sent() -> None:
    """All of the 17 but the inner order id; of an item all 5 but the inner line id."""
    script = Script([answer(success=True, id="k3v9x2ab")])
    own = {
        "send_phone": True,
        "send_amount": True,
        "send_due_date": True,
        "send_items": True,
        "send_refund_fields": True,
        "resolution_codes": {"repair": "repair"},
        "bff": {**BFF, "branch_id": 2, "service_id": 7, "currency_ids": {"CZK": 1}},
    }
    receipt = desk(script, **own).push(
        intend(PushKind.CREATE, claim=CLAIM, order_keys=KEYS, due_at=DUE)
    )

    assert receipt.result is Result.DONE
    assert script.calls == [("POST", BFF_CREATE)]
    assert script.sent() == {
        "variantCode": "reklamace",
        "orderNumber": "26000412",
        "description": "Line one.\r\n  Line two.  \n\n[ref 40817]",
        "customerName": "Eva Horáková",
        "email": "eva@example.org",
        "phone": "+420 602118334",
        "price": Decimal("1290.5"),
        "currencyId": 1,
        "refundCountry": "CZ",
        "refundBankAccount": "2900112233/2010",
        "refundVariableSymbol": "26000412",
        "branchId": 2,
        "serviceId": 7,
        "resolutionMethodCode": "repair",
        "dueDate": "2026-10-20T00:00:00.000Z",
        "items": [
            {"label": "Desk lamp, oak", "quantity": 2, "price": Decimal("1290.5"), "currencyId": 1},
            {"label": "Bulb", "quantity": 1},
        ],
    }


def test_b1_it_is_off_by_default() -> None:
    """A cookie alone switches nothing on: complaints go to the public call."""
    script = Script([answer(success=True, id="a")])
    desk(script, bff={"cookie": COOKIE}).push(intend(PushKind.CREATE, claim=CLAIM))

    assert script.calls == [("POST", CREATE)]
    assert "cookie" not in script.requests[0].headers


@pytest.mark.parametrize(
    ("bff", "headers"),
    [
        (BFF, {"cookie": COOKIE}),
        ({"enabled": True, "auth": "bearer"}, {"authorization": f"Bearer {KEY}"}),
    ],
)
@pytest.mark.parametrize("mode", ["query", "both"])
def test_b1_it_has_credentials_of_its_own(
    bff: dict[str, object], headers: dict[str, str], mode: str
) -> None:
    """A session's cookie or the key as a bearer token, however the public calls send the key."""
    script = Script([answer(success=True, id="a"), answer(**complaint())])
    adapter = desk(script, bff=bff, auth_mode=mode)
    adapter.push(intend(PushKind.CREATE, claim=CLAIM))
    adapter.fetch(ExternalId("a"))
    filed, read = script.requests

    assert dict(filed.url.params) == {}
    known = {"cookie", "authorization"}
    assert {name: value for name, value in filed.headers.items() if name in known} == headers
    assert "cookie" not in read.headers
    assert read.url.params["apiKey"] == KEY


@pytest.mark.parametrize(
    "step",
    [
        httpx.Response(401),
        refusal(401, "INTERNAL_USER_MUST_BE_AUTHORIZED"),
        answer(401, error="SESSION_EXPIRED"),
        answer(200, error="SESSION_EXPIRED"),
        httpx.Response(403),
        httpx.Response(404),
        refusal(404, "INTERNAL_RESOURCE_NOT_FOUND"),
        refusal(404, "PUBLIC_API_KEY_DOES_NOT_EXIST"),
        httpx.Response(200, text="<!doctype html><title>Sign in</title>"),
        httpx.Response(400, text="\n <html>"),
        httpx.Response(302, headers={"location": "/login"}),
        httpx.Response(307, headers={"location": "/login"}),
    ],
)
def test_c03_a_closed_door_stops_the_account(step: httpx.Response) -> None:
    """It fails closed and names the switch; the cookie isn't in the text."""
    script = Script([copy(step)])
    with pytest.raises(NeedsHuman, match=r"bff\.enabled") as verdict:
        desk(script, bff=BFF).push(intend(PushKind.CREATE, claim=CLAIM))

    assert len(script.requests) == 1
    assert "made-up-session" not in str(verdict.value)


@pytest.mark.parametrize(
    ("step", "result"),
    [
        (refusal(422, "INTERNAL_VALIDATION_FAILED"), Result.REFUSED),
        (answer(422, type="validation", property="/variantCode"), Result.REFUSED),
        (answer(success=False), Result.REFUSED),
        (httpx.Response(502, text="<html>bad gateway"), Result.UNKNOWN),
        (httpx.Response(500), Result.UNKNOWN),
        (answer(), Result.UNKNOWN),
        (httpx.ReadTimeout("x"), Result.UNKNOWN),
    ],
)
def test_b1_other_answers_mean_what_they_always_mean(
    step: httpx.Response | Exception, result: Result
) -> None:
    """Refused, or unknown and not sent again; a page of a broken proxy is no closed door."""
    script = Script([copy(step)])

    assert desk(script, bff=BFF).push(intend(PushKind.CREATE, claim=CLAIM)).result is result
    assert len(script.requests) == 1


@pytest.mark.parametrize(
    "step",
    [
        httpx.Response(429),
        refusal(404, "PUBLIC_API_KEY_TOO_MANY_REQUEST"),
        httpx.ConnectError("x"),
    ],
)
def test_b1_what_surely_was_not_filed_may_be_tried_again(
    step: httpx.Response | Exception,
) -> None:
    """A rate limit is no closed door either, although it answers 404."""
    with pytest.raises(Transient):
        desk(Script([copy(step)]), bff=BFF).push(intend(PushKind.CREATE, claim=CLAIM))


def test_c05_no_inner_number_is_ever_made_up() -> None:
    """The order's number is sent, its hash is none of this call's, and the receipt says so."""
    script = Script([answer(success=True, id="a")])
    receipt = desk(script, bff=BFF, send_items=True).push(
        intend(PushKind.CREATE, claim=CLAIM, order_keys=KEYS)
    )

    assert script.sent()["orderNumber"] == "26000412"
    assert b"orderId" not in script.requests[0].content
    assert b"orderItemId" not in script.requests[0].content
    assert HASH.encode() not in script.requests[0].content
    assert "not linked" in receipt.detail


@pytest.mark.parametrize("found", ["k3v9x2ab", "4SBLcerskHznDAEc", "7", "a/b c&d=é"])
def test_c07_a_complaint_s_id_is_any_text(found: str) -> None:
    """8 characters from this call, 16 from the public one: it is kept and asked for whole."""
    script = Script([answer(success=True, id=found), answer(**complaint(id=found))])
    adapter = desk(script, bff=BFF)
    receipt = adapter.push(intend(PushKind.CREATE, claim=CLAIM))
    assert receipt.external_id == found
    adapter.fetch(receipt.external_id)

    assert script.requests[1].url.params["id"] == found


@pytest.mark.parametrize("ids", [{}, {"EUR": 2}])
def test_c08_no_currency_s_number_is_guessed(ids: dict[str, int]) -> None:
    """Without a number of our own for it the amount isn't sent, nor those of the lines."""
    script = Script([answer(success=True, id="a")])
    own = {"send_amount": True, "send_items": True, "bff": {**BFF, "currency_ids": ids}}
    desk(script, **own).push(intend(PushKind.CREATE, claim=CLAIM))

    assert b"price" not in script.requests[0].content
    assert b"currency" not in script.requests[0].content
    items = script.sent()["items"]
    assert isinstance(items, list)
    assert items[0] == {"label": "Desk lamp, oak", "quantity": 2}
