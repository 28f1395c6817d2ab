"""What it means when a fresh read and the store differ: a table of kinds, then the rules.  Pure."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from complaints import reconcile, telling
from complaints.model import Change, Mirror, Observation, Push, Record
from complaints.vocabulary import PushKind, PushState, Source, Status, Subject

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime


class Drift(StrEnum):
    """How the store and an account stand to each other about one record."""

    AGREES = "agrees"
    MISSED = "missed change"
    """Something moved there, and nothing that we were told or have read shows it."""
    LOST_PUSH = "lost push"
    """A push was acknowledged, and its effect isn't there."""
    MANUAL_EDIT = "manual edit"
    """Somebody there moved it away from what we had brought it to."""
    MAPPING_HOLE = "mapping hole"
    """It has a word that no table lists, or can't be read at all."""
    NOT_VISIBLE = "not visible"
    """The account doesn't show it (any more).  That is no deletion."""
    PENDING = "pending"
    """Something about it is under way: a push, a read, an observation to be decided."""
    UNREACHABLE = "unreachable"
    """The account gave no answer, or has refused our key."""


DRIFTED: Final = frozenset(
    {Drift.MISSED, Drift.LOST_PUSH, Drift.MANUAL_EDIT, Drift.MAPPING_HOLE, Drift.NOT_VISIBLE}
)
"""Kinds that count as drift; the others say that nothing is wrong, or nothing is known."""

MENDED_BY_READING: Final = frozenset({Drift.MISSED, Drift.LOST_PUSH, Drift.MANUAL_EDIT})
"""Kinds that a read by the ordinary path puts right: what follows from it is decided there."""

CURES: Final[Mapping[Drift, str]] = {
    Drift.MAPPING_HOLE: "a table of words must be mended: see `redress blind`, then replay",
    Drift.NOT_VISIBLE: "look for it in the account's own pages; here it stays as it is",
}
"""What people can do where reading puts nothing right."""

BRAKE_SHARE: Final = 0.2
BRAKE_LEAST: Final = 3


def mass_disappearance(gone: int, checked: int) -> bool:
    """Whether so many records can't have vanished: rather the account is what has changed."""
    return gone > max(BRAKE_LEAST, checked * BRAKE_SHARE)


class Compared(Record):
    """One record: how it stands, and what it says here and there."""

    drift: Drift
    here: str = ""
    there: str = ""


def compare(mirror: Mirror, pushes: Sequence[Push], changes: Sequence[Change]) -> Compared:
    """How a record stands to what a fresh read of it says; `pushes` are its complaint's."""
    here = mirror.word or (mirror.order_said.word or "")
    if any(change.subject is Subject.GONE for change in changes):
        return Compared(drift=Drift.NOT_VISIBLE, here=here)
    there = next((change.word for change in changes if change.word), "")
    if any(
        change.subject is Subject.UNREADABLE or change.status is Status.UNKNOWN
        for change in changes
    ):
        return Compared(drift=Drift.MAPPING_HOLE, here=here, there=there)
    return Compared(drift=_weigh(mirror, pushes, changes), here=here, there=there)


def _weigh(mirror: Mirror, pushes: Sequence[Push], changes: Sequence[Change]) -> Drift:
    fresh = _after(mirror, pushes, changes)
    news = fresh.last_event > mirror.last_event
    done = [push for push in pushes if _acknowledged(push, mirror)]
    if _says(fresh) == _says(mirror):
        unread = any(push.acked > mirror.as_of for push in done)
        effect = not done or max(done, key=lambda one: one.acked).target in fresh.covers
        return Drift.LOST_PUSH if unread and not effect else Drift.AGREES
    ours = mirror.ours or any(push.target is mirror.status for push in done)
    if fresh.status is mirror.status or not ours:
        return Drift.MISSED
    return Drift.MANUAL_EDIT if news else Drift.LOST_PUSH


def _after(mirror: Mirror, pushes: Sequence[Push], changes: Sequence[Change]) -> Mirror:
    """The mirror as it would be, had this just been read."""
    mark = max([mirror.as_of, *(push.acked for push in pushes)]) + 1
    for change in changes:
        seen = _observed(mirror, mark, change.filed_at)
        if change.subject is Subject.COMPLAINT:
            mirror = reconcile.fold(mirror, change, seen, pushes).mirror
        elif change.subject is Subject.ORDER:
            said = telling.hear_order(mirror.order_said, change, seen)
            mirror = telling.retell(mirror.model_copy(update={"order_said": said}), pushes)
    return mirror


def _observed(mirror: Mirror, mark: int, at: datetime | None) -> Observation:
    return Observation.model_validate(
        {
            "seq": mark,
            "account": mirror.account,
            "source": Source.POLL,
            "form": "audit",
            "external_id": mirror.external_id,
            "received_at": at or _LONG_AGO,
            "as_of": mark,
            "body": b"",
        }
    )


_LONG_AGO: Final = "1970-01-01T00:00:00Z"


def _says(mirror: Mirror) -> tuple[Any, ...]:
    """Everything in which a mirror may differ from its account."""
    order = mirror.order_said
    return (
        mirror.status,
        mirror.covers,
        mirror.outcome,
        mirror.money_moved,
        mirror.refund_failed,
        mirror.settled,
        mirror.last_event,
        *(getattr(order, name) for name in ("delivered", "state", "total", "currency", "word")),
    )


def _acknowledged(push: Push, mirror: Mirror) -> bool:
    """Whether a status was sent to this record, and taken."""
    return (
        push.kind is PushKind.SET_STATUS
        and push.account == mirror.account
        and push.external_id in {None, mirror.external_id}
        and push.state is PushState.DONE
    )
