"""Reading the middleware: every conflict of its documents, and what is done about it."""

from __future__ import annotations

from typing import Any

import pytest

from complaints.model import AccountName
from providers.chat import (
    RAISE_PATH,
    TRACK_PATH,
    ChatRefused,
    Person,
    RaiseRequest,
    operation_of,
    read_raise,
    read_track,
    request_key,
)
from tests.providers.chat.samples import TEXT, raise_body, sent, track_body

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


def _raise(document: object) -> RaiseRequest:
    return read_raise(sent(document))


def _refusal(document: object, track: bool = False) -> ChatRefused:  # noqa: FBT001, FBT002
    body = document if isinstance(document, bytes) else sent(document)
    with pytest.raises(ChatRefused) as refused:
        read_track(body) if track else read_raise(body)
    return refused.value


def _with(document: dict[str, Any], **more: object) -> dict[str, Any]:
    return {**document, **more}


def test_the_documented_example_is_read_without_a_warning() -> None:
    """The nested form is the canonical one."""
    assert _raise(raise_body()) == WHOLE
    request = read_track(sent(track_body()))
    assert (request.number, request.person, request.warnings) == ("40817", PERSON, ())


def test_a_flat_body_with_the_tables_names_means_the_same() -> None:
    """Rows 1 to 4 and 11: flat names, uuid, camel case, another interest type."""
    request = _raise(
        {
            "channel": "telegram",
            "firstName": "Asha",
            "lastName": "Rao",
            "uuid": "70214",
            "userName": "asha_r",
            "interestType": "raise-complaints",
            "languageCode": "en-US",
            "orderId": "00591837",
            "problemStatement": TEXT,
            "category": "product-related",
        }
    )

    assert request.model_copy(update={"warnings": ()}) == WHOLE
    assert request.warnings == ("user id under another name than uid",)


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
def test_a_user_id_has_three_names(names: dict[str, object], uid: str, warned: bool) -> None:  # noqa: FBT001
    """Row 2: uid wins, numbers become text, a difference is noted."""
    request = _raise(raise_body(**names))

    assert request.person.uid == uid
    assert bool(request.warnings) is warned
    assert request.person.raiser == f"TELEGRAM:{uid}"


@pytest.mark.parametrize("uid", [None, "", " ", [], {}, True, 1.5, "a\nb", "x" * 129])
def test_a_request_without_a_user_id_is_refused(uid: object) -> None:
    """Row 2: 422, because nobody could ever ask about it."""
    refused = _refusal(raise_body(uid=uid))

    assert (refused.status, refused.code) == (422, "missing_uid")


@pytest.mark.parametrize("uid", ["$uid", "$platForm"])
def test_an_unexpanded_user_id_is_refused(uid: str) -> None:
    """Row 18: a template that nobody filled in is everybody and nobody."""
    assert _refusal(raise_body(uid=uid)).code == "unexpanded_uid"
    assert _raise(raise_body(uid="$ 5 shop")).person.uid == "$ 5 shop"


@pytest.mark.parametrize("name", [None, "", "$firstName", 5.5, ["x"]])
def test_names_may_lack(name: object) -> None:
    """Rows 3 and 18: Telegram users need none, and a template is none."""
    request = _raise(raise_body(first_name=name, last_name=name, username=name))

    assert request.person == Person(channel="TELEGRAM", uid="70214")


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
def test_a_raise_has_several_labels(said: str) -> None:
    """Row 4: the path has decided, the label only confirms."""
    document = raise_body()
    document["queryInfo"]["interestType"] = said

    assert _raise(document).warnings == ()


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
def test_another_operation_is_never_taken_for_a_complaint(said: str) -> None:
    """Row 4: refused, and above all not carried out."""
    document = raise_body()
    document["queryInfo"]["interestType"] = said
    refused = _refusal(document)

    assert (refused.status, refused.code) == (422, "other_operation")


def test_an_unknown_label_is_taken_and_noted() -> None:
    """Row 4: the path is right; a missing label is not."""
    document = raise_body()
    document["queryInfo"]["interestType"] = "complain-now"
    assert _raise(document).warnings == ("interestType is in no table",)

    for missing in (None, "", " ", 1.5):
        document["queryInfo"]["interestType"] = missing
        assert _refusal(document).code == "missing_interest_type"


