"""The settings block of one BizKitHub account."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Final, Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from complaints.vocabulary import Remedy
from providers.http import check_base_url

_KEY: Final = re.compile(r"(PROD|DEV_|ROOT)[A-Za-z0-9]{28}")

_SAMPLE_KEY: Final = "PRODPGrFxpGEtrOZfuWhnoJohUYBXuOE"
"""Printed in the vendor's documents as a decoy; the registry has an error of its own for it."""

_COOKIE: Final = re.compile(r"[\x21-\x7e]+(?: [\x21-\x7e]+)*")
"""What a header may hold: anything else would be lost on the wire, half sent perhaps."""

Code = Annotated[str, Field(min_length=1)]


class Block(BaseModel):
    """Base of the blocks: frozen, and quiet about values that are wrong."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Paths(Block):
    """Where the calls live; the vendor's articles spell some of them differently."""

    complaint_create: str = "/api/v1/shop/complaint/create"
    complaint_detail: str = "/api/v1/shop/complaint/detail"
    complaint_set_status: str = "/api/v1/shop/complaint/set-status"
    order_create: str = "/api/v1/shop/order/create"
    order_detail: str = "/api/v1/shop/order/detail"
    order_storno: str = "/api/v1/shop/order/storno"
    ping: str = "/ping/v1"


class Bff(Block):
    """The admin's own complaint/create in place of the public one.

    The vendor tells integrators not to use it: it wants a signed-in session, isn't versioned
    and may change any day.  Whatever doesn't look like its documented answer stops the account.
    """

    enabled: bool = Field(default=False, description="true files complaints by the admin's call")
    auth: Literal["cookie", "bearer"] = Field(
        default="cookie", description="a session's cookie, or the API key as a bearer token"
    )
    cookie: SecretStr | None = Field(
        default=None, description="the Cookie header of a signed-in session, name=value"
    )
    path: str = "/bff/complaint/create"
    branch_id: int | None = Field(default=None, description="branch that inspects the goods")
    service_id: int | None = Field(default=None, description="outside service provider")
    currency_ids: Mapping[str, int] = Field(
        default_factory=dict, description="the admin's numbers of currencies, by ISO code"
    )

    @field_validator("cookie")
    @classmethod
    def _sendable(cls, cookie: SecretStr | None) -> SecretStr | None:
        if cookie is not None and not _COOKIE.fullmatch(cookie.get_secret_value()):
            raise ValueError("cookie must be one line of ASCII, name=value")
        return cookie

    @model_validator(mode="after")
    def _signed_in(self) -> Self:
        if self.enabled and self.auth == "cookie" and self.cookie is None:
            raise ValueError('bff.cookie is missing: give it, or set bff.auth to "bearer"')
        return self


class BizKitHubSettings(Block):
    """One organisation's API key and how its desk wants complaints.

    ``variants`` maps a claim's category to the organisation's complaint type; any other
    category gets ``variant_code``.  The ``send_*`` switches and ``branch`` add fields of
    complaint/create that the public page doesn't list in full: an organisation tries them
    before use.  They hold for the admin's call too.
    """

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
    requests_at_once: int = Field(
        default=2, ge=1, description="the most requests at once, of all workers together"
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
    variants: Mapping[str, Code] = Field(
        default_factory=dict, description="complaint types by category of the claim"
    )
    remedies: Mapping[str, Remedy] = Field(
        default_factory=dict,
        description="repair, exchange, refund or credit, by complaint type that stands for it",
    )
    resolution_codes: Mapping[Remedy, Code] = Field(
        default_factory=dict, description="the organisation's resolution methods by remedy"
    )
    branch: str = Field(default="", description="the branch that inspects the goods, as its slug")
    reference_footer: bool = Field(
        default=True, description="true ends the description with our number, [ref N]"
    )
    send_phone: bool = Field(default=False, description="true sends the customer's phone")
    send_amount: bool = Field(default=False, description="true sends the claimed amount")
    send_due_date: bool = Field(default=False, description="true sends our due date")
    send_items: bool = Field(default=False, description="true sends the complained lines")
    send_refund_fields: bool = Field(
        default=False, description="true sends the customer's bank account; staff may ask later"
    )
    nameless: str = Field(
        default="Customer", min_length=1, description="the name of a customer who gave none"
    )
    textless: str = Field(
        default="(no description given)",
        min_length=1,
        description="the description of a complaint that came without words",
    )
    cancelled_labels: tuple[str, ...] = Field(
        default=(), description="labels of order statuses that mean cancelled, in any language"
    )
    storno: bool = Field(
        default=False, description="true lets orders be cancelled; it may credit the customer"
    )
    notification_url: str = Field(
        default="", description="our own public address, https://YOUR-HOST/hooks/NAME"
    )
    notification_secret: Annotated[SecretStr, Field(min_length=16)] | None = Field(
        default=None, description="16 characters or more that nobody else knows"
    )
    bff: Bff = Bff()
    paths: Paths = Paths()

    @property
    def allowed_per_minute(self) -> int:
        """Requests in any minute; the vendor's texts disagree, so live accounts ask for little."""
        return self.requests_per_minute or (10 if self.environment == "live" else 6000)

    @property
    def writes_allowed(self) -> int:
        """Writes to one complaint in a minute; the vendor refuses more than 10.  0: any number."""
        return self.writes_per_record or (4 if self.environment == "live" else 0)

    @property
    def notified(self) -> bool:
        """Whether orders that we create report to us."""
        return bool(self.notification_url) and self.notification_secret is not None

    @field_validator("api_key")
    @classmethod
    def _well_formed(cls, key: SecretStr) -> SecretStr:
        if not _KEY.fullmatch(key.get_secret_value()):
            raise ValueError("api_key must be PROD, DEV_ or ROOT and 28 letters or digits")
        if key.get_secret_value() == _SAMPLE_KEY:
            raise ValueError("api_key is the sample key of the documents")
        return key

    @model_validator(mode="after")
    def _safe_addresses(self) -> Self:
        live = self.environment == "live"
        check_base_url(self.base_url, live=live)
        if self.notification_url:
            _check_own_address(self.notification_url, live=live)
        return self


def _check_own_address(url: str, *, live: bool) -> None:
    """Raises ValueError when BizKitHub couldn't or shouldn't call this address."""
    parts = urlsplit(url)
    if parts.scheme not in {"https", "http"} or not parts.hostname:
        raise ValueError("notification_url must be an http(s) address")
    if live and parts.scheme != "https":
        raise ValueError("notification_url of a live account must be https")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ValueError("notification_url must hold no user, query or fragment")
