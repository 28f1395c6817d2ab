"""Seeded faults: what a network, a proxy or a tired provider does to a request."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from providers.sandbox.exchange import Account

Kind = Literal[
    "drop_before",
    "drop_after_commit",
    "500_before",
    "500_after_commit",
    "429",
    "401",
    "403",
    "slow",
    "html",
    "truncated",
]

BEFORE_WORK: frozenset[Kind] = frozenset({"drop_before", "500_before", "429", "401", "403", "html"})


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

    def hits(self, account: Account, method: str, path: str) -> bool:
        """Whether this fault is meant for such a request."""
        return (
            self.account == account
            and self.path in path
            and (self.method is None or self.method.upper() == method)
        )


class FaultPlan:
    """The faults still to come; the oldest that fits a request is spent on it."""

    def __init__(self) -> None:
        self.waiting: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Queue a fault behind those already waiting."""
        self.waiting.append(fault)

    def clear(self) -> None:
        """Let everything work again."""
        self.waiting.clear()

    def take(self, account: Account, method: str, path: str) -> Fault | None:
        """Spend one use of the first fitting fault."""
        for fault in self.waiting:
            if fault.hits(account, method, path):
                fault.times -= 1
                if fault.times == 0:
                    self.waiting.remove(fault)
                return fault
        return None
