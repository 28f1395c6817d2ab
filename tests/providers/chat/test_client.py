"""The other side: raising complaints at a middleware that hosts the calls itself."""

from __future__ import annotations

import base64
import json
from typing import Any

import httpx
import pytest
from pydantic import SecretStr, ValidationError

from complaints.model import Claim, OrderKey
from complaints.ports import Intent, NeedsHuman, Transient
from complaints.vocabulary import Capability, OrderSpace, PushKind, Result
from providers.chat import RAISE_PATH, TRACK_PATH, Chat, ChatHost, Person, read_reply
from providers.chat.wire import ChatRequest
from providers.http import Fate, make_client
from tests.providers.chat.samples import HOST, TEXT, raise_body, raised, sent, settings, track_body
from tests.providers.chat.test_rows_caller import PERSON, WHOLE
from tests.providers.wire import ACCOUNT, Script, answer, intend

ORDER = OrderKey(space=OrderSpace.NUMBER, value="00591837")
HASH = OrderKey(space=OrderSpace.HASH, value="f" * 32)
BASIC = "Basic " + base64.b64encode(b"redress:secret-of-the-host").decode()


def _taken(number: object = "40817") -> httpx.Response:
    block = {
        "responseText": "Thank you.",
        "attributes": [{"name": "complaintId", "value": number}],
    }
    return answer(response=_inner({"containerResponse": block}))


def _inner(*messages: object) -> dict[str, object]:
    return {"responseType": "container", "responseId": "x", "responseMessages": list(messages)}


def _account(*steps: httpx.Response | Exception, **more: object) -> tuple[Chat, Script]:
    script = Script(list(steps))
    own = settings(**HOST, **more)
    return Chat(ACCOUNT, own, make_client(str(own.host_url), script.transport)), script


def _intent(**claim: object) -> Intent:
    said = {"text": TEXT, "name": "Asha Rao", "email": "asha@example.org", "category": "product"}
    return intend(
        PushKind.CREATE, claim=Claim.model_validate({**said, **claim}), order_keys=(HASH, ORDER)
    )


# -- the wire ----------------------------------------------------------------------------


@pytest.mark.parametrize("document", [raise_body(), track_body()])
def test_chat_a_and_b_examples_survive_the_wire_model(document: dict[str, Any]) -> None:
    """Every field under its name, type and nesting, ``problemStatment`` as it is misspelt."""
    read = ChatRequest.model_validate(document)

    assert read.document() == document
    assert json.dumps(read.document()) == json.dumps(document)


@pytest.mark.parametrize(
    "wrong",
    [
        {"languageCode": 7},
        {"language": "en"},
        {"queryInfo": {"interestType": "x", "parameters": {"params": {"entityInfo": {"x": "y"}}}}},
    ],
)
def test_the_wire_model_writes_nothing_else(wrong: dict[str, object]) -> None:
    """No other field, no other type."""
    with pytest.raises(ValidationError):
        ChatRequest.model_validate({**raise_body(), **wrong})


def test_chat_a_the_client_writes_exactly_the_example() -> None:
    """Path, login and body; our own reading finds no deviation in it."""
    script = Script([_taken()])
    client = make_client("http://127.0.0.1:8090/host", script.transport)
    host = ChatHost(client, "redress", SecretStr("secret-of-the-host"))
    heard = host.raise_complaint(
        PERSON, TEXT, order_id="00591837", category="product-related", language="en"
    )
    client.close()

    assert script.calls == [("POST", f"/host{RAISE_PATH}")]
    assert script.requests[0].headers["authorization"] == BASIC
    assert script.requests[0].headers["content-type"] == "application/json"
    assert script.sent() == raise_body()
    assert raised(script.sent()) == WHOLE
    assert (heard.fate, heard.reply and heard.reply.complaint_id) == (Fate.OK, "40817")


