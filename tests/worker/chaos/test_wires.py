"""Networks that can be cut: whole until then, without a word, and whole again."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest

from worker.chaos.wires import Wires


@pytest.fixture
def far_port() -> Iterator[int]:
    """A server that says everything back."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    taken, _ = server.accept()
                except OSError:
                    return
                threading.Thread(target=echo, args=(taken,), daemon=True).start()

        threading.Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)


def echo(taken: socket.socket) -> None:
    """Say back what comes until it ends."""
    with taken:
        while heard := taken.recv(1000):
            taken.sendall(heard)


def said(line: socket.socket, text: bytes = b"hello") -> bytes:
    """What comes back."""
    line.sendall(text)
    return line.recv(1000)


def broken(line: socket.socket) -> bool:
    """Whether nothing comes back any more."""
    try:
        return not (said(line) or said(line))
    except ConnectionError:
        return True


def test_a_wire_carries_both_ways_and_ends_with_its_ends(far_port: int) -> None:
    """A large text, and the end of one side."""
    with Wires() as wires:
        port = wires.port("far", far_port)
        with socket.create_connection(("127.0.0.1", port), timeout=5) as line:
            assert said(line) == b"hello"
            line.shutdown(socket.SHUT_WR)
            assert line.recv(1) == b""


def test_a_cut_breaks_what_is_open_and_refuses_what_comes(far_port: int) -> None:
    """Until it is mended."""
    with Wires() as wires:
        port = wires.port("far", far_port)
        with socket.create_connection(("127.0.0.1", port), timeout=5) as line:
            said(line)
            assert wires.cut("far") == 1
            assert broken(line)
        with socket.create_connection(("127.0.0.1", port), timeout=5) as line:
            assert broken(line)
        wires.mend("far")
        with socket.create_connection(("127.0.0.1", port), timeout=5) as line:
            assert said(line) == b"hello"


def test_a_hushed_wire_looks_alive(far_port: int) -> None:
    """What is said on it goes nowhere, and nobody hears that; another connection is good."""
    with Wires() as wires:
        port = wires.port("far", far_port)
        with socket.create_connection(("127.0.0.1", port), timeout=0.5) as line:
            said(line)
            wires.hush("far")
            with pytest.raises(TimeoutError):
                said(line)
            with socket.create_connection(("127.0.0.1", port), timeout=5) as other:
                assert said(other) == b"hello"


def test_a_wire_to_nobody_breaks_at_once() -> None:
    """As a server that is down does."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        with Wires() as wires:
            port = wires.port("nobody", free.getsockname()[1])
            with socket.create_connection(("127.0.0.1", port), timeout=5) as line:
                assert broken(line)
