"""The account as a whole: what it can do, how it asks, what it says of itself."""

from __future__ import annotations

import httpx
import pytest

from complaints.ports import NeedsHuman, Rejected, Transient
from complaints.vocabulary import Capability, ExternalId, PushKind, Result, Status
from tests.providers.wire import Script, answer, intend
from tests.providers.zenki.samples import (
    ME,
    OFF,
    ORDER,
    ORDER_PATH,
    ORDERS,
    TOKEN,
    copy,
    linked,
    merchant,
    merchant_document,
    order,
    refund,
    refusal,
    token,
)

ID = ExternalId(ORDER)


def _order(
    status: str = "AWAITING_SHIPMENT", dispute: str | None = None, /, **more: object
) -> httpx.Response:
    return answer(200, **order(status, dispute, **more))


# -- reading an order --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("step", "form"),
    [
        (_order("DISPUTED", "OPEN"), "order"),
        (_order(_links={"refund": None}), "order"),
        (answer(200, status="SHIPPED"), "order"),
        (refusal(404), "missing"),
        (refusal(400), "refused"),
        (answer(200, errorCode=404), "missing"),
    ],
)
def test_z06_a_read_returns_what_zenki_said(step: httpx.Response, form: str) -> None:
    """Raw; the form tells how to read it."""
    script = Script([token(), step])
    reading = merchant(script).fetch(ID)

    assert (reading.form, reading.external_id, reading.body) == (form, ORDER, step.content)
    assert script.calls[1:] == [("GET", ORDER_PATH)]


@pytest.mark.parametrize(
    ("asked", "sent"),
    [
        ("a/../b?c d", b"a%2F..%2Fb%3Fc%20d"),
        ("..", b"%2E%2E"),
        (".", b"%2E"),
        ("{refund}", b"%7Brefund%7D"),
    ],
)
def test_z06_an_id_is_encoded(asked: str, sent: bytes) -> None:
    """An opaque id stays one segment of the path."""
    script = Script([token(), refusal(404)])
    merchant(script).fetch(ExternalId(asked))

    assert script.requests[1].url.raw_path == b"/zenki/v1/pay/orders/" + sent


def test_d10_a_read_may_succeed_with_another_code() -> None:
    """Any 2xx is a success."""
    script = Script([token(), answer(203, **order())])

    assert merchant(script).fetch(ID).form == "order"


# -- headers and verdicts ----------------------------------------------------------------


@pytest.mark.parametrize("accept", ["application/json", "application/hal+json, application/json"])
def test_d12_what_is_accepted_is_a_setting(accept: str) -> None:
    """JSON unless hal+json is asked for too; whatever JSON comes is read."""
    came = httpx.Response(
        200, content=_order().content, headers={"content-type": "application/hal+json"}
    )
    script = Script([token(), came])
    reading = merchant(script, accept=accept).fetch(ID)

    assert reading.form == "order"
    assert script.requests[1].headers["accept"] == accept
    assert script.requests[1].headers["content-type"] == "application/json"


def test_d12_the_older_generation_gets_the_older_headers() -> None:
    """Only /v1/pay knows hal+json, the language and the plugin's id."""
    script = Script([token(), _order(), answer(200, orderId=ORDER)])
    merchant(
        script,
        accept="application/hal+json, application/json",
        accept_language="es",
        plugin_id="0123456789abcdef0123",
    ).push(intend(PushKind.OPEN_DISPUTE, ORDER))
    pay, legacy = script.requests[1].headers, script.requests[2].headers

    assert (pay["accept-language"], pay["x-zenki-plugin-id"]) == ("es", "0123456789abcdef0123")
    assert legacy["accept"] == "application/json"
    assert {"accept-language", "x-zenki-plugin-id"}.isdisjoint(legacy)


def test_z06_optional_headers_are_absent_by_default() -> None:
    """Nothing is said that wasn't set."""
    script = Script([token(), _order()])
    merchant(script).fetch(ID)

    assert {"accept-language", "x-zenki-plugin-id"}.isdisjoint(script.requests[1].headers)


def test_d12_refused_headers_need_a_person() -> None:
    """406 means that the account's settings are wrong: every call would end so."""
    with pytest.raises(NeedsHuman, match="406"):
        merchant(Script([token(), refusal(406)])).fetch(ID)


def test_z06_a_missing_parameter_is_a_refusal() -> None:
    """428 is of the class of validation there, and no ETag."""
    reading = merchant(Script([token(), refusal(428)])).fetch(ID)

    assert reading.form == "refused"


@pytest.mark.parametrize(
    ("code", "verdict"), [(500, Transient), (429, Transient), (403, NeedsHuman)]
)
def test_z06_a_code_in_the_body_outranks_a_success(code: int, verdict: type[Exception]) -> None:
    """Zenki's own plugins look at nothing else."""
    with pytest.raises(verdict):
        merchant(Script([token(), answer(200, errorCode=code)])).fetch(ID)


