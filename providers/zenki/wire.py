"""Zenki's order as we read it; all but its id and its status may be missing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Final, NewType

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel

from providers.codec import Loose, identifier, money

ZenkiOrderId = NewType("ZenkiOrderId", str)
"""Zenki's own id, the one that every call wants.  ``orderId`` is the merchant's."""

Id = Annotated[str, BeforeValidator(identifier)]
Money = Annotated[Decimal, BeforeValidator(money)]


_FROM_HERE_MILLISECONDS: Final = Decimal(100_000_000_000)
_EARLIEST: Final = Decimal(946_684_800)
_LATEST: Final = Decimal(4_102_444_800)


def epoch(value: object) -> datetime | None:
    """A time from an epoch in milliseconds or seconds: the documents say one, show the other.

    None when it is no number or lies outside of the years 2000 to 2099.
    """
    number = money(value)
    if number is None:
        return None
    seconds = number / 1000 if number >= _FROM_HERE_MILLISECONDS else number
    if not _EARLIEST <= seconds < _LATEST:
        return None
    return datetime.fromtimestamp(int(seconds), UTC) + timedelta(
        milliseconds=int(seconds % 1 * 1000)
    )


Moment = Annotated[datetime, BeforeValidator(epoch)]


class Answered(BaseModel):
    """Part of an answer."""

    model_config = ConfigDict(
        frozen=True,
        extra="ignore",
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
    created_at: Loose[Moment] = None


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
