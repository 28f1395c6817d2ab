"""Which call a request is, the keys of repeats, and that nothing that comes in breaks anything."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as run
from hypothesis import strategies as st

from complaints.vocabulary import AccountName
from providers.chat import (
    BASE_PATH,
    METHODS,
    RAISE_PATH,
    TRACK_PATH,
    ChatRefused,
    Operation,
    operation_of,
    read_order,
    read_raise,
    read_reply,
    read_track,
    request_key,
)
from tests.providers.chat.samples import (
    LABELS,
    OTHER,
    TEXT,
    flat_body,
    order_body,
    raise_body,
    raised,
    refusal,
    sent,
    track_body,
)
from tests.providers.chat.test_rows_caller import PERSON, WHOLE

# -- which call --------------------------------------------------------------------------


def test_the_path_decides_the_operation() -> None:
    """Also when only the part behind the account's address is left; nothing else is a call."""
    assert operation_of(RAISE_PATH) == "raise"
    assert operation_of(TRACK_PATH + "/") == "track"
    assert operation_of("raiseComplaintsAgainstOrder") == "raise"
    assert operation_of("/cancelOrder") == "cancel_order"
    for path in (
        "",
        "/",
        "/placeOrder",
        "/raisecomplaintsagainstorder",
        "/api/raiseComplaintsAgainstOrder",
        f"{BASE_PATH}raiseComplaintsAgainstOrder",
        f"{BASE_PATH}/v2/getOrderStatus",
    ):
        assert operation_of(path) is None


@pytest.mark.parametrize(
    "method",
    [
        "placeOrder",
        "policyEnquiryByCategory",
        "showProducts",
        "getUserInfo",
        "getUserOffersByUserId",
        "updateUserAddressDetails",
        "updateUserContactDetails",
        "updateUserChangePasswrod",
    ],
)
def test_the_other_siblings_are_not_served(method: str) -> None:
    """Whatever the body says, also on the superseded path."""
    assert operation_of(f"{BASE_PATH}/{method}", sent(raise_body()), bare_path=True) is None


def test_chat_c_the_superseded_path_is_off_by_default() -> None:
    """Off it is no call at all, however good the body is."""
    for body in (sent(raise_body()), sent(track_body()), b"{", b"{}"):
        assert operation_of(BASE_PATH, body) is None


@pytest.mark.parametrize("path", [BASE_PATH, f"{BASE_PATH}/", ""])
def test_chat_c_on_it_is_dispatched_by_its_label(path: str) -> None:
    """Raise by all its labels, track, and the four order questions."""
    bodies: dict[str, Any] = {"productComplaint": raise_body(), "customerComplaint": raise_body()}
    bodies |= {"tracking-complaints": track_body()}
    wanted = ["raise", "raise", "track"]
    for method, label in LABELS.items():
        bodies[label] = order_body(method)
        wanted.append(METHODS[method])
    found = []
    for label, body in bodies.items():
        body["queryInfo"]["interestType"] = label
        found.append(operation_of(path, sent(body), bare_path=True))

    assert found == wanted
    assert operation_of(path, sent(flat_body()), bare_path=True) == "raise"


def test_chat_c_the_old_page_has_a_raise_without_words() -> None:
    """CustomerComplaint.md sends an order's id alone."""
    document = raise_body({"orderId": "00591837"})
    document["queryInfo"]["interestType"] = "customerComplaint"
    assert operation_of("", sent(document), bare_path=True) == "raise"

    assert raised(document).warnings == ("needs-text",)


@pytest.mark.parametrize(
    ("body", "status"), [(b"{", 400), (b'{"a": 1,}', 400), (b"{}", 422), (sent({"uid": "1"}), 422)]
)
def test_chat_c_without_a_label_it_is_refused(body: bytes, status: int) -> None:
    """There is nothing else to go by."""
    with pytest.raises(ChatRefused) as refused:
        operation_of("", body, bare_path=True)
    assert refused.value.status == status


@pytest.mark.parametrize("label", ["createOrder", "policy-enquiry", "change-password", "whatever"])
def test_chat_c_a_sibling_or_unknown_label_is_no_call_of_ours(label: str) -> None:
    """It is not carried out, and nothing is taken for a complaint."""
    document = raise_body()
    document["queryInfo"]["interestType"] = label

    assert operation_of("", sent(document), bare_path=True) is None


# -- questions ---------------------------------------------------------------------------


