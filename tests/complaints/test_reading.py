"""When a mirror is read again."""

from __future__ import annotations

from datetime import timedelta

import pytest

from complaints.reading import next_read
from complaints.rules import ReadPlan
from complaints.store.reads import DueRead
from complaints.vocabulary import ExternalId, Source, Status
from tests.complaints.records import DESK, NOW

PLAN = ReadPlan(
    first=timedelta(minutes=1),
    running=timedelta(minutes=3),
    ended=timedelta(hours=2),
    order=timedelta(hours=6),
    stop_after=timedelta(days=10),
)


def due(
    status: Status | None,
    *,
    settled: bool = False,
    ended: timedelta | None = None,
    news: int = 1,
) -> DueRead:
    """A read that is due, of a case that ended so long ago and brought news so often."""
    return DueRead(
        id=1,
        account=DESK,
        external_id=ExternalId("x"),
        source=Source.POLL,
        status=status,
        settled=settled,
        ended_at=None if ended is None else NOW - ended,
        body_hash=None,
        read_number=news,
        failures=0,
        as_of=1,
    )


@pytest.mark.parametrize(
    ("read", "wait"),
    [
        (due(Status.NEW), timedelta(minutes=3)),
        (due(Status.OPEN), timedelta(minutes=3)),
        (due(Status.WAITING), timedelta(minutes=3)),
        (due(Status.UNKNOWN), timedelta(minutes=3)),
        (due(Status.OPEN, settled=True), timedelta(minutes=3)),
        (due(Status.RESOLVED), timedelta(hours=2)),
        (due(Status.RESOLVED, ended=timedelta(0)), timedelta(hours=2)),
        (due(Status.REJECTED, ended=timedelta(days=9)), timedelta(hours=2)),
        (due(Status.CLOSED, ended=timedelta(days=10) - timedelta(seconds=1)), timedelta(hours=2)),
        (due(Status.CLOSED, ended=timedelta(days=10)), None),
        (due(Status.CLOSED, ended=timedelta(days=400)), None),
        (due(None, news=0), timedelta(minutes=1)),
        (due(None), timedelta(hours=6)),
        (due(None, settled=True, news=0), None),
        (due(None, settled=True), None),
    ],
)
def test_the_plan_of_reading(read: DueRead, wait: timedelta | None) -> None:
    """Running cases often, ended ones for ten days, orders without a dispute until they settle."""
    assert next_read(read, PLAN, NOW) == (None if wait is None else NOW + wait)
