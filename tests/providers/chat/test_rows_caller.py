"""Who calls, for what and in which language: rows of the documents' conflicts, each as it is read.

The number in a test's name is the row of section 7 of the chat's fact sheet.
"""

from __future__ import annotations

from typing import Any

import pytest

from providers.chat import METHODS, Person, RaiseRequest, read_order, read_track
from tests.providers.chat.samples import (
    LABELS,
    TEXT,
    flat_body,
    order_body,
    raise_body,
    raised,
    refusal,
    sent,
    track_body,
)

PERSON = Person(
    channel="TELEGRAM", uid="70214", first_name="Asha", last_name="Rao", username="asha_r"
)
WHOLE = RaiseRequest(
    person=PERSON,
    text=TEXT,
    order_id="00591837",
    category="product",
    category_said="product-related",
    language="en",
    locale="en-US",
)
FLAT = (
    "outside queryInfo",
    "uid under another name",
    "outside conversationRequest.userInfo",
    "outside conversationRequest",
    "first_name under another name",
    "last_name under another name",
    "username under another name",
    "outside queryInfo.parameters.params.entityInfo",
    "problemStatment under another name",
)


def _with(document: dict[str, Any], **more: object) -> dict[str, Any]:
    return {**document, **more}


def test_chat_r01_the_nested_example_is_canonical() -> None:
    """It is read without a warning, by raise and by track."""
    assert raised(raise_body()) == WHOLE
    request = read_track(sent(track_body()))
    assert (request.number, request.person, request.warnings) == ("40817", PERSON, ())


def test_chat_r01_a_flat_body_with_the_tables_names_means_the_same() -> None:
    """The same canonical request, and each deviation is noted."""
    request = raised(flat_body())

    assert request.model_copy(update={"warnings": ()}) == WHOLE
    assert set(request.warnings) == set(FLAT)


def test_chat_r01_the_tables_names_may_stand_in_the_nested_places() -> None:
    """Then only the names are noted."""
    document = raise_body()
    document["conversationRequest"]["userInfo"] = {
        "firstName": "Asha",
        "lastName": "Rao",
        "uuid": "70214",
        "userName": "asha_r",
    }
    request = raised(document)

    assert request.model_copy(update={"warnings": ()}) == WHOLE
    assert all(warning.endswith("under another name") for warning in request.warnings)


def test_chat_r01_the_nested_place_wins_over_a_flat_one() -> None:
    """Nested first."""
    assert raised(_with(raise_body(), uid="flat", orderId="flat")) == WHOLE


@pytest.mark.parametrize(
    ("names", "uid", "warned"),
    [
        ({"uid": "a", "uuid": None}, "a", False),
        ({"uid": None, "uuid": "b"}, "b", True),
        ({"uid": None, "userId": "c"}, "c", True),
        ({"uid": "a", "uuid": "b"}, "a", True),
        ({"uid": "a", "uuid": "a"}, "a", False),
        ({"uid": 70214}, "70214", False),
        ({"uid": "  70214 "}, "70214", False),
        ({"uid": "asha@example.org"}, "asha@example.org", False),
    ],
)
def test_chat_r02_a_user_id_has_three_names(
    names: dict[str, object],
    uid: str,
    warned: bool,  # noqa: FBT001
) -> None:
    """The documented one wins, numbers become text, a difference is noted."""
    request = raised(raise_body(**names))

    assert request.person.uid == uid
    assert bool(request.warnings) is warned
    assert request.person.raiser == f"TELEGRAM:{uid}"


@pytest.mark.parametrize("uid", [None, "", " ", [], {}, True, 1.5, "a\nb", "x" * 129])
def test_chat_r02_a_request_without_a_user_id_is_refused(uid: object) -> None:
    """422, because nobody could ever ask about it."""
    refused = refusal(raise_body(uid=uid))

    assert (refused.status, refused.code) == (422, "missing_uid")


@pytest.mark.parametrize("name", [None, "", 5.5, ["x"]])
def test_chat_r03_names_may_lack(name: object) -> None:
    """Telegram users need none, and what is no text is none."""
    request = raised(raise_body(first_name=name, last_name=name, username=name))

    assert request.person == Person(channel="TELEGRAM", uid="70214")


def test_chat_r03_names_have_two_spellings() -> None:
    """The table's are read and noted."""
    document = raise_body(first_name=None, firstName="Asha", userName="asha_r", username=None)
    request = raised(document)

    assert request.person == PERSON
    assert request.warnings == ("first_name under another name", "username under another name")


@pytest.mark.parametrize(
    "said",
    [
        "productComplaint",
        "raise-complaints",
        "raiseComplaint",
        "raiseComplaints",
        "customerComplaint",
        "RAISE_COMPLAINTS",
        " productcomplaint ",
    ],
)
def test_chat_r04_a_raise_has_several_labels(said: str) -> None:
    """The path has decided, the label only confirms."""
    document = raise_body()
    document["queryInfo"]["interestType"] = said

    assert raised(document).warnings == ()


