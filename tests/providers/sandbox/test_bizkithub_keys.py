"""Who may call BizKitHub and how often: keys, the rate limit, ping, and the bodies of errors."""

from __future__ import annotations

import httpx
import pytest

from providers.sandbox.config import DEMO_KEY
from tests.providers.sandbox.people import HASH, NOW, error_code, new_order
from tests.providers.sandbox.waiting import eventually
from tests.sandbox import RunningSandbox

DECOY = "PRODPGrFxpGEtrOZfuWhnoJohUYBXuOE"


@pytest.mark.parametrize(
    ("key", "code"),
    [
        (None, "PUBLIC_API_KEY_DOES_NOT_EXIST"),
        ("", "PUBLIC_API_KEY_IS_EMPTY"),
        ("DEV_1", "PUBLIC_API_KEY_IS_NOT_IN_VALID_FORMAT"),
        ("TEST" + "0" * 28, "PUBLIC_API_KEY_IS_NOT_IN_VALID_FORMAT"),
        (DECOY, "PUBLIC_API_KEY_SAMPLE_VALUE"),
        ("DEV_" + "1" * 28, "PUBLIC_API_KEY_DOES_NOT_EXIST"),
    ],
)
def test_a_bad_key_answers_404(sandbox: RunningSandbox, key: str | None, code: str) -> None:
    """Each way in which a key can be wrong has its code, and all are 404."""
    query = {} if key is None else {"apiKey": key}
    answer = httpx.get(
        f"{sandbox.url}/bizkithub/api/v1/shop/order/detail", params=query | {"hash": HASH}
    )
    assert error_code(answer) == (404, code)


@pytest.mark.parametrize(
    ("state", "code"),
    [
        ("deleted", "PUBLIC_API_KEY_HAS_BEEN_DELETED"),
        ("inactive", "PUBLIC_API_KEY_IS_NOT_ACTIVE"),
        ("expired", "PUBLIC_API_KEY_HAS_BEEN_EXPIRED"),
        ("unknown", "PUBLIC_API_KEY_DOES_NOT_EXIST"),
        ("empty", "PUBLIC_API_KEY_IS_EMPTY"),
        ("malformed", "PUBLIC_API_KEY_IS_NOT_IN_VALID_FORMAT"),
        ("sample", "PUBLIC_API_KEY_SAMPLE_VALUE"),
    ],
)
def test_a_key_can_end_while_in_use(
    desk: httpx.Client, sandbox: RunningSandbox, state: str, code: str
) -> None:
    """The knob ends the key in mid-run."""
    assert desk.get("/order/detail", params={"hash": HASH}).status_code == 200
    sandbox.control.knobs(key_state=state)
    assert error_code(desk.get("/order/detail", params={"hash": HASH})) == (404, code)


def test_the_key_may_come_as_bearer_or_in_the_body(
    sandbox: RunningSandbox, desk: httpx.Client
) -> None:
    """The three documented places of the key all work."""
    base = f"{sandbox.url}/bizkithub/api/v1/shop"
    bearer = {"Authorization": f"Bearer {DEMO_KEY}"}
    found = httpx.get(f"{base}/order/detail", params={"hash": HASH}, headers=bearer)
    assert found.json()["exist"] is True
    made = httpx.post(f"{base}/order/create", json=new_order(apiKey=DEMO_KEY))
    assert made.status_code == 200


def test_the_rate_limit_is_a_fixed_block(desk: httpx.Client, sandbox: RunningSandbox) -> None:
    """Beyond the block's limit every call is refused, with Retry-After only if the knob says so."""
    sandbox.control.knobs(rate_limit_per_block=1)
    statuses = [desk.get("/order/detail", params={"hash": HASH}) for _ in range(3)]
    assert [answer.status_code for answer in statuses][-1] == 429
    assert error_code(statuses[-1])[1] == "PUBLIC_API_KEY_TOO_MANY_REQUEST"
    assert "Retry-After" not in statuses[-1].headers
    sandbox.control.knobs(rate_limit_retry_after=True)
    answer = desk.get("/order/detail", params={"hash": HASH})
    assert 0 < int(answer.headers["Retry-After"]) <= 601


