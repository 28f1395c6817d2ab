"""Disputes and refunds: looked up before, looked up after a doubt, sent at most once."""

from __future__ import annotations

import re
from decimal import Decimal

import httpx
import pytest

from complaints.model import Capability, ExternalId, PushKind, Result, Status
from complaints.ports import NeedsHuman, Rejected, Transient
from tests.providers.wire import NOW, Script, answer, intend
from tests.providers.zenki.samples import (
    DISPUTES,
    OLD_SECRET,
    ORDER,
    ORDER_PATH,
    PNG,
    REFUNDS,
    SECRET,
    merchant,
    order,
    paid_event,
    refusal,
    signed,
    token,
)

CLAIM = {"title": "Never arrived", "text": "Courier shows no scan.\r\nÁno."}
OPENED = {
    "orderId": ORDER,
    "status": "DISPUTED",
    "dispute": {"disputeId": "cnv_t9f6v3u", "OrderDisputeEnum": "OPEN"},
}
REFUND = {"zenkiRefundId": "cdd9fba96ae9", "reason": "x", "status": "PENDING"}


def _order(
    status: str = "AWAITING_SHIPMENT", dispute: str | None = None, **more: object
) -> httpx.Response:
    return answer(200, **order(status, dispute, **more))


def _linked() -> httpx.Response:
    return _order(_links={"refund": {"href": "/v1/pay/orders/x/refunds/y"}})


def _parts(request: httpx.Request) -> list[tuple[str, str | None, bytes]]:
    """Name, file name and content of each part of a multipart request."""
    found = re.search(r"multipart/form-data; boundary=(\S+)", request.headers["content-type"])
    assert found is not None
    parts = []
    for piece in request.content.split(b"--" + found.group(1).encode())[1:-1]:
        head, _, content = piece.partition(b"\r\n\r\n")
        name = re.search(rb'name="([^"]*)"', head)
        file = re.search(rb'filename="([^"]*)"', head)
        assert name is not None
        parts.append(
            (name.group(1).decode(), file and file.group(1).decode(), content.removesuffix(b"\r\n"))
        )
    return parts


def test_a_dispute_is_multipart_also_without_files() -> None:
    """Zenki's own order id, the texts byte for byte, no quotes around them."""
    script = Script([token(), _order(), answer(200, **OPENED)])
    receipt = merchant(script).push(intend(PushKind.OPEN_DISPUTE, ORDER, claim=CLAIM))

    assert (receipt.result, receipt.external_id) == (Result.DONE, ORDER)
    assert receipt.detail == "dispute cnv_t9f6v3u"
    assert script.calls[1:] == [("GET", ORDER_PATH), ("POST", DISPUTES)]
    assert script.requests[2].headers["accept"] == "application/json"
    assert _parts(script.requests[2]) == [
        ("orderId", None, ORDER.encode()),
        ("title", None, b"Never arrived"),
        ("description", None, "Courier shows no scan.\r\nÁno.".encode()),
    ]


def test_files_go_along_under_safe_names() -> None:
    """What they are is told by their first bytes, not by their names."""
    files = (
        {"name": "../důkaz č. 1.exe", "media_type": "text/html", "content": PNG},
        {"name": "", "media_type": "", "content": b"\xff\xd8\xff\xe0" + b"\0" * 8},
        {"name": "a.gif", "media_type": "image/gif", "content": b"GIF89a" + b"\0" * 8},
    )
    script = Script([token(), _order(), answer(200, **OPENED)])
    merchant(script).push(intend(PushKind.OPEN_DISPUTE, ORDER, claim=CLAIM, attachments=files))

    assert [part[:2] for part in _parts(script.requests[2])[3:]] == [
        ("attachments", "d-kaz-1.png"),
        ("attachments", "file-2.jpg"),
        ("attachments", "a.gif"),
    ]
    assert _parts(script.requests[2])[3][2] == PNG


@pytest.mark.parametrize(
    ("contents", "more", "reason"),
    [
        ([PNG] * 6, {}, "more than 5 files"),
        ([PNG + b"\0" * 1_000_000], {}, "1000000 bytes"),
        ([PNG, PNG], {"attachment_bytes": 40}, "40 bytes together"),
        ([b"%PDF-1.7"], {}, "file 1 is no"),
        ([PNG, b""], {}, "file 2 is no"),
        ([PNG], {"dispute_body": "json"}, "multipart"),
    ],
)
def test_files_that_can_not_go_stop_the_dispute(
    contents: list[bytes], more: dict[str, object], reason: str
) -> None:
    """Before anything is sent."""
    files = tuple({"name": "x", "media_type": "x", "content": content} for content in contents)
    script = Script([])
    receipt = merchant(script, **more).push(
        intend(PushKind.OPEN_DISPUTE, ORDER, claim=CLAIM, attachments=files)
    )

    assert receipt.result is Result.REFUSED
    assert reason in receipt.detail
    assert script.requests == []


