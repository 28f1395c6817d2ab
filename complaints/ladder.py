"""The ladder of escalation: what is told how long before and after a complaint is due.  Pure.

Each rung is fired once for each version of a deadline; one whose time came while nobody looked
is fired late, and only the newest of several is told.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from complaints.rules import RungRule

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from decimal import Decimal

    from complaints.vocabulary import Status

DUE = "due"
"""The rung at the due date itself: every ladder has it, and at it a complaint is overdue."""

_RUNG = re.compile(r"([+-])([1-9]\d{0,3})([hd])")
_UNIT = {"h": timedelta(hours=1), "d": timedelta(days=1)}


class Rung(NamedTuple):
    """One rung, and how long after the due date it comes: before it, if that is negative."""

    name: str
    offset: timedelta
    rule: RungRule = RungRule()
    """For whom it is, and what is done at it."""


class Climber(NamedTuple):
    """What a rung's rule asks of a complaint."""

    status: Status
    conflict: bool
    claimed: Decimal | None
    """In the shop's currency; None: nothing, or in another one."""


Ladder = tuple[Rung, ...]
"""Rungs in the order in which they come."""


class Climbed(NamedTuple):
    """Which rungs are to be fired now, the earliest first, and when the next one comes."""

    rungs: tuple[Rung, ...]
    next_at: datetime | None


def rung(word: str) -> Rung:
    """A rung by its name: ``due``, or as ``-72h`` and ``+3d``.  Raises ValueError."""
    if word == DUE:
        return Rung(DUE, timedelta(0))
    found = _RUNG.fullmatch(word)
    if found is None:
        raise ValueError(f'{word!r} is no rung: write "due", or as "-72h" or "+3d"')
    sign, number, unit = found.groups()
    return Rung(word, _UNIT[unit] * int(f"{sign}{number}"))


def ladder(words: Iterable[str], rules: Mapping[str, RungRule] | None = None) -> Ladder:
    """A ladder of these rungs and ``due``, in any order; `rules` by name.  Raises ValueError."""
    rungs = {made.name: made for made in map(rung, {*words, DUE})}
    for name, rule in (rules or {}).items():
        if name not in rungs:
            raise ValueError(f"{name!r} is no rung of the ladder {', '.join(sorted(rungs))}")
        rungs[name] = rungs[name]._replace(rule=rule)
    return tuple(sorted(rungs.values(), key=lambda one: (one.offset, one.name)))


def is_for(rule: RungRule, climber: Climber) -> bool:
    """Whether a rung is for this complaint, as it stands when the rung comes."""
    return (
        (not rule.status or climber.status in rule.status)
        and rule.conflict in {None, climber.conflict}
        and (
            rule.claimed_from is None
            or (climber.claimed is not None and climber.claimed >= rule.claimed_from)
        )
    )


def first_at(due_at: datetime, rungs: Ladder) -> datetime:
    """When the first rung comes."""
    return due_at + rungs[0].offset


def climb(due_at: datetime, rungs: Ladder, fired: Collection[str], now: datetime) -> Climbed:
    """Which rungs have come by `now`, without those that were ``fired``."""
    left = [(due_at + one.offset, one) for one in rungs if one.name not in fired]
    return Climbed(
        tuple(one for at, one in left if at <= now),
        next((at for at, _ in left if at > now), None),
    )


def ahead(
    due_at: datetime, rungs: Ladder, fired: Collection[str], until: datetime
) -> list[tuple[datetime, Rung]]:
    """Rungs that come by then and weren't ``fired``, with their times; the first first."""
    left = [(due_at + one.offset, one) for one in rungs if one.name not in fired]
    return [(at, one) for at, one in left if at <= until]
