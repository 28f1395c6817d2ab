"""Bearer tokens: minted once, replayed once, whoever asks."""

from __future__ import annotations

import base64
import json
import threading
import time
from decimal import Decimal
from urllib.parse import parse_qs

import httpx
import pytest

from complaints.ports import NeedsHuman, Transient
from complaints.vocabulary import ExternalId, PushKind, Result
from providers.shelf import OwnShelf
from tests.providers.wire import Script, answer, intend
from tests.providers.zenki.samples import (
    DISPUTES,
    LEGACY_TOKEN,
    ORDER,
    ORDER_PATH,
    PNG,
    TOKEN,
    account_at,
    copy,
    merchant,
    order,
    refusal,
    token,
)

ID = ExternalId(ORDER)
OPENED = {"orderId": ORDER, "status": "DISPUTED", "dispute": {"disputeId": "cnv_1"}}


def _order(**more: object) -> httpx.Response:
    return answer(200, **order(**more))


def _bearers(script: Script) -> list[str]:
    """The token that each call but the token calls showed."""
    return [
        request.headers["authorization"]
        for request in script.requests
        if "authorization" in request.headers
    ]


def test_z03_one_token_serves_many_calls() -> None:
    """Minted by client credentials when first needed, kept while it lives."""
    script = Script([token(), _order(), _order()])
    adapter = merchant(script)
    adapter.fetch(ID)
    adapter.fetch(ID)

    assert script.calls == [("POST", TOKEN), ("GET", ORDER_PATH), ("GET", ORDER_PATH)]
    assert script.requests[0].headers["content-type"] == "application/json"
    assert script.sent(0) == {
        "clientId": "cid-4411",
        "clientSecret": "not-a-real-secret",
        "grantType": "client_credentials",
    }


def test_z02_the_legacy_grant_is_a_form() -> None:
    """snake_case in and out; the merchant's keys are user name and password there."""
    script = Script([answer(200, access_token="token-2", expires_in=1800), _order()])
    merchant(script, auth_mode="legacy_password").fetch(ID)

    assert script.calls[0] == ("POST", LEGACY_TOKEN)
    assert script.requests[0].headers["content-type"] == "application/x-www-form-urlencoded"
    assert "authorization" not in script.requests[0].headers
    assert parse_qs(script.requests[0].content.decode()) == {
        "client_id": ["zenkipay-api"],
        "username": ["cid-4411"],
        "password": ["not-a-real-secret"],
        "grant_type": ["password"],
    }
    assert script.requests[1].headers["authorization"] == "Bearer token-2"


def test_d05_disputes_may_have_a_token_of_their_own() -> None:
    """Both generations in one account: orders by client credentials, disputes by password."""
    legacy = answer(200, access_token="older", expires_in=1800)
    script = Script([token("newer"), _order(), legacy, answer(200, **OPENED)])
    adapter = merchant(script, dispute_auth_mode="legacy_password")

    assert adapter.push(intend(PushKind.OPEN_DISPUTE, ORDER)).result is Result.DONE
    assert [path for _, path in script.calls] == [TOKEN, ORDER_PATH, LEGACY_TOKEN, DISPUTES]
    assert _bearers(script) == ["Bearer newer", "Bearer older"]


@pytest.mark.parametrize("mode", ["oauth_v1", "legacy_password"])
@pytest.mark.parametrize(
    "reply",
    [
        {"accessToken": "t", "tokenType": "Bearer", "expiresIn": 1800},
        {"access_token": "t", "token_type": "Bearer", "expires_in": 1800},
    ],
)
def test_d05_either_casing_is_read_in_either_mode(mode: str, reply: dict[str, object]) -> None:
    """One reader for both generations."""
    script = Script([answer(200, **reply), _order()])
    merchant(script, auth_mode=mode).fetch(ID)

    assert _bearers(script) == ["Bearer t"]


