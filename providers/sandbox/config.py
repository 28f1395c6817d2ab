"""Settings of the sandbox and its knobs; a knob is a behaviour that the documents leave open.

README.md beside this file lists every knob with its mark, documented or inferred.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

DEMO_KEY = "DEV_0000000000000000000000000000"
DEMO_WEBHOOK_SECRET = "whsec_c2FuZGJveC13ZWJob29rLXNlY3JldC0wMDAx"


class Knobs(BaseModel):
    """Every open behaviour with the value that the provider sheets recommend as default."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    # BizKitHub
    key_state: Literal["active", "deleted", "inactive", "expired"] = "active"
    rate_limit_per_block: int = Field(default=0, ge=0)
    rate_limit_retry_after: bool = False
    complaint_id_length: Literal[8, 16] = 16
    event_ids: Literal["complaint", "account"] = "complaint"
    reject_sets_flag: bool = False
    strict_transitions: bool = False
    include_dates: bool = False
    missing_complaint: Literal["exist_false", "404"] = "exist_false"
    validation_failed_status: Literal[400, 422, 500] = 422
    unknown_fields: Literal["ignore", "reject"] = "ignore"
    empty_items: bool = False
    bff_accepts_bearer: bool = False

    # Zenki
    token_lifetime_s: int = Field(default=1800, gt=0)
    tokens_cross: bool = True
    pay_bad_token: Literal[401, 403] = 401
    get_needs_content_type: bool = True
    dispute_success: Literal[200, 201] = 200
    dispute_json_body: Literal["accept", "415"] = "accept"
    repeat_dispute: Literal["409", "400", "same_id", "create"] = "409"
    completed_allows_dispute: bool = True
    attachment_max_bytes: int = Field(default=1_000_000, gt=0)
    attachment_too_large: Literal[413, 400] = 413
    attachment_types_checked: bool = True
    refund_settles: Literal["now", "staff"] = "now"
    second_refund: Literal["400", "create"] = "400"
    epoch_unit: Literal["ms", "s"] = "ms"
    webhook_copies: int = Field(default=1, ge=0)
    webhook_bad_signature: bool = False
    webhook_delay_s: float = Field(default=0, ge=0)
    webhook_retries_s: tuple[float, ...] = (5, 300, 1800, 7200, 18000, 36000, 36000)

    # Chat
    chat_timeout_s: float = Field(default=5, gt=0)


class SandboxConfig(BaseModel):
    """Credentials the sandbox accepts, addresses it calls, and its knobs at start."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    bizkithub_api_key: str = Field(default=DEMO_KEY, pattern=r"^(PROD|DEV_|ROOT)[A-Za-z0-9]{28}$")
    variants: tuple[str, ...] = ("reklamace", "vraceni", "vymena")
    inactive_variants: tuple[str, ...] = ()
    zenki_client_id: str = "cid-demo"
    zenki_client_secret: str = "secret-demo"
    zenki_webhook_url: str | None = None
    zenki_webhook_secret: str = DEMO_WEBHOOK_SECRET
    chat_url: str | None = None
    chat_username: str = "bot-demo"
    chat_password: str = "bot-secret-demo"
    seed: int | None = None
    crypto_rate: Decimal = Field(default=Decimal("34397.2"), gt=0)
    knobs: Knobs = Knobs()