def test_long_texts_are_cut_knowingly() -> None:
    """The limits are settings; the customer's own text stays whole with us."""
    script = Script([token(), _order(), answer(200, **OPENED)])
    claim = {"title": "t" * 200, "text": "d" * 5000}
    merchant(script).push(intend(PushKind.OPEN_DISPUTE, ORDER, claim=claim))
    texts = [content.decode() for _, _, content in _parts(script.requests[2])[1:]]

    assert texts == ["t" * 127 + "…", "d" * 254 + "…"]


def test_a_dispute_without_words_names_the_complaint() -> None:
    """Title and description are both demanded."""
    script = Script([token(), _order(), answer(200, **OPENED)])
    merchant(script).push(intend(PushKind.OPEN_DISPUTE, ORDER))

    assert [part[2] for part in _parts(script.requests[2])[1:]] == [b"Complaint 40817"] * 2


def test_json_is_an_option() -> None:
    """Zenki's own plugins sent it."""
    script = Script([token(), _order(), answer(200, **OPENED)])
    merchant(script, dispute_body="json").push(intend(PushKind.OPEN_DISPUTE, ORDER, claim=CLAIM))

    assert script.sent()["orderId"] == ORDER
    assert script.requests[2].headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    ("before", "result"),
    [
        (_order("DISPUTED", "OPEN"), Result.ALREADY),
        (_order("DISPUTED"), Result.ALREADY),
        (_order("PENDING_SHOPPER_RETURN", "OPEN"), Result.ALREADY),
        (_order("REFUNDED", "REFUND"), Result.OVERTAKEN),
        (_order("REFUNDED", "OPEN"), Result.OVERTAKEN),
        (_order("COMPLETED", "RESOLVED"), Result.OVERTAKEN),
        (_order("DISPUTED", "NEW_WORD"), Result.OVERTAKEN),
        (_order("REFUNDED"), Result.OVERTAKEN),
        (_order("SETTLED"), Result.OVERTAKEN),
        (refusal(404), Result.REFUSED),
    ],
)
def test_the_order_is_read_before_a_dispute(before: httpx.Response, result: Result) -> None:
    """Nothing is opened where something is, or where it is over."""
    script = Script([token(), before])
    receipt = merchant(script).push(intend(PushKind.OPEN_DISPUTE, ORDER, claim=CLAIM))

    assert (receipt.result, receipt.external_id) == (result, ORDER)
    assert len(script.requests) == 2


LOST: list[httpx.Response | Exception] = [
    httpx.ReadTimeout("x"),
    httpx.RemoteProtocolError("x"),
    httpx.Response(500),
    refusal(500),
    httpx.Response(502, text="<html>"),
    httpx.Response(200, text="<html>"),
    httpx.Response(200, text='{"orderId": "57'),
]


@pytest.mark.parametrize("step", LOST)
@pytest.mark.parametrize(
    ("after", "result"),
    [
        (_order("DISPUTED", "OPEN"), Result.DONE),
        (_order("REFUNDED", "REFUND"), Result.DONE),
        (_order(), None),
        (httpx.Response(500), Result.UNKNOWN),
        (httpx.ReadTimeout("x"), Result.UNKNOWN),
        (httpx.Response(401), Result.UNKNOWN),
        (answer(200, zenkiOrderId=ORDER), Result.UNKNOWN),
        (refusal(404), Result.UNKNOWN),
    ],
)
def test_a_lost_dispute_is_looked_up(
    step: httpx.Response | Exception,
    after: httpx.Response | Exception,
    result: Result | None,
) -> None:
    """Disputed: done. Readable and undisputed: later. Anything else: unknown, never resent."""
    script = Script([token(), _order(), _copy(step), _copy(after), token("b"), _copy(after)])
    adapter = merchant(script)
    if result is None:
        with pytest.raises(Transient):
            adapter.push(intend(PushKind.OPEN_DISPUTE, ORDER, claim=CLAIM))
    else:
        receipt = adapter.push(intend(PushKind.OPEN_DISPUTE, ORDER, claim=CLAIM))
        assert (receipt.result, receipt.external_id) == (result, ORDER)

    assert script.calls.count(("POST", DISPUTES)) == 1


