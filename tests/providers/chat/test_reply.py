"""The answers: the documents' envelope, and the sentences that are spoken in it."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from complaints.vocabulary import ComplaintNumber, OrderState, Outcome, Status
from providers.chat import (
    METHODS,
    ChatRefused,
    OrderRequest,
    RaiseRequest,
    TrackRequest,
    read_order,
    read_raise,
    read_track,
    reply_error,
    reply_order,
    reply_raise,
    reply_track,
)
from providers.chat.sentences import LANGUAGES, SENTENCES, Say
from tests.providers.chat.samples import LABELS, order_body, raise_body, sent, settings, track_body

NUMBER = ComplaintNumber("40817")
RESPONSE_ID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}-[0-9a-f]{8}"


def _asked(language: str = "en", **more: object) -> RaiseRequest:
    document = {**raise_body(), "languageCode": language}
    return read_raise(sent(document)).model_copy(update=more)


def _question(number: str = "40817", language: str = "en") -> TrackRequest:
    return read_track(sent({**track_body(number), "languageCode": language}))


def _order(method: str, order_id: object = "00591837", language: str = "en") -> OrderRequest:
    document = {**order_body(method, order_id), "languageCode": language}
    return read_order(sent(document), METHODS[method])


def _message(reply: dict[str, object]) -> Any:
    response: Any = reply["response"]
    assert set(response) == {"responseType", "responseId", "responseMessages"}
    assert re.fullmatch(RESPONSE_ID, response["responseId"])
    (message,) = response["responseMessages"]
    return message


def _spoken(reply: dict[str, object]) -> str:
    message = _message(reply)
    assert set(message) == {"simpleResponse"}
    assert set(message["simpleResponse"]) == {"responseText"}
    words = message["simpleResponse"]["responseText"]
    assert isinstance(words, str)
    return words


# -- raise -------------------------------------------------------------------------------


def test_chat_a_a_raise_is_answered_as_documented() -> None:
    """A container with a sentence and three attributes; the category is the caller's own."""
    reply = reply_raise(_asked(), NUMBER)

    assert _message(reply) == {
        "containerResponse": {
            "responseText": "Thank you, your complaint is noted. Its number is 40817.",
            "attributes": [
                {"name": "orderId", "value": "00591837"},
                {"name": "complaintId", "value": "40817"},
                {"name": "Category", "value": "product-related"},
            ],
        }
    }
    response: Any = reply["response"]
    assert response["responseType"] == "container"
    assert list(reply) == ["response"]
    json.dumps(reply)


def test_chat_a_each_answer_has_its_own_id() -> None:
    """A replayed number is a new answer."""
    ids = {str(reply_raise(_asked(), NUMBER)["response"]) for _ in range(20)}

    assert len(ids) == 20


# -- track -------------------------------------------------------------------------------


def test_chat_b_a_track_is_text() -> None:
    """One simple response, as the documents show it."""
    reply = reply_track(_question(), Status.OPEN)
    response: Any = reply["response"]

    assert response["responseType"] == "text"
    assert _message(reply) == {"simpleResponse": {"responseText": "Complaint 40817 is in review."}}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("status", Status)
def test_chat_b_each_status_has_a_sentence_in_each_language(language: str, status: Status) -> None:
    """With the number that was asked for, and no other one's words."""
    words = _spoken(reply_track(_question(language=language), status))

    assert "40817" in words
    others = [
        _spoken(reply_track(_question(language=language), other))
        for other in Status
        if other is not status
    ]
    assert words not in others


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("outcome", "say"),
    [
        (Outcome.UPHELD, Say.CLOSED_UPHELD),
        (Outcome.REFUSED, Say.CLOSED_REFUSED),
        (Outcome.PARTIAL, Say.CLOSED),
        (Outcome.UNKNOWN, Say.CLOSED),
        (Outcome.NONE, Say.CLOSED),
    ],
)
def test_chat_b_a_closed_case_says_who_won(language: str, outcome: Outcome, say: Say) -> None:
    """Where it is known; the outcome of any other status is in the status."""
    told = _spoken(reply_track(_question(language=language), Status.CLOSED, outcome))
    assert told == SENTENCES[language][say].format(number="40817")

    open_ = _spoken(reply_track(_question(language=language), Status.OPEN, outcome))
    assert open_ == SENTENCES[language][Say.OPEN].format(number="40817")


