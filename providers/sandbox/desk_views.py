"""Orders and complaints as BizKitHub's read calls and the control API show them."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

from providers.sandbox.clock import iso
from providers.sandbox.desk import ClaimedItem, DeskComplaint, DeskEvent, DeskOrder, Line

_SYMBOLS = {"CZK": "Kč", "EUR": "€", "USD": "$"}
_LABELS = {"reklamace": "Vada zboží", "vraceni": "Vrácení zboží", "vymena": "Výměna zboží"}
_CENT = Decimal("0.01")

PAGE = "https://bizkithub.com/order"


def order_links(order: DeskOrder) -> dict[str, str]:
    """Links in the answer of POST /api/v1/shop/order/create."""
    return {
        "orderPageLink": f"{PAGE}?hash={order.hash}",
        "payLink": f"{PAGE}/pay?hash={order.hash}",
    }


def order_detail(order: DeskOrder) -> dict[str, object]:
    """GET /api/v1/shop/order/detail."""
    vat = order.lines[0].vat if order.lines else Decimal(0)
    return {
        "exist": True,
        "id": order.number,
        "hash": order.hash,
        "locale": order.locale,
        "payDate": iso(order.paid_at),
        "status": _order_status(order),
        "variableSymbol": order.number,
        "publicNotice": order.public_notice,
        "insertedDate": iso(order.inserted_at),
        "updatedDate": iso(order.updated_at),
        "expirationDate": order.expires_at,
        "price": _money(order.total, vat, order.currency),
        "sale": _money(order.discount, vat, order.currency),
        "customer": {
            "email": order.email,
            "phone": order.phone,
            "firstName": order.first_name,
            "lastName": order.last_name,
            "companyName": order.company,
            "premium": False,
        },
        "items": [_order_line(order, line) for line in order.lines],
        "vouchers": [_voucher(order, code, value) for code, value in order.vouchers.items()],
        "tags": order.tags,
        "links": {"onlinePaymentLink": f"{PAGE}/pay?hash={order.hash}"},
    }


def _order_status(order: DeskOrder) -> dict[str, object]:
    paid = order.paid_at is not None
    label, colour = ("Zaplaceno", "#2e8b57") if paid else ("Nová", "#4682b4")
    if order.cancelled:
        label, colour = "Stornováno", "#b22222"
    return {
        "label": label,
        "color": colour,
        "onlinePaymentStatus": "PAID" if paid else "CREATED",
        "onlinePaymentStatusLabel": "Zaplaceno" if paid else "Vytvořeno",
        "onlinePaymentChecking": False,
    }


def _voucher(order: DeskOrder, code: str, value: Decimal) -> dict[str, object]:
    return {
        "code": code,
        "type": "fixed",
        "value": format(value, "f"),
        "isOrderSingleton": False,
        "currency": order.currency,
    }


def _money(amount: Decimal, vat: Decimal, currency: str) -> dict[str, object]:
    bare = (amount / (1 + vat / 100)).quantize(_CENT, ROUND_HALF_UP)
    return {
        "priceWithVat": amount,
        "currency": currency,
        "priceWithoutVat": bare,
        "vat": vat,
        "currencyLocale": _SYMBOLS.get(currency, currency),
    }


def _order_line(order: DeskOrder, line: Line) -> dict[str, object]:
    return {
        "id": order.line_id(line),
        "isStorno": line.cancelled,
        "label": line.label,
        "count": line.count,
        "price": _money(line.price, line.vat, order.currency),
        "unit": line.unit,
        "vat": line.vat,
        "creditAmount": line.credit,
        "productCode": line.product_code,
        "productName": line.label if line.product_code else None,
        "productMainImageUrl": None,
        "variantCode": line.variant_code,
        "variantName": None,
        "eventCalendarCode": None,
        "eventCode": line.event_code,
        "eventTitle": None,
        "branch": line.branch,
    }


def complaint_detail(
    complaint: DeskComplaint,
    variants: Sequence[str],
    *,
    dates: bool,
    claim: bool,
    resolved: bool,
) -> dict[str, object]:
    """GET /api/v1/shop/complaint/detail.

    The documented example carries neither dates nor what `claim` adds.
    """
    code = complaint.variant
    detail: dict[str, object] = {
        "exist": True,
        "id": complaint.id,
        "orderNumber": complaint.order_number,
        "variant": {
            "id": variants.index(code) + 1 if code in variants else 0,
            "code": code,
            "label": _LABELS.get(code, code),
        },
        "status": complaint.status,
        "isResolved": resolved,
        "description": complaint.description,
        "customerName": complaint.customer_name,
        "email": complaint.email,
        "phone": complaint.phone,
        "refund": {
            "country": complaint.refund_country,
            "bankAccount": complaint.refund_account,
            "variableSymbol": complaint.refund_symbol,
        },
        "satisfaction": {"score": complaint.score, "message": complaint.score_message},
        "items": [_claimed(item) for item in complaint.items],
        "events": [_event(event, dates=dates) for event in complaint.events],
    }
    if dates:
        detail |= {
            "insertedDate": iso(complaint.filed_at),
            "updatedDate": iso(complaint.events[-1].at),
            "resolvedDate": iso(complaint.resolved_at),
            "dueDate": complaint.due_date,
        }
    if claim:
        detail |= {
            "orderHash": complaint.order_hash,
            "price": complaint.price,
            "currency": complaint.currency,
            "resolutionMethodCode": complaint.resolution_method,
            "branch": complaint.branch,
        }
    return detail


def _claimed(item: ClaimedItem) -> dict[str, object]:
    return {"id": item.id, "label": item.label, "quantity": item.quantity, "price": item.price}


def _event(event: DeskEvent, *, dates: bool) -> dict[str, object]:
    seen: dict[str, object] = {
        "id": event.id,
        "status": event.status,
        "shareWithCustomer": event.share,
        "subject": event.subject,
        "message": event.message,
    }
    if dates:
        seen["insertedDate"] = iso(event.at)
    return seen


def staff_view(complaint: DeskComplaint) -> dict[str, object]:
    """Everything the desk's own people see of a complaint."""
    return {
        "id": complaint.id,
        "variant": complaint.variant,
        "status": complaint.status,
        "open": complaint.is_open,
        "description": complaint.description,
        "customer_name": complaint.customer_name,
        "email": complaint.email,
        "phone": complaint.phone,
        "order_hash": complaint.order_hash,
        "order_number": complaint.order_number,
        "price": complaint.price,
        "currency": complaint.currency,
        "created_by": complaint.created_by,
        "filed_at": iso(complaint.filed_at),
        "resolved_at": iso(complaint.resolved_at),
        "due_date": complaint.due_date,
        "refund": {
            "country": complaint.refund_country,
            "bank_account": complaint.refund_account,
            "variable_symbol": complaint.refund_symbol,
        },
        "satisfaction": {"score": complaint.score, "message": complaint.score_message},
        "items": [
            _claimed(item) | {"order_item": item.order_item, "currency": item.currency}
            for item in complaint.items
        ],
        "branch": complaint.branch,
        "service": complaint.service,
        "resolution_method": complaint.resolution_method,
        "events": [
            {
                "id": event.id,
                "status": event.status,
                "share_with_customer": event.share,
                "subject": event.subject,
                "message": event.message,
                "at": iso(event.at),
            }
            for event in complaint.events
        ],
    }


def order_view(order: DeskOrder) -> dict[str, object]:
    """What the control API shows of an order."""
    return {
        "hash": order.hash,
        "number": order.number,
        "email": order.email,
        "phone": order.phone,
        "first_name": order.first_name,
        "last_name": order.last_name,
        "items": [
            {
                "id": order.line_id(line),
                "label": line.label,
                "price": line.price,
                "count": line.count,
                "cancelled": line.cancelled,
            }
            for line in order.lines
        ],
        "price": order.total,
        "currency": order.currency,
        "locale": order.locale,
        "paid": order.paid_at is not None,
        "cancelled": order.cancelled,
        "paid_at": iso(order.paid_at),
        "inserted_at": iso(order.inserted_at),
        "created_by": order.created_by,
        "tags": order.tags,
        "internal_id": order.internal_id,
        "group": order.group,
        "parent": order.parent,
        "notification_url": order.notification_url,
        "credited": order.credited,
        "owed": order.owed,
    }
