"""What is said: rows of the documents' conflicts about texts, orders, categories and JSON.

The number in a test's name is the row of section 7 of the chat's fact sheet.
"""

from __future__ import annotations

from typing import Any

import pytest

from complaints.vocabulary import ComplaintNumber, Outcome, Status
from providers.chat import read_reply, read_track, reply_raise, reply_track
from tests.providers.chat.samples import (
    TEXT,
    raise_body,
    raised,
    refusal,
    sent,
    track_body,
)
from tests.providers.chat.test_rows_caller import WHOLE

NUMBER = ComplaintNumber("40817")


def _response(reply: dict[str, Any]) -> Any:
    return reply["response"]


def _attributes(reply: dict[str, Any]) -> list[dict[str, str]]:
    (message,) = _response(reply)["responseMessages"]
    found: list[dict[str, str]] = message["containerResponse"]["attributes"]
    return found


@pytest.mark.parametrize(
    ("said", "category", "warned"),
    [
        ("product-related", "product", False),
        ("products-related", "product", False),
        ("Product related", "product", False),
        ("ORDER-RELATED", "order", False),
        ("orders", "order", False),
        ("account", "account", False),
        ("accounts-related", "account", False),
        ("delivery", "other", True),
        ("s", "other", True),
        ("!!", "other", True),
        ("", "other", False),
        (None, "other", False),
    ],
)
def test_chat_r06_a_category_is_folded_and_kept(said: object, category: str, warned: bool) -> None:  # noqa: FBT001
    """A small table for us, the caller's own string for the answer."""
    request = raised(raise_body({"problemStatment": TEXT, "category": said}))

    assert (request.category, request.category_said) == (category, said or "")
    assert bool(request.warnings) is warned


@pytest.mark.parametrize("said", ["products-related", "product-related", "Lieferung <b>", "Šaty"])
def test_chat_r06_the_answer_echoes_the_callers_own_word(said: str) -> None:
    """The plural stays one, under the documented name ``Category``."""
    request = raised(raise_body({"problemStatment": TEXT, "category": said}))

    assert _attributes(reply_raise(request, NUMBER)) == [
        {"name": "complaintId", "value": "40817"},
        {"name": "Category", "value": said},
    ]


@pytest.mark.parametrize("hint", ["text", "Text", "card", "media", 7, None])
def test_chat_r07_a_response_type_in_a_request_is_a_hint(hint: object) -> None:
    """A raise is answered by a container, a track by text, whatever was asked for."""
    request = raised({**raise_body(), "responseType": hint})
    asked = read_track(sent({**track_body(), "responseType": hint}))

    assert request == WHOLE
    assert _response(reply_raise(request, NUMBER))["responseType"] == "container"
    assert _response(reply_track(asked, Status.OPEN))["responseType"] == "text"


@pytest.mark.parametrize("kind", ["Text", "text", "TEXT", " text"])
def test_chat_r08_a_response_type_is_read_without_case(kind: str) -> None:
    """And written in small letters: see row 7."""
    reply = read_reply(sent({"response": {"responseType": kind, "responseMessages": []}}))

    assert reply is not None
    assert reply.kind == "text"


@pytest.mark.parametrize(
    "name", ["problemStatment", "problemStatement", "problem_statement", "description"]
)
def test_chat_r10_a_text_has_several_names_and_stays_as_it_is(name: str) -> None:
    """White space, line ends and every letter are the customer's."""
    text = "  Ahoj,\r\n\tkonvice\u00a0teče… 🫖 <b>&amp;</b>\n\n"
    request = raised(raise_body({name: text}))

    assert request.text == text
    noted = () if name == "problemStatment" else ("problemStatment under another name",)
    assert request.warnings == noted


def test_chat_r10_two_different_texts_are_noted() -> None:
    """The documented spelling counts."""
    both = {"description": "b", "problemStatment": "a"}
    request = raised(raise_body(both))
    assert request.text == "a"
    assert request.warnings == ("two different complaint texts; the first of their names counts",)

    assert raised(raise_body({"description": "a", "problemStatment": "a"})).warnings == ()
    assert raised(raise_body({"description": "b", "problemStatment": " "})).text == "b"


@pytest.mark.parametrize("text", [None, "", "  \n", [], {"a": 1}, True])
def test_chat_r10_a_complaint_without_words_is_taken(text: object) -> None:
    """The number is given and the words are asked for."""
    request = raised(raise_body({"orderId": "1", "problemStatment": text}))
    assert (request.text, request.warnings) == ("", ("needs-text",))

    (message,) = _response(reply_raise(request, NUMBER))["responseMessages"]
    spoken = message["containerResponse"]["responseText"]
    assert "40817" in spoken
    assert spoken.endswith("Please tell us what happened.")


