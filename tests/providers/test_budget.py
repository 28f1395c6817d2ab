"""One budget for each account, whoever spends it: never exceeded, and urgent things first."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator

import pytest
import redis

from complaints.vocabulary import AccountName, Purpose
from providers.budget import Allowance, Budgets
from worker.wiring import redis_client

DESK = AccountName("cz-desk")
OTHER = AccountName("sk-desk")

HAMMER = """
import sys, time
import redis
from complaints.vocabulary import (AccountName, Purpose)
from providers.budget import Allowance, Budgets

budgets = Budgets({"cz-desk": Allowance(int(sys.argv[2]), "cz")}, redis.Redis.from_url(sys.argv[1]))
print("ready", flush=True)
sys.stdin.readline()
ends, granted = time.monotonic() + 2, 0
while time.monotonic() < ends:
    granted += budgets.take(AccountName("cz-desk"), Purpose.WRITE) == 0
print(granted)
"""


@pytest.fixture
def client(empty_broker_url: str) -> Iterator[redis.Redis]:
    """A broker with nothing in it."""
    with redis.Redis.from_url(empty_broker_url, socket_timeout=2) as made:
        yield made


def budgets(client: redis.Redis, per_minute: int = 10, per_subject: int = 0) -> Budgets:
    """One process's budgets, of two accounts that share a pool."""
    allowance = Allowance(per_minute, "cz", per_subject)
    return Budgets({DESK: allowance, OTHER: allowance}, client)


def grants(budget: Budgets, purpose: Purpose, tries: int = 30, requests: int = 1) -> int:
    """How often a purpose is granted when it is asked for again and again."""
    return sum(budget.take(DESK, purpose, requests) == 0 for _ in range(tries))


@pytest.mark.parametrize(
    ("purpose", "granted"),
    [(Purpose.WRITE, 10), (Purpose.READ_BACK, 9), (Purpose.HINT, 8), (Purpose.POLL, 7)],
)
def test_the_less_urgent_leave_some(client: redis.Redis, purpose: Purpose, granted: int) -> None:
    """Polls take what is left; writes may have it all."""
    assert grants(budgets(client), purpose) == granted


def test_after_polls_a_write_still_goes(client: redis.Redis) -> None:
    """What polls had to leave is there for what is more urgent, in its order."""
    budget = budgets(client)
    order = (Purpose.POLL, Purpose.HINT, Purpose.READ_BACK, Purpose.WRITE)
    assert [grants(budget, purpose) for purpose in order] == [7, 1, 1, 1]


def test_a_push_of_several_requests_takes_them_together(client: redis.Redis) -> None:
    """All or none: nothing is begun that couldn't be ended."""
    assert grants(budgets(client), Purpose.WRITE, requests=3) == 3


def test_accounts_of_one_pool_share(client: redis.Redis) -> None:
    """Two keys of one organisation have one budget; another process has the same."""
    first, second = budgets(client), budgets(client)
    granted = [first.take(DESK, Purpose.WRITE) == 0 for _ in range(6)]
    granted += [second.take(OTHER, Purpose.WRITE) == 0 for _ in range(6)]
    assert sum(granted) == 10


def test_a_refusal_says_how_long(client: redis.Redis) -> None:
    """Until the oldest request leaves the minute; meanwhile nobody here asks in vain."""
    budget = budgets(client)
    grants(budget, Purpose.WRITE)
    wait = budget.take(DESK, Purpose.WRITE)
    assert 55 < wait <= 60
    assert budget.open([DESK, OTHER], Purpose.WRITE) == []
    assert budgets(client).open([DESK], Purpose.WRITE) == [DESK]


def test_writes_to_one_record_have_a_limit_of_their_own(client: redis.Redis) -> None:
    """It holds back that record alone."""
    budget = budgets(client, per_minute=100, per_subject=2)
    waits = [budget.take(DESK, Purpose.WRITE, 2, "complaint 1") for _ in range(4)]
    assert [wait > 0 for wait in waits] == [False, False, True, True]
    assert budget.take(DESK, Purpose.WRITE, 2, "complaint 2") == 0
    assert budget.open([DESK], Purpose.WRITE) == [DESK]


def test_an_account_without_a_budget_is_free(client: redis.Redis) -> None:
    """The chat is never called."""
    assert budgets(client).take(AccountName("cz-bot"), Purpose.WRITE, 1000) == 0
    assert budgets(client).open([AccountName("cz-bot")], Purpose.WRITE) == ["cz-bot"]


def test_after_redis_was_emptied_a_budget_is_full(client: redis.Redis) -> None:
    """Nothing waits for a minute that nobody remembers."""
    grants(budgets(client), Purpose.WRITE)
    client.flushdb()
    assert grants(budgets(client), Purpose.WRITE) == 10


def test_without_redis_each_process_spends_its_share() -> None:
    """An eighth of the budget, and never without a limit."""
    budget = budgets(redis_client("redis://127.0.0.1:1"), per_minute=80)
    assert grants(budget, Purpose.WRITE) == 10
    assert 55 < budget.take(DESK, Purpose.WRITE) <= 60


def hammered(url: str, per_minute: int) -> tuple[int, float]:
    """What two processes were granted together in about two seconds, and in how many exactly."""
    command = [sys.executable, "-c", HAMMER, url, str(per_minute)]
    pipe = subprocess.PIPE
    hammers = [subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) for _ in range(2)]
    for hammer in hammers:
        assert hammer.stdout is not None
        assert hammer.stdout.readline() == "ready\n"
    begun = time.monotonic()
    granted = sum(int(hammer.communicate("go\n")[0]) for hammer in hammers)
    assert [hammer.returncode for hammer in hammers] == [0, 0]
    return granted, time.monotonic() - begun


def test_two_processes_never_exceed_the_budget(empty_broker_url: str) -> None:
    """However fast they ask: in the minute there are as many as the minute has."""
    granted, _ = hammered(empty_broker_url, per_minute=300)
    assert granted == 300


def test_two_processes_never_exceed_a_budget_by_the_second(empty_broker_url: str) -> None:
    """A large budget is spread over the minute: a second's share in each second, no more."""
    granted, seconds = hammered(empty_broker_url, per_minute=1200)
    assert 20 <= granted <= 20 * (int(seconds) + 1)
