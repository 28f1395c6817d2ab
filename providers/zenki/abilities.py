"""What one Zenki account can do, what is switched off, and what the API lacks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from complaints.model import Capability
from complaints.ports import Ability

if TYPE_CHECKING:
    from providers.zenki.settings import ZenkiSettings


def abilities(settings: ZenkiSettings) -> Mapping[Capability, Ability]:
    """Every capability there is, for an account with these settings."""
    can = Ability(able=True)
    no_status = "no call changes a dispute's status"

    def switched(on: object, switch: str, why: str) -> Ability:
        return can if on else Ability(able=False, why=why, switch=switch)

    files = settings.dispute_create and settings.dispute_body == "multipart"
    return {
        Capability.POLL: can,
        Capability.FETCH: can,
        Capability.WEBHOOK: switched(
            settings.webhook_secrets, "webhook_secrets", "without a secret none can be trusted"
        ),
        Capability.OPEN_DISPUTE: switched(
            settings.dispute_create, "dispute_create", "a dispute may move money"
        ),
        Capability.ATTACH: switched(files, "dispute_create", "files go along with a dispute only"),
        Capability.REFUND: switched(settings.refund, "refund", "a refund moves money"),
        Capability.CREATE: Ability(able=False, why="complaints are disputes there"),
        Capability.SET_STATUS: Ability(able=False, why=no_status),
        Capability.CREATE_ORDER: Ability(able=False, why="not built yet"),
        Capability.EDIT_ORDER: Ability(able=False, why="not built yet"),
        Capability.CANCEL_ORDER: Ability(able=False, why="no call cancels an order"),
        Capability.SHIP: Ability(able=False, why="not built yet"),
        Capability.LIST: Ability(able=False, why="not built yet"),
    }
