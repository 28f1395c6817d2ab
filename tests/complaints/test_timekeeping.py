"""Whose time a complaint has taken: every moment is somebody's, and nobody's twice."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from complaints.pauses import Pause, Phase
from complaints.rules import PauseKind
from complaints.store import Store
from complaints.timekeeping import Holder, clockwork, taken
from complaints.vocabulary import Clock, ComplaintNumber, Status
from tests.complaints.records import ACCOUNTS, NOW, RULES
from tests.complaints.test_pauses import at, number_of, opened_case, pausing, shown

NOTHING = dict.fromkeys(Holder, timedelta(0))


def hours(**spent: float) -> dict[Holder, timedelta]:
    """So many hours of each."""
    return NOTHING | {Holder(name): timedelta(hours=n) for name, n in spent.items()}


def test_who_had_it() -> None:
    """Before we knew, in our hands, at the customer, behind a silent system, held."""
    so_far = [
        Phase(at(2), Status.NEW), Phase(at(5), Status.OPEN),
        Phase(at(10), Status.WAITING), Phase(at(14), Status.OPEN),
    ]  # fmt: skip
    stills = [Pause(at(15), at(17), PauseKind.HOLD), Pause(at(16), at(18), PauseKind.OUTAGE)]
    assert taken(at(0), so_far, stills, at(20)) == hours(
        nobody=2, us=11, customer=4, held=1, provider=2
    )


def test_an_outage_while_the_customer_had_it_is_the_customers() -> None:
    """Nobody could have gone on either way."""
    so_far = [Phase(at(0), Status.WAITING)]
    stills = [Pause(at(1), None, PauseKind.OUTAGE)]
    assert taken(at(0), so_far, stills, at(5)) == hours(customer=5)


PHASES = st.lists(
    st.tuples(st.integers(-50, 500), st.sampled_from([Status.NEW, Status.OPEN, Status.WAITING])),
    max_size=6,
).map(lambda found: [Phase(at(n), status) for n, status in sorted(found)])
STILLS = st.lists(
    st.tuples(st.integers(-50, 500), st.integers(0, 200), st.sampled_from(["hold", "outage"])).map(
        lambda one: Pause(at(one[0]), at(one[0] + one[1]), PauseKind(one[2]))
    ),
    max_size=4,
)


@given(PHASES, STILLS, st.integers(0, 600), st.integers(0, 600))
def test_all_of_it_is_somebodys(
    so_far: list[Phase], stills: list[Pause], first: int, second: int
) -> None:
    """And cutting the time in two changes nothing."""
    begin, middle, end = at(0), at(first), at(first + second)
    whole = taken(begin, so_far, stills, end)
    assert sum(whole.values(), timedelta(0)) == end - begin
    parts = [taken(begin, so_far, stills, middle), taken(middle, so_far, stills, end)]
    assert whole == {holder: sum((p[holder] for p in parts), timedelta(0)) for holder in Holder}


def test_a_case_of_the_store(opened: Store) -> None:
    """Its clocks, and where its time has gone."""
    house = pausing(opened)
    opened_case(house)
    number = number_of(house)
    house.clock.pass_(hours=10)
    shown(house, Status.NEW, Status.OPEN, Status.WAITING)
    house.clock.pass_(hours=6)

    still = clockwork(opened, number, RULES, ACCOUNTS, house.clock())
    assert still is not None
    assert (still.taken, still.ended_at) == (hours(us=10, customer=6), None)
    assert [due.clock for due in still.clocks] == [Clock.SHOP]
    assert still.counts == still.clocks[0]
    shown(house, Status.NEW, Status.OPEN, Status.WAITING, Status.RESOLVED)
    house.clock.pass_(days=9)
    found = clockwork(opened, number, RULES, ACCOUNTS, house.clock())
    assert found is not None
    assert found.ended_at == NOW + timedelta(hours=16)
    assert found.taken == hours(us=10, customer=6)
    assert clockwork(opened, ComplaintNumber("1"), RULES, ACCOUNTS, NOW) is None