def test_chat_r10_an_endless_text_is_cut() -> None:
    """At the length of the longest message; what came is kept raw elsewhere."""
    assert len(raised(raise_body({"problemStatment": "x" * 4096})).text) == 4096
    request = raised(raise_body({"problemStatment": "x" * 4097}))

    assert (len(request.text), request.warnings) == (4096, ("text cut at 4096 characters",))


@pytest.mark.parametrize("name", ["orderId", "orderID", "order_id"])
@pytest.mark.parametrize("depth", [0, 1, 2, 3])
def test_chat_r11_an_order_id_is_found_where_it_stands(name: str, depth: int) -> None:
    """Four places and three spellings; what isn't the example's is noted."""
    entity = {name: "00591837", "problemStatment": TEXT}
    document = raise_body({})
    places: list[dict[str, object]] = [
        {"parameters": {"params": {"entityInfo": entity}}},
        {"parameters": {"entityInfo": entity}},
        {"entityInfo": entity},
        {},
    ]
    document["queryInfo"] = {"interestType": "productComplaint", **places[depth]}
    if depth == 3:
        document["entityInfo"] = entity

    request = raised(document)
    assert (request.order_id, request.text) == ("00591837", TEXT)
    assert ("outside queryInfo.parameters.params.entityInfo" in request.warnings) is (depth > 0)
    assert ("orderId under another name" in request.warnings) is (name != "orderId")


@pytest.mark.parametrize(
    ("said", "order_id", "related", "warned"),
    [
        ("00591837", "00591837", (), False),
        (None, None, (), False),
        ("", None, (), False),
        ([], None, (), False),
        (["a", "b", 3], "a", ("b", "3"), True),
        (["a", "a", None, "b"], "a", ("b",), True),
        ([""], None, (), True),
        ("$orderId", None, (), True),
        ({"id": 1}, None, (), True),
        (True, None, (), True),
        ("x" * 129, None, (), True),
        ("a\u202eb", None, (), True),
    ],
)
def test_chat_r12_an_order_is_one_or_several_or_none(
    said: object,
    order_id: str | None,
    related: tuple[str, ...],
    warned: bool,  # noqa: FBT001
) -> None:
    """A list is one complaint about its first order; templates and nonsense are no order."""
    request = raised(raise_body({"orderId": said, "problemStatment": TEXT}))

    assert (request.order_id, request.related_orders) == (order_id, related)
    assert bool(request.warnings) is warned


def test_chat_r12_a_complaint_without_an_order_is_answered_without_one() -> None:
    """No empty order id; a category that we made up is ours."""
    request = raised(raise_body({"problemStatment": TEXT}))

    assert _attributes(reply_raise(request, NUMBER)) == [
        {"name": "complaintId", "value": "40817"},
        {"name": "Category", "value": "other"},
    ]


@pytest.mark.parametrize(
    ("said", "wished", "warned"),
    [
        ([{"name": "complaintId"}], ("complaintId",), False),
        ([{"name": "complaintId", "value": "123456"}], ("complaintId",), False),
        ([{"name": "COMPLAINTID"}, {"name": "category"}], ("COMPLAINTID", "category"), False),
        ([{"name": "refund"}, {"name": "orderId"}], ("refund", "orderId"), True),
        ([], (), False),
        (None, (), False),
        ("complaintId", (), True),
        ([None, {"value": "x"}, {"name": ["x"]}], (), True),
    ],
)
@pytest.mark.parametrize("place", ["top", "params", "entity"])
def test_chat_r13_attributes_of_a_request_are_a_wish_list(
    place: str,
    said: object,
    wished: tuple[str, ...],
    warned: bool,  # noqa: FBT001
) -> None:
    """Read wherever it stands; the answer has its three attributes all the same."""
    document = raise_body()
    params = document["queryInfo"]["parameters"]["params"]
    where = {"top": document, "params": params, "entity": params["entityInfo"]}
    where[place]["attributes"] = said
    request = raised(document)

    assert request.wished == wished
    assert bool(request.warnings) is warned
    names = [one["name"] for one in _attributes(reply_raise(request, NUMBER))]
    assert names == ["orderId", "complaintId", "Category"]