def test_chat_b_not_found_and_not_yours_sound_the_same() -> None:
    """And nothing that was typed comes back."""
    sentences = {
        _spoken(reply_track(_question(number), None))
        for number in ("40817", "1", "<script>", "x" * 32)
    }
    sentences.add(_spoken(reply_track(_question("<script>"), Status.OPEN)))

    assert sentences == {"Sorry, we have no complaint of yours with that number."}


# -- orders ------------------------------------------------------------------------------


def _each_state(method: str) -> dict[OrderState | None, str]:
    """What is said about an order of the caller's, and (None) about any other."""
    return {state: _spoken(reply_order(_order(method), state)) for state in (None, *OrderState)}


def _tells_states(method: str) -> None:
    told = _each_state(method)
    assert len(set(told.values())) == len(told)
    assert all("00591837" in words for state, words in told.items() if state is not None)
    assert "00591837" not in told[None]
    response: Any = reply_order(_order(method), OrderState.SHIPPED)["response"]
    assert response["responseType"] == "text"


def test_chat_order_status_is_a_sentence_for_each_state() -> None:
    """Text alone, as its page shows it."""
    _tells_states("getOrderStatus")
    told = _each_state("getOrderStatus")

    assert told[OrderState.SHIPPED] == "Order 00591837 has been shipped."
    assert told[OrderState.REFUNDED] == "The money for order 00591837 has been paid back."


def test_chat_order_details_invents_no_card_and_no_media() -> None:
    """Its page shows both beside the text; we know no picture and no price."""
    _tells_states("getOrderDetails")


def test_chat_tracking_details_invents_no_tracking_number() -> None:
    """Its page tells a number and a date; we know the state."""
    _tells_states("getTrackingOrderDetails")


def test_chat_cancel_order_never_says_that_it_cancelled() -> None:
    """The same words whatever the order is, but for the owner of one that is cancelled already."""
    told = _each_state("cancelOrder")
    already = told.pop(OrderState.CANCELLED)

    (words,) = set(told.values())
    assert "can't be cancelled in this chat" in words
    assert "00591837" not in words
    assert already == "Order 00591837 is cancelled already."


@pytest.mark.parametrize("method", LABELS)
@pytest.mark.parametrize("order_id", [None, "", "00591837", "<b>x</b>", "$orderId"])
def test_chat_order_status_and_the_others_give_nothing_back(method: str, order_id: object) -> None:
    """About an order that can't be told of all questions sound the same, whatever was typed."""
    words = _spoken(reply_order(_order(method, order_id), None))

    assert words == _spoken(reply_order(_order(method, "1"), None))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("state", OrderState)
def test_chat_order_status_has_a_sentence_in_each_language(
    language: str, state: OrderState
) -> None:
    """With the order's number in it."""
    words = _spoken(reply_order(_order("getOrderStatus", language=language), state))

    assert "00591837" in words
    assert words in {
        sentence.format(number="00591837") for sentence in SENTENCES[language].values()
    }


# -- refusals, languages -----------------------------------------------------------------


def test_a_refusal_stays_in_the_envelope() -> None:
    """With a sibling that a tolerant peer ignores, in the language of the request."""
    detail = "conversationRequest.userInfo.uid is required"
    status, reply = reply_error(ChatRefused(422, "missing_uid", detail, "de"))

    assert status == 422
    assert _spoken(reply) == "Leider konnten wir die Anfrage nicht lesen."
    assert reply["error"] == {"code": "missing_uid", "detail": detail}


@pytest.mark.parametrize("status", [408, 429, 503])
def test_what_asking_again_can_cure_says_so(status: int) -> None:
    """In the account's own language when the request's isn't known."""
    own = settings(default_language="cs").phrases
    found, reply = reply_error(ChatRefused(status, "too_many", "too many questions"), own)

    assert found == status
    assert "Zkuste to" in _spoken(reply)


def test_an_unspoken_language_is_answered_in_the_accounts_own() -> None:
    """French in, and the account says what it speaks."""
    own = settings(languages=["cs", "de"], default_language="cs").phrases

    assert "is in review" in _spoken(reply_track(_question(language="fr"), Status.OPEN))
    said = {
        language: _spoken(reply_track(_question(language=language), Status.OPEN, phrases=own))
        for language in ("fr", "de", "en")
    }
    assert "řešíme" in said["fr"]
    assert "geprüft" in said["de"]
    assert said["en"] == said["fr"]
    reply = _message(reply_raise(_asked("sk"), NUMBER, own))
    assert "reklamaci jsme přijali" in reply["containerResponse"]["responseText"]
