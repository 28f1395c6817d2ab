"""Which accidents happen in a run, and when: a pure function of the seed.

When is said by the count of changes in the outside world, not by time: the same seed gives the
same world and the same accidents, but never the same interleaving.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from worker.demo.chance import below, choose, draw

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from worker.demo.world import Plan


class Victim(StrEnum):
    """What is killed."""

    CHILD = "one process of a worker"
    WORKER = "a whole worker"
    BEAT = "beat"
    RECEIVER = "the receiver"
    DRAIN = "drain"
    BROKER = "the broker"
    BROKER_EMPTIED = "the broker, with all it holds"
    DATABASE = "the database"


class Fault(StrEnum):
    """What else goes wrong."""

    PROVIDER = "provider"
    NETWORK = "network"
    CLOCK = "clock"
    PAUSE = "pause"
    """A process of a worker stands still for longer than its leases, and then goes on."""


class Accident(NamedTuple):
    """One thing that happens `after_ms` behind the change of this number."""

    change: int
    after_ms: int
    what: Victim | Fault
    which: int
    """Chooses among several of the kind, such as the processes of the workers."""


OTHERS: Mapping[Victim, int] = {
    Victim.WORKER: 3,
    Victim.BEAT: 1,
    Victim.RECEIVER: 2,
    Victim.DRAIN: 1,
    Victim.BROKER: 1,
    Victim.BROKER_EMPTIED: 1,
    Victim.DATABASE: 1,
}
"""Half of the kills are single worker processes; of the others so many parts are each."""

RATE = 0.02
"""The share of all requests that a provider spoils."""

_CUTS_PER_KILL = 0.2
_STEPS_PER_KILL = 0.1
_PAUSES_PER_KILL = 0.1
_LATEST_MS = 1500


def accidents(
    seed: int, changes: int, kills: int, faults: Collection[Fault]
) -> tuple[Accident, ...]:
    """All accidents of a run, in the order of their changes.  ``changes`` is at least 1."""
    planned = [
        *_spread(seed, changes, list(_victims(seed, kills))),
        *_spread(seed, changes, _more(kills, _CUTS_PER_KILL, Fault.NETWORK, faults)),
        *_spread(seed, changes, _more(kills, _STEPS_PER_KILL, Fault.CLOCK, faults)),
        *_spread(seed, changes, _more(kills, _PAUSES_PER_KILL, Fault.PAUSE, faults)),
    ]
    return tuple(sorted(planned))


def changes_of(plan: Plan) -> int:
    """How many changes of the outside world a plan makes: orders, complaints, acts of people."""
    return len(plan.orders) + len(plan.cases) + sum(len(day.acts) for day in plan.days)


def _victims(seed: int, kills: int) -> Iterator[Victim]:
    yield from [Victim.CHILD] * (kills - kills // 2)
    bag = [victim for victim, parts in OTHERS.items() for _ in range(parts)]
    # Each kind has its turn before chance decides, so that a run leaves out as few as it can.
    turns = [*OTHERS, *(choose(bag, seed, "victim", str(n)) for n in range(kills))]
    yield from turns[: kills // 2]


def _more(
    kills: int, share: float, fault: Fault, faults: Collection[Fault]
) -> list[Victim | Fault]:
    return [fault] * max(1, round(kills * share)) if fault in faults else []


def _spread(seed: int, changes: int, what: list[Victim | Fault]) -> Iterator[Accident]:
    """Each in a stretch of changes of its own, so that no two of these fall on one another."""
    order = sorted(range(len(what)), key=lambda n: draw(seed, "turn", what[n].name, str(n)))
    for place, n in enumerate(order):
        first, end = (changes * at // len(what) for at in (place, place + 1))
        name = (what[n].name, str(n))
        yield Accident(
            change=1 + first + below(max(1, end - first), seed, "change", *name),
            after_ms=below(_LATEST_MS, seed, "after", *name),
            what=what[n],
            which=below(1000, seed, "which", *name),
        )
