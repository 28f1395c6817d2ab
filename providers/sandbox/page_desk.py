"""The page's view of BizKitHub: orders, complaints with their timeline, notifications."""

from __future__ import annotations

from collections.abc import Sequence

from providers.sandbox.bizkithub_notify import Notice
from providers.sandbox.desk import DeskComplaint, DeskOrder
from providers.sandbox.markup import Markup, badge, nothing, section, table, tag
from providers.sandbox.page_words import (
    delivery,
    instant,
    latest,
    money,
    of_all,
    person_text,
    status_badge,
)


def orders(found: Sequence[DeskOrder]) -> Markup:
    """The latest orders."""
    shown = latest(found)
    rows = [
        [
            order.number,
            tag("code", order.hash),
            order.email,
            money(order.total, order.currency),
            _state(order),
            ", ".join(line.label for line in order.lines if line.cancelled),
            instant(order.inserted_at),
        ]
        for order in shown
    ]
    heads = ["Number", "Hash", "Customer", "Total", "State", "Cancelled lines", "Taken"]
    return section("desk-orders", "BizKitHub orders", table(heads, rows), note=of_all(shown, found))


def _state(order: DeskOrder) -> Markup:
    if order.cancelled:
        return badge("cancelled", "bad")
    return badge("paid", "good") if order.paid_at else badge("not paid", "open")


def complaints(found: Sequence[DeskComplaint]) -> Markup:
    """The latest complaints, each with its timeline."""
    shown = latest(found)
    cards = [_complaint(complaint) for complaint in shown]
    return section(
        "complaints", "BizKitHub complaints", *(cards or [nothing()]), note=of_all(shown, found)
    )


def _complaint(complaint: DeskComplaint) -> Markup:
    by = "by our API" if complaint.created_by == "api" else "by staff"
    head = tag(
        "h3",
        tag("code", complaint.id),
        " ",
        status_badge(complaint.status),
        " ",
        badge(complaint.variant),
    )
    facts = tag(
        "p",
        f"{complaint.customer_name}, order {complaint.order_number or 'unknown'}, "
        f"filed {by} {instant(complaint.filed_at)}",
        class_="note",
    )
    entries = [
        tag(
            "li",
            tag("time", instant(event.at)),
            " ",
            status_badge(event.status),
            " ",
            event.subject,
            *([": ", person_text(event.message)] if event.message else []),
            *([" ", badge("shared")] if event.share else []),
        )
        for event in complaint.events
    ]
    return tag("article", head, facts, person_text(complaint.description), tag("ol", *entries))


def notifications(found: Sequence[Notice]) -> Markup:
    """The latest order notifications and how they stand."""
    shown = latest(found)
    rows = [
        [
            tag("code", notice.order_hash),
            notice.change.replace("_", " "),
            notice.url,
            badge("withheld", "open")
            if notice.withheld
            else delivery(notice.attempts, notice.last_status, delivered=notice.delivered),
        ]
        for notice in shown
    ]
    heads = ["Order", "Change", "Address", "Delivery"]
    return section(
        "notifications", "Order notifications", table(heads, rows), note=of_all(shown, found)
    )
