"""The person at the unknown desk: adopts what arrived, sends again what didn't, and no more."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from tests.pipeline import CZ, RULES, Pipeline, pipeline
from tests.sandbox import sandbox, sandbox_process
from worker.chaos.desk import Desk
from worker.demo.house import Office

__all__ = ["pipeline", "sandbox", "sandbox_process"]


def desk_of(pipeline: Pipeline, folder: Path) -> Desk:
    """Somebody who sees both sides."""
    return Desk(Office(pipeline.deps, folder / "clock"), pipeline.control, CZ)


@pytest.mark.parametrize(
    ("fault", "arrived", "sent_again"),
    [("drop_before", 0, 1), ("drop_after_commit", 1, 0)],
    ids=["lost on the way there", "lost on the way back"],
)
def test_a_complaint_whose_answer_was_lost(
    pipeline: Pipeline, tmp_path: Path, fault: str, arrived: int, sent_again: int
) -> None:
    """It is there once in the end, and follows what the desk says."""
    pipeline.order(1)
    pipeline.settle()
    pipeline.control.fault("bizkithub", fault, path="/complaint/create")
    number = pipeline.complain(1)
    pipeline.settle()
    pipeline.hurry()
    desk = desk_of(pipeline, tmp_path)
    assert desk.work()
    pipeline.settle()
    assert not desk.work()
    assert (desk.arrived, desk.sent_again) == (arrived, sent_again)
    pipeline.staff(str(pipeline.at_desk()[number]["id"]), "resolve")
    pipeline.settle(hours=1)
    assert pipeline.state(number) == ("resolved", "upheld")
    pipeline.calm()


@pytest.mark.parametrize(
    ("fault", "sent_again"),
    [("drop_before", 1), ("drop_after_commit", 0)],
    ids=["lost on the way there", "lost on the way back, and seen"],
)
def test_a_refund_whose_answer_was_lost(
    pipeline: Pipeline, tmp_path: Path, fault: str, sent_again: int
) -> None:
    """Money moves once; where the order shows it, nobody has to look."""
    pipeline.rewire(RULES.model_copy(update={"refund_allowance": Decimal(500)}))
    pipeline.order(1, status="SHIPPED")
    pipeline.settle()
    number = pipeline.complain(1)
    pipeline.settle()
    pipeline.control.fault("zenki", fault, path="/refunds")
    pipeline.staff(str(pipeline.at_desk()[number]["id"]), "resolve")
    pipeline.settle(hours=1)
    pipeline.hurry()
    desk = desk_of(pipeline, tmp_path)
    assert desk.work() is bool(sent_again)
    pipeline.settle(hours=1)
    assert not desk.work()
    assert (desk.arrived, desk.sent_again) == (0, sent_again)
    assert pipeline.at_zenki(1)["status"] == "REFUNDED"
    pipeline.calm()
