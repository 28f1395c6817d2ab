"""What it means when a fresh read and the store differ: one row for each kind."""

from __future__ import annotations

from typing import Any

import pytest

from complaints.drift import DRIFTED, MENDED_BY_READING, Drift, compare, mass_disappearance
from complaints.model import Change, Mirror, Push
from complaints.vocabulary import Outcome, PushKind, PushState, Status, Subject
from tests.complaints.records import DESK, ZENKI, change, history, mirror, push

OPEN = history(Status.NEW, Status.OPEN)
RESOLVED = history(Status.NEW, Status.OPEN, Status.RESOLVED)


def done(target: Status, acked: int) -> Push:
    """A status that was sent to the desk, and acknowledged."""
    return push(PushKind.SET_STATUS, PushState.DONE, target=target, sent=acked - 1, acked=acked)


def known(status: Status, **other: Any) -> Mirror:
    """What the desk was seen to hold at sequence 10."""
    return mirror(DESK, status, as_of=10, **other)


ROWS: dict[str, tuple[Mirror, list[Push], list[Change], Drift]] = {
    "the same word -> agrees": (
        known(Status.OPEN), [], [change(Status.OPEN)], Drift.AGREES,
    ),
    "nothing is said of it -> agrees": (
        known(Status.OPEN), [], [], Drift.AGREES,
    ),
    "another word -> missed change": (
        known(Status.OPEN), [], [change(Status.RESOLVED)], Drift.MISSED,
    ),
    "the same word with an unseen event -> missed change": (
        known(Status.OPEN, last_event=1), [],
        [change(Status.OPEN, events=history(Status.OPEN, Status.WAITING, Status.OPEN))],
        Drift.MISSED,
    ),
    "another outcome under the same word -> missed change": (
        known(Status.CLOSED), [], [change(Status.CLOSED, outcome=Outcome.REFUSED)], Drift.MISSED,
    ),
    "acknowledged, read since, agreed on -> agrees": (
        known(Status.WAITING), [done(Status.WAITING, 8)], [change(Status.WAITING)], Drift.AGREES,
    ),
    "acknowledged, never read since, and not there -> lost push": (
        known(Status.OPEN), [done(Status.WAITING, 12)], [change(Status.OPEN)], Drift.LOST_PUSH,
    ),
    "acknowledged, never read since, and there -> missed change": (
        known(Status.OPEN), [done(Status.WAITING, 12)], [change(Status.WAITING)], Drift.MISSED,
    ),
    "our status is gone again without an event -> lost push": (
        known(Status.WAITING), [done(Status.WAITING, 8)], [change(Status.OPEN)], Drift.LOST_PUSH,
    ),
    "our status was moved on, with an event -> manual edit": (
        known(Status.WAITING, last_event=1), [done(Status.WAITING, 8)],
        [change(Status.RESOLVED, events=history(Status.WAITING, Status.RESOLVED))],
        Drift.MANUAL_EDIT,
    ),
    "a word that no table lists -> mapping hole": (
        known(Status.OPEN), [], [change(Status.UNKNOWN, word="odd")], Drift.MAPPING_HOLE,
    ),
    "nobody can read it -> mapping hole": (
        known(Status.OPEN), [], [Change(subject=Subject.UNREADABLE, reason="no JSON")],
        Drift.MAPPING_HOLE,
    ),
    "it isn't shown -> not visible": (
        known(Status.OPEN), [], [Change(subject=Subject.GONE, reason="not shown")],
        Drift.NOT_VISIBLE,
    ),
    "an order whose total is another -> missed change": (
        mirror(ZENKI), [], [Change.model_validate({"subject": "order", "total": 5})], Drift.MISSED,
    ),
}  # fmt: skip


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS.keys())
def test_what_a_fresh_read_means(row: tuple[Mirror, list[Push], list[Change], Drift]) -> None:
    """Each kind of drift by the cases that are one."""
    held, pushes, changes, expected = row
    assert compare(held, pushes, changes).drift is expected


def test_what_it_says_here_and_there_is_told() -> None:
    """In the account's own words."""
    found = compare(known(Status.OPEN, word="opened"), [], [change(Status.RESOLVED, word="done")])
    assert (found.here, found.there) == ("opened", "done")


def test_every_kind_is_drift_or_is_not() -> None:
    """What reading mends is drift."""
    assert MENDED_BY_READING <= DRIFTED
    assert set(Drift) - DRIFTED == {Drift.AGREES, Drift.PENDING, Drift.UNREACHABLE}


@pytest.mark.parametrize(
    ("gone", "checked", "mass"),
    [(0, 0, False), (3, 3, False), (4, 5, True), (4, 20, False), (5, 20, True), (20, 100, False),
     (21, 100, True)],
)  # fmt: skip
def test_when_too_much_disappears(gone: int, checked: int, mass: bool) -> None:  # noqa: FBT001
    """More than a fifth, and more than three."""
    assert mass_disappearance(gone, checked) is mass
