"""Which cases about one order are one, though nothing but the order says so.  Pure.

Systems that can be read speak of the same order within a few days: that is one case.  What a
chat says is the claim of a stranger and is matched with nothing, lest anything of a foreign
order leaks.  Which cases are one follows from when each was opened and from what people have
said, however it came to be known: the order of working never matters.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from complaints.vocabulary import PushKind

if TYPE_CHECKING:
    from complaints.docket import Docket, Taken
    from complaints.model import Complaint

_OPENINGS = frozenset({PushKind.CREATE, PushKind.OPEN_DISPUTE})


Group = list["Complaint"]
"""Cases of one order that are one, by when they were opened."""


def match_orders(docket: Docket, taken: Taken) -> None:
    """Place anew the cases of the orders of which records came."""
    while docket.book.placed:
        _match_order(docket, docket.book.placed.pop(), taken)


def _match_order(docket: Docket, order_id: int, taken: Taken) -> None:
    groups, single = _sorted_out(docket, order_id)
    places: dict[int, int | None] = {}
    for own in single:
        fitting = [group for group in groups if _fits(docket, group, own, taken)]
        if fitting:
            places[own.id] = fitting[-1][0].id
            fitting[-1].append(own)
        else:
            places[own.id] = None
            groups.append([own])
    for root in docket.book.join(places):
        taken.touch(root, "same-order")


def _sorted_out(docket: Docket, order_id: int) -> tuple[list[Group], Group]:
    """Cases that people have made one, to which others may come, and cases still to be placed.

    What a person has parted is neither: it would be joined again at once.
    """
    book = docket.book
    records = book.mirrors_of_order(order_id)
    cases = (book.complaint(record.opened) for record in records if record.opened is not None)
    by_head: dict[int, Group] = {}
    for case in sorted(cases, key=lambda case: (case.born, case.id)):
        by_head.setdefault(book.head(case.id).id, []).append(case)
    open_ = [group for head, group in by_head.items() if not book.complaint(head).by_hand]
    alone = [len(group) == 1 and not group[0].by_hand for group in open_]
    return (
        [group for group, one in zip(open_, alone, strict=True) if not one],
        [group[0] for group, one in zip(open_, alone, strict=True) if one],
    )


def _fits(docket: Docket, group: Group, own: Complaint, taken: Taken) -> bool:
    """Whether a case belongs to others: a system that has told of two cases means two."""
    days = taken.rules.match_days
    told = [case for case in group if _readable(case, taken)]
    return bool(
        days
        and told
        and _readable(own, taken)
        and all(case.origin != own.origin for case in group)
        and abs(own.opened_at - told[0].opened_at) <= timedelta(days=days)
        and not any(_filed(docket, case, own) for case in group)
    )


def _readable(case: Complaint, taken: Taken) -> bool:
    return case.origin in taken.accounts and taken.accounts[case.origin].reads


def _filed(docket: Docket, case: Complaint, other: Complaint) -> bool:
    """Whether a case was made known by us where the other one was opened, before that."""
    return any(
        push.account == other.origin and push.kind in _OPENINGS and 0 < push.sent < other.born
        for push in docket.book.own_pushes(case.id)
    )
