"""The settings block of one Paperdesk account."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from providers.http import check_base_url


class PaperdeskSettings(BaseModel):
    """One desk's address and token."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    base_url: str = Field(description="an https address")
    desk_key: SecretStr = Field(min_length=8, description="the desk's token")
    environment: Literal["sandbox", "live"] = "live"
    read_interval: float = Field(default=300, gt=0, description="seconds between two reads")
    requests_per_minute: int | None = Field(
        default=None, ge=6, description="the most requests in a minute; 60 when live"
    )

    @property
    def allowed_per_minute(self) -> int:
        """Requests in any minute."""
        return self.requests_per_minute or (60 if self.environment == "live" else 6000)

    @model_validator(mode="after")
    def _safe_address(self) -> Self:
        check_base_url(self.base_url, live=self.environment == "live")
        return self