def test_chat_b_the_client_writes_exactly_the_example() -> None:
    """And hears a sentence, out of which no status is read."""
    script = Script([answer(response=_inner({"simpleResponse": {"responseText": "In review."}}))])
    client = make_client("http://127.0.0.1:8090/host", script.transport)
    host = ChatHost(client, "redress", SecretStr("secret-of-the-host"))
    heard = host.track(PERSON, "40817", order_id="00591837")
    client.close()

    assert script.calls == [("POST", f"/host{TRACK_PATH}")]
    assert script.sent() == track_body()
    assert heard.reply is not None
    assert (heard.reply.text, heard.reply.complaint_id) == ("In review.", None)


def test_what_isnt_known_isnt_sent() -> None:
    """No empty names, no empty order, no category that nobody gave."""
    script = Script([_taken()])
    client = make_client("http://127.0.0.1:8090/host", script.transport)
    ChatHost(client, "redress", SecretStr("x")).raise_complaint(Person(channel="X", uid="1"), "Hi")
    client.close()

    assert script.sent() == {
        "conversationRequest": {"channel": "X", "userInfo": {"uid": "1"}},
        "queryInfo": {
            "interestType": "productComplaint",
            "parameters": {"params": {"entityInfo": {"problemStatment": "Hi"}}},
        },
        "languageCode": "en",
    }


# -- reading answers ---------------------------------------------------------------------


def test_the_key_that_is_there_decides() -> None:
    """Type and blocks needn't agree, one element may hold two keys, unknown ones are nothing."""
    reply = read_reply(
        sent(
            {
                "response": {
                    "responseType": "telepathy",
                    "responseMessages": [
                        {"basicCard": {"title": "x"}, "mediaResponse": {"mediaType": "AUDIO"}},
                        {"simpleResponse": {"responseText": "First."}, "unheard": 7},
                        {"containerResponse": {"responseText": "Second.", "attributes": "none"}},
                        "nonsense",
                    ],
                },
                "error": {"code": "missing_uid"},
            }
        )
    )

    assert reply is not None
    assert (reply.kind, reply.text, reply.attributes) == ("telepathy", "First.", {})
    assert reply.error == "missing_uid"


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[]", b"{}", b"null", b'{"response":{}}', b'{"response":{"a":1},}']
)
def test_what_is_no_envelope_is_no_answer(body: bytes) -> None:
    """An HTML page, a truncated or an empty object."""
    assert read_reply(body) is None


# -- raising -----------------------------------------------------------------------------


def test_only_a_host_makes_an_account_able_to_create() -> None:
    """Without one it says which key would."""
    plain = Chat(ACCOUNT, settings())
    hosted, _ = _account()

    assert plain.capabilities == {Capability.WEBHOOK}
    assert plain.abilities[Capability.CREATE].switch == "host_url"
    assert plain.abilities[Capability.CREATE].why
    assert hosted.capabilities == {Capability.WEBHOOK, Capability.CREATE}
    for account in (plain, hosted):
        assert set(account.abilities) == set(Capability)
        lacks = [one for one in account.abilities.values() if not one.able]
        assert all(one.why for one in lacks)
    costs = [(kind, hosted.cost(kind)) for kind in (None, *PushKind) if hosted.cost(kind)]
    assert costs == [(PushKind.CREATE, 1)]
    assert not any(plain.cost(kind) for kind in (None, *PushKind))


def test_chat_a_a_complaint_is_raised_at_the_host() -> None:
    """In its customer's name; the host's number is what it is known by there."""
    account, script = _account(_taken())
    receipt = account.push(_intent())

    assert (receipt.result, receipt.external_id, receipt.detail) == (Result.DONE, "40817", "")
    assert script.sent() == {
        "conversationRequest": {
            "channel": "TELEGRAM",
            "userInfo": {"first_name": "Asha Rao", "uid": "asha@example.org"},
        },
        "queryInfo": {
            "interestType": "productComplaint",
            "parameters": {
                "params": {
                    "entityInfo": {
                        "orderId": "00591837",
                        "problemStatment": TEXT,
                        "category": "product-related",
                    }
                }
            },
        },
        "languageCode": "en",
    }


