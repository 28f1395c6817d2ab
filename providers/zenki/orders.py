"""Writes about orders, on a person's errand: create, edit, ship, track, deliver.

What isn't seen in the order at once is sent once only; editing and delivering look first and
may be repeated.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pydantic import ValidationError

from complaints.ports import Intent, Receipt
from complaints.vocabulary import ExternalId, Result
from providers.codec import dumps, identifier
from providers.http import Fate, settle
from providers.zenki.drafts import CreateOrder, EditOrder, Ship, Track, read_draft
from providers.zenki.looking import NOT_SHOWN, look, refused
from providers.zenki.wire import Shipment
from providers.zenki.words import SETTLED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from providers.zenki.calls import Calls
    from providers.zenki.faults import Judged
    from providers.zenki.settings import ZenkiSettings
    from providers.zenki.wire import Order

_DELIVERED: Final = frozenset(
    {"DELIVERED_SERVICE", "AWAITING_SHOPPER_APPROVAL", "COMPLETED", SETTLED}
)
"""Order statuses in which Zenki knows already that the service was delivered."""


def create_order(calls: Calls, settings: ZenkiSettings, intent: Intent) -> Receipt:
    """POST /v1/pay/orders.  Without an id in the answer it may be there: unknown."""
    body = read_draft(CreateOrder, intent.draft).body(settings.local_taxes_name)
    judged = calls.create_order(body).judged
    found = identifier(judged.document.get("zenkiOrderId"))
    return _sent_once(judged, None if found is None else ExternalId(found), known=bool(found))


def edit_order(calls: Calls, intent: Intent, order_id: ExternalId) -> Receipt:
    """PATCH /v1/pay/orders/{zenkiOrderId}, unless the order is like that already."""
    draft = read_draft(EditOrder, intent.draft)
    order = look(calls, order_id)
    if order is None:
        return refused(order_id, NOT_SHOWN)
    if _is_like(order, draft):
        return Receipt(result=Result.ALREADY, external_id=order_id)
    return _repeatable(calls.edit_order(order_id, dumps(draft.document())).judged, order_id)


def deliver(calls: Calls, order_id: ExternalId) -> Receipt:
    """PATCH /v1/pay/escrow/{zenkiOrderId}/fulfillments, unless Zenki knows of the delivery."""
    order = look(calls, order_id)
    if order is None:
        return refused(order_id, NOT_SHOWN)
    if order.status in _DELIVERED:
        return Receipt(result=Result.ALREADY, external_id=order_id, detail=order.status)
    return _repeatable(calls.fulfil(order_id).judged, order_id)


def ship(calls: Calls, settings: ZenkiSettings, intent: Intent, order_id: ExternalId) -> Receipt:
    """POST .../tracking.  The receipt tells the id by which the shipment is followed."""
    body = read_draft(Ship, intent.draft).body(settings.tracking_body)
    judged = calls.ship(order_id, body).judged
    found = _tracking_id(judged.document, judged.rows or ())
    receipt = _sent_once(judged, order_id, known=found is not None)
    if receipt.result is Result.DONE:
        return receipt.model_copy(update={"detail": f"zenkiTrackingId {found}"})
    return receipt


def track(calls: Calls, intent: Intent, order_id: ExternalId) -> Receipt:
    """PATCH .../tracking/{zenkiTrackingId}: each adds an event."""
    draft = read_draft(Track, intent.draft)
    judged = calls.track(order_id, draft.zenki_tracking_id, dumps(draft.document())).judged
    return _sent_once(judged, order_id, known=True)


def _sent_once(judged: Judged, order_id: ExternalId | None, *, known: bool) -> Receipt:
    """The outcome of a write that mustn't be repeated; ``known``: the answer tells its id."""
    settle(judged.fate, judged.reason, judged.wait, repeatable=False)
    if judged.fate is Fate.REFUSED:
        return refused(order_id, judged.reason)
    if judged.fate is Fate.OK and known:
        return Receipt(result=Result.DONE, external_id=order_id)
    return Receipt(result=Result.UNKNOWN, external_id=order_id, detail=judged.reason)


def _repeatable(judged: Judged, order_id: ExternalId) -> Receipt:
    settle(judged.fate, judged.reason, judged.wait, repeatable=True)
    if judged.fate is Fate.REFUSED:
        return refused(order_id, judged.reason)
    return Receipt(result=Result.DONE, external_id=order_id)


def _is_like(order: Order, draft: EditOrder) -> bool:
    """Whether the order shows all that was drafted; notes of others may stand beside it."""
    shopper = order.shopper.id if order.shopper else None
    notes = order.metadata or {}
    return (
        draft.order_id in {None, order.order_id}
        and draft.cart_id in {None, order.cart_id}
        and (draft.shopper is None or draft.shopper.id == shopper)
        and all(notes.get(name) == text for name, text in (draft.metadata or {}).items())
    )


def _tracking_id(document: Mapping[str, object], rows: Sequence[object]) -> str | None:
    """Sent in a list, it may come back in one."""
    for shown in (document, *rows[:1]):
        try:
            return Shipment.model_validate(shown).zenki_tracking_id
        except ValidationError:
            continue
    return None
