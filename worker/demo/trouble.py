"""What goes wrong on purpose while a story is played: on the wire, with webhooks, in the chat."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from worker.demo.chance import share

if TYPE_CHECKING:
    from providers.sandbox.client import SandboxControl

_SLOW_SECONDS = 0.05
_ASKED_TO_WAIT = 1
_SPARE = {"bizkithub": ("429",)}
# Without a told wait it means ten minutes of the wall's clock, in which a story is over.
_ORDER_OF = 3
"""Among so many webhooks any one may come first."""


@dataclass(frozen=True)
class Trouble:
    """Each thing goes wrong with the probability ``rate``, and the seed says which.

    Requests fail in every way that a client must survive without a person: cut before or after
    the work, refused for haste, slow, answered by a proxy, or by half an answer.  Webhooks get
    lost, or come twice and in any order.  The chat asks twice at once.
    """

    rate: float = 0.0
    seed: int = 0

    def begin(self, sandbox: SandboxControl) -> None:
        """From now on it goes wrong."""
        if self.rate:
            sandbox.fault_rate(
                self.rate,
                seed=self.seed,
                seconds=_SLOW_SECONDS,
                retry_after=_ASKED_TO_WAIT,
                spare=_SPARE,
            )
            sandbox.knobs(webhook_copies=2, webhook_reorder=_ORDER_OF)

    def strikes(self, what: str, key: str) -> bool:
        """Whether this one thing goes wrong."""
        return share(self.seed, "trouble", what, key) < self.rate


CALM = Trouble()
"""Nothing goes wrong."""
