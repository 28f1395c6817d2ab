"""Faults, planned and by chance, and the wire log that tells of them."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from providers.sandbox import codec
from providers.sandbox.client import ControlRefused
from providers.sandbox.config import DEMO_KEY
from tests.providers.sandbox.people import HASH, JSON, NOW, ORDER, complaint
from tests.sandbox import RunningSandbox

Lines = Callable[[], list[dict[str, Any]]]


def filed(sandbox: RunningSandbox) -> int:
    """How many complaints the desk has."""
    return len(sandbox.control.complaints())


@pytest.mark.parametrize(("kind", "committed"), [("drop_before", 0), ("drop_after_commit", 1)])
def test_a_dropped_line_gives_no_answer(
    desk: httpx.Client, sandbox: RunningSandbox, wire_log: Lines, kind: str, committed: int
) -> None:
    """The client can't tell whether the complaint was filed; the wire log can."""
    sandbox.control.fault("bizkithub", kind, path="complaint/create")
    with pytest.raises(httpx.RemoteProtocolError):
        desk.post("/complaint/create", json=complaint())
    assert filed(sandbox) == committed
    (line,) = wire_log()
    assert (line["status"], line["response"], line["outcome"]) == (None, None, "cut")
    assert (line["fault"], line["committed"]) == (kind, bool(committed))
    assert desk.post("/complaint/create", json=complaint()).status_code == 200


@pytest.mark.parametrize(
    ("kind", "status", "committed"),
    [("500_before", 500, 0), ("500_after_commit", 500, 1), ("429", 429, 0), ("html", 502, 0)],
)
def test_a_fault_answers_in_place_of_the_provider(
    desk: httpx.Client,
    sandbox: RunningSandbox,
    wire_log: Lines,
    kind: str,
    status: int,
    committed: int,
) -> None:
    """Errors before the work leave nothing behind, those after it do."""
    sandbox.control.fault("bizkithub", kind, path="complaint/create", retry_after=7)
    answer = desk.post("/complaint/create", json=complaint())
    assert answer.status_code == status
    assert ("Retry-After" in answer.headers) == (kind != "html")
    assert filed(sandbox) == committed
    (line,) = wire_log()
    assert (line["status"], line["fault"], line["committed"]) == (status, kind, bool(committed))


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        ("401", 401, "INTERNAL_USER_MUST_BE_AUTHORIZED"),
        ("403", 403, "PERMISSION_MEMBER_HAS_NO_PERMISSION"),
        ("429_retry_after", 429, "INTERNAL_TOO_MANY_REQUESTS"),
        ("key_deleted", 404, "PUBLIC_API_KEY_HAS_BEEN_DELETED"),
        ("key_inactive", 404, "PUBLIC_API_KEY_IS_NOT_ACTIVE"),
        ("key_expired", 404, "PUBLIC_API_KEY_HAS_BEEN_EXPIRED"),
        ("key_unknown", 404, "PUBLIC_API_KEY_DOES_NOT_EXIST"),
    ],
)
def test_a_fault_speaks_the_desks_words(
    desk: httpx.Client, sandbox: RunningSandbox, kind: str, status: int, code: str
) -> None:
    """BizKitHub's own error of the registry, for one request."""
    sandbox.control.fault("bizkithub", kind)
    answer = desk.get("/order/detail", params={"hash": HASH})
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert answer.headers.get("Retry-After") == ("1" if kind == "429_retry_after" else None)
    assert desk.get("/order/detail", params={"hash": HASH}).json()["exist"] is True