@pytest.mark.parametrize("said", ["trackComplaint", "tracking-complaints", "TrackingComplaint"])
def test_a_track_has_several_labels(said: str) -> None:
    """Row 5; a raise label there is another operation."""
    document = track_body()
    document["queryInfo"]["interestType"] = said
    assert read_track(sent(document)).warnings == ()

    document["queryInfo"]["interestType"] = "productComplaint"
    assert _refusal(document, track=True).code == "other_operation"


@pytest.mark.parametrize(
    ("said", "category", "warned"),
    [
        ("product-related", "product", False),
        ("products-related", "product", False),
        ("Product related", "product", False),
        ("ORDER-RELATED", "order", False),
        ("orders", "order", False),
        ("account", "account", False),
        ("delivery", "other", True),
        ("s", "other", True),
        ("!!", "other", True),
        ("", "other", False),
        (None, "other", False),
    ],
)
def test_a_category_is_folded_and_kept(said: object, category: str, warned: bool) -> None:  # noqa: FBT001
    """Row 6: a small table for us, the caller's own string for the answer."""
    request = _raise(raise_body({"problemStatment": TEXT, "category": said}))

    assert (request.category, request.category_said) == (category, said or "")
    assert bool(request.warnings) is warned


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
def test_a_language_is_corrected_or_assumed(
    said: object,
    locale: str,
    language: str,
    warned: bool,  # noqa: FBT001
) -> None:
    """Row 9: en-UK is no region, gr no language, a placeholder nothing at all."""
    request = _raise(_with(raise_body(), languageCode=said))

    assert (request.locale, request.language) == (locale, language)
    assert bool(request.warnings) is warned


def test_a_language_may_stand_inside_query_info() -> None:
    """Row 9: a sibling page puts it there."""
    document = _with(raise_body(), languageCode=None)
    document["queryInfo"]["languageCode"] = "de"

    assert _raise(document).language == "de"


@pytest.mark.parametrize(
    "name", ["problemStatment", "problemStatement", "problem_statement", "description"]
)
def test_a_text_has_several_names_and_stays_as_it_is(name: str) -> None:
    """Row 10: white space, line ends and every letter are the customer's."""
    text = "  Ahoj,\r\n\tkonvice\u00a0teče… 🫖 <b>&amp;</b>\n\n"

    assert _raise(raise_body({name: text})).text == text


def test_two_different_texts_are_noted() -> None:
    """Row 10: the documented spelling counts."""
    both = {"description": "b", "problemStatment": "a"}
    request = _raise(raise_body(both))
    assert request.text == "a"
    assert request.warnings == ("two different complaint texts; the first of their names counts",)

    assert _raise(raise_body({"description": "a", "problemStatment": "a"})).warnings == ()
    assert _raise(raise_body({"description": "b", "problemStatment": " "})).text == "b"


@pytest.mark.parametrize("text", [None, "", "  \n", [], {"a": 1}, True])
def test_a_complaint_without_words_is_taken(text: object) -> None:
    """Row 10: the number is given and the words are asked for."""
    request = _raise(raise_body({"orderId": "1", "problemStatment": text}))

    assert (request.text, request.warnings) == ("", ("needs-text",))


def test_an_endless_text_is_cut() -> None:
    """At the length of the longest message; what came is kept raw elsewhere."""
    assert len(_raise(raise_body({"problemStatment": "x" * 4096})).text) == 4096
    request = _raise(raise_body({"problemStatment": "x" * 4097}))

    assert (len(request.text), request.warnings) == (4096, ("text cut at 4096 characters",))


@pytest.mark.parametrize("name", ["orderId", "orderID", "order_id"])
@pytest.mark.parametrize("depth", [0, 1, 2, 3])
def test_an_order_id_is_found_where_it_stands(name: str, depth: int) -> None:
    """Row 11: four places and three spellings."""
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

    request = _raise(document)
    assert (request.order_id, request.text) == ("00591837", TEXT)


