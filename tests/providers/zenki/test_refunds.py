"""Refunds: asked for once and for the whole order, read along with the order, and believed."""

from __future__ import annotations

from decimal import Decimal

import httpx
import pytest

from complaints.model import Change
from complaints.ports import NeedsHuman, Transient
from complaints.vocabulary import ExternalId, OrderState, Outcome, PushKind, Result, Status
from providers.codec import loads_object
from tests.providers.wire import Script, answer, intend, observe
from tests.providers.zenki.samples import (
    OFF,
    ORDER,
    ORDER_PATH,
    REFUND_ID,
    REFUND_PATH,
    REFUNDS,
    copy,
    linked,
    merchant,
    order,
    refund,
    refusal,
    token,
)

ID = ExternalId(ORDER)
LOST: list[httpx.Response | Exception] = [
    httpx.ReadTimeout("x"),
    httpx.RemoteProtocolError("x"),
    httpx.Response(500),
    refusal(500),
    httpx.Response(502, text="<html>"),
    httpx.Response(200, text="<html>"),
    httpx.Response(201, text='{"zenkiRefundId": "cd'),
    answer(201, status="PENDING"),
]


def _order(
    status: str = "AWAITING_SHIPMENT", dispute: str | None = None, /, **more: object
) -> httpx.Response:
    return answer(200, **order(status, dispute, **more))


def _linked(status: str = "AWAITING_SHIPMENT", dispute: str | None = None) -> httpx.Response:
    return _order(status, dispute, _links=linked())


def _refund(status: str = "PENDING", **more: object) -> httpx.Response:
    return answer(201, **refund(status, **more))


# -- asking for one ----------------------------------------------------------------------


def test_z12_a_refund_is_for_the_whole_order() -> None:
    """No amount in the call."""
    script = Script([token(), _order(), _refund()])
    receipt = merchant(script).push(
        intend(PushKind.REFUND, ORDER, amount=Decimal("850.50"), reason="Lost by courier")
    )

    assert (receipt.result, receipt.external_id) == (Result.DONE, ORDER)
    assert receipt.detail == f"refund {REFUND_ID}"
    assert script.calls[1:] == [("GET", ORDER_PATH), ("POST", REFUNDS)]
    assert script.sent() == {"reason": "Lost by courier"}


def test_z12_is_off_unless_it_is_permitted() -> None:
    """It moves money."""
    script = Script([])
    receipt = merchant(script, **OFF).push(intend(PushKind.REFUND, ORDER))

    assert (receipt.result, script.requests) == (Result.UNSUPPORTED, [])


def test_d14_a_reason_is_cut_to_what_comes_back() -> None:
    """128 characters may go in and 100 come out."""
    script = Script([token(), _order(), _refund()])
    merchant(script).push(intend(PushKind.REFUND, ORDER, reason="r" * 120))

    assert script.sent() == {"reason": "r" * 99 + "…"}


@pytest.mark.parametrize(
    ("before", "amount", "result"),
    [
        (_order("REFUNDED"), None, Result.ALREADY),
        (_order("DISPUTED", "REFUND"), None, Result.ALREADY),
        (_order("SETTLED"), None, Result.REFUSED),
        (_order(), Decimal("850.51"), Result.REFUSED),
        (_order(breakdown=None), Decimal(850), Result.REFUSED),
        (refusal(404), None, Result.REFUSED),
    ],
)
def test_z12_the_order_is_read_before_a_refund(
    before: httpx.Response, amount: Decimal | None, result: Result
) -> None:
    """Not twice, not after settling, and never more than was decided."""
    script = Script([token(), before])
    receipt = merchant(script).push(intend(PushKind.REFUND, ORDER, amount=amount))

    assert (receipt.result, receipt.external_id) == (result, ORDER)
    assert len(script.requests) == 2


def test_z12_a_part_of_an_order_is_for_a_person() -> None:
    """No call takes an amount: it is never rounded up to the whole."""
    script = Script([token(), _order()])
    receipt = merchant(script).push(intend(PushKind.REFUND, ORDER, amount=Decimal("850.49")))

    assert receipt.result is Result.UNSUPPORTED
    assert len(script.requests) == 2


