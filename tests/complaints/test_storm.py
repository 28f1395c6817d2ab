"""The storm brake: too much sent about one complaint waits for a person."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import text

from complaints import flow
from complaints.acts import MergeComplaints
from complaints.store import Store
from complaints.vocabulary import ComplaintNumber, Status
from tests.complaints.fakes import House
from tests.complaints.records import DESK, RULES, ZENKI, change
from tests.complaints.test_matching import QUIET_SHOP, act, told

LIMIT = 4


def stormy(opened: Store) -> tuple[House, ComplaintNumber]:
    """Two desks of one case that undo one another, each following its own rule."""
    rules = RULES.model_copy(update={"storm_pushes": LIMIT, "authority": ("zenki", "bizkithub")})
    house = House(opened, accounts=QUIET_SHOP, rules=rules)
    desk, dispute = told(house, DESK, Status.OPEN), told(house, ZENKI, Status.OPEN)
    act(house, MergeComplaints, number=dispute, into=desk)
    return house, ComplaintNumber(desk)


def swing(house: House, times: int) -> None:
    """The payment account's word moves to and fro, and each time the desk is told."""
    for turn in range(times):
        status = Status.WAITING if turn % 2 == 0 else Status.OPEN
        house.clock.pass_(minutes=1)
        house.hear(
            ZENKI,
            f"swing/{house.clock.now}",
            change(status, ZENKI, external_id="cz-zenki-1", covers=[status]),
        )
        flow.reconcile(house.deps)
        while flow.push(house.deps):
            pass
        house.hear(DESK, f"read/{house.clock.now}", change(status, external_id="cz-desk-1"))
        flow.reconcile(house.deps)


def once_more(house: House) -> None:
    """The payment account's word moves again."""
    news = change(Status.WAITING, ZENKI, external_id="cz-zenki-1", covers=["waiting"])
    house.hear(ZENKI, "once more", news)
    flow.reconcile(house.deps)


def states(house: House) -> list[tuple[str, str | None]]:
    """State of each push to the desk, and why it is held."""
    query = "SELECT state, held_for FROM push WHERE account = 'cz-desk' ORDER BY id"
    with house.store.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


def notices(house: House) -> list[dict[str, object]]:
    """What people have to hear of storms."""
    with house.store.engine.connect() as connection:
        query = text("SELECT facts FROM notice WHERE kind = 'storm' ORDER BY id")
        return list(connection.execute(query).scalars())


def test_a_storm_is_braked_and_told_of(opened: Store) -> None:
    """After so many pushes within the hour the next one waits for a person, who is told once."""
    house, number = stormy(opened)
    swing(house, LIMIT)
    assert states(house) == [("done", None)] * LIMIT
    house.hear(
        ZENKI,
        "once more",
        change(Status.WAITING, ZENKI, external_id="cz-zenki-1", covers=["waiting"]),
    )
    flow.reconcile(house.deps)
    assert flow.push(house.deps) == 0
    assert states(house)[LIMIT:] == [("held", "storm")]
    (told_of,) = notices(house)
    assert (told_of["number"], told_of["account"], told_of["sent"]) == (number, DESK, LIMIT)


def test_a_person_lets_a_braked_push_go(opened: Store) -> None:
    """`redress release NUMBER`: it is sent, and isn't held again."""
    house, number = stormy(opened)
    swing(house, LIMIT)
    house.hear(
        ZENKI,
        "once more",
        change(Status.WAITING, ZENKI, external_id="cz-zenki-1", covers=["waiting"]),
    )
    flow.reconcile(house.deps)
    assert house.store.pushes.let_go(number, []) == 1
    assert flow.push(house.deps) == 1
    assert states(house)[LIMIT:] == [("done", None)]


def test_a_braked_push_is_let_go_by_any_number_of_the_case(opened: Store) -> None:
    """Also by that of a complaint that was merged into it."""
    house, number = stormy(opened)
    swing(house, LIMIT)
    once_more(house)
    query = "SELECT number FROM complaint WHERE merged_into IS NOT NULL"
    with house.store.engine.connect() as connection:
        merged = ComplaintNumber(connection.execute(text(query)).scalar_one())
    assert [held.number for held in house.store.held_of(merged)] == [number]
    assert house.store.pushes.let_go(merged, []) == 1


def test_slow_changes_are_no_storm(opened: Store) -> None:
    """The same number of pushes over days."""
    house, _ = stormy(opened)
    for _ in range(LIMIT):
        swing(house, 2)
        house.clock.now += timedelta(hours=2)
    assert states(house) == [("done", None)] * (2 * LIMIT)
    assert notices(house) == []
