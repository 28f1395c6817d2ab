"""What Zenki's API can't show, as data."""

from __future__ import annotations

from typing import Final

from complaints.blind import Blindness, Estimate, Spot
from providers.zenki.reading import NOT_VISIBLE
from providers.zenki.words import ORDER_STATE

BLINDNESS: Final = Blindness(
    spots=(
        Spot(
            name="disputes-elsewhere",
            text="disputes of orders that aren't tracked",
            source="Disputes: POST /v1/api/disputes only; no list",
        ),
        Spot(
            name="orders-between-reads",
            text="orders whose dispute shows at the next read",
            source="Webhooks, notifications: of paid orders; none of disputes",
            estimate=Estimate.ORDERS_FOLLOWED,
        ),
        Spot(
            name="orders-no-longer-read",
            text="orders no longer read: a dispute stays unseen",
            source="OpenAPI, GET /v1/pay/orders/{zenkiOrderId}: the only place of a dispute",
            estimate=Estimate.ORDERS_NO_LONGER_READ,
        ),
        Spot(
            name="orders-not-named",
            text="orders of the shop whose Zenki id isn't known",
            source="OpenAPI, GET /v1/pay/orders/{zenkiOrderId}: by Zenki's own id",
            estimate=Estimate.ORDERS_NOT_NAMED,
        ),
        Spot(
            name="disputes-between-reads",
            text="disputes whose moves show at the next read",
            source="Webhooks, notifications: of paid orders; none of disputes",
            estimate=Estimate.FOLLOWED,
        ),
        Spot(
            name="disputes-no-longer-read",
            text="disputes no longer read: what follows is unseen",
            source="OpenAPI, GET /v1/pay/orders/{zenkiOrderId}: the only place of a dispute",
            estimate=Estimate.NO_LONGER_READ,
        ),
        Spot(
            name="words-of-disputes",
            text="disputes whose title, words and files aren't shown",
            source="OpenAPI, Order.dispute: status and times, nothing else",
            estimate=Estimate.HELD,
        ),
    ),
    order_words=frozenset(ORDER_STATE),
    gone=NOT_VISIBLE,
)
