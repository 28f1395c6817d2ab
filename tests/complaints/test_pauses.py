"""While a case waits for its customer the shop's clock stands still; the law's never does."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from complaints import flow
from complaints.calendars import open_between
from complaints.deadlines import Due, clocks, first_due, opening
from complaints.model import Mirror, OrderKey
from complaints.names import News
from complaints.pauses import Past, Pause, Phase, past, phases, unheard, united, waits
from complaints.ports import NeedsHuman, Receipt, Transient
from complaints.rebuilding import check
from complaints.renewing import adopt, renew
from complaints.rules import PauseKind
from complaints.store import Store
from complaints.telling import retell, statement
from complaints.vocabulary import AccountName, Clock, ComplaintNumber, OrderSpace, Result, Status
from tests.complaints.fakes import House, document
from tests.complaints.memory import Memory
from tests.complaints.records import (
    BOT,
    CZ,
    DESK,
    NOW,
    PROVIDERS,
    RULES,
    case,
    change,
    external,
    history,
    mirror,
    observation,
)
from tests.complaints.test_matching import rows

PAUSING = RULES.model_copy(update={"pauses": (PauseKind.WAITING,)})
BUSINESS = PAUSING.model_copy(
    update={"resolve_hours": 8, "open_hours": ("mon-fri 09:00-17:00",), "timezone": "UTC"}
)
FRIDAY = datetime(2026, 3, 6, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def at(hours: float) -> datetime:
    """So long after now."""
    return NOW + timedelta(hours=hours)


# -- pure --------------------------------------------------------------------------------


def test_calendar_days_are_put_off_by_the_pause() -> None:
    """By as long as it was, wherever it lay before the due date."""
    plain = first_due(NOW, RULES).at
    pause = Pause(NOW + DAY, NOW + 3 * DAY)
    assert first_due(NOW, PAUSING, Past((pause,))) == Due(
        plain + 2 * DAY, Clock.SHOP, "30 days, Europe/Prague"
    )


def test_what_lies_after_the_due_date_changes_nothing() -> None:
    """A case that was late stays late; what lies before it was filed doesn't count either."""
    plain = first_due(NOW, RULES)
    for pause in (
        Pause(plain.at, plain.at + DAY),
        Pause(plain.at + DAY, None),
        Pause(NOW - 2 * DAY, NOW - DAY),
    ):
        assert first_due(NOW, PAUSING, Past((pause,))) == plain
    assert first_due(NOW, PAUSING, Past((Pause(NOW - DAY, NOW + DAY),))).at == plain.at + DAY


def test_a_pause_across_a_weekend_costs_business_hours_alone() -> None:
    """From Friday afternoon to Monday morning: one hour here, two there."""
    assert first_due(FRIDAY, BUSINESS).at == datetime(2026, 3, 9, 12, tzinfo=UTC)
    pause = Pause(datetime(2026, 3, 6, 16, tzinfo=UTC), datetime(2026, 3, 9, 11, tzinfo=UTC))
    assert first_due(FRIDAY, BUSINESS, Past((pause,))).at == datetime(2026, 3, 9, 15, tzinfo=UTC)


def test_a_clock_that_stands_still_counts_only_where_no_other_runs() -> None:
    """It says since when; the law goes on, and is what counts then."""
    still = Pause(NOW + DAY, None)
    own = first_due(NOW, PAUSING, Past((still,)))
    assert (own.at, own.paused_at) == (first_due(NOW, RULES).at, NOW + DAY)
    lawful = PAUSING.model_copy(update={"legal": "CZ", "due_days": 14})
    assert first_due(NOW, lawful).clock is Clock.SHOP
    counted = first_due(NOW, lawful, Past((still,)))
    assert (counted.clock, counted.paused_at) == (Clock.LEGAL, None)
    assert counted.at == first_due(NOW, RULES).at
    assert [due.paused_at for due in clocks(NOW, lawful, Past((still,)))] == [NOW + DAY, None]


SPANS = st.lists(
    st.tuples(st.integers(-200, 1200), st.integers(0, 300)).map(
        lambda one: Pause(at(one[0]), at(one[0] + one[1]))
    ),
    max_size=5,
).map(
    lambda found: [
        pause
        for n, pause in enumerate(sorted(found))
        if all(other.end is None or other.end <= pause.begin for other in sorted(found)[:n])
    ]
)


