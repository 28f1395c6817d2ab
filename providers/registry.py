"""The providers there are: one line for each, from settings to a working account."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Generic, Protocol, TypeVar

import httpx
from pydantic import BaseModel

from complaints.blind import Blindness
from complaints.ports import Provider
from complaints.vocabulary import AccountName, OrderSpace, PushKind
from providers.bizkithub import BizKitHub, BizKitHubSettings
from providers.bizkithub.blind import BLINDNESS as BIZKITHUB_BLINDNESS
from providers.chat import Chat, ChatSettings
from providers.chat.blind import BLINDNESS as CHAT_BLINDNESS
from providers.http import make_client
from providers.shelf import OwnShelf, Shelf
from providers.zenki import Zenki, ZenkiSettings
from providers.zenki.blind import BLINDNESS as ZENKI_BLINDNESS

S = TypeVar("S", bound=BaseModel)


class Account(Provider, Protocol):
    """A provider that holds connections and lets go of them."""

    def close(self) -> None:
        """Let go of everything that is held open."""
        ...


@dataclass(frozen=True)
class Kind(Generic[S]):
    """One kind of provider."""

    settings: type[S]
    construct: Callable[[AccountName, S, httpx.BaseTransport | None, Shelf], Account]
    blindness: Blindness
    """What its API can't show."""
    order_space: OrderSpace | None = None
    """The kind of order id by which accounts of this kind read orders, if they do."""
    order_prefix: str = ""
    """What stands before it in the name of a record, where complaints are records too."""
    mails: frozenset[PushKind] = frozenset()
    """Pushes after which it may write to the customer, as far as its documents tell."""

    def load(self, raw: Mapping[str, object]) -> S:
        """Validate an account's own keys.  Raises pydantic.ValidationError, without values."""
        return self.settings.model_validate(dict(raw))

    def build(
        self,
        account: AccountName,
        raw: Mapping[str, object],
        transport: httpx.BaseTransport | None = None,
        shelf: Shelf | None = None,
    ) -> Account:
        """Make a working account.  In a process that forks, build after the fork.

        Without a shelf its tokens are its own.
        """
        return self.construct(account, self.load(raw), transport, shelf or OwnShelf())


def _bizkithub(
    account: AccountName,
    settings: BizKitHubSettings,
    transport: httpx.BaseTransport | None,
    _shelf: Shelf,
) -> Account:
    return BizKitHub(account, settings, make_client(settings.base_url, transport))


def _zenki(
    account: AccountName,
    settings: ZenkiSettings,
    transport: httpx.BaseTransport | None,
    shelf: Shelf,
) -> Account:
    return Zenki(account, settings, make_client(settings.base_url, transport), shelf)


def _chat(
    account: AccountName,
    settings: ChatSettings,
    transport: httpx.BaseTransport | None,
    _shelf: Shelf,
) -> Account:
    host = settings.host_url
    return Chat(account, settings, None if host is None else make_client(host, transport))


BIZKITHUB: Final = Kind(
    BizKitHubSettings,
    _bizkithub,
    BIZKITHUB_BLINDNESS,
    OrderSpace.HASH,
    "order:",
    # A complaint has an address for its mail (complaint/create), an order a mail for each status
    # (order/create, side effects; order status workflows).
    mails=frozenset(
        {PushKind.CREATE, PushKind.SET_STATUS, PushKind.CREATE_ORDER, PushKind.EDIT_ORDER}
        | {PushKind.CANCEL_ORDER, PushKind.SHIP, PushKind.TRACK, PushKind.DELIVER}
    ),
)
# Its documents name no mail to the shopper but that of the escrow, which no push causes.
ZENKI: Final = Kind(ZenkiSettings, _zenki, ZENKI_BLINDNESS, OrderSpace.PAYMENT)
CHAT: Final = Kind(ChatSettings, _chat, CHAT_BLINDNESS)

Kinds = Mapping[str, Kind[Any]]
"""Kinds of providers by the name that an account's ``provider`` key has."""

PROVIDERS: Final[Kinds] = {"bizkithub": BIZKITHUB, "zenki": ZENKI, "chat": CHAT}
"""Those there are.  Whoever wires accounts takes the table as an argument."""
