"""The plan keeps its promises, whatever the world."""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from datetime import date
from pathlib import Path

import pytest

from worker.demo.generator import generate
from worker.demo.loader import load
from worker.demo.planner import plan, title_of
from worker.demo.staffs import REOPEN_WITHIN
from worker.demo.world import Case, DeskAct, Plan, Route, Settle, ZenkiAct

_DECISIVE = {"resolve", "reject"}


def worlds() -> list[object]:
    """Three worlds of our own, and the one of REDRESS_DEMO_INPUT when it is set."""
    cases: list[object] = [
        pytest.param(plan(generate(seed), seed), id=f"{seed}") for seed in (1, 2, 7)
    ]
    folder = os.environ.get("REDRESS_DEMO_INPUT")
    if folder:
        cases.append(pytest.param(plan(load(Path(folder)), 1), id="input"))
    return cases


every_world = pytest.mark.parametrize("story", worlds())


def desk_acts(story: Plan) -> dict[str, list[tuple[date, str]]]:
    """What the desk does about each case, in order."""
    found: dict[str, list[tuple[date, str]]] = defaultdict(list)
    for day in story.days:
        for act in day.acts:
            if isinstance(act, DeskAct):
                found[act.case].append((day.on, act.status))
    return found


def zenki_acts(story: Plan) -> dict[str, list[tuple[date, str]]]:
    """What Zenki's staff do about each case, in order."""
    found: dict[str, list[tuple[date, str]]] = defaultdict(list)
    for day in story.days:
        for act in day.acts:
            if isinstance(act, ZenkiAct):
                found[act.case].append((day.on, act.decision))
    return found


def desk_from(case: Case) -> int:
    """Days after filing on which the desk can first act on a case."""
    return 1 if case.route is Route.DISPUTE else 0


@every_world
def test_three_in_ten_are_known_to_two_accounts(story: Plan) -> None:
    """Chat complaints and disputes are created at the desk; undelivered ones at Zenki."""
    known = sum(case.route is not Route.DESK or case.disputed for case in story.cases)
    assert known >= 0.3 * len(story.cases)


@every_world
def test_both_staffs_act_on_eight_in_a_hundred(story: Plan) -> None:
    """And on one in a hundred they decide against each other, on the same day."""
    at_desk, at_zenki = desk_acts(story), zenki_acts(story)
    both = at_desk.keys() & at_zenki.keys()
    assert len(both) >= 0.08 * len(story.cases)
    fought = 0
    for case in story.cases:
        ours = [(day, word) for day, word in at_desk[case.key] if word in _DECISIVE]
        theirs = [
            (day, word) for day, word in at_zenki[case.key] if word != "PENDING_SHOPPER_RETURN"
        ]
        if ours and theirs and ours[-1][0] == theirs[-1][0]:
            same = {("resolve", "REFUND"), ("reject", "RESOLVED")}
            differ = (ours[-1][1], theirs[-1][1]) not in same
            assert differ is case.opposite
            fought += differ
    assert fought >= 0.01 * len(story.cases)


@every_world
def test_each_case_is_decided_on_the_day_of_its_answer(story: Plan) -> None:
    """The last decisive act of the staff that decides falls on that day."""
    at_desk, at_zenki = desk_acts(story), zenki_acts(story)
    for case in story.cases:
        if case.decided_by != "zenki":
            assert [day for day, word in at_desk[case.key] if word in _DECISIVE][
                -1
            ] == case.decided_on
        if case.decided_by != "desk":
            assert at_zenki[case.key][-1][0] == case.decided_on


@every_world
def test_desk_acts_make_sense(story: Plan) -> None:
    """Nothing before the desk has the case; after a decision only closing, or opening again."""
    cases = {case.key: case for case in story.cases}
    for key, done in desk_acts(story).items():
        case = cases[key]
        assert done == sorted(done, key=lambda act: act[0])
        assert (done[0][0] - case.filed_on).days >= desk_from(case)
        words = [word for _, word in done]
        if "closed" in words:
            assert words.index("closed") == len(words) - 1
            assert 1 <= (done[-1][0] - case.decided_on).days <= 5
        early = [day for day, word in done if word in _DECISIVE][:-1]
        if case.decided_by == "zenki":
            assert not _DECISIVE & set(words)
        elif early:
            assert not case.disputed
            again = next(day for day, word in done if word == "open" and day > early[0])
            assert 1 <= (again - early[0]).days <= REOPEN_WITHIN
            assert again < case.decided_on


