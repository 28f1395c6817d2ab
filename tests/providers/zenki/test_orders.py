"""Errands about orders: drafts checked field by field, each sent once or looked up before."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import httpx
import pytest

from complaints.ports import NeedsHuman, Transient
from complaints.vocabulary import PushKind, Result
from providers.codec import loads
from tests.providers.wire import Script, answer, intend
from tests.providers.zenki.samples import (
    FULFILMENT,
    OFF,
    ORDER,
    ORDER_PATH,
    ORDERS,
    TRACKING,
    TRACKING_EVENT,
    TRACKING_ID,
    breakdown,
    copy,
    draft,
    merchant,
    order,
    refusal,
    shipment,
    shipment_events,
    token,
)

PARCEL = {"courierType": "EXTERNAL", "trackingId": "MX99812044"}
VAN = {"courierType": "INTERNAL", "courierName": "Own van, Puebla"}
EVENT = {
    "zenkiTrackingId": TRACKING_ID,
    "status": "DELIVERY",
    "location": "Puebla",
    "description": "Received by L. Peña",
}
LOST: list[httpx.Response | Exception] = [
    httpx.ReadTimeout("x"),
    httpx.RemoteProtocolError("x"),
    refusal(500),
    httpx.Response(502, text="<html>"),
    httpx.Response(201, text="<html>"),
    httpx.Response(201, text='{"zenkiOrderId": "57'),
]
NOT_DONE: list[tuple[httpx.Response | Exception, type[Exception]]] = [
    (httpx.ConnectError("x"), Transient),
    (httpx.Response(429), Transient),
    (httpx.Response(404, text="<html>"), Transient),
    (refusal(403), NeedsHuman),
    (refusal(406), NeedsHuman),
]
ONCE = [
    (PushKind.CREATE_ORDER, None, draft(), ORDERS),
    (PushKind.SHIP, ORDER, PARCEL, TRACKING),
    (PushKind.TRACK, ORDER, EVENT, TRACKING_EVENT),
]


def _order(status: str = "AWAITING_SHIPMENT", /, **more: object) -> httpx.Response:
    return answer(200, **order(status, **more))


def _json(value: dict[str, Any]) -> dict[str, Any]:
    """A draft as it comes out of the store: JSON once, with floats."""
    return dict(json.loads(json.dumps(value)))


# -- create ------------------------------------------------------------------------------


def test_z05_an_order_is_created_with_every_field() -> None:
    """As drafted, amounts exact; the answer's id is what is read back."""
    script = Script([token(), answer(201, **order("PENDING"))])
    receipt = merchant(script).push(intend(PushKind.CREATE_ORDER, draft=_json(draft())))

    assert (receipt.result, receipt.external_id) == (Result.DONE, ORDER)
    assert script.calls[1:] == [("POST", ORDERS)]
    sent = loads(script.requests[1].content)
    assert sent == loads(json.dumps(draft()).encode())
    assert b'"grandTotalAmount":862.5}' in script.requests[1].content


def test_z05_what_is_optional_may_be_missing() -> None:
    """Either id will do, a null is nothing, and the version is always the same."""
    bare = {
        "orderId": None,
        "cartId": "cart-9920",
        "type": "MIXED",
        "countryCodeIso2": "MX",
        "breakdown": {
            "currencyCodeIso3": "MXN",
            "totalItemsAmount": "9.99",
            "shipmentAmount": 0,
            "subtotalAmount": 9.99,
            "taxesAmount": 0,
            "grandTotalAmount": 9.99,
        },
        "items": [{"quantity": 3, "unitPrice": 3.33, "name": "Pin"}],
    }
    script = Script([token(), answer(201, **order("PENDING"))])
    receipt = merchant(script).push(intend(PushKind.CREATE_ORDER, draft=_json(bare)))
    sent = script.sent()

    assert receipt.result is Result.DONE
    assert sent["version"] == "v1.0.0"
    assert "orderId" not in sent
    assert sent["breakdown"]["totalItemsAmount"] == Decimal("9.99")  # type: ignore[index]


