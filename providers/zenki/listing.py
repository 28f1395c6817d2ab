"""Which orders are disputed, out of the order list.

Zenki documents that orders can be listed and by what, but neither the path nor the names of
the query nor the form of the answer: so the names are settings, and the answer is searched.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from complaints.ports import Rejected
from complaints.vocabulary import ExternalId
from providers.codec import identifier
from providers.http import Fate, settle
from providers.zenki.words import DISPUTED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from providers.zenki.calls import Calls
    from providers.zenki.faults import Judged
    from providers.zenki.settings import ListQuery

_DEPTH: Final = 3
_ENVELOPE: Final = 32
"""Members of an answer that are looked into."""


class Listed(NamedTuple):
    """One page."""

    order_ids: tuple[ExternalId, ...]
    """Zenki's ids of the orders with status DISPUTED."""
    ended: bool
    """The page held no order at all: there is nothing behind it."""


def list_disputed(calls: Calls, query: ListQuery, page: int) -> Listed:
    """Ask for one page.  Raises Transient, NeedsHuman and Rejected.

    The status is asked for and looked at: a server that doesn't know the name of a filter
    shows everything.
    """
    asked = {
        query.page: str(page),
        query.page_size: str(query.orders),
        query.status: DISPUTED,
    }
    judged = calls.orders(asked).judged
    settle(judged.fate, judged.reason, judged.wait, repeatable=True)
    if judged.fate is Fate.REFUSED:
        raise Rejected(f"{judged.reason} at the order list")
    rows = _rows(judged)
    if rows is None:
        raise Rejected("Zenki: no list of orders in the answer")
    found = [
        identifier(row.get("zenkiOrderId"))
        for row in rows
        if isinstance(row, dict) and row.get("status") == DISPUTED
    ]
    return Listed(tuple(ExternalId(one) for one in found if one is not None), ended=not rows)


def _rows(judged: Judged) -> Sequence[object] | None:
    """The orders of an answer: a list of objects with ids, else an empty list, else None."""
    lists = _lists(judged.document, _DEPTH) if judged.rows is None else [judged.rows]
    for rows in lists:
        if any(isinstance(row, dict) and "zenkiOrderId" in row for row in rows):
            return rows
    return () if any(not rows for rows in lists) else None


def _lists(value: object, depth: int) -> list[Sequence[object]]:
    if isinstance(value, list):
        return [value]
    if not isinstance(value, dict) or not depth:
        return []
    members = list(value.values())[:_ENVELOPE]
    return [rows for member in members for rows in _lists(member, depth - 1)]
