"""What people do through Redress: each act is an observation of the account ``operator``.

An act names its shop, so that it is decided under that shop's rules, and says who did it.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter, ValidationError

from complaints.model import Change, Observation, Record
from complaints.vocabulary import (
    AccountName,
    ComplaintNumber,
    ExternalId,
    Outcome,
    PushKind,
    ShopName,
    Status,
    Subject,
)


class Act(Record):
    """Something that a person did."""

    shop: ShopName
    by: str
    """The user of the machine, or the name of a token."""


class AttachFile(Act):
    """A file belongs to a complaint.  Its content was kept before, under its digest."""

    act: Literal["attach"] = "attach"
    number: ComplaintNumber
    digest: str = Field(pattern=r"^[0-9a-f]{64}$")
    name: str = Field(min_length=1, max_length=120)
    media_type: str


class OrderErrand(Act):
    """One call about an order at one account, made once."""

    act: Literal["errand"] = "errand"
    account: AccountName
    kind: PushKind
    external_id: ExternalId | None = None
    draft: str = "{}"
    """What to send, in the provider's own terms: the text of a JSON object, so that amounts
    keep their digits.  It may hold personal data."""


class LinkRecord(Act):
    """What an account holds belongs to this complaint, with the case that was opened on it."""

    act: Literal["link"] = "link"
    account: AccountName
    external_id: ExternalId
    number: ComplaintNumber


class UnlinkRecord(Act):
    """What an account holds is a complaint of its own, or its former one's again."""

    act: Literal["unlink"] = "unlink"
    account: AccountName
    external_id: ExternalId


class SplitComplaint(Act):
    """A complaint that is one with another is one of its own, and stays so."""

    act: Literal["split"] = "split"
    number: ComplaintNumber


class MergeComplaints(Act):
    """Two complaints are one: all that belongs to `number` belongs to `into`."""

    act: Literal["merge"] = "merge"
    number: ComplaintNumber
    into: ComplaintNumber
    evidence: str = Field(default="", max_length=200)
    """What has spoken for it, where that was weighed."""


class KeepApart(Act):
    """Two complaints that look like one are two: nobody is asked again."""

    act: Literal["apart"] = "apart"
    number: ComplaintNumber
    other: ComplaintNumber
    reason: str = Field(default="", max_length=400)


class SettleConflict(Act):
    """A person decides who won where accounts contradict each other."""

    act: Literal["settle"] = "settle"
    number: ComplaintNumber
    outcome: Literal[Outcome.UPHELD, Outcome.REFUSED, Outcome.PARTIAL]
    reason: str = Field(default="", max_length=400)


class PushAct(Act):
    """Something about one push, named by what it was to bring about."""

    number: ComplaintNumber
    account: AccountName
    kind: PushKind
    target: Status | None = None
    record: str | None = None
    """The record there that it is about, or the digest of the file."""


class TakePush(PushAct):
    """A person takes a manual action on."""

    act: Literal["take"] = "take"


class DonePush(PushAct):
    """A person says that a manual action is done: it ends when an observation shows that."""

    act: Literal["done"] = "done"
    cannot_be_seen: bool = False
    """Nothing will show it: it ends at once."""
    reason: str = Field(default="", max_length=400)


class ResendPush(PushAct):
    """A push is sent once more.

    Its answer was lost and a person saw that it hadn't arrived, or it was set aside and what kept
    it is mended.
    """

    act: Literal["resend"] = "resend"


class GiveUpPush(PushAct):
    """A push whose answer was lost isn't sent any more."""

    act: Literal["give-up"] = "give-up"
    reason: str = Field(min_length=1, max_length=400)


class AdoptRecord(PushAct):
    """A push whose answer was lost has made this record."""

    act: Literal["adopt"] = "adopt"
    external_id: ExternalId


class ReplayObservations(Act):
    """Observations are decided once more: which ones, and by what they were chosen.

    It tells who did it.  What comes of it is told by the observations themselves.
    """

    act: Literal["replay"] = "replay"
    observations: tuple[int, ...]
    chosen: str = ""


class AdoptRules(Act):
    """A shop has other rules from now on.  All its complaints are weighed anew under them."""

    act: Literal["rules"] = "rules"
    rules: dict[str, Any]
    """All of them, by name, as this version of Redress knows them."""


Matching = LinkRecord | UnlinkRecord | MergeComplaints | SplitComplaint | KeepApart
"""Acts that say whose case a record is."""

Handwork = TakePush | DonePush | ResendPush | GiveUpPush | AdoptRecord
"""Acts about a push that no program can end."""

AnyAct = (
    AttachFile
    | OrderErrand
    | Matching
    | Handwork
    | SettleConflict
    | ReplayObservations
    | AdoptRules
)

_READ: TypeAdapter[AnyAct] = TypeAdapter(Annotated[AnyAct, Field(discriminator="act")])

ERRAND: TypeAdapter[OrderErrand] = TypeAdapter(OrderErrand)

FORM = "act"
"""The form of an operator's observation."""


def read(observation: Observation) -> AnyAct | Change:
    """The act that an observation holds.  Pure and total: what can't be read is a change."""
    try:
        return _READ.validate_json(observation.body)
    except ValidationError as error:
        fields = sorted({".".join(map(str, row["loc"])) for row in error.errors()})
        reason = f"an act that this version can't read: {', '.join(fields)[:200]}"
        return Change(subject=Subject.UNREADABLE, reason=reason)
