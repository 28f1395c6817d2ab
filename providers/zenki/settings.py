"""The settings block of one Zenki account."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from providers.http import check_base_url
from providers.zenki.svix import signing_key


class Paths(BaseModel):
    """Where the calls live.  ``{order}`` stands for the Zenki order id."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    order: str = "/v1/pay/orders/{order}"
    refunds: str = "/v1/pay/orders/{order}/refunds"
    disputes: str = "/v1/api/disputes"
    token: str = "/v1/oauth/tokens"  # noqa: S105 - an address
    legacy_token: str = "/auth/"  # noqa: S105 - an address


class ZenkiSettings(BaseModel):
    """One merchant's credentials; they, not the host, choose sandbox or live money.

    ``dispute_create`` and ``refund`` permit the two writes.  Several ``webhook_secrets`` are
    valid at once, so that a secret can be rotated.
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
    budget_pool: str | None = Field(
        default=None, description="accounts of one merchant share the budget of one name"
    )
    auth_mode: Literal["oauth_v1", "legacy_password"] = Field(
        default="oauth_v1", description="the token call that these credentials are for"
    )
    legacy_client_id: str = Field(default="zenkipay-api", description="client of the legacy grant")
    token_skew: float = Field(
        default=60, ge=0, description="seconds before its end from which a token isn't used"
    )
    accept: str = Field(default="application/json", description="media types of answers")
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
    webhook_secrets: tuple[SecretStr, ...] = Field(
        default=(), description="whsec_ secrets; several while one is being changed"
    )
    paths: Paths = Paths()

    @property
    def allowed_per_minute(self) -> int:
        """Requests in any minute; Zenki documents no limit."""
        return self.requests_per_minute or (60 if self.environment == "live" else 6000)

    @field_validator("webhook_secrets")
    @classmethod
    def _well_formed(cls, secrets: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
        for secret in secrets:
            signing_key(secret.get_secret_value())
        return secrets

    @model_validator(mode="after")
    def _safe_address(self) -> Self:
        check_base_url(self.base_url, live=self.environment == "live")
        return self
