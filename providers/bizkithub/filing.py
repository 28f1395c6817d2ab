"""The writes about complaints: filing one, by either of two calls, and setting its status."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from complaints.model import Line
from complaints.ports import Intent, NeedsHuman, Receipt
from complaints.vocabulary import ExternalId, OrderSpace, Result
from providers.bizkithub.phones import canonical_phone
from providers.bizkithub.reading import footer, kept_word
from providers.bizkithub.wire import AdminComplaintCreate, ComplaintCreate, SetStatus
from providers.bizkithub.words import WORD_OF_STATUS
from providers.codec import dumps, identifier
from providers.http import Answer, Fate, settle
from providers.redaction import redact

if TYPE_CHECKING:
    from providers.bizkithub.calls import Calls
    from providers.bizkithub.faults import Judged
    from providers.bizkithub.settings import BizKitHubSettings

Fields = dict[str, Any]

_NO_HASH: Final = "not linked to an order: its hash isn't known"
_NO_ORDER_ID: Final = "not linked to an order: the admin's call wants an id that no answer shows"

_ISO_CURRENCY: Final = re.compile(r"[A-Z]{3}")
_SERVER_FAULT: Final = 500
_CLOSED: Final = frozenset({401, 404})


def file_complaint(calls: Calls, settings: BizKitHubSettings, intent: Intent) -> Receipt:
    """File a complaint, once.  Raises Transient (surely not done) and NeedsHuman."""
    admin = settings.bff.enabled
    model = _for_admin(settings, intent) if admin else _for_public(settings, intent)
    try:
        content = dumps(model.document())
    except ValueError as error:
        return Receipt(result=Result.REFUSED, detail=str(error))
    if admin:
        answered = calls.create_complaint_as_admin(content)
        _expect_open(answered.judged, answered.answer)
        return _filed(answered.judged, _NO_ORDER_ID)
    linked = any(key.space is OrderSpace.HASH for key in intent.order_keys)
    return _filed(calls.create_complaint(content), "" if linked else _NO_HASH)


def set_status(calls: Calls, intent: Intent) -> Receipt:
    """Bring a complaint to a status, after a look.  Raises Transient and NeedsHuman."""
    word = WORD_OF_STATUS.get(intent.target) if intent.target else None
    if intent.external_id is None or word is None:
        return Receipt(result=Result.UNSUPPORTED, detail="no complaint id or no such status")
    detail = calls.complaint(intent.external_id).judged
    settle(detail.fate, detail.reason, detail.wait, repeatable=True)
    if detail.fate is Fate.REFUSED or detail.document.get("exist") is not True:
        return Receipt(result=Result.REFUSED, detail=f"{detail.reason} complaint not shown")
    # Each set-status adds an event, the same word twice as well.
    if detail.document.get("status") == word:
        return Receipt(result=Result.ALREADY, external_id=intent.external_id)
    if intent.seen and kept_word(detail.document.get("status")) != intent.seen:
        # Staff were quicker: what they did must be weighed before anything is written.
        return Receipt(result=Result.OVERTAKEN, external_id=intent.external_id)
    body = SetStatus(complaint_id=intent.external_id, status=word).document()
    judged = calls.set_status(dumps(body))
    settle(judged.fate, judged.reason, judged.wait, repeatable=True)
    if judged.fate is Fate.OK and judged.document.get("success") is True:
        return Receipt(result=Result.DONE, external_id=intent.external_id)
    return Receipt(result=Result.REFUSED, detail=f"{judged.reason} success isn't true")


def _filed(judged: Judged, unlinked: str) -> Receipt:
    """What became of a complaint that was sent."""
    settle(judged.fate, judged.reason, judged.wait, repeatable=False)
    if judged.fate is Fate.REFUSED:
        return Receipt(result=Result.REFUSED, detail=judged.reason)
    found = identifier(judged.document.get("id"))
    success = judged.document.get("success")
    if judged.fate is Fate.OK and success is True and found is not None:
        return Receipt(result=Result.DONE, external_id=ExternalId(found), detail=unlinked)
    if success is False and found is None:
        return Receipt(result=Result.REFUSED, detail=f"{judged.reason} success is false")
    # It may be there, and BizKitHub offers no way to look for it.
    return Receipt(result=Result.UNKNOWN, detail=judged.reason)


def _expect_open(judged: Judged, answer: Answer) -> None:
    """Raise NeedsHuman when the admin's call didn't let us in, or isn't there any more.

    A page with a server's fault is left to the verdicts: what stood behind it may have worked.
    """
    limited = judged.fate is Fate.NOT_DONE and judged.code
    page = answer.body.lstrip().startswith(b"<") and answer.status < _SERVER_FAULT
    if not limited and (judged.fate is Fate.HUMAN or answer.status in _CLOSED or page):
        cure = "renew what bff.auth names, or switch bff.enabled off"
        reason = f"{judged.reason}; the admin's call is closed: {cure}"
        raise NeedsHuman(redact(reason))


# -- what is said ------------------------------------------------------------------------


def _for_public(settings: BizKitHubSettings, intent: Intent) -> ComplaintCreate:
    claim = intent.claim
    fields = _common(settings, intent)
    if order_hash := _order_id(intent, OrderSpace.HASH):
        fields["order_hash"] = order_hash
    if settings.branch:
        fields["branch"] = settings.branch
    # The page names no currency field: an ISO code says what it means, a number doesn't.
    money = {"currency": claim.currency} if _ISO_CURRENCY.fullmatch(claim.currency) else None
    return ComplaintCreate.model_validate(fields | _amounts(settings, intent, money))


def _for_admin(settings: BizKitHubSettings, intent: Intent) -> AdminComplaintCreate:
    bff = settings.bff
    fields = _common(settings, intent)
    if bff.branch_id is not None:
        fields["branch_id"] = bff.branch_id
    if bff.service_id is not None:
        fields["service_id"] = bff.service_id
    # No table of the numbers is published: without one of our own, no amount is sent.
    number = bff.currency_ids.get(intent.claim.currency)
    money = {"currency_id": number} if number is not None else None
    return AdminComplaintCreate.model_validate(fields | _amounts(settings, intent, money))


def _common(settings: BizKitHubSettings, intent: Intent) -> Fields:
    """What both calls take under the same names."""
    claim = intent.claim
    text = claim.text or claim.title or settings.textless
    variant = settings.variants.get(claim.category, settings.variant_code)
    remedy = claim.remedy or settings.remedies.get(variant)
    fields: Fields = {
        "variant_code": variant,
        "description": text + (footer(intent.number) if settings.reference_footer else ""),
        "customer_name": claim.name or settings.nameless,
    }
    optional: Fields = {
        "order_number": _order_id(intent, OrderSpace.NUMBER),
        "email": claim.email,
        "resolution_method_code": settings.resolution_codes.get(remedy) if remedy else None,
    }
    if settings.send_phone:
        optional["phone"] = canonical_phone(claim.phone)
    if settings.send_due_date:
        optional["due_date"] = intent.due_at
    if settings.send_refund_fields and claim.bank is not None:
        optional |= {
            "refund_country": claim.bank.country,
            "refund_bank_account": claim.bank.number,
            "refund_variable_symbol": claim.bank.symbol,
        }
    return fields | {name: value for name, value in optional.items() if value}


def _amounts(settings: BizKitHubSettings, intent: Intent, money: Fields | None) -> Fields:
    """The claimed amount and lines; ``money`` names the currency, None: no amount is sent."""
    fields: Fields = {}
    if settings.send_amount and intent.claim.amount is not None and money is not None:
        fields = {"price": intent.claim.amount, **money}
    if settings.send_items and intent.claim.lines:
        fields["items"] = [_item(line, money) for line in intent.claim.lines]
    return fields


def _item(line: Line, money: Fields | None) -> Fields:
    """Label, quantity and price: the public ids of lines aren't those that the call wants."""
    item: Fields = {"label": line.label, "quantity": line.quantity}
    if line.price is not None and money is not None:
        item |= {"price": line.price, **money}
    return item


def _order_id(intent: Intent, space: OrderSpace) -> str:
    return next((key.value for key in intent.order_keys if key.space is space), "")
