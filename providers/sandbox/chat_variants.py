"""Named ways in which the chat middleware may deviate from its document's example.

Each is marked: documented where one of the pages shows it, inferred where it only may happen.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeVar

from providers.sandbox import acts
from providers.sandbox.chat_body import Caller
from providers.sandbox.exchange import BadRequest

Members = dict[str, object]
AnyCaller = TypeVar("AnyCaller", bound=Caller)

_FOREIGN_UID = "somebody-else"


@dataclass(frozen=True, slots=True)
class Variant:
    """One deviation; `change` makes the deviating act's members out of the given ones."""

    mark: Literal["documented", "inferred"]
    what: str
    change: Callable[[Members], Members]


def _set(**members: object) -> Callable[[Members], Members]:
    return lambda _given: members


def _numeric(given: Members) -> Members:
    """Ids of digits alone become numbers, unless that would lose a leading zero."""
    names = ("uid", "order_id", "complaint_id")
    texts = {name: given.get(name) for name in names}
    return {
        name: int(text)
        for name, text in texts.items()
        if isinstance(text, str) and text.isascii() and text.isdigit() and text[0] != "0"
    }


def _as_list(given: Members) -> Members:
    first = given.get("order_id")
    return {"order_id": [str(first), f"{first}-2"]}


VARIANTS: Mapping[str, Variant] = {
    "table": Variant("documented", "the table's names, nested", _set(shape="table")),
    "flat": Variant("documented", "the table's names in a flat body", _set(shape="flat")),
    "plural_category": Variant(
        "documented", "category products-related", _set(category="products-related")
    ),
    "no_category": Variant("documented", "no category, as in the table", _set(category=None)),
    "lower_case_channel": Variant("documented", "channel telegram", _set(channel="telegram")),
    "template_channel": Variant("documented", "channel $platForm", _set(channel="$platForm")),
    "template_uid": Variant("documented", "uid $uid, a template not filled", _set(uid="$uid")),
    "template_names": Variant(
        "documented",
        "names $firstName and $lastName",
        _set(first_name="$firstName", last_name="$lastName"),
    ),
    "no_uid": Variant("inferred", "no uid at all", _set(uid=None)),
    "uid_and_uuid": Variant("documented", "both names, two values", _set(uuid=_FOREIGN_UID)),
    "foreign_uid": Variant("inferred", "somebody else asks", _set(uid=_FOREIGN_UID)),
    "no_order": Variant("documented", "no orderId", _set(order_id=None)),
    "empty_order": Variant("inferred", "an empty orderId", _set(order_id="")),
    "order_list": Variant("inferred", "orderId is a list of two", _as_list),
    "order_upper_case": Variant("documented", "orderID", _set(order_id_name="orderID")),
    "numeric_ids": Variant("inferred", "ids as numbers", _numeric),
    "no_text": Variant("inferred", "no complaint text", _set(text=None)),
    "empty_text": Variant("inferred", "an empty complaint text", _set(text="")),
    "spelt_rightly": Variant("inferred", "problemStatement", _set(text_name="problemStatement")),
    "two_texts": Variant(
        "inferred", "two names, two texts", _set(other_text="Another text than the first.")
    ),
    "copied_interest": Variant(
        "documented", "interestType cancel-order, copied", _set(interest_type="cancel-order")
    ),
    "unknown_interest": Variant(
        "inferred", "an interestType of no page", _set(interest_type="somethingElse")
    ),
    "older_interest": Variant(
        "documented", "interestType customerComplaint", _set(interest_type="customerComplaint")
    ),
    "entity_elsewhere": Variant("documented", "entityInfo at the top level", _set(entity_at="top")),
    "language_inside": Variant(
        "documented", "languageCode inside queryInfo", _set(language_at="queryInfo")
    ),
    "language_gr": Variant("documented", "languageCode gr", _set(language="gr")),
    "language_uk": Variant("documented", "languageCode en-UK", _set(language="en-UK")),
    "language_template": Variant(
        "documented", "the literal languageCode", _set(language="languageCode")
    ),
    "no_language": Variant("inferred", "no languageCode", _set(language=None)),
    "empty_response": Variant("documented", "response {} in the request", _set(with_response=True)),
    "wishes": Variant(
        "documented", "responseType and attributes in the request", _set(wishes=True)
    ),
    "broken_json": Variant("documented", "a trailing comma", _set(broken=True)),
    "bare_path": Variant("documented", "the path without a method's name", _set(bare=True)),
    "wrong_basic": Variant("inferred", "another password", _set(password="not the password")),
    "no_auth": Variant("inferred", "no Authorization", _set(auth="none")),
    "bare_headers": Variant(
        "documented", "username and password as two headers", _set(auth="headers")
    ),
    "duplicates": Variant("inferred", "the same call three times", _set(copies=3)),
    "parallel_duplicates": Variant(
        "inferred", "the same call four times in parallel", _set(copies=4, at_once=True)
    ),
    "asks_again": Variant(
        "inferred", "drops the call at its time-out and asks again", _set(asks_again=1)
    ),
}


def applied(act: AnyCaller) -> AnyCaller:
    """The act as its variant has it. Raises BadRequest on a variant that doesn't fit."""
    if act.variant is None:
        return act
    variant = VARIANTS.get(act.variant)
    if variant is None:
        raise BadRequest(f"there is no variant {act.variant}; GET /chat/variants lists them")
    given: Members = act.model_dump(exclude={"variant"})
    return acts.validated(type(act), given | variant.change(given))


def listed() -> list[dict[str, str]]:
    """All variants for the control API."""
    return [
        {"name": name, "mark": variant.mark, "what": variant.what}
        for name, variant in VARIANTS.items()
    ]
