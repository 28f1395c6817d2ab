"""Zenki's refunds: asked for by API, moved on and decided by staff."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest

from providers.sandbox.client import ControlRefused
from tests.providers.sandbox.people import JSON, NOW, ORDER, booking, read
from tests.sandbox import RunningSandbox

PATH = f"/v1/pay/orders/{ORDER}"
MS = 1789977600000


def get(portal: httpx.Client, path: str = PATH) -> Any:
    """Read with the headers that every call needs."""
    answer = portal.get(path, headers=JSON)
    assert answer.is_success, answer.text
    return read(answer)


def test_a_refund_settles_at_once(portal: httpx.Client) -> None:
    """The refund is answered as pending; then the order is refunded and links to it."""
    answer = portal.post(f"{PATH}/refunds", json={"reason": "Lost by courier" + "!" * 100})
    made: Any = read(answer)
    assert (answer.status_code, made["status"]) == (201, "PENDING")
    assert len(made["reason"]) == 100
    assert made["fiatOriginalPayment"] == {
        "amount": Decimal("850.5"),
        "currencyCodeIso3": "MXN",
    }
    seen = get(portal)
    assert seen["status"] == "REFUNDED"
    link = seen["_links"]["refund"]["href"]
    assert link == f"{portal.base_url}{PATH.removeprefix('/')}/refunds/{made['zenkiRefundId']}"
    again = portal.get(link, headers=JSON)
    assert (again.status_code, again.json()["status"]) == (201, "REFUNDED")


def test_a_refund_closes_an_open_dispute(portal: httpx.Client, sandbox: RunningSandbox) -> None:
    """A refund of a disputed order turns the dispute into REFUND."""
    sandbox.control.open_dispute(ORDER, "Broken", "Both mugs", NOW)
    assert get(portal)["dispute"] == {"status": "OPEN", "createdAt": MS}
    portal.post(f"{PATH}/refunds", json={"reason": "Broken"})
    assert get(portal)["dispute"]["status"] == "REFUND"


def test_a_refund_may_wait_for_staff(portal: httpx.Client, sandbox: RunningSandbox) -> None:
    """Behind the knob money moves only when staff settle."""
    sandbox.control.knobs(refund_settles="staff")
    made = portal.post(f"{PATH}/refunds", json={"reason": "Lost"}).json()
    assert get(portal)["status"] == "AWAITING_SHIPMENT"
    refund_path = f"{PATH}/refunds/{made['zenkiRefundId']}"
    assert get(portal, refund_path)["status"] == "PENDING"
    sandbox.control.resolve(ORDER, "REFUND", NOW)
    assert get(portal, refund_path)["status"] == "REFUNDED"
    assert get(portal)["status"] == "REFUNDED"


def test_a_second_refund_is_refused_or_counted(
    portal: httpx.Client, sandbox: RunningSandbox
) -> None:
    """By default a second refund is a 400; behind the knob it moves money twice, and counts."""
    portal.post(f"{PATH}/refunds", json={"reason": "Lost"})
    assert portal.post(f"{PATH}/refunds", json={"reason": "Lost"}).status_code == 400
    assert sandbox.control.duplicates()["zenki"] == 0
    sandbox.control.knobs(second_refund="create")
    assert portal.post(f"{PATH}/refunds", json={"reason": "Lost"}).status_code == 201
    assert sandbox.control.duplicates()["zenki"] == 1


@pytest.mark.parametrize("status", ["PENDING", "AWAITING_PAYMENT", "SETTLED"])
def test_unpaid_and_settled_orders_are_not_refunded(
    portal: httpx.Client, sandbox: RunningSandbox, status: str
) -> None:
    """There is nothing to give back before payment, and nothing left after the payout."""
    sandbox.control.book_order(booking("b", status))
    answer = portal.post("/v1/pay/orders/b/refunds", json={"reason": "Lost"})
    assert answer.status_code == 400


@pytest.mark.parametrize("body", [{}, {"reason": "x" * 129}, {"reason": 5}])
def test_a_refund_needs_a_reason(portal: httpx.Client, body: dict[str, object]) -> None:
    """The reason is required and short."""
    answer = portal.post(f"{PATH}/refunds", json=body)
    assert answer.json()["validationErrors"][0]["field"] == "reason"


def ask(portal: httpx.Client, sandbox: RunningSandbox) -> str:
    """Ask for a refund that staff will move; returns its path."""
    sandbox.control.knobs(refund_settles="staff")
    made = portal.post(f"{PATH}/refunds", json={"reason": "Lost"})
    return f"{PATH}/refunds/{made.json()['zenkiRefundId']}"


def test_a_refund_goes_its_way(portal: httpx.Client, sandbox: RunningSandbox) -> None:
    """Pending, seen on the chain, refunded: visible in the refund and in the order's link."""
    path = ask(portal, sandbox)
    assert get(portal)["_links"]["refund"]["href"].endswith(path)
    sandbox.control.step_refund(ORDER, "AWAITING_REFUND", NOW)
    assert get(portal, path)["status"] == "AWAITING_REFUND"
    assert get(portal)["status"] == "AWAITING_SHIPMENT"
    sandbox.control.step_refund(ORDER, "REFUNDED", NOW)
    assert (get(portal, path)["status"], get(portal)["status"]) == ("REFUNDED", "REFUNDED")
    with pytest.raises(ControlRefused, match="from REFUNDED to no FAILED"):
        sandbox.control.step_refund(ORDER, "FAILED", NOW)


