"""Zenki's order as we read it; all but its id and its status may be missing."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, NewType

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel

from providers.codec import Loose, identifier, money

ZenkiOrderId = NewType("ZenkiOrderId", str)
"""Zenki's own id, the one that every call wants.  ``orderId`` is the merchant's."""

Id = Annotated[str, BeforeValidator(identifier)]
Money = Annotated[Decimal, BeforeValidator(money)]


class Answered(BaseModel):
    """Part of an answer."""

    model_config = ConfigDict(
        frozen=True,
        extra="allow",
        alias_generator=to_camel,
        validate_by_name=True,
        validate_by_alias=True,
        coerce_numbers_to_str=True,
        hide_input_in_errors=True,
    )


class Shopper(Answered):
    """Who bought."""

    name: Loose[str] = None
    email: Loose[str] = None
    phone: Loose[str] = None


class Breakdown(Answered):
    """Amounts in major units."""

    currency_code_iso3: Loose[str] = Field(default=None, alias="currencyCodeIso3")
    grand_total_amount: Loose[Money] = None


class Item(Answered):
    """One line; ``price`` is the webhook's spelling."""

    name: Loose[str] = None
    quantity: Loose[Money] = None
    unit_price: Loose[Money] = None
    price: Loose[Money] = None


class Dispute(Answered):
    """The one dispute of an order.  It shows neither id nor text."""

    status: str


class Link(Answered):
    """A HAL link."""

    href: Loose[str] = None


class Links(Answered):
    """The links of an order."""

    refund: Loose[Link] = None


class Order(Answered):
    """GET /v1/pay/orders/{zenkiOrderId}, and the webhook's flatData."""

    zenki_order_id: Id
    order_id: Loose[Id] = None
    status: str
    shopper: Loose[Shopper] = None
    breakdown: Loose[Breakdown] = None
    items: Loose[list[Loose[Item]]] = None
    dispute: Dispute | None = None
    links: Loose[Links] = Field(default=None, alias="_links")
