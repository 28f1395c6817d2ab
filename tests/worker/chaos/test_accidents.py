"""The plan of accidents: a pure function, spread over the changes, half of them processes."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from worker.chaos.accidents import OTHERS, Fault, Victim, accidents, changes_of
from worker.chaos.run import world_of

ALL = frozenset(Fault)


@given(st.integers(0, 2**32), st.integers(1, 30_000), st.integers(0, 250))
def test_half_of_the_kills_are_single_processes(seed: int, changes: int, kills: int) -> None:
    """All of them happen, each behind a change that there is."""
    planned = accidents(seed, changes, kills, ALL)
    assert planned == accidents(seed, changes, kills, ALL)
    counts = Counter(one.what for one in planned)
    assert sum(n for what, n in counts.items() if isinstance(what, Victim)) == kills
    assert counts[Victim.CHILD] == kills - kills // 2
    assert all(1 <= one.change <= changes for one in planned)
    assert [one.change for one in planned] == sorted(one.change for one in planned)


@given(st.integers(0, 2**32))
def test_each_kind_of_part_dies_before_chance_decides(seed: int) -> None:
    """As soon as there are kills enough."""
    planned = accidents(seed, 1000, 2 * len(OTHERS), ALL)
    assert set(OTHERS) <= {one.what for one in planned}


def test_accidents_are_spread_over_the_story() -> None:
    """A tenth of the changes has about a tenth of the kills."""
    kills = [one.change for one in accidents(1, 1000, 100, frozenset())]
    for begin in range(0, 1000, 100):
        assert sum(begin < change <= begin + 100 for change in kills) == 10


def test_faults_happen_if_they_are_asked_for() -> None:
    """A provider's are no single accidents."""
    planned = {one.what for one in accidents(1, 1000, 10, ALL)} - set(Victim)
    assert planned == {Fault.NETWORK, Fault.CLOCK, Fault.PAUSE}
    assert {one.what for one in accidents(1, 1000, 10, {Fault.CLOCK})} - set(Victim) == {
        Fault.CLOCK
    }


def test_another_seed_is_another_plan() -> None:
    """And another world."""
    assert accidents(1, 1000, 10, ALL) != accidents(2, 1000, 10, ALL)
    assert world_of(1, 1000) != world_of(2, 1000)


def test_a_world_is_as_large_as_it_was_asked_for() -> None:
    """At least, and hardly larger."""
    for changes in (1, 1000, 3000):
        made = changes_of(world_of(5, changes))
        assert changes <= made
        assert made <= max(changes * 1.05, 300)