@given(SPANS, st.booleans(), st.integers(0, 400), st.integers(1, 100))
def test_due_is_monotone_in_pauses(
    found: list[Pause],
    business: bool,  # noqa: FBT001
    begin: int,
    more: int,
) -> None:
    """One pause more never makes anything due earlier."""
    chosen = BUSINESS if business else PAUSING
    plain = first_due(NOW, chosen, Past(tuple(found))).at
    assert plain >= first_due(NOW, chosen).at
    last = max([NOW, *(p.end for p in found if p.end is not None)])
    added = [*found, Pause(last + timedelta(hours=begin), last + timedelta(hours=begin + more))]
    assert first_due(NOW, chosen, Past(tuple(added))).at >= plain


@given(SPANS)
def test_business_time_until_due_is_what_was_promised(found: list[Pause]) -> None:
    """Counted from the other side: open time until then, less the open time of the pauses."""
    days = BUSINESS.model_copy(update={"due_days": 365})
    due = first_due(NOW, days, Past(tuple(found))).at
    calendar = opening(days)
    paused = sum(
        (
            open_between(calendar, max(p.begin, NOW), min(p.end or due, due))
            for p in found
            if p.begin < due
        ),
        timedelta(0),
    )
    assert open_between(calendar, NOW, due) - paused == timedelta(hours=8)


@given(SPANS.filter(bool), st.data())
def test_splitting_a_pause_anywhere_gives_the_same_clock(
    found: list[Pause], data: st.DataObject
) -> None:
    """It is time that counts, not how many rows tell of it."""
    which = data.draw(st.integers(0, len(found) - 1))
    pause = found[which]
    assert pause.end is not None
    middle = pause.begin + data.draw(st.floats(0, 1)) * (pause.end - pause.begin)
    split = [
        *found[:which],
        Pause(pause.begin, middle),
        Pause(middle, pause.end),
        *found[which + 1 :],
    ]
    for rules in (PAUSING, BUSINESS):
        assert first_due(NOW, rules, Past(tuple(split))) == first_due(
            NOW, rules, Past(tuple(found))
        )


# -- what was said becomes pauses --------------------------------------------------------


def told(*said: tuple[float, Status], account: AccountName = DESK) -> Mirror:
    """An account that has said this, so many hours after now."""
    empty = mirror(account).model_copy(update={"history": ()})
    heard = tuple(
        statement(change(status, account), observation(n, account, received_at=at(hours)))
        for n, (hours, status) in enumerate(said, 10)
    )
    return retell(empty.model_copy(update={"history": heard}), ())


def test_phases_follow_what_was_heard_when() -> None:
    """Of all accounts together; a desk that waits is what counts against a chat's new."""
    desk = told((1, Status.NEW), (2, Status.OPEN), (5, Status.WAITING), (9, Status.OPEN))
    bot = told((0, Status.NEW), account=BOT)
    found = phases(case(desk, bot), PAUSING, PROVIDERS)
    assert found == [
        Phase(at(0), Status.NEW),
        Phase(at(2), Status.OPEN),
        Phase(at(5), Status.WAITING),
        Phase(at(9), Status.OPEN),
    ]
    assert waits(found) == (Pause(at(5), at(9)),)
    assert past(case(desk, bot), PAUSING, PROVIDERS).pauses == (Pause(at(5), at(9)),)
    assert past(case(desk, bot), RULES, PROVIDERS) == Past()


def test_a_case_that_still_waits_stands_still() -> None:
    """Since when it does."""
    found = case(told((0, Status.OPEN), (3, Status.WAITING)))
    assert past(found, PAUSING, PROVIDERS).pauses == (Pause(at(3), None),)


STORY = st.lists(
    st.tuples(
        st.integers(0, 500).map(float),
        st.sampled_from([Status.NEW, Status.OPEN, Status.WAITING, Status.RESOLVED]),
    ),
    min_size=1,
    max_size=7,
).map(sorted)


