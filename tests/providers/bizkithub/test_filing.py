"""Filing a complaint: BizKitHub, POST /api/v1/shop/complaint/create."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import httpx
import pytest

from complaints.ports import NeedsHuman, Transient
from complaints.vocabulary import PushKind, Result
from providers.redaction import redact
from tests.providers.bizkithub.samples import (
    CLAIM,
    CLOSED,
    CREATE,
    HASH,
    KEY,
    KEYS,
    LOST,
    SURELY_NOT_DONE,
    copy,
    desk,
    refusal,
)
from tests.providers.wire import Script, answer, intend

DUE = datetime(2026, 10, 20, 8, tzinfo=UTC)
ALL = {
    "send_phone": True,
    "send_amount": True,
    "send_due_date": True,
    "send_items": True,
    "send_refund_fields": True,
    "branch": "brno-stred",
    "variants": {"product": "vraceni"},
    "resolution_codes": {"repair": "oprava"},
}


def test_p5_the_documented_fields_are_sent_and_no_others() -> None:
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


def test_p5_an_organisation_may_take_all_sixteen_fields() -> None:
    """Phone in the vendor's form, money as an exact number, times in UTC with Z."""
    script = Script([answer(success=True, id="a")])
    desk(script, **ALL).push(intend(PushKind.CREATE, claim=CLAIM, order_keys=KEYS, due_at=DUE))

    assert script.sent() == {
        "variantCode": "vraceni",
        "orderHash": HASH,
        "orderNumber": "26000412",
        "description": "Line one.\r\n  Line two.  \n\n[ref 40817]",
        "customerName": "Eva Horáková",
        "email": "eva@example.org",
        "phone": "+420 602118334",
        "price": Decimal("1290.5"),
        "currency": "CZK",
        "refundCountry": "CZ",
        "refundBankAccount": "2900112233/2010",
        "refundVariableSymbol": "26000412",
        "branch": "brno-stred",
        "resolutionMethodCode": "oprava",
        "dueDate": "2026-10-20T08:00:00.000Z",
        "items": [
            {
                "label": "Desk lamp, oak",
                "quantity": 2,
                "price": Decimal("1290.5"),
                "currency": "CZK",
            },
            {"label": "Bulb", "quantity": 1},
        ],
    }
    assert len(script.sent()) == 16
    assert b'"price":1290.5' in script.requests[0].content


def test_p5_what_the_claim_does_not_hold_is_not_sent() -> None:
    """No empty field and no null, however much an account may send."""
    script = Script([answer(success=True, id="a")])
    own = {**ALL, "branch": "", "reference_footer": False}
    desk(script, **own).push(intend(PushKind.CREATE, claim={"text": "Broken.", "bank": {}}))

    assert script.sent() == {
        "variantCode": "reklamace",
        "description": "Broken.",
        "customerName": "Customer",
    }


@pytest.mark.parametrize(
    ("claim", "code"),
    [
        ({"remedy": "exchange"}, "vymenit"),
        ({"category": "swap"}, "vymenit"),
        ({"category": "swap", "remedy": "refund"}, "vratit"),
        ({"remedy": "credit"}, None),
        ({}, None),
    ],
)
def test_p5_the_wished_remedy_chooses_the_resolution_method(
    claim: dict[str, str], code: str | None
) -> None:
    """The customer's wish, else what the complaint type stands for; an unmapped one isn't sent."""
    script = Script([answer(success=True, id="a")])
    own = {
        "variants": {"swap": "vymena"},
        "remedies": {"vymena": "exchange"},
        "resolution_codes": {"exchange": "vymenit", "refund": "vratit"},
    }
    desk(script, **own).push(intend(PushKind.CREATE, claim=claim))

    assert script.sent().get("resolutionMethodCode") == code


@pytest.mark.parametrize("step", LOST)
def test_p5_a_complaint_whose_answer_was_lost_is_unknown(
    step: httpx.Response | Exception,
) -> None:
    """For ever: the desk has nothing to look a complaint up by, so it is sent once."""
    script = Script([copy(step)])
    receipt = desk(script).push(intend(PushKind.CREATE, claim=CLAIM))

    assert receipt.result is Result.UNKNOWN
    assert len(script.requests) == 1


@pytest.mark.parametrize("step", SURELY_NOT_DONE)
def test_p5_a_complaint_that_surely_was_not_filed_may_be_tried_again(
    step: httpx.Response | Exception,
) -> None:
    """Only these are Transient for a write that can't be repeated."""
    with pytest.raises(Transient):
        desk(Script([copy(step)])).push(intend(PushKind.CREATE, claim=CLAIM))


