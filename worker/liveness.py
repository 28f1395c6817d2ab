"""A worker that is up but consumes nothing ends itself, so that its supervisor starts it again.

After the loss of a connection Celery's consumer may wait for ever on one that is dead: the
process lives, the broker answers, and messages pile up.  Nothing outside of the worker can tell
that from having nothing to do; the worker can, by looking at its own queues.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from typing import TYPE_CHECKING

import redis
import structlog

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

STUCK_SECONDS = 15.0
"""Messages have waited for so long, and a worker with nothing to do has taken none of them."""

_LOOK_SECONDS = 1.0
_GRACE_SECONDS = 10.0

log = structlog.get_logger("redress.liveness")


class Liveness:
    """Watches one worker from a thread in its main process."""

    def __init__(
        self,
        waiting: Callable[[], int | None],
        busy: Callable[[], bool],
        end: Callable[[], None],
        stuck_seconds: float = STUCK_SECONDS,
    ) -> None:
        """Nothing is watched yet.

        ``waiting``: messages in the worker's queues, None if the broker gives no answer;
        ``busy``: whether it works on any; ``end`` ends it.
        """
        self._waiting = waiting
        self._busy = busy
        self._end = end
        self._stuck_seconds = stuck_seconds
        self._taken = time.monotonic()

    def took(self) -> None:
        """The worker has taken a message."""
        self._taken = time.monotonic()

    def look(self) -> bool:
        """Look once.  Whether the worker was found stuck, and is ended."""
        now = time.monotonic()
        # Without an answer it is no wonder that nothing comes; without messages neither.
        if self._busy() or not self._waiting():
            self._taken = now
        if now - self._taken < self._stuck_seconds:
            return False
        log.critical("worker.stuck", seconds=round(now - self._taken))
        self._end()
        return True

    def run(self) -> None:
        """Look for ever."""
        while not self.look():
            time.sleep(_LOOK_SECONDS)

    def begin(self) -> None:
        """Look from a thread that ends with the process."""
        threading.Thread(target=self.run, name="liveness", daemon=True).start()


def queued(client: redis.Redis, queues: Sequence[str], prefix: str) -> int | None:
    """How many messages wait in these queues; None: the broker gives no answer."""
    try:
        with client.pipeline(transaction=False) as pipe:
            for queue in queues:
                pipe.llen(prefix + queue)
            return sum(int(length) for length in pipe.execute())
    except (redis.RedisError, OSError):
        return None


def end_this_process() -> None:
    """End by Celery's cold shutdown, and if that hangs too, at once."""
    os.kill(os.getpid(), signal.SIGQUIT)
    time.sleep(_GRACE_SECONDS)
    os._exit(1)
