"""The chat account: who may call, and what a raise becomes."""

from __future__ import annotations

import base64

import pytest
from pydantic import ValidationError

from complaints.model import Change, Claim, OrderKey
from complaints.ports import Rejected
from complaints.vocabulary import ComplaintNumber, ExternalId, OrderSpace, Status, Subject
from providers.chat import METHODS, RAISE, RAISE_PATH, TRACK_PATH, ChatSettings
from tests.providers.chat.samples import (
    HOST,
    TEXT,
    basic,
    bot,
    raise_body,
    sent,
    settings,
    track_body,
)
from tests.providers.wire import NOW, observe

NUMBER = ComplaintNumber("40817")


@pytest.mark.parametrize("password", ["not-a-real-secret", "older-secret"])
def test_each_valid_login_is_let_in(password: str) -> None:
    """So that a password can be changed without a gap."""
    body = sent(raise_body())
    delivery = bot().verify(RAISE_PATH, basic("bot", password), body, NOW)

    assert delivery.form == "raise"
    assert bot().verify(TRACK_PATH, basic(), body, NOW).form == "track"
    assert delivery == bot().verify(RAISE_PATH, basic("bot", password), body, NOW)
    assert delivery.delivery_id != bot().verify(TRACK_PATH, basic(), body, NOW).delivery_id


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Basic",
        "Basic ",
        "Basic !!!",
        "Basic ä",
        "Basic " + _encoded("bot"),
        "Basic " + _encoded("bot:"),
        "Basic " + _encoded("bot:wrong"),
        "Basic " + _encoded("BOT:not-a-real-secret"),
        "Basic " + _encoded("bot:not-a-real-secret "),
        "Basic " + _encoded("not-a-real-secret:bot"),
        "Bearer " + _encoded("bot:not-a-real-secret"),
        _encoded("bot:not-a-real-secret"),
        "bot:not-a-real-secret",
    ],
)
def test_nobody_else_is_let_in(header: str | None) -> None:
    """Whatever the header holds, it is one answer."""
    headers = {} if header is None else {"authorization": header}
    with pytest.raises(Rejected, match="wrong user name or password"):
        bot().verify(RAISE_PATH, headers, b"{}", NOW)
    with pytest.raises(Rejected):
        bot().authenticate(headers)


def test_the_scheme_may_be_written_small() -> None:
    """HTTP says so."""
    bot().authenticate({"authorization": "basic " + _encoded("bot:not-a-real-secret")})


def _bare(username: str = "bot", password: str = "not-a-real-secret") -> dict[str, str]:
    """Two plain headers, as one line of the landing page can be read."""
    return {"username": username, "password": password}


def test_bare_headers_count_only_behind_their_flag() -> None:
    """Every login that is valid is valid there too; HTTP Basic stays."""
    with pytest.raises(Rejected):
        bot().authenticate(_bare())

    flagged = bot(bare_headers=True)
    flagged.authenticate(_bare())
    flagged.authenticate(_bare(password="older-secret"))
    flagged.authenticate(basic())
    flagged.authenticate({**_bare(password="wrong"), **basic()})


@pytest.mark.parametrize(
    "headers",
    [
        {},
        _bare(password="wrong"),
        _bare(password=""),
        _bare(username=""),
        _bare("BOT"),
        _bare("bot:not-a-real-secret", ""),
        _bare("bot:not-a-real", "secret"),
        _bare(password="\u0161patn\u011b"),
        {"username": "bot"},
        {"password": "not-a-real-secret"},
    ],
)
def test_wrong_bare_headers_are_nobodys(headers: dict[str, str]) -> None:
    """Neither half alone, nor a colon moved over."""
    with pytest.raises(Rejected, match="wrong user name or password"):
        bot(bare_headers=True).authenticate(headers)


def test_bare_headers_hold_what_the_sender_wrote() -> None:
    """Servers hand bytes over as Latin-1; the login was UTF-8."""
    secret = "heslo-\u0161patn\u011b"
    account = bot(bare_headers=True, password=secret)
    account.authenticate(_bare(password=secret.encode().decode("latin-1")))
    account.authenticate(basic(password=secret))


def test_other_calls_are_not_served() -> None:
    """Not even with the right password; the superseded path only when it is switched on."""
    body = sent(raise_body())
    for path in ("/placeOrder", RAISE_PATH.rpartition("/")[0]):
        with pytest.raises(Rejected, match="no such"):
            bot().verify(path, basic(), body, NOW)

    assert bot(bare_path=True).verify("", basic(), body, NOW).form == "raise"
    with pytest.raises(Rejected, match="malformed_json"):
        bot(bare_path=True).verify("", basic(), b"{", NOW)


