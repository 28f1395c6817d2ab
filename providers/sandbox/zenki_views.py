"""Orders, refunds and shipments as Zenki's calls and the control API show them."""

from __future__ import annotations

from decimal import Decimal

from providers.sandbox.clock import epoch, iso
from providers.sandbox.stage import Stage
from providers.sandbox.zenki_book import BookOrder, Claim, Dispute, Refund, Tracking

_WEI = Decimal("0.000000000000000001")
_LONGEST_REASON = 100


def order_document(stage: Stage, order: BookOrder, base: str) -> dict[str, object]:
    """The Order of /v1/pay; `base` is the address before /v1 that links begin with."""
    document: dict[str, object] = {"version": "v1.0.0", "zenkiOrderId": order.id}
    if order.merchant_order_id is not None:
        document["orderId"] = order.merchant_order_id
    if order.cart_id is not None:
        document["cartId"] = order.cart_id
    unit = stage.knobs.epoch_unit
    document |= {
        "type": order.goods,
        "countryCodeIso2": order.country,
        "status": stage.knobs.odd_order_status or order.status,
        "createdAt": epoch(order.created_at, unit),
    }
    if order.shopper is not None:
        document["shopper"] = order.shopper
    document |= {"breakdown": _breakdown(stage, order), "items": order.items}
    if order.metadata is not None:
        document["metadata"] = order.metadata
    if order.paid:
        payment = crypto_payment(stage, order) | {"transactionStatus": "COMPLETED"}
        document["paymentInfo"] = {
            "exchangeRate": {
                **usd_rate(stage, order),
                "timestamp": epoch(order.created_at, unit),
            },
            "cryptoPayment": payment,
        }
    if order.status == "SETTLED":
        settled = crypto_payment(stage, order)
        document["settlementInfo"] = {
            "cryptoSettlement": {"finalAmount": settled["amount"], "currency": settled["currency"]}
        }
    if order.dispute is not None:
        document["dispute"] = _dispute(stage, order.dispute)
    if order.claim is not None:
        document["claim"] = _claim(stage, order.claim)
    document["_links"] = _links(order, base)
    return document


def told_document(stage: Stage, order: BookOrder) -> dict[str, object]:
    """The Order as a webhook tells it: of another version, with another word for a price."""
    document = order_document(stage, order, "https://api.zenki.fi") | {"version": "v1.1.0"}
    if stage.knobs.webhook_item_price_name == "price":
        document["items"] = [
            {("price" if name == "unitPrice" else name): value for name, value in item.items()}
            for item in order.items
        ]
    return document


def _breakdown(stage: Stage, order: BookOrder) -> dict[str, object]:
    """The breakdown as it was sent, with the local taxes under the name in force."""
    name = stage.knobs.local_taxes_name
    aliases = {"localTaxesAmount", "localTaxes_amount"}
    return {
        (name if member in aliases else member): amount
        for member, amount in order.breakdown.items()
    }


def usd_rate(stage: Stage, order: BookOrder) -> dict[str, object]:
    """The one made-up rate; it is always one to USD."""
    return {"from": order.currency, "to": "USD", "value": stage.config.usd_rate}


def crypto_payment(
    stage: Stage, order: BookOrder, amount: Decimal | None = None
) -> dict[str, object]:
    """What the buyer paid or gets back, at one made-up rate; a decimal string of 18 places."""
    fiat = order.grand_total if amount is None else amount
    crypto = (fiat / stage.config.crypto_rate).quantize(_WEI)
    return {"amount": format(crypto, "f"), "currency": "ETH", "blockchain": "Ethereum"}


def _dispute(stage: Stage, dispute: Dispute) -> dict[str, object]:
    unit = stage.knobs.epoch_unit
    seen: dict[str, object] = {
        "status": stage.knobs.odd_dispute_status or dispute.status,
        "createdAt": epoch(dispute.created_at, unit),
    }
    if dispute.request is not None and dispute.request_at is not None:
        seen["resolutionRequestType"] = dispute.request
        seen["resolutionRequestAt"] = epoch(dispute.request_at, unit)
    return seen


