"""BizKitHub: the shop's desk for orders and complaints, over its public API v1.

It follows complaints and orders by id; there is no list and no idempotency there, and no webhook
but the one that an order is given when it is created.
"""

from __future__ import annotations

from providers.bizkithub.adapter import BizKitHub
from providers.bizkithub.orders import DraftError, OrderDraft, read_draft
from providers.bizkithub.settings import BizKitHubSettings

__all__ = ["BizKitHub", "BizKitHubSettings", "DraftError", "OrderDraft", "read_draft"]
