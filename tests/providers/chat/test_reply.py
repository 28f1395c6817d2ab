"""The answers: the documents' envelope, and one sentence for each status and language."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from complaints.model import ComplaintNumber, Status
from providers.chat import (
    ChatRefused,
    RaiseRequest,
    TrackRequest,
    read_raise,
    read_track,
    reply_error,
    reply_raise,
    reply_track,
)
from providers.chat.sentences import LANGUAGES, SENTENCES, Say, sentence
from tests.providers.chat.samples import raise_body, sent, settings, track_body

NUMBER = ComplaintNumber("40817")
RESPONSE_ID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}-[0-9a-f]{8}"


def _asked(language: str = "en", **more: object) -> RaiseRequest:
    document = {**raise_body(), "languageCode": language}
    return read_raise(sent(document)).model_copy(update=more)


def _question(number: str = "40817", language: str = "en") -> TrackRequest:
    return read_track(sent({**track_body(number), "languageCode": language}))


def _message(reply: dict[str, object]) -> Any:
    response: Any = reply["response"]
    assert set(response) == {"responseType", "responseId", "responseMessages"}
    assert re.fullmatch(RESPONSE_ID, response["responseId"])
    (message,) = response["responseMessages"]
    return message


def _spoken(reply: dict[str, object]) -> str:
    words = _message(reply)["simpleResponse"]["responseText"]
    assert isinstance(words, str)
    return words


def test_a_raise_is_answered_as_documented() -> None:
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


def test_a_raise_without_order_or_category_says_what_it_knows() -> None:
    """No empty order id; a category that we made up is ours."""
    reply = reply_raise(_asked(order_id=None, category_said="", category="other"), NUMBER)

    assert _message(reply)["containerResponse"]["attributes"] == [
        {"name": "complaintId", "value": "40817"},
        {"name": "Category", "value": "other"},
    ]


def test_a_raise_without_words_asks_for_them() -> None:
    """It has its number all the same."""
    words = _message(reply_raise(_asked(warnings=("needs-text",)), NUMBER))["containerResponse"]

    assert "40817" in words["responseText"]
    assert words["responseText"].endswith("Please tell us what happened.")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("status", Status)
def test_each_status_has_a_sentence_in_each_language(language: str, status: Status) -> None:
    """With the number that was asked for, and no other one's words."""
    words = _spoken(reply_track(_question(language=language), status, NUMBER))

    assert "40817" in words
    others = [SENTENCES[language][other] for other in Status if other is not status]
    assert SENTENCES[language][status] not in others


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_language_has_the_same_sentences(language: str) -> None:
    """None is missing and none has a hole that nobody fills."""
    assert set(SENTENCES[language]) == {*Status, *Say}
    for say in SENTENCES[language]:
        assert re.search(r"[{}]", sentence(language, say, "7")) is None


def test_a_track_is_text() -> None:
    """One simple response, as the documents show it."""
    reply = reply_track(_question(), Status.OPEN, NUMBER)
    response: Any = reply["response"]

    assert response["responseType"] == "text"
    assert _message(reply) == {"simpleResponse": {"responseText": "Complaint 40817 is in review."}}


def test_not_found_and_not_yours_sound_the_same() -> None:
    """And nothing that was typed comes back."""
    sentences = {
        _spoken(reply_track(_question(number), None, number))
        for number in ("40817", "1", "<script>", "x" * 32)
    }

    assert sentences == {"Sorry, we have no complaint of yours with that number."}


def test_each_answer_has_its_own_id() -> None:
    """A replayed number is a new answer."""
    ids = {str(reply_raise(_asked(), NUMBER)["response"]) for _ in range(20)}

    assert len(ids) == 20


def test_an_unspoken_language_is_answered_in_the_accounts_own() -> None:
    """French in, and the account says what it speaks."""
    own = settings(languages=["cs", "de"], default_language="cs")

    assert "is in review" in _spoken(reply_track(_question(language="fr"), Status.OPEN, NUMBER))
    assert "řešíme" in _spoken(reply_track(_question(language="fr"), Status.OPEN, NUMBER, own))
    assert "geprüft" in _spoken(reply_track(_question(language="de"), Status.OPEN, NUMBER, own))
    reply = _message(reply_raise(_asked("sk"), NUMBER, own))
    assert "reklamaci jsme přijali" in reply["containerResponse"]["responseText"]


def test_a_refusal_stays_in_the_envelope() -> None:
    """With a sibling that a tolerant peer ignores."""
    refused = ChatRefused(422, "missing_uid", "conversationRequest.userInfo.uid is required")
    status, reply = reply_error(refused, "de")

    assert status == 422
    assert _spoken(reply) == "Leider konnten wir die Anfrage nicht lesen."
    assert reply["error"] == {
        "code": "missing_uid",
        "detail": "conversationRequest.userInfo.uid is required",
    }


def test_a_fault_of_ours_asks_to_come_again() -> None:
    """503, in the same envelope; so does what asking again can cure."""
    status, reply = reply_error()
    assert status == 503
    assert "try again" in _spoken(reply)

    status, reply = reply_error(ChatRefused(429, "too_many", "too many questions"))
    assert status == 429
    assert "try again" in _spoken(reply)
