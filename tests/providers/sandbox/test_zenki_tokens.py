"""Zenki's tokens: two grants, two casings, two books behind one host."""

from __future__ import annotations

import base64
from typing import Any

import httpx
import pytest

from providers.sandbox import codec
from tests.providers.sandbox.people import JSON, ORDER, booking, new_zenki_order, token
from tests.sandbox import RunningSandbox

PATH = f"/v1/pay/orders/{ORDER}"
LIVE = {
    "clientId": "cid-live",
    "clientSecret": "secret-live",
    "grantType": "client_credentials",
}


def mint(sandbox: RunningSandbox, **credentials: str) -> dict[str, Any]:
    """The reply of the current token call."""
    body = {
        "clientId": "cid-demo",
        "clientSecret": "secret-demo",
        "grantType": "client_credentials",
    } | credentials
    reply: dict[str, Any] = httpx.post(f"{sandbox.url}/zenki/v1/oauth/tokens", json=body).json()
    return reply


def grant(sandbox: RunningSandbox) -> dict[str, Any]:
    """The reply of the legacy token call."""
    form = {"username": "cid-demo", "password": "secret-demo", "grant_type": "password"}
    reply: dict[str, Any] = httpx.post(f"{sandbox.url}/zenki/auth/", data=form).json()
    return reply


def test_a_token_is_a_jwt_of_half_an_hour(sandbox: RunningSandbox) -> None:
    """The token call answers three members; the token holds the documented claims."""
    body = {
        "clientId": "cid-demo",
        "clientSecret": "secret-demo",
        "grantType": "client_credentials",
    }
    answer = httpx.post(f"{sandbox.url}/zenki/v1/oauth/tokens", json=body).json()
    assert (answer["tokenType"], answer["expiresIn"]) == ("Bearer", 1800)
    head, claims, _ = answer["accessToken"].split(".")
    assert b'"RS256"' in base64.urlsafe_b64decode(head + "==")
    found: Any = codec.loads(base64.urlsafe_b64decode(claims + "=="))
    assert found["exp"] - found["iat"] == 1800
    assert found["realm_access"]["roles"] == ["api", "api_zenkipay"]


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"clientSecret": "no"}, "unauthorized_client"),
        ({"clientId": "x" * 129}, "invalid_request"),
        ({"grantType": "password"}, "unsupported_grant_type"),
        ({"grantType": None}, "invalid_request"),
    ],
)
def test_a_refused_token_is_400_not_401(
    sandbox: RunningSandbox, body: dict[str, object], error: str
) -> None:
    """Token errors carry error and errorDescription."""
    good = {
        "clientId": "cid-demo",
        "clientSecret": "secret-demo",
        "grantType": "client_credentials",
    }
    answer = httpx.post(f"{sandbox.url}/zenki/v1/oauth/tokens", json=good | body)
    assert (answer.status_code, answer.json()["error"]) == (400, error)
    assert answer.json()["errorDescription"]


def test_the_legacy_grant_is_a_form(sandbox: RunningSandbox) -> None:
    """The password grant takes a form, answers snake_case and refuses JSON."""
    form = {
        "client_id": "zenkipay-api",
        "username": "cid-demo",
        "password": "secret-demo",
        "grant_type": "password",
    }
    answer = httpx.post(f"{sandbox.url}/zenki/auth/", data=form)
    assert answer.json()["expires_in"] == 1800
    assert answer.json()["token_type"] == "Bearer"
    assert httpx.post(f"{sandbox.url}/zenki/auth/", json=form).status_code == 400
    wrong = httpx.post(f"{sandbox.url}/zenki/auth/", data=form | {"password": "no"})
    assert wrong.json()["error"] == "unauthorized_client"


def test_generations_of_tokens_may_be_kept_apart(
    portal: httpx.Client, sandbox: RunningSandbox
) -> None:
    """Behind the knob a token of /v1/oauth opens no legacy call."""
    sandbox.control.knobs(tokens_cross=False)
    answer = portal.post("/v1/api/disputes", files={"orderId": (None, ORDER)})
    assert (answer.status_code, answer.text) == (401, "Unauthorized")
    assert portal.get(PATH, headers=JSON).status_code == 200


def test_an_ended_token_opens_nothing(portal: httpx.Client, sandbox: RunningSandbox) -> None:
    """An expired or invented token is refused with 401, or 403 behind the knob."""
    sandbox.control.expire_tokens()
    assert portal.get(PATH, headers=JSON).status_code == 401
    sandbox.control.knobs(pay_bad_token=403)
    answer = portal.get(PATH, headers=JSON)
    assert answer.json()["errorCode"] == 403
    portal.headers["Authorization"] = f"Bearer {token(portal)}"
    assert portal.get(PATH, headers=JSON).status_code == 200


@pytest.mark.parametrize(
    ("casing", "camel", "snake"), [("camel", 1, 0), ("snake", 0, 1), ("both", 1, 1)]
)
def test_the_casing_of_a_reply_is_unsure(
    sandbox: RunningSandbox, casing: str, camel: int, snake: int
) -> None:
    """Each call has its own casing; behind the knob both calls share one, or use both."""
    assert ("accessToken" in mint(sandbox), "accessToken" in grant(sandbox)) == (True, False)
    sandbox.control.knobs(token_reply=casing)
    for reply in (mint(sandbox), grant(sandbox)):
        assert ("accessToken" in reply, "access_token" in reply) == (camel, snake)
        assert ("expiresIn" in reply, "expires_in" in reply) == (camel, snake)


def test_a_reply_may_be_odd(sandbox: RunningSandbox) -> None:
    """Scrambled types, no lifetime, and members that the specification requires undefined."""
    sandbox.control.knobs(
        token_types="scrambled", token_tells_lifetime=False, undefined_fields=True
    )
    old = grant(sandbox)
    assert (old["token_type"], old["refresh_expires_in"], old["session_state"]) == (0, "0", 0)
    assert "expires_in" not in old
    new = mint(sandbox)
    assert "expiresIn" not in new
    assert {"refreshToken", "refreshExpiresIn", "scope"} <= set(new)


def test_credentials_choose_the_book(portal: httpx.Client, sandbox: RunningSandbox) -> None:
    """One host holds a sandbox and a live book; neither sees an order of the other."""
    sandbox.control.book_order(booking("b", live=True))
    assert portal.get(PATH, headers=JSON).status_code == 200
    assert portal.get("/v1/pay/orders/b", headers=JSON).status_code == 404
    live = {"Authorization": f"Bearer {mint(sandbox, **LIVE)['accessToken']}"}
    assert portal.get(PATH, headers=JSON | live).status_code == 404
    assert portal.get("/v1/pay/orders/b", headers=JSON | live).status_code == 200
    form = [(name, (None, "b")) for name in ("orderId", "title", "description")]
    assert portal.post("/v1/api/disputes", files=form).status_code == 404
    assert portal.post("/v1/api/disputes", files=form, headers=live).status_code == 200
    made = portal.post("/v1/pay/orders", json=new_zenki_order(), headers=live).json()
    assert sandbox.control.zenki_order(made["zenkiOrderId"])["live"] is True
    merchant = portal.get("/v1/pay/me", headers=JSON | live).json()
    assert merchant["integrationConfig"]["plugins"][0]["clientId"] == "cid-live"


def test_mixed_credentials_open_nothing(sandbox: RunningSandbox) -> None:
    """The live id with the sandbox's secret is nobody."""
    assert mint(sandbox, clientId="cid-live")["error"] == "unauthorized_client"
