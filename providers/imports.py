"""Rows that an operator brings: the body of an import observation, written and read.

``import:complaint`` holds ``{"complaint_id": ...}``, ``import:order`` holds
``{"order_hash": ..., "order_number": ..., "zenki_order_id": ...}`` of which one is enough.
With ``"acts": true`` pushes may follow from the row alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from complaints.model import Change, OrderKey
from complaints.vocabulary import ExternalId, OrderSpace, Subject
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


def import_body(row: Mapping[str, str], *, acts: bool = False) -> bytes:
    """Write the body of one row; columns that we don't know or that are empty are left out."""
    known = (*ORDER_COLUMNS, COMPLAINT_COLUMN)
    cells = {name: row[name].strip() for name in known if row.get(name, "").strip()}
    return dumps({**cells, "acts": True} if acts else cells)


def read_import_order(body: bytes) -> Change:
    """The order that a row names.  Raises UnreadableError when it names none."""
    row = loads_object(body)
    found = ((space, identifier(row.get(name))) for name, space in ORDER_COLUMNS.items())
    keys = tuple(OrderKey(space=space, value=value) for space, value in found if value)
    if not keys:
        raise UnreadableError("an order row without an id")
    return Change(subject=Subject.ORDER, order_keys=keys, acts=row.get("acts") is True)


def read_import_complaint(body: bytes) -> Change:
    """The complaint that a row names, to be read.  Raises UnreadableError when it names none."""
    row = loads_object(body)
    value = identifier(row.get(COMPLAINT_COLUMN))
    if value is None:
        raise UnreadableError("a complaint row without an id")
    return Change(subject=Subject.HINT, external_id=ExternalId(value), acts=row.get("acts") is True)