@pytest.mark.parametrize(
    ("step", "after", "result"),
    [
        (refusal(409), _order("DISPUTED", "OPEN"), Result.ALREADY),
        (refusal(400), _order("DISPUTED", "OPEN"), Result.ALREADY),
        (refusal(400), _order(), Result.REFUSED),
        (refusal(404), refusal(404), Result.REFUSED),
        (httpx.Response(413), _order(), Result.REFUSED),
        (answer(200, errorCode=400, category="WARN"), _order(), Result.REFUSED),
        (answer(200, errorCode="E7"), _order(), Result.REFUSED),
        (refusal(428), httpx.Response(500), Result.REFUSED),
    ],
)
def test_a_refused_dispute_is_final(
    step: httpx.Response, after: httpx.Response, result: Result
) -> None:
    """Unless the order shows that somebody was quicker; an errorCode on 2xx is a refusal."""
    script = Script([token(), _order(), _copy(step), _copy(after)])
    receipt = merchant(script).push(intend(PushKind.OPEN_DISPUTE, ORDER, claim=CLAIM))

    assert receipt.result is result
    assert "Lucía" not in receipt.detail


@pytest.mark.parametrize("kind", [PushKind.OPEN_DISPUTE, PushKind.REFUND])
@pytest.mark.parametrize(
    ("step", "verdict"),
    [
        (httpx.ConnectError("x"), Transient),
        (httpx.PoolTimeout("x"), Transient),
        (httpx.Response(429, headers={"retry-after": "9"}), Transient),
        (httpx.Response(404, text="<html>"), Transient),
        (refusal(403), NeedsHuman),
        (refusal(406), NeedsHuman),
        (httpx.Response(307), NeedsHuman),
    ],
)
def test_what_surely_was_not_done_is_a_verdict(
    kind: PushKind, step: httpx.Response | Exception, verdict: type[Exception]
) -> None:
    """Nothing is looked up, because nothing can have happened."""
    script = Script([token(), _order(), _copy(step)])
    with pytest.raises(verdict):
        merchant(script).push(intend(kind, ORDER, claim=CLAIM))

    assert script.steps == []


def test_a_refund_is_for_the_whole_order() -> None:
    """No amount in the call; the reason is cut to what comes back."""
    script = Script([token(), _order(), answer(201, **REFUND)])
    receipt = merchant(script).push(
        intend(PushKind.REFUND, ORDER, amount=Decimal("850.50"), reason="r" * 120)
    )

    assert (receipt.result, receipt.external_id) == (Result.DONE, ORDER)
    assert receipt.detail == "refund cdd9fba96ae9"
    assert script.calls[2] == ("POST", REFUNDS)
    assert script.sent() == {"reason": "r" * 99 + "…"}


@pytest.mark.parametrize(
    ("before", "amount", "result"),
    [
        (_order("REFUNDED"), None, Result.ALREADY),
        (_order("DISPUTED", "REFUND"), None, Result.ALREADY),
        (_linked(), None, Result.ALREADY),
        (_order("SETTLED"), None, Result.REFUSED),
        (_order(), Decimal("850.49"), Result.REFUSED),
        (_order(breakdown=None), Decimal(850), Result.REFUSED),
        (refusal(404), None, Result.REFUSED),
    ],
)
def test_the_order_is_read_before_a_refund(
    before: httpx.Response, amount: Decimal | None, result: Result
) -> None:
    """Not twice, not after settling, and never more than was decided."""
    script = Script([token(), before])
    receipt = merchant(script).push(intend(PushKind.REFUND, ORDER, amount=amount))

    assert (receipt.result, receipt.external_id) == (result, ORDER)
    assert len(script.requests) == 2


def test_a_refund_is_not_sent_when_the_dispute_has_moved() -> None:
    """What somebody decided there meanwhile must be weighed before money moves."""
    seen = intend(PushKind.REFUND, ORDER, seen="OPEN")
    moved = Script([token(), _order("COMPLETED", "RESOLVED")])
    still = Script([token(), _order("DISPUTED", "OPEN"), answer(201, **REFUND)])

    assert merchant(moved).push(seen).result is Result.OVERTAKEN
    assert merchant(still).push(seen).result is Result.DONE


