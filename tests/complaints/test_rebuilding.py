"""Folding everything again comes to what the store holds, or each difference is named."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text

from complaints import flow, operating, rebuilding
from complaints.model import Change
from complaints.ports import Receipt
from complaints.rebuilding import differences
from complaints.store import Store
from complaints.store.comparing import COMPARED, NOT_COMPARED, Pair
from complaints.store.scratch import LOOKED_AT, PREFIX, scratch
from complaints.store.tables import Base
from complaints.vocabulary import Result, Status, Subject
from tests.complaints.fakes import House, document
from tests.complaints.records import NOW, change, external, history
from tests.pipeline import BOT, CZ, DESK, ZENKI, Pipeline

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 32


BY_HAND = """
UPDATE complaint SET status = 'waiting' WHERE number = :number;
UPDATE claim SET body = jsonb_set(body, '{text}', '"all is well"')
WHERE complaint_id = (SELECT id FROM complaint WHERE number = :number);
UPDATE tracked_order SET total = total + 1
WHERE id = (SELECT order_id FROM complaint WHERE number = :number);
UPDATE mirror SET as_of = as_of + 1 WHERE external_id = :number;
DELETE FROM deadline WHERE complaint_id = (SELECT id FROM complaint WHERE number = :number);
DELETE FROM order_key WHERE space = 'hash' AND value LIKE '%6';
INSERT INTO push (key, complaint_id, account, kind, target, reason, state, cause, created_at)
SELECT 'made up', id, 'cz-desk', 'set_status', 'open', '', 'due', 0, opened_at
FROM complaint WHERE number = :number
"""


def check(pipeline: Pipeline) -> list[str]:
    """The differences as people read them."""
    return [str(one) for one in rebuilding.check(pipeline.deps).differences]


def schemas(store: Store) -> list[str]:
    """Scratch schemas that there are."""
    with store.engine.connect() as connection:
        query = text("SELECT nspname FROM pg_namespace WHERE starts_with(nspname, :prefix)")
        return list(connection.execute(query, {"prefix": PREFIX}).scalars())


def play(pipeline: Pipeline) -> None:
    """A week of a shop: chats, staff, disputes, refunds, imports, files, a conflict."""
    for n in range(1, 7):
        pipeline.order(n, status="SHIPPED" if n in {1, 2} else "COMPLETED")
    pipeline.order(7, acts=False)
    pipeline.settle()
    raised = [pipeline.complain(n, f"Kettle {n} leaks") for n in (1, 2, 3)]
    pipeline.settle()
    operating.attach(pipeline.deps, CZ, raised[0], "leak.png", PNG, "asha")
    pipeline.dispute(4)
    filed = [pipeline.file(5), pipeline.file(7, acts=False)]
    pipeline.settle(hours=1)
    desk = {number: str(document["id"]) for number, document in pipeline.at_desk().items()}
    pipeline.staff(desk[raised[0]], "open", "resolve")
    pipeline.staff(desk[raised[1]], "open", "wait", "open")
    pipeline.staff(filed[0], "reject", "closed")
    pipeline.decide(4, "REFUND")
    pipeline.settle(days=1)
    pipeline.dispute(3)
    pipeline.settle(hours=7)
    pipeline.staff(desk[raised[2]], "reject")
    pipeline.staff(desk[raised[1]], "reject")
    pipeline.settle(hours=1)
    pipeline.decide(2, "REFUND")
    pipeline.staff(filed[0], "open")
    pipeline.settle(days=1)
    pipeline.settle(days=2)


@pytest.mark.story
def test_a_week_folded_again_is_the_same(pipeline: Pipeline) -> None:
    """Cases, mirrors, orders, claims, deadlines, files and pushes follow from what was heard."""
    play(pipeline)
    before = pipeline.rows("SELECT count(*), max(seq), sum(attempts) FROM receipt")
    found = rebuilding.check(pipeline.deps)
    assert [str(one) for one in found.differences] == []
    assert found.observations == before[0][0] > 40
    assert found.complaints == len(pipeline.numbers()) >= 6
    assert pipeline.rows("SELECT count(*), max(seq), sum(attempts) FROM receipt") == before
    assert schemas(pipeline.store) == []


@pytest.mark.story
def test_what_was_changed_by_hand_is_found_and_named(pipeline: Pipeline) -> None:
    """Every kind of row, and the field with both values; a person's data isn't shown."""
    play(pipeline)
    number = pipeline.numbers()[0]
    with pipeline.store.engine.begin() as connection:
        for statement in BY_HAND.split(";"):
            connection.execute(text(statement), {"number": number})
    found = check(pipeline)
    assert f"complaint {number}: status waiting here, resolved when folded again" in found
    assert f"claim of complaint {number}: body is another when folded again" in found
    assert f"push {number} cz-desk set_status open: is here, and not when folded again" in found
    assert (
        f"deadline of complaint {number} shop: is not here, and would be when folded again" in found
    )
    starts = sorted({one.split(":")[0].split(" ")[0] for one in found})
    assert starts == ["claim", "complaint", "deadline", "mirror", "order", "push"]
    assert any(one.startswith("order key cz hash") for one in found)
    assert not any("all is well" in one for one in found)


@pytest.mark.story
def test_a_lost_observation_is_found(pipeline: Pipeline) -> None:
    """A body that is gone can't be folded again, and what followed from it is told."""
    pipeline.order(1)
    number = pipeline.complain(1)
    pipeline.settle()
    with pipeline.store.engine.begin() as connection:
        connection.execute(
            text("DELETE FROM payload p USING receipt r WHERE r.seq = p.seq AND r.account = :bot"),
            {"bot": BOT},
        )
    assert f"complaint {number}: is here, and not when folded again" in check(pipeline)


