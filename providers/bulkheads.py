"""How many requests an account is asked at once, counted over all processes through Redis.

A slow account holds as many workers as it has places, and no more: the others stay free for the
other accounts.  A place comes back by itself when the lease of who took it has run out.  While
Redis is away every process has one place of its own, which is all that it can use.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final
from uuid import uuid4

import redis
import structlog

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from complaints.vocabulary import AccountName

PLACES: Final = 2
"""Of an account whose settings say nothing."""

_CROWDED_SECONDS: Final = 0.2
"""How long an account without a free place isn't asked for by this process."""
_AWAY_SECONDS: Final = 2.0
"""How long Redis isn't asked after it gave no answer."""

_ENTER: Final = """
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[2]) then return 0 end
redis.call('ZADD', KEYS[1], now + ARGV[3], ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1
"""
# ARGV: a unique name, the number of places, milliseconds until the place is free by itself.

log = structlog.get_logger("redress.bulkheads")


class Bulkheads:
    """The places of all accounts; one object for each process."""

    def __init__(self, places: Mapping[AccountName, int], client: redis.Redis) -> None:
        """``places``: requests at once, where it isn't `PLACES`."""
        self._places = places
        self._client = client
        self._enter = client.register_script(_ENTER)
        self._crowded: dict[AccountName, float] = {}
        self._away_until = 0.0

    def ready(self, accounts: Sequence[AccountName]) -> list[AccountName]:
        """Those that weren't found crowded just now."""
        now = time.monotonic()
        return [name for name in accounts if self._crowded.get(name, 0.0) <= now]

    @contextmanager
    def enter(self, account: AccountName, seconds: float, *, alone: bool = False) -> Iterator[bool]:
        """Take a place for at most so long; False: there is none.

        ``alone``: the account has one place for all, for somebody who sees whether it answers.
        """
        mine, key = uuid4().hex, f"redress:places:{account}"
        places = 1 if alone else self._places.get(account, PLACES)
        there = self._ask(key, mine, places, seconds)
        if not there:
            self._crowded[account] = time.monotonic() + _CROWDED_SECONDS
        try:
            yield there
        finally:
            if there:
                self._leave(key, mine)

    def _ask(self, key: str, mine: str, places: int, seconds: float) -> bool:
        if time.monotonic() < self._away_until:
            return True
        try:
            return bool(self._enter(keys=[key], args=[mine, places, int(seconds * 1000)]))
        except (redis.RedisError, OSError) as fault:
            self._note(fault)
            return True

    def _leave(self, key: str, mine: str) -> None:
        if time.monotonic() < self._away_until:
            return
        try:
            self._client.zrem(key, mine)
        except (redis.RedisError, OSError) as fault:
            self._note(fault)

    def _note(self, fault: Exception) -> None:
        log.warning("places not shared", fault=type(fault).__name__)
        self._away_until = time.monotonic() + _AWAY_SECONDS
