"""Seeded faults and the wire log that tells of them."""

from __future__ import annotations

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
