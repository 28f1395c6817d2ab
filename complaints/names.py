"""By which names a batch speaks of what may be known already."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from complaints.acts import (
    AdoptRecord,
    AnyAct,
    AttachFile,
    KeepApart,
    LinkRecord,
    MergeComplaints,
    PushAct,
    SettleConflict,
    SplitComplaint,
    UnlinkRecord,
)
from complaints.model import Change, Observation, OrderKey
from complaints.vocabulary import (
    OPERATOR,
    AccountName,
    ComplaintNumber,
    ExternalId,
    OrderSpace,
    ShopName,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from complaints.rules import AccountProfile

Piece = Change | AnyAct
"""One thing that an observation says."""

News = tuple[Observation, tuple[Piece, ...]]
"""An observation and what it says."""


@dataclass(frozen=True)
class Named:
    """Everything by which a batch may name what is known already."""

    externals: set[tuple[AccountName, ExternalId]]
    aliases: set[tuple[AccountName, str]]
    keys: set[tuple[ShopName, OrderSpace, str]]
    numbers: set[ComplaintNumber]

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
    named = Named(set(), set(), set(), set())
    for observation, pieces in news:
        shop = shop_of(observation, pieces, accounts)
        for piece in pieces:
            if not isinstance(piece, Change):
                _name_act(named, piece)
            elif shop is not None:
                _name_change(named, piece, observation.account, shop, accounts)
    return named


def _name_change(
    named: Named,
    change: Change,
    account: AccountName,
    shop: ShopName,
    accounts: Mapping[AccountName, AccountProfile],
) -> None:
    if change.external_id is not None:
        named.externals.add((account, change.external_id))
    if change.alias:
        named.aliases.add((account, change.alias))
    if change.reference is not None:
        named.numbers.add(change.reference)
    for key in change.order_keys:
        named.keys.add((shop, key.space, key.value))
        named.externals.update(order_records(shop, key, accounts))


def _name_act(named: Named, act: AnyAct) -> None:
    match act:
        case AdoptRecord():
            named.numbers.add(act.number)
            named.externals.add((act.account, act.external_id))
        case AttachFile() | SettleConflict() | SplitComplaint() | PushAct():
            named.numbers.add(act.number)
        case MergeComplaints():
            named.numbers.update({act.number, act.into})
        case KeepApart():
            named.numbers.update({act.number, act.other})
        case LinkRecord():
            named.numbers.add(act.number)
            named.externals.add((act.account, act.external_id))
        case UnlinkRecord():
            named.externals.add((act.account, act.external_id))


def order_records(
    shop: ShopName, key: OrderKey, accounts: Mapping[AccountName, AccountProfile]
) -> set[tuple[AccountName, ExternalId]]:
    """The records by which the shop's accounts may be read about an order with this key."""
    return {
        (account.name, account.order_record(key))
        for account in accounts.values()
        if account.shop == shop and account.order_space is key.space
    }
