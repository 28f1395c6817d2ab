"""The writes about orders: creating one by hand or as a replacement, and cancelling."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from pydantic import Field, ValidationError

from complaints.model import Record
from complaints.ports import Intent, Receipt, Transient
from complaints.vocabulary import OrderSpace, OrderState, Result
from providers.bizkithub.notifications import hook_for
from providers.bizkithub.orders import (
    LOCALES,
    DraftError,
    OrderDraft,
    read_draft,
    wrong_fields,
)
from providers.bizkithub.reading import order_state
from providers.bizkithub.wire import (
    OrderDetail,
    OrderHash,
    OrderItemRef,
    OrderLineRow,
    OrderStorno,
    order_hash_of,
    order_record,
)
from providers.codec import dumps, identifier
from providers.http import Fate, settle

if TYPE_CHECKING:
    from providers.bizkithub.calls import Calls
    from providers.bizkithub.settings import BizKitHubSettings

OUR_TAG: Final = "redress"
"""The tag of a replacement order that holds the complaint's number."""


class CancelDraft(Record):
    """What an errand says that cancels an order: all of it, or one line by its public id.

    Without ``order_hash`` the errand's record names the order.
    """

    order_hash: OrderHash | None = Field(default=None, min_length=1)
    order_item_id: OrderItemRef | None = Field(default=None, min_length=1)


# -- creating ----------------------------------------------------------------------------


def create_order(calls: Calls, settings: BizKitHubSettings, intent: Intent) -> Receipt:
    """Create an order, once.

    A draft is what a person wrote; without one, a complaint's order is replaced.  Raises
    Transient (surely not done) and NeedsHuman.
    """
    try:
        draft, alias = _draft(calls, intent), ""
    except DraftError as error:
        return _refused(str(error))
    hook = hook_for(settings, intent.key)
    if hook is not None and draft.notification_url is None:
        draft, alias = draft.model_copy(update={"notification_url": hook.url}), hook.alias
    try:
        content = dumps(draft.document())
    except ValueError as error:
        return _refused(str(error))
    judged = calls.create_order(content)
    settle(judged.fate, judged.reason, judged.wait, repeatable=False)
    document = judged.document
    made, success = identifier(document.get("hash")), document.get("success")
    if judged.fate is Fate.REFUSED or (success is False and made is None):
        return _refused(judged.reason)
    # This call's sample has no ``success``, unlike all others.
    if judged.fate is not Fate.OK or made is None or not (success is None or success is True):
        # It may be there, and no public call finds an order by what we know of it.
        return Receipt(result=Result.UNKNOWN, detail=judged.reason)
    number = identifier(document.get("orderNumber"))
    return Receipt(
        result=Result.DONE,
        external_id=order_record(OrderHash(made)),
        alias=alias,
        detail=f"order {number}" if number else "",
    )


def _draft(calls: Calls, intent: Intent) -> OrderDraft:
    """What is to be sent.  Raises DraftError and verdicts."""
    by_hand = intent.draft or not intent.number
    return read_draft(intent.draft) if by_hand else _replacement(calls, intent)


def _replacement(calls: Calls, intent: Intent) -> OrderDraft:
    """A zero-priced order of what the complaint is about.  Raises DraftError and verdicts."""
    keys = (key.value for key in intent.order_keys if key.space is OrderSpace.HASH)
    original = next(keys, None)
    if original is None:
        raise DraftError("the hash of the order to replace isn't known")
    found = _look(calls, OrderHash(original))
    if isinstance(found, str):
        raise DraftError(f"the order to replace can't be read: {found}")
    customer = found.customer
    if customer is None or not customer.email:
        raise DraftError("the order to replace names no customer's e-mail")
    items = [*_claimed_items(intent, found)] or [*_ordered_items(found)]
    if not items:
        raise DraftError("the order to replace has no line left")
    return read_draft(
        {
            "customer": _set(
                email=customer.email, firstName=customer.first_name, lastName=customer.last_name
            ),
            "items": items,
            # Otherwise a customer's debt would be charged with an order that costs nothing.
            "paymentMethod": "money",
            "deliveryPrice": 0,
            "paymentPrice": 0,
            "tags": {OUR_TAG: intent.number},
            "parentId": original,
            **_set(
                currency=found.price.currency if found.price else None,
                locale=found.locale if found.locale in LOCALES else None,
            ),
        }
    )