@pytest.mark.parametrize(
    ("seen", "result"),
    [
        (_refund("PENDING"), Result.ALREADY),
        (_refund("REFUNDED"), Result.ALREADY),
        (_refund("FAILED"), Result.REFUSED),
        (refusal(404), Result.ALREADY),
        (httpx.ReadTimeout("x"), Result.ALREADY),
    ],
)
def test_z12_an_order_with_a_refund_gets_no_second_one(
    seen: httpx.Response | Exception, result: Result
) -> None:
    """One that failed is no refund, and another one is a person's decision."""
    script = Script([token(), _linked(), copy(seen)])
    receipt = merchant(script).push(intend(PushKind.REFUND, ORDER))

    assert (receipt.result, receipt.external_id) == (result, ORDER)
    assert script.calls[-1] == ("GET", REFUND_PATH)


def test_z12_a_refund_is_not_sent_when_the_dispute_has_moved() -> None:
    """What somebody decided there meanwhile must be weighed before money moves."""
    seen = intend(PushKind.REFUND, ORDER, seen="OPEN")
    moved = Script([token(), _order("COMPLETED", "RESOLVED")])
    still = Script([token(), _order("DISPUTED", "OPEN"), _refund()])

    assert merchant(moved).push(seen).result is Result.OVERTAKEN
    assert merchant(still).push(seen).result is Result.DONE


@pytest.mark.parametrize("step", LOST)
@pytest.mark.parametrize(
    ("after", "seen", "result"),
    [
        (_order("REFUNDED"), None, Result.DONE),
        (_order("DISPUTED", "REFUND"), None, Result.DONE),
        (_linked(), _refund(), Result.DONE),
        (_linked(), httpx.ReadTimeout("x"), Result.DONE),
        (_linked(), _refund("FAILED"), Result.REFUSED),
        (_order(), None, Result.UNKNOWN),
        (httpx.Response(500), None, Result.UNKNOWN),
        (httpx.ReadTimeout("x"), None, Result.UNKNOWN),
    ],
)
def test_z12_a_lost_refund_is_looked_up_and_never_resent(
    step: httpx.Response | Exception,
    after: httpx.Response | Exception,
    seen: httpx.Response | Exception | None,
    result: Result,
) -> None:
    """An order that doesn't show it proves nothing: money isn't sent twice on a guess."""
    script = Script([token(), _order(), copy(step), copy(after), *([copy(seen)] if seen else [])])
    receipt = merchant(script).push(intend(PushKind.REFUND, ORDER))

    assert (receipt.result, receipt.external_id) == (result, ORDER)
    assert script.calls.count(("POST", REFUNDS)) == 1
    assert script.steps == []


@pytest.mark.parametrize("step", [_refund("FAILED"), refusal(400), refusal(428)])
def test_z12_a_failed_refund_is_refused(step: httpx.Response) -> None:
    """The provider said so."""
    receipt = merchant(Script([token(), _order(), copy(step)])).push(intend(PushKind.REFUND, ORDER))

    assert receipt.result is Result.REFUSED


# -- reading one -------------------------------------------------------------------------


def test_z13_an_order_with_a_refund_is_read_with_it() -> None:
    """Both documents as raw as they came, in one reading."""
    first, second = _linked("REFUNDED", "REFUND"), _refund("REFUNDED")
    script = Script([token(), first, second])
    reading = merchant(script).fetch(ID)

    assert (reading.form, reading.external_id) == ("order+refund", ORDER)
    assert reading.body == b'{"order":' + first.content + b',"refund":' + second.content + b"}"
    assert script.calls[1:] == [("GET", ORDER_PATH), ("GET", REFUND_PATH)]


@pytest.mark.parametrize("status", [200, 201])
def test_d10_a_refund_is_read_whatever_its_success_is_called(status: int) -> None:
    """The documents say 201 for reading it."""
    script = Script([token(), _linked(), answer(status, **refund())])

    assert merchant(script).fetch(ID).form == "order+refund"