@pytest.mark.parametrize("kind", ["401", "403", "406", "428", "429", "500_before"])
def test_a_fault_speaks_the_portals_words(
    portal: httpx.Client, sandbox: RunningSandbox, kind: str
) -> None:
    """Zenki's ErrorResponse, but a bare word for a 401 of the legacy call."""
    status = int(kind[:3])
    sandbox.control.fault("zenki", kind, times=2)
    answer = portal.get(f"/v1/pay/orders/{ORDER}", headers=JSON)
    assert (answer.status_code, answer.json()["errorCode"]) == (status, status)
    answer = portal.post("/v1/api/disputes", files={"orderId": (None, ORDER)})
    assert answer.status_code == status
    assert (answer.text == "Unauthorized") == (kind == "401")


def test_a_proxy_may_answer_nothing(desk: httpx.Client, sandbox: RunningSandbox) -> None:
    """An empty body with a gateway's status."""
    sandbox.control.fault("bizkithub", "empty")
    answer = desk.post("/complaint/create", json=complaint())
    assert (answer.status_code, answer.content) == (504, b"")
    assert filed(sandbox) == 0


def test_one_answer_may_hold_an_unknown_word(
    desk: httpx.Client, portal: httpx.Client, sandbox: RunningSandbox, wire_log: Lines
) -> None:
    """Every status in it is a word that no document lists; the state stays what it is."""
    identity = desk.post("/complaint/create", json=complaint()).json()["id"]
    sandbox.control.fault("bizkithub", "unknown_word", path="detail", times=2)
    seen = desk.get("/complaint/detail", params={"id": identity}).json()
    assert (seen["status"], seen["events"][0]["status"]) == ("SOMETHING_NEW", "SOMETHING_NEW")
    order = desk.get("/order/detail", params={"hash": HASH}).json()
    assert order["status"]["onlinePaymentStatus"] == "SOMETHING_NEW"
    sandbox.control.fault("zenki", "unknown_word")
    parts = [(name, (None, ORDER)) for name in ("orderId", "title", "description")]
    opened = portal.post("/v1/api/disputes", files=parts).json()
    assert opened["dispute"]["OrderDisputeEnum"] == opened["status"] == "SOMETHING_NEW"
    assert desk.get("/complaint/detail", params={"id": identity}).json()["status"] == "new"
    assert (wire_log()[-2]["fault"], wire_log()[-2]["committed"]) == ("unknown_word", True)


def test_a_fault_must_fit_its_provider(sandbox: RunningSandbox) -> None:
    """What only the other can show is refused with a sentence."""
    for account, kind in (("bizkithub", "406"), ("zenki", "key_expired"), ("chat", "428")):
        with pytest.raises(ControlRefused, match=f"{kind} is no fault of {account}"):
            sandbox.control.fault(account, kind)


def met(desk: httpx.Client, wire_log: Lines, count: int) -> list[str | None]:
    """Make so many reads; returns the fault that each met."""
    for _ in range(count):
        with contextlib.suppress(httpx.RemoteProtocolError):
            desk.get("/order/detail", params={"hash": HASH})
    return [line["fault"] for line in wire_log()[-count:]]


def test_a_rate_spoils_the_same_requests_under_the_same_seed(
    desk: httpx.Client, sandbox: RunningSandbox, wire_log: Lines
) -> None:
    """About that many of all requests, of every kind a client must survive, and no other kind."""
    sandbox.control.fault_rate(0.3, seed=7, seconds=0)
    first = met(desk, wire_log, 150)
    assert sandbox.control.seen_fault_rate()["requests"] == 150
    sandbox.control.fault_rate(0.3, seed=7, seconds=0)
    assert met(desk, wire_log, 150) == first
    sandbox.control.fault_rate(0.3, seed=8, seconds=0)
    assert met(desk, wire_log, 150) != first
    spoiled = [fault for fault in first if fault is not None]
    assert 30 <= len(spoiled) <= 60
    assert set(spoiled) == {
        "drop_before",
        "drop_after_commit",
        "500_before",
        "500_after_commit",
        "429",
        "429_retry_after",
        "429_in_body",
        "slow",
        "html",
        "truncated",
    }


