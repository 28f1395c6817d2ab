"""A real server on a free port of this machine, in a thread of the test's own process."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from typing import TYPE_CHECKING

from worker.serving import server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.types import ASGIApp


@contextlib.contextmanager
def served(app: ASGIApp, read_seconds: float = 5.0) -> Iterator[int]:
    """The port on which ``app`` is served while the block runs."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", 0))
        port = int(listener.getsockname()[1])
        running = server(app, read_seconds)
        thread = threading.Thread(target=running.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            limit = time.monotonic() + 10
            while not running.started and thread.is_alive() and time.monotonic() < limit:
                time.sleep(0.01)
            assert running.started
            yield port
        finally:
            running.should_exit = True
            thread.join(15)
            assert not thread.is_alive()
