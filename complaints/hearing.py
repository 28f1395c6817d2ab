"""What an account says, taken into the records of a batch.  Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from complaints import lifecycle, placing, reconcile, telling, tracking
from complaints.model import Change, Mirror, Observation, OrderFacts, Push
from complaints.names import order_records
from complaints.rules import AuthorityField
from complaints.vocabulary import Subject, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from complaints.docket import Docket, Taken
    from complaints.names import Piece


def hear(docket: Docket, observation: Observation, change: Change, taken: Taken) -> None:
    """Take in what an account says."""
    match change.subject:
        case Subject.UNREADABLE:
            taken.end(Verdict.QUARANTINED, change.reason)
        case Subject.HINT:
            shop = taken.rules.name
            if docket.book.follow(observation.account, change, shop, taken.reading):
                taken.end(Verdict.APPLIED)
            else:
                taken.end(Verdict.SUPERSEDED, "names nothing that is known")
        case Subject.GONE:
            taken.end(Verdict.APPLIED, change.reason or "not visible")
        case Subject.ORDER:
            _hear_order(docket, observation, change, taken)
        case Subject.COMPLAINT:
            _hear_complaint(docket, observation, change, taken)


def take_back(
    docket: Docket, observation: Observation, pieces: Sequence[Piece], taken: Taken
) -> bool:
    """Take back what an observation told when it was decided before; it is told anew then.

    False: nothing is taken back, for a complaint began with it that it doesn't tell of any more,
    and complaints aren't deleted.
    """
    complaints = {
        piece.external_id
        for piece in pieces
        if isinstance(piece, Change) and piece.subject is Subject.COMPLAINT
    }
    tellers = docket.book.tellers(observation.seq)
    for mirror in tellers:
        begun = None if mirror.opened is None else docket.book.complaint(mirror.opened)
        if begun and begun.born == observation.seq and mirror.external_id not in complaints:
            reason = f"complaint {begun.number} began with it, and it doesn't tell of that now"
            taken.end(Verdict.QUARANTINED, reason)
            return False
    for mirror in tellers:
        pushes = _pushes_to(docket, mirror)
        docket.book.put_mirror(telling.take_back(mirror, observation.seq, pushes))
        if mirror.complaint_id is not None:
            complaint = docket.book.root(mirror.complaint_id)
            taken.touch(complaint.id)
            taken.withdrawn.add(complaint.id)
    return True


def _hear_order(docket: Docket, observation: Observation, change: Change, taken: Taken) -> None:
    order = docket.book.order(taken.rules.name, change.order_keys)
    taken.end(Verdict.APPLIED)
    if change.external_id is not None:
        mirror = docket.book.mirror(observation.account, change.external_id)
        told = mirror.model_copy(
            update={
                "order_said": telling.hear_order(mirror.order_said, change, observation),
                "order_id": order.id if order else mirror.order_id,
            }
        )
        docket.book.put_mirror(telling.retell(told, _pushes_to(docket, told)))
        if told.order_said.marks.get("word", 0) > observation.as_of:
            taken.end(Verdict.SUPERSEDED, "older-read")
            if not observation.again:
                docket.book.read(mirror, "again")
    if order is None:
        return
    for key in order.keys:
        for account, record in sorted(order_records(taken.rules.name, key, taken.accounts)):
            docket.book.track(account, record, order.id, taken.reading)


def restate_orders(docket: Docket, taken: Taken) -> None:
    """Say anew what is known of the orders that were spoken of, and whose case it is."""
    for order_id in sorted(docket.book.stirred):
        order = docket.book.order_of(order_id)
        if order is None:
            continue
        facts = tracking.agreed(
            *(
                [mirror.order_said for mirror in tellers(docket, order_id, taken, field)]
                for field in (AuthorityField.TOTAL, AuthorityField.OWNER)
            )
        )
        told = {name: getattr(facts, name) for name in OrderFacts.model_fields}
        if any(getattr(order, name) != value for name, value in told.items()):
            docket.book.put_order(order.model_copy(update=told))
        for complaint_id in docket.book.complaints_of(order_id):
            taken.touch(complaint_id)
            taken.restated.add(complaint_id)
    docket.book.stirred.clear()


def tellers(
    docket: Docket, order_id: int, taken: Taken, field: AuthorityField = AuthorityField.STATUS
) -> list[Mirror]:
    """What accounts hold of an order, the most trusted of that field first."""
    providers = {name: account.provider for name, account in taken.accounts.items()}
    return sorted(
        docket.book.mirrors_of_order(order_id),
        key=lambda m: lifecycle.rank(m, providers, taken.rules.trusted(field)),
    )


def _pushes_to(docket: Docket, mirror: Mirror) -> Sequence[Push]:
    return docket.book.pushes_of(mirror.complaint_id) if mirror.complaint_id else ()


def _hear_complaint(docket: Docket, observation: Observation, change: Change, taken: Taken) -> None:
    if change.external_id is None:
        taken.end(Verdict.QUARANTINED, "a complaint without an id")
        return
    mirror = docket.book.mirror(observation.account, change.external_id)
    home, rule = placing.find(docket, observation, change, mirror, taken.rules)
    if home is None:
        home = placing.open_case(docket, observation, change, change.external_id, taken.rules)
        rule = "new-case"
        mirror = mirror.model_copy(update={"opened": home.id})
    if mirror.home != home.id:
        mirror = docket.book.attach(mirror, home)
    complaint = docket.book.root(home.id)
    order = docket.book.order(taken.rules.name, change.order_keys)
    if order is not None and mirror.order_id is None:
        mirror = mirror.model_copy(update={"order_id": order.id})
    begins = observation.seq < home.born or (observation.again and observation.seq == home.born)
    if mirror.opened == home.id and begins:
        placing.open_earlier(docket, home, observation, change, taken.rules)
        docket.book.placed |= {mirror.order_id} if mirror.order_id is not None else set()
    folded = reconcile.fold(mirror, change, observation, docket.book.pushes_of(complaint.id))
    taken.complaint_id = home.id
    docket.book.put_mirror(folded.mirror)
    if mirror.due_at is not None and folded.mirror.due_at != mirror.due_at:
        taken.doubts.append("its due date there has moved, and nobody said so")
    if not folded.applied:
        taken.reason = folded.rule
        if folded.rule == "older-read" and not observation.again:
            # An account that has lost its own history would be read without an end.
            docket.book.read(mirror, "again")
        began_otherwise = docket.book.complaint(complaint.id) != complaint
        if observation.again or began_otherwise or taken.rules.pauses:
            # It says nothing new, and yet how the case began, or when it waited, is told by it.
            taken.touch(complaint.id, folded.rule)
        return
    taken.end(Verdict.APPLIED)
    why = f"{rule}/{folded.rule}" if rule else folded.rule
    taken.touch(complaint.id, why, folded.seen)
