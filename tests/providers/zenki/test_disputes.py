"""Opening a dispute: looked up before, looked up after a doubt, sent at most once."""

from __future__ import annotations

import httpx
import pytest

from complaints.ports import NeedsHuman, Transient
from complaints.vocabulary import PushKind, Result
from tests.providers.wire import Script, answer, intend
from tests.providers.zenki.forms import parts_of
from tests.providers.zenki.samples import (
    DISPUTES,
    OFF,
    ORDER,
    ORDER_PATH,
    PNG,
    copy,
    merchant,
    order,
    refusal,
    token,
)

CLAIM = {"title": "Never arrived", "text": "Courier shows no scan.\r\nÁno."}
OPENED = {
    "orderId": ORDER,
    "status": "DISPUTED",
    "dispute": {"disputeId": "cnv_t9f6v3u", "OrderDisputeEnum": "OPEN"},
}


def _order(
    status: str = "AWAITING_SHIPMENT", dispute: str | None = None, /, **more: object
) -> httpx.Response:
    return answer(200, **order(status, dispute, **more))


def test_z01_a_dispute_is_sent_with_its_files() -> None:
    """The document's example with values of our own: three texts and a PNG, byte for byte."""
    files = ({"name": "proof.png", "media_type": "image/png", "content": PNG},)
    script = Script([token(), _order(), answer(200, **OPENED)])
    receipt = merchant(script).push(
        intend(PushKind.OPEN_DISPUTE, ORDER, claim=CLAIM, attachments=files)
    )

    assert (receipt.result, receipt.external_id) == (Result.DONE, ORDER)
    assert script.calls[1:] == [("GET", ORDER_PATH), ("POST", DISPUTES)]
    request = script.requests[2]
    assert (request.headers["accept"], request.headers["authorization"]) == (
        "application/json",
        "Bearer token-1",
    )
    assert parts_of(request) == [
        ("orderId", None, None, ORDER.encode()),
        ("title", None, None, b"Never arrived"),
        ("description", None, None, "Courier shows no scan.\r\nÁno.".encode()),
        ("attachments", "proof.png", "image/png", PNG),
    ]


def test_d02_a_dispute_is_multipart_also_without_files() -> None:
    """By the document; Zenki's own plugins sent JSON and didn't look at the answer."""
    script = Script([token(), _order(), answer(200, **OPENED)])
    receipt = merchant(script).push(intend(PushKind.OPEN_DISPUTE, ORDER, claim=CLAIM))

    assert receipt.result is Result.DONE
    assert [part.name for part in parts_of(script.requests[2])] == [
        "orderId",
        "title",
        "description",
    ]


def test_d02_json_is_an_option() -> None:
    """Switched on knowingly, and without files."""
    script = Script([token(), _order(), answer(200, **OPENED)])
    merchant(script, dispute_body="json").push(intend(PushKind.OPEN_DISPUTE, ORDER, claim=CLAIM))

    assert script.sent() == {
        "orderId": ORDER,
        "title": CLAIM["title"],
        "description": CLAIM["text"],
    }
    assert script.requests[2].headers["content-type"] == "application/json"


def test_d01_the_dispute_is_about_zenkis_own_id() -> None:
    """``orderId`` means the merchant's id in an order and Zenki's in a dispute."""
    script = Script([token(), _order(orderId="WEB-10077"), answer(200, **OPENED)])
    merchant(script).push(intend(PushKind.OPEN_DISPUTE, ORDER, claim=CLAIM))

    assert parts_of(script.requests[2])[0].content == ORDER.encode()


@pytest.mark.parametrize("name", ["OrderDisputeEnum", "orderDisputeEnum", "status"])
def test_d03_the_state_is_read_under_each_name(name: str) -> None:
    """One looks like a leaked type name."""
    opened = {**OPENED, "dispute": {"disputeId": "cnv_t9f6v3u", name: "OPEN"}}
    script = Script([token(), _order(), answer(200, **opened)])
    receipt = merchant(script).push(intend(PushKind.OPEN_DISPUTE, ORDER, claim=CLAIM))

    assert receipt.detail == "dispute cnv_t9f6v3u OPEN"


@pytest.mark.parametrize(
    ("opened", "detail"),
    [
        (OPENED, "dispute cnv_t9f6v3u OPEN"),
        ({"dispute": {"disputeId": "cnv_t9f6v3u"}}, "dispute cnv_t9f6v3u"),
        ({"dispute": {"OrderDisputeEnum": "OPEN"}}, ""),
        ({"dispute": None}, ""),
        ({"dispute": "cnv_t9f6v3u"}, ""),
        ({}, ""),
    ],
)
def test_d04_the_id_is_kept_and_never_needed(opened: dict[str, object], detail: str) -> None:
    """No read shows it again, so it is in the receipt; the mirror is keyed on the order's id."""
    script = Script([token(), _order(), answer(200, **opened)])
    receipt = merchant(script).push(intend(PushKind.OPEN_DISPUTE, ORDER, claim=CLAIM))

    assert (receipt.result, receipt.external_id, receipt.detail) == (Result.DONE, ORDER, detail)


