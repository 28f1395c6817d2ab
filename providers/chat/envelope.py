"""Reading what the chat middleware sends: the examples' form first, the tables' names as well.

Everything that deviates is read when it can be, and noted in ``warnings``.  Only what can't
be answered is refused, with the status and the code of the answer.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, Literal

from complaints.model import AccountName, Record
from providers.chat.language import read_language
from providers.chat.settings import RAISE_PATH, TRACK_PATH
from providers.codec import UnreadableError, dumps, identifier, loads_object

TEXT_LIMIT: Final = 4096
"""The longest message that Telegram carries."""

NEEDS_TEXT: Final = "needs-text"
"""Warning of a complaint that came without words: it is taken, and the text asked for."""

_NAME_LIMIT: Final = 128
_CHANNEL_LIMIT: Final = 32
_NUMBER_LIMIT: Final = 32
_PLACEHOLDER: Final = re.compile(r"\$\w+")

_RAISE_TYPES: Final = frozenset(
    {"raisecomplaint", "raisecomplaints", "productcomplaint", "customercomplaint"}
)
_TRACK_TYPES: Final = frozenset({"trackingcomplaint", "trackingcomplaints", "trackcomplaint"})
_OTHER_TYPES: Final = frozenset(
    {
        "orderstatus",
        "orderdetails",
        "trackingdetails",
        "cancelorder",
        "createorder",
        "placeorder",
        "policyenquiry",
        "showproducts",
        "browseproducts",
        "userdetails",
        "useroffers",
        "updateaddress",
        "updatecontact",
        "updatepassword",
        "changepassword",
    }
)
"""Names of the sibling calls: a request with one of them must not become a complaint."""

_CATEGORIES: Final[Mapping[str, str]] = {
    "product": "product",
    "order": "order",
    "account": "account",
}
OTHER_CATEGORY: Final = "other"


class ChatRefused(Exception):
    """A request that isn't served.  ``detail`` names fields and holds nothing of the request."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(f"{status} {code}: {detail}")
        self.status = status
        self.code = code
        self.detail = detail


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


class RaiseRequest(Record):
    """A complaint to take.  ``text`` is the customer's own, white space and all."""

    person: Person
    text: str
    order_id: str | None = None
    related_orders: tuple[str, ...] = ()
    category: str = OTHER_CATEGORY
    category_said: str = ""
    """The caller's own word, which the answer repeats."""
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


Operation = Literal["raise", "track"]


def operation_of(path: str, body: bytes = b"", *, bare_path: bool = False) -> Operation | None:
    """Which call a path means: the whole path, or what stands behind the base path.

    With ``bare_path`` the base path itself is taken too, by the request's ``interestType``.
    """
    last = path.rstrip("/").rpartition("/")[2]
    if last == RAISE_PATH.rpartition("/")[2]:
        return "raise"
    if last == TRACK_PATH.rpartition("/")[2]:
        return "track"
    if not bare_path or last not in {"", "integrations"}:
        return None
    try:
        document = loads_object(body)
    except UnreadableError:
        return None
    said = _folded(_interest(document) or "")
    return "raise" if said in _RAISE_TYPES else "track" if said in _TRACK_TYPES else None


def read_raise(body: bytes) -> RaiseRequest:
    """Read a raise request.  Raises ChatRefused (400 or 422)."""
    document, notes = _document(body), list[str]()
    _check_interest(document, _RAISE_TYPES, notes)
    person = _person(document, notes)
    locale, language = read_language(document, notes)
    order_id, related = _order(document, notes)
    said = _words(_first(_entities(document), ("category",)))
    return RaiseRequest(
        person=person,
        text=_text(document, notes),
        order_id=order_id,
        related_orders=related,
        category=_category(said, notes),
        category_said=said[:_NAME_LIMIT],
        language=language,
        locale=locale,
        warnings=tuple(notes),
    )


