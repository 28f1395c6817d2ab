"""Which records about one order are one case, though nothing but the order says so.  Pure.

Systems that can be read speak of the same order within a few days: that is one case.  What a
chat says is the claim of a stranger and is matched with nothing, lest anything of a foreign
order leaks.  Cases are placed in the order in which they were opened, each by what was opened
before it, so that neither the order of working nor anything later changes where one belongs.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from complaints.model import PushKind

if TYPE_CHECKING:
    from complaints.docket import Docket, Taken
    from complaints.model import AccountName, Complaint

_OPENINGS = frozenset({PushKind.CREATE, PushKind.OPEN_DISPUTE})


class _Group(NamedTuple):
    """Cases that are one."""

    first: Complaint
    root: int
    origins: set[AccountName]


def match_orders(docket: Docket, taken: Taken) -> None:
    """Place anew the cases of the orders of which records came."""
    while docket.book.placed:
        _match_order(docket, docket.book.placed.pop(), taken)


def _match_order(docket: Docket, order_id: int, taken: Taken) -> None:
    book = docket.book
    homes = {m.home for m in book.mirrors_of_order(order_id) if m.home is not None}
    groups: list[_Group] = []
    for own in sorted((book.complaint(home) for home in homes), key=lambda c: (c.born, c.id)):
        now = book.root(own.id)
        group = next((g for g in groups if g.root == now.id), None) if own.by_hand else None
        if not own.by_hand:
            fitting = [g for g in groups if _fits(docket, g, own, taken)]
            group = fitting[-1] if fitting else None
            if group is not None and group.root != now.id:
                _move(docket, own, group.root, taken)
            elif group is None and now.id != own.id:
                _move(docket, own, own.id, taken)
        if group is None:
            groups.append(_Group(own, book.root(own.id).id, {own.origin}))
        else:
            group.origins.add(own.origin)


def _fits(docket: Docket, group: _Group, own: Complaint, taken: Taken) -> bool:
    """Whether a case that was opened later is the same one."""
    accounts = taken.accounts
    readable = all(
        name in accounts and accounts[name].reads for name in (group.first.origin, own.origin)
    )
    apart = abs(own.opened_at - group.first.opened_at)
    filed = any(
        push.account == own.origin and push.kind in _OPENINGS and 0 < push.sent < own.born
        for push in docket.book.pushes_of(group.root)
    )
    return (
        readable
        and own.origin not in group.origins
        and apart <= timedelta(days=taken.rules.match_days)
        and taken.rules.match_days > 0
        and not filed
    )


def _move(docket: Docket, own: Complaint, to: int, taken: Taken) -> None:
    before = docket.book.root(own.id)
    for mirror in docket.book.mirrors_of(before.id):
        # What a person has brought to it goes along.
        if own.id in {mirror.home, before.id}:
            docket.book.move(mirror, docket.book.complaint(to))
    after = docket.book.root(to)
    if taken.complaint_id in {before.id, own.id}:
        taken.complaint_id = after.id
    taken.touch(before.id, "same-order")
    taken.touch(after.id, "same-order")
