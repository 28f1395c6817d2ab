"""Request budgets, one for each account, shared by all processes through Redis.

A budget is a number of requests in any stretch of a minute (or of a second, for large ones),
by the clock of Redis, so that hosts needn't agree.  The less urgent a request, the more it must
leave for others.  After Redis was emptied budgets begin anew and full; while it is away each
process spends its own share and no more.
"""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple
from uuid import uuid4

import redis
import structlog

from complaints.vocabulary import AccountName, Purpose

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

RESERVE: Final[Mapping[Purpose, float]] = {
    Purpose.WRITE: 0.0,
    Purpose.READ_BACK: 0.1,
    Purpose.HINT: 0.2,
    Purpose.POLL: 0.3,
}
"""Share of a budget that a request must leave for what is more urgent."""

_MINUTE: Final = 60.0
_BY_THE_SECOND: Final = 600
"""Budgets of so many a minute are kept by the second: a minute's list would be long."""
_AWAY_SECONDS: Final = 2.0
"""How long Redis isn't asked after it gave no answer."""
_SHARES: Final = 8
"""Processes that are assumed to spend one budget while Redis is away."""

log = structlog.get_logger("redress.budget")


@dataclass(frozen=True)
class Allowance:
    """What one account may be sent."""

    per_minute: int
    pool: str
    """Accounts with the same pool share one budget, such as two keys of one organisation."""
    writes_per_subject: int = 0
    """Writes to one order or complaint in a minute; 0: as many as the budget has."""

    @property
    def window(self) -> float:
        """Seconds over which requests are counted."""
        return 1.0 if self.per_minute >= _BY_THE_SECOND else _MINUTE

    @property
    def for_polls(self) -> float:
        """Requests in a minute that polls can have at most."""
        return self.per_minute * (1 - RESERVE[Purpose.POLL])

    @property
    def most(self) -> int:
        """Requests in one window."""
        return int(self.per_minute * self.window / _MINUTE)


_TAKE: Final = """
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local wait, full = 0, 0
for i, key in ipairs(KEYS) do
  local window, most, room = tonumber(ARGV[i * 4 - 2]), ARGV[i * 4 - 1], ARGV[i * 4]
  redis.call('ZREMRANGEBYSCORE', key, '-inf', now - window)
  local over = redis.call('ZCARD', key) + room - most
  if over > 0 then
    local oldest = redis.call('ZRANGE', key, over - 1, over - 1, 'WITHSCORES')
    local needed = (oldest[2] or now) + window - now
    if needed > wait then wait, full = needed, i end
  end
end
if full > 0 then return {wait, full} end
for i, key in ipairs(KEYS) do
  for n = 1, ARGV[i * 4 + 1] do redis.call('ZADD', key, now, ARGV[1] .. n) end
  redis.call('PEXPIRE', key, math.ceil(ARGV[i * 4 - 2] / 1000))
end
return {0, 0}
"""
# ARGV: a unique name; then for each key its window (in microseconds), the most, how much room
# there must be, and how much is taken.  Returns the wait and which key asks for it.


class _Window(NamedTuple):
    """One count to be kept below its most."""

    name: str
    seconds: float
    most: int
    room: int
    taken: int


class Budgets:
    """The budgets of all accounts; one object for each process."""

    def __init__(self, allowances: Mapping[AccountName, Allowance], client: redis.Redis) -> None:
        self._allowances = allowances
        self._take = client.register_script(_TAKE)
        self._refused: dict[tuple[str, Purpose], float] = {}
        self._own = _OwnShare()
        self._away_until = 0.0

    def open(self, accounts: Sequence[AccountName], purpose: Purpose) -> list[AccountName]:
        """Those of the accounts that nobody in this process was just refused for."""
        now = time.monotonic()
        return [
            name
            for name in accounts
            if name not in self._allowances
            or self._refused.get((self._allowances[name].pool, purpose), 0.0) <= now
        ]

    def take(
        self, account: AccountName, purpose: Purpose, requests: int = 1, subject: str = ""
    ) -> float:
        """Seconds to wait; 0: granted and counted."""
        allowance = self._allowances.get(account)
        if allowance is None:
            return 0.0
        most = allowance.most
        room = min(requests + round(RESERVE[purpose] * most), most)
        windows = [_Window(allowance.pool, allowance.window, most, room, requests)]
        if subject and purpose is Purpose.WRITE and allowance.writes_per_subject:
            name = f"{allowance.pool}:{subject}"
            windows.append(_Window(name, _MINUTE, allowance.writes_per_subject, 1, 1))
        wait, full = self._shared(windows) or self._own.take(windows)
        if full == 1:
            self._refused[allowance.pool, purpose] = time.monotonic() + wait
        return wait

    def _shared(self, windows: Sequence[_Window]) -> tuple[float, int] | None:
        """The wait and which window asks for it, from 1; None while Redis is away."""
        if time.monotonic() < self._away_until:
            return None
        arguments: list[str | int] = [uuid4().hex]
        for window in windows:
            micro = int(window.seconds * 1_000_000)
            arguments += [micro, window.most, window.room, window.taken]
        keys = [f"redress:budget:{window.name}" for window in windows]
        try:
            wait, full = self._take(keys=keys, args=arguments)
        except (redis.RedisError, OSError) as fault:
            log.warning("budget not shared", fault=type(fault).__name__)
            self._away_until = time.monotonic() + _AWAY_SECONDS
            return None
        return int(wait) / 1_000_000, int(full)


class _OwnShare:
    """The same in one process, of a share of each budget."""

    def __init__(self) -> None:
        self._spent: dict[str, deque[float]] = {}

    def take(self, windows: Sequence[_Window]) -> tuple[float, int]:
        """Seconds to wait (0: granted and counted), and which window asks for it, from 1."""
        now, wait, full = time.monotonic(), 0.0, 0
        for place, window in enumerate(windows, start=1):
            spent = self._spent.setdefault(window.name, deque())
            while spent and spent[0] <= now - window.seconds:
                spent.popleft()
            share = max(window.most // _SHARES, window.taken)
            over = len(spent) + min(window.room, share) - share
            if over > 0:
                needed = spent[min(over, len(spent)) - 1] + window.seconds - now
                wait, full = max((wait, full), (needed, place))
        if not full:
            for window in windows:
                self._spent[window.name] += [now] * window.taken
        return wait, full