@pytest.mark.parametrize(
    ("raiser", "channel", "uid"),
    [
        ("WHATSAPP:70214", "WHATSAPP", "70214"),
        ("UNKNOWN:70214", "VIBER", "70214"),
        ("WHATSAPP:a:b", "WHATSAPP", "a:b"),
        ("", "VIBER", "asha@example.org"),
    ],
)
def test_a_customer_of_a_chat_keeps_channel_and_id(raiser: str, channel: str, uid: str) -> None:
    """Anybody else is known by their e-mail, in the channel of the settings."""
    account, script = _account(_taken(), host_channel="VIBER")
    account.push(_intent(raiser=raiser))
    sent: Any = script.sent()

    assert sent["conversationRequest"]["channel"] == channel
    assert sent["conversationRequest"]["userInfo"]["uid"] == uid


@pytest.mark.parametrize(
    ("spoken", "said"), [("en", "en"), ("cs", "cs"), ("de", "en"), ("pt", "en")]
)
def test_the_hosts_languages_are_a_setting(spoken: str, said: str) -> None:
    """A language that it doesn't understand is its first one."""
    account, script = _account(_taken(), host_languages=["en", "cs"])
    account.push(_intent(language=spoken))

    assert script.sent()["languageCode"] == said


def test_a_customer_without_any_id_is_not_made_up() -> None:
    """Nothing is sent, and a person hears why."""
    account, script = _account()
    receipt = account.push(_intent(email=""))

    assert receipt.result is Result.REFUSED
    assert "no e-mail" in receipt.detail
    assert script.requests == []


def test_what_isnt_known_of_a_complaint_isnt_sent() -> None:
    """A category of another system isn't the chat's; no text is none."""
    account, script = _account(_taken())
    account.push(intend(PushKind.CREATE, claim={"email": "a@example.org", "category": "reklamace"}))
    sent: Any = script.sent()
    assert sent["queryInfo"]["parameters"]["params"]["entityInfo"] == {}

    account, script = _account(_taken())
    receipt = account.push(_intent(text="x" * 5000))
    sent = script.sent()
    entity = sent["queryInfo"]["parameters"]["params"]["entityInfo"]
    assert entity["problemStatment"] == "x" * 4096
    assert receipt.detail == "text cut at 4096 characters"


@pytest.mark.parametrize(
    ("step", "result", "detail"),
    [
        # A sentence in good order and no number: the host has decided that it takes nothing.
        (
            answer(response=_inner({"simpleResponse": {"responseText": "We are closed, 40817."}})),
            Result.REFUSED,
            "HTTP 200, no complaintId",
        ),
        (_taken(None), Result.REFUSED, "no complaintId"),
        (_taken(""), Result.REFUSED, "no complaintId"),
        (_taken("x" * 129), Result.REFUSED, "no complaintId"),
        (
            answer(422, response=_inner(), error={"code": "missing_uid", "detail": "x@y.z"}),
            Result.REFUSED,
            "HTTP 422 missing_uid",
        ),
        (answer(400), Result.REFUSED, "HTTP 400"),
        # No answer of the chat's: it may have been taken.
        (httpx.Response(200, text="<html>"), Result.UNKNOWN, "no answer of the chat's"),
        (httpx.Response(200, text='{"response":{"resp'), Result.UNKNOWN, "no answer"),
        (httpx.Response(204), Result.UNKNOWN, "no answer"),
        (httpx.Response(500, content=_taken().content), Result.UNKNOWN, "HTTP 500"),
        (httpx.Response(500, text="oops"), Result.UNKNOWN, "HTTP 500"),
        (httpx.Response(503, headers={"retry-after": "5"}), Result.UNKNOWN, "HTTP 503"),
        (httpx.ReadTimeout("x"), Result.UNKNOWN, "ReadTimeout"),
        (httpx.RemoteProtocolError("x"), Result.UNKNOWN, "RemoteProtocolError"),
    ],
)
def test_chat_a_a_raise_is_sent_once_whatever_comes_back(
    step: httpx.Response | Exception, result: Result, detail: str
) -> None:
    """A receipt for each, and none says more than codes."""
    account, script = _account(step)
    receipt = account.push(_intent())

    assert receipt.result is result
    assert detail in receipt.detail
    assert len(script.requests) == 1
    assert "@" not in receipt.detail