def _jwt(**claims: object) -> str:
    def part(value: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    return f"{part({'alg': 'RS256'})}.{part(claims)}.c2lnbmF0dXJl"


@pytest.mark.parametrize(
    ("reply", "life"),
    [
        ({"accessToken": "t", "expiresIn": "600"}, 600),
        ({"accessToken": "t", "expiresIn": Decimal("600.0"), "tokenType": 7}, 600),
        ({"access_token": "t", "expires_in": 600, "refresh_expires_in": "0"}, 600),
        ({"accessToken": "t", "scope": 1, "not-before-policy": "0", "session_state": 4}, 1800),
        ({"accessToken": "t", "expiresIn": "soon"}, 1800),
        ({"accessToken": "t", "expiresIn": -5}, 1800),
        ({"accessToken": "t", "expiresIn": 10**9}, 86400),
        ({"accessToken": _jwt(iat=1700000000, exp=1700000900)}, 900),
        ({"accessToken": _jwt(iat=1700000000, exp=1700000900), "expiresIn": 600}, 600),
        ({"accessToken": _jwt(exp=1700000900)}, 1800),
        ({"accessToken": "a.b.c"}, 1800),
        ({"accessToken": "a.****.c"}, 1800),
    ],
)
def test_d06_only_the_token_and_its_life_are_needed(reply: dict[str, object], life: int) -> None:
    """As number or text; else what the token says of itself, else half an hour; a day at most."""
    shelf = OwnShelf()
    script = Script([answer(200, **reply), _order()])
    merchant(script, shelf).fetch(ID)
    (name,) = shelf._kept
    kept = shelf.get(name)

    assert kept is not None
    assert life - 5 < kept.seconds <= life


def test_d07_members_that_no_text_defines_may_be_missing() -> None:
    """The specification requires refreshToken, refreshExpiresIn and scope, and defines none."""
    script = Script([answer(200, accessToken="t"), _order()])

    assert merchant(script).fetch(ID).form == "order"


def test_d19_the_token_is_sent_as_bearer() -> None:
    """A README of Zenki's says Basic, the specification bearer."""
    script = Script([token("token-1"), _order()])
    merchant(script).fetch(ID)

    assert _bearers(script) == ["Bearer token-1"]


def _laid(life: int, left: float) -> tuple[OwnShelf, str]:
    """A shelf on which a token of that life lies, with so much of it left."""
    shelf = OwnShelf()
    merchant(Script([token(), _order()]), shelf).fetch(ID)
    (name,) = shelf._kept
    shelf.put(name, f"laid {life}", left)
    return shelf, name


@pytest.mark.parametrize(
    ("life", "left", "used"),
    [(1800, 70, True), (1800, 50, False), (40, 25, True), (40, 15, False)],
)
def test_z03_a_token_that_ends_is_minted_anew(life: int, left: int, *, used: bool) -> None:
    """Before its end by the skew; a life shorter than that still serves half of itself."""
    shelf, _ = _laid(life, left)
    script = Script([_order()] if used else [token("new"), _order()])
    merchant(script, shelf).fetch(ID)

    assert _bearers(script) == ["Bearer laid" if used else "Bearer new"]


def test_z03_a_token_that_has_ended_meanwhile_is_minted_anew() -> None:
    """By the account that has it in its own memory."""
    minted: list[str] = []

    def provider(request: httpx.Request) -> httpx.Response:
        if request.url.path != TOKEN:
            return _order()
        minted.append("token")
        return token(f"token-{len(minted)}", expiresIn=0.1)

    adapter = account_at(httpx.MockTransport(provider))
    ends = time.monotonic() + 10
    while len(minted) < 3 and time.monotonic() < ends:
        adapter.fetch(ID)

    assert len(minted) == 3


def test_z03_another_ones_token_is_used_instead_of_minting() -> None:
    """Accounts with the same credentials and the same shelf mint one between them."""
    shelf = OwnShelf()
    first, second = Script([token("shared"), _order()]), Script([_order()])
    merchant(first, shelf).fetch(ID)
    merchant(second, shelf).fetch(ID)

    assert _bearers(second) == ["Bearer shared"]
    assert second.calls == [("GET", ORDER_PATH)]


@pytest.mark.parametrize(
    "other",
    [
        {"client_id": "cid-4412"},
        {"client_secret": "another-secret"},
        {"base_url": "http://127.0.0.1:9/other"},
        {"auth_mode": "legacy_password"},
    ],
)
def test_z03_other_credentials_have_another_token(other: dict[str, object]) -> None:
    """A token is never shown to whom it doesn't belong."""
    shelf = OwnShelf()
    merchant(Script([token("first"), _order()]), shelf).fetch(ID)
    second = Script([token("second"), _order()])
    merchant(second, shelf, **other).fetch(ID)

    assert _bearers(second) == ["Bearer second"]


def test_d11_a_refused_token_is_replaced_once_and_the_call_replayed() -> None:
    """Nothing was done under the old token, so a write may be replayed; its body is whole."""
    script = Script(
        [
            token("old"),
            _order(),
            httpx.Response(401, text="Unauthorized"),
            token("new"),
            answer(200, **OPENED),
        ]
    )
    files = ({"name": "proof.png", "media_type": "image/png", "content": PNG},)
    claim = {"text": "Nothing came."}
    receipt = merchant(script).push(
        intend(PushKind.OPEN_DISPUTE, ORDER, claim=claim, attachments=files)
    )

    assert receipt.result is Result.DONE
    first, second = script.requests[2], script.requests[4]
    assert (first.url.path, second.url.path) == (DISPUTES, DISPUTES)
    assert second.headers["authorization"] == "Bearer new"
    assert _without_boundary(first) == _without_boundary(second)
    assert PNG in second.content


def _without_boundary(request: httpx.Request) -> bytes:
    boundary = request.headers["content-type"].rpartition("=")[2].encode()
    return request.content.replace(boundary, b"")


def test_d11_a_second_401_needs_a_person() -> None:
    """One replay, never a loop."""
    script = Script([token("a"), httpx.Response(401), token("b"), httpx.Response(401)])
    with pytest.raises(NeedsHuman):
        merchant(script).fetch(ID)

    assert len(script.requests) == 4


def test_d11_one_act_gets_one_new_token() -> None:
    """The look before a write has used it up; the write surely wasn't done."""
    script = Script([token("a"), httpx.Response(401), token("b"), _order(), httpx.Response(401)])
    with pytest.raises(NeedsHuman):
        merchant(script).push(intend(PushKind.OPEN_DISPUTE, ORDER))

    assert script.steps == []


def test_d11_another_ones_token_that_is_dead_too_stops_nobody() -> None:
    """It is tried instead of minting; refused as well, the next act mints."""
    shelf = OwnShelf()
    mine = Script([token("first"), _order()])
    adapter = merchant(mine, shelf)
    adapter.fetch(ID)
    others = Script([httpx.Response(401), token("second"), _order()])
    merchant(others, shelf).fetch(ID)
    mine.steps = [httpx.Response(401), httpx.Response(401), token("third"), _order()]
    with pytest.raises(Transient):
        adapter.fetch(ID)

    assert adapter.fetch(ID).form == "order"
    assert _bearers(mine)[1:] == ["Bearer first", "Bearer second", "Bearer third"]


def test_d11_a_403_under_a_young_token_is_a_permission() -> None:
    """A new token would change nothing."""
    script = Script([token(), refusal(403)])
    with pytest.raises(NeedsHuman, match="403"):
        merchant(script).fetch(ID)

    assert len(script.requests) == 2


@pytest.mark.parametrize(("left", "old"), [(1000, False), (800, True)])
def test_d11_a_403_under_an_old_token_is_tried_with_a_new_one(left: int, *, old: bool) -> None:
    """Some gateways say 403 for a token that has ended; its age is known by what is left of it."""
    shelf, _ = _laid(1800, left)
    script = Script([refusal(403), token("b"), _order()] if old else [refusal(403)])
    if old:
        assert merchant(script, shelf).fetch(ID).form == "order"
    else:
        with pytest.raises(NeedsHuman):
            merchant(script, shelf).fetch(ID)

    assert script.steps == []


def test_d11_a_403_under_the_new_token_is_a_permission() -> None:
    """One replay, never a loop."""
    shelf, _ = _laid(1800, 800)
    script = Script([refusal(403), token("b"), refusal(403)])
    with pytest.raises(NeedsHuman, match="403"):
        merchant(script, shelf).fetch(ID)

    assert script.steps == []


@pytest.mark.parametrize(
    ("step", "verdict"),
    [
        (answer(400, error="unauthorized_client", errorDescription="Invalid"), NeedsHuman),
        (httpx.Response(401), NeedsHuman),
        (httpx.Response(302), NeedsHuman),
        (answer(500, error="server_error"), Transient),
        (httpx.Response(429), Transient),
        (httpx.Response(404, text="<html>"), Transient),
        (httpx.Response(200, text="<html>"), Transient),
        (answer(200), Transient),
        (answer(200, accessToken=""), Transient),
        (answer(200, accessToken="two words"), Transient),
        (answer(200, accessToken=7), Transient),
        (httpx.ConnectError("x"), Transient),
        (httpx.ReadTimeout("x"), Transient),
    ],
)
@pytest.mark.parametrize("kind", [None, PushKind.OPEN_DISPUTE, PushKind.REFUND, PushKind.DELIVER])
def test_z03_without_a_token_nothing_is_done(
    step: httpx.Response | Exception, verdict: type[Exception], kind: PushKind | None
) -> None:
    """Refused credentials need a person; anything else may work later, for writes as well."""
    script = Script([copy(step)])
    adapter = merchant(script)
    with pytest.raises(verdict) as fault:
        adapter.fetch(ID) if kind is None else adapter.push(intend(kind, ORDER))

    assert len(script.requests) == 1
    assert "not-a-real-secret" not in str(fault.value)


def test_z03_many_threads_mint_one_token() -> None:
    """All wait for the first one's."""
    minted: list[str] = []

    def provider(request: httpx.Request) -> httpx.Response:
        if request.url.path == TOKEN:
            minted.append("token")
            time.sleep(0.05)
            return token()
        return _order()

    adapter = account_at(httpx.MockTransport(provider))
    threads = [threading.Thread(target=adapter.fetch, args=(ID,)) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert minted == ["token"]
