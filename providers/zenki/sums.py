"""Whether an order's amounts add up, by the formula of Zenki's OpenAPI document, CreateOrder."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from providers.zenki.wire import Breakdown, Item

_CENT: Final = Decimal("0.01")
_NOTHING: Final = Decimal(0)


def odd_sums(breakdown: Breakdown, items: Sequence[Item | None]) -> list[str]:
    """The members that are more than a cent away from what the others make.

    What can't be told, because an amount is missing that it needs, isn't told.
    """
    amounts = breakdown
    made = {
        "totalItemsAmount": (amounts.total_items_amount, _items(items)),
        "subtotalAmount": (
            amounts.subtotal_amount,
            _sum(amounts.total_items_amount, amounts.shipment_amount or _NOTHING),
        ),
        "grandTotalAmount": (
            amounts.grand_total_amount,
            _sum(
                amounts.subtotal_amount,
                amounts.taxes_amount or _NOTHING,
                amounts.local_taxes_amount or _NOTHING,
                amounts.import_costs or _NOTHING,
                *(amounts.additional_charges or {}).values(),
                -(amounts.discount_amount or _NOTHING),
            ),
        ),
    }
    return [
        name
        for name, (told, sum_) in made.items()
        if told is not None and sum_ is not None and abs(told - sum_) > _CENT
    ]


def _items(items: Sequence[Item | None]) -> Decimal | None:
    prices = []
    for item in items:
        if item is None or item.quantity is None or item.unit_price is None:
            return None
        prices.append(item.quantity * item.unit_price)
    return sum(prices, _NOTHING) if prices else None


def _sum(*amounts: Decimal | None) -> Decimal | None:
    known = [amount for amount in amounts if amount is not None]
    return sum(known, _NOTHING) if len(known) == len(amounts) else None
