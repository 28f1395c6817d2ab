"""Opening a dispute and refunding an order.

Both move money, so the order is read before, and after a doubt.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pydantic import ValidationError

from complaints.ports import Intent, Receipt, Transient
from complaints.vocabulary import ExternalId, Result
from providers.codec import identifier
from providers.http import Fate, settle
from providers.zenki.calls import Calls, Form
from providers.zenki.evidence import evidence
from providers.zenki.looking import NOT_SHOWN, look, look_again, look_at_refund, refused
from providers.zenki.wire import Opened
from providers.zenki.words import DISPUTED, FAILED, FINISHED, REFUNDED, RETURNING, failed, standing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from providers.zenki.settings import ZenkiSettings
    from providers.zenki.wire import Order

_REASON_LENGTH: Final = 100
"""A refund's reason is taken with 128 characters and given back with 100."""


def open_dispute(
    calls: Calls, settings: ZenkiSettings, intent: Intent, order_id: ExternalId
) -> Receipt:
    """Open a dispute on an order that has none.  Raises Transient and NeedsHuman."""
    files = evidence(intent.attachments, settings)
    if isinstance(files, str):
        return refused(order_id, files)
    order = look(calls, order_id)
    if order is None:
        return refused(order_id, NOT_SHOWN)
    if blocked := _blocks_dispute(order):
        result = Result.ALREADY if _running(order) else Result.OVERTAKEN
        return Receipt(result=result, external_id=order_id, detail=blocked)
    form = Form(_texts(intent, settings, order_id), files)
    judged = calls.open_dispute(form).judged
    settle(judged.fate, judged.reason, judged.wait, repeatable=False)
    if judged.fate is Fate.OK:
        return Receipt(result=Result.DONE, external_id=order_id, detail=_opened(judged.document))
    seen = look_again(calls, order_id)
    if judged.fate is Fate.REFUSED:
        if seen is not None and _running(seen):
            return Receipt(result=Result.ALREADY, external_id=order_id, detail=judged.reason)
        return refused(order_id, judged.reason)
    if seen is None:
        return Receipt(result=Result.UNKNOWN, external_id=order_id, detail=judged.reason)
    if _blocks_dispute(seen):
        return Receipt(result=Result.DONE, external_id=order_id, detail="seen in the order")
    raise Transient(f"{judged.reason}; the order shows no dispute")


def refund(calls: Calls, intent: Intent, order_id: ExternalId) -> Receipt:
    """Refund a whole order that has no refund yet.  Raises Transient and NeedsHuman.

    The call takes no amount: a part of the order is for Zenki's staff to give back.
    """
    stopped = _before_refund(calls, intent, order_id)
    if stopped is not None:
        return stopped
    reason = _cut(intent.reason or f"Complaint {intent.number}", _REASON_LENGTH)
    judged = calls.refund(order_id, reason).judged
    settle(judged.fate, judged.reason, judged.wait, repeatable=False)
    if judged.fate is Fate.REFUSED:
        return refused(order_id, judged.reason)
    if judged.fate is Fate.OK and judged.document.get("status") == FAILED:
        return refused(order_id, f"{judged.reason} refund FAILED")
    found = identifier(judged.document.get("zenkiRefundId"))
    if judged.fate is Fate.OK and found:
        return Receipt(result=Result.DONE, external_id=order_id, detail=f"refund {found}")
    seen = look_again(calls, order_id)
    if seen is None or not _has_refund(seen):
        # An order needn't show a refund at once, and money isn't sent twice on a guess.
        return Receipt(result=Result.UNKNOWN, external_id=order_id, detail=judged.reason)
    if failed(look_at_refund(calls, order_id, seen)):
        return refused(order_id, f"{judged.reason}; the refund FAILED")
    return Receipt(result=Result.DONE, external_id=order_id, detail="seen in the order")


def _before_refund(calls: Calls, intent: Intent, order_id: ExternalId) -> Receipt | None:
    """Why no refund is asked for; None when one may be."""
    order = look(calls, order_id)
    if order is None:
        return refused(order_id, NOT_SHOWN)
    if _has_refund(order):
        if failed(look_at_refund(calls, order_id, order)):
            return refused(order_id, "an earlier refund FAILED: see to it in the portal")
        return Receipt(result=Result.ALREADY, external_id=order_id)
    if intent.seen and _word(order) != intent.seen:
        # Somebody decided the dispute meanwhile: that must be weighed before money moves.
        return Receipt(result=Result.OVERTAKEN, external_id=order_id)
    if order.status in FINISHED:
        return refused(order_id, f"the order is {order.status}")
    total = order.breakdown.grand_total_amount if order.breakdown else None
    if intent.amount is None or intent.amount == total:
        return None
    if total is not None and intent.amount < total:
        detail = "Zenki's call refunds whole orders: ask its staff for a part, in the portal"
        return Receipt(result=Result.UNSUPPORTED, external_id=order_id, detail=detail)
    return refused(order_id, "not what the order cost")


def _texts(intent: Intent, settings: ZenkiSettings, order_id: ExternalId) -> Mapping[str, str]:
    """Zenki, POST /v1/api/disputes: its own order id, a title and a description, all required."""
    nameless = f"Complaint {intent.number}"
    title = intent.claim.title.strip() or nameless
    text = intent.claim.text if intent.claim.text.strip() else intent.reason or nameless
    return {
        "orderId": order_id,
        "title": _cut(title, settings.title_length),
        "description": _cut(text, settings.description_length),
    }


def _has_refund(order: Order) -> bool:
    """Whether a refund was asked for or paid, as far as the order shows it."""
    linked = order.links is not None and order.links.refund is not None
    disputed = order.dispute is not None and order.dispute.status == "REFUND"
    return order.status == REFUNDED or linked or disputed


def _running(order: Order) -> bool:
    if order.dispute is not None:
        return order.dispute.status == "OPEN" and order.status not in FINISHED
    return order.status in {DISPUTED, RETURNING}


def _word(order: Order) -> str:
    seen = standing(order)
    return seen.word if seen else ""


def _blocks_dispute(order: Order) -> str:
    """Why no dispute may be opened; empty when one may."""
    if order.dispute is not None:
        return f"the order has a dispute, {order.dispute.status[:32]}"
    if order.status in FINISHED | {DISPUTED, RETURNING}:
        return f"the order is {order.status}"
    return ""


def _opened(document: Mapping[str, object]) -> str:
    """Zenki shows the dispute's id here once and never again, so it goes into the receipt."""
    try:
        dispute = Opened.model_validate(document).dispute
    except ValidationError:
        return ""
    if dispute is None or dispute.dispute_id is None:
        return ""
    return f"dispute {dispute.dispute_id} {(dispute.status or '')[:32]}".rstrip()


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"