@pytest.mark.parametrize("step", [*LOST, answer(201, status="PENDING")])
@pytest.mark.parametrize(
    ("after", "result"),
    [
        (_order("REFUNDED"), Result.DONE),
        (_linked(), Result.DONE),
        (_order("DISPUTED", "REFUND"), Result.DONE),
        (_order(), Result.UNKNOWN),
        (httpx.Response(500), Result.UNKNOWN),
        (httpx.ReadTimeout("x"), Result.UNKNOWN),
    ],
)
def test_a_lost_refund_is_looked_up_and_never_resent(
    step: httpx.Response | Exception, after: httpx.Response | Exception, result: Result
) -> None:
    """An order that doesn't show it proves nothing: money isn't sent twice on a guess."""
    script = Script([token(), _order(), _copy(step), _copy(after)])
    receipt = merchant(script).push(intend(PushKind.REFUND, ORDER))

    assert (receipt.result, receipt.external_id) == (result, ORDER)
    assert script.calls.count(("POST", REFUNDS)) == 1


@pytest.mark.parametrize("step", [answer(201, **{**REFUND, "status": "FAILED"}), refusal(400)])
def test_a_failed_refund_is_refused(step: httpx.Response) -> None:
    """The provider said so."""
    receipt = merchant(Script([token(), _order(), step])).push(intend(PushKind.REFUND, ORDER))

    assert receipt.result is Result.REFUSED


@pytest.mark.parametrize(
    ("more", "kind"),
    [
        ({"dispute_create": False}, PushKind.OPEN_DISPUTE),
        ({"refund": False}, PushKind.REFUND),
        ({}, PushKind.CREATE),
        ({}, PushKind.SET_STATUS),
        ({}, PushKind.PORTAL),
    ],
)
def test_what_is_not_permitted_is_unsupported(more: dict[str, object], kind: PushKind) -> None:
    """Both writes are off unless the settings say otherwise; a status can't be set at all."""
    script = Script([])
    receipt = merchant(script, **more).push(intend(kind, ORDER, target=Status.RESOLVED))

    assert receipt.result is Result.UNSUPPORTED
    assert script.requests == []


def test_a_write_needs_an_order() -> None:
    """Zenki's own id; the merchant's would mean another order."""
    assert merchant(Script([])).push(intend(PushKind.REFUND)).result is Result.REFUSED


def test_the_settings_make_the_capabilities() -> None:
    """As data, so that nobody has to try."""
    reads = {Capability.POLL, Capability.FETCH}
    off = {"dispute_create": False, "refund": False, "webhook_secrets": ()}

    assert merchant(Script([]), **off).capabilities == reads
    assert merchant(Script([])).capabilities == reads | {
        Capability.WEBHOOK,
        Capability.OPEN_DISPUTE,
        Capability.ATTACH,
        Capability.REFUND,
    }
    assert Capability.ATTACH not in merchant(Script([]), dispute_body="json").capabilities


@pytest.mark.parametrize(
    ("step", "form"),
    [
        (_order("DISPUTED", "OPEN"), "order"),
        (refusal(404), "missing"),
        (refusal(400), "refused"),
        (answer(200, errorCode=404), "missing"),
    ],
)
def test_a_read_returns_what_zenki_said(step: httpx.Response, form: str) -> None:
    """Raw; the form tells how to read it."""
    reading = merchant(Script([token(), step])).fetch(ExternalId(ORDER))

    assert (reading.form, reading.external_id, reading.body) == (form, ORDER, step.content)


def test_an_id_is_encoded() -> None:
    """An opaque id stays one segment of the path."""
    script = Script([token(), refusal(404)])
    merchant(script).fetch(ExternalId("a/../b?c d"))

    assert script.requests[1].url.raw_path == b"/zenki/v1/pay/orders/a%2F..%2Fb%3Fc%20d"


def test_a_delivery_is_verified_by_any_valid_secret() -> None:
    """The id is the same on every attempt."""
    body = paid_event()
    for secret in (SECRET, OLD_SECRET):
        delivery = merchant(Script([])).verify("", signed(body, secret), body, NOW)
        assert (delivery.delivery_id, delivery.form) == ("msg_4kQ0Zt8a", "webhook")
    with pytest.raises(Rejected):
        merchant(Script([]), webhook_secrets=(OLD_SECRET,)).verify("", signed(body), body, NOW)
    with pytest.raises(Rejected, match="configured"):
        merchant(Script([]), webhook_secrets=()).verify("", signed(body), body, NOW)


def _copy(step: httpx.Response | Exception) -> httpx.Response | Exception:
    """A response can be played once; a table names it many times."""
    if isinstance(step, Exception):
        return step
    headers = {k: v for k, v in step.headers.items() if k == "retry-after"}
    return httpx.Response(step.status_code, content=step.content, headers=headers)
