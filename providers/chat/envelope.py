"""Reading what the chat middleware sends: the examples' form first, the tables' names as well.

Everything that deviates is noted in ``warnings``; what each function refuses is a ChatRefused.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Mapping
from typing import Final

from complaints.model import Record
from complaints.vocabulary import AccountName
from providers.chat.language import read_language
from providers.chat.operations import Operation, check_label
from providers.chat.places import Document, words
from providers.codec import dumps, identifier

TEXT_LIMIT: Final = 4096
"""The longest message that Telegram carries."""

NEEDS_TEXT: Final = "needs-text"
"""Warning of a complaint that came without words: it is taken, and the text asked for."""

UNKNOWN_CHANNEL: Final = "UNKNOWN"
"""Stands for a channel that nobody named."""

_NAME_LIMIT: Final = 128
_CHANNEL_LIMIT: Final = 32
_NUMBER_LIMIT: Final = 32
_LIST_LIMIT: Final = 32
_PLACEHOLDER: Final = re.compile(r"\$\w+")
_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")

_CATEGORIES: Final = ("product", "order", "account")
OTHER_CATEGORY: Final = "other"

_TEXT_NAMES: Final = ("problemStatment", "problemStatement", "problem_statement", "description")
"""The first one is misspelt, and so is the documents' example."""

_ATTRIBUTES: Final = frozenset({"orderid", "complaintid", "category"})
"""What a reply to a raise can hold, in small letters."""


class Person(Record):
    """Who speaks.  The bot asserts it and nobody verifies it."""

    channel: str
    uid: str
    first_name: str = ""
    last_name: str = ""
    username: str = ""

    @property
    def raiser(self) -> str:
        """Channel and user id: only together they name one person."""
        return f"{self.channel}:{self.uid}"

    @property
    def email(self) -> str:
        """The user id where it looks like an e-mail, else empty."""
        return self.uid if _EMAIL.fullmatch(self.uid) else ""


class RaiseRequest(Record):
    """A complaint to take.  ``text`` is the customer's own, white space and all."""

    person: Person
    text: str
    order_id: str | None = None
    related_orders: tuple[str, ...] = ()
    category: str = OTHER_CATEGORY
    category_said: str = ""
    """The caller's own word, which the answer repeats."""
    wished: tuple[str, ...] = ()
    """Names of attributes that the caller would like to be answered with."""
    language: str = "en"
    locale: str = "en-US"
    warnings: tuple[str, ...] = ()


class TrackRequest(Record):
    """A question for one complaint."""

    person: Person
    number: str
    order_id: str | None = None
    language: str = "en"
    locale: str = "en-US"
    warnings: tuple[str, ...] = ()


class OrderRequest(Record):
    """A question for one order, or the wish to cancel it.  Without an order's id: for none."""

    person: Person
    operation: Operation
    order_id: str | None = None
    language: str = "en"
    locale: str = "en-US"
    warnings: tuple[str, ...] = ()


def read_raise(body: bytes) -> RaiseRequest:
    """Read a raise request.  Raises ChatRefused (400 or 422)."""
    document, locale, person = _begin(body, Operation.RAISE)
    order_id, related = _order(document)
    said = words(document.find(document.entity, "category"))
    return RaiseRequest(
        person=person,
        text=_text(document),
        order_id=order_id,
        related_orders=related,
        category=_category(said, document),
        category_said=said[:_NAME_LIMIT],
        wished=_wished(document),
        language=document.language,
        locale=locale,
        warnings=document.notes,
    )


def read_track(body: bytes) -> TrackRequest:
    """Read a track request.  Raises ChatRefused (400 or 422)."""
    document, locale, person = _begin(body, Operation.TRACK)
    names = ("complaintId", "complaintID", "complaint_id")
    number = identifier(document.find(document.entity, *names))
    if number is None:
        detail = "entityInfo.complaintId is required"
        raise document.refusal(422, "missing_complaint_id", detail)
    order_id, _ = _order(document)
    return TrackRequest(
        person=person,
        number=number.removeprefix("#").strip()[:_NUMBER_LIMIT],
        order_id=order_id,
        language=document.language,
        locale=locale,
        warnings=document.notes,
    )


def read_order(body: bytes, operation: Operation) -> OrderRequest:
    """Read one of the four order calls.  Raises ChatRefused (400 or 422)."""
    document, locale, person = _begin(body, operation)
    order_id, _ = _order(document)
    return OrderRequest(
        person=person,
        operation=operation,
        order_id=order_id,
        language=document.language,
        locale=locale,
        warnings=document.notes,
    )