@pytest.mark.parametrize(
    ("step", "verdict"),
    [
        (httpx.Response(429, headers={"retry-after": "7"}), Transient),
        (httpx.ConnectError("x"), Transient),
        (httpx.ConnectTimeout("x"), Transient),
        (httpx.Response(401), NeedsHuman),
        (httpx.Response(403), NeedsHuman),
        (httpx.Response(404), NeedsHuman),
        (httpx.Response(302, headers={"location": "http://127.0.0.1/x"}), NeedsHuman),
    ],
)
def test_chat_a_what_surely_wasnt_done_is_a_verdict(
    step: httpx.Response | Exception, verdict: type[Exception]
) -> None:
    """Later again, or a person: a wrong login, a wrong address."""
    account, script = _account(step)
    with pytest.raises(verdict):
        account.push(_intent())

    assert len(script.requests) == 1


@pytest.mark.parametrize("kind", [kind for kind in PushKind if kind is not PushKind.CREATE])
def test_nothing_else_can_be_sent(kind: PushKind) -> None:
    """No status, no refund, no file: the platform has no such call."""
    account, script = _account()

    assert account.push(intend(kind, "40817")).result is Result.UNSUPPORTED
    assert script.requests == []


def test_nothing_can_be_read_back() -> None:
    """The only answer of the host is prose."""
    account, script = _account()
    with pytest.raises(NeedsHuman, match="can't be read"):
        account.fetch(intend(PushKind.CREATE, "40817").external_id or "")  # type: ignore[arg-type]

    assert script.requests == []


# -- checking ----------------------------------------------------------------------------


def test_an_account_is_checked_by_a_question_that_nobody_asks() -> None:
    """Complaint 0 is nobody's: the host says so, and has taken our login."""
    account, script = _account(
        answer(response=_inner({"simpleResponse": {"responseText": "We have no such complaint."}}))
    )

    assert "takes our login" in account.check()
    assert script.calls == [("POST", f"/host{TRACK_PATH}")]
    assert "nothing here can tell" in Chat(ACCOUNT, settings()).check()


@pytest.mark.parametrize(
    ("step", "verdict"),
    [
        (httpx.Response(401), NeedsHuman),
        (httpx.Response(404), NeedsHuman),
        (httpx.Response(422), NeedsHuman),
        (httpx.Response(200, text="<html>"), NeedsHuman),
        (httpx.Response(500), Transient),
        (httpx.ReadTimeout("x"), Transient),
    ],
)
def test_a_check_says_what_is_wrong(
    step: httpx.Response | Exception, verdict: type[Exception]
) -> None:
    """By a verdict, and by nothing else."""
    account, _ = _account(step)
    with pytest.raises(verdict, match="host: "):
        account.check()
    account.close()


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"host_username": "x"}, "need a host_url"),
        ({"host_password": "secret-of-nobody"}, "need a host_url"),
        ({"requests_per_minute": 30}, "need a host_url"),
        ({"budget_pool": "host"}, "need a host_url"),
        ({"host_url": "https://bot.example.org"}, "host_url needs host_username"),
        ({**HOST, "host_username": "a:b"}, "host_username"),
        ({**HOST, "host_url": "bot.example.org"}, "host_url must be an http"),
        ({**HOST, "host_url": "https://u:p@bot.example.org"}, "host_url must hold no user"),
        ({**HOST, "environment": "live"}, "host_url of a live account must be https"),
        ({**HOST, "host_languages": []}, "host_languages"),
    ],
)
def test_a_host_that_cant_be_called_is_refused(more: dict[str, object], words: str) -> None:
    """When the settings are read; no secret is in the message."""
    live = {"password": "long-enough-secret", "other_logins": []}
    with pytest.raises(ValidationError, match=words) as fault:
        settings(**{**live, **more})

    assert "secret-of" not in str(fault.value)
