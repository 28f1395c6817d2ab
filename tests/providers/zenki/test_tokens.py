"""Bearer tokens: minted once, replayed once, by one thread."""

from __future__ import annotations

import threading
import time
from urllib.parse import parse_qs

import httpx
import pytest

from complaints.model import ExternalId, PushKind, Result
from complaints.ports import NeedsHuman, Transient
from providers.http import make_client
from providers.zenki import Zenki
from tests.providers.wire import ACCOUNT, Script, answer, intend
from tests.providers.zenki.samples import (
    DISPUTES,
    LEGACY_TOKEN,
    ORDER,
    ORDER_PATH,
    PNG,
    TOKEN,
    merchant,
    order,
    refusal,
    settings,
    token,
)

ID = ExternalId(ORDER)


def _order(**more: object) -> httpx.Response:
    return answer(200, **order(**more))  # type: ignore[arg-type]


def test_one_token_serves_many_calls() -> None:
    """Minted when first needed, kept while it lives."""
    script = Script([token(), _order(), _order()])
    adapter = merchant(script)
    adapter.fetch(ID)
    adapter.fetch(ID)

    assert script.calls == [("POST", TOKEN), ("GET", ORDER_PATH), ("GET", ORDER_PATH)]
    assert script.sent(0) == {
        "clientId": "cid-4411",
        "clientSecret": "not-a-real-secret",
        "grantType": "client_credentials",
    }
    assert script.requests[1].headers["authorization"] == "Bearer token-1"
    assert script.requests[1].headers["accept"] == "application/json"
    assert script.requests[1].headers["content-type"] == "application/json"


def test_the_legacy_grant_is_a_form() -> None:
    """snake_case in and out; the merchant's keys are user name and password there."""
    script = Script([answer(200, access_token="token-2", expires_in=1800), _order()])
    merchant(script, auth_mode="legacy_password").fetch(ID)

    assert script.calls[0] == ("POST", LEGACY_TOKEN)
    assert parse_qs(script.requests[0].content.decode()) == {
        "client_id": ["zenkipay-api"],
        "username": ["cid-4411"],
        "password": ["not-a-real-secret"],
        "grant_type": ["password"],
    }
    assert script.requests[1].headers["authorization"] == "Bearer token-2"


def test_extra_headers_are_sent_when_they_are_set() -> None:
    """Optional in the documents, absent by default."""
    script = Script([token(), _order(), token(), _order()])
    merchant(script, plugin_id="0123456789abcdef0123", accept_language="es").fetch(ID)
    merchant(script).fetch(ID)

    assert script.requests[1].headers["x-zenki-plugin-id"] == "0123456789abcdef0123"
    assert script.requests[1].headers["accept-language"] == "es"
    assert "x-zenki-plugin-id" not in script.requests[3].headers


def test_a_token_that_ends_is_minted_anew() -> None:
    """Before its end by the skew; a life shorter than that still serves half of itself."""
    script = Script([token("a", expiresIn=0.2), _order(), _order(), token("b"), _order()])
    adapter = merchant(script)
    adapter.fetch(ID)
    adapter.fetch(ID)
    time.sleep(0.15)
    adapter.fetch(ID)

    assert [call[1] == TOKEN for call in script.calls] == [True, False, False, True, False]
    assert script.requests[4].headers["authorization"] == "Bearer b"


def test_a_refused_token_is_replaced_once_and_the_call_replayed() -> None:
    """Nothing was done under the old token, so a write may be replayed; its body is whole."""
    script = Script(
        [
            token("old"),
            _order(),
            httpx.Response(401, text="Unauthorized"),
            token("new"),
            answer(200, orderId=ORDER, status="DISPUTED", dispute={"disputeId": "cnv_1"}),
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
    for request in (first, second):
        assert b"Nothing came." in request.content
        assert PNG in request.content


def test_a_second_401_needs_a_person() -> None:
    """One replay, never a loop."""
    script = Script([token("a"), httpx.Response(401), token("b"), httpx.Response(401)])
    with pytest.raises(NeedsHuman):
        merchant(script).fetch(ID)

    assert len(script.requests) == 4


def test_a_403_under_a_young_token_is_a_permission() -> None:
    """A new token would change nothing."""
    script = Script([token(), refusal(403)])
    with pytest.raises(NeedsHuman):
        merchant(script).fetch(ID)

    assert len(script.requests) == 2


def test_a_403_under_an_old_token_is_tried_with_a_new_one() -> None:
    """Some gateways say 403 for a token that has ended."""
    script = Script([token(expiresIn=0.2), refusal(403), token("b"), _order()])
    adapter = merchant(script, token_skew=0)
    script.steps.insert(1, _order())
    adapter.fetch(ID)
    time.sleep(0.12)

    assert adapter.fetch(ID).form == "order"


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
@pytest.mark.parametrize("kind", [None, PushKind.OPEN_DISPUTE, PushKind.REFUND])
def test_without_a_token_nothing_is_done(
    step: httpx.Response | Exception, verdict: type[Exception], kind: PushKind | None
) -> None:
    """Refused credentials need a person; anything else may work later, for writes as well."""
    if isinstance(step, httpx.Response):
        step = httpx.Response(step.status_code, content=step.content)
    script = Script([step])
    adapter = merchant(script)
    with pytest.raises(verdict) as fault:
        adapter.fetch(ID) if kind is None else adapter.push(intend(kind, ORDER))

    assert len(script.requests) == 1
    assert "not-a-real-secret" not in str(fault.value)


def test_many_threads_mint_one_token() -> None:
    """All wait for the first one's."""
    minted: list[str] = []

    def provider(request: httpx.Request) -> httpx.Response:
        if request.url.path == TOKEN:
            minted.append("token")
            time.sleep(0.05)
            return token()
        return _order()

    own = settings()
    adapter = Zenki(ACCOUNT, own, make_client(own.base_url, httpx.MockTransport(provider)))
    threads = [threading.Thread(target=adapter.fetch, args=(ID,)) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert minted == ["token"]