def test_a_rate_keeps_to_its_accounts_and_kinds(
    desk: httpx.Client, portal: httpx.Client, sandbox: RunningSandbox
) -> None:
    """What needs a person comes only when named, and only where a provider can show it."""
    path = f"/v1/pay/orders/{ORDER}"
    sandbox.control.fault_rate(1, kinds=["401"], accounts=["bizkithub"])
    assert desk.get("/order/detail", params={"hash": HASH}).status_code == 401
    assert portal.get(path, headers=JSON).status_code == 200
    sandbox.control.fault_rate(1, kinds=["key_expired"])
    assert desk.get("/order/detail", params={"hash": HASH}).status_code == 404
    assert portal.get(path, headers=JSON).status_code == 200
    rate = sandbox.control.seen_fault_rate()
    assert (rate["requests"], rate["spoiled"]) == (2, 1)


def test_a_planned_fault_goes_before_chance(desk: httpx.Client, sandbox: RunningSandbox) -> None:
    """And the request is counted all the same."""
    sandbox.control.fault_rate(1, kinds=["429_retry_after"], retry_after=9)
    sandbox.control.fault("bizkithub", "html")
    assert desk.get("/order/detail", params={"hash": HASH}).status_code == 502
    answer = desk.get("/order/detail", params={"hash": HASH})
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "9")
    rate = sandbox.control.seen_fault_rate()
    assert (rate["requests"], rate["spoiled"]) == (2, 1)


@pytest.mark.parametrize("how", ["zero", "clear", "reset"])
def test_a_rate_ends(desk: httpx.Client, sandbox: RunningSandbox, how: str) -> None:
    """By a rate of 0, with all other faults, or with the world."""
    sandbox.control.fault_rate(1, kinds=["html"])
    assert desk.get("/order/detail", params={"hash": HASH}).status_code == 502
    if how == "zero":
        sandbox.control.fault_rate(0)
    elif how == "clear":
        sandbox.control.clear_faults()
    else:
        sandbox.control.reset()
    assert desk.get("/order/detail", params={"hash": HASH}).status_code == 200
    assert sandbox.control.seen_fault_rate() == {"rate": 0}


def test_a_rate_must_make_sense(sandbox: RunningSandbox) -> None:
    """A probability, known kinds, known accounts."""
    with pytest.raises(ControlRefused, match="rate"):
        sandbox.control.fault_rate(2)
    with pytest.raises(ControlRefused, match="kinds"):
        sandbox.control.fault_rate(0.1, kinds=[])
    with pytest.raises(ControlRefused, match="accounts"):
        sandbox.control.fault_rate(0.1, accounts=["paypal"])


def test_a_truncated_answer_is_no_json(
    desk: httpx.Client, sandbox: RunningSandbox, wire_log: Lines
) -> None:
    """Half the document arrives whole as far as HTTP is concerned, after the work was done."""
    sandbox.control.fault("bizkithub", "truncated", path="complaint/create")
    answer = desk.post("/complaint/create", json=complaint())
    assert answer.status_code == 200
    with pytest.raises(ValueError, match=r"Unterminated|Expecting"):
        answer.json()
    assert filed(sandbox) == 1
    assert wire_log()[0]["response"] == answer.text


def test_a_slow_answer_comes_after_the_work(
    desk: httpx.Client, sandbox: RunningSandbox, wire_log: Lines
) -> None:
    """A client that gives up leaves a filed complaint; one that waits gets its answer."""
    sandbox.control.fault("bizkithub", "slow", times=2, seconds=0.4)
    with pytest.raises(httpx.ReadTimeout):
        desk.post("/complaint/create", json=complaint(), timeout=0.05)
    assert filed(sandbox) == 1
    began = time.monotonic()
    assert desk.get("/order/detail", params={"hash": HASH}).status_code == 200
    assert time.monotonic() - began >= 0.4
    lines = {line["method"]: line for line in wire_log()}
    assert (lines["POST"]["outcome"], lines["POST"]["committed"]) == ("cut", True)
    assert (lines["GET"]["outcome"], lines["GET"]["fault"]) == ("answered", "slow")