@given(STORY)
def test_phases_are_told_once_and_in_order(story: list[tuple[float, Status]]) -> None:
    """No two neighbours are alike, and telling it once more gives the same."""
    found = phases(case(told(*story)), PAUSING, PROVIDERS)
    assert all(a.since < b.since and a.status is not b.status for a, b in pairwise(found))
    assert phases(case(told(*story)), PAUSING, PROVIDERS) == found
    for pause, after in pairwise(waits(found)):
        assert pause.end is not None
        assert pause.end <= after.begin


@given(STORY, st.integers(0, 500))
def test_splitting_history_gives_the_same_past(
    story: list[tuple[float, Status]], hour: int
) -> None:
    """What was known of an earlier time is the same, whatever came later."""
    whole = phases(case(told(*story)), PAUSING, PROVIDERS)
    part = [one for one in story if one[0] <= hour]
    if part:
        early = phases(case(told(*part)), PAUSING, PROVIDERS)
        assert [phase for phase in whole if phase.since <= at(hour)] == early


@given(STORY, st.randoms(use_true_random=False))
def test_the_order_of_working_changes_no_clock(
    story: list[tuple[float, Status]], chance: random.Random
) -> None:
    """A late observation tells the past anew: the same set gives the same due date."""
    news: list[News] = [
        (
            observation(seq, DESK, received_at=at(hours)),
            (change(status, order_keys=(OrderKey(space=OrderSpace.NUMBER, value="5"),)),),
        )
        for seq, (hours, status) in enumerate(story, 10)
    ]
    found = set()
    for shuffled in (False, True):
        memory = Memory(rules=PAUSING)
        if shuffled:
            chance.shuffle(news)
        for one in news:
            memory.work(one)
        (complaint,) = memory.complaints.values()
        found.add((complaint.opened_at, complaint.due_at, complaint.paused_at))
    assert len(found) == 1


# -- through the store -------------------------------------------------------------------


def pausing(store: Store) -> House:
    """A house whose clock stands still while cases wait."""
    house = House(store, rules=PAUSING)
    renew(house.deps)
    return house


def shown(house: House, *statuses: Status, **more: Any) -> None:
    """The desk shows its case as having gone through these, and it is read."""
    told = history(*statuses)
    found = change(statuses[-1], external_id="d1", word=str(statuses[-1]), events=told, **more)
    house.fakes[DESK].documents[external("d1")] = document(found)
    with house.store.engine.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE mirror SET next_read_at = %(now)s, lease = NULL, retry_tech = NULL",
            {"now": house.clock()},
        )
    house.settle()


def clock_of(house: House) -> tuple[datetime, datetime | None, datetime | None]:
    """When it is due, since when it stands still, and when its ladder is looked at."""
    found = rows(
        house, "SELECT due_at, paused_at, rung_at FROM complaint WHERE merged_into IS NULL"
    )
    return found[0]


def versions(house: House) -> list[tuple[int, datetime]]:
    """All versions of its due date."""
    found = rows(house, "SELECT version, due_at FROM deadline ORDER BY version")
    return [(int(n), when) for n, when in found]


def raised(house: House) -> None:
    """A case that the desk holds, and nobody works on."""
    house.hear(BOT, "raise", change(Status.NEW, BOT, external_id="c1"))
    house.fakes[DESK].answers.append(Receipt(result=Result.DONE, external_id=external("d1")))
    house.fakes[DESK].documents[external("d1")] = document(change(Status.NEW, external_id="d1"))
    house.settle()


def opened_case(house: House) -> datetime:
    """A case that the desk works on; when it is due."""
    raised(house)
    shown(house, Status.NEW, Status.OPEN)
    return clock_of(house)[0]


def test_a_case_that_waits_is_due_later_by_as_long(opened: Store) -> None:
    """While it waits nobody climbs; afterwards it is a new version, and its rung fires once."""
    house = pausing(opened)
    due = opened_case(house)
    house.clock.pass_(days=10)
    waited = (Status.NEW, Status.OPEN, Status.WAITING)
    shown(house, *waited)
    assert clock_of(house) == (due, house.clock(), None)
    house.clock.pass_(days=40)
    house.settle()
    assert rows(house, "SELECT count(*) FROM escalation") == [(0,)]
    assert house.store.due(house.clock(), timedelta(days=900), CZ, 10)[0].paused_at is not None
    shown(house, *waited, Status.OPEN)
    later = due + timedelta(days=40)
    assert clock_of(house) == (later, None, later)
    assert versions(house) == [(1, due), (2, later)]
    house.clock.now = later
    house.settle()
    house.settle()
    assert rows(house, "SELECT deadline_version, rung FROM escalation") == [(2, "due")]


