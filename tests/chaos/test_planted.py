"""The checkers of `redress chaos` turn red on a planted bug, and are silent without it.

Each story is told twice with the real store, receiver and sandbox: sound, and with one bug put
into Redress.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from complaints import acts, flow, lifecycle, operating
from complaints.ports import Transient
from complaints.store import intake, notices, pushes
from complaints.store.receipts import Kept
from complaints.vocabulary import PushKind, Result, Status
from tests.pipeline import BOT, CZ, DESK, ZENKI, Pipeline, pipeline
from tests.sandbox import sandbox, sandbox_process
from worker.chaos.checks import Faults, Names, check
from worker.chaos.desk import Desk
from worker.demo.audit import json_lines
from worker.demo.house import Office
from worker.demo.player import Stalled, wait_for_rest

__all__ = ["pipeline", "sandbox", "sandbox_process"]

pytestmark = [pytest.mark.kill]

Plant = Callable[[Pipeline, pytest.MonkeyPatch], None]
Tell = Callable[[Pipeline], None]


def found(pipeline: Pipeline, folder: Path) -> Faults:
    """What the checkers say of how everything stands."""
    pipeline.store.dump(folder / "store.jsonl")
    told = [{"message_id": one.key, "maybe_repeated": one.repeat} for one in pipeline.told.notices]
    world = pipeline.control.world()
    return check(world, json_lines(folder / "store.jsonl"), told, Names(DESK, ZENKI, BOT))


# -- stories -----------------------------------------------------------------------------


def a_delivery(pipeline: Pipeline) -> None:
    """Zenki tells of an order, and gets its answer."""
    pipeline.listen()
    pipeline.order(1)
    pipeline.control.send_webhook(f"z{1:031d}")
    for _ in range(50):
        pipeline.settle(seconds=1)
        messages = pipeline.control.world()["zenki"]["webhooks"]  # type: ignore[index]
        if messages and all(message["delivered"] for message in messages):
            pipeline.settle()
            return
    raise AssertionError("the delivery never gets its answer")


def a_message_that_is_said_twice(pipeline: Pipeline) -> None:
    """The chat gets no answer in time and asks again."""
    pipeline.listen()
    pipeline.order(1)
    pipeline.settle()
    pipeline.control.raise_in_chat(
        "70214", "The kettle leaks", first_name="Asha", last_name="Rao",
        order_id="26000001", copies=2,
    )  # fmt: skip
    pipeline.settle()


def a_create_without_an_answer(pipeline: Pipeline) -> None:
    """The desk has the complaint, the line breaks before it says so, and a person looks."""
    pipeline.order(1)
    pipeline.settle()
    pipeline.control.fault("bizkithub", "drop_after_commit", path="/complaint/create")
    pipeline.complain(1)
    for _ in range(3):
        pipeline.settle(seconds=1)
        pipeline.hurry()
    Desk(Office(pipeline.deps, Path("clock")), pipeline.control, CZ).work()
    pipeline.settle()


def a_worker_that_wakes_up_late(pipeline: Pipeline) -> None:
    """It has claimed a create and stands still; another is asked to send it, and does."""
    pipeline.order(1)
    pipeline.settle()
    number = pipeline.complain(1)
    while flow.reconcile(pipeline.deps):
        pass
    store, now = pipeline.store, pipeline.now
    late = store.pushes.claim([DESK], 0.0, now)
    assert late is not None
    flow.sweep(pipeline.deps)
    resent = acts.ResendPush(shop=CZ, by="eva", number=number, account=DESK, kind=PushKind.CREATE)
    operating.act(pipeline.deps, resent)
    pipeline.settle()
    store.pushes.unsent(late, "it woke up", now, 0.0)
    pipeline.settle(seconds=1)


def a_case_that_runs_late(pipeline: Pipeline) -> None:
    """Nobody decides it in time; people are told, and told what they were told of."""
    pipeline.order(1)
    pipeline.settle()
    pipeline.complain(1)
    pipeline.settle()
    pipeline.settle(days=40)
    with pipeline.store.engine.begin() as connection:
        connection.execute(text("UPDATE notice SET lease_until_tech = NULL"))
    pipeline.settle(hours=1)


def a_move_that_no_table_has(pipeline: Pipeline) -> None:
    """The desk's staff let a closed case wait."""
    pipeline.order(1)
    filed = pipeline.file(1)
    pipeline.settle()
    pipeline.staff(filed, "resolve", "closed")
    pipeline.settle(hours=12)
    pipeline.staff(filed, "wait")
    pipeline.settle(hours=12)


# -- bugs --------------------------------------------------------------------------------


