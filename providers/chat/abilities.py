"""What one chat account can do, what is switched off, and what the platform lacks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from complaints.ports import Ability
from complaints.vocabulary import Capability

if TYPE_CHECKING:
    from providers.chat.settings import ChatSettings

_LACKS: Final[Mapping[Capability, str]] = {
    Capability.POLL: "it calls us and has nothing to read",
    Capability.FETCH: "a complaint can't be read there: its only answer is a sentence",
    Capability.SET_STATUS: "it takes no news: the customer hears the status on asking",
    Capability.OPEN_DISPUTE: "it knows complaints, no disputes",
    Capability.REFUND: "it has no call that pays back",
    Capability.ATTACH: "its requests have no room for files",
    Capability.CREATE_ORDER: "orders are placed by the shop, not by us in the chat",
    Capability.EDIT_ORDER: "it has no call that changes an order",
    Capability.CANCEL_ORDER: "what it asks to cancel is the staff's to decide",
    Capability.SHIP: "it knows no shipments",
    Capability.LIST: "it lists nothing",
}


def abilities(settings: ChatSettings) -> Mapping[Capability, Ability]:
    """Every capability there is, for an account with these settings."""
    create = Ability(
        able=settings.host_url is not None,
        why=""
        if settings.host_url is not None
        else "it calls us; an address makes us raise complaints at a middleware that is the host",
        switch="host_url",
    )
    return {
        Capability.WEBHOOK: Ability(able=True),
        Capability.CREATE: create,
        **{capability: Ability(able=False, why=why) for capability, why in _LACKS.items()},
    }
