"""Limits at the doors: size, time, threads, questions."""

from __future__ import annotations

import socket
import threading
import time
from typing import TYPE_CHECKING

import anyio
import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from tests.worker.serving import served
from worker.doorman import BODY_BYTES, Busy, Gate, Hardened, Rate, TooLarge, TooSlow, read_body

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.requests import Request

READ_SECONDS = 0.4


async def size(request: Request) -> Response:
    """Answer how long the body is, or why it isn't taken."""
    try:
        return PlainTextResponse(str(len(await read_body(request, READ_SECONDS))))
    except TooLarge:
        return Response(status_code=413)
    except TooSlow:
        return Response(status_code=408)


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """The port of a server that measures bodies."""
    app = Starlette(routes=[Route("/", size, methods=["POST"])])
    with served(Hardened(app), READ_SECONDS) as found:
        yield found


def talk(port: int, *parts: bytes, pause: float = 0.0) -> tuple[bytes, float]:
    """Send parts with pauses; what came back until the end, and after how many seconds."""
    begun = time.monotonic()
    heard = b""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
        try:
            for part in parts:
                line.sendall(part)
                time.sleep(pause)
            while chunk := line.recv(4096):
                heard += chunk
        except ConnectionError:
            pass
    return heard, time.monotonic() - begun


@pytest.mark.parametrize(
    ("length", "status"),
    [(0, 200), (BODY_BYTES, 200), (BODY_BYTES + 1, 413), (BODY_BYTES * 3, 413)],
)
def test_a_body_is_taken_up_to_the_cap(port: int, length: int, status: int) -> None:
    """The cap is exact, and a sender beyond it hears 413."""
    answer = httpx.post(f"http://127.0.0.1:{port}/", content=b"x" * length)
    assert answer.status_code == status
    if status == 200:
        assert answer.text == str(length)


def test_a_body_without_a_length_is_capped_too(port: int) -> None:
    """A chunked sender can't go round the cap."""
    parts = (b"x" * 65536 for _ in range(40))
    assert httpx.post(f"http://127.0.0.1:{port}/", content=parts).status_code == 413


def test_a_slow_body_is_cut_off(port: int) -> None:
    """A sender that dribbles is answered 408 when its time is over."""
    head = b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 50\r\n\r\n"
    heard, seconds = talk(port, head, *[b"x"] * 10, pause=0.1)
    assert heard.startswith(b"HTTP/1.1 408 ")
    assert seconds < 4


def test_a_slow_head_is_cut_off(port: int) -> None:
    """A sender that never ends its head loses the connection without an answer."""
    heard, seconds = talk(port, b"POST / HTTP/1.1\r\n", b"host: x\r\n", pause=0.1)
    assert heard == b""
    assert 1.0 < seconds < 4


def test_a_silent_connection_is_cut_off(port: int) -> None:
    """Whoever connects and says nothing is not kept."""
    heard, seconds = talk(port)
    assert heard == b""
    assert seconds < 4


def test_the_next_request_of_a_connection_is_timed_as_well(port: int) -> None:
    """A good first request buys no patience for a slow second one."""
    good = b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\nhi"
    heard, seconds = talk(port, good, b"POST / HT", pause=0.1)
    assert heard.count(b"HTTP/1.1 200 ") == 1
    assert 1.0 < seconds < 4


def test_a_patient_sender_is_not_cut(port: int) -> None:
    """A pause between two whole requests is fine."""
    good = b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\nhi"
    last = good.replace(b"host: x", b"host: x\r\nconnection: close")
    heard, _ = talk(port, good, last, pause=1.6)
    assert heard.count(b"HTTP/1.1 200 ") == 2


def test_every_answer_carries_the_security_headers(port: int) -> None:
    """Errors of the framework included; the server doesn't name itself."""
    for answer in (
        httpx.post(f"http://127.0.0.1:{port}/"),
        httpx.get(f"http://127.0.0.1:{port}/none"),
    ):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"
        assert "server" not in answer.headers


def test_the_gate_bounds_threads_and_waiting() -> None:
    """A call beyond the bound waits for a while, then it is told that all is busy."""
    release = threading.Event()

    async def story() -> list[str]:
        gate = Gate(threads=1, wait_seconds=0.1)
        seen: list[str] = []

        async def first() -> None:
            seen.append(await gate.run(lambda: "first" if release.wait(5) else "late"))

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(first)
            await anyio.sleep(0.05)
            try:
                await gate.run(lambda: seen.append("second"))
            except Busy:
                seen.append("busy")
            release.set()
        await gate.run(lambda: seen.append("third"))
        return seen

    assert anyio.run(story) == ["busy", "first", "third"]


@given(st.lists(st.tuples(st.sampled_from("abcd"), st.floats(0, 20)), max_size=60))
def test_no_key_acts_more_often_than_its_rate(acts: list[tuple[str, float]]) -> None:
    """In any span as long as the window a key is allowed its limit at most."""
    rate = Rate(limit=3, seconds=10, keys=4)
    allowed: dict[str, list[float]] = {}
    now = 0.0
    for key, step in acts:
        now += step
        if rate.wait(key, now) == 0:
            allowed.setdefault(key, []).append(now)
    for times in allowed.values():
        assert all(times[i + 3] - times[i] >= 10 - 1e-9 for i in range(len(times) - 3))


def test_a_rate_tells_when_to_come_again_and_forgets_old_keys() -> None:
    """Memory stays bounded however many keys there are."""
    rate = Rate(limit=1, seconds=60, keys=100)
    assert rate.wait("a", 0) == 0
    assert rate.wait("a", 20) == 40
    assert rate.wait("a", 60) == 0
    for number in range(1000):
        rate.wait(f"key {number}", 61)
    assert len(rate) == 100
