"""What all accounts together tell of an order.  Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from complaints.model import OrderFacts
from complaints.vocabulary import OrderState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from complaints.model import OrderSaid

_FURTHER = {state: rank for rank, state in enumerate(OrderState)}


def agreed(of_total: Sequence[OrderSaid], of_owner: Sequence[OrderSaid]) -> OrderFacts:
    """One account of an order from many: the same, the most trusted of each field first.

    Delivered is what one of them has seen delivered.  One account sees the parcel, another
    the payment only: the order is where it has come.  An amount and its currency come from
    one mouth.
    """
    delivered = {one.delivered for one in of_total}
    states = [one.state for one in of_total if one.state is not None]
    priced = next((one for one in of_total if one.total is not None), None)
    return OrderFacts(
        delivered=True if True in delivered else False if False in delivered else None,
        state=max(states, key=_FURTHER.__getitem__, default=None),
        total=priced.total if priced else None,
        currency=priced.currency if priced else None,
        owner=next((one.owner for one in of_owner if one.owner is not None), None),
    )
