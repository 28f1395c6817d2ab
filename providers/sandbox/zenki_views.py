"""Orders, refunds and shipments as Zenki's calls and the control API show them."""

from __future__ import annotations

from decimal import Decimal

from providers.sandbox.clock import epoch, iso
from providers.sandbox.stage import Stage
from providers.sandbox.zenki_book import BookOrder, Dispute, Refund, Tracking

_WEI = Decimal("0.000000000000000001")
_LONGEST_REASON = 100


def order_document(
    stage: Stage, order: BookOrder, base: str, version: str = "v1.0.0"
) -> dict[str, object]:
    """The Order of /v1/pay; `base` is the address before /v1 that links begin with."""
    document: dict[str, object] = {"version": version, "zenkiOrderId": order.id}
    if order.merchant_order_id is not None:
        document["orderId"] = order.merchant_order_id
    if order.cart_id is not None:
        document["cartId"] = order.cart_id
    document |= {
        "type": order.goods,
        "countryCodeIso2": order.country,
        "status": order.status,
        "createdAt": epoch(order.created_at, stage.knobs.epoch_unit),
    }
    if order.shopper is not None:
        document["shopper"] = order.shopper
    document |= {"breakdown": order.breakdown, "items": order.items}
    if order.metadata is not None:
        document["metadata"] = order.metadata
    if order.paid:
        payment = crypto_payment(stage, order) | {"transactionStatus": "COMPLETED"}
        document["paymentInfo"] = {"cryptoPayment": payment}
    if order.dispute is not None:
        document["dispute"] = _dispute(stage, order.dispute)
    document["_links"] = _links(order, base)
    return document


def crypto_payment(stage: Stage, order: BookOrder) -> dict[str, object]:
    """What the buyer paid, at the sandbox's one made-up rate; a decimal string of 18 places."""
    amount = (order.grand_total / stage.config.crypto_rate).quantize(_WEI)
    return {"amount": format(amount, "f"), "currency": "ETH", "blockchain": "Ethereum"}


def _dispute(stage: Stage, dispute: Dispute) -> dict[str, object]:
    unit = stage.knobs.epoch_unit
    seen: dict[str, object] = {
        "status": dispute.status,
        "createdAt": epoch(dispute.created_at, unit),
    }
    if dispute.request is not None and dispute.request_at is not None:
        seen["resolutionRequestType"] = dispute.request
        seen["resolutionRequestAt"] = epoch(dispute.request_at, unit)
    return seen


def _links(order: BookOrder, base: str) -> dict[str, object]:
    if not order.refunds:
        return {}
    return {"refund": {"href": f"{base}/v1/pay/orders/{order.id}/refunds/{order.refunds[-1].id}"}}


def refund_document(stage: Stage, order: BookOrder, refund: Refund) -> dict[str, object]:
    """The Refund of /v1/pay; its reason is shorter than the one a request may carry."""
    return {
        "zenkiRefundId": refund.id,
        "reason": refund.reason[:_LONGEST_REASON],
        "fiatOriginalPayment": {
            "amount": order.grand_total,
            "currencyCodeIso3": order.currency,
        },
        "cryptoPayment": crypto_payment(stage, order),
        "status": refund.status,
        "placedAt": epoch(refund.placed_at, stage.knobs.epoch_unit),
    }


def tracking_document(tracking: Tracking) -> dict[str, object]:
    """The answer of POST /v1/pay/orders/{id}/tracking."""
    document: dict[str, object] = {
        "zenkiTrackingId": tracking.id,
        "courierType": tracking.courier_type,
    }
    if tracking.tracking_id is not None:
        document["trackingId"] = tracking.tracking_id
    if tracking.courier_name is not None:
        document["courierName"] = tracking.courier_name
    if tracking.courier_type == "EXTERNAL":
        document["externalCourier"] = {"key": "100003", "countryCodeIso2": "MX", "name": "Fedex"}
    return document


def tracking_events(stage: Stage, tracking: Tracking) -> list[dict[str, object]]:
    """The answer of PATCH /v1/pay/orders/{id}/tracking/{trackId}."""
    return [
        {
            "status": event.status,
            "location": event.location,
            "description": event.description,
            "createdAt": epoch(event.created_at, stage.knobs.epoch_unit),
        }
        for event in tracking.events
    ]


def staff_view(order: BookOrder) -> dict[str, object]:
    """Everything the portal shows of an order."""
    return {
        "zenki_order_id": order.id,
        "merchant_order_id": order.merchant_order_id,
        "status": order.status,
        "email": None if order.shopper is None else order.shopper.get("email"),
        "name": None if order.shopper is None else order.shopper.get("name"),
        "grand_total": order.grand_total,
        "currency": order.currency,
        "country": order.country,
        "created_at": iso(order.created_at),
        "dispute": None if order.dispute is None else _dispute_view(order.dispute),
        "earlier_disputes": [_dispute_view(dispute) for dispute in order.earlier_disputes],
        "refunds": [
            {
                "id": refund.id,
                "reason": refund.reason,
                "status": refund.status,
                "placed_at": iso(refund.placed_at),
            }
            for refund in order.refunds
        ],
        "trackings": [
            {"id": tracking.id, "statuses": [event.status for event in tracking.events]}
            for tracking in order.trackings
        ],
    }


def _dispute_view(dispute: Dispute) -> dict[str, object]:
    return {
        "id": dispute.id,
        "status": dispute.status,
        "title": dispute.title,
        "description": dispute.description,
        "created_at": iso(dispute.created_at),
        "created_by": dispute.created_by,
        "request": dispute.request,
        "request_at": iso(dispute.request_at),
        "attachments": [
            {
                "filename": evidence.filename,
                "content_type": evidence.content_type,
                "size": evidence.size,
                "sha256": evidence.sha256,
            }
            for evidence in dispute.attachments
        ],
    }