@pytest.mark.story
def test_a_check_in_the_middle_of_work_finds_nothing(pipeline: Pipeline) -> None:
    """What is undecided, unsent or unread at that moment is no difference."""
    pipeline.order(1, status="SHIPPED")
    pipeline.order(2)
    pipeline.complain(1)
    filed = pipeline.file(2)
    steps = ("reconcile", "push", "poll", "reconcile", "push", "push", "reconcile", "poll")
    for n, step in enumerate((*steps, *steps)):
        flow.STEPS[step](pipeline.deps)
        if n == len(steps):
            pipeline.staff(filed, "open", "reject")
            pipeline.settle(hours=1)
        assert check(pipeline) == []


@pytest.mark.story
def test_work_goes_on_beside_a_check(pipeline: Pipeline) -> None:
    """Workers decide and push while it runs; it speaks of the moment at which it began."""
    play(pipeline)
    pipeline.order(8)
    pipeline.settle()
    moved: list[int] = []

    def work(_done: int, _total: int) -> None:
        if not moved:
            moved.append(1)
            pipeline.complain(8)
            pipeline.settle(hours=1)

    before = len(pipeline.numbers())
    found = rebuilding.check(pipeline.deps, work)
    assert [str(one) for one in found.differences] == []
    assert found.complaints == before == len(pipeline.numbers()) - 1
    assert check(pipeline) == []


@pytest.mark.story
def test_an_account_that_was_taken_away_is_told(pipeline: Pipeline) -> None:
    """Its observations can't be read any more: that is the first thing said."""
    pipeline.order(1)
    pipeline.complain(1)
    pipeline.settle()
    deps = pipeline.deps
    less = {name: profile for name, profile in deps.accounts.items() if name != ZENKI}
    found = rebuilding.check(replace(deps, accounts=less))
    assert str(found.differences[0]).startswith(f"account {ZENKI}: is not in the settings: ")


def test_what_a_dead_run_left_is_dropped_and_a_living_one_is_not(opened: Store) -> None:
    """A leftover goes with the next run; two runs at once have schemas of their own."""
    with opened.engine.begin() as connection:
        connection.execute(text(f"CREATE SCHEMA {PREFIX}dead"))
        connection.execute(text(f"CREATE TABLE {PREFIX}dead.complaint (id bigint)"))
    with scratch(opened, [DESK]), scratch(opened, [DESK]):
        names = schemas(opened)
        assert len(names) == 2
        assert f"{PREFIX}dead" not in names
    assert schemas(opened) == []


def test_a_run_that_is_broken_off_leaves_nothing(house: House) -> None:
    """Also when a person presses Ctrl-C in the middle of it."""
    house.hear(DESK, "1", change())
    house.settle()

    def stop(_done: int, _total: int) -> None:
        assert schemas(house.store)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rebuilding.check(house.deps, stop)
    assert schemas(house.store) == []


def test_nothing_of_the_store_can_be_written_through_the_scratch_schema(opened: Store) -> None:
    """The live schema isn't on its search path, and what deciding writes lies in its own."""
    with scratch(opened, [DESK]) as made, made.store.engine.connect() as connection:
        path = connection.execute(text("SELECT current_schemas(false)")).scalar_one()
        rows = connection.execute(
            text(
                "SELECT relname, CAST(relkind AS text) FROM pg_class"
                " WHERE relnamespace = CAST(current_schema() AS regnamespace)"
            )
        )
        kinds = {name: kind for name, kind in rows}  # noqa: C416 - rows are no pairs to a checker
    assert len(path) == 1
    assert {name for name in Base.metadata.tables if kinds[name] != "r"} == LOOKED_AT


