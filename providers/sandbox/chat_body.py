"""What a person in the chat does, and the request bodies that the middleware makes of it.

The document's example and its table name the members differently, and its sibling pages put them
in other places; each way is a choice here, the example's being the default.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from providers.sandbox import codec
from providers.sandbox.acts import Act

BASE = "/api/rest/v1/ecom/integrations"
RAISE = f"{BASE}/raiseComplaintsAgainstOrder"
TRACK = f"{BASE}/getComplaintsTrackingDetails"

Shape = Literal["canonical", "table", "flat"]
Question = Literal["getOrderStatus", "getOrderDetails", "getTrackingOrderDetails", "cancelOrder"]

_TABLE_NAMES = {
    "first_name": "firstName",
    "last_name": "lastName",
    "uid": "uuid",
    "username": "userName",
}
# Operation labels: as the example has them, and as the table has them.
_INTERESTS: Mapping[str, tuple[str, str]] = {
    "raise": ("productComplaint", "raise-complaints"),
    "track": ("trackComplaint", "tracking-complaints"),
    "getOrderStatus": ("order-status", "order-status"),
    "getOrderDetails": ("order-details", "order-details"),
    "getTrackingOrderDetails": ("trackingDetails", "tracking-details"),
    "cancelOrder": ("cancel-order", "cancel-order"),
}
_BARE_RAISE = "customerComplaint"


class Caller(Act):
    """A person in the chat, and how the middleware passes on what they say.

    `shape` picks the example's names, the table's names or a flat body; `entity_at`,
    `language_at` and `order_id_name` the places and names that sibling pages show. `uuid` is sent
    beside `uid`. `broken` sends invalid JSON, `bare` posts to the path without a method's name.
    `asks_again` is how often the middleware repeats a call that got no answer in time; `copies`
    are sent one after the other, or in parallel when `at_once`.
    """

    uid: str | int | None
    uuid: str | int | None = None
    channel: str | None = "TELEGRAM"
    first_name: str | None = None
    last_name: str | None = None
    username: str | None = None
    language: str | None = "en"
    order_id: str | int | list[str] | None = None
    shape: Shape = "canonical"
    entity_at: Literal["params", "parameters", "queryInfo", "top"] = "params"
    language_at: Literal["top", "queryInfo"] = "top"
    order_id_name: Literal["orderId", "orderID", "order_id"] | None = None
    interest_type: str | None = None
    with_response: bool = False
    wishes: bool = False
    broken: bool = False
    bare: bool = False
    auth: Literal["basic", "headers", "none"] = "basic"
    password: str | None = None
    timeout_s: float | None = Field(default=None, gt=0)
    asks_again: int = Field(default=0, ge=0, le=10)
    copies: int = Field(default=1, ge=1, le=50)
    at_once: bool = False
    variant: str | None = None


class Raise(Caller):
    """The person complains; without a category none is sent.

    `other_text` is a second text under the name spelt rightly.
    """

    text: str | None
    text_name: Literal[
        "problemStatment", "problemStatement", "problem_statement", "description"
    ] = "problemStatment"
    other_text: str | None = None
    category: str | None = "product-related"


class Track(Caller):
    """The person asks how a complaint stands."""

    complaint_id: str | int


class Ask(Caller):
    """The person asks about an order, or wants it cancelled."""

    question: Question


def path_of(act: Caller) -> str:
    """Where the middleware sends it."""
    if act.bare:
        return BASE
    if isinstance(act, Ask):
        return f"{BASE}/{act.question}"
    return RAISE if isinstance(act, Raise) else TRACK


def content_of(act: Caller) -> bytes:
    """The request body; members the person didn't give are left out."""
    content = codec.dump_bytes(_document(act))
    return content[:-1] + b",}" if act.broken else content


def _document(act: Caller) -> dict[str, object]:
    label = act.interest_type or _interest(act)
    entity = _entity(act)
    person = _given(
        {
            "first_name": act.first_name,
            "last_name": act.last_name,
            "uid": act.uid,
            "username": act.username,
        }
    )
    if act.shape != "canonical":
        person = {_TABLE_NAMES[name]: value for name, value in person.items()}
    person |= _given({"uuid": act.uuid})
    more: dict[str, object] = {"response": {}} if act.with_response else {}
    if act.wishes:
        more |= {"responseType": "text", "attributes": [{"name": "complaintId"}]}
    spoken = _given({"languageCode": act.language})
    channel = _given({"channel": act.channel})
    if act.shape == "flat":
        return person | channel | spoken | more | {"interestType": label, "entityInfo": entity}
    query: dict[str, object] = {"interestType": label}
    match act.entity_at:
        case "params":
            query |= {"parameters": {"params": {"entityInfo": entity}}}
        case "parameters":
            query |= {"parameters": {"entityInfo": entity}}
        case "queryInfo":
            query |= {"entityInfo": entity}
        case "top":
            more |= {"entityInfo": entity}
    if act.language_at == "queryInfo":
        query |= spoken
        spoken = {}
    return {
        "conversationRequest": channel | {"userInfo": person},
        "queryInfo": query,
        **spoken,
        **more,
    }


def _entity(act: Caller) -> dict[str, object]:
    name = act.order_id_name or "orderId"
    if isinstance(act, Ask) and act.question == "cancelOrder" and act.shape != "canonical":
        name = act.order_id_name or "orderID"
    entity: dict[str, object] = {name: act.order_id}
    match act:
        case Raise():
            entity |= {act.text_name: act.text, "category": act.category}
            if act.other_text is not None:
                entity["problemStatement"] = act.other_text
        case Track():
            entity["complaintId"] = act.complaint_id
    return _given(entity)


def _interest(act: Caller) -> str:
    if isinstance(act, Ask):
        kind: str = act.question
    elif isinstance(act, Raise):
        if act.bare and act.shape == "canonical":
            return _BARE_RAISE
        kind = "raise"
    else:
        kind = "track"
    example, table = _INTERESTS[kind]
    return example if act.shape == "canonical" else table


def _given(members: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in members.items() if value is not None}
