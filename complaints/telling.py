"""What an account says of a case, from all that it ever said.  Pure.

Statements may be worked in any order: each is put in its place among the others, and the
mirror is told anew from the first to the last.  Inside one account its own event ids order
facts, else the begin of the read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from complaints import lifecycle
from complaints.model import Change, Mirror, Observation, OrderSaid, OrderStatement, Push, Said
from complaints.vocabulary import QUIET, Outcome, PushKind, PushState, Status

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from complaints.model import Event


def statement(change: Change, observation: Observation) -> Said:
    """What is remembered of a change."""
    return Said(
        seq=observation.seq,
        as_of=observation.as_of,
        at=change.filed_at or observation.received_at,
        heard=observation.received_at,
        due_at=change.due_at,
        word=change.word,
        status=change.status,
        covers=change.covers,
        outcome=change.outcome,
        money_moved=change.money_moved,
        refund_failed=change.refund_failed,
        settled=change.settled,
        events=change.events,
        quiet=is_quiet(change, observation),
    )


def is_quiet(change: Change, observation: Observation) -> bool:
    """Whether an import brought this, and nobody said that it may be acted on at once."""
    return observation.source in QUIET and not change.acts


def place(said: Said) -> tuple[int, int, int]:
    """Where a statement belongs among those of its account."""
    return newest(said.events), said.as_of, said.seq


def newest(events: Sequence[Event]) -> int:
    """Position of the last event; 0: there is none."""
    return max((event.position for event in events), default=0)


def contradicted(history: Sequence[Said]) -> frozenset[int]:
    """Observations that tell an event otherwise than one that saw it earlier: without effect."""
    first: dict[str, Event] = {}
    false: set[int] = set()
    for said in sorted(history, key=lambda one: (one.as_of, one.seq)):
        if any(first.get(event.id, event) != event for event in said.events):
            false.add(said.seq)
        else:
            first.update((event.id, event) for event in said.events)
    return frozenset(false)


class _State(NamedTuple):
    """A mirror at one point of its history."""

    word: str = ""
    status: Status | None = None
    stands: Status | None = None
    covers: frozenset[Status] = frozenset()
    outcome: Outcome = Outcome.NONE
    money_moved: bool = False
    refund_failed: bool = False
    settled: bool = False
    as_of: int = 0
    since: int = 0
    by: int = 0
    quiet: bool = False
    reopened: bool = False
    ours: bool = False
    last_event: int = 0
    due_at: datetime | None = None


def retell(mirror: Mirror, pushes: Sequence[Push]) -> Mirror:
    """The mirror as its history, and what we sent there, make it."""
    told = [p for p in pushes if p.kind is PushKind.SET_STATUS and p.account == mirror.account]
    false = contradicted(mirror.history)
    at = _State()
    for said in mirror.history:
        if said.seq not in false:
            at = _next(at, said, told)
    order = mirror.order_said
    if not mirror.history:
        at = at._replace(word=order.word or "", quiet=bool(order.quiet))
    if order.marks.get("settled", 0) > at.as_of:
        at = at._replace(settled=bool(order.settled))
    heard = max([at.as_of, *order.marks.values()])
    return mirror.model_copy(update=at._replace(as_of=heard)._asdict())


def _next(at: _State, said: Said, pushes: Sequence[Push]) -> _State:
    """One statement further."""
    seen = max(newest(said.events), at.last_event)
    if said.status is Status.UNKNOWN:
        # A word that no table lists begins no case anew: what was said before it counts.
        return at._replace(
            word=said.word,
            status=Status.UNKNOWN,
            settled=said.settled,
            as_of=said.as_of,
            last_event=seen,
            due_at=said.due_at or at.due_at,
        )
    unseen = [event for event in said.events if event.position > at.last_event]
    same = said.status is at.stands and said.covers == at.covers
    was_ended = at.stands in lifecycle.ENDED
    runs = said.status in lifecycle.RUNNING
    # It may have ended and been opened again between two reads.
    turned = runs and any(event.status in lifecycle.ENDED for event in unseen)
    stays = same and not turned
    outcome = said.outcome
    if said.status is Status.CLOSED and outcome is Outcome.UNKNOWN:
        # A desk's ``closed`` says nothing about who won: keep what was decided before.
        outcome = at.outcome if was_ended else Outcome.UNKNOWN
    return _State(
        word=said.word,
        status=said.status,
        stands=said.status,
        covers=said.covers,
        outcome=outcome,
        money_moved=said.money_moved,
        refund_failed=said.refund_failed,
        settled=said.settled,
        as_of=said.as_of,
        since=at.since if stays else said.as_of,
        by=at.by if stays else said.seq,
        quiet=at.quiet if stays else said.quiet,
        reopened=runs and (at.reopened or was_ended or turned),
        ours=(at.ours if same else _sent_by_us(at, said, pushes)) and len(unseen) <= 1,
        last_event=seen,
        due_at=said.due_at or at.due_at,
    )


def _sent_by_us(at: _State, said: Said, pushes: Sequence[Push]) -> bool:
    """Whether the new status is the effect of a push of ours, or may be."""
    return any(
        push.target is said.status
        and 0 < push.sent < said.as_of
        and (_under_way(push) or (push.state is PushState.DONE and push.acked > at.as_of))
        for push in pushes
    )


def _under_way(push: Push) -> bool:
    """Whether this may have had its effect already, though nobody has recorded it.

    One that was tried, and overtaken because its target was seen there, stays one of these.
    """
    open_or_overtaken = push.state in {PushState.DUE, PushState.SUPERSEDED}
    return push.state is PushState.SENDING or (push.tried and open_or_overtaken)


# -- orders ------------------------------------------------------------------------------


def hear_order(said: OrderSaid, change: Change, observation: Observation) -> OrderSaid:
    """Take a statement about an order in: of each fact the newest counts."""
    told = OrderStatement(
        seq=observation.seq,
        as_of=observation.as_of,
        delivered=change.delivered,
        state=change.order_state,
        total=change.total,
        currency=change.currency or None,
        owner=change.owner or None,
        word=change.word,
        settled=change.settled,
        quiet=is_quiet(change, observation),
    )
    return retell_order([*_heard(said), told])


def retell_order(heard: Sequence[OrderStatement]) -> OrderSaid:
    """What is known of an order from all that an account told of it."""
    in_order = tuple(sorted(heard, key=lambda told: (told.as_of, told.seq)))
    known: dict[str, Any] = {}
    marks: dict[str, int] = {}
    told_by: dict[str, int] = {}
    for told in in_order:
        for name in _TOLD_OF_ORDERS:
            if (value := getattr(told, name)) is not None:
                known[name], marks[name], told_by[name] = value, told.as_of, told.seq
    return OrderSaid(**known, marks=marks, told_by=told_by, heard=in_order)


_TOLD_OF_ORDERS: Final = tuple(
    name for name in OrderStatement.model_fields if name not in {"seq", "as_of"}
)


def _heard(said: OrderSaid) -> tuple[OrderStatement, ...]:
    """All statements; an older version kept the newest facts only, and they are as many."""
    if said.heard or not said.marks:
        return said.heard
    kept: dict[tuple[int, int], dict[str, Any]] = {}
    for name, mark in said.marks.items():
        kept.setdefault((said.told_by.get(name, 0), mark), {})[name] = getattr(said, name)
    return tuple(OrderStatement(seq=seq, as_of=mark, **told) for (seq, mark), told in kept.items())


# -- taking back -------------------------------------------------------------------------


def has_told(mirror: Mirror, seq: int) -> bool:
    """Whether anything that a mirror remembers comes from this observation."""
    return any(said.seq == seq for said in mirror.history) or any(
        told.seq == seq for told in _heard(mirror.order_said)
    )


def take_back(mirror: Mirror, seq: int, pushes: Sequence[Push]) -> Mirror:
    """The mirror as it were without this observation."""
    without = mirror.model_copy(
        update={
            "history": tuple(said for said in mirror.history if said.seq != seq),
            "order_said": retell_order(
                [told for told in _heard(mirror.order_said) if told.seq != seq]
            ),
        }
    )
    return retell(without, pushes)
