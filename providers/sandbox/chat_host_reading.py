"""How a hosting middleware reads the chat's calls: the example's form first, then every alias."""

from __future__ import annotations

import base64
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, cast

from providers.sandbox.codec import BadJson
from providers.sandbox.exchange import Request

Operation = Literal["raise", "track"]

_TEMPLATE = re.compile(r"\$\w+")
_INTERESTS: Mapping[str, Operation] = {
    "productcomplaint": "raise",
    "customercomplaint": "raise",
    "raise-complaints": "raise",
    "raisecomplaint": "raise",
    "raisecomplaints": "raise",
    "trackcomplaint": "track",
    "tracking-complaints": "track",
}
# Labels of other operations; one of them on our two paths is refused, never carried out.
_FOREIGN = ("cancel-order", "createorder", "change-password", "update-address")
_TEXTS = ("problemStatment", "problemStatement", "problem_statement", "description")
_ORDER_IDS = ("orderId", "orderID", "order_id")

Document = Mapping[str, object]


class Refused(Exception):
    """The request can't be served: its status, a code, and a sentence on what is wrong."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Call:
    """A call as it was meant; `channel` is in upper case."""

    operation: Operation | None
    channel: str
    uid: str
    order_id: str | None
    complaint_id: str | None
    text: str | None
    category: str | None


def check_basic(request: Request, username: str, password: str) -> None:
    """Raises Refused without the right Basic credentials."""
    sent = request.header(b"authorization") or ""
    wanted = base64.b64encode(f"{username}:{password}".encode()).decode("ascii")
    scheme, _, given = sent.partition(" ")
    if scheme.lower() != "basic" or not hmac.compare_digest(
        given.strip().encode("latin-1"), wanted.encode("ascii")
    ):
        raise Refused(401, "unauthorized", "HTTP Basic credentials are required")


def read(request: Request) -> Call:
    """The call of a body. Raises Refused on no JSON, no uid, no or a foreign interestType."""
    try:
        body = request.document
    except BadJson as error:
        raise Refused(400, "bad_json", "the body is no JSON") from error
    if not isinstance(body, dict):
        raise Refused(422, "bad_envelope", "the body must be an object")
    conversation = _object(body, "conversationRequest")
    person = _object(conversation, "userInfo")
    query = _object(body, "queryInfo")
    parameters = _object(query, "parameters")
    entity = (
        _object(_object(parameters, "params"), "entityInfo")
        or _object(parameters, "entityInfo")
        or _object(query, "entityInfo")
        or _object(body, "entityInfo")
    )
    uid = _first(("uid", "uuid", "userId"), person, body)
    if uid is None or _TEMPLATE.fullmatch(uid):
        raise Refused(422, "missing_uid", "conversationRequest.userInfo.uid is required")
    interest = _first(("interestType",), query, body)
    if interest is None:
        raise Refused(422, "missing_interest", "queryInfo.interestType is required")
    if interest.lower() in _FOREIGN:
        raise Refused(422, "foreign_interest", f"{interest} is another operation")
    channel = (_first(("channel",), conversation, body) or "UNKNOWN").upper()
    return Call(
        operation=_INTERESTS.get(interest.lower()),
        channel="UNKNOWN" if channel.startswith("$") else channel,
        uid=uid,
        order_id=_first(_ORDER_IDS, entity),
        complaint_id=_first(("complaintId",), entity),
        text=_first(_TEXTS, entity),
        category=_first(("category",), entity),
    )


def _object(within: Document, name: str) -> Document:
    found = within.get(name)
    return cast("Document", found) if isinstance(found, dict) else {}


def _first(names: tuple[str, ...], *places: Document) -> str | None:
    """The first of the names that holds something; numbers become text, of a list the first."""
    for place in places:
        for name in names:
            found = place.get(name)
            if isinstance(found, list) and found:
                found = found[0]
            if isinstance(found, int) and not isinstance(found, bool):
                found = str(found)
            if isinstance(found, str) and found.strip():
                return found
    return None
