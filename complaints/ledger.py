"""The ledger: everything that was received, against everything that became of it.  Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from complaints.vocabulary import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from complaints.vocabulary import AccountName

LISTED = 1000
"""How many rows of a remainder are kept by their sequence; the others are only counted."""


class Fault(StrEnum):
    """Why a row is in no sum."""

    NO_OBSERVATION = "a receipt without an observation"
    NO_RECEIPT = "an observation without a receipt"
    OTHER_ACCOUNT = "a receipt of another account than its observation"
    NO_VERDICT = "an unknown verdict"
    NO_DELIVERY = "fewer deliveries than one"


class Group(NamedTuple):
    """Rows alike: receipts and observations, paired by sequence and time of receipt."""

    account: AccountName
    verdict: str
    fault: Fault | None
    rows: int
    observations: int
    repeats: int
    """Deliveries beyond the first, over all rows."""
    seqs: tuple[int, ...] = ()
    """Of the rows, when they are at fault."""


@dataclass
class Remainder:
    """Rows that no sum can hold."""

    rows: int = 0
    seqs: list[int] = field(default_factory=list)
    """The first ones, `LISTED` at most."""


@dataclass
class Line:
    """One account: each arrival ends in exactly one of the sums, or waits, or is at fault."""

    received: int = 0
    """First arrivals, as observations, and repeats."""
    applied: int = 0
    superseded: int = 0
    duplicate: int = 0
    quarantined: int = 0
    pending: int = 0
    counted: Mapping[str, int] = field(default_factory=dict)
    """What was never kept, such as refused deliveries, by its name; in no sum."""
    remainder: dict[Fault, Remainder] = field(default_factory=dict)

    @property
    def ended(self) -> int:
        """All arrivals of which something became."""
        return self.applied + self.superseded + self.duplicate + self.quarantined

    @property
    def adds_up(self) -> bool:
        """Whether nothing is left over."""
        return not self.remainder and self.received == self.ended + self.pending


_SUM_OF = {verdict.value: verdict.value for verdict in Verdict}


def add_up(
    groups: Iterable[Group], counted: Mapping[AccountName, Mapping[str, int]]
) -> dict[AccountName, Line]:
    """The ledger, a line per account.

    `received` is counted from the observations and the rest from the receipts, so that their
    agreement says something.
    """
    lines = {account: Line(counted=names) for account, names in counted.items()}
    for group in groups:
        line = lines.setdefault(group.account, Line())
        line.received += group.observations + group.repeats
        line.duplicate += group.repeats
        if group.verdict in _SUM_OF:
            name = _SUM_OF[group.verdict]
            setattr(line, name, getattr(line, name) + group.rows)
        if group.fault is not None:
            left = line.remainder.setdefault(group.fault, Remainder())
            left.rows += group.rows
            left.seqs.extend(group.seqs[: LISTED - len(left.seqs)])
    return {account: lines[account] for account in sorted(lines)}
