"""What Zenki answers, as we read it; all but ids and statuses in use may be missing.

The documents require members that they never define, spell the same ones in several ways,
and call seconds milliseconds: every alias is read, everything else is ignored.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Final, NewType

from pydantic import AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel

from providers.codec import Loose, identifier, money

ZenkiOrderId = NewType("ZenkiOrderId", str)
"""Zenki's own id, the one that every call wants.  /v1/api calls it ``orderId``."""

MerchantOrderId = NewType("MerchantOrderId", str)
"""The merchant's id.  /v1/pay calls it ``orderId``, /v1/api ``merchantOrderId``."""

RefundId = NewType("RefundId", str)

Id = Annotated[str, BeforeValidator(identifier)]
OrderId = Annotated[ZenkiOrderId, BeforeValidator(identifier)]
OwnOrderId = Annotated[MerchantOrderId, BeforeValidator(identifier)]
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

    id: Loose[Id] = None
    name: Loose[str] = None
    email: Loose[str] = None
    phone: Loose[str] = None


class Breakdown(Answered):
    """Amounts in major units."""

    currency_code_iso3: Loose[str] = Field(default=None, alias="currencyCodeIso3")
    total_items_amount: Loose[Money] = None
    shipment_amount: Loose[Money] = None
    subtotal_amount: Loose[Money] = None
    taxes_amount: Loose[Money] = None
    local_taxes_amount: Loose[Money] = Field(
        default=None,
        validation_alias=AliasChoices("localTaxesAmount", "localTaxes_amount", "localTaxes"),
    )
    import_costs: Loose[Money] = None
    discount_amount: Loose[Money] = None
    additional_charges: Loose[dict[str, Loose[Money]]] = None
    grand_total_amount: Loose[Money] = None


class Item(Answered):
    """One line; ``price`` is the webhook's spelling."""

    name: Loose[str] = None
    quantity: Loose[Money] = None
    unit_price: Loose[Money] = Field(
        default=None, validation_alias=AliasChoices("unitPrice", "price")
    )


class Dispute(Answered):
    """The one dispute of an order.  It shows neither id nor text.

    ``resolution_request_at`` is when Zenki's staff were asked for help, if the name is right;
    the text calls it the end of the dispute and the sample shows it on a running one.
    """

    status: str
    created_at: Loose[Moment] = None
    resolution_request_type: Loose[str] = None
    resolution_request_at: Loose[Moment] = None


class Complication(Answered):
    """A ``claim``: a payment that doesn't fit its order.  It is no dispute."""

    status: Loose[str] = None


class Link(Answered):
    """A HAL link."""

    href: Loose[str] = None


class Links(Answered):
    """The links of an order."""

    refund: Loose[Link] = None


class Order(Answered):
    """The order of /v1/pay: the answer to reading, creating, editing and fulfilling it."""

    zenki_order_id: OrderId
    order_id: Loose[OwnOrderId] = None
    cart_id: Loose[Id] = None
    status: str
    shopper: Loose[Shopper] = None
    breakdown: Loose[Breakdown] = None
    items: Loose[list[Loose[Item]]] = None
    metadata: Loose[dict[str, str]] = None
    dispute: Dispute | None = None
    claim: Loose[Complication] = None
    links: Loose[Links] = Field(default=None, alias="_links")


class Fiat(Answered):
    """An amount in the order's own currency."""

    amount: Loose[Money] = None
    currency_code_iso3: Loose[str] = Field(
        default=None, validation_alias=AliasChoices("currencyCodeIso3", "currency")
    )


class Refund(Answered):
    """The answer of POST .../refunds and GET .../refunds/{zenkiRefundId}."""

    zenki_refund_id: Annotated[RefundId, BeforeValidator(identifier)]
    status: Loose[str] = None
    fiat_original_payment: Loose[Fiat] = None


class OpenedDispute(Answered):
    """Zenki shows a dispute's id here once and never again."""

    dispute_id: Loose[Id] = None
    status: Loose[str] = Field(
        default=None,
        validation_alias=AliasChoices("OrderDisputeEnum", "orderDisputeEnum", "status"),
    )


class Opened(Answered):
    """The answer of POST /v1/api/disputes; ``order_id`` is Zenki's own."""

    order_id: Loose[OrderId] = None
    status: Loose[str] = None
    dispute: Loose[OpenedDispute] = None


class Shipment(Answered):
    """The answer of POST .../tracking."""

    zenki_tracking_id: Id = Field(
        validation_alias=AliasChoices("zenkiTrackingId", "zenkiTrackId"),
    )


class PaidOrder(Answered):
    """The ids in ``flatData`` of an order.pay."""

    zenki_order_id: OrderId
    order_id: Loose[OwnOrderId] = None


class EventDetails(Answered):
    """The ids in an order.paid; ``order_id`` is Zenki's own there."""

    order_id: OrderId
    merchant_order_id: Loose[OwnOrderId] = None


class PaidEvent(Answered):
    """The text of an order.paid."""

    event_details: EventDetails


class MerchantInfo(Answered):
    """How far a merchant has come with Zenki."""

    kyc_status: Loose[str] = None
    integration_status: Loose[str] = None


class Merchant(Answered):
    """The answer of GET /v1/pay/me."""

    merchant_info: Loose[MerchantInfo] = None