@every_world
def test_zenki_acts_only_on_disputes(story: Plan) -> None:
    """Zenki's staff never touch a case that Zenki doesn't know."""
    cases = {case.key: case for case in story.cases}
    for key, done in zenki_acts(story).items():
        assert cases[key].disputed
        assert done[0][0] >= cases[key].filed_on


@every_world
def test_all_that_staffs_may_do_occurs(story: Plan) -> None:
    """Opening, waiting, deciding early, closing, and a return of goods."""
    words = Counter(word for done in desk_acts(story).values() for _, word in done)
    assert {"open", "wait", "resolve", "reject", "closed"} <= words.keys()
    assert {"REFUND", "RESOLVED"} <= {
        word for done in zenki_acts(story).values() for _, word in done
    }
    assert {case.route for case in story.cases} == set(Route)
    assert {case.decided_by for case in story.cases} == {"desk", "zenki", "both"}


@every_world
def test_orders_are_known_before_anything_happens_to_them(story: Plan) -> None:
    """An order comes into being on its purchase day, or with an earlier complaint."""
    orders = {order.id: order for order in story.orders}
    for case in story.cases:
        order = orders[case.order_id]
        assert order.known_on <= min(case.filed_on, story.place.day_of(order.row.purchased_at))
    assert [order.paid is not None for order in story.orders] == [
        index % 3 == 0 for index in range(len(story.orders))
    ]


@every_world
def test_disputes_are_first_and_alone_on_their_day(story: Plan) -> None:
    """Only an order's first complaint can be a shopper's dispute, and only if Zenki knows it."""
    orders = {order.id: order for order in story.orders}
    for case in story.cases:
        if case.route is Route.DISPUTE:
            assert orders[case.order_id].paid is not None
            others = [c for c in story.cases if c.order_id == case.order_id and c.key != case.key]
            assert all(other.filed_on > case.filed_on for other in others)


@every_world
def test_an_order_is_settled_late_enough(story: Plan) -> None:
    """At least ten days after it came into being, and a week after its last decision."""
    orders = {order.id: order for order in story.orders}
    settled = 0
    for day in story.days:
        for act in day.acts:
            if isinstance(act, Settle):
                settled += 1
                decided = [c.decided_on for c in story.cases if c.order_id == act.order_id]
                assert (day.on - orders[act.order_id].known_on).days >= 10
                assert all((day.on - last).days >= 7 for last in decided)
    assert settled > 0


@every_world
def test_days_have_no_gaps_and_every_case_its_day(story: Plan) -> None:
    """Each day is there once, each order and filing on exactly one of them."""
    days = [day.on for day in story.days]
    assert (days[-1] - days[0]).days == len(days) - 1 == len(set(days)) - 1
    assert Counter(key for day in story.days for key in day.filings) == Counter(
        case.key for case in story.cases
    )
    assert Counter(key for day in story.days for key in day.orders) == Counter(
        order.id for order in story.orders
    )


@every_world
def test_a_late_case_gets_a_look_after_its_due_day(story: Plan) -> None:
    """Else the decision could be read before anybody sees that the day has passed."""
    looks = {day.on for day in story.days if day.look}
    late = [case for case in story.cases if case.overdue]
    assert late
    assert {date.fromordinal(case.filed_on.toordinal() + 31) for case in late} == looks


@every_world
def test_plan_survives_its_own_json(story: Plan) -> None:
    """What a stranger reads is what was played."""
    read = Plan.model_validate_json(story.model_dump_json())
    assert [case.model_dump(mode="json") for case in read.cases] == [
        case.model_dump(mode="json") for case in story.cases
    ]
    assert read.days == story.days


def test_plan_is_a_function_of_rows_and_seed() -> None:
    """The same seed gives the same plan, another seed another one."""
    rows = generate(4)
    assert plan(rows, 4) == plan(rows, 4)
    assert plan(rows, 4).days != plan(rows, 5).days


def test_same_words_on_one_order_go_to_the_desk() -> None:
    """The chat would take them for a repeat of the first message."""
    rows = generate(4)
    first = rows.filings[0]
    again = first.model_copy(update={"complaint_id": "again"})
    story = plan(rows.model_copy(update={"filings": (*rows.filings, again)}), 4)
    assert story.cases[-1].route is Route.DESK


@pytest.mark.parametrize(
    ("title", "text", "made"),
    [
        (" Ruim ", "x", "Ruim"),
        ("", "one two\nthree four five six seven", "one two three four five six"),
        ("\n", "x" * 200, "x" * 100),
    ],
)
def test_title_is_one_line(title: str, text: str, made: str) -> None:
    """A given title is kept; else it is made of the first words."""
    assert title_of(title, text) == made