@pytest.mark.parametrize(
    ("said", "order_id", "related", "warned"),
    [
        ("00591837", "00591837", (), False),
        (591837, "591837", (), False),
        ("8574961EDCF21", "8574961EDCF21", (), False),
        (None, None, (), False),
        ("", None, (), False),
        ([], None, (), False),
        (["a", "b", 3], "a", ("b", "3"), True),
        ([""], None, (), True),
        ("$orderId", None, (), True),
        ({"id": 1}, None, (), True),
        (True, None, (), True),
        ("x" * 129, None, (), True),
        ("a\u202eb", None, (), True),
    ],
)
def test_an_order_id_is_text_or_absent(
    said: object,
    order_id: str | None,
    related: tuple[str, ...],
    warned: bool,  # noqa: FBT001
) -> None:
    """Rows 11, 12, 18 and 20: zeros stay, lists are one complaint, templates are nothing."""
    request = _raise(raise_body({"orderId": said, "problemStatment": TEXT}))

    assert (request.order_id, request.related_orders) == (order_id, related)
    assert bool(request.warnings) is warned


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
    ],
)
def test_a_channel_is_upper_case(said: object, channel: str, warned: bool) -> None:  # noqa: FBT001
    """Row 17: an unexpanded template is no channel."""
    document = raise_body()
    document["conversationRequest"]["channel"] = said
    request = _raise(document)

    assert request.person.channel == channel
    assert bool(request.warnings) is warned


def test_what_only_answers_hold_is_ignored_in_a_request() -> None:
    """Rows 7, 8, 13 and 16: a response object, its type, a wish list of attributes."""
    document = _with(raise_body(), response={}, responseType="Text", attributes=[{"name": "x"}])

    assert _raise(document) == WHOLE


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"nonsense",
        b'{"a": 1,}',
        b"[]",
        b'"x"',
        b'{"a": 1, "a": 2}',
        b'{"a": NaN}',
        b"\xff\xfe",
        b'{"a": "\\u0000"}',
        b'{"a": "\\ud83d"}',
    ],
)
def test_what_is_no_json_is_refused(body: bytes) -> None:
    """Row 19: strict on the wire, 400."""
    for track in (False, True):
        refused = _refusal(body, track)
        assert (refused.status, refused.code) == (400, "malformed_json")


@pytest.mark.parametrize(
    ("said", "number"),
    [("40817", "40817"), (40817, "40817"), (" #40817 ", "40817"), ("AB-12", "AB-12")],
)
def test_a_number_is_text(said: object, number: str) -> None:
    """Row 20, and what people type."""
    assert read_track(sent(track_body(said))).number == number


@pytest.mark.parametrize("said", [None, "", " ", [], True])
def test_a_question_without_a_number_is_refused(said: object) -> None:
    """The one parameter that the call is about."""
    refused = _refusal(track_body(said), track=True)

    assert (refused.status, refused.code) == (422, "missing_complaint_id")


def test_a_refusal_holds_nothing_of_the_request() -> None:
    """It goes into an answer and may go into a log."""
    document = raise_body(uid="$secret_uid")

    assert "secret" not in str(_refusal(document))


def test_the_path_decides_the_operation() -> None:
    """Also when only the part behind the account's address is left."""
    assert operation_of(RAISE_PATH) == "raise"
    assert operation_of(TRACK_PATH + "/") == "track"
    assert operation_of("raiseComplaintsAgainstOrder") == "raise"
    assert operation_of("/cancelOrder") is None
    assert operation_of("") is None


def test_the_superseded_path_is_off_by_default() -> None:
    """On, the request's own label decides; another label is not served."""
    path = RAISE_PATH.rpartition("/")[0]
    body = sent(raise_body())

    assert operation_of(path, body) is None
    assert operation_of(path, body, bare_path=True) == "raise"
    assert operation_of(path, sent(track_body()), bare_path=True) == "track"
    assert operation_of(path, b"{", bare_path=True) is None
    assert operation_of(path, b"{}", bare_path=True) is None


def test_the_same_words_have_the_same_key() -> None:
    """Case, spacing, width and line ends don't make another complaint."""
    account = AccountName("cz-bot")
    same = request_key(account, WHOLE)
    folded = WHOLE.model_copy(update={"text": f"  {TEXT.upper()}\r\n"})
    wide = WHOLE.model_copy(update={"text": TEXT.replace("K", "\uff2b")})

    assert request_key(account, folded) == same
    assert request_key(account, wide) == same


@pytest.mark.parametrize(
    "update",
    [
        {"text": TEXT + " Again."},
        {"order_id": None},
        {"order_id": "591837"},
        {"category_said": "order-related"},
        {"person": PERSON.model_copy(update={"uid": "70215"})},
        {"person": PERSON.model_copy(update={"channel": "WHATSAPP"})},
    ],
)
def test_another_complaint_has_another_key(update: dict[str, object]) -> None:
    """Person, order, words and category all count, and so does the account."""
    account = AccountName("cz-bot")

    assert request_key(account, WHOLE.model_copy(update=update)) != request_key(account, WHOLE)
    assert request_key(AccountName("de-bot"), WHOLE) != request_key(account, WHOLE)