def request_key(account: AccountName, request: RaiseRequest) -> str:
    """The key by which a repeat of the same complaint is known inside the window."""
    text = " ".join(unicodedata.normalize("NFKC", request.text).casefold().split())
    parts = [
        account,
        request.person.channel,
        request.person.uid,
        request.order_id or "-",
        text,
        request.category_said.casefold(),
    ]
    return hashlib.sha256(dumps(parts)).hexdigest()


def _begin(body: bytes, operation: Operation) -> tuple[Document, str, Person]:
    """What every request has.  The language comes first: refusals are spoken in it."""
    document = Document(body)
    locale, document.language = read_language(document)
    check_label(document, operation)
    return document, locale, _person(document)


def _person(document: Document) -> Person:
    said = [identifier(document.find(document.user, name)) for name in ("uid", "uuid", "userId")]
    known = [value for value in said if value is not None]
    if not known:
        detail = "conversationRequest.userInfo.uid is required"
        raise document.refusal(422, "missing_uid", detail)
    if _PLACEHOLDER.fullmatch(known[0]):
        raise document.refusal(422, "unexpanded_uid", "userInfo.uid is an unexpanded template")
    if said[0] is None:
        document.note("uid under another name")
    if len(set(known)) > 1:
        document.note("two different user ids; the first of uid, uuid, userId counts")
    return Person(
        channel=_channel(document),
        uid=known[0],
        first_name=_name(document, "first_name", "firstName"),
        last_name=_name(document, "last_name", "lastName"),
        username=_name(document, "username", "userName"),
    )


def _channel(document: Document) -> str:
    said = words(document.find(document.conversation, "channel")).strip().upper()
    # A colon would let one channel's user pass for another's: see `Person.raiser`.
    if not said or said.startswith("$") or ":" in said or not said.isprintable():
        document.note("channel missing or an unexpanded template")
        return UNKNOWN_CHANNEL
    return said[:_CHANNEL_LIMIT]


def _name(document: Document, *names: str) -> str:
    said = " ".join(words(document.find(document.user, *names)).split())
    return "" if _PLACEHOLDER.fullmatch(said) else said[:_NAME_LIMIT]


def _order(document: Document) -> tuple[str | None, tuple[str, ...]]:
    said = document.find(document.entity, "orderId", "orderID", "order_id")
    if isinstance(said, list):
        document.note("a list of orders; the first one counts, the rest are related")
    values = said if isinstance(said, list) else [said]
    found = [value for value in map(identifier, values[:_LIST_LIMIT]) if value is not None]
    kept = list(dict.fromkeys(value for value in found if not _PLACEHOLDER.fullmatch(value)))
    if not kept:
        if said is not None:
            document.note("orderId is no id")
        return None, ()
    return kept[0], tuple(kept[1:])


def _text(document: Document) -> str:
    found: dict[str, str] = {}
    for place in document.entity.objects:
        for name in _TEXT_NAMES:
            said = words(place.get(name))
            if said.strip():
                found.setdefault(name, said)
    chosen = next((name for name in _TEXT_NAMES if name in found), None)
    if chosen is None:
        document.note(NEEDS_TEXT)
        return ""
    if chosen != _TEXT_NAMES[0]:
        document.note(f"{_TEXT_NAMES[0]} under another name")
    if found[chosen] != words(document.entity.objects[0].get(chosen)):
        document.note(f"outside {document.entity.home}")
    if len(set(found.values())) > 1:
        document.note("two different complaint texts; the first of their names counts")
    if len(found[chosen]) > TEXT_LIMIT:
        document.note(f"text cut at {TEXT_LIMIT} characters")
    return found[chosen][:TEXT_LIMIT]


def _category(said: str, document: Document) -> str:
    word = re.split(r"[^a-z]+", said.casefold().strip(), maxsplit=1)[0]
    for found in (word, word.removesuffix("s")):
        if found in _CATEGORIES:
            return found
    if said:
        document.note("category is in no table")
    return OTHER_CATEGORY


def _wished(document: Document) -> tuple[str, ...]:
    """The wish list ``attributes``, of ``{name}`` or ``{name, value}``."""
    places = (*document.entity.objects[:-1], *document.around.objects)
    said = next((place["attributes"] for place in places if place.get("attributes")), None)
    if said is None:
        return ()
    rows = said[:_LIST_LIMIT] if isinstance(said, list) else [None]
    names = [identifier(row.get("name")) if isinstance(row, Mapping) else None for row in rows]
    wished = tuple(dict.fromkeys(name[:_NAME_LIMIT] for name in names if name is not None))
    if None in names:
        document.note("attributes is no list of names")
    if any(name.casefold() not in _ATTRIBUTES for name in wished):
        document.note("an attribute is wished that no answer has")
    return wished