def _claimed_items(intent: Intent, order: OrderDetail) -> Iterator[dict[str, Any]]:
    """The complained lines; one that the order has too is sent as the same product."""
    known = {(line.label or "").strip().casefold(): line for line in _lines_left(order)}
    for line in intent.claim.lines:
        if line.label.strip() and line.quantity > 0:
            same = known.get(line.label.strip().casefold())
            yield {**_product(same), "label": line.label, "price": 0, "count": line.quantity}


def _ordered_items(order: OrderDetail) -> Iterator[dict[str, Any]]:
    for line in _lines_left(order):
        count = line.count if line.count is not None else Decimal(1)
        if line.label and count > 0:
            yield {**_product(line), "label": line.label, "price": 0, "count": count}


def _lines_left(order: OrderDetail) -> Iterator[OrderLineRow]:
    return (line for line in order.items or [] if line is not None and not line.is_storno)


def _product(line: OrderLineRow | None) -> dict[str, Any]:
    """What ties a line to the catalogue: it moves the stock."""
    if line is None:
        return {}
    return _set(
        unit=line.unit,
        productCode=line.product_code,
        variantCode=line.variant_code,
        branch=line.branch,
    )


# -- cancelling --------------------------------------------------------------------------


def cancel_order(calls: Calls, settings: BizKitHubSettings, intent: Intent) -> Receipt:
    """Cancel an order or one of its lines, after a look.  Raises Transient and NeedsHuman."""
    try:
        wish = CancelDraft.model_validate(intent.draft)
    except ValidationError as error:
        return _refused(wrong_fields(error))
    order_hash = wish.order_hash or order_hash_of(intent.external_id)
    if not order_hash:
        return _refused("no order_hash")
    if blocked := _stands(calls, settings, order_hash, wish.order_item_id):
        return blocked
    fields = _set(order_id=order_hash, order_item_id=wish.order_item_id)
    judged = calls.storno(dumps(OrderStorno.model_validate(fields).document()))
    settle(judged.fate, judged.reason, judged.wait, repeatable=False)
    done = Receipt(result=Result.DONE, external_id=order_record(order_hash))
    if judged.fate is Fate.REFUSED:
        return _refused(judged.reason)
    if judged.fate is Fate.OK and judged.document.get("success") is True:
        return done
    seen = _stands(calls, settings, order_hash, wish.order_item_id)
    if seen is not None and seen.result is Result.ALREADY:
        return done.model_copy(update={"detail": "seen in the order"})
    if judged.fate is Fate.OK:
        return _refused(f"{judged.reason} success isn't true")
    raise Transient(f"{judged.reason}; the order isn't cancelled")


def _stands(
    calls: Calls, settings: BizKitHubSettings, order_hash: OrderHash, line: OrderItemRef | None
) -> Receipt | None:
    """Why nothing is to be sent: it is cancelled already, or not there.  None: it may be."""
    order = _look(calls, order_hash)
    if isinstance(order, str):
        return _refused(order)
    rows = [row for row in order.items or [] if row is not None and row.id == line]
    if line is not None and not rows:
        return _refused("the order has no such line")
    ended = order_state(order, settings) is OrderState.CANCELLED
    if ended or (rows and all(row.is_storno for row in rows)):
        return Receipt(result=Result.ALREADY, external_id=order_record(order_hash))
    return None


# -- both --------------------------------------------------------------------------------


def _look(calls: Calls, order_hash: OrderHash) -> OrderDetail | str:
    """The order as it is, or why it isn't shown.  Raises Transient and NeedsHuman."""
    judged = calls.order(order_hash).judged
    settle(judged.fate, judged.reason, judged.wait, repeatable=True)
    if judged.fate is Fate.REFUSED or judged.document.get("exist") is not True:
        return f"{judged.reason} order not shown"
    try:
        order = OrderDetail.model_validate(judged.document)
    except ValidationError as error:
        return wrong_fields(error)
    return order if order.hash == order_hash else "another order than the one asked for"


def _set(**fields: object) -> dict[str, Any]:
    """Those that hold something: what isn't known isn't sent."""
    return {name: value for name, value in fields.items() if value}


def _refused(detail: str) -> Receipt:
    return Receipt(result=Result.REFUSED, detail=detail)
