"""Where Zenki's texts disagree about its own words: spellings, statuses, claims, odd members."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.providers.sandbox.people import JSON, NOW, ORDER, booking, new_zenki_order, read
from tests.sandbox import RunningSandbox

PATH = f"/v1/pay/orders/{ORDER}"
MS = 1789977600000


def get(portal: httpx.Client, path: str = PATH) -> Any:
    """Read with the headers that every call needs."""
    answer = portal.get(path, headers=JSON)
    assert answer.is_success, answer.text
    return read(answer)


@pytest.mark.parametrize("sent", ["localTaxesAmount", "localTaxes_amount"])
@pytest.mark.parametrize("shown", ["localTaxesAmount", "localTaxes_amount"])
def test_local_taxes_have_two_names(
    portal: httpx.Client, sandbox: RunningSandbox, sent: str, shown: str
) -> None:
    """Both are taken; which one is answered is a knob."""
    body: Any = new_zenki_order()
    del body["breakdown"]["localTaxesAmount"]
    body["breakdown"][sent] = 7
    sandbox.control.knobs(local_taxes_name=shown, unknown_fields="reject")
    breakdown = portal.post("/v1/pay/orders", json=body).json()["breakdown"]
    assert {name for name in breakdown if name.startswith("local")} == {shown}
    assert breakdown[shown] == 7


def test_a_tracking_has_two_names(portal: httpx.Client, sandbox: RunningSandbox) -> None:
    """Its id is zenkiTrackingId, or zenkiTrackId behind the knob."""
    body = {"courierType": "EXTERNAL", "trackingId": "MX99812044"}
    assert "zenkiTrackingId" in portal.post(f"{PATH}/tracking", json=body).json()
    sandbox.control.knobs(tracking_id_name="zenkiTrackId")
    made = portal.post(f"{PATH}/tracking", json=body).json()
    assert "zenkiTrackingId" not in made
    event = {"status": "TRANSIT", "location": "Puebla", "description": "On the road"}
    assert portal.patch(f"{PATH}/tracking/{made['zenkiTrackId']}", json=event).status_code == 201


@pytest.mark.parametrize("name", ["OrderDisputeEnum", "orderDisputeEnum", "status"])
def test_the_state_of_a_dispute_has_three_names(
    portal: httpx.Client, sandbox: RunningSandbox, name: str
) -> None:
    """The documented key looks like a leaked type name, so two others may come."""
    sandbox.control.knobs(dispute_state_name=name)
    form = [("orderId", (None, ORDER)), ("title", (None, "t")), ("description", (None, "d"))]
    dispute = portal.post("/v1/api/disputes", files=form).json()["dispute"]
    del dispute["disputeId"]
    assert dispute == {name: "OPEN"}


def test_a_word_that_no_document_lists(portal: httpx.Client, sandbox: RunningSandbox) -> None:
    """Behind the knobs every order and dispute shows it, while staff see what is so."""
    sandbox.control.open_dispute(ORDER, "Late", "No parcel", NOW)
    sandbox.control.knobs(odd_order_status="IN_LIMBO", odd_dispute_status="ESCALATED")
    seen = get(portal)
    assert (seen["status"], seen["dispute"]["status"]) == ("IN_LIMBO", "ESCALATED")
    staff: Any = sandbox.control.zenki_order(ORDER)
    assert (staff["status"], staff["dispute"]["status"]) == ("DISPUTED", "OPEN")
    sandbox.control.knobs(odd_order_status=None, odd_dispute_status=None)
    assert get(portal)["status"] == "DISPUTED"


def test_a_claim_is_no_dispute(portal: httpx.Client, sandbox: RunningSandbox) -> None:
    """It has a status, a time and a reason of its own, and moves nothing else."""
    sandbox.control.set_claim(ORDER, "OPEN", NOW, reason="Paid too little")
    seen = get(portal)
    assert seen["claim"] == {"status": "OPEN", "createdAt": MS, "reason": "Paid too little"}
    assert (seen["status"], "dispute" in seen) == ("AWAITING_SHIPMENT", False)
    sandbox.control.set_claim(ORDER, "REJECTED", NOW)
    assert get(portal)["claim"]["status"] == "REJECTED"


def test_required_and_never_defined(portal: httpx.Client, sandbox: RunningSandbox) -> None:
    """Behind the knob the members appear that the specification requires without a definition."""
    sandbox.control.set_claim(ORDER, "OPEN", NOW)
    made = portal.post(f"{PATH}/refunds", json={"reason": "Lost"}).json()
    path = f"{PATH}/refunds/{made['zenkiRefundId']}"
    for knob in (False, True):
        sandbox.control.knobs(undefined_fields=knob)
        assert ("zenkiClaimId" in get(portal)["claim"]) == knob
        assert ({"amount", "currency"} <= set(get(portal, path))) == knob
        assert ("cryptoCurrencies" in get(portal, "/v1/pay/me")) == knob


def test_a_missing_parameter_may_be_a_428(portal: httpx.Client, sandbox: RunningSandbox) -> None:
    """The documented 428 says that a parameter can't be found; a wrong one stays a 400."""
    assert portal.post(f"{PATH}/refunds", json={}).status_code == 400
    sandbox.control.knobs(missing_parameter=428)
    answer = portal.post(f"{PATH}/refunds", json={})
    assert (answer.status_code, answer.json()["errorCode"]) == (428, 428)
    assert portal.post(f"{PATH}/refunds", json={"reason": 5}).status_code == 400


def test_an_order_may_be_plain_json(portal: httpx.Client, sandbox: RunningSandbox) -> None:
    """The media type is hal+json, or what was asked for behind the knob."""
    assert portal.get(PATH, headers=JSON).headers["Content-Type"] == "application/hal+json"
    sandbox.control.knobs(order_media_type="json")
    assert portal.get(PATH, headers=JSON).headers["Content-Type"] == "application/json"
    only = JSON | {"Accept": "application/hal+json"}
    assert portal.get(PATH, headers=only).status_code == 200


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({}, None),
        ({"grandTotalAmount": 851}, "breakdown.grandTotalAmount"),
        ({"additionalCharges": {"gift wrap": 12.5}}, "breakdown.grandTotalAmount"),
        ({"additionalCharges": {"gift wrap": 12.5}, "grandTotalAmount": 862.5}, None),
        ({"totalItemsAmount": 400}, "breakdown.totalItemsAmount"),
    ],
)
def test_totals_are_checked_only_behind_the_knob(
    portal: httpx.Client, sandbox: RunningSandbox, change: dict[str, object], field: str | None
) -> None:
    """The specification's own sample breaks its formula, so by default nothing is checked."""
    body: Any = new_zenki_order()
    body["breakdown"] |= change
    assert portal.post("/v1/pay/orders", json=body).status_code == 201
    sandbox.control.knobs(totals_checked=True)
    answer = portal.post("/v1/pay/orders", json=body)
    if field is None:
        assert answer.status_code == 201
    else:
        assert answer.json()["validationErrors"][0]["field"] == field


def test_what_money_tells(portal: httpx.Client, sandbox: RunningSandbox) -> None:
    """A paid order tells rate and crypto amount, a settled one what was paid out."""
    info = get(portal)["paymentInfo"]
    assert (info["exchangeRate"]["to"], info["cryptoPayment"]["currency"]) == ("USD", "ETH")
    assert len(info["cryptoPayment"]["amount"].partition(".")[2]) == 18
    sandbox.control.book_order(booking("b", "SETTLED"))
    settled = get(portal, "/v1/pay/orders/b")
    assert settled["settlementInfo"]["cryptoSettlement"]["currency"] == "ETH"
