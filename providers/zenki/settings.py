"""The settings block of one Zenki account."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    field_validator,
    model_validator,
)

from providers.http import check_base_url
from providers.zenki import svix
from providers.zenki.sealed import private_key

AuthMode = Literal["oauth_v1", "legacy_password"]
"""The two token calls: POST /v1/oauth/tokens, and the password grant at /auth/."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Paths(_Part):
    """Where the calls live.  ``{order}`` and its like stand for Zenki's ids."""

    me: str = "/v1/pay/me"
    orders: str = "/v1/pay/orders"
    order: str = "/v1/pay/orders/{order}"
    refunds: str = "/v1/pay/orders/{order}/refunds"
    refund: str = "/v1/pay/orders/{order}/refunds/{refund}"
    tracking: str = "/v1/pay/orders/{order}/tracking"
    tracking_event: str = "/v1/pay/orders/{order}/tracking/{tracking}"
    fulfilment: str = "/v1/pay/escrow/{order}/fulfillments"
    disputes: str = "/v1/api/disputes"
    token: str = "/v1/oauth/tokens"  # noqa: S105 - an address
    legacy_token: str = "/auth/"  # noqa: S105 - an address


class ListQuery(_Part):
    """How the order list is asked: its names are documented nowhere."""

    page: str = "pageNumber"
    page_size: str = "pageSize"
    status: str = "status"
    orders: int = Field(default=50, ge=1, le=100, description="orders of one page")


class WebhookSecret(_Part):
    """A Svix secret, and until when it is valid if it is on its way out."""

    secret: SecretStr
    until: AwareDatetime | None = Field(
        default=None, description="a time with its zone, as 2026-12-01T00:00:00Z"
    )

    @property
    def key(self) -> svix.Key:
        """What signs.  Raises ValueError when the secret is none."""
        return svix.Key(svix.signing_key(self.secret.get_secret_value()), self.until)


def _as_table(value: object) -> object:
    """A secret may stand alone: then it has no end."""
    return {"secret": value} if isinstance(value, (str, SecretStr)) else value


class ZenkiSettings(BaseModel):
    """One merchant's credentials; they, not the host, choose sandbox or live money.

    Each write has a switch of its own, off by default.  Several ``webhook_secrets`` are valid
    at once, so that a secret can be rotated.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    base_url: str = Field(default="https://api.zenki.fi", description="an https address")
    client_id: str = Field(
        min_length=1, max_length=128, description="client id, or access key of the legacy grant"
    )
    client_secret: SecretStr = Field(
        min_length=1, max_length=128, description="client secret, or legacy secret key"
    )
    environment: Literal["sandbox", "live"] = "live"
    read_interval: float = Field(
        default=600, gt=0, description="seconds between two reads of a disputed order"
    )
    requests_per_minute: int | None = Field(
        default=None, ge=6, description="the most requests in a minute; 60 when live"
    )
    requests_at_once: int = Field(
        default=2, ge=1, description="the most requests at once, of all workers together"
    )
    budget_pool: str | None = Field(
        default=None, description="accounts of one merchant share the budget of one name"
    )
    auth_mode: AuthMode = Field(
        default="oauth_v1", description="the token call that these credentials are for"
    )
    dispute_auth_mode: AuthMode | None = Field(
        default=None, description="the token call for disputes, where it is another one"
    )
    legacy_client_id: str = Field(default="zenkipay-api", description="client of the legacy grant")
    token_skew: float = Field(
        default=60, ge=0, description="seconds before its end from which a token isn't used"
    )
    accept: Literal["application/json", "application/hal+json, application/json"] = Field(
        default="application/json", description="media types that /v1/pay is asked for"
    )
    accept_language: str = Field(
        default="", pattern=r"^[A-Za-z-]{0,35}$", description="language of error texts, as en"
    )
    plugin_id: str = Field(
        default="", pattern=r"^[\x21-\x7e]{0,128}$", description="Zenki's id of the plugin"
    )
    dispute_create: bool = Field(
        default=False, description="true lets Redress open disputes; they can move money"
    )
    dispute_body: Literal["multipart", "json"] = Field(
        default="multipart", description="files need multipart"
    )
    title_length: int = Field(default=128, ge=16, description="characters of a dispute's title")
    description_length: int = Field(
        default=255, ge=16, description="characters of a dispute's description"
    )
    attachment_bytes: int = Field(
        default=1_000_000, gt=0, description="bytes of all files of one dispute together"
    )
    attachments_max: int = Field(default=5, ge=0, description="files of one dispute")
    refund: bool = Field(
        default=False, description="true lets Redress refund whole orders; it moves money"
    )
    order_create: bool = Field(default=False, description="true lets Redress create orders")
    order_edit: bool = Field(
        default=False, description="true lets Redress change ids and notes of orders"
    )
    shipping: bool = Field(
        default=False, description="true lets Redress tell Zenki of shipments and deliveries"
    )
    local_taxes_name: Literal["localTaxesAmount", "localTaxes_amount"] = Field(
        default="localTaxesAmount", description="how local taxes are spelt in a new order"
    )
    tracking_body: Literal["object", "array"] = Field(
        default="object", description="whether a shipment is sent alone or in a list"
    )
    list_orders: bool = Field(
        default=False, description="true lets Redress ask for lists of orders"
    )
    list_query: ListQuery = ListQuery()
    webhook_secrets: tuple[Annotated[WebhookSecret, BeforeValidator(_as_table)], ...] = Field(
        default=(),
        description="whsec_ secrets; several while one is changed, each with an end if wished",
    )
    webhook_rsa_key: SecretStr | None = Field(
        default=None, description="the RSA private key of legacy webhooks, as PEM"
    )
    paths: Paths = Paths()

    @property
    def allowed_per_minute(self) -> int:
        """Requests in any minute; Zenki documents no limit."""
        return self.requests_per_minute or (60 if self.environment == "live" else 30_000)

    @field_validator("webhook_secrets")
    @classmethod
    def _well_formed(cls, secrets: tuple[WebhookSecret, ...]) -> tuple[WebhookSecret, ...]:
        for secret in secrets:
            secret.key  # noqa: B018 - raises
        return secrets

    @field_validator("webhook_rsa_key")
    @classmethod
    def _is_a_key(cls, pem: SecretStr | None) -> SecretStr | None:
        if pem is not None:
            private_key(pem.get_secret_value())
        return pem

    @model_validator(mode="after")
    def _safe_address(self) -> Self:
        check_base_url(self.base_url, live=self.environment == "live")
        return self
