"""The outcome of a run as data, and as words for a person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from worker.chaos.checks import Faults, sentences
from worker.demo.report import SENTENCES_SHOWN, AuditReport
from worker.demo.world import Fact

if TYPE_CHECKING:
    from collections.abc import Iterator


class Kills(Fact):
    """What happened to the house."""

    done: int
    of: dict[str, int]
    """By kind; cuts of the network and steps of the clock are among them."""
    missed: tuple[str, ...]
    """What was planned and couldn't be done."""


class Unknown(Fact):
    """Writes that may not be repeated and whose answer was lost; the desk has worked them all."""

    arrived: int
    sent_again: int
    creates: int
    """Those that were to create a complaint at BizKitHub, which nothing but the desk can tell."""
    cut: int
    """So many requests to create one the sandbox saw go wrong half-way.  Of the other creates the
    workers died before the request, or between the answer and its record."""


class Report(Fact):
    """What a run came to.  The seed fixes world and accidents, not how they interleave."""

    seed: int
    changes: int
    kills: Kills
    faults: Faults
    unknown: Unknown
    audit: AuditReport
    unplayed: tuple[str, ...]
    seconds: float

    @property
    def converged(self) -> bool:
        """Whether everybody agrees in the end, and all people could do what they wanted."""
        return self.audit.holds and not self.unplayed

    @property
    def holds(self) -> bool:
        """Whether nothing at all is wrong."""
        clean = not sentences(self.faults) and not self.kills.missed
        return clean and self.converged and self.unknown.creates >= self.unknown.cut

    def told(self) -> dict[str, Any]:
        """For machines."""
        found = self.faults
        return {
            "seed": self.seed,
            "changes": self.changes,
            "kills": self.kills.done,
            "lost": len(found.lost),
            "duplicated": len(found.duplicated),
            "illegal": len(found.illegal),
            "escalated_twice": len(found.escalated_twice),
            "converged": self.converged,
            "unknown": self.unknown.model_dump(),
            "accidents": self.kills.of,
            "missed": list(self.kills.missed),
            "sentences": [*sentences(found), *self.audit.sentences, *self.audit.failures],
            "unplayed": list(self.unplayed),
            "received": self.audit.observations.received,
            "complaints": self.audit.complaints.total,
            "escalated": self.audit.deadlines.escalated,
            "seconds": self.seconds,
            "note": "the seed fixes the world and the accidents, not how they interleave",
        }


def words(report: Report) -> Iterator[str]:
    """The report line by line, for a person."""
    told, found = report.told(), report.faults
    yield f"changes       {report.changes}, {told['received']} observations received"
    yield f"complaints    {told['complaints']}, {told['escalated']} escalations"
    happened = ", ".join(f"{n} x {what}" for what, n in report.kills.of.items())
    yield f"accidents     {happened or 'none'}"
    unknown = report.unknown
    yield (
        f"unknown       {unknown.arrived + unknown.sent_again} writes without an answer:"
        f" {unknown.arrived} had arrived, {unknown.sent_again} were sent again;"
        f" {unknown.cut} of {unknown.creates} creates were cut at the provider"
    )
    yield (
        f"found         {len(found.lost)} lost, {len(found.duplicated)} duplicated,"
        f" {len(found.illegal)} illegal, {len(found.escalated_twice)} escalated twice;"
        f" {'all agree' if report.converged else 'NOT all agree'}"
    )
    wrong = [*told["sentences"], *(f"not played: {act}" for act in report.unplayed)]
    wrong += [f"not done: {what}" for what in report.kills.missed]
    for sentence in wrong[:SENTENCES_SHOWN]:
        yield f"  - {sentence}"
    if len(wrong) > SENTENCES_SHOWN:
        yield f"  - and {len(wrong) - SENTENCES_SHOWN} more"
    yield f"Seed {report.seed}, {report.seconds:.0f} seconds: {told['note']}."