@pytest.mark.parametrize("status", [200, 201, 202])
def test_d10_any_success_is_one(status: int) -> None:
    """The code of a dispute is stated nowhere."""
    script = Script([token(), _order(), answer(status, **OPENED)])
    receipt = merchant(script).push(intend(PushKind.OPEN_DISPUTE, ORDER, claim=CLAIM))

    assert receipt.result is Result.DONE


def test_d17_a_dispute_is_opened_only_where_it_is_permitted() -> None:
    """It may move money, so it is off unless the settings say otherwise."""
    script = Script([])
    receipt = merchant(script, **OFF).push(intend(PushKind.OPEN_DISPUTE, ORDER, claim=CLAIM))

    assert (receipt.result, script.requests) == (Result.UNSUPPORTED, [])
    assert "dispute_create" in receipt.detail


def test_z01_files_go_along_under_safe_names() -> None:
    """What they are is told by their first bytes, not by their names; names are ASCII."""
    files = (
        {"name": "../důkaz č. 1.exe", "media_type": "text/html", "content": PNG},
        {"name": "", "media_type": "", "content": b"\xff\xd8\xff\xe0" + b"\0" * 8},
        {"name": "a.gif", "media_type": "image/gif", "content": b"GIF89a" + b"\0" * 8},
    )
    script = Script([token(), _order(), answer(200, **OPENED)])
    merchant(script).push(intend(PushKind.OPEN_DISPUTE, ORDER, claim=CLAIM, attachments=files))

    assert [part[:3] for part in parts_of(script.requests[2])[3:]] == [
        ("attachments", "d-kaz-1.png", "image/png"),
        ("attachments", "file-2.jpg", "image/jpeg"),
        ("attachments", "a.gif", "image/gif"),
    ]
    assert parts_of(script.requests[2])[3].content == PNG


@pytest.mark.parametrize(
    ("contents", "more", "reason"),
    [
        ([PNG] * 6, {}, "more than 5 files"),
        ([PNG], {"attachments_max": 0}, "more than 0 files"),
        ([PNG + b"\0" * 1_000_000], {}, "1000000 bytes"),
        ([PNG, PNG], {"attachment_bytes": 40}, "40 bytes together"),
        ([b"%PDF-1.7"], {}, "file 1 is no"),
        ([PNG, b""], {}, "file 2 is no"),
        ([PNG], {"dispute_body": "json"}, "multipart"),
    ],
)
def test_z01_files_that_can_not_go_stop_the_dispute(
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


def test_z01_long_texts_are_cut_knowingly() -> None:
    """The limits are settings; the customer's own text stays whole with us."""
    script = Script([token(), _order(), answer(200, **OPENED)])
    claim = {"title": "t" * 200, "text": "d" * 5000}
    merchant(script).push(intend(PushKind.OPEN_DISPUTE, ORDER, claim=claim))
    texts = [part.content.decode() for part in parts_of(script.requests[2])[1:]]

    assert texts == ["t" * 127 + "…", "d" * 254 + "…"]


@pytest.mark.parametrize("claim", [{}, {"title": " ", "text": "\r\n "}])
def test_z01_a_dispute_without_words_names_the_complaint(claim: dict[str, str]) -> None:
    """Title and description are both demanded."""
    script = Script([token(), _order(), answer(200, **OPENED)])
    merchant(script).push(intend(PushKind.OPEN_DISPUTE, ORDER, claim=claim))

    assert [part.content for part in parts_of(script.requests[2])[1:]] == [b"Complaint 40817"] * 2


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
def test_z01_the_order_is_read_before_a_dispute(before: httpx.Response, result: Result) -> None:
    """Nothing is opened where something is, or where it is over."""
    script = Script([token(), before])
    receipt = merchant(script).push(intend(PushKind.OPEN_DISPUTE, ORDER, claim=CLAIM))

    assert (receipt.result, receipt.external_id) == (result, ORDER)
    assert len(script.requests) == 2


@pytest.mark.parametrize(
    "step",
    [
        httpx.ReadTimeout("x"),
        httpx.RemoteProtocolError("x"),
        httpx.Response(500),
        refusal(500),
        httpx.Response(502, text="<html>"),
        httpx.Response(200, text="<html>"),
        httpx.Response(200, text='{"orderId": "57'),
        httpx.Response(200, text="[]"),
    ],
)
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
def test_z01_a_lost_dispute_is_looked_up(
    step: httpx.Response | Exception,
    after: httpx.Response | Exception,
    result: Result | None,
) -> None:
    """Disputed: done. Readable and undisputed: later. Anything else: unknown, never resent."""
    script = Script([token(), _order(), copy(step), copy(after), token("b"), copy(after)])
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
def test_z01_a_refused_dispute_is_final(
    step: httpx.Response, after: httpx.Response, result: Result
) -> None:
    """Unless the order shows that somebody was quicker; an errorCode on 2xx is a refusal."""
    script = Script([token(), _order(), copy(step), copy(after)])
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
def test_z01_z12_what_surely_was_not_done_is_a_verdict(
    kind: PushKind, step: httpx.Response | Exception, verdict: type[Exception]
) -> None:
    """Nothing is looked up, because nothing can have happened."""
    script = Script([token(), _order(), copy(step)])
    with pytest.raises(verdict):
        merchant(script).push(intend(kind, ORDER, claim=CLAIM))

    assert script.steps == []
