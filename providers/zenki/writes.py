"""The two writes at Zenki.  Both move money, so the order is read before and after a doubt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pydantic import ValidationError

from complaints.model import ExternalId, Result
from complaints.ports import Intent, ProviderFault, Receipt, Transient
from providers.codec import identifier
from providers.http import Fate, settle
from providers.zenki.calls import Calls, Form
from providers.zenki.evidence import evidence
from providers.zenki.reading import has_refund, order_of
from providers.zenki.words import DISPUTED, FINISHED, RETURNING, standing

if TYPE_CHECKING:
    from providers.zenki.settings import ZenkiSettings
    from providers.zenki.wire import Order

_NOT_FOUND: Final = 404
_REASON_LENGTH: Final = 100
"""A refund's reason is taken with 128 characters and given back with 100."""


def open_dispute(
    calls: Calls, settings: ZenkiSettings, intent: Intent, order_id: ExternalId
) -> Receipt:
    """Open a dispute on an order that has none.  Raises Transient and NeedsHuman."""
    files = evidence(intent.attachments, settings)
    if isinstance(files, str):
        return _refused(order_id, files)
    order = _look(calls, order_id)
    if order is None:
        return _refused(order_id, "Zenki doesn't show the order")
    if blocked := _blocks_dispute(order):
        result = Result.ALREADY if _running(order) else Result.OVERTAKEN
        return Receipt(result=result, external_id=order_id, detail=blocked)
    text = intent.claim.text or intent.reason or f"Complaint {intent.number}"
    title = intent.claim.title or f"Complaint {intent.number}"
    form = Form(
        {
            "orderId": order_id,
            "title": _cut(title, settings.title_length),
            "description": _cut(text, settings.description_length),
        },
        files,
    )
    judged = calls.open_dispute(form).judged
    settle(judged.fate, judged.reason, judged.wait, repeatable=False)
    if judged.fate is Fate.OK:
        return Receipt(
            result=Result.DONE, external_id=order_id, detail=_dispute_id(judged.document)
        )
    seen = _look_again(calls, order_id)
    if judged.fate is Fate.REFUSED:
        if seen is not None and _running(seen):
            return Receipt(result=Result.ALREADY, external_id=order_id, detail=judged.reason)
        return _refused(order_id, judged.reason)
    if seen is None:
        return Receipt(result=Result.UNKNOWN, external_id=order_id, detail=judged.reason)
    if _blocks_dispute(seen):
        return Receipt(result=Result.DONE, external_id=order_id, detail="seen in the order")
    raise Transient(f"{judged.reason}; the order shows no dispute")


def refund(calls: Calls, intent: Intent, order_id: ExternalId) -> Receipt:
    """Refund a whole order that has no refund yet.  Raises Transient and NeedsHuman.

    The call takes no amount, so an intent for less than the whole order is refused.
    """
    order = _look(calls, order_id)
    if order is not None and has_refund(order):
        return Receipt(result=Result.ALREADY, external_id=order_id)
    if order is not None and intent.seen and _word(order) != intent.seen:
        # Somebody decided the dispute meanwhile: that must be weighed before money moves.
        return Receipt(result=Result.OVERTAKEN, external_id=order_id)
    if blocked := _blocks_refund(order, intent):
        return _refused(order_id, blocked)
    reason = _cut(intent.reason or f"Complaint {intent.number}", _REASON_LENGTH)
    judged = calls.refund(order_id, reason).judged
    settle(judged.fate, judged.reason, judged.wait, repeatable=False)
    found = identifier(judged.document.get("zenkiRefundId"))
    failed = judged.document.get("status") == "FAILED"
    if judged.fate is Fate.REFUSED or (judged.fate is Fate.OK and failed):
        return _refused(order_id, f"{judged.reason}{' refund FAILED' if failed else ''}")
    if judged.fate is Fate.OK and found:
        return Receipt(result=Result.DONE, external_id=order_id, detail=f"refund {found}")
    seen = _look_again(calls, order_id)
    if seen is not None and has_refund(seen):
        return Receipt(result=Result.DONE, external_id=order_id, detail="seen in the order")
    # An order needn't show a refund at once, and money isn't sent twice on a guess.
    return Receipt(result=Result.UNKNOWN, external_id=order_id, detail=judged.reason)


def _look(calls: Calls, order_id: ExternalId) -> Order | None:
    """The order as it is; None when it isn't shown."""
    answered = calls.order(order_id)
    judged = answered.judged
    settle(judged.fate, judged.reason, judged.wait, repeatable=True)
    if judged.status == _NOT_FOUND:
        return None
    try:
        order = order_of(judged.document)
    except ValidationError:
        raise Transient(f"{judged.reason}; the order can't be read") from None
    if order.zenki_order_id != order_id:
        raise Transient("Zenki: another order than the one asked for")
    return order


def _look_again(calls: Calls, order_id: ExternalId) -> Order | None:
    """The order after a doubt; None when it can't be read now."""
    try:
        return _look(calls, order_id)
    except ProviderFault:
        return None


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


def _blocks_refund(order: Order | None, intent: Intent) -> str:
    """Why no refund may be asked for; empty when one may."""
    if order is None:
        return "Zenki doesn't show the order"
    if order.status in FINISHED:
        return f"the order is {order.status}"
    total = order.breakdown.grand_total_amount if order.breakdown else None
    if intent.amount is not None and intent.amount != total:
        return "Zenki refunds whole orders only"
    return ""


def _dispute_id(document: object) -> str:
    """Zenki shows the id here once and never again, so it goes into the receipt."""
    dispute = document.get("dispute") if isinstance(document, dict) else None
    found = identifier(dispute.get("disputeId")) if isinstance(dispute, dict) else None
    return f"dispute {found}" if found else ""


def _refused(order_id: ExternalId, detail: str) -> Receipt:
    return Receipt(result=Result.REFUSED, external_id=order_id, detail=detail)


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"
