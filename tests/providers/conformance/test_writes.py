"""Writes: what is offered is done once, and what was lost is never called done."""

from __future__ import annotations

from itertools import product

import httpx
import pytest

from complaints.ports import Receipt, Transient
from complaints.vocabulary import NEEDS, PushKind, Result
from tests.providers.conformance.suite import (
    LOST,
    NAMES,
    SPECIMENS,
    STEPS,
    Wire,
    account,
    outcome,
)
from tests.providers.wire import intend

pytestmark = pytest.mark.parametrize("name", NAMES)

UNAUTHORIZED = 401


def test_what_is_offered_is_done_and_the_rest_is_unsupported(name: str) -> None:
    """Capabilities are the truth about push."""
    specimen = SPECIMENS[name]
    for kind in PushKind:
        wire = Wire(specimen)
        with account(name, wire) as made:
            offered = NEEDS.get(kind) in made.capabilities
            assert offered == (kind in specimen.writes)
            if offered:
                receipt = made.push(specimen.writes[kind].intent)
                assert (receipt.result, bool(receipt.external_id)) == (Result.DONE, True)
            else:
                assert made.push(intend(kind, "x")).result is Result.UNSUPPORTED
                assert wire.asked == []


def test_a_write_is_sent_at_most_once_and_costs_what_it_says(name: str) -> None:
    """Whatever comes back: a receipt or a verdict, and never a second attempt by itself.

    The one exception is a refused token: then nothing was done, and the call is replayed.  The
    budget was asked for so many requests as the account says, so no more than that are made.
    """
    for step, (kind, write) in product(STEPS, SPECIMENS[name].writes.items()):
        wire = Wire(SPECIMENS[name], write.path, step)
        with account(name, wire) as made:
            outcome(made, write.intent)
            assert len(wire.asked) <= made.cost(kind), (kind, step)
        replayed = isinstance(step, httpx.Response) and step.status_code == UNAUTHORIZED
        most = 2 if replayed else 1
        assert 1 <= wire.count(write.path) <= most, step


@pytest.mark.parametrize("lost", LOST)
def test_a_lost_write_is_never_called_done(name: str, lost: type[Exception]) -> None:
    """It is unknown or, when a look shows that it may be repeated, transient."""
    for write in SPECIMENS[name].writes.values():
        wire = Wire(SPECIMENS[name], write.path, lost("x"))
        with account(name, wire) as made:
            became = outcome(made, write.intent)
        if isinstance(became, Receipt):
            assert became.result is Result.UNKNOWN
        else:
            assert isinstance(became, Transient)
            assert write.repeatable or wire.looked(write.path)
