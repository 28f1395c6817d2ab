"""From BizKitHub's documents to canonical changes.  Pure and total."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Final

from pydantic import ValidationError

from complaints.model import BankAccount, Change, Claim, Event, Line, Observation, OrderKey
from complaints.vocabulary import (
    ComplaintNumber,
    ExternalId,
    OrderSpace,
    OrderState,
    Status,
    Subject,
)
from providers.bizkithub.faults import error_code
from providers.bizkithub.notifications import NOTIFICATION
from providers.bizkithub.phones import canonical_phone
from providers.bizkithub.settings import BizKitHubSettings
from providers.bizkithub.wire import (
    ComplaintDetail,
    EventRow,
    Exists,
    ItemRow,
    OrderDetail,
    OrderHash,
    OrderNumber,
    PriceRow,
    RefundRow,
    order_record,
)
from providers.bizkithub.words import outcome_of, status_of
from providers.codec import UnreadableError, loads_object
from providers.imports import (
    IMPORT_COMPLAINT,
    IMPORT_ORDER,
    read_import_complaint,
    read_import_order,
)

COMPLAINT: Final = "complaint"
ORDER: Final = "order"
MISSING: Final = "missing"
REFUSED: Final = "refused"

NOT_VISIBLE: Final = "BizKitHub doesn't show it to this key"

_WORD_LIMIT: Final = 64
_PAID: Final = "PAID"
_CURRENCY: Final = re.compile(r"[A-Z]{3}")
_LAST_POSITION: Final = 2**63 - 1
_FOOTER: Final = re.compile(r"(?:\n\n|\r\n\r\n)\[ref ([A-Za-z0-9][A-Za-z0-9-]{0,39})\]\s*\Z")


def footer(number: ComplaintNumber) -> str:
    """What follows the customer's own words at the desk."""
    return f"\n\n[ref {number}]"


def split_footer(description: str) -> tuple[str, ComplaintNumber | None]:
    """The customer's words and our number, when the description ends with our footer."""
    found = _FOOTER.search(description)
    if found is None:
        return description, None
    return description[: found.start()], ComplaintNumber(found.group(1))


def kept_word(word: object) -> str:
    """The desk's own word as changes carry it, not endless."""
    return word[:_WORD_LIMIT] if isinstance(word, str) else ""


def read(observation: Observation, settings: BizKitHubSettings) -> tuple[Change, ...]:
    """Translate one observation of any form."""
    reader = _READERS.get(observation.form)
    try:
        if reader is None:
            raise UnreadableError("a form that BizKitHub's adapter doesn't know")
        return (reader(observation, settings),)
    except UnreadableError as error:
        reason = str(error)
    except ValidationError as error:
        fields = sorted({".".join(map(str, row["loc"])) for row in error.errors()})
        reason = f"fields missing or of the wrong type: {', '.join(fields)[:200]}"
    return (Change(subject=Subject.UNREADABLE, external_id=observation.external_id, reason=reason),)


def _complaint(observation: Observation, settings: BizKitHubSettings) -> Change:
    document = loads_object(observation.body)
    if "exist" not in document:
        raise UnreadableError(f"no complaint detail {error_code(document)}".rstrip())
    if not Exists.model_validate(document).exist:
        return _gone(observation, settings)
    detail = ComplaintDetail.model_validate(document)
    if observation.external_id is not None and detail.id != observation.external_id:
        raise UnreadableError("the detail of another complaint than the one asked for")
    events, warnings = _events(detail.events or [])
    status = status_of(detail.status)
    due_at = _moment(detail.due_date)
    if detail.due_date and due_at is None:
        warnings += ("dueDate is no time with a zone",)
    description = detail.description or ""
    text, reference = (
        split_footer(description) if settings.reference_footer else (description, None)
    )
    return Change(
        subject=Subject.COMPLAINT,
        external_id=ExternalId(detail.id),
        order_keys=_keys(detail.order_hash, detail.order_number),
        reference=reference,
        word=kept_word(detail.status),
        status=status,
        covers=frozenset() if status is Status.UNKNOWN else frozenset({status}),
        outcome=outcome_of(status, events),
        events=events,
        claim=_claim(detail, "" if text == settings.textless else text, settings),
        filed_at=_moment(detail.inserted_date),
        due_at=due_at,
        warnings=warnings,
    )


def _claim(detail: ComplaintDetail, text: str, settings: BizKitHubSettings) -> Claim:
    name = detail.customer_name or ""
    variant = (detail.variant.code if detail.variant else None) or ""
    return Claim(
        text=text,
        category=variant,
        name="" if name == settings.nameless else name,
        email=detail.email or "",
        # Equal numbers are spelt alike, whichever of its two ways the desk has chosen.
        phone=canonical_phone(detail.phone or ""),
        lines=tuple(_line(row) for row in detail.items or [] if row is not None),
        remedy=settings.remedies.get(variant),
        bank=_bank(detail.refund),
    )