@pytest.mark.parametrize(
    ("working", "statuses"),
    [
        ("/ping/v1", [200, 404]),
        ("/api/v1/ping/v1", [404, 200]),
        ("both", [200, 200]),
    ],
)
def test_ping_has_two_spellings(sandbox: RunningSandbox, working: str, statuses: list[int]) -> None:
    """Which of the two printed paths works is a knob, the first by default; both want a key."""
    assert sandbox.control.knobs()["ping_path"] == "/ping/v1"
    sandbox.control.knobs(ping_path=working)
    urls = [f"{sandbox.url}/bizkithub{path}" for path in ("/ping/v1", "/api/v1/ping/v1")]
    seen = [httpx.get(url, params={"apiKey": DEMO_KEY}).status_code for url in urls]
    assert seen == statuses
    assert [httpx.get(url).status_code for url in urls] == [404, 404]


def test_the_next_block_is_a_new_ration(desk: httpx.Client, sandbox: RunningSandbox) -> None:
    """What is used up comes back when the block ends, and not before."""
    sandbox.control.knobs(rate_limit_per_block=1, rate_limit_block_s=0.4)

    def status() -> int:
        return desk.get("/order/detail", params={"hash": HASH}).status_code

    eventually(status, 429)
    eventually(status, 200)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("key", "PUBLIC_API_KEY_TOO_MANY_REQUEST"),
        ("internal", "INTERNAL_TOO_MANY_REQUESTS"),
        ("article", "RATE_LIMIT_EXCEEDED"),
    ],
)
def test_the_texts_on_the_limit_disagree(
    desk: httpx.Client, sandbox: RunningSandbox, body: str, code: str
) -> None:
    """Three bodies are told of, one of them with the wait inside."""
    sandbox.control.knobs(rate_limit_per_block=1, rate_limit_body=body)
    answers = [desk.get("/order/detail", params={"hash": HASH}) for _ in range(3)]
    assert error_code(answers[-1]) == (429, code)
    assert (answers[-1].json()["error"].get("retry_after") is not None) == (body == "article")


def test_the_ration_can_be_told_in_headers(desk: httpx.Client, sandbox: RunningSandbox) -> None:
    """Behind the knob every answer carries limit, rest and reset, as one text says."""
    answer = desk.get("/order/detail", params={"hash": HASH})
    assert not any(name.startswith("x-ratelimit") for name in answer.headers)
    sandbox.control.knobs(rate_limit_per_block=100, rate_limit_headers=True)
    answer = desk.get("/order/detail", params={"hash": HASH})
    assert answer.headers["X-RateLimit-Limit"] == "100"
    assert int(answer.headers["X-RateLimit-Remaining"]) in {98, 99}
    assert 0 < int(answer.headers["X-RateLimit-Reset"]) - NOW.timestamp() <= 601


def test_errors_may_carry_details(desk: httpx.Client, sandbox: RunningSandbox) -> None:
    """An article's body has a lower-case code and details; the key's errors stay as they are."""
    sandbox.control.knobs(error_body="details")
    answer = desk.post("/order/storno", json={"orderId": "x" * 32})
    assert answer.json()["error"] == {
        "code": "internal_resource_not_found",
        "message": "Order was not found.",
        "details": {},
    }
    sandbox.control.knobs(key_state="expired", not_found_status=500)
    answer = desk.post("/order/storno", json={"orderId": "x" * 32})
    assert error_code(answer) == (404, "PUBLIC_API_KEY_HAS_BEEN_EXPIRED")


def test_an_error_without_a_status_is_a_500(desk: httpx.Client, sandbox: RunningSandbox) -> None:
    """The registry's default status, behind the knob."""
    sandbox.control.knobs(not_found_status=500)
    answer = desk.post("/order/storno", json={"orderId": "x" * 32})
    assert error_code(answer) == (500, "INTERNAL_RESOURCE_NOT_FOUND")


def test_there_is_no_list(sandbox: RunningSandbox) -> None:
    """Listing isn't to be had."""
    params = {"apiKey": DEMO_KEY}
    for what in ("complaint", "order"):
        url = f"{sandbox.url}/bizkithub/api/v1/shop/{what}/list"
        assert httpx.get(url, params=params).status_code == 404
