"""The outcome of a demo as data, and as words for a person."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from worker.demo.world import Fact


class Observations(Fact):
    """What Redress was told.  Every arrival ends as exactly one of the last five."""

    received: int
    applied: int
    superseded: int
    duplicate: int
    quarantined: int
    pending: int


class Complaints(Fact):
    """The cases in the store."""

    total: int
    planned: int
    by_status: Mapping[str, int]
    by_outcome: Mapping[str, int]


class Deadlines(Fact):
    """Cases that ran past their due day, and the escalations that were made."""

    overdue: int
    planned: int
    escalated: int


class Agreement(Fact):
    """How the store and the providers agree, case by case.

    Each checked case counts once: as ``agree``, else as what explains its difference.
    ``unexplained`` counts sentences: a case may have more than one, or none be its own.
    """

    checked: int
    agree: int
    conflict: int
    manual: int
    unknown: int
    parked: int
    pending: int
    unexplained: int


class Rebuild(Fact):
    """What `redress rebuild --check` said in the end."""

    observations: int
    differences: tuple[str, ...]


class AuditReport(Fact):
    """What the audit found.  ``sentences`` says what nothing explains."""

    observations: Observations
    complaints: Complaints
    pushes: Mapping[str, Mapping[str, int]]
    deadlines: Deadlines
    agreement: Agreement
    provider_duplicates: int
    known_to_two: int
    sentences: tuple[str, ...]
    rebuild: Rebuild | None = None
    """None: nothing was folded again."""
    unsure: tuple[str, ...] = ()
    """Cases of the plan of which a write was lost on the way: a person has to look."""

    @property
    def failures(self) -> tuple[str, ...]:
        """Why the audit doesn't hold.  Empty if it does."""
        return tuple(self._failures())

    @property
    def holds(self) -> bool:
        """Whether the store and the world agree, as far as anybody can make them agree."""
        return not self.failures

    def _failures(self) -> Iterator[str]:
        seen = self.observations
        ended = seen.applied + seen.superseded + seen.duplicate + seen.quarantined
        if seen.received != ended:
            yield f"{seen.received} observations were received and {ended} ended"
        for name, count in (
            ("observations pending", seen.pending),
            ("cases pending", self.agreement.pending),
            ("cases parked", self.agreement.parked),
            ("differences unexplained", self.agreement.unexplained),
            ("things created twice at a provider", self.provider_duplicates),
        ):
            if count:
                yield f"{count} {name}"
        if self.rebuild is not None and self.rebuild.differences:
            yield f"{len(self.rebuild.differences)} differences when all is folded again"
        if self.complaints.total != self.complaints.planned:
            yield (
                f"{self.complaints.planned} complaints were planned"
                f" and {self.complaints.total} are in the store"
            )
        if self.deadlines.overdue != self.deadlines.planned:
            yield (
                f"{self.deadlines.planned} cases ran past their due day by plan"
                f" and {self.deadlines.overdue} by the store"
            )


SENTENCES_SHOWN = 20


def words(report: AuditReport) -> Iterator[str]:
    """The report line by line, for a person."""
    seen, agreed, due = report.observations, report.agreement, report.deadlines
    yield (
        f"observations  {seen.received} received: {seen.applied} applied,"
        f" {seen.superseded} superseded, {seen.duplicate} repeated,"
        f" {seen.quarantined} quarantined, {seen.pending} pending"
    )
    yield (
        f"complaints    {report.complaints.total}: {_counts(report.complaints.by_status)};"
        f" outcome {_counts(report.complaints.by_outcome)};"
        f" {report.known_to_two} known to two accounts or more"
    )
    for provider, pushes in report.pushes.items():
        yield f"pushes        {provider}: {_counts(pushes)}"
    yield f"deadlines     {due.overdue} overdue, {due.escalated} escalations"
    yield (
        f"agreement     {agreed.checked} checked: {agreed.agree} agree,"
        f" {agreed.conflict} conflict, {agreed.manual} wait for a person,"
        f" {agreed.unknown} unknown, {agreed.parked} parked, {agreed.pending} pending,"
        f" {agreed.unexplained} unexplained; {report.provider_duplicates} doubled at providers"
    )
    yield from _listed(report.sentences)
    if report.rebuild is not None:
        differences = len(report.rebuild.differences)
        yield (
            f"rebuild       {report.rebuild.observations} observations folded again:"
            f" {differences or 'no'} differences"
        )
        yield from _listed(report.rebuild.differences)
    if report.holds:
        yield "The audit holds."
    for failure in report.failures:
        yield f"The audit fails: {failure}."


def _listed(sentences: Sequence[str]) -> Iterator[str]:
    for sentence in sentences[:SENTENCES_SHOWN]:
        yield f"  - {sentence}"
    if len(sentences) > SENTENCES_SHOWN:
        yield f"  - and {len(sentences) - SENTENCES_SHOWN} more"


def _counts(numbers: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in numbers.items() if count) or "none"
