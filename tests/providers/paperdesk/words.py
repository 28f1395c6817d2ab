"""Paperdesk's words and ours.  A word that no table lists is UNKNOWN and is kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from complaints.vocabulary import Outcome, Status

STATUS_OF_WORD: Final[Mapping[str, Status]] = {
    "received": Status.NEW,
    "checking": Status.OPEN,
    "parked": Status.WAITING,
    "accepted": Status.RESOLVED,
    "declined": Status.REJECTED,
    "filed": Status.CLOSED,
}

WORD_OF_STATUS: Final[Mapping[Status, str]] = {
    status: word for word, status in STATUS_OF_WORD.items()
}

OUTCOME_OF_STATUS: Final[Mapping[Status, Outcome]] = {
    Status.RESOLVED: Outcome.UPHELD,
    Status.REJECTED: Outcome.REFUSED,
    Status.CLOSED: Outcome.UNKNOWN,
}
