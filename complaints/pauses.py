"""When a shop's clock stands still, told from all that was ever heard.  Pure.

Nothing is counted up and kept: what accounts said, in whatever order it came in, and the rules in
force give the same pauses each time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from complaints import lifecycle, telling
from complaints.rules import AuthorityField, PauseKind
from complaints.vocabulary import Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from complaints.model import Mirror
    from complaints.rules import ShopRules
    from complaints.vocabulary import AccountName
    from complaints.wishes import Case


class Pause(NamedTuple):
    """A span in which the clock stands still.  ``end``: None while it goes on."""

    begin: datetime
    end: datetime | None
    why: PauseKind = PauseKind.WAITING


class Phase(NamedTuple):
    """From when on a case stood as it did, as far as we could know then."""

    since: datetime
    status: Status


class Past(NamedTuple):
    """What of a case's history its clocks go by."""

    pauses: tuple[Pause, ...] = ()
    """In order, and apart from one another."""
    answered: bool = True
    """Somebody has taken it up."""
    moved_at: datetime | None = None
    """When it was last heard that something went on."""
    told: datetime | None = None
    """When it is due by what a provider says; of several the first."""
    teller: str = ""


def past(case: Case, rules: ShopRules, providers: Mapping[AccountName, str]) -> Past:
    """What of a case's history its clocks go by, under these rules."""
    told = min(((m.due_at, m.account) for m in case.mirrors if m.due_at is not None), default=None)
    found = Past() if told is None else Past(told=told[0], teller=told[1])
    every = (*case.stills, *unheard(case))
    stills = [still for still in every if still.why in rules.pauses]
    paused = PauseKind.WAITING in rules.pauses and any(map(_ever_waited, case.mirrors))
    promised = rules.respond_hours is not None or rules.update_hours is not None
    if not (paused or promised):
        return found._replace(pauses=united(stills))
    so_far = phases(case, rules, providers)
    return found._replace(
        pauses=united([*stills, *waits(so_far)] if paused else stills),
        answered=any(phase.status is not Status.NEW for phase in so_far),
        moved_at=max([phase.since for phase in so_far] + news(case.mirrors), default=None),
    )


def unheard(case: Case) -> tuple[Pause, ...]:
    """The time before we could know of a case, if there was any."""
    heard = [said.heard for m in case.mirrors for said in m.history if said.heard is not None]
    filed, first = case.complaint.opened_at, min(heard, default=None)
    if first is None or first <= filed:
        return ()
    return (Pause(filed, first, PauseKind.UNHEARD),)


def news(mirrors: Sequence[Mirror]) -> list[datetime]:
    """When each event, or other status, of an account was heard first."""
    first: dict[tuple[object, ...], datetime] = {}
    for mirror in mirrors:
        for said in mirror.history:
            if said.heard is not None:
                what = mirror.id, telling.newest(said.events), said.status, said.word
                first[what] = min(said.heard, first.get(what, said.heard))
    return list(first.values())


def phases(case: Case, rules: ShopRules, providers: Mapping[AccountName, str]) -> list[Phase]:
    """How a case stood from time to time, by the rules of today."""
    trusted = rules.trusted(AuthorityField.STATUS)
    times = sorted({said.heard for m in case.mirrors for said in m.history if said.heard})
    found: list[Phase] = []
    for time in times:
        then = [_as_of(case, mirror, time) for mirror in case.mirrors]
        status = lifecycle.standing(then, dict(providers), trusted, case.ruling).status
        if not found or found[-1].status is not status:
            found.append(Phase(time, status))
    return found


def waits(told: Sequence[Phase]) -> tuple[Pause, ...]:
    """The phases in which a case waited for its customer, in their order."""
    ends = [*(phase.since for phase in told[1:]), None]
    return tuple(
        Pause(phase.since, end)
        for phase, end in zip(told, ends, strict=True)
        if phase.status is Status.WAITING
    )


def united(found: Iterable[Pause]) -> tuple[Pause, ...]:
    """The same time, told by pauses that don't overlap; each has the reason it began with."""
    whole: list[Pause] = []
    for pause in sorted(found, key=lambda one: (one.begin, one.why)):
        last = whole[-1] if whole else None
        if last is None or (last.end is not None and last.end < pause.begin):
            whole.append(pause)
        elif last.end is not None and (pause.end is None or pause.end > last.end):
            whole[-1] = last._replace(end=pause.end)
    return tuple(whole)


def _ever_waited(mirror: Mirror) -> bool:
    return any(
        Status.WAITING in (said.status, *said.covers, *(event.status for event in said.events))
        for said in mirror.history
    )


def _as_of(case: Case, mirror: Mirror, time: datetime) -> Mirror:
    """What an account had told by then."""
    history = tuple(said for said in mirror.history if said.heard is None or said.heard <= time)
    if len(history) == len(mirror.history):
        return mirror
    return telling.retell(mirror.model_copy(update={"history": history}), case.pushes)