def test_a_fault_meets_only_what_it_is_meant_for(
    desk: httpx.Client, portal: httpx.Client, sandbox: RunningSandbox
) -> None:
    """Account, method and path select; `times` counts; clearing ends it."""
    sandbox.control.fault("zenki", "500_before", method="GET", times=2)
    assert desk.get("/order/detail", params={"hash": HASH}).status_code == 200
    path = f"/v1/pay/orders/{ORDER}"
    answer = portal.get(path, headers=JSON)
    assert (answer.status_code, answer.json()["category"]) == (500, "ERROR")
    assert [fault["times"] for fault in sandbox.control.faults()] == [1]
    sandbox.control.clear_faults()
    assert portal.get(path, headers=JSON).status_code == 200


def test_nonsense_is_refused_with_a_sentence(sandbox: RunningSandbox) -> None:
    """An unknown kind, knob or control is told apart by its message."""
    with pytest.raises(ControlRefused, match="kind"):
        sandbox.control.fault("bizkithub", "earthquake")
    with pytest.raises(ControlRefused, match="speed"):
        sandbox.control.knobs(speed=3)
    with pytest.raises(ControlRefused, match="there is no complaint"):
        sandbox.control.edit_complaint("nobody", NOW)


def test_the_log_hides_secrets(
    desk: httpx.Client, portal: httpx.Client, sandbox: RunningSandbox, wire_log: Lines
) -> None:
    """No key, client secret or token is written, wherever it was sent."""
    desk.get("/order/detail", params={"hash": HASH})
    desk.post("/complaint/create", json=complaint(apiKey=DEMO_KEY))
    httpx.get(f"{sandbox.url}/bizkithub/ping/v1?api%4bey={DEMO_KEY}")
    credentials = {
        "clientId": "cid-demo",
        "clientSecret": "secret-demo",
        "grantType": "client_credentials",
    }
    portal.post("/v1/oauth/tokens", json=credentials)
    form = {"username": "cid-demo", "password": "secret-demo", "grant_type": "password"}
    portal.post("/auth/", data=form)
    lines = wire_log()
    assert [line["status"] for line in lines[-5:]] == [200, 200, 200, 200, 200]
    text = str(lines)
    assert DEMO_KEY not in text
    assert "secret-demo" not in text
    assert "eyJ" not in text
    assert lines[-1]["response"]["token_type"] == "Bearer"


def test_the_log_numbers_every_request(
    desk: httpx.Client, portal: httpx.Client, wire_log: Lines
) -> None:
    """Reads, writes, forms and refusals of both providers are there in their order."""
    desk.get("/order/detail", params={"hash": HASH})
    odd = codec.dump_bytes(complaint(description="x\r\n😞\ud800"))
    desk.post("/complaint/create", content=odd, headers=JSON)
    file = ("a.png", b"PNG", "image/png")
    portal.post("/v1/api/disputes", files=[("orderId", (None, ORDER)), ("attachments", file)])
    desk.get("/nothing")
    lines = wire_log()
    numbers = [line["n"] for line in lines]
    assert numbers == list(range(numbers[0], numbers[0] + len(lines)))
    read, write, dispute, nothing = lines[-4:]
    assert (read["account"], read["path"]) == ("bizkithub", "/api/v1/shop/order/detail")
    assert read["query"] == f"apiKey=[redacted]&hash={HASH}"
    assert read["response"]["hash"] == HASH
    assert write["request"]["description"] == "x\r\n😞\ud800"
    assert (write["committed"], read["committed"]) == (True, False)
    assert dispute["request"] == [
        {"name": "orderId", "value": ORDER},
        {"name": "attachments", "filename": "a.png", "content_type": "image/png", "bytes": 3},
    ]
    assert (nothing["status"], nothing["response"]) == (404, "NOT_FOUND")