@pytest.mark.parametrize(
    ("more", "named"),
    [
        ({"orderId": None, "cartId": None}, "orderId or cartId"),
        ({"orderId": "x" * 129}, "orderId"),
        ({"version": "v2.0.0"}, "version"),
        ({"type": "PARCEL"}, "type"),
        ({"countryCodeIso2": "MEX"}, "countryCodeIso2"),
        ({"shopper": {"name": "Lucía"}}, "shopper.email"),
        ({"shopper": {"email": "l" * 129}}, "shopper.email"),
        ({"items": []}, "items"),
        ({"items": [{"quantity": 1, "unitPrice": 1}]}, "items.0.name"),
        ({"items": [{"quantity": 1.5, "unitPrice": 1, "name": "x"}]}, "items.0.quantity"),
        ({"items": [{"quantity": 0, "unitPrice": 1, "name": "x"}]}, "items.0.quantity"),
        ({"items": [{"quantity": 1, "unitPrice": "one", "name": "x"}]}, "items.0.unitPrice"),
        ({"items": [{"quantity": 1, "unitPrice": True, "name": "x"}]}, "items.0.unitPrice"),
        (
            {"items": [{"quantity": 1, "unitPrice": 1, "name": "x", "description": "d" * 256}]},
            "items.0.description",
        ),
        ({"metadata": {"lucia@example.org": 7}}, "metadata"),
        ({"status": "SETTLED"}, "status"),
        ({"breakdown": breakdown(currencyCodeIso3="pesos")}, "breakdown.currencyCodeIso3"),
        ({"breakdown": breakdown(taxesAmount=None)}, "breakdown.taxesAmount"),
        ({"breakdown": breakdown(taxesAmount=1e30)}, "breakdown.taxesAmount"),
        (
            {"breakdown": breakdown(additionalCharges={"Lucía": "x"})},
            "breakdown.additionalCharges",
        ),
        ({"breakdown": breakdown(totalItemsAmount=801)}, "breakdown.totalItemsAmount"),
        ({"breakdown": breakdown(subtotalAmount=891)}, "breakdown.subtotalAmount"),
        ({"breakdown": breakdown(grandTotalAmount=850)}, "breakdown.grandTotalAmount"),
    ],
)
def test_z05_a_draft_that_zenki_would_refuse_is_not_sent(
    more: dict[str, object], named: str
) -> None:
    """Fields are named, what a person wrote into them is not shown."""
    script = Script([])
    receipt = merchant(script).push(intend(PushKind.CREATE_ORDER, draft=_json(draft(**more))))

    assert (receipt.result, script.requests) == (Result.REFUSED, [])
    assert receipt.detail.startswith("the draft: ")
    assert named in receipt.detail
    assert [word for word in ("Lucía", "lucia", "x" * 20) if word in receipt.detail] == []


def test_z05_all_faults_of_a_draft_are_named_at_once() -> None:
    """So that it is mended once."""
    receipt = merchant(Script([])).push(intend(PushKind.CREATE_ORDER, draft={"orderId": "x"}))

    assert receipt.detail == "the draft: breakdown, countryCodeIso2, items, type"


@pytest.mark.parametrize("off", [0, 0.01, -0.01])
def test_d15_a_cent_is_rounding(off: float) -> None:
    """The formula decides, within a cent; each named charge belongs to it."""
    amounts = breakdown(
        additionalCharges={"gift wrap": 1.1234}, grandTotalAmount=round(851.1234 + off, 4)
    )
    script = Script([token(), answer(201, **order("PENDING"))])
    receipt = merchant(script).push(
        intend(PushKind.CREATE_ORDER, draft=_json(draft(breakdown=amounts)))
    )

    assert receipt.result is Result.DONE


@pytest.mark.parametrize("spelt", ["localTaxesAmount", "localTaxes_amount", "localTaxes"])
@pytest.mark.parametrize("sent", ["localTaxesAmount", "localTaxes_amount"])
def test_d14_local_taxes_are_spelt_as_wished(spelt: str, sent: str) -> None:
    """Any spelling is read; the plugins' is written unless the specification's is asked for."""
    amounts = breakdown(grandTotalAmount=869.5)
    del amounts["localTaxesAmount"]
    script = Script([token(), answer(201, **order("PENDING"))])
    receipt = merchant(script, local_taxes_name=sent).push(
        intend(PushKind.CREATE_ORDER, draft=_json(draft(breakdown={**amounts, spelt: 7})))
    )
    found = script.sent()["breakdown"]
    assert isinstance(found, dict)

    assert receipt.result is Result.DONE
    assert {name: found[name] for name in found if name.startswith("local")} == {sent: 7}