def test_z06_a_reason_has_zenkis_own_number_and_nobodys_name() -> None:
    """For whoever asks Zenki; its sentence may quote the customer."""
    rows = [{"objectName": "readOrder", "field": "zenkiOrderId", "message": "Lucía's"}]
    with pytest.raises(Transient) as fault:
        merchant(Script([token(), refusal(500, validationErrors=rows)])).fetch(ID)

    assert str(fault.value) == ("Zenki: HTTP 500 500 WARN request b07c1e55aa90d2f1 zenkiOrderId")


# -- who we are --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (merchant_document(), "integration COMPLETED, KYC APPROVED"),
        (
            merchant_document(kycStatus="REQUEST_INFO", integrationStatus="PENDING"),
            "integration PENDING, KYC REQUEST_INFO",
        ),
        (merchant_document(kycStatus="Lucía Peña"), "integration COMPLETED, KYC unknown"),
        ({"cryptoCurrencies": []}, "integration unknown, KYC unknown"),
        ({"merchantInfo": [7]}, "integration unknown, KYC unknown"),
    ],
)
def test_z04_the_merchant_is_read(document: dict[str, object], said: str) -> None:
    """How far it has come, in one line without a name."""
    script = Script([token(), answer(200, **document)])

    assert merchant(script).check() == f"the credentials are good; {said}"
    assert script.calls == [("POST", TOKEN), ("GET", ME)]


@pytest.mark.parametrize(
    ("step", "verdict"),
    [
        (refusal(403), NeedsHuman),
        (refusal(406), NeedsHuman),
        (refusal(500), Transient),
        (httpx.ReadTimeout("x"), Transient),
        (httpx.Response(200, text="<html>"), Transient),
    ],
)
def test_z04_a_check_ends_in_a_verdict(
    step: httpx.Response | Exception, verdict: type[Exception]
) -> None:
    """As any read."""
    with pytest.raises(verdict):
        merchant(Script([token(), copy(step)])).check()


def test_z04_a_refusal_is_told() -> None:
    """The credentials are good all the same: a token was had."""
    said = merchant(Script([token(), refusal(400)])).check()

    assert said.startswith("the credentials are good; the merchant can't be read (Zenki: HTTP 400")


def test_z04_credentials_of_the_older_generation_may_open_disputes_only() -> None:
    """Whether a token of one generation works on the other isn't documented."""
    script = Script([token("a"), httpx.Response(401), token("b"), httpx.Response(401)])

    assert merchant(script, auth_mode="legacy_password").check() == (
        "the credentials are good for disputes; orders can't be read with them"
    )


def test_z04_each_grant_in_use_is_tried() -> None:
    """Where disputes have one of their own."""
    script = Script([token(), token(), answer(200, **merchant_document())])
    merchant(script, dispute_auth_mode="legacy_password").check()

    assert sorted(path for _, path in script.calls) == sorted([TOKEN, "/zenki/auth/", ME])


# -- which orders are disputed -----------------------------------------------------------


ROWS = [
    {"zenkiOrderId": "a1", "status": "DISPUTED"},
    {"zenkiOrderId": "a2", "status": "SHIPPED"},
    {"zenkiOrderId": "a3", "status": "DISPUTED"},
    {"zenkiOrderId": None, "status": "DISPUTED"},
    "odd",
]


@pytest.mark.parametrize(
    "document",
    [
        ROWS,
        {"items": ROWS, "itemCount": 5},
        {"content": ROWS, "pageable": {"sort": []}},
        {"_embedded": {"orders": ROWS}, "page": {"number": 0}, "_links": {}},
        {"errors": [], "data": {"page": {"rows": ROWS}}},
    ],
)
def test_z08_disputed_orders_are_found_in_any_answer(document: object) -> None:
    """Its form is documented nowhere; a filter that wasn't understood shows everything."""
    script = Script([token(), httpx.Response(200, json=document)])
    listed = merchant(script).list_disputed()

    assert (listed.order_ids, listed.ended) == (("a1", "a3"), False)


def test_z08_the_names_of_the_query_are_settings() -> None:
    """They are documented nowhere either."""
    names = {"page": "p", "page_size": "n", "status": "state", "orders": 7}
    script = Script([token(), answer(200), token(), answer(200, items=[])])
    with pytest.raises(Rejected):
        merchant(script).list_disputed()
    merchant(script, list_query=names).list_disputed(3)
    usual, own = script.requests[1].url, script.requests[3].url

    assert (usual.path, own.path) == (ORDERS, ORDERS)
    assert dict(usual.params) == {"pageNumber": "0", "pageSize": "50", "status": "DISPUTED"}
    assert dict(own.params) == {"p": "3", "n": "7", "state": "DISPUTED"}


@pytest.mark.parametrize(
    ("document", "ended"),
    [
        ([], True),
        ({"_embedded": {"orders": []}, "page": {}}, True),
        ([{"zenkiOrderId": "a2", "status": "SHIPPED"}], False),
    ],
)
def test_z08_an_empty_page_is_the_end(document: object, ended: bool) -> None:  # noqa: FBT001
    """A page of other orders isn't."""
    listed = merchant(Script([token(), httpx.Response(200, json=document)])).list_disputed(1)

    assert listed == ((), ended)