def test_chat_r13_attributes_of_an_answer_are_read_by_name() -> None:
    """Without case; of two with one name the first counts; without a number nothing was taken."""
    rows = [
        {"name": "Category", "value": "product-related"},
        {"name": "ComplaintID", "value": "40817"},
        {"name": "complaintId", "value": "40818"},
        {"name": "orderId", "value": 591837},
        {"value": "x"},
        7,
    ]
    block = {"containerResponse": {"responseText": "Noted.", "attributes": rows}}
    reply = read_reply(sent({"response": {"responseMessages": [block]}}))
    assert reply is not None
    assert reply.complaint_id == "40817"
    assert reply.attributes["orderid"] == "591837"

    block = {"containerResponse": {"responseText": "Your number is 40817.", "attributes": []}}
    reply = read_reply(sent({"response": {"responseMessages": [block]}}))
    assert reply is not None
    assert (reply.text, reply.complaint_id) == ("Your number is 40817.", None)


@pytest.mark.parametrize("number", ["123456", "12345", "1111"])
def test_chat_r14_numbers_of_any_length_are_numbers(number: str) -> None:
    """The documents' samples differ; what stands for a number is opaque text."""
    assert read_track(sent(track_body(number))).number == number
    written = _attributes(reply_raise(WHOLE, ComplaintNumber(number)))
    assert written[1] == {"name": "complaintId", "value": number}


def test_chat_r15_text_and_attributes_say_the_same_number() -> None:
    """They come from one source, and a track names the number that was asked for."""
    reply = reply_raise(WHOLE, NUMBER)
    (message,) = _response(reply)["responseMessages"]
    assert "40817" in message["containerResponse"]["responseText"]
    assert _attributes(reply)[1]["value"] == "40817"

    told = reply_track(read_track(sent(track_body("22"))), Status.OPEN)
    (message,) = _response(told)["responseMessages"]
    assert message["simpleResponse"]["responseText"] == "Complaint 22 is in review."


@pytest.mark.parametrize("outer", [True, False])
def test_chat_r16_an_answer_is_read_with_and_without_its_outer_object(outer: bool) -> None:  # noqa: FBT001
    """The account pages leave it out."""
    inner = {
        "responseType": "text",
        "responseMessages": [{"simpleResponse": {"responseText": "x"}}],
    }
    reply = read_reply(sent({"response": inner} if outer else inner))

    assert reply is not None
    assert reply.text == "x"


def test_chat_r16_answers_have_their_outer_object_and_requests_may() -> None:
    """Written with it; an empty one in a request is nothing."""
    assert list(reply_raise(WHOLE, NUMBER)) == ["response"]
    assert list(reply_track(read_track(sent(track_body())), None, Outcome.NONE)) == ["response"]

    inside = raise_body()
    inside["queryInfo"]["response"] = {}
    assert raised({**raise_body(), "response": {}}) == WHOLE
    assert raised(inside) == WHOLE


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"nonsense",
        b'{"a": 1,}',
        b'{"a": {"b": 1}',
        b"[]",
        b'"x"',
        b'{"a": 1, "a": 2}',
        b'{"a": NaN}',
        b"\xff\xfe",
        b'{"a": "\\u0000"}',
        b'{"a": "\\ud83d"}',
    ],
)
def test_chat_r19_what_is_no_json_is_refused(body: bytes) -> None:
    """Strict on the wire, 400: also the trailing comma and the missing brace of the examples."""
    for track in (False, True):
        refused = refusal(body, track=track)
        assert (refused.status, refused.code) == (400, "malformed_json")


@pytest.mark.parametrize(
    ("said", "number"),
    [("40817", "40817"), (40817, "40817"), (" #40817 ", "40817"), ("AB-12", "AB-12")],
)
def test_chat_r20_a_number_is_text(said: object, number: str) -> None:
    """And what people type before it is taken off."""
    assert read_track(sent(track_body(said))).number == number


@pytest.mark.parametrize(
    ("said", "order_id"),
    [("00591837", "00591837"), (591837, "591837"), ("8574961EDCF21", "8574961EDCF21")],
)
def test_chat_r20_an_order_id_is_text(said: object, order_id: str) -> None:
    """Zeros stay, letters stay, a number becomes text."""
    request = raised(raise_body({"orderId": said, "problemStatment": TEXT}))

    assert (request.order_id, request.warnings) == (order_id, ())
    assert _attributes(reply_raise(request, NUMBER))[0] == {"name": "orderId", "value": order_id}