def test_z05_an_answer_without_an_id_is_unknown() -> None:
    """The order may be there."""
    script = Script([token(), answer(201, status="PENDING")])
    receipt = merchant(script).push(intend(PushKind.CREATE_ORDER, draft=draft()))

    assert (receipt.result, receipt.external_id) == (Result.UNKNOWN, None)


# -- what is sent once -------------------------------------------------------------------


@pytest.mark.parametrize("step", LOST)
@pytest.mark.parametrize(("kind", "order_id", "wanted", "path"), ONCE)
def test_z05_z10_z11_a_lost_answer_is_unknown(
    kind: PushKind,
    order_id: str | None,
    wanted: dict[str, Any],
    path: str,
    step: httpx.Response | Exception,
) -> None:
    """An order, a shipment and its events are added: never sent a second time."""
    script = Script([token(), copy(step)])
    receipt = merchant(script).push(intend(kind, order_id, draft=wanted))

    assert (receipt.result, receipt.external_id) == (Result.UNKNOWN, order_id)
    assert [called for _, called in script.calls[1:]] == [path]


@pytest.mark.parametrize(("step", "verdict"), NOT_DONE)
@pytest.mark.parametrize(("kind", "order_id", "wanted", "path"), ONCE)
def test_z05_z10_z11_what_surely_was_not_done_is_a_verdict(
    kind: PushKind,
    order_id: str | None,
    wanted: dict[str, Any],
    path: str,
    step: httpx.Response | Exception,
    verdict: type[Exception],
) -> None:
    """It may be tried again."""
    script = Script([token(), copy(step)])
    with pytest.raises(verdict):
        merchant(script).push(intend(kind, order_id, draft=wanted))

    assert script.calls[-1][1] == path


@pytest.mark.parametrize(("kind", "order_id", "wanted", "path"), ONCE)
@pytest.mark.parametrize("step", [refusal(400), refusal(404), refusal(428)])
def test_z05_z10_z11_a_refusal_is_final(
    kind: PushKind,
    order_id: str | None,
    wanted: dict[str, Any],
    path: str,
    step: httpx.Response,
) -> None:
    """With Zenki's own number for whoever asks it why."""
    script = Script([token(), copy(step)])
    receipt = merchant(script).push(intend(kind, order_id, draft=wanted))

    assert (receipt.result, script.calls[-1][1]) == (Result.REFUSED, path)
    assert "request b07c1e55aa90d2f1" in receipt.detail


# -- ship and track ----------------------------------------------------------------------


@pytest.mark.parametrize("parcel", [PARCEL, VAN])
def test_z10_a_shipment_is_told(parcel: dict[str, Any]) -> None:
    """By a courier's number or by the name of one's own; its id comes back."""
    script = Script([token(), answer(201, **shipment())])
    receipt = merchant(script).push(intend(PushKind.SHIP, ORDER, draft=parcel))

    assert (receipt.result, receipt.external_id) == (Result.DONE, ORDER)
    assert receipt.detail == f"zenkiTrackingId {TRACKING_ID}"
    assert script.calls[1:] == [("POST", TRACKING)]
    assert script.sent() == parcel


@pytest.mark.parametrize(
    ("parcel", "named"),
    [
        ({}, "courierType"),
        ({"courierType": "DRONE", "trackingId": "x"}, "courierType"),
        ({"courierType": "EXTERNAL"}, "trackingId"),
        ({"courierType": "EXTERNAL", "courierName": "Fedex"}, "trackingId"),
        ({"courierType": "INTERNAL", "trackingId": "x"}, "courierName"),
        ({"courierType": "EXTERNAL", "trackingId": "x" * 129}, "trackingId"),
        ({**PARCEL, "courier": "100003"}, "courier"),
    ],
)
def test_z10_a_draft_that_zenki_would_refuse_is_not_sent(
    parcel: dict[str, Any], named: str
) -> None:
    """A number for a courier company, a name for one's own."""
    script = Script([])
    receipt = merchant(script).push(intend(PushKind.SHIP, ORDER, draft=parcel))

    assert (receipt.result, script.requests) == (Result.REFUSED, [])
    assert named in receipt.detail


@pytest.mark.parametrize("listed", [False, True])
def test_d13_a_shipment_goes_alone_or_in_a_list(listed: bool) -> None:  # noqa: FBT001 - a table
    """An object to the current generation, an array where the account says so."""
    came = httpx.Response(201, json=[shipment()]) if listed else answer(201, **shipment())
    script = Script([token(), came])
    shape = {"tracking_body": "array"} if listed else {}
    receipt = merchant(script, **shape).push(intend(PushKind.SHIP, ORDER, draft=PARCEL))

    assert (receipt.result, receipt.detail) == (Result.DONE, f"zenkiTrackingId {TRACKING_ID}")
    assert loads(script.requests[1].content) == ([PARCEL] if listed else PARCEL)


