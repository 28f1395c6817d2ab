"""From BizKitHub's documents to canonical changes.  Pure and total."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Final

from pydantic import ValidationError

from complaints.model import (
    Change,
    Claim,
    ComplaintNumber,
    Event,
    ExternalId,
    Line,
    Observation,
    OrderKey,
    OrderSpace,
    Status,
    Subject,
)
from providers.bizkithub.faults import error_code
from providers.bizkithub.settings import BizKitHubSettings
from providers.bizkithub.wire import ComplaintDetail, EventRow, Exists, ItemRow, OrderDetail
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

_WORD_LIMIT: Final = 64
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
    return Claim(
        text=text,
        category=(detail.variant.code if detail.variant else None) or "",
        name="" if name == settings.nameless else name,
        email=detail.email or "",
        phone=detail.phone or "",
        lines=tuple(_line(row) for row in detail.items or [] if row is not None),
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
    if observation.external_id is not None and detail.hash != observation.external_id:
        raise UnreadableError("the detail of another order than the one asked for")
    return Change(
        subject=Subject.ORDER,
        external_id=ExternalId(detail.hash),
        order_keys=_keys(detail.hash, detail.id),
        total=detail.price.price_with_vat if detail.price else None,
    )


def _gone(observation: Observation, _settings: BizKitHubSettings) -> Change:
    return Change(
        subject=Subject.GONE,
        external_id=observation.external_id,
        reason="BizKitHub doesn't show it to this key",
    )


def _refused(observation: Observation, _settings: BizKitHubSettings) -> Change:
    code = error_code(loads_object(observation.body))
    raise UnreadableError(f"BizKitHub refused the read {code}".rstrip())


def _import_complaint(observation: Observation, _settings: BizKitHubSettings) -> Change:
    return read_import_complaint(observation.body)


def _import_order(observation: Observation, _settings: BizKitHubSettings) -> Change:
    return read_import_order(observation.body)


def _keys(order_hash: str | None, order_number: str | None) -> tuple[OrderKey, ...]:
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
    MISSING: _gone,
    REFUSED: _refused,
    IMPORT_COMPLAINT: _import_complaint,
    IMPORT_ORDER: _import_order,
}