def opened_document(stage: Stage, order: BookOrder, dispute: Dispute) -> dict[str, object]:
    """The answer of POST /v1/api/disputes; the key of the state looks like a leaked type name."""
    state = stage.knobs.odd_dispute_status or dispute.status
    return {
        "orderId": order.id,
        "status": stage.knobs.odd_order_status or order.status,
        "dispute": {"disputeId": dispute.id, stage.knobs.dispute_state_name: state},
    }


def _claim(stage: Stage, claim: Claim) -> dict[str, object]:
    seen: dict[str, object] = {
        "status": claim.status,
        "createdAt": epoch(claim.created_at, stage.knobs.epoch_unit),
    }
    if claim.reason is not None:
        seen["reason"] = claim.reason
    if stage.knobs.undefined_fields:
        seen["zenkiClaimId"] = f"claim-{seen['createdAt']}"
    return seen


def _links(order: BookOrder, base: str) -> dict[str, object]:
    if not order.refunds:
        return {}
    return {"refund": {"href": f"{base}/v1/pay/orders/{order.id}/refunds/{order.refunds[-1].id}"}}


def refund_document(stage: Stage, order: BookOrder, refund: Refund) -> dict[str, object]:
    """The Refund of /v1/pay; its reason is shorter than the one a request may carry."""
    amount = order.grand_total if refund.amount is None else refund.amount
    document: dict[str, object] = {
        "zenkiRefundId": refund.id,
        "reason": refund.reason[:_LONGEST_REASON],
        "fiatOriginalPayment": {"amount": amount, "currencyCodeIso3": order.currency},
        "cryptoPayment": crypto_payment(stage, order, amount),
        "status": refund.status,
        "placedAt": epoch(refund.placed_at, stage.knobs.epoch_unit),
    }
    if stage.knobs.undefined_fields:
        document |= {"amount": amount, "currency": order.currency}
    return document


def merchant_document(stage: Stage, *, live: bool) -> dict[str, object]:
    """The answer of GET /v1/pay/me."""
    config = stage.config
    client = config.zenki_live_client_id if live else config.zenki_client_id
    assets = [{"currency": "ETH", "active": True}]
    document: dict[str, object] = {
        "merchantInfo": {
            "commercialName": "Sandbox shop",
            "legalName": "Sandbox shop s.r.o.",
            "accountType": "ENTITY",
            "kycStatus": "APPROVED",
            "integrationStatus": "COMPLETED",
        },
        "integrationConfig": {"plugins": [{"name": "sandbox", "clientId": client}]},
        "cryptoLovePercentage": 0,
        "cryptoAssets": assets,
        "escrowConfig": {
            "orderType": "WITH_CARRIER",
            "shopperNotification": 24,
            "timeWaitToApproval": 48,
        },
    }
    return document | ({"cryptoCurrencies": assets} if stage.knobs.undefined_fields else {})


def tracking_document(stage: Stage, tracking: Tracking) -> dict[str, object]:
    """The answer of POST /v1/pay/orders/{id}/tracking."""
    document: dict[str, object] = {
        stage.knobs.tracking_id_name: tracking.id,
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
        "live": order.live,
        "created_at": iso(order.created_at),
        "claim": None
        if order.claim is None
        else {
            "status": order.claim.status,
            "reason": order.claim.reason,
            "created_at": iso(order.claim.created_at),
        },
        "dispute": None if order.dispute is None else _dispute_view(order.dispute),
        "earlier_disputes": [_dispute_view(dispute) for dispute in order.earlier_disputes],
        "refunds": [
            {
                "id": refund.id,
                "reason": refund.reason,
                "status": refund.status,
                "amount": refund.amount,
                "created_by": refund.created_by,
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
        "decided_at": iso(dispute.decided_at),
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
