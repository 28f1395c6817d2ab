"""A small HTTP server that stands for the product: it notes what arrives and answers as told."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Arrival:
    """One request; header names are in lower case."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """What arrived, and the statuses to answer with in turn; 200 when they are used up.

    The first `held` requests get no answer until the end.
    """

    url: str = ""
    arrivals: list[Arrival] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    answer: bytes = b"{}"
    held: int = 0
    ended: threading.Event = field(default_factory=threading.Event)
    came: threading.Condition = field(default_factory=threading.Condition)

    def wait_for(self, count: int, timeout_s: float = 10) -> list[Arrival]:
        """The arrivals, as soon as there are that many."""
        with self.came:
            assert self.came.wait_for(lambda: len(self.arrivals) >= count, timeout_s)
            return list(self.arrivals)


@contextmanager
def receiving() -> Iterator[Receiver]:
    """Serve on a free port of this machine."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:  # the name that http.server looks for
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            with receiver.came:
                receiver.arrivals.append(Arrival(self.path, headers, body))
                hold = len(receiver.arrivals) <= receiver.held
                status = receiver.statuses.pop(0) if receiver.statuses else 200
                receiver.came.notify_all()
            if hold:
                receiver.ended.wait()
                return
            self.send_response(status)
            self.send_header("Content-Length", str(len(receiver.answer)))
            self.end_headers()
            self.wfile.write(receiver.answer)

        def log_message(self, *args: object) -> None:
            """Stay silent."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        receiver.url = f"http://127.0.0.1:{server.server_address[1]}"
        try:
            yield receiver
        finally:
            receiver.ended.set()
            server.shutdown()
            thread.join()