@pytest.mark.parametrize(
    ("href", "path"),
    [
        (f"https://elsewhere.example/v1/pay/orders/other/refunds/{REFUND_ID}", REFUND_PATH),
        (f"/v1/pay/orders/{ORDER}/refunds/{REFUND_ID}/", REFUND_PATH),
        (f"{REFUND_ID}?as=html#top", REFUND_PATH),
        ("https://elsewhere.example/a%20b", f"{REFUNDS}/a b"),
    ],
)
def test_z13_a_link_is_never_followed(href: str, path: str) -> None:
    """The id is the last part of its path; the host is always our own."""
    script = Script([token(), _order(_links=linked(href)), _refund()])
    merchant(script).fetch(ID)

    request = script.requests[-1]
    assert (request.url.host, request.url.path) == ("127.0.0.1", path)


@pytest.mark.parametrize("href", ["", "/", "https://[", "x" * 200, "https://h/%00", "..", None, 7])
def test_z13_a_link_that_names_nothing_is_odd(href: object) -> None:
    """The order is read all the same, and what is amiss is said."""
    odd = answer(200, **order("REFUNDED", "REFUND", _links={"refund": {"href": href}}))
    steps: list[httpx.Response | Exception] = [token(), odd, refusal(404)]
    reading = merchant(Script(steps)).fetch(ID)
    _, case = _read_raw(reading.form, reading.body)

    assert loads_object(reading.body)["refund"] is None
    assert "the order links to a refund that Zenki doesn't show" in case.warnings


@pytest.mark.parametrize("step", [refusal(404), refusal(400), refusal(403)])
def test_z13_a_refund_that_is_not_shown_hides_no_order(step: httpx.Response) -> None:
    """The reading has a null in its place; a permission for refunds isn't one for orders."""
    script = Script([token(), _linked("REFUNDED", "REFUND"), copy(step)])
    reading = merchant(script).fetch(ID)
    _, case = _read_raw(reading.form, reading.body)

    assert loads_object(reading.body)["refund"] is None
    assert (case.status, case.money_moved) == (Status.RESOLVED, True)
    assert case.warnings == ("the order links to a refund that Zenki doesn't show",)


@pytest.mark.parametrize(
    ("step", "verdict"),
    [
        (httpx.ReadTimeout("x"), Transient),
        (refusal(500), Transient),
        (httpx.Response(200, text="<html>"), Transient),
        (httpx.Response(429), Transient),
        (refusal(406), NeedsHuman),
    ],
)
def test_z13_without_its_refund_a_refunded_order_is_not_believed(
    step: httpx.Response | Exception, verdict: type[Exception]
) -> None:
    """It may have failed: the whole is read again."""
    script = Script([token(), _linked("REFUNDED", "REFUND"), copy(step)])
    with pytest.raises(verdict):
        merchant(script).fetch(ID)


# -- what it means -----------------------------------------------------------------------


def _read_raw(form: str, body: bytes) -> tuple[Change, ...]:
    return merchant(Script([])).parse(observe(form, body, ORDER))


def _read(status: str, dispute: str | None, seen: object, **more: object) -> tuple[Change, ...]:
    document = order(status, dispute, _links=linked(), **more)
    return merchant(Script([])).parse(
        observe("order+refund", {"order": document, "refund": seen}, ORDER)
    )


@pytest.mark.parametrize(
    ("status", "dispute", "case"),
    [
        ("REFUNDED", "REFUND", (Status.RESOLVED, Outcome.UPHELD)),
        ("COMPLETED", "REFUND", (Status.RESOLVED, Outcome.UPHELD)),
        ("REFUNDED", "OPEN", (Status.OPEN, Outcome.NONE)),
        ("DISPUTED", "OPEN", (Status.OPEN, Outcome.NONE)),
        ("REFUNDED", "RESOLVED", (Status.REJECTED, Outcome.REFUSED)),
        ("REFUNDED", None, None),
    ],
)
def test_z13_a_failed_refund_has_moved_no_money(
    status: str, dispute: str | None, case: tuple[Status, Outcome] | None
) -> None:
    """Whatever order and dispute say; it is no end, and a warning says so."""
    first, *rest = _read(status, dispute, refund("FAILED"))
    warned = rest[0] if rest else first

    assert [(change.status, change.outcome) for change in rest] == ([case] if case else [])
    assert not any(change.money_moved for change in (first, *rest))
    assert not any(change.settled for change in (first, *rest))
    assert first.order_state is not OrderState.REFUNDED
    assert warned.warnings == ("the refund is FAILED: no money has moved",)


