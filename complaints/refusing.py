"""Finding what an act names, or refusing the act.  Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from complaints.docket import Docket, Taken
    from complaints.model import Complaint, Mirror, Observation
    from complaints.vocabulary import AccountName, ComplaintNumber, ExternalId, ShopName


class Refused(Exception):
    """The act can't be carried out; the text says why."""


def named(
    docket: Docket, observation: Observation, shop: ShopName, number: ComplaintNumber
) -> Complaint:
    """The complaint of the shop that had this number when the act was done.  Raises Refused."""
    complaint = docket.book.numbered(number)
    if complaint is None or complaint.shop != shop or complaint.born > observation.seq:
        raise Refused("no such complaint")
    return complaint


def held_record(
    docket: Docket,
    observation: Observation,
    taken: Taken,
    account: AccountName,
    external_id: ExternalId,
) -> tuple[Mirror, Complaint]:
    """A record of the shop and the complaint that it belongs to by itself.  Raises Refused."""
    profile = taken.accounts.get(account)
    mirror = docket.book.held(account, external_id)
    if profile is None or profile.shop != taken.rules.name or mirror is None:
        raise Refused("no such record")
    if mirror.home is None or mirror.first > observation.seq:
        raise Refused("no complaint is known there")
    return mirror, docket.book.complaint(mirror.home)