@pytest.mark.parametrize(
    "said",
    [
        "cancel-order",
        "cancelOrder",
        "orderStatus",
        "order-details",
        "createOrder",
        "policy-enquiry",
        "change-password",
        "trackComplaint",
        "tracking-complaints",
    ],
)
def test_chat_r04_another_operation_is_never_taken_for_a_complaint(said: str) -> None:
    """Refused, and above all not carried out."""
    document = raise_body()
    document["queryInfo"]["interestType"] = said
    refused = refusal(document)

    assert (refused.status, refused.code) == (422, "other_operation")


def test_chat_r04_an_unknown_label_is_taken_and_noted() -> None:
    """The path is right; a missing label is not."""
    document = raise_body()
    document["queryInfo"]["interestType"] = "complain-now"
    assert raised(document).warnings == ("interestType is in no table",)

    for missing in (None, "", " ", 1.5):
        document["queryInfo"]["interestType"] = missing
        assert refusal(document).code == "missing_interest_type"


@pytest.mark.parametrize("said", ["trackComplaint", "tracking-complaints", "TrackingComplaint"])
def test_chat_r05_a_track_has_several_labels(said: str) -> None:
    """A raise label there is another operation."""
    document = track_body()
    document["queryInfo"]["interestType"] = said
    assert read_track(sent(document)).warnings == ()

    document["queryInfo"]["interestType"] = "productComplaint"
    assert refusal(document, track=True).code == "other_operation"


@pytest.mark.parametrize(
    ("said", "locale", "language", "warned"),
    [
        ("en", "en-US", "en", False),
        ("en-US", "en-US", "en", False),
        ("en-AU", "en-AU", "en", False),
        ("en-UK", "en-GB", "en", False),
        ("en_uk", "en-GB", "en", False),
        ("CS", "cs", "cs", False),
        ("pt-BR", "pt-BR", "pt", False),
        ("sr-Latn", "sr", "sr", False),
        ("gr", "en-US", "en", True),
        ("languageCode", "en-US", "en", True),
        ("$languageCode", "en-US", "en", True),
        ("", "en-US", "en", True),
        (None, "en-US", "en", True),
        (7, "en-US", "en", True),
    ],
)
def test_chat_r09_a_language_is_corrected_or_assumed(
    said: object,
    locale: str,
    language: str,
    warned: bool,  # noqa: FBT001
) -> None:
    """en-UK is no region, gr no language, a placeholder nothing at all."""
    request = raised(_with(raise_body(), languageCode=said))

    assert (request.locale, request.language) == (locale, language)
    assert bool(request.warnings) is warned


@pytest.mark.parametrize("top", [None, "languageCode", "gr"])
def test_chat_r09_a_language_may_stand_inside_query_info(top: object) -> None:
    """A sibling page puts it there; a placeholder in the one place hides nothing of the other."""
    document = _with(raise_body(), languageCode=top)
    document["queryInfo"]["languageCode"] = "de"
    request = raised(document)

    assert request.language == "de"
    assert request.warnings == ("languageCode inside queryInfo",)


@pytest.mark.parametrize(
    ("said", "channel", "warned"),
    [
        ("TELEGRAM", "TELEGRAM", False),
        ("telegram", "TELEGRAM", False),
        (" WhatsApp ", "WHATSAPP", False),
        ("$platForm", "UNKNOWN", True),
        ("", "UNKNOWN", True),
        (None, "UNKNOWN", True),
        (["TELEGRAM"], "UNKNOWN", True),
        ("a\nb", "UNKNOWN", True),
        ("TELEGRAM:7", "UNKNOWN", True),
    ],
)
def test_chat_r17_a_channel_is_upper_case(said: object, channel: str, warned: bool) -> None:  # noqa: FBT001
    """An unexpanded template is no channel, nor is one that could pass for another's user."""
    document = raise_body()
    document["conversationRequest"]["channel"] = said
    request = raised(document)

    assert request.person.channel == channel
    assert bool(request.warnings) is warned


@pytest.mark.parametrize("uid", ["$uid", "$platForm"])
def test_chat_r18_an_unexpanded_user_id_is_refused(uid: str) -> None:
    """A template that nobody filled in is everybody and nobody."""
    assert refusal(raise_body(uid=uid)).code == "unexpanded_uid"
    assert raised(raise_body(uid="$ 5 shop")).person.uid == "$ 5 shop"


@pytest.mark.parametrize("method", list(LABELS))
def test_chat_r18_other_templates_are_nothing(method: str) -> None:
    """Names and order ids that nobody filled in are absent."""
    names = {"first_name": "$firstName", "last_name": "$lastName", "username": "$userName"}
    request = raised(raise_body({"orderId": "$orderId", "problemStatment": TEXT}, **names))
    assert (request.person, request.order_id) == (Person(channel="TELEGRAM", uid="70214"), None)

    asked = read_order(sent(order_body(method, "$orderId")), METHODS[method])
    assert (asked.order_id, asked.warnings) == (None, ("orderId is no id",))