def test_the_due_date_is_explained(opened: Store) -> None:
    """By the rule, before and after."""
    house = pausing(opened)
    opened_case(house)
    house.clock.pass_(days=1)
    shown(house, Status.NEW, Status.OPEN, Status.WAITING)
    rules = rows(
        house,
        "SELECT f ->> 'rule' FROM decision, jsonb_array_elements(fields) f"
        " WHERE f ->> 'field' = 'due' ORDER BY id",
    )
    assert rules == [("shop-clock",), ("paused-clock",)]


def test_other_rules_tell_past_pauses_anew(opened: Store) -> None:
    """A policy that comes later counts what has been; taking it back takes that back."""
    house = House(opened)
    renew(house.deps)
    due = opened_case(house)
    house.clock.pass_(days=10)
    waited = (Status.NEW, Status.OPEN, Status.WAITING)
    shown(house, *waited)
    house.clock.pass_(days=5)
    shown(house, *waited, Status.OPEN)
    assert clock_of(house)[0] == due
    for rules, expected in ((PAUSING, due + timedelta(days=5)), (RULES, due)):
        house.deps.shops[CZ] = rules  # type: ignore[index]
        adopt(house.deps, "eva")
        renew(house.deps)
        house.settle()
        assert clock_of(house)[0] == expected
    assert [when for _, when in versions(house)] == [due, due + timedelta(days=5), due]


def test_what_is_folded_again_has_the_same_clock(opened: Store) -> None:
    """From the observations alone."""
    house = pausing(opened)
    opened_case(house)
    house.clock.pass_(days=10)
    waited = (Status.NEW, Status.OPEN, Status.WAITING)
    shown(house, *waited)
    assert not check(house.deps).differences
    house.clock.pass_(days=5)
    shown(house, *waited, Status.OPEN)
    assert not check(house.deps).differences


def test_a_late_case_that_waits_stays_late(opened: Store) -> None:
    """What comes after the due date puts nothing off."""
    house = pausing(opened)
    due = opened_case(house)
    house.clock.now = due + timedelta(hours=1)
    house.settle()
    shown(house, Status.NEW, Status.OPEN, Status.WAITING)
    assert clock_of(house)[:2] == (due, None)
    assert rows(house, "SELECT overdue FROM complaint") == [(True,)]


# -- holds and outages -------------------------------------------------------------------

EXCUSED = RULES.model_copy(update={"pauses": (PauseKind.HOLD, PauseKind.OUTAGE)})


def excused(store: Store) -> House:
    """A house whose clock stands still while a case is held, or its desk is away."""
    house = House(store, rules=EXCUSED)
    renew(house.deps)
    return house


def number_of(house: House) -> ComplaintNumber:
    """Of the one case."""
    return ComplaintNumber(str(rows(house, "SELECT number FROM complaint")[0][0]))


def test_a_hold_puts_the_due_date_off_by_as_long_as_it_lasts(opened: Store) -> None:
    """By what was planned at once; when it is lifted early, by what it was."""
    house = excused(opened)
    due = opened_case(house)
    house.clock.pass_(days=2)
    until = house.clock() + 10 * DAY
    freezes = house.store.freezes
    assert freezes.freeze_case(number_of(house), until, "lawyers", "eva", house.clock())
    renew(house.deps)
    assert clock_of(house)[:2] == (due + 10 * DAY, None)
    house.clock.pass_(days=3)
    freezes.lift(number_of(house), None, "eva", house.clock())
    renew(house.deps)
    assert clock_of(house)[0] == due + 3 * DAY
    assert [n for n, _ in versions(house)] == [1, 2, 3]
    assert not check(house.deps).differences


def test_a_hold_is_told_as_the_reason(opened: Store) -> None:
    """It isn't other rules that moved it."""
    house = excused(opened)
    opened_case(house)
    house.store.freezes.freeze_case(number_of(house), at(99), "why", "eva", house.clock())
    renew(house.deps)
    assert rows(house, "SELECT rule FROM decision ORDER BY id DESC LIMIT 1") == [("weighed-again",)]


