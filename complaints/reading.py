"""When a mirror is read again: a table of intervals and the one place where reading ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from complaints import lifecycle

if TYPE_CHECKING:
    from datetime import datetime

    from complaints.rules import ReadPlan
    from complaints.store.reads import DueRead


def next_read(due: DueRead, plan: ReadPlan, now: datetime) -> datetime | None:
    """The next time to read this mirror after a read at `now`.  None: no more by itself.

    An ended case is followed for `plan.stop_after` after it ended, because staff re-open;
    an order that is settled and has no dispute is not followed at all.
    """
    if due.status is None:
        if due.settled:
            return None
        return now + (plan.order if due.read_number else plan.first)
    if due.status in lifecycle.ENDED:
        over = due.ended_at is not None and now - due.ended_at >= plan.stop_after
        return None if over else now + plan.ended
    return now + plan.running
