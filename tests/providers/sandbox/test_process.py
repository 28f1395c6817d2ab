"""The sandbox as a process: its first line, its end, its memory, and its two ways to answer."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from providers.sandbox import codec
from providers.sandbox.config import DEMO_KEY
from tests.providers.sandbox.people import HASH, NOW, ORDER, booking, complaint, order
from tests.sandbox import RunningSandbox, running_sandbox

DETAIL = "/bizkithub/api/v1/shop/order/detail"


def ask(url: str, *segments: bytes) -> tuple[bytes, bytes]:
    """Send raw bytes in separate segments; returns the head and the body of the answer."""
    where = urlsplit(url)
    with socket.create_connection((where.hostname, where.port), timeout=10) as line:
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for segment in segments[:-1]:
            line.sendall(segment)
            line.settimeout(0.05)
            with pytest.raises(TimeoutError):
                line.recv(1)
        line.settimeout(10)
        line.sendall(segments[-1])
        received = b""
        while b"\r\n\r\n" not in received:
            received += line.recv(65536)
        head, _, body = received.partition(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        while len(body) < length:
            body += line.recv(65536)
        return head, body


def without_date(head: bytes) -> list[bytes]:
    """The head's lines but the date, in lower case."""
    lines = [line.lower() for line in head.split(b"\r\n")]
    return sorted(line for line in lines if not line.startswith(b"date:"))


def test_the_short_way_answers_as_the_long_one(sandbox: RunningSandbox) -> None:
    """A read in one segment skips the HTTP library; in two it doesn't; the answers are the same."""
    sandbox.control.place_order(order(HASH))
    head = f"GET {DETAIL}?apiKey={DEMO_KEY}&hash={HASH} HTTP/1.1\r\n".encode()
    rest = b"Host: sandbox\r\nAccept: */*\r\n\r\n"
    short = ask(sandbox.url, head + rest)
    long = ask(sandbox.url, head, rest)
    assert short[1] == long[1]
    assert without_date(short[0]) == without_date(long[0])
    assert short[0].startswith(b"HTTP/1.1 200 OK\r\n")
    odd = ask(sandbox.url, head + b"Connection: close\r\n" + rest)
    assert odd[1] == long[1]
    assert b"connection: close" in odd[0].lower()


def test_a_read_without_a_host_is_a_bad_request(sandbox: RunningSandbox) -> None:
    """HTTP/1.1 asks for a Host header, also on the short way."""
    where = urlsplit(sandbox.url)
    with socket.create_connection((where.hostname, where.port), timeout=10) as line:
        line.sendall(f"GET {DETAIL} HTTP/1.1\r\n\r\n".encode())
        assert line.recv(65536).startswith(b"HTTP/1.1 400")


def test_a_connection_is_kept(sandbox: RunningSandbox) -> None:
    """Short and long answers share one connection in any order."""
    sandbox.control.place_order(order(HASH))
    with httpx.Client(base_url=sandbox.url, params={"apiKey": DEMO_KEY}) as client:
        streams = set()
        for _ in range(3):
            for answer in (
                client.get(DETAIL, params={"hash": HASH}),
                client.post("/bizkithub/api/v1/shop/complaint/create", json=complaint()),
            ):
                assert answer.status_code == 200
                streams.add(answer.extensions["network_stream"].get_extra_info("client_addr"))
        assert len(streams) == 1


def test_a_terminated_sandbox_has_written_its_log(tmp_path: Path) -> None:
    """SIGTERM right after an answer loses no line."""
    wire = tmp_path / "wire.jsonl"
    command = [sys.executable, "-m", "providers.sandbox", "--wire", str(wire)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        ready: Any = codec.loads(process.stdout.readline())
        assert ready["event"] == "sandbox ready"
        for _ in range(3):
            httpx.get(f"{ready['url']}/bizkithub/ping/v1")
        process.send_signal(signal.SIGTERM)
        process.wait(10)
    assert len(wire.read_bytes().splitlines()) == 3


def test_a_world_can_outlive_its_process(tmp_path: Path) -> None:
    """With a state file orders, complaints, disputes and counts are there after a restart."""
    state = tmp_path / "world.json"
    with running_sandbox(tmp_path, state=state) as running:
        control = running.control
        control.clock(NOW)
        control.place_order(order(HASH))
        control.book_order(booking(ORDER))
        control.open_dispute(ORDER, "Late", "No parcel", NOW)
        for _ in range(2):
            httpx.post(
                f"{running.url}/bizkithub/api/v1/shop/complaint/create",
                params={"apiKey": DEMO_KEY},
                json=complaint(description="x \r\n😞"),
            )
        before = control.world()
    with running_sandbox(tmp_path, state=state) as running:
        assert running.control.world() == before
        assert running.control.duplicates() == {"bizkithub": 1, "zenki": 0}


def test_the_command_says_where_the_page_is() -> None:
    """`redress sandbox` prints the page's address beside its one line for machines."""
    command = [sys.executable, "-c", "from worker.cli import main; main()"]
    command += ["sandbox", "--host", "0.0.0.0", "--port", "0"]  # noqa: S104  # no firewall is asked
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        ready: Any = codec.loads(process.stdout.readline())
        page = process.stderr.readline().split()[-1]
        try:
            assert page == ready["url"].replace("0.0.0.0", "127.0.0.1") + "/"  # noqa: S104
            assert "<h1>Sandbox</h1>" in httpx.get(page).text
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(10)


def test_control_is_not_part_of_the_providers(sandbox: RunningSandbox) -> None:
    """Paths outside the mounts are not found."""
    assert httpx.post(f"{sandbox.url}/").status_code == 404
    assert httpx.get(f"{sandbox.url}/page").status_code == 404
    assert httpx.get(f"{sandbox.url}/zenki/_sim/world").status_code == 404
    assert httpx.get(f"{sandbox.url}/_sim/nothing").status_code == 404
