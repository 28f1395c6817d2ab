"""The sandbox as a middleware that hosts the chat's endpoints, and the contract of a receiver."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from tests.providers.sandbox.people import NOW
from tests.sandbox import RunningSandbox

BASE = "/api/rest/v1/ecom/integrations"
RAISE = f"{BASE}/raiseComplaintsAgainstOrder"
TRACK = f"{BASE}/getComplaintsTrackingDetails"
RESPONSE_ID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}-[0-9a-f]{8}"

Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def shop(sandbox: RunningSandbox) -> Iterator[httpx.Client]:
    """A client of the hosting middleware."""
    sandbox.control.clock(NOW)
    sandbox.control.knobs(chat_hosts=True)
    with httpx.Client(
        base_url=sandbox.control.chat_url, auth=("bot-demo", "bot-secret-demo")
    ) as client:
        yield client


def body(interest: str = "productComplaint", uid: object = "70214", **entity: object) -> Any:
    """A request in the form of the document's example."""
    return {
        "conversationRequest": {"channel": "TELEGRAM", "userInfo": {"uid": uid}},
        "queryInfo": {
            "interestType": interest,
            "parameters": {"params": {"entityInfo": entity}},
        },
        "languageCode": "en",
    }


def raised(shop: httpx.Client, **entity: object) -> str:
    """Raise a complaint; returns its number."""
    full: Any = {"orderId": "00591837", "problemStatment": "Leaks.", "category": "product-related"}
    answer = shop.post(RAISE, json=body(**(full | entity)))
    assert answer.status_code == 200, answer.text
    (message,) = answer.json()["response"]["responseMessages"]
    pairs = message["containerResponse"]["attributes"]
    return str({pair["name"]: pair["value"] for pair in pairs}["complaintId"])


def sentence(shop: httpx.Client, number: str, uid: str = "70214") -> str:
    """Ask how a complaint stands."""
    answer = shop.post(TRACK, json=body("trackComplaint", uid, complaintId=number))
    assert answer.status_code == 200
    (message,) = answer.json()["response"]["responseMessages"]
    return str(message["simpleResponse"]["responseText"])


def test_a_complaint_gets_its_number_at_once(shop: httpx.Client, sandbox: RunningSandbox) -> None:
    """The reply is a container with three attributes, the sentence holds the same number."""
    entity = {"orderId": "00591837", "problemStatment": "Leaks.", "category": "product-related"}
    reply = shop.post(RAISE, json=body(**entity)).json()
    assert list(reply) == ["response"]
    assert reply["response"]["responseType"] == "container"
    assert re.fullmatch(RESPONSE_ID, reply["response"]["responseId"])
    (message,) = reply["response"]["responseMessages"]
    assert message == {
        "containerResponse": {
            "responseText": "Thank you, your complaint is noted. Its number is 40001.",
            "attributes": [
                {"name": "orderId", "value": "00591837"},
                {"name": "complaintId", "value": "40001"},
                {"name": "Category", "value": "product-related"},
            ],
        }
    }
    world: Any = sandbox.control.world()
    (kept,) = world["chat"]["hosted"]
    assert (kept["id"], kept["uid"], kept["text"]) == ("40001", "70214", "Leaks.")


def test_each_reply_has_an_id_of_its_own(shop: httpx.Client) -> None:
    """A responseId is never used twice."""
    ids = {
        shop.post(TRACK, json=body("trackComplaint", complaintId="1")).json()["response"][
            "responseId"
        ]
        for _ in range(5)
    }
    assert len(ids) == 5


@pytest.mark.parametrize(
    ("state", "word"),
    [
        ("received", "received"),
        ("in_review", "in review"),
        ("waiting", "waits"),
        ("resolved", "resolved"),
        ("rejected", "not be upheld"),
        ("closed", "closed"),
    ],
)
def test_how_it_stands_is_prose(
    shop: httpx.Client, sandbox: RunningSandbox, state: str, word: str
) -> None:
    """One sentence for each state, with the number asked for and nothing to parse."""
    number = raised(shop)
    sandbox.control.move_hosted_complaint(number, state, NOW)
    said = sentence(shop, number)
    assert word in said
    assert number in said


def test_strangers_and_wrong_numbers_hear_the_same(shop: httpx.Client) -> None:
    """Nobody learns which numbers exist; the channel is part of who asks."""
    number = raised(shop)
    foreign = sentence(shop, number, uid="somebody-else").replace(number, "#")
    assert foreign == sentence(shop, "1").replace("1", "#")
    other = body("trackComplaint", complaintId=number)
    other["conversationRequest"]["channel"] = "WHATSAPP"
    assert "could not find" in shop.post(TRACK, json=other).text
    other["conversationRequest"]["channel"] = "telegram"
    assert "received" in shop.post(TRACK, json=other).text


@pytest.mark.parametrize(("repeats", "numbers", "counted"), [("new", 2, 1), ("same", 1, 0)])
def test_a_repeat_is_a_second_complaint_or_the_first(
    shop: httpx.Client, sandbox: RunningSandbox, repeats: str, numbers: int, counted: int
) -> None:
    """No idempotency is documented: by default a repeat counts as a duplicate."""
    sandbox.control.knobs(chat_host_repeats=repeats)
    assert len({raised(shop), raised(shop)}) == numbers
    assert sandbox.control.duplicates()["chat"] == counted
    sandbox.control.clock(NOW + timedelta(minutes=15))
    raised(shop)
    assert sandbox.control.duplicates()["chat"] == counted


