"""Paperdesk's line in a table of providers."""

from __future__ import annotations

from typing import Final

import httpx

from complaints.blind import Blindness, Spot
from complaints.vocabulary import AccountName
from providers.http import make_client
from providers.registry import Account, Kind
from providers.shelf import Shelf
from tests.providers.paperdesk.adapter import Paperdesk
from tests.providers.paperdesk.settings import PaperdeskSettings


def _paperdesk(
    account: AccountName,
    settings: PaperdeskSettings,
    transport: httpx.BaseTransport | None,
    _shelf: Shelf,
) -> Account:
    return Paperdesk(account, settings, make_client(settings.base_url, transport))


BLINDNESS: Final = Blindness(
    spots=(Spot(name="drawers", text="papers that lie in a drawer", source="invented"),)
)

PAPERDESK: Final = Kind(PaperdeskSettings, _paperdesk, BLINDNESS)
