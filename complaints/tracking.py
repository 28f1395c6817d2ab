"""What all accounts together tell of an order.  Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from complaints.model import OrderFacts
from complaints.vocabulary import OrderState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from complaints.model import OrderSaid

_FURTHER = {state: rank for rank, state in enumerate(OrderState)}


def agreed(said: Sequence[OrderSaid]) -> OrderFacts:
    """One account of an order from many; the most trusted speaks first.

    Delivered is what one of them has seen delivered.  One account sees the parcel, another
    the payment only: the order is where it has come.  An amount and its currency come from
    one mouth.
    """
    delivered = {one.delivered for one in said}
    states = [one.state for one in said if one.state is not None]
    priced = next((one for one in said if one.total is not None), None)
    return OrderFacts(
        delivered=True if True in delivered else False if False in delivered else None,
        state=max(states, key=_FURTHER.__getitem__, default=None),
        total=priced.total if priced else None,
        currency=priced.currency if priced else None,
        owner=next((one.owner for one in said if one.owner is not None), None),
    )
