"""BizKitHub's documents as models: requests forbid what we don't know, answers allow it.

Orders that are to be created have a file of their own, `orders`.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Final, NewType

from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    PlainSerializer,
    StrictBool,
)
from pydantic.alias_generators import to_camel

from complaints.vocabulary import ExternalId
from providers.codec import Loose, identifier, money

OrderHash = NewType("OrderHash", str)
"""The public handle of an order, the only id that links a complaint to it."""

OrderNumber = NewType("OrderNumber", str)
"""What people call an order.  Beside a complaint it is a label and links nothing."""

OrderItemRef = NewType("OrderItemRef", str)
"""The public id of an order's line, ``<hash>_<n>``; the suffix is never taken apart."""

ORDER_PREFIX: Final = "order:"
"""What stands before an order's hash in the name of its record: complaints are records too."""


def order_record(order_hash: OrderHash) -> ExternalId:
    """The name under which an order is read."""
    return ExternalId(ORDER_PREFIX + order_hash)


def order_hash_of(external_id: ExternalId | None) -> OrderHash | None:
    """The order's hash, when this is the name of an order and not a complaint's id."""
    if external_id is None or not external_id.startswith(ORDER_PREFIX):
        return None
    return OrderHash(external_id.removeprefix(ORDER_PREFIX))


def timestamp(moment: datetime) -> str:
    """A time as BizKitHub writes it: UTC with milliseconds and Z."""
    offset = moment.utcoffset()
    if offset is None:
        raise ValueError("a time without a zone")
    return (moment - offset).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


Moment = Annotated[AwareDatetime, PlainSerializer(timestamp)]
Id = Annotated[str, BeforeValidator(identifier)]
HashId = Annotated[OrderHash, BeforeValidator(identifier)]
NumberId = Annotated[OrderNumber, BeforeValidator(identifier)]
LineId = Annotated[OrderItemRef, BeforeValidator(identifier)]
Money = Annotated[Decimal, BeforeValidator(money)]
Text = Annotated[str, BeforeValidator(lambda value: "" if value is None else value)]


class Wire(BaseModel):
    """A request: set fields only, and no field that the documents don't name."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        alias_generator=to_camel,
        validate_by_name=True,
        validate_by_alias=True,
        hide_input_in_errors=True,
    )

    def document(self) -> dict[str, object]:
        """The JSON object to send; money stays Decimal."""
        return self.model_dump(by_alias=True, exclude_unset=True)


class Answered(BaseModel):
    """An answer: grows with time, and we depend on few of its fields."""

    model_config = ConfigDict(
        frozen=True,
        extra="ignore",
        alias_generator=to_camel,
        validate_by_name=True,
        validate_by_alias=True,
        coerce_numbers_to_str=True,
        hide_input_in_errors=True,
    )


# -- what is sent about complaints -------------------------------------------------------


class ClaimedItem(Wire):
    """One complained line of complaint/create; its shape isn't public, only B1's is."""

    label: str | None = None
    quantity: Decimal | None = None
    price: Decimal | None = None
    currency: str | None = None


class ComplaintCreate(Wire):
    """POST /api/v1/shop/complaint/create, 16 fields.

    Those after ``email`` aren't listed in public: they are the counterparts of the admin's
    own call, with an ISO currency and the branch's slug in place of numbers.
    """

    variant_code: str
    order_hash: OrderHash | None = None
    order_number: OrderNumber | None = None
    description: str
    customer_name: str
    email: str | None = None
    phone: str | None = None
    price: Decimal | None = None
    currency: str | None = None
    refund_country: str | None = None
    refund_bank_account: str | None = None
    refund_variable_symbol: str | None = None
    branch: str | None = None
    resolution_method_code: str | None = None
    due_date: Moment | None = None
    items: tuple[ClaimedItem, ...] | None = None


class AdminClaimedItem(Wire):
    """One complained line of the admin's call: its 5 fields."""

    order_item_id: int | None = None
    label: str | None = None
    quantity: Decimal | None = None
    price: Decimal | None = None
    currency_id: int | None = None


