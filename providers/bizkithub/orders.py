"""Creating an order: BizKitHub, POST /api/v1/shop/order/create, all its documented fields."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, PlainSerializer

from complaints.model import OrderKey, Record, Result
from providers.bizkithub.wire import Wire


def timestamp(moment: datetime) -> str:
    """A time as BizKitHub writes it: UTC with milliseconds and Z."""
    offset = moment.utcoffset()
    if offset is None:
        raise ValueError("a time without a zone")
    return (moment - offset).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


Moment = Annotated[AwareDatetime, PlainSerializer(timestamp)]
Scalar = str | bool | int | Decimal | None
Locale = Literal["cs", "en", "fr", "it", "pl", "de", "sk", "sv", "es", "zh", "ja", "uk", "da"]


class OrderCustomer(Wire):
    """A party of an order; the e-mail is what pairs it with a known customer."""

    email: str = Field(min_length=3)
    phone: str | None = None
    name: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    company_name: str | None = None
    company_registration_number: str | None = None
    tax_identification_number: str | None = None
    street_address: str | None = None
    city: str | None = None
    city_part: str | None = None
    state_region: str | None = None
    postal_code: str | None = None
    country: str | None = Field(default=None, pattern=r"^[A-Z]{2}$")
    newsletter: bool | None = None
    primary_locale: str | None = None
    groups: tuple[str, ...] | None = None
    customer_real_ip: str | None = None
    referral_id: str | None = None


class OrderItem(Wire):
    """One line.  ``price`` is the final price of one piece with VAT, ``sale`` off each piece."""

    label: str = Field(min_length=1)
    price: Decimal
    vat: Decimal | None = None
    count: Decimal | None = None
    sale: Decimal | None = None
    unit: str | None = None
    product_code: str | None = None
    variant_code: str | None = None
    event_code: str | None = None
    credit_amount: Decimal | None = None
    special_actions: str | None = None
    branch: str | None = None


class OrderForm(Wire):
    """A form that was sent along."""

    code: str
    data: dict[str, Scalar]


class OrderDraft(Wire):
    """An order to create.  Sent twice it becomes two orders: BizKitHub has no idempotency."""

    customer: OrderCustomer
    issuer_customer: OrderCustomer | None = None
    copy_customers: tuple[str, ...] | None = None
    cart_id: str | None = None
    items: tuple[OrderItem, ...] = Field(min_length=1)
    order_group_id: str | None = None
    kind: Literal["commerce", "registration"] | None = None
    locale: Locale | None = None
    currency: Literal["CZK", "EUR", "USD"] | None = None
    sale: Decimal | None = None
    voucher_list: tuple[str, ...] | None = None
    payment_method: Literal["credits", "money"] | None = None
    delivery_price: Decimal | None = None
    payment_price: Decimal | None = None
    expiration_date: Moment | None = None
    due_date: Moment | None = None
    internal_notice: str | None = None
    public_notice: str | None = None
    tags: dict[str, Scalar | tuple[Scalar, ...]] | None = Field(default=None, max_length=200)
    return_url: str | None = None
    notification_url: str | None = None
    form_data: OrderForm | None = None
    force_ignore_negative_credit_balance: bool | None = None
    force_issue_invoice: bool | None = None
    parent_id: str | None = None


class CreatedOrder(Record):
    """What became of an order to create.  With ``Result.UNKNOWN`` it may exist."""

    result: Result
    order_keys: tuple[OrderKey, ...] = ()
    order_page_link: str = ""
    pay_link: str = ""
    detail: str = ""
