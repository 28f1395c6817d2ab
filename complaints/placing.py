"""Whose case a record is, and how a case begins.  Pure.

A record is known by its id there, else by our own reference where we wrote it, else by the
dispute that we opened; whatever nobody knows is a case of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from complaints import deadlines, ladder, reconcile
from complaints.model import Change, Claim, Complaint, Mirror, Observation, Trace
from complaints.vocabulary import ExternalId, PushKind, PushState, Source, Subject

if TYPE_CHECKING:
    from complaints.docket import Docket
    from complaints.rules import ShopRules

_IN_FLIGHT: Final = frozenset({PushState.SENDING, PushState.UNKNOWN})
_TO_BE_SENT_AGAIN: Final = frozenset({PushState.DUE, PushState.PARKED})


def find(
    docket: Docket, observation: Observation, change: Change, mirror: Mirror, rules: ShopRules
) -> tuple[Complaint | None, str]:
    """The complaint that a record belongs to: by id there, our reference, or our own push."""
    if mirror.home is not None:
        return docket.book.complaint(mirror.home), ""
    named = docket.book.numbered(change.reference)
    # Anybody can write our reference into a text: it counts only where we wrote it.
    ours = named and _in_flight(docket, named.id, observation, PushKind.CREATE)
    if named is not None and named.shop == rules.name and ours:
        return named, "our-reference"
    for complaint_id in docket.book.complaints_of(mirror.order_id):
        asked = _in_flight(docket, complaint_id, observation, PushKind.OPEN_DISPUTE)
        if asked is not None:
            return asked, "our-dispute"
    return None, ""


def _in_flight(
    docket: Docket, complaint_id: int, seen: Observation, kind: PushKind
) -> Complaint | None:
    """The complaint of the push that may have made this known there before it was seen.

    Only a push whose answer hasn't told the id.
    """
    asked = (
        push.complaint_id
        for push in docket.book.pushes_of(complaint_id)
        if push.account == seen.account
        and push.kind is kind
        and push.sent < seen.as_of
        and (push.state in _IN_FLIGHT or (push.tried and push.state in _TO_BE_SENT_AGAIN))
    )
    found = next(asked, None)
    return None if found is None else docket.book.complaint(found)


def open_case(
    docket: Docket,
    observation: Observation,
    change: Change,
    external_id: ExternalId,
    rules: ShopRules,
) -> Complaint:
    """Open a complaint on the news of an account, under the number that was promised if any."""
    name = docket.book.next_name(observation.account, external_id, observation.number)
    complaint = reconcile.open_case(name.id, name.number, change, observation, rules)
    _bear(docket, complaint, change, rules)
    return complaint


def open_earlier(
    docket: Docket, complaint: Complaint, observation: Observation, change: Change, rules: ShopRules
) -> None:
    """It was opened on news that came later: tell its beginning by these."""
    born = reconcile.birth(change, observation, rules)
    _bear(docket, docket.book.complaint(complaint.id).model_copy(update=born), change, rules)


def _bear(docket: Docket, complaint: Complaint, change: Change, rules: ShopRules) -> None:
    """Write down how a complaint began."""
    docket.book.put_complaint(complaint)
    claim = change.claim or Claim()
    docket.claims[complaint.id] = {
        "complaint_id": complaint.id,
        "raiser": claim.raiser,
        "body": claim.model_dump(mode="json"),
    }
    trace = change.trace or Trace()
    docket.traces[complaint.id] = {
        "complaint_id": complaint.id,
        "shop": complaint.shop,
        **trace.model_dump(mode="json"),
    }
    due = deadlines.first_due(complaint.opened_at, rules)
    set_clock(docket, complaint.id, due, rules, moved=False)


def set_clock(
    docket: Docket, complaint_id: int, due: deadlines.Due, rules: ShopRules, *, moved: bool
) -> None:
    """Write down which clock counts, and when it ends: a `moved` one is a new version."""
    begun = docket.deadlines.get(complaint_id)
    docket.deadlines[complaint_id] = {
        "complaint_id": complaint_id,
        "clock": due.clock,
        "due_at": due.at.isoformat(),
        "rules_version": str(rules.version),
        # Within one batch it has moved against what was known before that.
        "moved": begun["moved"] if begun else moved,
    }
    set_ladder(docket, complaint_id, due, rules)


def set_ladder(docket: Docket, complaint_id: int, due: deadlines.Due, rules: ShopRules) -> None:
    """Have the ladder looked at from its first rung on; what was fired isn't fired again.

    Nobody climbs while the clock stands still.
    """
    rung_at = ladder.first_at(due.at, ladder.ladder(rules.ladder))
    docket.rungs[complaint_id] = {
        "id": complaint_id,
        "rung_at": rung_at.isoformat() if due.paused_at is None else None,
    }


def open_on(
    docket: Docket,
    mirror: Mirror,
    external_id: ExternalId,
    observation: Observation,
    rules: ShopRules,
) -> Complaint:
    """Open a complaint on a record that belonged to another one, from its first statement."""
    first = min(mirror.history, key=lambda said: said.seq, default=None)
    change = Change(
        subject=Subject.COMPLAINT,
        filed_at=first.at if first else None,
        acts=first is not None and not first.quiet,
    )
    told = observation.model_copy(
        update={
            "account": mirror.account,
            "seq": first.seq if first else observation.seq,
            "source": Source.IMPORT if first and first.quiet else observation.source,
            "number": None,
        }
    )
    return open_case(docket, told, change, external_id, rules)
