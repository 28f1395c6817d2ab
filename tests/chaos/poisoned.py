"""A worker whose adapter ends it, or never comes back, on some bodies: run it as a process."""

from __future__ import annotations

import os
import signal
import sys
import time
from typing import TYPE_CHECKING

from complaints import flow, store
from complaints.flow import Limits
from complaints.model import Change, Observation
from tests.complaints.fakes import FakeProvider, House
from tests.complaints.records import ACCOUNTS, DESK
from tests.complaints.test_matching import QUIET_SHOP

if TYPE_CHECKING:
    from collections.abc import Sequence

LEASE = 1.0


class Poisoned(FakeProvider):
    """Does as a body says."""

    def parse(self, observation: Observation) -> tuple[Change, ...]:
        """Raise, be killed as the kernel kills who takes too much memory, or hang."""
        if b'"word":"raise"' in observation.body:
            raise ZeroDivisionError
        if b'"word":"kill"' in observation.body:
            os.kill(os.getpid(), signal.SIGKILL)
        if b'"word":"hang"' in observation.body:
            time.sleep(3600)
        return super().parse(observation)


def main(arguments: Sequence[str]) -> None:
    """Decide until nothing is left that may be claimed; the store is at this URL."""
    opened = store.open(arguments[0])
    house = House(opened, accounts=QUIET_SHOP, limits=Limits(batch=10, lease=LEASE))
    house.deps.providers[DESK] = Poisoned(ACCOUNTS[DESK])  # type: ignore[index]
    while opened.at_rest(house.clock()).receipts:
        try:
            if not flow.reconcile(house.deps):
                flow.sweep(house.deps)
                time.sleep(0.05)
        except ZeroDivisionError:
            continue
    opened.close()


if __name__ == "__main__":
    main(sys.argv[1:])