def test_every_table_is_compared_or_has_a_reason_not_to_be() -> None:
    """A table that is added later is thought of."""
    compared = {one.table for one in COMPARED}
    assert compared | NOT_COMPARED.keys() == Base.metadata.tables.keys()
    assert not compared & NOT_COMPARED.keys()
    for one in COMPARED:
        assert one.left_out <= {column.name for column in Base.metadata.tables[one.table].columns}


@pytest.mark.parametrize(
    ("here", "folded", "told"),
    [
        ({"a": 1}, None, ["order x: is here, and not when folded again"]),
        (None, {"a": 1}, ["order x: is not here, and would be when folded again"]),
        ({"a": 1, "b": 2}, {"a": 1, "b": 3}, ["order x: b 2 here, 3 when folded again"]),
        ({"a": None}, {"a": ""}, ["order x: a nothing here, empty when folded again"]),
        (
            {"history": [{"seq": 1, "word": "new"}, {"seq": 2, "word": "open"}]},
            {"history": [{"seq": 1, "word": "new"}, {"seq": 2, "word": "wait"}]},
            ["order x: history {'word': 'open'} here, {'word': 'wait'} when folded again"],
        ),
        (
            {"history": [1]},
            {"history": [1, 2]},
            ["order x: history nothing here, 2 when folded again"],
        ),
        ({"owner": "a"}, {"owner": "b"}, ["order x: owner is another when folded again"]),
    ],
)
def test_differences_are_told_field_by_field(
    here: dict[str, Any] | None, folded: dict[str, Any] | None, told: list[str]
) -> None:
    """Only what differs is said, as short as it can be; a person's data isn't said."""
    assert [str(one) for one in differences(Pair("order", "x", here, folded))] == told


def test_who_is_refused_looks_again_and_asks_a_person(house: House) -> None:
    """A refund that the account refuses becomes a manual action without waiting for news."""
    keys = ({"space": "payment", "value": "z1"},)
    paid = {"subject": Subject.ORDER, "external_id": "z1", "order_keys": keys, "total": "100"}
    order = Change.model_validate({**paid, "currency": "EUR"})
    shown = change(Status.OPEN, ZENKI, external_id="z1", order_keys=keys)
    house.fakes[ZENKI].documents[external("z1")] = document(order, shown)
    house.fakes[ZENKI].answers.append(Receipt(result=Result.REFUSED))
    house.fakes[DESK].answers.append(Receipt(result=Result.DONE, external_id=external("d1")))
    done = change(Status.RESOLVED, DESK, external_id="d1", events=history(Status.RESOLVED))
    house.fakes[DESK].documents[external("d1")] = document(done)
    house.hear(ZENKI, "1", order, shown)
    house.settle()
    (action,) = house.store.manual_actions()
    assert (action.account, action.target) == (ZENKI, Status.RESOLVED)
    assert rebuilding.check(house.deps).differences == ()


def test_a_second_complaint_asks_for_the_dispute_that_the_first_gives_up(house: House) -> None:
    """An order has one dispute: who may open it is decided anew when its asker has ended."""
    house.store.accounts.pause(ZENKI, "quiet", NOW)
    keys = ({"space": "number", "value": "n1"}, {"space": "payment", "value": "z1"})
    paid = {"subject": Subject.ORDER, "external_id": "z1", "order_keys": keys, "delivered": False}
    house.hear(ZENKI, "1", Change.model_validate(paid))
    for name in ("d1", "d2"):
        running = change(Status.OPEN, DESK, external_id=name, order_keys=keys[:1])
        house.hear(DESK, name, running)
        house.fakes[DESK].documents[external(name)] = document(running)
    while flow.reconcile(house.deps):
        pass
    house.hear(DESK, "3", change(Status.REJECTED, DESK, external_id="d1"))
    while flow.reconcile(house.deps):
        pass
    with house.store.engine.connect() as connection:
        pushes = connection.execute(
            text("SELECT state FROM push WHERE kind = 'open_dispute' ORDER BY complaint_id")
        )
        assert list(pushes.scalars()) == ["superseded", "due"]
    assert rebuilding.check(house.deps).differences == ()
