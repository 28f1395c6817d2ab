"""What people do about pushes that no program can end: manual actions and unknown outcomes.  Pure.

A push is named by what it was to bring about, so that the act can be folded again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from complaints.acts import AdoptRecord, DonePush, GiveUpPush, PushAct, ResendPush, TakePush
from complaints.model import Push
from complaints.refusing import Refused, held_record, named
from complaints.vocabulary import PushState

if TYPE_CHECKING:
    from datetime import datetime

    from complaints.docket import Docket, Taken
    from complaints.model import Complaint, Observation


def work(
    docket: Docket, observation: Observation, act: PushAct, taken: Taken, now: datetime
) -> None:
    """Take in what a person has done about a push.  Raises Refused."""
    complaint = named(docket, observation, act.shop, act.number)
    taken.complaint_id = complaint.id
    match act:
        case TakePush():
            push = _find(docket, complaint, act, PushState.MANUAL)
            docket.push_notes.append({"id": push.id, "owner": act.by})
        case DonePush():
            push = _find(docket, complaint, act, PushState.MANUAL)
            docket.push_notes.append(
                {"id": push.id, "owner": act.by, "said_done_at": now.isoformat()}
            )
            if act.cannot_be_seen:
                _end(
                    docket,
                    complaint,
                    push,
                    PushState.DONE,
                    f"done by {act.by}, unseen: {act.reason}",
                )
        case ResendPush():
            push = _find(docket, complaint, act, PushState.UNKNOWN, PushState.PARKED)
            _end(docket, complaint, push, PushState.DUE, f"sent once more by {act.by}")
        case GiveUpPush():
            push = _find(docket, complaint, act, PushState.UNKNOWN)
            _end(docket, complaint, push, PushState.PARKED, f"given up by {act.by}: {act.reason}")
            taken.touch(docket.book.root(complaint.id).id, "given-up")
        case AdoptRecord():
            push = _find(docket, complaint, act, PushState.UNKNOWN)
            _adopt(docket, observation, act, complaint, taken)
            _end(docket, complaint, push, PushState.DONE, f"{act.external_id} is it, says {act.by}")
            taken.touch(docket.book.root(complaint.id).id, "adopted")


def _find(docket: Docket, complaint: Complaint, act: PushAct, *states: PushState) -> Push:
    """The push that the act is about, in one of these states.  Raises Refused."""
    wanted = (act.account, act.kind, act.target, act.record)
    for push in docket.book.pushes_of(docket.book.root(complaint.id).id):
        said = (push.account, push.kind, push.target, push.external_id or push.file)
        if push.state in states and said == wanted:
            return push
    raise Refused(f"no such push is {' or '.join(states)}")


def _end(docket: Docket, complaint: Complaint, push: Push, state: PushState, detail: str) -> None:
    """Bring a push to a state by a person's word."""
    docket.book.move_pushes(docket.book.root(complaint.id).id, [push.id], state)
    docket.push_ends.append({"id": push.id, "state": state, "detail": detail})


def _adopt(
    docket: Docket,
    observation: Observation,
    act: AdoptRecord,
    complaint: Complaint,
    taken: Taken,
) -> None:
    """Make a record the complaint's, whether anything was heard of it before or not."""
    known = docket.book.held(act.account, act.external_id)
    if known is None or known.home is None:
        mirror = docket.book.mirror(act.account, act.external_id)
        docket.book.read(docket.book.attach(mirror, complaint), "hint")
        return
    mirror, home = held_record(docket, observation, taken, act.account, act.external_id)
    if docket.book.head(home.id).id == docket.book.head(complaint.id).id:
        return
    if mirror.opened is None:
        raise Refused(f"it belongs to complaint {home.number}")
    for root in docket.book.join({home.id: complaint.id}, by_hand=True):
        taken.touch(root, "adopted")
