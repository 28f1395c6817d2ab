"""What one BizKitHub account can do, what is switched off, and what the API lacks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from complaints.model import Capability
from complaints.ports import Ability

if TYPE_CHECKING:
    from providers.bizkithub.settings import BizKitHubSettings


def abilities(settings: BizKitHubSettings) -> Mapping[Capability, Ability]:  # noqa: ARG001 - switches come with the calls they switch
    """Every capability there is, for an account with these settings."""
    can = Ability(able=True)
    return {
        Capability.POLL: can,
        Capability.FETCH: can,
        Capability.CREATE: can,
        Capability.SET_STATUS: can,
        Capability.CREATE_ORDER: can,
        Capability.WEBHOOK: Ability(able=False, why="complaints have no webhook"),
        Capability.OPEN_DISPUTE: Ability(able=False, why="it knows complaints, no disputes"),
        Capability.REFUND: Ability(able=False, why="staff pay refunds by bank transfer"),
        Capability.ATTACH: Ability(able=False, why="its public API takes no files"),
        Capability.EDIT_ORDER: Ability(able=False, why="its public API changes no order"),
        Capability.CANCEL_ORDER: Ability(able=False, why="not built yet"),
        Capability.SHIP: Ability(able=False, why="its public API knows no shipments"),
        Capability.LIST: Ability(able=False, why="its public API lists nothing"),
    }
