"""BizKitHub's documents as models: requests forbid what we don't know, answers allow it."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, NewType

from pydantic import BaseModel, BeforeValidator, ConfigDict, StrictBool
from pydantic.alias_generators import to_camel

from providers.codec import Loose, identifier, money

OrderHash = NewType("OrderHash", str)
"""The public handle of an order, the only id that links a complaint to it."""

Id = Annotated[str, BeforeValidator(identifier)]
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


class ComplaintCreate(Wire):
    """POST /api/v1/shop/complaint/create.  Fields after ``email`` aren't listed in public."""

    variant_code: str
    order_hash: str | None = None
    order_number: str | None = None
    description: str
    customer_name: str
    email: str | None = None
    phone: str | None = None
    price: Decimal | None = None
    currency: str | None = None
    due_date: str | None = None


class SetStatus(Wire):
    """POST /api/v1/shop/complaint/set-status.  It takes no message."""

    complaint_id: str
    status: str


class VariantRow(Answered):
    """The complaint type."""

    code: Loose[str] = None


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
    order_number: Loose[Id] = None
    order_hash: Loose[Id] = None
    variant: Loose[VariantRow] = None
    description: Loose[Text] = None
    customer_name: Loose[Text] = None
    email: Loose[Text] = None
    phone: Loose[Text] = None
    inserted_date: Loose[str] = None
    due_date: Loose[str] = None
    items: Loose[list[Loose[ItemRow]]] = None
    events: Loose[list[Loose[EventRow]]] = None


class PriceRow(Answered):
    """An amount of an order."""

    price_with_vat: Loose[Money] = None


class OrderDetail(Exists):
    """GET /api/v1/shop/order/detail.  ``id`` is the order *number* there."""

    id: Loose[Id] = None
    hash: Id
    price: Loose[PriceRow] = None