@pytest.mark.parametrize("status", ["PENDING", "AWAITING_REFUND", "REFUNDED", "BRAND_NEW", None])
def test_z13_a_refund_that_has_not_failed_is_believed(status: str | None) -> None:
    """Decided is decided, also while the chain confirms it."""
    first, case = _read("REFUNDED", "REFUND", refund(status))

    assert (case.status, case.outcome, case.money_moved) == (
        Status.RESOLVED,
        Outcome.UPHELD,
        True,
    )
    assert (first.order_state, first.settled, case.warnings) == (OrderState.REFUNDED, True, ())


def test_z13_a_paid_refund_tells_that_money_has_moved() -> None:
    """Also where neither the order nor a dispute says so."""
    (first,) = _read("COMPLETED", None, refund("REFUNDED"))

    assert (first.money_moved, first.order_state) == (True, OrderState.DELIVERED)


@pytest.mark.parametrize(
    ("back", "outcome"),
    [
        ({"amount": Decimal("400.25"), "currencyCodeIso3": "MXN"}, Outcome.PARTIAL),
        ({"amount": Decimal("850.49")}, Outcome.PARTIAL),
        ({"amount": "400", "currency": "MXN"}, Outcome.PARTIAL),
        ({"amount": Decimal("850.5"), "currencyCodeIso3": "MXN"}, Outcome.UPHELD),
        ({"amount": 900, "currencyCodeIso3": "MXN"}, Outcome.UPHELD),
        ({"amount": 20, "currencyCodeIso3": "USD"}, Outcome.UPHELD),
        ({"amount": 0, "currencyCodeIso3": "MXN"}, Outcome.UPHELD),
        ({"currencyCodeIso3": "MXN"}, Outcome.UPHELD),
        (None, Outcome.UPHELD),
    ],
)
@pytest.mark.parametrize("status", ["REFUNDED", "COMPLETED"])
def test_z13_staff_may_give_back_a_part(status: str, back: object, outcome: Outcome) -> None:
    """They alone set an amount: less than the total, in its currency, is a part."""
    _, case = _read(status, "REFUND", refund("REFUNDED", fiatOriginalPayment=back))

    assert (case.status, case.outcome, case.money_moved) == (Status.RESOLVED, outcome, True)


def test_d07_members_that_no_text_defines_are_not_needed() -> None:
    """Refund amount and currency, the claim's id: required by the specification, never defined."""
    bare = {"zenkiRefundId": REFUND_ID, "status": "FAILED"}
    _, case = _read("REFUNDED", "REFUND", bare, claim={"status": "OPEN", "createdAt": 1})

    assert (case.money_moved, case.outcome) == (False, Outcome.UPHELD)


@pytest.mark.parametrize("seen", [{}, {"status": "FAILED"}, [], "x", 7, {"zenkiRefundId": None}])
def test_z13_a_refund_that_can_not_be_read_hides_no_order(seen: object) -> None:
    """It is as if it weren't shown."""
    _, case = _read("REFUNDED", "REFUND", seen)

    assert case.money_moved
    assert case.warnings == ("the order links to a refund that Zenki doesn't show",)


@pytest.mark.parametrize(
    "body", [b"[]", b"{}", b'{"order":null}', b'{"refund":{}}', b'{"order":{},"refund":null}']
)
def test_z13_without_an_order_nothing_is_read(body: bytes) -> None:
    """It is kept and explained."""
    (change,) = _read_raw("order+refund", body)

    assert (change.subject, change.external_id) == ("unreadable", ORDER)