def _bank(refund: RefundRow | None) -> BankAccount | None:
    """Where the customer wants money, when the desk has noted it."""
    if refund is None or not any((refund.country, refund.bank_account, refund.variable_symbol)):
        return None
    return BankAccount(
        country=refund.country or "",
        number=refund.bank_account or "",
        symbol=refund.variable_symbol or "",
    )


def _line(row: ItemRow) -> Line:
    quantity = row.quantity if row.quantity is not None else Decimal(1)
    return Line(label=row.label or "", quantity=quantity, price=row.price)


def _events(rows: list[EventRow | None]) -> tuple[tuple[Event, ...], tuple[str, ...]]:
    """The timeline in its own order; the desk numbers events as they happen."""
    events = {}
    for row in rows:
        position = _position(row.id if row else None)
        if row is None or row.id is None or position is None:
            continue
        word = kept_word(row.status)
        events[row.id] = Event(
            id=row.id, position=position, word=word, status=status_of(word) if word else None
        )
    skipped = len(rows) - len(events)
    warnings = (f"{skipped} events without a number of their own",) if skipped else ()
    return tuple(sorted(events.values(), key=lambda event: event.position)), warnings


def _position(value: str | None) -> int | None:
    if value is None or not re.fullmatch(r"[0-9]{1,19}", value):
        return None
    position = int(value)
    return position if position <= _LAST_POSITION else None


def _order(observation: Observation, settings: BizKitHubSettings) -> Change:
    document = loads_object(observation.body)
    if "exist" not in document:
        raise UnreadableError(f"no order detail {error_code(document)}".rstrip())
    if not Exists.model_validate(document).exist:
        return _gone(observation, settings)
    detail = OrderDetail.model_validate(document)
    record = order_record(detail.hash)
    if observation.external_id is not None and observation.external_id != record:
        raise UnreadableError("the detail of another order than the one asked for")
    total, currency, warnings = _total(detail.price)
    lines = detail.items or []
    gone = sum(1 for row in lines if row is not None and row.is_storno)
    if 0 < gone < len(lines):
        warnings += (f"{gone} of {len(lines)} lines are cancelled",)
    state = order_state(detail, settings)
    return Change(
        subject=Subject.ORDER,
        external_id=record,
        order_keys=_keys(detail.hash, detail.id),
        word=kept_word(detail.status.label if detail.status else ""),
        order_state=state,
        total=total,
        currency=currency,
        owner=(detail.customer.email if detail.customer else None) or "",
        settled=state is OrderState.CANCELLED,
        warnings=warnings,
    )


def order_state(detail: OrderDetail, settings: BizKitHubSettings) -> OrderState:
    """How far an order has come; its status has a label and no code, so other fields tell."""
    status, lines = detail.status, detail.items or []
    label = ((status.label if status else None) or "").strip().casefold()
    cancelled = {name.strip().casefold() for name in settings.cancelled_labels}
    if label in cancelled or (lines and all(row and row.is_storno for row in lines)):
        return OrderState.CANCELLED
    if detail.pay_date or (status and status.online_payment_status == _PAID):
        return OrderState.PAID
    return OrderState.PLACED


def _total(price: PriceRow | None) -> tuple[Decimal | None, str, tuple[str, ...]]:
    """The amount with its currency, or a warning: neither means anything alone."""
    if price is None:
        return None, "", ()
    if price.price_with_vat is None or not _CURRENCY.fullmatch(price.currency or ""):
        return None, "", ("price is no amount with a currency",)
    return price.price_with_vat, price.currency or "", ()


def _notification(observation: Observation, _settings: BizKitHubSettings) -> Change:
    """Something moved at an order: what exactly, only reading it again tells."""
    return Change(subject=Subject.HINT, alias=observation.external_id or "")


def _gone(observation: Observation, _settings: BizKitHubSettings) -> Change:
    return Change(
        subject=Subject.GONE,
        external_id=observation.external_id,
        reason=NOT_VISIBLE,
    )


def _refused(observation: Observation, _settings: BizKitHubSettings) -> Change:
    code = error_code(loads_object(observation.body))
    raise UnreadableError(f"BizKitHub refused the read {code}".rstrip())


def _import_complaint(observation: Observation, _settings: BizKitHubSettings) -> Change:
    return read_import_complaint(observation.body)


def _import_order(observation: Observation, _settings: BizKitHubSettings) -> Change:
    return read_import_order(observation.body)


def _keys(order_hash: OrderHash | None, order_number: OrderNumber | None) -> tuple[OrderKey, ...]:
    pairs = ((OrderSpace.HASH, order_hash), (OrderSpace.NUMBER, order_number))
    return tuple(OrderKey(space=space, value=value) for space, value in pairs if value)


def _moment(text: str | None) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None


_READERS: Final[Mapping[str, Callable[[Observation, BizKitHubSettings], Change]]] = {
    COMPLAINT: _complaint,
    ORDER: _order,
    NOTIFICATION: _notification,
    MISSING: _gone,
    REFUSED: _refused,
    IMPORT_COMPLAINT: _import_complaint,
    IMPORT_ORDER: _import_order,
}
