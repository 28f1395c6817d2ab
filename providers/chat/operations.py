"""Which call a request means: by its path, or by its label where the path names none."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from providers.chat.language import read_language
from providers.chat.places import Document, words

BASE_PATH: Final = "/api/rest/v1/ecom/integrations"


class Operation(StrEnum):
    """The calls that we serve."""

    RAISE = "raise"
    TRACK = "track"
    ORDER_STATUS = "order_status"
    ORDER_DETAILS = "order_details"
    ORDER_TRACKING = "order_tracking"
    CANCEL_ORDER = "cancel_order"


METHODS: Final[Mapping[str, Operation]] = {
    "raiseComplaintsAgainstOrder": Operation.RAISE,
    "getComplaintsTrackingDetails": Operation.TRACK,
    "getOrderStatus": Operation.ORDER_STATUS,
    "getOrderDetails": Operation.ORDER_DETAILS,
    "getTrackingOrderDetails": Operation.ORDER_TRACKING,
    "cancelOrder": Operation.CANCEL_ORDER,
}
"""What follows the base path; written exactly so."""

RAISE_PATH: Final = f"{BASE_PATH}/raiseComplaintsAgainstOrder"
TRACK_PATH: Final = f"{BASE_PATH}/getComplaintsTrackingDetails"

LABELS: Final[Mapping[str, Operation]] = {
    "raisecomplaint": Operation.RAISE,
    "raisecomplaints": Operation.RAISE,
    "productcomplaint": Operation.RAISE,
    "customercomplaint": Operation.RAISE,
    "trackcomplaint": Operation.TRACK,
    "trackcomplaints": Operation.TRACK,
    "trackingcomplaint": Operation.TRACK,
    "trackingcomplaints": Operation.TRACK,
    "orderstatus": Operation.ORDER_STATUS,
    "orderdetails": Operation.ORDER_DETAILS,
    "trackingdetails": Operation.ORDER_TRACKING,
    "cancelorder": Operation.CANCEL_ORDER,
}
"""``interestType`` of tables, examples and older pages, without case and hyphens."""

SIBLINGS: Final = frozenset(
    {
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
"""Labels of the platform's calls that we don't serve: none of them becomes another call."""


def operation_of(path: str, body: bytes = b"", *, bare_path: bool = False) -> Operation | None:
    """Which call a path means: the whole path, or what stands behind the base path.

    With ``bare_path`` the base path itself is taken too, by the request's ``interestType``;
    then it raises ChatRefused (400 or 422) when there is no label to go by.  None: no call
    of ours.
    """
    rest = path.rstrip("/")
    if rest.startswith(f"{BASE_PATH}/"):
        rest = rest.removeprefix(BASE_PATH)
    method = rest.removeprefix("/")
    if method in METHODS:
        return METHODS[method]
    if rest not in {"", BASE_PATH} or not bare_path:
        return None
    document = Document(body)
    _, document.language = read_language(document)
    return LABELS.get(label_of(document))


def label_of(document: Document) -> str:
    """The request's ``interestType``, folded.  Raises ChatRefused (422) when it is missing."""
    said = words(document.find(document.query, "interestType", "interest_type")).strip()
    if not said:
        raise document.refusal(422, "missing_interest_type", "queryInfo.interestType is required")
    return re.sub(r"[^a-z0-9]", "", said.casefold())


def check_label(document: Document, operation: Operation) -> None:
    """Compare the label with the call that the path names.

    The path decides, so a label that nobody knows is noted; one that names another call is
    refused (422), and that other call is not carried out either.
    """
    label = label_of(document)
    meant = LABELS.get(label)
    if meant is operation:
        return
    if meant is not None or label in SIBLINGS:
        raise document.refusal(422, "other_operation", "interestType names another operation")
    document.note("interestType is in no table")
