"""The page's view of Zenki: orders, disputes, refunds, webhooks."""

from __future__ import annotations

from collections.abc import Sequence

from providers.sandbox.markup import Markup, badge, joined, nothing, section, table, tag
from providers.sandbox.page_words import (
    delivery,
    instant,
    latest,
    money,
    of_all,
    person_text,
    status_badge,
)
from providers.sandbox.zenki_book import BookOrder, Dispute, Refund
from providers.sandbox.zenki_webhook import Delivery


def orders(found: Sequence[BookOrder]) -> Markup:
    """The latest orders."""
    shown = latest(found)
    rows = [
        [
            tag("code", order.id),
            order.merchant_order_id,
            (order.shopper or {}).get("email"),
            money(order.grand_total, order.currency),
            joined(
                [status_badge(order.status), *([badge("live", "open")] if order.live else [])], " "
            ),
            joined([_refund(order, refund) for refund in order.refunds], " ") or None,
            None if order.claim is None else status_badge(order.claim.status),
            instant(order.created_at),
        ]
        for order in shown
    ]
    heads = ["Id", "Merchant's id", "Buyer", "Total", "Status", "Refunds", "Claim", "Placed"]
    return section("book-orders", "Zenki orders", table(heads, rows), note=of_all(shown, found))


def _refund(order: BookOrder, refund: Refund) -> Markup:
    amount = order.grand_total if refund.amount is None else refund.amount
    return joined([status_badge(refund.status), " ", money(amount, order.currency)])


def disputes(found: Sequence[BookOrder]) -> Markup:
    """The latest disputes with what has become of them."""
    every = [
        (order, dispute)
        for order in found
        for dispute in [*order.earlier_disputes, *([order.dispute] if order.dispute else [])]
    ]
    every.sort(key=lambda pair: pair[1].created_at)
    shown = latest(every)
    cards = [_dispute(order, dispute) for order, dispute in shown]
    return section("disputes", "Zenki disputes", *(cards or [nothing()]), note=of_all(shown, every))


def _dispute(order: BookOrder, dispute: Dispute) -> Markup:
    by = "by our API" if dispute.created_by == "api" else "by the buyer"
    steps = [tag("li", tag("time", instant(dispute.created_at)), " opened ", by)]
    if dispute.request is not None and dispute.request_at is not None:
        asked = dispute.request.removeprefix("REQUEST_").lower()
        steps.append(
            tag("li", tag("time", instant(dispute.request_at)), f" Zenki asked for: {asked}")
        )
    if dispute.decided_at is not None:
        steps.append(
            tag(
                "li",
                tag("time", instant(dispute.decided_at)),
                " decided: ",
                status_badge(dispute.status),
            )
        )
    files = ", ".join(f"{file.filename} ({file.size} B)" for file in dispute.attachments)
    return tag(
        "article",
        tag("h3", tag("code", dispute.id), " ", status_badge(dispute.status), " ", dispute.title),
        tag("p", "Order ", tag("code", order.id), " ", status_badge(order.status), class_="note"),
        person_text(dispute.description),
        *([tag("p", f"Files: {files}", class_="note")] if files else []),
        tag("ol", *steps),
    )


def webhooks(found: Sequence[Delivery]) -> Markup:
    """The latest webhooks and how they stand."""
    shown = latest(found)
    rows = [
        [
            tag("code", message.id),
            tag("code", message.order_id or "a test"),
            badge("forged", "bad") if message.bad_signature else "ours",
            delivery(message.attempts, message.last_status, delivered=message.delivered),
        ]
        for message in shown
    ]
    heads = ["Message", "Order", "Signature", "Delivery"]
    return section("webhooks", "Zenki webhooks", table(heads, rows), note=of_all(shown, found))