def test_the_category_may_come_back_in_the_plural(
    shop: httpx.Client, sandbox: RunningSandbox
) -> None:
    """The document's own example answers another word than was sent."""
    entity = {"problemStatment": "Leaks.", "category": "product-related"}
    assert "products-related" not in shop.post(RAISE, json=body(**entity)).text
    sandbox.control.knobs(chat_host_category="plural")
    assert "products-related" in shop.post(RAISE, json=body(**entity)).text


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b'{"a":1,}', 400, "bad_json"),
        (b"[]", 422, "bad_envelope"),
        (b"{}", 422, "missing_uid"),
        (b'{"uid":"$uid"}', 422, "missing_uid"),
        (b'{"uid":"1"}', 422, "missing_interest"),
        (b'{"uid":"1","interestType":"cancel-order"}', 422, "foreign_interest"),
    ],
)
def test_what_can_not_be_read_is_refused_in_the_envelope(
    shop: httpx.Client, sandbox: RunningSandbox, content: bytes, status: int, code: str
) -> None:
    """The error stands beside a sentence that the bot can still speak."""
    answer = shop.post(RAISE, content=content)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert answer.json()["response"]["responseType"] == "text"
    world: Any = sandbox.control.world()
    assert world["chat"]["hosted"] == []


def test_credentials_are_needed(shop: httpx.Client) -> None:
    """HTTP Basic, and a challenge without it."""
    for auth in (("bot-demo", "wrong"), ("x", "bot-secret-demo")):
        answer = shop.post(RAISE, json=body(), auth=auth)
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"].startswith("Basic")
    shop.auth = httpx.Auth()
    for headers in ({}, {"Authorization": "Bearer x"}, {"Authorization": "Basic é"}):
        raw = [(name.encode(), value.encode()) for name, value in headers.items()]
        assert shop.post(RAISE, json=body(), headers=raw).status_code == 401


def test_there_is_nothing_else(shop: httpx.Client, sandbox: RunningSandbox) -> None:
    """No list, no read by GET, no order questions; the bare path only behind its knob."""
    for method, path in (
        ("GET", RAISE),
        ("GET", f"{BASE}/complaints"),
        ("POST", f"{BASE}/getOrderStatus"),
        ("POST", f"{BASE}/listComplaints"),
        ("POST", BASE),
    ):
        assert shop.request(method, path).status_code == 404
    sandbox.control.knobs(chat_host_bare_path=True)
    raised_bare = shop.post(BASE, json=body("customerComplaint", problemStatment="Leaks."))
    assert "40001" in raised_bare.text
    asked = shop.post(BASE, json=body("trackComplaint", complaintId="40001"))
    assert "has been received" in asked.text
    assert shop.post(BASE, json=body("somethingElse")).status_code == 422


def test_the_mount_is_closed_by_default(shop: httpx.Client, sandbox: RunningSandbox) -> None:
    """Without the knob there is no such mount, and no count of its duplicates."""
    sandbox.control.knobs(chat_hosts=False)
    assert shop.post(RAISE, json=body()).text == "Not Found"
    assert "chat" not in sandbox.control.duplicates()


def test_its_faults_and_log_are_those_of_a_provider(
    shop: httpx.Client, sandbox: RunningSandbox, wire_log: Lines
) -> None:
    """A promised number can be lost on the way, and the wire log tells."""
    sandbox.control.fault("chat", "drop_after_commit")
    with pytest.raises(httpx.RemoteProtocolError):
        raised(shop)
    sandbox.control.fault("chat", "429", retry_after=3)
    answer = shop.post(RAISE, json=body())
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "3")
    assert answer.json()["error"]["code"] == "fault"
    raised(shop)
    assert sandbox.control.duplicates()["chat"] == 1
    lines = [(one["account"], one["fault"], one["committed"]) for one in wire_log()]
    assert lines == [
        ("chat", "drop_after_commit", True),
        ("chat", "429", False),
        ("chat", None, True),
    ]


def rows(sandbox: RunningSandbox) -> dict[str, bool]:
    """Hold the sandbox's own host to the contract; each row with whether it passed."""
    report = sandbox.control.check_chat_contract(uid="70214")
    found: Any = report["rows"]
    assert report["passed"] == all(row["passed"] for row in found)
    return {row["name"]: row["passed"] for row in found}


def test_a_receiver_can_keep_the_whole_contract(
    shop: httpx.Client, sandbox: RunningSandbox
) -> None:
    """The host passes every row once it takes repeats for what they are."""
    sandbox.control.knobs(chat_url=sandbox.control.chat_url, chat_host_repeats="same")
    seen = rows(sandbox)
    assert [name for name, passed in seen.items() if not passed] == []
    assert len(seen) >= 30
    assert all(rows(sandbox).values())


def test_a_receiver_that_breaks_the_contract_is_told_where(
    shop: httpx.Client, sandbox: RunningSandbox
) -> None:
    """Minting a number for each repeat fails the rows on repeats and no others."""
    sandbox.control.knobs(chat_url=sandbox.control.chat_url, chat_host_category="plural")
    broken = [name for name, passed in rows(sandbox).items() if not passed]
    assert broken == [
        "section 3 body",
        "the same body again",
        "in parallel",
        "the same, table",
        "the same, flat",
        "the same, spelt_rightly",
        "the same, numeric_ids",
        "the same, entity_elsewhere",
        "a new body, only in parallel",
    ]


def test_a_receiver_that_is_down_passes_nothing(
    shop: httpx.Client, sandbox: RunningSandbox
) -> None:
    """No answer is never taken for the one expected."""
    sandbox.control.knobs(chat_url="http://127.0.0.1:9")
    assert not any(rows(sandbox).values())
