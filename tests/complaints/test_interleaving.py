"""Workers may meet the same observations in any order and in any batches: the result is one."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from complaints import flow, operating, store
from complaints.acts import (
    AnyAct,
    LinkRecord,
    MergeComplaints,
    SettleConflict,
    SplitComplaint,
    UnlinkRecord,
)
from complaints.flow import Limits
from complaints.model import Change
from complaints.numbers import spell
from complaints.store import Store
from complaints.vocabulary import OPERATOR, AccountName, ComplaintNumber, Outcome, Status, Subject
from tests.complaints.conftest import EMPTY
from tests.complaints.fakes import House
from tests.complaints.records import BOT, CZ, DESK, ZENKI, change, history
from tests.complaints.together import together

WALKS = [
    [Status.NEW, Status.OPEN, Status.WAITING, Status.RESOLVED, Status.CLOSED],
    [Status.NEW, Status.OPEN, Status.REJECTED, Status.CLOSED],
    [Status.OPEN, Status.WAITING, Status.OPEN, Status.REJECTED],
    [Status.NEW, Status.CLOSED],
]
DECISIVE = {Status.RESOLVED: Outcome.UPHELD, Status.REJECTED: Outcome.REFUSED}


@dataclass(frozen=True)
class News:
    """One observation of a world."""

    account: AccountName
    changes: tuple[Change, ...] = ()
    number: ComplaintNumber | None = None
    act: AnyAct | None = None


def keys(order: int) -> tuple[dict[str, str], ...]:
    """An order's number, and its id at the payment account."""
    return (
        {"space": "number", "value": f"n{order}"},
        {"space": "payment", "value": f"z{order}"},
    )


def raised(case: int) -> News:
    """Somebody complains in the chat about an order."""
    order = keys(case % 2 + 1)[:1]
    news = change(Status.NEW, BOT, external_id=f"c{case}", order_keys=order)
    return News(BOT, (news,), numbered(case))


def numbered(case: int) -> ComplaintNumber:
    """What the customer of a case in the chat was told."""
    return spell(9000 + case)


def acted(kind: type[AnyAct], **what: object) -> News:
    """A person says whose case a record is, or who won."""
    return News(OPERATOR, act=kind.model_validate({"shop": CZ, "by": "eva", **what}))


def linked_by_hand(desk: int, case: int) -> News:
    """A case of the desk is the one that was raised in the chat."""
    record = {"account": DESK, "external_id": f"d{desk}"}
    return acted(LinkRecord, number=numbered(case), **record)


def linked(order: int) -> News:
    """A row of an import names an order by all of its ids."""
    ids = ({"space": "hash", "value": f"h{order}"}, *keys(order))
    return News(DESK, (Change.model_validate({"subject": Subject.ORDER, "order_keys": ids}),))


def desk(case: int, order: int, walk: int, length: int) -> News:
    """The desk shows a case with the history that it has so far."""
    seen = WALKS[walk][:length]
    decided = [DECISIVE[status] for status in seen if status in DECISIVE]
    news = change(
        seen[-1],
        external_id=f"d{case}",
        order_keys=({"space": "hash", "value": f"h{order}"},),
        events=history(*seen),
        outcome=decided[-1] if decided else change(seen[-1]).outcome,
    )
    return News(DESK, (news,))


STAGES: list[tuple[bool, Status | None]] = [
    (False, None),
    (False, Status.OPEN),
    (True, Status.OPEN),
    (True, Status.REJECTED),
]


def payment(order: int, stage: int) -> News:
    """The payment account shows an order, and its dispute if there is one yet."""
    delivered, status = STAGES[stage]
    shown: dict[str, Any] = {"external_id": f"z{order}", "order_keys": keys(order)}
    first = Change.model_validate(
        {"subject": Subject.ORDER, "delivered": delivered, "total": "100", **shown}
    )
    if status is None:
        return News(ZENKI, (first,))
    return News(ZENKI, (first, change(status, ZENKI, **shown)))


