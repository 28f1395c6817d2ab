"""Folding everything again comes to what the store holds, or each difference is named."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from complaints import operating, rebuilding
from complaints.model import ComplaintNumber
from complaints.store import Store
from complaints.store.comparing import COMPARED, NOT_COMPARED
from complaints.store.scratch import PREFIX, scratch
from complaints.store.tables import Base
from tests.pipeline import BOT, CZ, DESK, RULES, ZENKI, Pipeline

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 32


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
