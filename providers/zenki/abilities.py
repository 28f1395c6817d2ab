"""What one Zenki account can do, what is switched off, and what the API lacks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from complaints.ports import Ability
from complaints.vocabulary import Capability, PushKind

if TYPE_CHECKING:
    from providers.zenki.settings import ZenkiSettings

BY_HAND: Final[Mapping[PushKind, str]] = {
    PushKind.CREATE: "Zenki knows no complaints but disputes",
    PushKind.SET_STATUS: "no call of Zenki's changes a dispute: its staff decide, in the portal",
    PushKind.CANCEL_ORDER: "no call of Zenki's cancels an order",
    PushKind.ATTACH: "Zenki takes files only while a dispute is opened: add it in the portal",
    PushKind.PORTAL: "no call of Zenki's does this: it is done in the portal",
}
"""What is a person's, and why; nothing is ever called for it."""

COST: Final[Mapping[PushKind | None, int]] = {
    None: 5,
    PushKind.OPEN_DISPUTE: 6,
    PushKind.REFUND: 7,
    PushKind.CREATE_ORDER: 4,
    PushKind.EDIT_ORDER: 5,
    PushKind.SHIP: 4,
    PushKind.TRACK: 4,
    PushKind.DELIVER: 5,
}
"""The most requests of each act: a token, the calls, and once a new token and a replay.

A read is an order and its refund; a dispute or refund is looked for before and after.
"""


def abilities(settings: ZenkiSettings) -> Mapping[Capability, Ability]:
    """Every capability there is, for an account with these settings."""
    can = Ability(able=True)

    def switched(on: object, switch: str, why: str) -> Ability:
        return can if on else Ability(able=False, why=why, switch=switch)

    def lacks(kind: PushKind) -> Ability:
        return Ability(able=False, why=BY_HAND[kind])

    opens = settings.dispute_create
    return {
        Capability.POLL: can,
        Capability.FETCH: can,
        Capability.WEBHOOK: switched(
            settings.webhook_secrets, "webhook_secrets", "without a secret none can be trusted"
        ),
        Capability.OPEN_DISPUTE: switched(opens, "dispute_create", "a dispute may move money"),
        Capability.ATTACH: switched(
            opens and settings.dispute_body == "multipart" and settings.attachments_max,
            _switch_for_files(settings),
            "files go along only with a dispute, in a multipart body",
        ),
        Capability.REFUND: switched(
            settings.refund, "refund", "a refund moves money, and the whole of it"
        ),
        Capability.CREATE_ORDER: switched(
            settings.order_create, "order_create", "an order asks a buyer for money"
        ),
        Capability.EDIT_ORDER: switched(
            settings.order_edit, "order_edit", "it changes the ids by which orders are matched"
        ),
        Capability.SHIP: switched(
            settings.shipping, "shipping", "a delivery lets the escrow pay the money out"
        ),
        Capability.LIST: switched(
            settings.list_orders, "list_orders", "Zenki documents neither its path nor its answer"
        ),
        Capability.CREATE: lacks(PushKind.CREATE),
        Capability.SET_STATUS: lacks(PushKind.SET_STATUS),
        Capability.CANCEL_ORDER: lacks(PushKind.CANCEL_ORDER),
    }


def requests_of(settings: ZenkiSettings, kind: PushKind | None) -> int:
    """The most requests that one read (None) or push of a kind makes."""
    # Disputes by another grant need a token of their own.
    other = settings.dispute_auth_mode not in {None, settings.auth_mode}
    return COST.get(kind, 0) + (1 if kind is PushKind.OPEN_DISPUTE and other else 0)


def _switch_for_files(settings: ZenkiSettings) -> str:
    if not settings.dispute_create:
        return "dispute_create"
    return "dispute_body" if settings.dispute_body == "json" else "attachments_max"
