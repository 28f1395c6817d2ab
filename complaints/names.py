"""By which names a batch speaks of what may be known already."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from complaints.acts import AttachFile, OrderErrand
from complaints.model import (
    OPERATOR,
    AccountName,
    Change,
    ComplaintNumber,
    ExternalId,
    Observation,
    OrderKey,
    OrderSpace,
    ShopName,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from complaints.rules import AccountProfile

Piece = Change | AttachFile | OrderErrand
"""One thing that an observation says."""

News = tuple[Observation, tuple[Piece, ...]]
"""An observation and what it says."""


@dataclass(frozen=True)
class Named:
    """Everything by which a batch may name what is known already."""

    externals: frozenset[tuple[AccountName, ExternalId]]
    aliases: frozenset[tuple[AccountName, str]]
    keys: frozenset[tuple[ShopName, OrderSpace, str]]
    numbers: frozenset[ComplaintNumber]

    def names(self) -> Iterator[str]:
        """One text per name, for locks."""
        for parts in (self.externals, self.aliases, self.keys):
            for part in parts:
                yield "/".join(part)
        yield from self.numbers


def shop_of(
    observation: Observation,
    pieces: Sequence[Piece],
    accounts: Mapping[AccountName, AccountProfile],
) -> ShopName | None:
    """The shop under whose rules an observation is decided; None: nobody's.

    A person's act names its shop; anything else is the shop's whose account it is.
    """
    if observation.account != OPERATOR:
        return accounts[observation.account].shop
    return next((piece.shop for piece in pieces if not isinstance(piece, Change)), None)


def name_all(news: Sequence[News], accounts: Mapping[AccountName, AccountProfile]) -> Named:
    """Collect the names that a batch uses."""
    externals, aliases, keys, numbers = set(), set(), set(), set()
    for observation, pieces in news:
        shop = shop_of(observation, pieces, accounts)
        for piece in pieces:
            match piece:
                case AttachFile():
                    numbers.add(piece.number)
                case Change() if shop is not None:
                    if piece.external_id is not None:
                        externals.add((observation.account, piece.external_id))
                    if piece.alias:
                        aliases.add((observation.account, piece.alias))
                    if piece.reference is not None:
                        numbers.add(piece.reference)
                    for key in piece.order_keys:
                        keys.add((shop, key.space, key.value))
                        externals |= order_records(shop, key, accounts)
    return Named(frozenset(externals), frozenset(aliases), frozenset(keys), frozenset(numbers))


def order_records(
    shop: ShopName, key: OrderKey, accounts: Mapping[AccountName, AccountProfile]
) -> set[tuple[AccountName, ExternalId]]:
    """The records by which the shop's accounts may be read about an order with this key."""
    return {
        (account.name, account.order_record(key))
        for account in accounts.values()
        if account.shop == shop and account.order_space is key.space
    }