@pytest.mark.parametrize("name", ["zenkiTrackingId", "zenkiTrackId"])
def test_d14_the_shipments_id_is_read_under_both_names(name: str) -> None:
    """In what Zenki answers, and in what a person drafts."""
    told = {"courierType": "EXTERNAL", name: TRACKING_ID}
    event = {key: value for key, value in EVENT.items() if key != "zenkiTrackingId"}
    script = Script([token(), answer(201, **told), shipment_events()])
    adapter = merchant(script)
    shipped = adapter.push(intend(PushKind.SHIP, ORDER, draft=PARCEL))
    tracked = adapter.push(intend(PushKind.TRACK, ORDER, draft={**event, name: TRACKING_ID}))

    assert shipped.detail == f"zenkiTrackingId {TRACKING_ID}"
    assert (tracked.result, script.calls[-1]) == (Result.DONE, ("PATCH", TRACKING_EVENT))
    assert script.sent() == event


@pytest.mark.parametrize("step", [httpx.Response(201, text="[]"), answer(201, courierType="X")])
def test_z10_an_answer_without_an_id_is_unknown(step: httpx.Response) -> None:
    """The shipment may be there, and couldn't be followed."""
    receipt = merchant(Script([token(), step])).push(intend(PushKind.SHIP, ORDER, draft=PARCEL))

    assert receipt.result is Result.UNKNOWN


def test_z11_an_event_of_a_shipment_is_told() -> None:
    """Its id stands in the path; the answer is a list of all events."""
    script = Script([token(), shipment_events()])
    receipt = merchant(script).push(intend(PushKind.TRACK, ORDER, draft=EVENT))

    assert (receipt.result, receipt.external_id) == (Result.DONE, ORDER)
    assert script.calls[1:] == [("PATCH", TRACKING_EVENT)]
    assert script.sent() == {k: v for k, v in EVENT.items() if k != "zenkiTrackingId"}


@pytest.mark.parametrize(
    ("more", "named"),
    [
        ({"status": "DELIVERED"}, "status"),
        ({"location": ""}, "location"),
        ({"description": "d" * 256}, "description"),
        ({"zenkiTrackingId": ""}, "zenkiTrackingId"),
    ],
)
def test_z11_a_draft_that_zenki_would_refuse_is_not_sent(more: dict[str, Any], named: str) -> None:
    """Five words, two texts and the shipment's id."""
    script = Script([])
    receipt = merchant(script).push(intend(PushKind.TRACK, ORDER, draft={**EVENT, **more}))

    assert (receipt.result, script.requests) == (Result.REFUSED, [])
    assert named in receipt.detail


# -- edit and deliver --------------------------------------------------------------------


@pytest.mark.parametrize(
    "wanted",
    [
        {"orderId": "WEB-20000"},
        {"cartId": "cart-1"},
        {"shopper": {"id": "u-56"}},
        {"metadata": {"channel": "phone"}},
        {"orderId": "WEB-10077", "metadata": {"channel": "phone"}},
    ],
)
def test_z07_an_order_is_edited(wanted: dict[str, Any]) -> None:
    """Ids and notes only, after a look."""
    script = Script([token(), _order(metadata={"channel": "web"}), answer(201, **order())])
    receipt = merchant(script).push(intend(PushKind.EDIT_ORDER, ORDER, draft=wanted))

    assert (receipt.result, receipt.external_id) == (Result.DONE, ORDER)
    assert script.calls[1:] == [("GET", ORDER_PATH), ("PATCH", ORDER_PATH)]
    assert script.sent() == wanted


@pytest.mark.parametrize(
    "wanted",
    [
        {"orderId": "WEB-10077"},
        {"cartId": "cart-9920", "shopper": {"id": "u-55"}},
        {"metadata": {"channel": "web"}},
    ],
)
def test_z07_an_order_that_is_so_already_is_left_alone(wanted: dict[str, Any]) -> None:
    """Notes of others may stand beside ours."""
    seen = _order(cartId="cart-9920", metadata={"channel": "web", "till": "4"})
    script = Script([token(), seen])
    receipt = merchant(script).push(intend(PushKind.EDIT_ORDER, ORDER, draft=wanted))

    assert receipt.result is Result.ALREADY
    assert len(script.requests) == 2


