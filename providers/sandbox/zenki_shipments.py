"""Zenki's shipments: tracking of parcels, and services that were delivered."""

from __future__ import annotations

from typing import cast

from providers.sandbox import zenki_book as book
from providers.sandbox import zenki_shapes as shapes
from providers.sandbox import zenki_views
from providers.sandbox.exchange import Answer, Request, as_json
from providers.sandbox.schema import Problem
from providers.sandbox.stage import HEX
from providers.sandbox.zenki_errors import invalid
from providers.sandbox.zenki_site import Site

_DELIVERED: dict[str, book.OrderStatus] = {
    "DELIVERY": "AWAITING_SHOPPER_APPROVAL",
    "FAILED": "SHIPMENT_ERROR",
}


class Shipments:
    """The calls that tell Zenki what was sent."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def create(self, request: Request, order: book.BookOrder) -> Answer:
        """POST /v1/pay/orders/{id}/tracking; an array of one is taken too."""
        body = self._site.body(request, shapes.TRACKING, "createOrderTracking")
        if isinstance(body, Answer):
            return body
        needed = "trackingId" if body["courierType"] == "EXTERNAL" else "courierName"
        if not body.get(needed):
            problem = Problem(f"/{needed}", "Required property", missing=True)
            return invalid(self._site.stage, "createOrderTracking", [problem])
        if order.status not in book.SHIPPABLE:
            return self._site.error(400, "The order is not in a state that can be shipped.")
        tracking = book.Tracking(
            id=self._site.stage.fresh_id(12, HEX),
            courier_type=str(body["courierType"]),
            tracking_id=cast("str | None", body.get("trackingId")),
            courier_name=cast("str | None", body.get("courierName")),
        )
        order.trackings.append(tracking)
        order.status = "SHIPPED"
        self._site.forget(order.id)
        document = zenki_views.tracking_document(self._site.stage, tracking)
        return as_json(201, document, committed=True)

    def add_event(self, request: Request, order: book.BookOrder, tracking_id: str) -> Answer:
        """PATCH /v1/pay/orders/{id}/tracking/{trackId}."""
        if request.method != "PATCH":
            return self._site.not_allowed()
        body = self._site.body(request, shapes.TRACKING_EVENT, "updateOrderTracking")
        if isinstance(body, Answer):
            return body
        tracking = next((one for one in order.trackings if one.id == tracking_id), None)
        if tracking is None:
            return self._site.not_found("Tracking")
        status = str(body["status"])
        tracking.events.append(
            book.TrackingEvent(
                status,
                str(body["location"]),
                str(body["description"]),
                self._site.stage.clock.now(),
            )
        )
        if order.status in book.SHIPPABLE and status in _DELIVERED:
            order.status = _DELIVERED[status]
        self._site.forget(order.id)
        answer = zenki_views.tracking_events(self._site.stage, tracking)
        return as_json(201, answer, committed=True)

    def fulfil(self, request: Request, order: book.BookOrder) -> Answer:
        """PATCH /v1/pay/escrow/{id}/fulfillments: a service was delivered."""
        if order.goods == "WITH_CARRIER" or order.status not in book.SHIPPABLE:
            return self._site.error(400, "The order has no service to be delivered.")
        order.status = "DELIVERED_SERVICE"
        self._site.forget(order.id)
        return self._site.as_order(201, order, request)
