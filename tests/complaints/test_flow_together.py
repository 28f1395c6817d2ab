"""Several workers at once, and people who do whatever they like."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from complaints import flow
from complaints.vocabulary import Status
from providers.sandbox.client import ControlRefused
from tests.complaints.together import together
from tests.pipeline import DESK, ZENKI, Pipeline

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.story

ENDED = {Status.RESOLVED, Status.REJECTED, Status.CLOSED}
WORDS = {"new": "new", "open": "open", "wait": "waiting"} | {
    "resolve": "resolved",
    "reject": "rejected",
    "closed": "closed",
}


def work(pipeline: Pipeline) -> int:
    """One worker: every step until nothing is left, three times over."""
    done = 0
    for _ in range(3):
        while taken := sum(step(pipeline.deps) for step in flow.STEPS.values()):
            done += taken
    return done


def test_three_workers_share_the_work(pipeline: Pipeline) -> None:
    """Each complaint is filed once, each order disputed once, each status sent once."""
    for n in range(1, 5):
        pipeline.order(n, status="SHIPPED")
    pipeline.settle()
    numbers = {
        pipeline.complain(n, words) for n in range(1, 5) for words in ("Leaks", "Cracked", "Late")
    }
    assert sum(together(*[lambda: work(pipeline)] * 3)) > 0
    pipeline.settle()
    assert pipeline.at_desk().keys() == numbers
    assert len(pipeline.control.complaints()) == len(numbers)
    for filed in pipeline.control.complaints():
        pipeline.staff(str(filed["id"]), "open", "resolve")
    pipeline.settle(hours=1)
    together(*[lambda: work(pipeline)] * 3)
    pipeline.settle(hours=1)
    assert {pipeline.state(number)[0] for number in numbers} == {Status.RESOLVED}
    assert [len(pipeline.at_zenki(n)["refunds"]) for n in range(1, 5)] == [1] * 4
    pipeline.calm()


class People:
    """Customers, staff and buyers who act at random."""

    def __init__(self, pipeline: Pipeline, chance: random.Random) -> None:
        self._pipeline = pipeline
        self._chance = chance
        self._words = 0

    def act(self) -> None:
        """Somebody does something; what the world refuses doesn't happen."""
        acts: list[Callable[[], None]] = [
            self._complain,
            self._file,
            self._staff,
            self._staff,
            self._staff,
            self._dispute,
            self._decide,
            self._move,
        ]
        try:
            self._chance.choice(acts)()
        except ControlRefused:
            return

    def _order(self) -> int:
        return self._chance.randint(1, 3)

    def _complain(self) -> None:
        self._words += 1
        self._pipeline.complain(self._order(), f"Complaint {self._words}")

    def _file(self) -> None:
        self._words += 1
        self._pipeline.file(self._order(), f"Filed {self._words}")

    def _staff(self) -> None:
        filed = self._pipeline.control.complaints()
        if filed:
            word = self._chance.choice(list(WORDS))
            self._pipeline.staff(str(self._chance.choice(filed)["id"]), word)

    def _dispute(self) -> None:
        self._pipeline.dispute(self._order())

    def _decide(self) -> None:
        decision = self._chance.choice(["REFUND", "RESOLVED", "PENDING_SHOPPER_RETURN"])
        self._pipeline.decide(self._order(), decision)

    def _move(self) -> None:
        order = f"z{self._order():031d}"
        status = self._chance.choice(["SHIPPED", "COMPLETED"])
        self._pipeline.control.move_zenki_order(order, status, self._pipeline.now)


@pytest.mark.parametrize("seed", range(8))
def test_whatever_people_do_the_accounts_come_to_agree(pipeline: Pipeline, seed: int) -> None:
    """In the end nothing is left to do, nothing was made twice, and all differences have owners."""
    chance = random.Random(seed)
    people = People(pipeline, chance)
    for n in range(1, 4):
        pipeline.order(n, status=chance.choice(["SHIPPED", "COMPLETED"]))
    pipeline.settle()
    for _ in range(14):
        people.act()
        if chance.random() < 0.6:
            pipeline.settle(minutes=chance.choice([1, 10, 120]))
    for _ in range(4):
        pipeline.settle(days=1)
    pipeline.calm()
    filed = {str(case["id"]): WORDS[str(case["status"])] for case in pipeline.control.complaints()}
    owned = {
        (number, account)
        for number, account in pipeline.rows(
            "SELECT c.number, p.account FROM push p JOIN complaint c ON c.id = p.complaint_id"
            " WHERE p.state IN ('manual', 'parked', 'unknown')"
        )
    }
    for number in pipeline.numbers():
        case = pipeline.case(number)
        for mirror in case.mirrors:
            if mirror.account == DESK:
                there = filed[str(mirror.external_id)]
                assert WORDS[mirror.word] == there
                if case.status in ENDED and not case.conflict and (number, DESK) not in owned:
                    assert there in {case.status, Status.CLOSED}, case
            if mirror.account == ZENKI and not case.conflict:
                agreed = case.outcome in {mirror.outcome, "unknown", "none"}
                assert agreed or (number, ZENKI) in owned, case