def read_track(body: bytes) -> TrackRequest:
    """Read a track request.  Raises ChatRefused (400 or 422)."""
    document, notes = _document(body), list[str]()
    _check_interest(document, _TRACK_TYPES, notes)
    person = _person(document, notes)
    locale, language = read_language(document, notes)
    names = ("complaintId", "complaintID", "complaint_id")
    number = identifier(_first(_entities(document), names))
    if number is None:
        raise ChatRefused(422, "missing_complaint_id", "entityInfo.complaintId is required")
    order_id, _ = _order(document, notes)
    return TrackRequest(
        person=person,
        number=number.removeprefix("#").strip()[:_NUMBER_LIMIT],
        order_id=order_id,
        language=language,
        locale=locale,
        warnings=tuple(notes),
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


def _document(body: bytes) -> Mapping[str, object]:
    try:
        return loads_object(body)
    except UnreadableError as error:
        raise ChatRefused(400, "malformed_json", str(error)) from None


def _check_interest(
    document: Mapping[str, object], expected: frozenset[str], notes: list[str]
) -> None:
    said = _interest(document)
    if said is None:
        raise ChatRefused(422, "missing_interest_type", "queryInfo.interestType is required")
    folded = _folded(said)
    if folded in expected:
        return
    if folded in _RAISE_TYPES | _TRACK_TYPES | _OTHER_TYPES:
        raise ChatRefused(422, "other_operation", "interestType names another operation")
    notes.append("interestType is in no table")


def _interest(document: Mapping[str, object]) -> str | None:
    places = (_child(document, "queryInfo"), document)
    return _words(_first(places, ("interestType", "interest_type"))).strip() or None


def _folded(word: str) -> str:
    return re.sub(r"[^a-z0-9]", "", word.casefold())


def _person(document: Mapping[str, object], notes: list[str]) -> Person:
    conversation = _child(document, "conversationRequest")
    places = (_child(conversation, "userInfo"), conversation, document)
    said = [identifier(_first(places, (name,))) for name in ("uid", "uuid", "userId")]
    known = [value for value in said if value is not None]
    if not known:
        raise ChatRefused(422, "missing_uid", "conversationRequest.userInfo.uid is required")
    if _PLACEHOLDER.fullmatch(known[0]):
        raise ChatRefused(422, "unexpanded_uid", "userInfo.uid is an unexpanded template")
    if said[0] is None:
        notes.append("user id under another name than uid")
    if len(set(known)) > 1:
        notes.append("two different user ids; the first of uid, uuid, userId counts")
    channel = _words(_first((conversation, document), ("channel",))).strip().upper()
    if not channel or channel.startswith("$") or not channel.isprintable():
        channel = "UNKNOWN"
        notes.append("channel missing or an unexpanded template")
    return Person(
        channel=channel[:_CHANNEL_LIMIT],
        uid=known[0],
        first_name=_name(places, ("first_name", "firstName")),
        last_name=_name(places, ("last_name", "lastName")),
        username=_name(places, ("username", "userName")),
    )


def _name(places: Sequence[Mapping[str, object]], names: Sequence[str]) -> str:
    said = " ".join(_words(_first(places, names)).split())
    return "" if _PLACEHOLDER.fullmatch(said) else said[:_NAME_LIMIT]


def _order(document: Mapping[str, object], notes: list[str]) -> tuple[str | None, tuple[str, ...]]:
    said = _first(_entities(document), ("orderId", "orderID", "order_id"))
    if isinstance(said, list):
        notes.append("a list of orders; the first one counts, the rest are related")
        values = said
    else:
        values = [said]
    found = [value for value in map(identifier, values[:32]) if value is not None]
    kept = [value for value in found if not _PLACEHOLDER.fullmatch(value)]
    if not kept and said not in (None, "", []):
        notes.append("orderId is no id")
    return (kept[0], tuple(kept[1:])) if kept else (None, ())


def _text(document: Mapping[str, object], notes: list[str]) -> str:
    names = ("problemStatment", "problemStatement", "problem_statement", "description")
    places = tuple(_entities(document))
    said = [text for name in names if (text := _words(_first(places, (name,)))).strip()]
    if not said:
        notes.append(NEEDS_TEXT)
        return ""
    if len(set(said)) > 1:
        notes.append("two different complaint texts; the first of their names counts")
    if len(said[0]) > TEXT_LIMIT:
        notes.append(f"text cut at {TEXT_LIMIT} characters")
    return said[0][:TEXT_LIMIT]


def _category(said: str, notes: list[str]) -> str:
    word = re.split(r"[^a-z]+", said.casefold().strip(), maxsplit=1)[0]
    found = _CATEGORIES.get(word) or _CATEGORIES.get(word.removesuffix("s"))
    if found is None and said:
        notes.append("category is in no table")
    return found or OTHER_CATEGORY


def _entities(document: Mapping[str, object]) -> Iterator[Mapping[str, object]]:
    """Where parameters may stand, the example's place first, a flat body last."""
    query = _child(document, "queryInfo")
    parameters = _child(query, "parameters")
    for place in (_child(parameters, "params"), parameters, query, document):
        yield _child(place, "entityInfo")
    yield document


def _first(
    places: Iterator[Mapping[str, object]] | Sequence[Mapping[str, object]], names: Sequence[str]
) -> object:
    """The first value that says something, place by place, name by name."""
    for place in places:
        for name in names:
            value = place.get(name)
            if value not in (None, "", []):
                return value
    return None


def _child(place: Mapping[str, object], name: str) -> Mapping[str, object]:
    value = place.get(name)
    return value if isinstance(value, dict) else {}


def _words(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        return ""
    return value if isinstance(value, str) else (identifier(value) or "")