def answer_before_commit(_: Pipeline, plant: pytest.MonkeyPatch) -> None:
    """The process dies between its answer and what it wanted to keep."""
    real = flow.keep

    def answered(deps: flow.Deps, arrivals: Any, now: datetime) -> list[Kept]:
        if any(one.source == "webhook" for one in arrivals):
            return [Kept(1, fresh=True) for _ in arrivals]
        return real(deps, arrivals, now)

    plant.setattr(flow, "keep", answered)


def no_dedupe(_: Pipeline, plant: pytest.MonkeyPatch) -> None:
    """The same message is another one each time."""
    real = intake.Intakes.take

    def taken(self: Any, account: Any, _key: str, *rest: Any) -> Any:
        return real(self, account, uuid4().hex, *rest)

    plant.setattr(intake.Intakes, "take", taken)


def resend_of_unknown(pipeline: Pipeline, plant: pytest.MonkeyPatch) -> None:
    """A write whose answer was lost is tried again, whatever it was."""
    desk = pipeline.deps.providers[DESK]
    real = desk.push

    def pushed(intent: Any) -> Any:
        receipt = real(intent)
        if receipt.result is Result.UNKNOWN:
            raise Transient("once more")
        return receipt

    plant.setattr(desk, "push", pushed)


def no_fence(_: Pipeline, plant: pytest.MonkeyPatch) -> None:
    """Whoever comes late records over who came after."""
    fenced = str(pushes._RETRY)
    bare = fenced.replace(
        "AND lease = :lease AND state IN ('sending', 'unknown')",
        "AND CAST(:lease AS text) IS NOT NULL",
    )
    assert bare != fenced
    plant.setattr(pushes, "_RETRY", text(bare))


def told_is_forgotten(pipeline: Pipeline, plant: pytest.MonkeyPatch) -> None:
    """That people were told isn't written down, nor that they may have been."""
    real = notices.Notices.claim
    plant.setattr(notices.Notices, "told", lambda *_: None)
    plant.setattr(
        notices.Notices,
        "claim",
        lambda self, *rest: [one._replace(tellings={}) for one in real(self, *rest)],
    )
    # The story's steps never come to rest with this bug: they run once each time.
    plant.setattr(pipeline, "settle", partial(run_once, pipeline))


def no_marks(_: Pipeline, plant: pytest.MonkeyPatch) -> None:
    """Every move is taken for one of the table."""
    plant.setattr(lifecycle, "LEGAL", {status: frozenset(Status) for status in Status})


def run_once(pipeline: Pipeline, **time: float) -> None:
    """As `Pipeline.settle`, without going on for ever."""
    pipeline.now += timedelta(**time)
    pipeline.control.clock(pipeline.now)
    for _ in range(5):
        for step in flow.STEPS.values():
            step(pipeline.deps)


@pytest.mark.parametrize(
    ("story", "bug", "red"),
    [
        (a_delivery, answer_before_commit, "lost"),
        (a_message_that_is_said_twice, no_dedupe, "duplicated"),
        (a_create_without_an_answer, resend_of_unknown, "duplicated"),
        (a_worker_that_wakes_up_late, no_fence, "duplicated"),
        (a_case_that_runs_late, told_is_forgotten, "escalated_twice"),
        (a_move_that_no_table_has, no_marks, "illegal"),
    ],
    ids=lambda one: one if isinstance(one, str) else one.__name__,
)
@pytest.mark.parametrize("planted", [False, True], ids=["sound", "planted"])
def test_a_checker_turns_red_on_a_planted_bug(
    pipeline: Pipeline,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    story: Tell,
    bug: Plant,
    red: str,
    *,
    planted: bool,
) -> None:
    """And only on it."""
    if planted:
        bug(pipeline, monkeypatch)
    story(pipeline)
    faults = found(pipeline, tmp_path)
    turned_red = {name for name, said in faults if said}
    assert red in turned_red if planted else not turned_red, faults


@pytest.mark.parametrize("planted", [False, True], ids=["sound", "no sweep"])
def test_without_a_sweep_nothing_comes_to_rest(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch, *, planted: bool
) -> None:
    """A worker died while it sent something."""
    if planted:
        monkeypatch.setattr(flow, "sweep", lambda _deps: 0)
    pipeline.order(1)
    pipeline.settle()
    pipeline.complain(1)
    while flow.reconcile(pipeline.deps):
        pass
    assert pipeline.store.pushes.claim([DESK], 0.0, pipeline.now) is not None
    flow.sweep(pipeline.deps)
    pipeline.settle()
    rest = pipeline.store.at_rest
    if planted:
        with pytest.raises(Stalled, match="1 push"):
            wait_for_rest(lambda now: rest(now)._asdict(), pipeline.now, 0.2)
    else:
        wait_for_rest(lambda now: rest(now)._asdict(), pipeline.now, 5)
