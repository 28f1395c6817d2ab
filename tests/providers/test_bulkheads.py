"""An account is asked so many things at once and no more, whichever processes ask."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
import redis

from complaints.vocabulary import AccountName
from providers.bulkheads import Bulkheads
from worker.wiring import redis_client

DESK = AccountName("cz-desk")
OTHER = AccountName("sk-desk")


@pytest.fixture
def client(empty_broker_url: str) -> Iterator[redis.Redis]:
    """A broker with nothing in it."""
    with redis.Redis.from_url(empty_broker_url, socket_timeout=2) as made:
        yield made


def taken(stack: ExitStack, *processes: Bulkheads, alone: bool = False, seconds: float = 60) -> int:
    """How many of these get a place at the desk, and keep it."""
    return sum(stack.enter_context(one.enter(DESK, seconds, alone=alone)) for one in processes)


def test_places_are_counted_over_all_processes(client: redis.Redis) -> None:
    """Two are given where nothing is said; each account has its own."""
    processes = [Bulkheads({OTHER: 1}, client) for _ in range(4)]
    with ExitStack() as stack:
        assert taken(stack, *processes) == 2
        with processes[3].enter(OTHER, 60) as there, processes[0].enter(OTHER, 60) as full:
            assert (there, full) == (True, False)
    with ExitStack() as stack:
        assert taken(stack, *processes) == 2


def test_a_place_comes_back_however_its_holder_ended(client: redis.Redis) -> None:
    """By leaving, by a fault, and when its time is over."""
    one, other = Bulkheads({DESK: 1}, client), Bulkheads({DESK: 1}, client)
    with pytest.raises(ZeroDivisionError), one.enter(DESK, 60):
        raise ZeroDivisionError
    with ExitStack() as stack:
        assert taken(stack, one, seconds=0.2) == 1
        assert taken(stack, other) == 0
        time.sleep(0.25)
        assert taken(stack, other) == 1
        # The first leaves late: that frees nobody else's place.
    with ExitStack() as stack:
        assert taken(stack, one, other) == 1


def test_who_leaves_late_frees_no_other_place(client: redis.Redis) -> None:
    """The place had run out and was given to another."""
    one, other = Bulkheads({DESK: 1}, client), Bulkheads({DESK: 1}, client)
    with ExitStack() as late:
        taken(late, one, seconds=0.1)
        time.sleep(0.15)
        with ExitStack() as stack:
            assert taken(stack, other) == 1
            late.close()
            assert taken(stack, one) == 0


def test_one_that_fails_is_asked_by_one_alone(client: redis.Redis) -> None:
    """The half-open breaker: who sees whether it answers is alone, also beside the others."""
    processes = [Bulkheads({}, client) for _ in range(3)]
    with ExitStack() as stack:
        assert taken(stack, *processes, alone=True) == 1
    with ExitStack() as stack:
        assert taken(stack, processes[0]) == 1
        assert taken(stack, processes[1], alone=True) == 0


def test_a_crowded_account_is_left_for_a_moment(client: redis.Redis) -> None:
    """By the process that was refused, so that it looks after others meanwhile."""
    one, other = Bulkheads({DESK: 1}, client), Bulkheads({DESK: 1}, client)
    with ExitStack() as stack:
        taken(stack, one, other)
        assert other.ready([DESK, OTHER]) == [OTHER]
        assert one.ready([DESK, OTHER]) == [DESK, OTHER]
        time.sleep(0.25)
        assert other.ready([DESK, OTHER]) == [DESK, OTHER]


def test_without_redis_each_process_goes_on() -> None:
    """It can only ask one thing at once anyway; and it waits for Redis once, not each time."""
    alone = Bulkheads({DESK: 1}, redis_client("redis://127.0.0.1:1/0"))
    begun = time.monotonic()
    for _ in range(50):
        with alone.enter(DESK, 60) as there:
            assert there
    assert time.monotonic() - begun < 2