@pytest.mark.parametrize("said", [None, "", " ", [], True])
def test_chat_b_a_question_without_a_number_is_refused(said: object) -> None:
    """The one parameter that the call is about."""
    refused = refusal(track_body(said), track=True)

    assert (refused.status, refused.code) == (422, "missing_complaint_id")


def test_a_refusal_holds_nothing_of_the_request() -> None:
    """It goes into an answer and may go into a log; it knows the language to be spoken in."""
    refused = refusal({**raise_body(uid="$secret_uid"), "languageCode": "de"})

    assert "secret" not in str(refused)
    assert refused.language == "de"


@pytest.mark.parametrize(
    ("method", "labels"),
    [
        ("getOrderStatus", ["order-status", "orderStatus"]),
        ("getOrderDetails", ["order-details", "orderDetails"]),
        ("getTrackingOrderDetails", ["tracking-details", "trackingDetails"]),
        ("cancelOrder", ["cancel-order", "cancelOrder"]),
    ],
)
def test_an_order_question_has_labels_of_table_and_example(method: str, labels: list[str]) -> None:
    """Each is read without a warning; the label of another call is refused."""
    for label in labels:
        document = order_body(method)
        document["queryInfo"]["interestType"] = label
        request = read_order(sent(document), METHODS[method])
        assert (request.order_id, request.person, request.warnings) == ("00591837", PERSON, ())
    for other in {*LABELS.values(), "trackComplaint", "createOrder"} - {LABELS[method]}:
        document = order_body(method)
        document["queryInfo"]["interestType"] = other
        with pytest.raises(ChatRefused) as refused:
            read_order(sent(document), METHODS[method])
        assert refused.value.code == "other_operation"


@pytest.mark.parametrize("name", ["orderId", "orderID", "order_id"])
def test_an_order_question_finds_the_order_under_each_name(name: str) -> None:
    """CancelOrder's table writes orderID, its example orderId."""
    document = order_body("cancelOrder")
    document["queryInfo"]["parameters"]["params"]["entityInfo"] = {name: 591837}

    assert read_order(sent(document), Operation.CANCEL_ORDER).order_id == "591837"


# -- keys --------------------------------------------------------------------------------


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
    assert request_key(OTHER, WHOLE) != request_key(account, WHOLE)


# -- whatever comes in -------------------------------------------------------------------

NAMES = st.sampled_from(
    [
        "conversationRequest",
        "userInfo",
        "uid",
        "uuid",
        "channel",
        "first_name",
        "userName",
        "queryInfo",
        "interestType",
        "parameters",
        "params",
        "entityInfo",
        "orderId",
        "complaintId",
        "problemStatment",
        "description",
        "category",
        "attributes",
        "name",
        "languageCode",
        "response",
        "responseType",
        "responseMessages",
        "containerResponse",
        "responseText",
        "error",
        "code",
    ]
)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["productComplaint", "cancel-order", "$uid", "en-UK", "TELEGRAM", "70214"])
)
JSON: st.SearchStrategy[Any] = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(NAMES | st.text(max_size=8), inner, max_size=6)
    ),
    max_leaves=25,
)


def _read_everything(body: bytes) -> None:
    statuses = set()
    for read in (
        read_raise,
        read_track,
        lambda body: read_order(body, Operation.ORDER_STATUS),
        lambda body: operation_of("", body, bare_path=True),
    ):
        try:
            read(body)
        except ChatRefused as refused:
            statuses.add(refused.status)
    assert statuses <= {400, 422}
    reply = read_reply(body)
    assert reply is None or reply.complaint_id != ""


@run(max_examples=300)
@given(value=JSON)
def test_reading_raises_nothing_but_refusals_on_any_json(value: object) -> None:
    """Whatever stands where, as a request and as an answer."""
    _read_everything(json.dumps(value).encode())


@run(max_examples=200)
@given(body=st.binary(max_size=200))
def test_reading_raises_nothing_but_refusals_on_any_bytes(body: bytes) -> None:
    """They are refused with 400, or no answer of the chat's."""
    _read_everything(body)


@run(max_examples=300)
@given(data=st.data())
def test_reading_survives_a_good_request_with_something_bent(data: st.DataObject) -> None:
    """Any member of a good request may be anything."""
    document: Any = data.draw(st.sampled_from([raise_body(), track_body(), flat_body()]))
    place = document
    while True:
        key = data.draw(st.sampled_from(sorted(place)))
        if isinstance(place[key], dict) and place[key] and data.draw(st.booleans()):
            place = place[key]
            continue
        place[key] = data.draw(JSON)
        break
    _read_everything(json.dumps(document).encode())