class AdminComplaintCreate(Wire):
    """POST /bff/complaint/create, all its 17 fields.

    ``order_id`` and ``order_item_id`` are numbers inside the platform that no public answer
    shows: they are here because the page lists them, and never filled.
    """

    variant_code: str
    order_id: int | None = None
    order_number: OrderNumber | None = None
    description: str
    customer_name: str
    email: str | None = None
    phone: str | None = None
    price: Decimal | None = None
    currency_id: int | None = None
    refund_country: str | None = None
    refund_bank_account: str | None = None
    refund_variable_symbol: str | None = None
    branch_id: int | None = None
    service_id: int | None = None
    resolution_method_code: str | None = None
    due_date: Moment | None = None
    items: tuple[AdminClaimedItem, ...] | None = None


class SetStatus(Wire):
    """POST /api/v1/shop/complaint/set-status.  It takes no message."""

    complaint_id: str
    status: str


class OrderStorno(Wire):
    """POST /api/v1/shop/order/storno.  ``order_id`` holds the *hash* there."""

    order_id: OrderHash
    order_item_id: OrderItemRef | None = None


# -- what is read ------------------------------------------------------------------------


class VariantRow(Answered):
    """The complaint type."""

    code: Loose[str] = None


class RefundRow(Answered):
    """Where the customer wants money; named otherwise than in the create call."""

    country: Loose[Text] = None
    bank_account: Loose[Text] = None
    variable_symbol: Loose[Text] = None


class ItemRow(Answered):
    """One complained line."""

    label: Loose[str] = None
    quantity: Loose[Money] = None
    price: Loose[Money] = None


class EventRow(Answered):
    """One entry of the timeline; it carries neither time nor author."""

    id: Loose[Id] = None
    status: Loose[str] = None


class Exists(Answered):
    """The part that every detail answer has."""

    exist: StrictBool


class ComplaintDetail(Exists):
    """GET /api/v1/shop/complaint/detail, when the complaint is visible to the key."""

    id: Id
    status: str
    order_number: Loose[NumberId] = None
    order_hash: Loose[HashId] = None
    variant: Loose[VariantRow] = None
    description: Loose[Text] = None
    customer_name: Loose[Text] = None
    email: Loose[Text] = None
    phone: Loose[Text] = None
    refund: Loose[RefundRow] = None
    inserted_date: Loose[str] = None
    due_date: Loose[str] = None
    items: Loose[list[Loose[ItemRow]]] = None
    events: Loose[list[Loose[EventRow]]] = None


class PriceRow(Answered):
    """An amount of an order, with VAT."""

    price_with_vat: Loose[Money] = None
    currency: Loose[str] = None


class OrderStatusRow(Answered):
    """How an order stands.  There is no code, only a label in the order's language."""

    label: Loose[str] = None
    online_payment_status: Loose[str] = None


class OrderCustomerRow(Answered):
    """Whose order it is."""

    email: Loose[Text] = None
    first_name: Loose[Text] = None
    last_name: Loose[Text] = None


class OrderLineRow(Answered):
    """One line of an order."""

    id: Loose[LineId] = None
    is_storno: Loose[StrictBool] = None
    label: Loose[Text] = None
    count: Loose[Money] = None
    unit: Loose[Text] = None
    product_code: Loose[Text] = None
    variant_code: Loose[Text] = None
    branch: Loose[Text] = None


class OrderDetail(Exists):
    """GET /api/v1/shop/order/detail.  ``id`` is the order *number* there."""

    id: Loose[NumberId] = None
    hash: HashId
    locale: Loose[Text] = None
    pay_date: Loose[str] = None
    status: Loose[OrderStatusRow] = None
    price: Loose[PriceRow] = None
    customer: Loose[OrderCustomerRow] = None
    items: Loose[list[Loose[OrderLineRow]]] = None