@pytest.mark.parametrize(
    ("wanted", "named"),
    [
        ({}, "orderId, cartId, shopper or metadata"),
        ({"status": "SETTLED"}, "status"),
        ({"shopper": {"email": "lucia@example.org"}}, "shopper.id"),
        ({"cartId": "x" * 129}, "cartId"),
        ({"metadata": {"a": 1}}, "metadata"),
    ],
)
def test_z07_no_status_can_be_set(wanted: dict[str, Any], named: str) -> None:
    """And nothing else that the call doesn't have."""
    script = Script([])
    receipt = merchant(script).push(intend(PushKind.EDIT_ORDER, ORDER, draft=wanted))

    assert (receipt.result, script.requests) == (Result.REFUSED, [])
    assert named in receipt.detail
    assert "lucia" not in receipt.detail


def test_z09_a_service_is_told_as_delivered() -> None:
    """Without a body, after a look."""
    script = Script([token(), _order("AWAITING_DELIVERY"), answer(201, **order())])
    receipt = merchant(script).push(intend(PushKind.DELIVER, ORDER))

    assert (receipt.result, receipt.external_id) == (Result.DONE, ORDER)
    assert script.calls[1:] == [("GET", ORDER_PATH), ("PATCH", FULFILMENT)]
    assert script.requests[2].content == b""
    assert script.requests[2].headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    "status", ["DELIVERED_SERVICE", "AWAITING_SHOPPER_APPROVAL", "COMPLETED", "SETTLED"]
)
def test_z09_what_was_delivered_is_left_alone(status: str) -> None:
    """Zenki knows it."""
    script = Script([token(), _order(status)])

    assert merchant(script).push(intend(PushKind.DELIVER, ORDER)).result is Result.ALREADY
    assert len(script.requests) == 2


@pytest.mark.parametrize(
    ("kind", "wanted"), [(PushKind.EDIT_ORDER, {"cartId": "cart-1"}), (PushKind.DELIVER, {})]
)
@pytest.mark.parametrize(
    ("before", "step", "result"),
    [
        (_order(), refusal(400), Result.REFUSED),
        (_order(), httpx.ReadTimeout("x"), Transient),
        (_order(), refusal(500), Transient),
        (_order(), httpx.Response(201, text="<html>"), Transient),
        (_order(), refusal(403), NeedsHuman),
        (refusal(404), None, Result.REFUSED),
        (refusal(500), None, Transient),
        (answer(200, status="X"), None, Transient),
    ],
)
def test_z07_z09_a_lost_answer_is_tried_again(
    kind: PushKind,
    wanted: dict[str, Any],
    before: httpx.Response,
    step: httpx.Response | Exception | None,
    result: Result | type[Exception],
) -> None:
    """The look before the next try sees what became of it."""
    script = Script([token(), copy(before), *([copy(step)] if step else [])])
    if isinstance(result, Result):
        assert merchant(script).push(intend(kind, ORDER, draft=wanted)).result is result
    else:
        with pytest.raises(result):
            merchant(script).push(intend(kind, ORDER, draft=wanted))

    assert script.steps == []


# -- switches ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "switch"),
    [
        (PushKind.CREATE_ORDER, "order_create"),
        (PushKind.EDIT_ORDER, "order_edit"),
        (PushKind.SHIP, "shipping"),
        (PushKind.TRACK, "shipping"),
        (PushKind.DELIVER, "shipping"),
    ],
)
def test_z05_z07_z09_z10_z11_errands_are_off_unless_permitted(kind: PushKind, switch: str) -> None:
    """Each says which key of the settings switches it on."""
    script = Script([])
    receipt = merchant(script, **OFF).push(intend(kind, ORDER, draft=draft()))

    assert (receipt.result, script.requests) == (Result.UNSUPPORTED, [])
    assert switch in receipt.detail


@pytest.mark.parametrize(
    "kind", [PushKind.EDIT_ORDER, PushKind.SHIP, PushKind.TRACK, PushKind.DELIVER]
)
def test_d01_an_errand_needs_zenkis_own_id(kind: PushKind) -> None:
    """The merchant's would mean another order."""
    script = Script([])
    receipt = merchant(script).push(intend(kind, draft=PARCEL))

    assert (receipt.result, script.requests) == (Result.REFUSED, [])
