"""BizKitHub's words and ours.  A word that no table lists is UNKNOWN and is kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from complaints.model import Event
from complaints.vocabulary import Outcome, Status

STATUS_OF_WORD: Final[Mapping[str, Status]] = {
    "new": Status.NEW,
    "open": Status.OPEN,
    "wait": Status.WAITING,
    "resolve": Status.RESOLVED,
    "reject": Status.REJECTED,
    "closed": Status.CLOSED,
}

WORD_OF_STATUS: Final[Mapping[Status, str]] = {
    status: word for word, status in STATUS_OF_WORD.items()
}

OUTCOME_OF_STATUS: Final[Mapping[Status, Outcome]] = {
    Status.RESOLVED: Outcome.UPHELD,
    Status.REJECTED: Outcome.REFUSED,
}

_RUNNING: Final = frozenset({Status.NEW, Status.OPEN, Status.WAITING})


def status_of(word: str) -> Status:
    """Translate a desk word."""
    return STATUS_OF_WORD.get(word, Status.UNKNOWN)


def outcome_of(status: Status, events: Sequence[Event]) -> Outcome:
    """Who won, as far as the desk tells.

    ``closed`` alone says nothing, and ``isResolved`` is true for upheld and refused cases
    alike, so the last decisive event counts.  One that a later re-opening took back doesn't.
    """
    if status is not Status.CLOSED:
        return OUTCOME_OF_STATUS.get(status, Outcome.NONE)
    for event in sorted(events, key=lambda event: event.position, reverse=True):
        if event.status is not None and event.status in OUTCOME_OF_STATUS:
            return OUTCOME_OF_STATUS[event.status]
        if event.status in _RUNNING:
            break
    return Outcome.UNKNOWN
