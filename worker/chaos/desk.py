"""The person at the desk of unknown outcomes: looks into the providers' own pages, and decides.

What Redress doesn't know, they see there: a record that arrived is adopted, one that didn't is
sent once more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from complaints.acts import AdoptRecord, ResendPush
from complaints.vocabulary import PushKind, ShopName
from worker.demo.world import SHOP

if TYPE_CHECKING:
    from complaints.store.waiting import UnknownPush
    from complaints.vocabulary import ExternalId
    from providers.sandbox.client import SandboxControl
    from worker.demo.house import Office

_SHOP = ShopName(SHOP)

BY = "the unknown desk"


@dataclass
class Desk:
    """Works the list of unknown outcomes whenever Redress has come to rest."""

    office: Office
    sandbox: SandboxControl
    shop: ShopName = _SHOP
    arrived: int = 0
    """Writes that had arrived, though their answers hadn't."""
    sent_again: int = 0
    """Writes that hadn't."""
    creates: int = 0
    """How many of all were to create a complaint at BizKitHub."""

    def work(self) -> bool:
        """Decide about all that is unknown.  Whether there was anything."""
        waiting = self.office.unknown()
        for push in waiting:
            self._decide(push)
        return bool(waiting)

    def _decide(self, push: UnknownPush) -> None:
        named = {
            "shop": self.shop,
            "by": BY,
            "number": push.number,
            "account": push.account,
            "kind": push.kind,
            "target": push.target,
            "record": push.record,
        }
        self.creates += push.kind is PushKind.CREATE
        record = self._record(push)
        if record is None:
            self.office.act(ResendPush.model_validate(named))
            self.sent_again += 1
        else:
            self.office.act(AdoptRecord.model_validate({**named, "external_id": record}))
            self.arrived += 1

    def _record(self, push: UnknownPush) -> ExternalId | str | None:
        """What the write has made there; None: nothing."""
        if push.kind is PushKind.CREATE:
            mark = f"[ref {push.number}]"
            made = (one for one in self.sandbox.complaints() if mark in str(one["description"]))
            return next((str(one["id"]) for one in made), None)
        if push.record is None:
            return None
        order = self.sandbox.zenki_order(push.record)
        return push.record if order["status"] == "REFUNDED" else None
