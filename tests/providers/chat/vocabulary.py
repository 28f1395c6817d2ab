"""The words that the chat's documents list, in tables, examples and older pages."""

from __future__ import annotations

from providers.chat import BASE_PATH, ChatRefused, operation_of, read_raise, read_reply
from tests.providers.chat.samples import TEXT, raise_body, sent
from tests.providers.specimen import Vocabulary

_OPERATIONS = (
    # raiseComplaintsAgainstOrder and the page before it: table, example
    *("raise-complaints", "productComplaint", "raiseComplaint", "raiseComplaints"),
    "customerComplaint",
    # getComplaintsTrackingDetails
    *("tracking-complaints", "trackComplaint"),
    # the four order pages
    *("order-status", "orderStatus", "order-details", "tracking-details", "trackingDetails"),
    "cancel-order",
    # pages of calls that we don't serve
    *("createOrder", "policy-enquiry", "showProducts", "user-offers", "update-address"),
    "change-password",
)
_TYPES = ("text", "card", "media", "container")


def _operation(label: str) -> object:
    """Which call the bare path becomes by it, and whether the path of a raise takes it."""
    body = raise_body()
    body["queryInfo"]["interestType"] = label
    try:
        taken: object = read_raise(sent(body)).warnings
    except ChatRefused as refused:
        taken = refused.code
    return operation_of(BASE_PATH, sent(body), bare_path=True), taken


def _category(word: str) -> object:
    return read_raise(sent(raise_body({"problemStatment": TEXT, "category": word}))).category


def _language(word: str) -> object:
    request = read_raise(sent({**raise_body(), "languageCode": word}))
    return request.language, request.locale, request.warnings


def _channel(word: str) -> object:
    """Any word names a channel; a template that nobody filled in names none."""
    body = raise_body()
    body["conversationRequest"]["channel"] = word
    return read_raise(sent(body)).warnings


def _type(word: str) -> object:
    block = {"responseText": "Noted.", "attributes": [{"name": "complaintId", "value": "7"}]}
    messages = [{"containerResponse": block}]
    reply = read_reply(sent({"response": {"responseType": word, "responseMessages": messages}}))
    assert reply is not None
    return reply.complaint_id, reply.text


VOCABULARIES = (
    Vocabulary("interestType", _OPERATIONS, _operation),
    Vocabulary(
        "category",
        ("product-related", "products-related", "order-related", "account-related"),
        _category,
    ),
    Vocabulary(
        "languageCode",
        ("en-US", "en-AU", "en-UK", "en", "fr", "gr"),
        _language,
        ignored=frozenset({"gr"}),
        why="no language's code: Greek or German, nobody can tell",
    ),
    Vocabulary(
        "channel",
        ("TELEGRAM", "telegram", "$platForm"),
        _channel,
        ignored=frozenset({"TELEGRAM", "telegram"}),
        why="channels are an open list: each is kept under its own name",
    ),
    Vocabulary(
        "responseType",
        _TYPES,
        _type,
        ignored=frozenset(_TYPES),
        why="a hint that needn't agree with the blocks: these decide",
    ),
)
