"""The world of our own making holds every oddity that real data has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest

from worker.demo.generator import COMPLAINTS, DAYS, DUE_DAYS, FIRST_DAY, PLACE, generate
from worker.demo.world import ORDER_TOTAL, FilingRow, OrderRow, Rows

SEEDS = (1, 7, 20260301)


def _span(filing: FilingRow) -> int:
    return (PLACE.day_of(filing.answered_at) - PLACE.day_of(filing.filed_at)).days


def _bought(rows: Rows) -> dict[str, OrderRow]:
    return {order.id: order for order in rows.orders}


ODDITIES: dict[str, Callable[[Rows], int]] = {
    "letters beyond ASCII": lambda rows: sum(not f.text.isascii() for f in rows.filings),
    "letters beyond Latin": lambda rows: sum(max(f.text) > "\u3000" for f in rows.filings),
    "emoji": lambda rows: sum(max(f.text) > "\U0001f000" for f in rows.filings),
    "line feeds": lambda rows: sum("\n" in f.text for f in rows.filings),
    "carriage returns": lambda rows: sum("\r\n" in f.text for f in rows.filings),
    "outer white space": lambda rows: sum(f.text != f.text.strip() for f in rows.filings),
    "no title": lambda rows: sum(not f.title for f in rows.filings),
    "several complaints on one order": lambda rows: sum(
        count > 1 for count in Counter(f.order_id for f in rows.filings).values()
    ),
    "one complaint id on several orders": lambda rows: sum(
        count > 1 for count in Counter(f.complaint_id for f in rows.filings).values()
    ),
    "a complaint older than its order": lambda rows: sum(
        f.filed_at < _bought(rows)[f.order_id].purchased_at for f in rows.filings
    ),
    "an order without lines": lambda rows: sum(
        order.lines[0].label == ORDER_TOTAL for order in rows.orders
    ),
    "past due": lambda rows: sum(_span(f) > DUE_DAYS for f in rows.filings),
    "decided on the same day": lambda rows: sum(_span(f) == 0 for f in rows.filings),
    "delivered": lambda rows: sum(order.delivered for order in rows.orders),
    "shipped and never delivered": lambda rows: sum(
        order.shipped and not order.delivered for order in rows.orders
    ),
}


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("oddity", ODDITIES)
def test_world_has_each_oddity_more_than_once(oddity: str, seed: int) -> None:
    """Whatever the seed, each oddity occurs at least twice."""
    assert ODDITIES[oddity](generate(seed)) >= 2


def test_same_seed_makes_same_world() -> None:
    """A world can be told by its seed alone."""
    assert generate(7) == generate(7)
    assert generate(7) != generate(8)


def test_world_has_the_size_asked_for() -> None:
    """200 complaints, all decided inside 60 days of the first day."""
    rows = generate(3)
    first = min(PLACE.day_of(filing.filed_at) for filing in rows.filings)
    last = max(PLACE.day_of(filing.answered_at) for filing in rows.filings)
    assert len(rows.filings) == COMPLAINTS
    assert first >= FIRST_DAY
    assert (last - FIRST_DAY).days < DAYS


def test_keys_are_unique() -> None:
    """A complaint id and an order id together name one filing."""
    keys = [filing.key for filing in generate(5).filings]
    assert len(keys) == len(set(keys))


def test_total_is_the_sum_of_the_lines() -> None:
    """The order's total is what its lines add up to."""
    for order in generate(11).orders:
        assert sum(line.price * line.count for line in order.lines) == order.total
