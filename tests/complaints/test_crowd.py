"""Eight workers over many observations of few orders: the same as one worker."""

from __future__ import annotations

import random
from contextlib import ExitStack, closing

import pytest
from sqlalchemy import text

from complaints import flow, store
from complaints.flow import Limits
from complaints.store import Store
from complaints.store.casework import StoreBusy
from complaints.vocabulary import Status
from tests.complaints.fakes import House
from tests.complaints.records import BOT, change
from tests.complaints.test_interleaving import (
    WALKS,
    News,
    desk,
    emptied,
    keep,
    keys,
    linked,
    linked_by_hand,
    numbered,
    payment,
    possible,
    result,
)
from tests.complaints.together import together

OBSERVATIONS, CASES, ORDERS, WORKERS = 20_000, 500, 60, 8


def crowded(chance: random.Random) -> News:
    """Anything about one of the cases; some eight of them hang on each order."""
    case = chance.randint(1, CASES)
    order = case % ORDERS + 1
    match chance.choices(range(5), weights=[10, 60, 25, 4, 1])[0]:
        case 0:
            news = change(Status.NEW, BOT, external_id=f"c{case}", order_keys=keys(order)[:1])
            return News(BOT, (news,), numbered(case))
        case 1:
            walk = case % len(WALKS)
            return desk(case, order, walk, chance.randint(1, len(WALKS[walk])))
        case 2:
            return payment(order, chance.randint(0, 3))
        case 3:
            return linked(order)
        case _:
            # Mostly one about the same order; a few bring orders together.
            step = 1 if chance.random() < 0.1 else ORDERS
            others = range((case - 1) % step + 1, CASES + 1, step)
            return linked_by_hand(case, chance.choice(others))


@pytest.mark.long
@pytest.mark.timeout(900)
def test_eight_workers_come_to_the_same_as_one(opened: Store) -> None:
    """No deadlock surfaces, no complaint is doubled, nothing is lost."""
    chance = random.Random(20_000)
    world = possible([crowded(chance) for _ in range(OBSERVATIONS)])
    with emptied(opened) as house:
        keep(house, world)
        expected = worked(house, [house.deps])
    url = opened.engine.url.render_as_string(hide_password=False)
    with ExitStack() as stack, emptied(opened) as house:
        stores = [stack.enter_context(closing(store.open(url))) for _ in range(WORKERS)]
        keep(house, world)
        limits = [Limits(batch=chance.randint(10, 80)) for _ in range(WORKERS)]
        workers = [House(one, limits=limit).deps for one, limit in zip(stores, limits, strict=True)]
        assert worked(house, workers) == expected
        with opened.engine.connect() as connection:
            doubled = connection.execute(
                text(
                    "SELECT count(*) FROM (SELECT FROM mirror WHERE opened IS NOT NULL"
                    " GROUP BY account, external_id HAVING count(*) > 1) AS twice"
                )
            ).scalar_one()
        assert doubled == 0


def worked(house: House, workers: list[flow.Deps]) -> object:
    """What these workers, all at once, come to."""

    def work(worker: flow.Deps) -> int:
        done = 0
        while True:
            try:
                taken = flow.reconcile(worker)
            except StoreBusy:
                # It waited too long for its neighbours: the batch is as it was, and taken again.
                continue
            if not taken:
                return done
            done += taken

    shares = together(*[lambda worker=worker: work(worker) for worker in workers], seconds=600)
    # The last acts wait for what others still hold.
    assert sum(shares) + work(workers[0]) == OBSERVATIONS
    return result(house)
