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

    base_url: str = "https://api.zenki.fi"
    client_id: str = Field(min_length=1, max_length=128)
    """Client id, or the access key of the legacy grant."""
    client_secret: SecretStr = Field(min_length=1, max_length=128)
    """Client secret, or the secret key of the legacy grant."""
    environment: Literal["sandbox", "live"] = "live"
    read_interval: float = Field(default=600, gt=0)
    """Seconds between two reads of one order with a running dispute."""
    auth_mode: Literal["oauth_v1", "legacy_password"] = "oauth_v1"
    legacy_client_id: str = "zenkipay-api"
    token_skew: float = Field(default=60, ge=0)
    """Seconds before its end from which a token isn't used any more."""
    accept: str = "application/json"
    accept_language: str = ""
    plugin_id: str = ""
    dispute_create: bool = False
    dispute_body: Literal["multipart", "json"] = "multipart"
    title_length: int = Field(default=128, ge=16)
    description_length: int = Field(default=255, ge=16)
    attachment_bytes: int = Field(default=1_000_000, gt=0)
    """Limit of each file and of all files of one dispute together."""
    attachments_max: int = Field(default=5, ge=0)
    refund: bool = False
    webhook_secrets: tuple[SecretStr, ...] = ()
    paths: Paths = Paths()

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
