"""The words that Zenki's documents list."""

from __future__ import annotations

from collections.abc import Mapping

from complaints.model import Change
from complaints.vocabulary import PushKind
from providers.zenki.drafts import CreateOrder, RefusedDraftError, Ship, Track, read_draft
from providers.zenki.reading import read
from tests.providers.specimen import Vocabulary, canonical
from tests.providers.wire import intend, observe
from tests.providers.zenki.samples import (
    ORDER,
    TRACKING_ID,
    draft,
    linked,
    order,
    paid_event,
    refund,
)

_STATUSES = (
    "PENDING",
    "READY4PAY",
    "AWAITING_PAYMENT",
    "AWAITING_DELIVERY",
    "DELIVERED_SERVICE",
    "AWAITING_SHIPMENT",
    "SHIPPED",
    "SHIPMENT_ERROR",
    "AWAITING_SHOPPER_APPROVAL",
    "DISPUTED",
    "PENDING_SHOPPER_RETURN",
    "REFUNDED",
    "COMPLETED",
    "SETTLED",
)


def _order(**members: object) -> object:
    return canonical(read(observe("order", order(**members), ORDER)))


def _told(word: str) -> Change:
    """What an order's status alone says of the order."""
    return read(observe("order", order(word), ORDER))[0]


def _refund(word: str) -> object:
    """Of an order that somebody decided to refund."""
    body = {"order": order("DISPUTED", "REFUND", _links=linked()), "refund": refund(word)}
    return canonical(read(observe("order+refund", body, ORDER)))


def _event(word: str) -> object:
    return canonical(read(observe("webhook", paid_event(word))))


def _drafted(model: type[CreateOrder | Ship | Track], document: Mapping[str, object]) -> object:
    """Whether Zenki would be sent this."""
    try:
        read_draft(model, intend(PushKind.CREATE_ORDER, draft=document).draft)
    except RefusedDraftError:
        return False
    return True


def _shipped(word: str) -> object:
    document = {"courierType": word, "trackingId": "MX99812044", "courierName": "Own van"}
    return _drafted(Ship, document)


def _tracked(word: str) -> object:
    seen = {"location": "Puebla", "description": "At the door"}
    return _drafted(Track, {"zenkiTrackingId": TRACKING_ID, "status": word, **seen})


VOCABULARIES = (
    # Order, status: 14 words
    Vocabulary("order status", _STATUSES, lambda word: _order(status=word)),
    Vocabulary(
        "how far an order has come",
        _STATUSES,
        lambda word: _told(word).order_state,
        ignored=frozenset({"DISPUTED", "PENDING_SHOPPER_RETURN", "SETTLED"}),
        why="a disputed order may be anywhere, and one is settled by silence too",
    ),
    Vocabulary(
        "whether the buyer has it",
        _STATUSES,
        lambda word: _told(word).delivered,
        ignored=frozenset({"AWAITING_SHOPPER_APPROVAL", "DISPUTED", "REFUNDED", "SETTLED"}),
        why="the word says nothing about the goods",
    ),
    # Order, dispute
    Vocabulary(
        "dispute status",
        ("OPEN", "REFUND", "RESOLVED"),
        lambda word: _order(status="DISPUTED", dispute={"status": word}),
    ),
    Vocabulary(
        "request to resolve a dispute",
        ("REQUEST_REFUND", "REQUEST_CONCILIATED"),
        lambda word: _order(
            status="DISPUTED", dispute={"status": "OPEN", "resolutionRequestType": word}
        ),
        ignored=frozenset({"REQUEST_REFUND", "REQUEST_CONCILIATED"}),
        why="the dispute goes on; a remark tells whoever works on it",
    ),
    # Order, claim
    Vocabulary(
        "claim status",
        ("OPEN", "REFUND", "RESOLVED", "REJECTED"),
        lambda word: _order(claim={"status": word}),
        ignored=frozenset({"OPEN", "REFUND", "RESOLVED", "REJECTED"}),
        why="a payment that doesn't fit is no dispute; a remark tells of it",
    ),
    # Refund, status
    Vocabulary(
        "refund status",
        ("PENDING", "AWAITING_REFUND", "REFUNDED", "FAILED"),
        _refund,
        ignored=frozenset({"PENDING", "AWAITING_REFUND"}),
        why="until it has ended, what the order says of its dispute counts",
    ),
    # Webhooks: one event in each generation; the older one's body has no such member
    Vocabulary("webhook event", ("order.pay", "order.paid"), _event),
    # createOrder, createOrderTracking, updateOrderTracking
    Vocabulary(
        "goods of a new order",
        ("WITH_CARRIER", "WITHOUT_CARRIER", "MIXED"),
        lambda word: _drafted(CreateOrder, draft(type=word)),
    ),
    Vocabulary("courier of a shipment", ("EXTERNAL", "INTERNAL"), _shipped),
    Vocabulary(
        "event of a shipment",
        ("TRANSIT", "DELIVERY", "AVAILABLE_FOR_PICKUP", "CANCELED", "FAILED"),
        _tracked,
    ),
)
