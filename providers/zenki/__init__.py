"""Zenki: crypto payments with escrow, whose disputes are seen only inside an order.

The outward acts are opening a dispute and a full refund; both move money and are off until
an account switches them on.
"""

from __future__ import annotations

from providers.zenki.adapter import Zenki
from providers.zenki.settings import ZenkiSettings

__all__ = ["Zenki", "ZenkiSettings"]
