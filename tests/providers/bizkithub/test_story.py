"""The desk in the whole pipeline: an exchange makes one order, which reports to us."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from complaints import flow
from complaints.ports import Rejected
from providers.registry import PROVIDERS
from tests.pipeline import CZ, DESK, RULES, Pipeline, blocks, pipeline
from tests.providers.bizkithub.samples import HOOK_SECRET, HOOKS
from tests.sandbox import RunningSandbox

__all__ = ["pipeline"]

pytestmark = pytest.mark.story

OWN = {
    "remedies": {"reklamace": "exchange"},
    "notification_url": HOOKS,
    "notification_secret": HOOK_SECRET,
}


@pytest.fixture
def shop(pipeline: Pipeline, sandbox: RunningSandbox) -> Iterator[Pipeline]:
    """A shop that replaces what is resolved by exchange."""
    kind, raw = blocks(sandbox.url)[DESK]
    desk = PROVIDERS[kind].build(DESK, {**raw, **OWN})
    pipeline.deps = replace(
        pipeline.deps,
        providers={**pipeline.deps.providers, DESK: desk},
        accounts={
            **pipeline.deps.accounts,
            DESK: pipeline.deps.accounts[DESK].model_copy(
                update={"capabilities": desk.capabilities, "order_prefix": "order:"}
            ),
        },
        shops={CZ: RULES.model_copy(update={"replacement_orders": True})},
    )
    yield pipeline
    desk.close()


def test_p1_an_exchange_makes_one_order_and_follows_it(
    shop: Pipeline, wire_log: Callable[[], list[dict[str, object]]]
) -> None:
    """Made once, read back, and read again when its secret address is called; no other address."""
    shop.order(1)
    case = shop.file(1)
    shop.settle()
    shop.staff(case, "open", "resolve")
    shop.settle(hours=1)
    shop.staff(case, "closed")
    shop.settle(hours=2)
    made = [push for push in shop.pushes() if push[1] == "create_order"]
    assert made == [(DESK, "create_order", None, "done")]
    (asked,) = [line for line in wire_log() if str(line["path"]).endswith("/order/create")]
    body = asked["request"]
    assert isinstance(body, dict)
    assert (body["parentId"], body["tags"]) == (f"{1:032d}", {"redress": shop.numbers()[0]})
    ((record, read_at, word, state),) = shop.rows(
        "SELECT m.external_id, m.last_read_at, m.word, o.state"
        " FROM mirror m JOIN tracked_order o ON o.id = m.order_id WHERE m.alias IS NOT NULL"
    )
    assert str(record).startswith("order:")
    assert (word, state) == ("Zaplaceno", "paid")

    path = str(body["notificationUrl"]).removeprefix(f"{HOOKS}/")
    with pytest.raises(Rejected):
        flow.receive(shop.deps, DESK, path[:-1], {}, b"{}")
    assert flow.receive(shop.deps, DESK, path, {}, b"{}").fresh
    shop.settle(minutes=1)
    ((again,),) = shop.rows("SELECT last_read_at FROM mirror WHERE alias IS NOT NULL")
    assert read_at < again == shop.now
    shop.calm()
