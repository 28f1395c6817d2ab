"""The settings block of one BizKitHub account."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from providers.http import check_base_url

_KEY: Final = re.compile(r"(PROD|DEV_|ROOT)[A-Za-z0-9]{28}")

_SAMPLE_KEY: Final = "PRODPGrFxpGEtrOZfuWhnoJohUYBXuOE"
"""Printed in the vendor's documents as a decoy; the registry has an error of its own for it."""


class Paths(BaseModel):
    """Where the calls live; the vendor's articles spell some of them differently."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    complaint_create: str = "/api/v1/shop/complaint/create"
    complaint_detail: str = "/api/v1/shop/complaint/detail"
    complaint_set_status: str = "/api/v1/shop/complaint/set-status"
    order_create: str = "/api/v1/shop/order/create"
    order_detail: str = "/api/v1/shop/order/detail"
    ping: str = "/ping/v1"


class BizKitHubSettings(BaseModel):
    """One organisation's API key and how its desk wants complaints.

    ``variants`` maps a claim's category to the organisation's complaint type; any other
    category gets ``variant_code``.  The ``send_*`` switches add fields of complaint/create
    that the public page doesn't list in full: an organisation tries them before use.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    base_url: str = Field(default="https://api.bizkithub.com", description="an https address")
    api_key: SecretStr = Field(
        description="PROD, DEV_ or ROOT and 28 letters or digits, not the documents' sample"
    )
    environment: Literal["sandbox", "live"] = "live"
    read_interval: float = Field(
        default=180, gt=0, description="seconds between two reads of one running complaint"
    )
    requests_per_minute: int | None = Field(
        default=None,
        ge=6,
        description="the most requests in a minute; 10 when live, far below the vendor's limits",
    )
    writes_per_record: int | None = Field(
        default=None, ge=1, description="the most writes to one complaint in a minute; 4 when live"
    )
    budget_pool: str | None = Field(
        default=None, description="accounts of one organisation share the budget of one name"
    )
    follow_orders: bool = Field(
        default=False, description="true reads the orders too; each read spends the budget"
    )
    auth_mode: Literal["query", "bearer", "both"] = Field(
        default="query", description="how the key is sent"
    )
    variant_code: str = Field(
        default="reklamace", min_length=1, description="complaint type of the organisation"
    )
    variants: Mapping[str, str] = Field(
        default_factory=dict, description="complaint types by category of the claim"
    )
    reference_footer: bool = Field(
        default=True, description="true ends the description with our number, [ref N]"
    )
    send_phone: bool = Field(default=False, description="true sends the customer's phone")
    send_amount: bool = Field(default=False, description="true sends the claimed amount")
    send_due_date: bool = Field(default=False, description="true sends our due date")
    nameless: str = Field(
        default="Customer", min_length=1, description="the name of a customer who gave none"
    )
    textless: str = Field(
        default="(no description given)",
        min_length=1,
        description="the description of a complaint that came without words",
    )
    paths: Paths = Paths()

    @property
    def allowed_per_minute(self) -> int:
        """Requests in any minute; the vendor's texts disagree, so live accounts ask for little."""
        return self.requests_per_minute or (10 if self.environment == "live" else 6000)

    @property
    def writes_allowed(self) -> int:
        """Writes to one complaint in a minute; the vendor refuses more than 10.  0: any number."""
        return self.writes_per_record or (4 if self.environment == "live" else 0)

    @field_validator("api_key")
    @classmethod
    def _well_formed(cls, key: SecretStr) -> SecretStr:
        if not _KEY.fullmatch(key.get_secret_value()):
            raise ValueError("api_key must be PROD, DEV_ or ROOT and 28 letters or digits")
        if key.get_secret_value() == _SAMPLE_KEY:
            raise ValueError("api_key is the sample key of the documents")
        return key

    @model_validator(mode="after")
    def _safe_address(self) -> Self:
        check_base_url(self.base_url, live=self.environment == "live")
        return self