def possible(world: list[News]) -> list[News]:
    """The same with each order's stages in their order; a desk may show an old copy."""
    stages: dict[str, list[News]] = {}
    for news in world:
        if news.account == ZENKI:
            stages.setdefault(str(news.changes[0].external_id), []).append(news)
    for shown in stages.values():
        shown.sort(key=lambda news: (len(news.changes), news.changes[0].delivered, _end(news)))
    return [
        stages[str(news.changes[0].external_id)].pop(0) if news.account == ZENKI else news
        for news in world
    ]


def _end(news: News) -> bool:
    return news.changes[-1].status is Status.REJECTED


_NEWS = st.one_of(
    st.builds(raised, st.integers(1, 3)),
    st.builds(linked, st.integers(1, 2)),
    st.builds(desk, st.integers(1, 2), st.just(1), st.just(0), st.integers(1, 5)),
    st.builds(desk, st.just(3), st.just(2), st.just(1), st.integers(1, 4)),
    st.builds(desk, st.just(4), st.just(2), st.just(3), st.integers(1, 2)),
    st.builds(payment, st.integers(1, 2), st.integers(0, 3)),
    st.builds(linked_by_hand, st.integers(1, 4), st.integers(1, 3)),
    st.builds(
        lambda account, name: acted(UnlinkRecord, account=account, external_id=name),
        st.just(DESK),
        st.sampled_from(["d1", "d3"]),
    ),
    st.builds(
        lambda one, other: acted(MergeComplaints, number=numbered(one), into=numbered(other)),
        st.integers(1, 3),
        st.integers(1, 3),
    ),
    st.builds(lambda case: acted(SplitComplaint, number=numbered(case)), st.integers(1, 3)),
    st.builds(
        lambda case, outcome: acted(SettleConflict, number=numbered(case), outcome=outcome),
        st.integers(1, 3),
        st.sampled_from(["upheld", "refused"]),
    ),
)


@contextmanager
def emptied(opened: Store) -> Iterator[House]:
    """The store with nothing in it: Hypothesis makes many worlds in one test."""
    url = opened.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(EMPTY)
    opened.receipts._months.clear()
    yield House(opened)


def keep(house: House, world: list[News]) -> None:
    """All of the world is received; nothing of it is decided on."""
    for n, news in enumerate(world):
        if news.act is not None:
            operating.act(house.deps, news.act)
        else:
            house.hear(news.account, str(n), *news.changes, number=news.number)


def result(house: House) -> object:
    """Cases with everything that every account holds of them, and what is asked of accounts.

    What nobody sent and nobody has to send any more is history: whether it was ever asked for
    hangs on what was known in between.
    """
    with house.store.engine.connect() as connection:
        cases = connection.execute(
            text("""
SELECT c.status, c.outcome, c.conflict, c.merged_into IS NULL, c.ruling, c.opened_at, c.due_at,
  c.quiet, c.origin,
  c.born - (SELECT min(seq) FROM receipt), (SELECT l.body FROM claim l WHERE l.complaint_id = c.id),
  (SELECT array_agg(k.value ORDER BY k.value) FROM order_key k WHERE k.order_id = c.order_id),
  (SELECT array_agg(concat_ws('/', m.account, m.external_id, m.status, m.outcome,
    m.as_of - (SELECT min(seq) FROM receipt), m.since - (SELECT min(seq) FROM receipt),
    m.last_event, m.settled, m.reopened, m.ours, m.quiet, jsonb_array_length(m.history))
    ORDER BY m.account, m.external_id) FROM mirror m WHERE m.complaint_id = c.id)
FROM complaint c
""")
        ).all()
        pushes = connection.execute(
            text(
                "SELECT account, kind, target, amount, state, held_for, external_id"
                " FROM push WHERE state <> 'superseded' AND (state <> 'done' OR sent > 0)"
            )
        ).all()
        orders = connection.execute(
            text("""
SELECT o.delivered, o.total, array_agg(k.value ORDER BY k.value)
FROM tracked_order o JOIN order_key k ON k.order_id = o.id GROUP BY o.id
""")
        ).all()
        left = connection.execute(
            text("SELECT count(*) FROM receipt WHERE verdict = 'pending'")
        ).scalar_one()
    return sorted(map(repr, cases)), sorted(map(repr, pushes)), sorted(map(repr, orders)), left


