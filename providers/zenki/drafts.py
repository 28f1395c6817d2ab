"""What a person drafts about an order, checked before it is sent: Zenki's OpenAPI 1.0.0.

A draft is in Zenki's own terms.  What it lacks, has too long or has too much is named by
field; its values are never shown.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, Self, TypeVar

from pydantic import (
    AliasChoices,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)
from pydantic.alias_generators import to_camel

from providers.codec import ID_LIMIT, dumps, money
from providers.redaction import redact
from providers.zenki.sums import odd_sums
from providers.zenki.wire import Breakdown, Item

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_LONG_TEXT: Final = 255


def _amount(value: object) -> Decimal | None:
    """An amount.  A draft was JSON once, so a float is its shortest decimal and no other."""
    return money(repr(value) if isinstance(value, float) else value)


Amount = Annotated[Decimal, BeforeValidator(_amount), Field(max_digits=15)]
"""Major units, in so few digits that a JSON number carries them exactly."""
Short = Annotated[str, Field(min_length=1, max_length=ID_LIMIT)]
Long = Annotated[str, Field(min_length=1, max_length=_LONG_TEXT)]
Goods = Literal["WITH_CARRIER", "WITHOUT_CARRIER", "MIXED"]


class RefusedDraftError(Exception):
    """The draft can't be sent.  The text names fields and holds no value."""


class _Draft(BaseModel):
    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        alias_generator=to_camel,
        validate_by_alias=True,
        validate_by_name=True,
        hide_input_in_errors=True,
    )

    def document(self) -> dict[str, Any]:
        """What is sent; a null is as good as nothing."""
        return self.model_dump(by_alias=True, exclude_none=True)


class DraftShopper(_Draft):
    """Who buys."""

    email: Short
    id: Short | None = None
    name: Short | None = None
    phone: Short | None = None


class DraftItem(_Draft):
    """One line."""

    quantity: int = Field(ge=1, strict=True)
    unit_price: Amount
    name: Short
    external_id: Short | None = None
    description: Long | None = None
    type: Literal["WITH_CARRIER", "WITHOUT_CARRIER"] | None = None
    thumbnail_url: Long | None = None
    metadata: dict[str, str] | None = None


class DraftBreakdown(_Draft):
    """The amounts; the specification and everybody else spell local taxes differently."""

    currency_code_iso3: str = Field(alias="currencyCodeIso3", pattern=r"^[A-Z]{3}$")
    total_items_amount: Amount
    shipment_amount: Amount
    subtotal_amount: Amount
    taxes_amount: Amount
    local_taxes_amount: Amount | None = Field(
        default=None,
        validation_alias=AliasChoices("localTaxesAmount", "localTaxes_amount", "localTaxes"),
        serialization_alias="localTaxesAmount",
    )
    import_costs: Amount | None = None
    discount_amount: Amount | None = None
    additional_charges: dict[str, Amount] | None = None
    grand_total_amount: Amount


class CreateOrder(_Draft):
    """POST /v1/pay/orders."""

    version: Literal["v1.0.0"] = "v1.0.0"
    order_id: Short | None = None
    cart_id: Short | None = None
    type: Goods
    country_code_iso2: str = Field(alias="countryCodeIso2", pattern=r"^[A-Z]{2}$")
    shopper: DraftShopper | None = None
    breakdown: DraftBreakdown
    items: tuple[DraftItem, ...] = Field(min_length=1)
    metadata: dict[str, str] | None = None

    @model_validator(mode="after")
    def _is_named(self) -> Self:
        if self.order_id is None and self.cart_id is None:
            raise ValueError("orderId or cartId")
        return self

    def body(self, local_taxes_name: str) -> bytes:
        """What is sent, local taxes spelt as wished."""
        document = self.document()
        document["breakdown"] = {
            local_taxes_name if name == "localTaxesAmount" else name: value
            for name, value in document["breakdown"].items()
        }
        return dumps(document)


class ShopperId(_Draft):
    """Who buys, in an order that is there."""

    id: Short


class EditOrder(_Draft):
    """PATCH /v1/pay/orders/{zenkiOrderId}.  No status can be set."""

    order_id: Short | None = None
    cart_id: Short | None = None
    shopper: ShopperId | None = None
    metadata: dict[str, str] | None = None

    @model_validator(mode="after")
    def _changes_something(self) -> Self:
        if not self.document():
            raise ValueError("orderId, cartId, shopper or metadata")
        return self


class Ship(_Draft):
    """POST /v1/pay/orders/{zenkiOrderId}/tracking."""

    courier_type: Literal["EXTERNAL", "INTERNAL"]
    tracking_id: Short | None = None
    courier_name: Short | None = None

    @model_validator(mode="after")
    def _is_known(self) -> Self:
        if self.courier_type == "EXTERNAL" and self.tracking_id is None:
            raise ValueError("trackingId")
        if self.courier_type == "INTERNAL" and self.courier_name is None:
            raise ValueError("courierName")
        return self

    def body(self, shape: Literal["object", "array"]) -> bytes:
        """What is sent, alone or in a list of one: the sources disagree."""
        document = self.document()
        return dumps([document] if shape == "array" else document)


class Track(_Draft):
    """PATCH .../tracking/{zenkiTrackingId}: the first member goes into the path."""

    zenki_tracking_id: Short = Field(
        validation_alias=AliasChoices("zenkiTrackingId", "zenkiTrackId"), exclude=True
    )
    status: Literal["TRANSIT", "DELIVERY", "AVAILABLE_FOR_PICKUP", "CANCELED", "FAILED"]
    location: Long
    description: Long


Model = TypeVar("Model", bound=_Draft)


def read_draft(model: type[Model], draft: Mapping[str, Any]) -> Model:
    """Check a draft.  Raises RefusedDraftError, which names all fields that are wrong."""
    try:
        read = model.model_validate(draft)
    except ValidationError as error:
        rows = error.errors(include_url=False, include_input=False)
        raise RefusedDraftError(_named(_field(row["loc"], row["msg"]) for row in rows)) from None
    if isinstance(read, CreateOrder):
        _check_sums(read)
    return read


def _check_sums(order: CreateOrder) -> None:
    document = order.document()
    breakdown = Breakdown.model_validate(document["breakdown"])
    items = [Item.model_validate(item) for item in document["items"]]
    if odd := odd_sums(breakdown, items):
        raise RefusedDraftError(_named(f"breakdown.{name} doesn't add up" for name in odd))


def _field(place: tuple[int | str, ...], message: str) -> str:
    """Where something is wrong; names that a person chose inside of an object aren't shown."""
    free = {"metadata", "additionalCharges"}
    cut = next((n + 1 for n, part in enumerate(place) if part in free), len(place))
    inner = message.removeprefix("Value error, ") if message.startswith("Value error, ") else ""
    return ".".join([*map(str, place[:cut]), *([inner] if inner else [])])


def _named(fields: Iterable[str]) -> str:
    return redact("the draft: " + ", ".join(sorted(set(fields))))
