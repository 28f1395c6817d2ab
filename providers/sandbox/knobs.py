"""The knobs: each is a behaviour that the documents leave open, with its recommended default.

README.md beside this file lists every knob with its mark, documented or inferred; a test holds
the two together.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Wait = float
"""Seconds on the machine's own clock."""


class _Group(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class DeskKnobs(_Group):
    """BizKitHub's open behaviours."""

    key_state: Literal[
        "active", "deleted", "inactive", "expired", "unknown", "empty", "malformed", "sample"
    ] = "active"
    rate_limit_per_block: int = Field(default=0, ge=0)
    rate_limit_block_s: Wait = Field(default=600, gt=0)
    rate_limit_retry_after: bool = False
    rate_limit_body: Literal["key", "internal", "article"] = "key"
    rate_limit_headers: bool = False
    error_body: Literal["registry", "details"] = "registry"
    ping_path: Literal["/ping/v1", "/api/v1/ping/v1", "both"] = "/ping/v1"
    complaint_id_length: Literal[8, 16] = 16
    event_ids: Literal["complaint", "account"] = "complaint"
    reject_sets_flag: bool = False
    strict_transitions: bool = False
    include_dates: bool = False
    include_claim: bool = False
    missing_complaint: Literal["exist_false", "404"] = "exist_false"
    missing_order: Literal["exist_false", "404"] = "exist_false"
    not_found_status: Literal[404, 500] = 404
    validation_failed_status: Literal[400, 422, 500] = 422
    unknown_fields: Literal["ignore", "reject"] = "ignore"
    empty_items: bool = False
    order_insert: Literal["works", "fails", "fails_after_commit"] = "works"
    order_changes_per_minute: int = Field(default=10, ge=0)
    unpaid_orders_expire: bool = True
    storno_refund: Literal["credit", "staff", "none"] = "credit"
    notification_body: Literal["json", "form", "empty"] = "json"
    notification_copies: int = Field(default=1, ge=0)
    notification_delay_s: Wait = Field(default=0, ge=0)
    notification_reorder: int = Field(default=0, ge=0)
    notification_retries_s: tuple[Wait, ...] = ()
    bff_accepts_bearer: bool = False
    bff_refusal: Literal["401", "session_expired", "404", "html", "redirect"] = "401"


class PortalKnobs(_Group):
    """Zenki's open behaviours."""

    # Tokens
    token_lifetime_s: int = Field(default=1800, gt=0)
    token_reply: Literal["own", "camel", "snake", "both"] = "own"
    token_types: Literal["plain", "scrambled"] = "plain"
    token_tells_lifetime: bool = True
    tokens_cross: bool = True
    pay_bad_token: Literal[401, 403] = 401

    # What every call of /v1/pay does
    get_needs_content_type: bool = True
    missing_parameter: Literal[400, 428] = 400
    order_media_type: Literal["hal", "json"] = "hal"
    undefined_fields: bool = False
    epoch_unit: Literal["ms", "s"] = "ms"

    # Orders
    local_taxes_name: Literal["localTaxesAmount", "localTaxes_amount"] = "localTaxesAmount"
    tracking_id_name: Literal["zenkiTrackingId", "zenkiTrackId"] = "zenkiTrackingId"
    odd_order_status: str | None = None
    odd_dispute_status: str | None = None
    totals_checked: bool = False
    order_list: bool = False
    order_list_reply: Literal["hal", "items", "array"] = "hal"
    order_list_first_page: Literal[0, 1] = 0

    # Disputes
    dispute_success: Literal[200, 201] = 200
    dispute_state_name: Literal["OrderDisputeEnum", "orderDisputeEnum", "status"] = (
        "OrderDisputeEnum"
    )
    dispute_json_body: Literal["accept", "415"] = "accept"
    repeat_dispute: Literal["409", "400", "same_id", "create"] = "409"
    completed_allows_dispute: bool = True
    attachment_max_bytes: int = Field(default=1_000_000, gt=0)
    attachment_too_large: Literal[413, 400] = 413
    attachment_types_checked: bool = True

    # Refunds
    refund_settles: Literal["now", "staff", "steps", "fails"] = "now"
    refund_read_status: Literal[200, 201] = 201
    second_refund: Literal["400", "create"] = "400"
    partial_refund_order: Literal["REFUNDED", "COMPLETED"] = "REFUNDED"

    # Webhooks
    webhook_generation: Literal["pay", "paid"] = "pay"
    webhook_item_price_name: Literal["price", "unitPrice"] = "price"
    webhook_headers: Literal["svix", "webhook"] = "svix"
    webhook_timestamp_unit: Literal["s", "ms"] = "s"
    webhook_clock_off_s: int = 0
    webhook_copies: int = Field(default=1, ge=0)
    webhook_bad_signature: bool = False
    webhook_delay_s: Wait = Field(default=0, ge=0)
    webhook_reorder: int = Field(default=0, ge=0)
    webhook_retries_s: tuple[Wait, ...] = (5, 300, 1800, 7200, 18000, 36000, 36000)


class ChatKnobs(_Group):
    """What the chat middleware may do in one way or another."""

    chat_timeout_s: Wait = Field(default=5, gt=0)
    chat_hosts: bool = False
    chat_host_bare_path: bool = False
    chat_host_repeats: Literal["new", "same"] = "new"
    chat_host_category: Literal["echo", "plural"] = "echo"


class Knobs(DeskKnobs, PortalKnobs, ChatKnobs):
    """All of them, by their flat names."""