def one_by_one(opened: Store, world: list[News]) -> object:
    """What it should come to."""
    with emptied(opened) as house:
        keep(house, world)
        deps = House(opened, limits=Limits(batch=1)).deps
        while flow.reconcile(deps):
            pass
        return result(house)


@given(
    world=st.lists(_NEWS, min_size=1, max_size=9).map(possible),
    sizes=st.lists(st.integers(1, 5), min_size=9, max_size=9),
    chance=st.randoms(use_true_random=False),
)
@settings(
    max_examples=25,
    deadline=None,
    phases=(Phase.explicit, Phase.generate),  # shrinking would take minutes
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@example(
    world=[
        desk(1, 1, 0, 4),
        desk(1, 1, 0, 2),
        raised(1),
        payment(1, 0),
    ],
    sizes=[1] * 9,
    chance=random.Random(0),
)
def test_batches_of_any_size_in_any_order(
    opened: Store, world: list[News], sizes: list[int], chance: random.Random
) -> None:
    """Claimed as they come, decided in any order: the same as one after the other."""
    expected = one_by_one(opened, world)
    with emptied(opened) as house:
        keep(house, world)
        claim = house.store.receipts.claim
        batches = [claim([BOT, DESK, ZENKI, OPERATOR], size, 60) for size in sizes]
        chance.shuffle(batches)
        for batch in batches:
            flow._decide(house.deps, batch)
        while flow.reconcile(house.deps):
            pass
        assert result(house) == expected


@pytest.mark.parametrize("seed", range(6))
def test_two_threads_come_to_the_same(opened: Store, seed: int) -> None:
    """Real workers on one database: they wait for one another, and none is lost."""
    chance = random.Random(seed)
    world = possible([_some(chance) for _ in range(60)])
    expected = one_by_one(opened, world)
    url = opened.engine.url.render_as_string(hide_password=False)
    with closing(store.open(url)) as other, emptied(opened) as house:
        keep(house, world)
        limits = [Limits(batch=chance.randint(1, 9)) for _ in range(2)]
        workers = [
            House(one, limits=limit).deps
            for one, limit in zip((opened, other), limits, strict=True)
        ]

        def work(worker: flow.Deps) -> int:
            done = 0
            while taken := flow.reconcile(worker):
                done += taken
            return done

        shares = together(*[lambda worker=worker: work(worker) for worker in workers])
        assert sum(shares) == len(world)
        assert result(house) == expected


def _some(chance: random.Random) -> News:
    """Anything that can be observed."""
    match chance.randint(1, 5):
        case 1:
            return raised(chance.randint(1, 9))
        case 2:
            return linked(chance.randint(1, 4))
        case 3:
            case = chance.randint(1, 6)
            walk = case % len(WALKS)
            return desk(case, case % 4 + 1, walk, chance.randint(1, len(WALKS[walk])))
        case 4:
            one, other = chance.sample(range(1, 10), 2)
            return chance.choice(
                [
                    linked_by_hand(chance.randint(1, 6), one),
                    acted(MergeComplaints, number=numbered(one), into=numbered(other)),
                    acted(SplitComplaint, number=numbered(one)),
                    acted(UnlinkRecord, account=DESK, external_id=f"d{chance.randint(1, 6)}"),
                    acted(SettleConflict, number=numbered(one), outcome="refused"),
                ]
            )
        case _:
            return payment(chance.randint(1, 4), chance.randint(0, 3))
