"""An order to create: BizKitHub, POST /api/v1/shop/order/create, all its documented fields."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Annotated, Any, Final, Literal, get_args

from pydantic import AfterValidator, Field, ValidationError

from providers.bizkithub.wire import Moment, Wire
from providers.codec import dumps

Scalar = str | bool | int | Decimal | None
Locale = Literal["cs", "en", "fr", "it", "pl", "de", "sk", "sv", "es", "zh", "ja", "uk", "da"]
LOCALES: Final = frozenset(get_args(Locale))

_TAKEN_AS_LOCAL: Final = frozenset({"", "localhost"})
"""No addresses, and yet BizKitHub takes them for 127.0.0.1."""

_FREE: Final = frozenset({"tags", "data"})
"""Objects whose members are named by whoever writes the order."""


_NAME: Final = re.compile(r"[A-Za-z0-9_]{1,40}")


class DraftError(ValueError):
    """An order that BizKitHub's page forbids.  The text names fields and holds no value."""


def _address(text: str) -> str:
    if text not in _TAKEN_AS_LOCAL:
        ipaddress.ip_address(text)
    return text


class OrderCustomer(Wire):
    """A party of an order, 19 fields; the e-mail is what pairs it with a known customer."""

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
    customer_real_ip: Annotated[str, AfterValidator(_address)] | None = None
    referral_id: str | None = None


class OrderItem(Wire):
    """One line, 12 fields.

    ``price`` is the final price of one piece with VAT, ``sale`` is taken off each piece.
    """

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
    """A form that was sent along; what its data holds isn't documented."""

    code: str
    data: dict[str, Any]


class OrderDraft(Wire):
    """An order to create, 25 fields.  Sent twice it becomes two orders."""

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
    parent_id: str | None = Field(default=None, min_length=32, max_length=32)


def read_draft(document: Mapping[str, Any]) -> OrderDraft:
    """An order in BizKitHub's own names and types, checked whole.  Raises DraftError.

    What isn't wanted is left out: null is no documented value outside of tags and form data.
    """
    if empty := sorted(_nulls(document)):
        raise DraftError(f"fields that hold nothing: {', '.join(empty)[:200]}")
    try:
        content = dumps(document)
    except (ValueError, TypeError):
        raise DraftError("the order holds something that JSON can't carry exactly") from None
    try:
        # As JSON, since only there strict means the wire's types and not Python's.
        return OrderDraft.model_validate_json(content, strict=True, by_alias=True, by_name=False)
    except ValidationError as error:
        raise DraftError(wrong_fields(error)) from None


def wrong_fields(error: ValidationError) -> str:
    """The fields that a validation complains about, in words without their values."""
    rows = error.errors(include_url=False, include_context=False, include_input=False)
    places = sorted({_place(row["loc"]) for row in rows})
    # A list whose members are wrong is called too short as well.
    inner = [at for at in places if not any(other.startswith(f"{at}.") for other in places)]
    return f"fields missing, unknown or not as documented: {', '.join(inner)[:200]}"


def _nulls(value: object, *at: int | str) -> Iterator[str]:
    members: Iterable[tuple[int | str, object]] = ()
    if isinstance(value, Mapping):
        members = value.items()
    elif isinstance(value, (list, tuple)):
        members = enumerate(value)
    for name, inner in members:
        if inner is None:
            yield _place((*at, name))
        elif name not in _FREE:
            yield from _nulls(inner, *at, name)


def _place(loc: tuple[int | str, ...]) -> str:
    parts = []
    for part in loc:
        name = str(part)
        parts.append(name if _NAME.fullmatch(name) else "?")
        if name in _FREE:
            break
    return ".".join(parts)
