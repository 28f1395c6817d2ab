"""BizKitHub: the shop's desk for orders and complaints, over its public API v1.

It follows complaints by id; there is no list, no webhook and no idempotency there.
"""

from __future__ import annotations

from providers.bizkithub.adapter import BizKitHub
from providers.bizkithub.orders import CreatedOrder, OrderCustomer, OrderDraft, OrderItem
from providers.bizkithub.settings import BizKitHubSettings

__all__ = [
    "BizKitHub",
    "BizKitHubSettings",
    "CreatedOrder",
    "OrderCustomer",
    "OrderDraft",
    "OrderItem",
]
