"""Ends that contradict each other, as people look at them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from pydantic import TypeAdapter
from sqlalchemy import text

from complaints.model import Side
from complaints.vocabulary import ComplaintNumber, ShopName

if TYPE_CHECKING:
    from sqlalchemy import Connection

_SIDES = TypeAdapter(tuple[Side, ...])


class ConflictLine(NamedTuple):
    """One conflict: whose it is, since when, until when, and who says what."""

    number: ComplaintNumber
    shop: ShopName
    owner: str
    opened_at: datetime
    due_at: datetime
    sides: tuple[Side, ...]
    closed_at: datetime | None
    how: str | None


def listed(connection: Connection, *, closed: bool = False) -> list[ConflictLine]:
    """Open conflicts, the first due first; with ``closed`` those that are over as well."""
    rows = connection.execute(
        text("""
SELECT c.number, c.shop, k.owner, k.opened_at, k.due_at, k.sides, k.closed_at, k.how
FROM conflict k JOIN complaint c ON c.id = k.complaint_id
WHERE :closed OR k.closed_at IS NULL
ORDER BY k.closed_at NULLS FIRST, k.due_at, k.id
"""),
        {"closed": closed},
    )
    return [
        ConflictLine(number, shop, owner, opened, due, _SIDES.validate_python(sides), over, how)
        for number, shop, owner, opened, due, sides, over, how in rows
    ]