@pytest.mark.parametrize("method", METHODS)
def test_each_call_is_known_by_its_path(method: str) -> None:
    """The form of the delivery is the operation."""
    assert bot().verify(f"/{method}", basic(), b"{}", NOW).form == METHODS[method]


def test_chat_a_a_raise_becomes_a_complaint() -> None:
    """The promised number is its reference; it agrees with whatever becomes of it."""
    (change,) = bot().parse(observe(RAISE, raise_body(), number=NUMBER))

    assert change == Change(
        subject=Subject.COMPLAINT,
        external_id=ExternalId("40817"),
        order_keys=(OrderKey(space=OrderSpace.NUMBER, value="00591837"),),
        reference=NUMBER,
        word="raised",
        status=Status.NEW,
        covers=frozenset(Status) - {Status.UNKNOWN},
        claim=Claim(
            text=TEXT,
            category="product",
            name="Asha Rao",
            channel="TELEGRAM",
            raiser="TELEGRAM:70214",
            language="en",
        ),
    )


def test_a_raise_without_order_name_or_words_is_one_too() -> None:
    """The warnings ride along."""
    document = raise_body({}, first_name=None, last_name=None)
    (change,) = bot().parse(observe(RAISE, document))

    assert (change.external_id, change.reference, change.order_keys) == (None, None, ())
    assert change.warnings == ("needs-text",)
    assert change.claim == Claim(
        category="other", name="asha_r", channel="TELEGRAM", raiser="TELEGRAM:70214"
    )


def test_chat_a_the_same_words_later_may_be_a_duplicate() -> None:
    """Another complaint all the same: the warning names the earlier one."""
    (change,) = bot().parse(observe("raise after 10003", raise_body(), number=NUMBER))

    assert (change.reference, change.external_id) == (NUMBER, ExternalId("40817"))
    assert change.warnings == ("possible duplicate of 10003",)


def test_chat_r12_related_orders_ride_along_as_warnings() -> None:
    """One complaint about the first of them."""
    (change,) = bot().parse(observe(RAISE, raise_body({"orderId": ["1", "2", "3"]})))

    assert change.order_keys == (OrderKey(space=OrderSpace.NUMBER, value="1"),)
    assert change.warnings[-2:] == ("related order 2", "related order 3")


def test_what_we_took_and_what_the_host_took_have_different_names() -> None:
    """Both count complaints, and a number of theirs must not be taken for one of ours."""
    (change,) = bot(**HOST).parse(observe(RAISE, raise_body(), number=NUMBER))

    assert (change.reference, change.external_id) == (NUMBER, ExternalId("own:40817"))


@pytest.mark.parametrize(
    ("form", "body", "reason"),
    [
        (RAISE, b"{", "malformed_json"),
        (RAISE, sent(raise_body(uid="")), "missing_uid"),
        ("track", sent(track_body()), "a form that"),
        ("raised", sent(raise_body()), "a form that"),
    ],
)
def test_what_is_no_raise_says_why(form: str, body: bytes, reason: str) -> None:
    """Kept and explained."""
    (change,) = bot().parse(observe(form, body))

    assert change.subject is Subject.UNREADABLE
    assert reason in change.reason


def test_the_window_and_the_languages_are_settings() -> None:
    """With defaults that work."""
    own = settings(window_minutes=30)

    assert (own.window.total_seconds(), settings().window.total_seconds()) == (1800, 900)
    assert own.phrases.speak("cs") == "cs"
    assert own.phrases.speak("fr") == "en"
    assert {own.bare_path, own.bare_headers, own.uid_is_email} == {False}


@pytest.mark.parametrize(
    "wrong",
    [
        {"username": ""},
        {"username": "a:b"},
        {"password": ""},
        {"window_minutes": 0},
        {"languages": ["fr"]},
        {"languages": []},
        {"languages": ["cs"], "default_language": "en"},
        {"other_logins": [{"username": "x"}]},
        {"environment": "live", "password": "short"},
        {"environment": "live", "other_logins": [{"username": "x", "password": "short"}]},
        {"api_key": "x"},
    ],
)
def test_nonsense_is_refused(wrong: dict[str, object]) -> None:
    """No empty login, no short password in earnest, no language without sentences."""
    good = {"username": "bot", "password": "not-a-real-secret", "environment": "sandbox"}
    with pytest.raises(ValidationError) as fault:
        ChatSettings.model_validate({**good, **wrong})

    assert "not-a-real-secret" not in str(fault.value)
