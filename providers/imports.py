"""Rows that an operator brings: the body of an import observation, written and read.

``import:complaint`` holds ``{"complaint_id": ...}``, ``import:order`` holds
``{"order_hash": ..., "order_number": ..., "zenki_order_id": ...}`` of which one is enough.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from complaints.model import OrderKey, OrderSpace
from providers.codec import UnreadableError, dumps, identifier, loads_object

if TYPE_CHECKING:
    from collections.abc import Mapping

IMPORT_COMPLAINT: Final = "import:complaint"
IMPORT_ORDER: Final = "import:order"

ORDER_COLUMNS: Final[Mapping[str, OrderSpace]] = {
    "order_hash": OrderSpace.HASH,
    "order_number": OrderSpace.NUMBER,
    "zenki_order_id": OrderSpace.PAYMENT,
}
COMPLAINT_COLUMN: Final = "complaint_id"


def import_body(row: Mapping[str, str]) -> bytes:
    """Write the body of one row; columns that we don't know or that are empty are left out."""
    known = (*ORDER_COLUMNS, COMPLAINT_COLUMN)
    return dumps({name: row[name].strip() for name in known if row.get(name, "").strip()})


def read_import_order(body: bytes) -> tuple[OrderKey, ...]:
    """The ids of one order row.  Raises UnreadableError when there is none."""
    row = loads_object(body)
    found = ((space, identifier(row.get(name))) for name, space in ORDER_COLUMNS.items())
    keys = tuple(OrderKey(space=space, value=value) for space, value in found if value)
    if not keys:
        raise UnreadableError("an order row without an id")
    return keys


def read_import_complaint(body: bytes) -> str:
    """The id of one complaint row.  Raises UnreadableError when there is none."""
    value = identifier(loads_object(body).get(COMPLAINT_COLUMN))
    if value is None:
        raise UnreadableError("a complaint row without an id")
    return value
