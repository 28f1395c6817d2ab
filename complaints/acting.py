"""What a person did, taken into the records of a batch.  Pure.

Acts wait until all that was received before them is decided, so that what they mean doesn't
depend on the order of working.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from complaints import handwork, placing
from complaints.acts import (
    AdoptRecord,
    AdoptRules,
    AnyAct,
    AttachFile,
    DonePush,
    GiveUpPush,
    KeepApart,
    LinkRecord,
    Matching,
    MergeComplaints,
    OrderErrand,
    ReplayObservations,
    ResendPush,
    SettleConflict,
    SplitComplaint,
    TakePush,
    UnlinkRecord,
)
from complaints.model import Complaint, File, Observation, WantedPush
from complaints.refusing import Refused, held_record, named
from complaints.vocabulary import NEEDS, Verdict

if TYPE_CHECKING:
    from datetime import datetime

    from complaints.docket import Docket, Taken


def carry_out(
    docket: Docket, observation: Observation, act: AnyAct, taken: Taken, now: datetime
) -> None:
    """Take in what a person did; an act that can't be carried out is set aside, with its reason."""
    taken.end(Verdict.APPLIED)
    try:
        match act:
            case AttachFile():
                _attach(docket, observation, act, taken)
            case OrderErrand():
                _run_errand(docket, observation, act, taken, now)
            case LinkRecord() | UnlinkRecord() | MergeComplaints() | SplitComplaint() | KeepApart():
                _match(docket, observation, act, taken)
            case TakePush() | DonePush() | ResendPush() | GiveUpPush() | AdoptRecord():
                handwork.work(docket, observation, act, taken, now)
            case SettleConflict():
                _rule(docket, observation, act, taken)
            case ReplayObservations() | AdoptRules():
                pass  # it was done when this was kept
    except Refused as refusal:
        taken.end(Verdict.QUARANTINED, str(refusal))


def _match(docket: Docket, observation: Observation, act: Matching, taken: Taken) -> None:
    """Take in what a person said of whose case a record is.  Raises Refused."""
    match act:
        case LinkRecord():
            _link(docket, observation, act, taken)
        case UnlinkRecord():
            _unlink(docket, observation, act, taken)
        case MergeComplaints():
            _merge(docket, observation, act, taken)
        case SplitComplaint():
            _split(docket, observation, act, taken)
        case KeepApart():
            _keep_apart(docket, observation, act, taken)


def _attach(docket: Docket, observation: Observation, act: AttachFile, taken: Taken) -> None:
    complaint = named(docket, observation, act.shop, act.number)
    taken.complaint_id = complaint.id
    file = File(digest=act.digest, name=act.name, media_type=act.media_type)
    if not docket.book.add_file(complaint.id, file):
        taken.end(Verdict.SUPERSEDED, "attached before")
        return
    docket.new_files.append(
        {
            "complaint_id": complaint.id,
            "digest": act.digest,
            "name": act.name,
            "media_type": act.media_type,
            "seq": observation.seq,
        }
    )
    taken.touch(complaint.id, "attached")


def _run_errand(
    docket: Docket, observation: Observation, act: OrderErrand, taken: Taken, now: datetime
) -> None:
    profile = taken.accounts.get(act.account)
    if profile is None or profile.shop != act.shop:
        raise Refused("no such account")
    if NEEDS.get(act.kind) not in profile.capabilities:
        raise Refused(f"{act.account} can't do that")
    key = f"{act.kind}:{act.account}:{observation.seq}"
    wanted = WantedPush(key=key, account=act.account, kind=act.kind, reason=f"by {act.by}")
    docket.ask(wanted, None, observation, now)


def _link(docket: Docket, observation: Observation, act: LinkRecord, taken: Taken) -> None:
    book = docket.book
    into = named(docket, observation, act.shop, act.number)
    mirror, home = held_record(docket, observation, taken, act.account, act.external_id)
    if book.head(home.id).id == book.head(into.id).id:
        raise Refused("it belongs there already")
    if mirror.opened is not None:
        _join(docket, home, into, taken, "linked")
        return
    taken.touch(book.root(home.id).id, "linked")
    taken.touch(book.root(into.id).id, "linked")
    book.attach(mirror, into)
    taken.complaint_id = into.id


def _merge(docket: Docket, observation: Observation, act: MergeComplaints, taken: Taken) -> None:
    gone = docket.book.head(named(docket, observation, act.shop, act.number).id)
    into = named(docket, observation, act.shop, act.into)
    if gone.id == docket.book.head(into.id).id:
        raise Refused("they are one already")
    _join(docket, gone, into, taken, "matched-by-evidence" if act.evidence else "merged")
    taken.reason = act.evidence


def _keep_apart(docket: Docket, observation: Observation, act: KeepApart, taken: Taken) -> None:
    pair = (named(docket, observation, act.shop, one) for one in (act.number, act.other))
    first, second = sorted(one.id for one in pair)
    if first == second:
        raise Refused("it is one complaint")
    taken.complaint_id = first
    docket.apart.append(
        {
            "complaint_id": first,
            "other_id": second,
            "seq": observation.seq,
            "reason": act.reason,
        }
    )


def _split(docket: Docket, observation: Observation, act: SplitComplaint, taken: Taken) -> None:
    own = named(docket, observation, act.shop, act.number)
    if _stands_alone(docket, own, observation):
        raise Refused("it wasn't merged into another one")
    _join(docket, own, None, taken, "split")


def _unlink(docket: Docket, observation: Observation, act: UnlinkRecord, taken: Taken) -> None:
    mirror, own = held_record(docket, observation, taken, act.account, act.external_id)
    if mirror.opened is None:
        taken.touch(docket.book.root(own.id).id, "unlinked")
        own = placing.open_on(docket, mirror, act.external_id, observation, taken.rules)
        docket.book.attach(mirror.model_copy(update={"opened": own.id}), own)
    elif _stands_alone(docket, own, observation):
        raise Refused(f"complaint {own.number} was opened on it")
    _join(docket, own, None, taken, "unlinked")


def _join(docket: Docket, own: Complaint, into: Complaint | None, taken: Taken, why: str) -> None:
    """Make a case part of another one, or one of its own, because a person says so."""
    taken.complaint_id = own.id if into is None else into.id
    for root in docket.book.join({own.id: into.id if into else None}, by_hand=True):
        taken.touch(root, why)
    taken.touch(docket.book.root(own.id).id, why)


def _stands_alone(docket: Docket, own: Complaint, observation: Observation) -> bool:
    """Whether, when the act was done, nothing could be parted from a case by its own name.

    What people have brought to it goes by its own.
    """
    if own.by_hand and own.joined is None:
        return True
    book = docket.book
    whole = book.family(book.root(own.id).id)
    return not any(
        book.head(id_).id != own.id and book.complaint(id_).born < observation.seq
        for id_ in whole
        if id_ != own.id
    )


def _rule(docket: Docket, observation: Observation, act: SettleConflict, taken: Taken) -> None:
    complaint = named(docket, observation, act.shop, act.number)
    taken.complaint_id = complaint.id
    ruled = complaint.model_copy(update={"ruling": act.outcome, "ruled": observation.seq})
    docket.book.put_complaint(ruled)
    taken.touch(docket.book.root(complaint.id).id, "settled-by-a-person")
