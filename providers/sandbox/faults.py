"""Faults: what a network, a proxy or a tired provider does to a request, planned or by chance."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from providers.sandbox.exchange import Account

Kind = Literal[
    "drop_before",
    "drop_after_commit",
    "500_before",
    "500_after_commit",
    "429",
    "429_retry_after",
    "429_in_body",
    "401",
    "403",
    "406",
    "428",
    "key_deleted",
    "key_inactive",
    "key_expired",
    "key_unknown",
    "slow",
    "html",
    "empty",
    "truncated",
    "unknown_word",
]

# What a client must survive without a person; a rate spoils with these unless told otherwise.
SURVIVABLE: tuple[Kind, ...] = (
    "drop_before",
    "drop_after_commit",
    "500_before",
    "500_after_commit",
    "429",
    "429_retry_after",
    "429_in_body",
    "slow",
    "html",
    "truncated",
)
AFTER_WORK: frozenset[Kind] = frozenset(
    {"drop_after_commit", "500_after_commit", "slow", "truncated", "unknown_word"}
)
TELL_A_WAIT: frozenset[Kind] = frozenset({"429_retry_after", "429_in_body"})
ACCOUNTS: tuple[Account, ...] = ("bizkithub", "zenki", "chat")

_ONLY_AT: dict[Kind, tuple[Account, ...]] = {
    "406": ("zenki",),
    "428": ("zenki",),
    "429_in_body": ("bizkithub",),
    "key_deleted": ("bizkithub",),
    "key_inactive": ("bizkithub",),
    "key_expired": ("bizkithub",),
    "key_unknown": ("bizkithub",),
    "unknown_word": ("bizkithub", "zenki"),
}


def fits(kind: Kind, account: Account) -> bool:
    """Whether that account's provider can fail so."""
    return account in _ONLY_AT.get(kind, ACCOUNTS)


class Fault(BaseModel):
    """An order to spoil the next `times` requests whose path holds `path`.

    `slow` does the work first and answers `seconds` later, which is what makes a client ask twice.
    """

    model_config = ConfigDict(extra="forbid")

    account: Account
    path: str = ""
    method: str | None = None
    kind: Kind
    times: int = Field(default=1, ge=1)
    seconds: float = Field(default=1, ge=0)
    retry_after: int | None = Field(default=None, ge=0)

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if not fits(self.kind, self.account):
            raise ValueError(f"{self.kind} is no fault of {self.account}")
        return self

    def hits(self, account: Account, method: str, path: str) -> bool:
        """Whether this fault is meant for such a request."""
        return (
            self.account == account
            and self.path in path
            and (self.method is None or self.method.upper() == method)
        )


class FaultRate(BaseModel):
    """An order to spoil each request to these accounts with the probability `rate`.

    Whether and how depends on `seed` and on the number of the request, counted from this order
    on: the same requests in the same order meet the same faults. A kind that an account can't
    show is left out there, and so are those that `spare` lists for it. `seconds` is for `slow`,
    `retry_after` for the 429s that tell a wait.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    rate: float = Field(ge=0, le=1)
    seed: int = 0
    kinds: tuple[Kind, ...] = Field(default=SURVIVABLE, min_length=1)
    seconds: float = Field(default=0.3, ge=0)
    retry_after: int = Field(default=1, ge=0)
    accounts: tuple[Account, ...] = Field(default=ACCOUNTS, min_length=1)
    spare: Mapping[Account, tuple[Kind, ...]] = {}

    def fault_for(self, number: int, account: Account) -> Fault | None:
        """What happens to the request of that number, None when it is left alone."""
        chance = random.Random(f"{self.seed}/{number}")
        if chance.random() >= self.rate:
            return None
        spared = self.spare.get(account, ())
        kinds = [kind for kind in self.kinds if fits(kind, account) and kind not in spared]
        if not kinds:
            return None
        kind = chance.choice(kinds)
        wait = self.retry_after if kind in TELL_A_WAIT else None
        return Fault(account=account, kind=kind, seconds=self.seconds, retry_after=wait)


class FaultPlan:
    """The faults still to come: the oldest planned one that fits, and else what chance decides."""

    def __init__(self) -> None:
        self.waiting: list[Fault] = []
        self.rate: FaultRate | None = None
        self.counted = 0
        """Requests that the rate has decided on."""
        self.spoiled = 0

    @property
    def idle(self) -> bool:
        """Whether no request can meet a fault."""
        return not self.waiting and self.rate is None

    def add(self, fault: Fault) -> None:
        """Queue a fault behind those already waiting."""
        self.waiting.append(fault)

    def set_rate(self, rate: FaultRate | None) -> None:
        """Spoil by chance from now on, counting anew; a rate of 0, or None, ends it."""
        self.rate = rate if rate is not None and rate.rate > 0 else None
        self.counted = self.spoiled = 0

    def clear(self) -> None:
        """Let everything work again."""
        self.waiting.clear()
        self.set_rate(None)

    def take(self, account: Account, method: str, path: str) -> Fault | None:
        """The fault that a request meets, if any; each request is counted once."""
        by_chance = self._by_chance(account)
        for fault in self.waiting:
            if fault.hits(account, method, path):
                fault.times -= 1
                if fault.times == 0:
                    self.waiting.remove(fault)
                return fault
        if by_chance is not None:
            self.spoiled += 1
        return by_chance

    def _by_chance(self, account: Account) -> Fault | None:
        if self.rate is None or account not in self.rate.accounts:
            return None
        self.counted += 1
        return self.rate.fault_for(self.counted, account)

    def rate_view(self) -> dict[str, object]:
        """The rate in force and what it did; a rate of 0 when there is none."""
        if self.rate is None:
            return {"rate": 0}
        return self.rate.model_dump(mode="json") | {
            "requests": self.counted,
            "spoiled": self.spoiled,
        }