def test_a_refund_may_fail_and_be_asked_for_again(
    portal: httpx.Client, sandbox: RunningSandbox
) -> None:
    """The order stays as it is; a second one is no duplicate, and can be moved by its id."""
    sandbox.control.open_dispute(ORDER, "Broken", "Both mugs", NOW)
    first = ask(portal, sandbox)
    sandbox.control.step_refund(ORDER, "FAILED", NOW)
    assert (get(portal, first)["status"], get(portal)["status"]) == ("FAILED", "DISPUTED")
    second = ask(portal, sandbox)
    assert sandbox.control.duplicates()["zenki"] == 0
    sandbox.control.step_refund(ORDER, "REFUNDED", NOW, refund_id=second.rpartition("/")[2])
    assert (get(portal, first)["status"], get(portal, second)["status"]) == ("FAILED", "REFUNDED")
    seen = get(portal)
    assert (seen["status"], seen["dispute"]["status"]) == ("REFUNDED", "REFUND")


@pytest.mark.parametrize(
    ("knob", "seen"),
    [
        ("steps", ["PENDING", "AWAITING_REFUND", "REFUNDED", "REFUNDED"]),
        ("fails", ["FAILED", "FAILED", "FAILED", "FAILED"]),
        ("now", ["REFUNDED", "REFUNDED", "REFUNDED", "REFUNDED"]),
    ],
)
def test_a_refund_may_move_by_itself(
    portal: httpx.Client, sandbox: RunningSandbox, knob: str, seen: list[str]
) -> None:
    """Settled or failed at once, or a step at each read; the answer to the call is pending."""
    sandbox.control.knobs(refund_settles=knob)
    made = portal.post(f"{PATH}/refunds", json={"reason": "Lost"}).json()
    assert made["status"] == "PENDING"
    path = f"{PATH}/refunds/{made['zenkiRefundId']}"
    assert [get(portal, path)["status"] for _ in range(4)] == seen
    assert (get(portal)["status"] == "REFUNDED") == (knob != "fails")


def test_a_read_may_answer_200(portal: httpx.Client, sandbox: RunningSandbox) -> None:
    """The documented 201 of a read is a knob."""
    path = ask(portal, sandbox)
    assert portal.get(path, headers=JSON).status_code == 201
    sandbox.control.knobs(refund_read_status=200)
    assert portal.get(path, headers=JSON).status_code == 200


@pytest.mark.parametrize(
    ("knob", "amount", "status"),
    [
        ("REFUNDED", "100.25", "REFUNDED"),
        ("COMPLETED", "100.25", "COMPLETED"),
        ("COMPLETED", "850.50", "REFUNDED"),
    ],
)
def test_staff_set_the_amount(
    portal: httpx.Client, sandbox: RunningSandbox, knob: str, amount: str, status: str
) -> None:
    """A partial refund closes the dispute; what becomes of the order's rest is a knob."""
    sandbox.control.knobs(partial_refund_order=knob)
    sandbox.control.open_dispute(ORDER, "Broken", "One mug", NOW)
    sandbox.control.resolve(ORDER, "REFUND", NOW + timedelta(days=1), amount=Decimal(amount))
    seen = get(portal)
    assert (seen["status"], seen["dispute"]["status"]) == (status, "REFUND")
    refund = get(portal, seen["_links"]["refund"]["href"])
    assert refund["fiatOriginalPayment"] == {
        "amount": Decimal(amount),
        "currencyCodeIso3": "MXN",
    }
    assert refund["status"] == "REFUNDED"
    assert refund["placedAt"] == MS + 86_400_000
    crypto = Decimal(seen["paymentInfo"]["cryptoPayment"]["amount"])
    assert (Decimal(refund["cryptoPayment"]["amount"]) < crypto) == (amount == "100.25")


def test_an_amount_must_make_sense(portal: httpx.Client, sandbox: RunningSandbox) -> None:
    """Only with a refund, not above what was paid, and not beside one that waits."""
    sandbox.control.open_dispute(ORDER, "Broken", "One mug", NOW)
    for decision, amount, sentence in (
        ("RESOLVED", 1, "takes no amount"),
        ("REFUND", 851, "850.5"),
        ("REFUND", 0, "greater than 0"),
    ):
        with pytest.raises(ControlRefused, match=sentence):
            sandbox.control.resolve(ORDER, decision, NOW, amount=amount)
    with pytest.raises(ControlRefused, match="no refund at all"):
        sandbox.control.step_refund(ORDER, "REFUNDED", NOW)
    ask(portal, sandbox)
    with pytest.raises(ControlRefused, match="has a refund that waits"):
        sandbox.control.resolve(ORDER, "REFUND", NOW, amount=1)
    with pytest.raises(ControlRefused, match="no refund nobody"):
        sandbox.control.step_refund(ORDER, "REFUNDED", NOW, refund_id="nobody")