@pytest.mark.parametrize("step", CLOSED)
def test_p5_a_bad_key_needs_a_person(step: httpx.Response) -> None:
    """The account is paused, and no complaint changes."""
    with pytest.raises(NeedsHuman):
        desk(Script([copy(step)])).push(intend(PushKind.CREATE, claim=CLAIM))


@pytest.mark.parametrize("status", [400, 422, 500])
def test_p5_a_refused_complaint_says_why(status: int) -> None:
    """By the vendor's code and without its prose, whatever status it comes with."""
    script = Script([refusal(status, "INTERNAL_VALIDATION_FAILED")])
    receipt = desk(script).push(intend(PushKind.CREATE, claim=CLAIM))

    assert receipt.result is Result.REFUSED
    assert receipt.detail == f"BizKitHub: HTTP {status} INTERNAL_VALIDATION_FAILED"


def test_p5_an_amount_that_json_can_not_carry_is_not_sent() -> None:
    """Refused before the wire: another amount would be worse than none."""
    claim = {**CLAIM, "amount": Decimal("0.12345678901234567")}
    script = Script([])
    receipt = desk(script, send_amount=True).push(intend(PushKind.CREATE, claim=claim))

    assert receipt.result is Result.REFUSED
    assert script.requests == []


@pytest.mark.parametrize(
    ("document", "result"),
    [
        ({"success": True, "id": "a"}, Result.DONE),
        ({"success": True, "id": 77}, Result.DONE),
        ({"success": True}, Result.UNKNOWN),
        ({"success": True, "id": ""}, Result.UNKNOWN),
        ({"id": "a"}, Result.UNKNOWN),
        ({"success": "true", "id": "a"}, Result.UNKNOWN),
        ({"success": False, "id": "a"}, Result.UNKNOWN),
        ({}, Result.UNKNOWN),
        ({"success": False}, Result.REFUSED),
        ({"success": False, "errorCode": "E001"}, Result.REFUSED),
    ],
)
def test_c17_only_success_true_with_an_id_is_a_filed_complaint(
    document: dict[str, object], result: Result
) -> None:
    """Also with HTTP 200; what contradicts itself is unknown."""
    receipt = desk(Script([answer(**document)])).push(intend(PushKind.CREATE, claim=CLAIM))

    assert receipt.result is result


@pytest.mark.parametrize(
    ("currency", "sent"),
    [("CZK", {"price": Decimal("1290.5"), "currency": "CZK"}), ("", {}), ("Kč", {}), ("1", {})],
)
def test_c08_an_amount_goes_with_its_iso_currency_or_not_at_all(
    currency: str, sent: dict[str, object]
) -> None:
    """No number is guessed for a currency, and no amount is sent without one."""
    script = Script([answer(success=True, id="a")])
    claim = {**CLAIM, "currency": currency}
    desk(script, send_amount=True, send_items=True).push(intend(PushKind.CREATE, claim=claim))

    money = {"price", "currency", "currencyId"}
    assert {name: script.sent()[name] for name in money & script.sent().keys()} == sent
    first = script.sent()["items"]
    assert isinstance(first, list)
    assert {name: first[0][name] for name in money & first[0].keys()} == sent


@pytest.mark.parametrize(
    ("keys", "detail"),
    [
        (KEYS, ""),
        (KEYS[:1], ""),
        (KEYS[1:2], "not linked to an order: its hash isn't known"),
        ((), "not linked to an order: its hash isn't known"),
    ],
)
def test_c12_a_complaint_without_the_hash_is_flagged_as_unlinked(
    keys: tuple[object, ...], detail: str
) -> None:
    """A number is a label only; both are sent when both are known."""
    script = Script([answer(success=True, id="a")])
    receipt = desk(script).push(intend(PushKind.CREATE, claim=CLAIM, order_keys=keys))

    assert receipt.detail == detail
    assert ("orderHash" in script.sent()) == (not detail)
    assert ("orderNumber" in script.sent()) == (KEYS[1] in keys)


def test_c13_bank_data_stays_here_unless_switched_on() -> None:
    """It is entered after the case was acknowledged, by staff; and it is masked where shown."""
    script = Script([answer(success=True, id="a")])
    desk(script).push(intend(PushKind.CREATE, claim=CLAIM))

    assert not [name for name in script.sent() if name.startswith("refund")]
    assert "2900112233" not in redact('{"refundBankAccount":"2900112233/2010"}')


def test_c14_our_notes_stay_with_us() -> None:
    """No call takes a message, so the reason of a push is nowhere in what is sent."""
    script = Script([answer(success=True, id="a")])
    desk(script, **ALL).push(intend(PushKind.CREATE, claim=CLAIM, reason="a note of ours"))

    assert b"a note of ours" not in script.requests[0].content