def away(house: House) -> None:
    """The desk fails three times in a row."""
    for n in range(3):
        house.fakes[DESK].documents[external("d1")] = Transient(f"503 {n}")
        with house.store.engine.begin() as connection:
            connection.exec_driver_sql(
                "UPDATE mirror SET next_read_at = opened_at, retry_tech = NULL, lease = NULL"
                " FROM (SELECT min(opened_at) AS opened_at FROM complaint) c"
            )
            connection.exec_driver_sql("UPDATE account SET not_before_tech = NULL")
        flow.poll(house.deps)


def sweep(house: House) -> None:
    """Sweep, and weigh what it found."""
    flow.sweep(house.deps)
    renew(house.deps)


def test_an_outage_of_an_hour_stops_the_clock(opened: Store) -> None:
    """While it lasts it stands still; afterwards it is put off by what it was."""
    house = excused(opened)
    due = opened_case(house)
    began = house.clock.pass_(days=1)
    away(house)
    house.clock.pass_(minutes=59)
    sweep(house)
    assert clock_of(house)[:2] == (due, None)
    house.clock.pass_(minutes=1)
    sweep(house)
    assert clock_of(house)[:2] == (due, began)
    sweep(house)
    assert not check(house.deps).differences
    house.clock.pass_(hours=4)
    with house.store.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE account SET not_before_tech = NULL")
    shown(house, Status.NEW, Status.OPEN)
    sweep(house)
    assert clock_of(house)[:2] == (due + timedelta(hours=5), None)
    assert not check(house.deps).differences


def test_a_short_outage_is_nobodys_excuse(opened: Store) -> None:
    """Nor is one of a shop that doesn't count them."""
    house = excused(opened)
    due = opened_case(house)
    away(house)
    house.clock.pass_(minutes=30)
    with house.store.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE account SET not_before_tech = NULL")
    shown(house, Status.NEW, Status.OPEN)
    house.clock.pass_(days=1)
    sweep(house)
    assert clock_of(house)[:2] == (due, None)
    assert rows(house, "SELECT counted, ended_at IS NULL FROM outage") == [(0, False)]


def test_pauses_that_overlap_count_once() -> None:
    """Whoever stopped the clock first."""
    found = united([Pause(at(3), at(9)), Pause(at(1), at(4), PauseKind.HOLD), Pause(at(20), None)])
    assert found == (Pause(at(1), at(9), PauseKind.HOLD), Pause(at(20), None))


def test_the_time_before_we_could_know_may_be_left_out(opened: Store) -> None:
    """Of the shop's promise; the law's clock runs from the filing on."""
    rules = RULES.model_copy(update={"pauses": (PauseKind.UNHEARD,), "legal": "CZ"})
    filed = NOW - 5 * DAY
    for chosen, later in ((rules, 5 * DAY), (RULES, timedelta(0))):
        desk = told((0, Status.NEW))
        one = case(desk, opened_at=filed)
        found = first_due(filed, chosen, past(one, chosen, PROVIDERS))
        plain = first_due(filed, RULES).at
        assert next(clocks(filed, chosen, past(one, chosen, PROVIDERS))).at == plain + later
        assert found.at == plain
    assert unheard(case(told((0, Status.NEW)))) == ()


def test_an_outage_is_noted_though_a_worker_died_over_the_third_failure(opened: Store) -> None:
    """By the next failure; once."""
    house = excused(opened)
    opened_case(house)
    away(house)
    with house.store.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM outage")
    away(house)
    assert rows(house, "SELECT account, ended_at FROM outage") == [(DESK, None)]


def test_a_key_that_is_refused_is_nobodys_outage(opened: Store) -> None:
    """The account answers: that it doesn't take us is ours to mend."""
    house = excused(opened)
    opened_case(house)
    house.fakes[DESK].documents[external("d1")] = NeedsHuman("bad key")
    with house.store.engine.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE mirror SET next_read_at = %(now)s, retry_tech = NULL", {"now": house.clock()}
        )
    flow.poll(house.deps)
    assert rows(house, "SELECT name FROM account WHERE paused_at IS NOT NULL") == [(DESK,)]
    assert rows(house, "SELECT count(*) FROM outage") == [(0,)]
