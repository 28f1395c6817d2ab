"""What one BizKitHub account can do, what is switched off, and what the API lacks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from complaints.ports import Ability
from complaints.vocabulary import Capability, PushKind

if TYPE_CHECKING:
    from providers.bizkithub.settings import BizKitHubSettings

COST: Final[Mapping[PushKind | None, int]] = {
    None: 1,
    PushKind.CREATE: 1,
    PushKind.SET_STATUS: 2,
    PushKind.CREATE_ORDER: 2,
    PushKind.CANCEL_ORDER: 3,
}
"""The most requests of each push, and of one read (None); a kind that isn't here makes none.

A status is looked at first, a replacement reads the order that it replaces, and a storno is
looked at before and, when in doubt, after.
"""

_WORKS: Final[Mapping[Capability, str]] = {
    Capability.CREATE: "files complaints",
    Capability.FETCH: "reads complaints and orders",
    Capability.SET_STATUS: "sets their status",
    Capability.CREATE_ORDER: "creates orders",
    Capability.CANCEL_ORDER: "cancels orders",
    Capability.WEBHOOK: "hears of the orders it created",
}


def abilities(settings: BizKitHubSettings) -> Mapping[Capability, Ability]:
    """Every capability there is, for an account with these settings."""
    can = Ability(able=True)
    hears = Ability(
        able=settings.notified,
        why="" if settings.notified else "complaints have no webhook; orders may report to us",
        switch=_missing(settings),
    )
    cancels = Ability(
        able=settings.storno,
        why="" if settings.storno else "cancelling may credit the customer",
        switch="" if settings.storno else "storno",
    )
    return {
        Capability.POLL: can,
        Capability.FETCH: can,
        Capability.CREATE: can,
        Capability.SET_STATUS: can,
        Capability.CREATE_ORDER: can,
        Capability.CANCEL_ORDER: cancels,
        Capability.WEBHOOK: hears,
        Capability.OPEN_DISPUTE: Ability(able=False, why="it knows complaints, no disputes"),
        Capability.REFUND: Ability(able=False, why="staff pay refunds by bank transfer"),
        Capability.ATTACH: Ability(able=False, why="its public API takes no files"),
        Capability.EDIT_ORDER: Ability(able=False, why="its public API changes no order"),
        Capability.SHIP: Ability(able=False, why="its public API knows no shipments"),
        Capability.LIST: Ability(able=False, why="its public API lists nothing"),
    }


def in_words(settings: BizKitHubSettings) -> str:
    """What works, in a few words."""
    able = abilities(settings)
    words = [said for capability, said in _WORKS.items() if able[capability].able]
    if settings.bff.enabled:
        words[0] += " by the admin's call"
    return ", ".join(words)


def _missing(settings: BizKitHubSettings) -> str:
    """The first key that notifications lack."""
    if settings.notified:
        return ""
    return "notification_secret" if settings.notification_url else "notification_url"
