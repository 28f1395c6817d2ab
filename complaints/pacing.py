"""How often mirrors are really read: what is wished, against what an account's budget allows."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from complaints.rules import ReadPlan


class Followed(NamedTuple):
    """How many mirrors of one account are read again and again."""

    running: int = 0
    ended: int = 0
    orders: int = 0


class Pace(NamedTuple):
    """Reads in a minute, wished and possible, and what that means for a running case."""

    wished: float
    possible: float
    interval: timedelta
    """Time between two reads of a running case, as it comes out."""

    @property
    def slowed(self) -> bool:
        """Whether the budget doesn't allow what is wished."""
        return self.wished > self.possible


def pace(followed: Followed, plan: ReadPlan, reads_per_minute: float) -> Pace:
    """Weigh the wish against `reads_per_minute`, which is what a budget leaves for polls."""
    minute = timedelta(minutes=1)
    wished = (
        followed.running * (minute / plan.running)
        + followed.ended * (minute / plan.ended)
        + followed.orders * (minute / plan.order)
    )
    stretch = max(1.0, wished / reads_per_minute)
    return Pace(wished, reads_per_minute, plan.running * stretch)