@pytest.mark.parametrize(
    ("step", "verdict"),
    [
        (refusal(400), Rejected),
        (refusal(404), Rejected),
        (answer(200, total=0), Rejected),
        (httpx.Response(200, json=[{"id": 1}]), Rejected),
        (refusal(500), Transient),
        (httpx.Response(200, text="<html>"), Transient),
        (httpx.Response(404, text="<html>"), Transient),
        (refusal(403), NeedsHuman),
    ],
)
def test_z08_what_is_no_list_is_a_verdict(step: httpx.Response, verdict: type[Exception]) -> None:
    """The account goes on, unless it may not list."""
    with pytest.raises(verdict):
        merchant(Script([token(), step])).list_disputed()


def test_z08_is_off_unless_it_is_permitted() -> None:
    """Path and answer are guesses."""
    script = Script([])
    with pytest.raises(Rejected, match="list_orders"):
        merchant(script, **OFF).list_disputed()

    assert script.requests == []


# -- what it can do ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        (PushKind.SET_STATUS, {"target": Status.REJECTED}),
        (PushKind.SET_STATUS, {"target": Status.RESOLVED}),
        (PushKind.SET_STATUS, {"target": Status.CLOSED, "reason": "withdrawn"}),
        (PushKind.SET_STATUS, {"target": Status.WAITING, "reason": "escalate"}),
        (PushKind.ATTACH, {"reason": "evidence"}),
        (PushKind.PORTAL, {"reason": "comment"}),
        (PushKind.PORTAL, {"reason": "conciliate"}),
        (PushKind.PORTAL, {"reason": "close for the merchant"}),
        (PushKind.CREATE, {}),
        (PushKind.CANCEL_ORDER, {}),
    ],
)
def test_z06_what_zenki_can_not_do_is_a_persons(kind: PushKind, more: dict[str, object]) -> None:
    """Closing for the merchant, withdrawing, evidence, comments, conciliation: no call, ever."""
    script = Script([])
    receipt = merchant(script).push(intend(kind, ORDER, **more))

    assert (receipt.result, script.requests) == (Result.UNSUPPORTED, [])
    assert receipt.detail


def test_z12_a_write_needs_an_order() -> None:
    """Zenki's own id; the merchant's would mean another order."""
    assert merchant(Script([])).push(intend(PushKind.REFUND)).result is Result.REFUSED


SWITCHES = {
    Capability.OPEN_DISPUTE: "dispute_create",
    Capability.ATTACH: "dispute_create",
    Capability.REFUND: "refund",
    Capability.CREATE_ORDER: "order_create",
    Capability.EDIT_ORDER: "order_edit",
    Capability.SHIP: "shipping",
    Capability.LIST: "list_orders",
    Capability.WEBHOOK: "webhook_secrets",
}
LACKING = {Capability.CREATE, Capability.SET_STATUS, Capability.CANCEL_ORDER}
READS = {Capability.POLL, Capability.FETCH}


def test_z06_the_settings_make_the_capabilities() -> None:
    """As data, so that nobody has to try: can, can't, or switched off and by which key."""
    on, off = merchant(Script([])), merchant(Script([]), **OFF)

    assert set(on.abilities) == set(off.abilities) == set(Capability)
    assert on.capabilities == set(Capability) - LACKING
    assert off.capabilities == READS
    for capability, ability in off.abilities.items():
        assert ability.switch == SWITCHES.get(capability, "")
        assert bool(ability.why) is (capability not in READS)


@pytest.mark.parametrize("capability", [*SWITCHES])
def test_z06_each_switch_switches_its_own(capability: Capability) -> None:
    """And nothing else, but for files, which go along with disputes."""
    switch = SWITCHES[capability]
    on = merchant(Script([])).capabilities
    off = merchant(Script([]), **{switch: OFF[switch]}).capabilities

    assert on - off == {one for one, key in SWITCHES.items() if key == switch}


@pytest.mark.parametrize(
    ("more", "switch"),
    [
        ({"dispute_body": "json"}, "dispute_body"),
        ({"attachments_max": 0}, "attachments_max"),
        ({"dispute_create": False, "dispute_body": "json"}, "dispute_create"),
    ],
)
def test_d02_files_need_a_multipart_dispute(more: dict[str, object], switch: str) -> None:
    """The key that stands in the way is named."""
    ability = merchant(Script([]), **more).abilities[Capability.ATTACH]

    assert (ability.able, ability.switch) == (False, switch)


def test_z06_nothing_of_a_refund_is_read_where_there_is_none() -> None:
    """One request for an order, two for one that has a refund."""
    plain = Script([token(), _order()])
    refunded = Script([token(), _order(_links=linked()), answer(201, **refund())])
    merchant(plain).fetch(ID)
    merchant(refunded).fetch(ID)

    assert (len(plain.requests), len(refunded.requests)) == (2, 3)
