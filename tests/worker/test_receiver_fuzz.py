"""The receiver under requests that nobody should send: no 5xx, no growth, nothing taken unsigned.

Each request is a good one that was spoilt in one to four ways, down to the bytes of its head; it
goes over a real socket.  The same seed spoils the same way.
"""

from __future__ import annotations

import base64
import gc
import hashlib
import hmac
import json
import os
import random
import socket
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from tests.worker.test_receiver import (
    LOGIN,
    RAISE,
    SECRET,
    Mouth,
    complaint,
    envelope,
    open_mouth,
    settings_for,
)

TOKEN = "t" * 40
TRACK = RAISE.replace("raiseComplaintsAgainstOrder", "getComplaintsTrackingDetails")
HOOK = "/hooks/demo-pay"
ATTACH = "/api/complaints/1001/attachments?name=photo.png"
LOGIN_HEADER = "Basic " + base64.b64encode(":".join(LOGIN).encode()).decode()
GROWTH_LIMIT = 24 * 2**20

_NASTY = (
    b"\x00", b"\xff\xfe", b"\xed\xa0\x80", b'"\\ud800"', b"1e400", b"-0.0", b"NaN", b"Infinity",
    b"9" * 400, b"[" * 3000, b'{"a":' * 2000, b"A" * 70_000, b"\r\n\r\n", b"%00", b"../../etc",
    "žluťoučký 👩‍🔧 \u202e\u2028".encode(), b"'; DROP TABLE receipt; --", b"null", b"true",
)  # fmt: skip
_METHODS = ("GET", "PUT", "DELETE", "OPTIONS", "HEAD", "PATCH", "FOO", "post", "")
_VERSIONS = ("HTTP/1.0", "HTTP/1.1", "HTTP/9.9", "HTP", "")


@dataclass(frozen=True)
class Asked:
    """One request.  ``sign`` makes it a known sender's, whatever else was done to it."""

    method: str
    path: str
    body: bytes = b""
    headers: tuple[tuple[str, bytes], ...] = ()
    version: str = "HTTP/1.1"
    sign: Callable[[Asked], Asked] = field(default=lambda asked: asked)

    def raw(self) -> bytes:
        """As it goes over the wire."""
        head = f"{self.method} {self.path} {self.version}\r\n".encode("utf-8", "surrogatepass")
        lines = [name.encode() + b": " + value for name, value in self.headers]
        length = b"content-length: " + str(len(self.body)).encode()
        return head + b"\r\n".join([b"host: here", length, *lines]) + b"\r\n\r\n" + self.body


def as_zenki(stamp: str) -> Callable[[Asked], Asked]:
    """Signed over whatever the body is."""

    def sign(asked: Asked) -> Asked:
        delivery = "msg_" + hashlib.sha256(asked.body).hexdigest()[:20]
        text = f"{delivery}.{stamp}.".encode() + asked.body
        signature = base64.b64encode(hmac.digest(SECRET, text, hashlib.sha256))
        kept = [one for one in asked.headers if not one[0].lower().startswith("svix-")]
        signed = (
            ("svix-id", delivery.encode()),
            ("svix-timestamp", stamp.encode()),
            ("svix-signature", b"v1," + signature),
        )
        return replace(asked, headers=(*kept, *signed))

    return sign


def with_header(value: str) -> Callable[[Asked], Asked]:
    """A login or a token."""

    def sign(asked: Asked) -> Asked:
        kept = [one for one in asked.headers if one[0].lower() != "authorization"]
        return replace(asked, headers=(*kept, ("authorization", value.encode())))

    return sign


def good(stamp: str) -> list[Asked]:
    """One of each that the receiver knows."""
    kind = (("content-type", b"application/json"),)
    order = json.dumps({"orderId": "1", "zenkiOrderId": "z1", "status": "COMPLETED"}).encode()
    raised = json.dumps(complaint()).encode()
    tracked = json.dumps(envelope("trackComplaint", complaintId="1001")).encode()
    login, token = with_header(LOGIN_HEADER), with_header(f"Bearer {TOKEN}")
    return [
        Asked("POST", HOOK, order, kind, sign=as_zenki(stamp)),
        Asked("POST", RAISE, raised, kind, sign=login),
        Asked("POST", TRACK, tracked, kind, sign=login),
        Asked("POST", ATTACH, b"\x89PNG\r\n\x1a\n" + b"x" * 200, sign=token),
        Asked("POST", "/hooks/demo-desk/some-token", order, kind),
        Asked("GET", "/health/live"),
        Asked("GET", "/health/ready"),
    ]


def spoilt(asked: Asked, chance: random.Random) -> Asked:
    """The same in one to four ways wrong."""
    for _ in range(chance.randint(1, 4)):
        match chance.choice(("body", "body", "body", "header", "path", "method", "version")):
            case "body":
                asked = replace(asked, body=_spoilt_body(asked.body, chance))
            case "header":
                asked = replace(asked, headers=tuple(_spoilt_headers(asked.headers, chance)))
            case "path":
                asked = replace(asked, path=_spoilt_path(asked.path, chance))
            case "method" if chance.random() < 0.3:
                asked = replace(asked, method=chance.choice(_METHODS))
            case "version" if chance.random() < 0.1:
                asked = replace(asked, version=chance.choice(_VERSIONS))
    return asked


def _spoilt_body(body: bytes, chance: random.Random) -> bytes:
    at, end = sorted(chance.randint(0, len(body)) for _ in range(2))
    nasty = chance.choice(_NASTY)
    return chance.choice(
        (
            body[:at] + nasty + body[at:],
            body[:at] + nasty + body[end:],
            body[:at] + body[end:],
            body[:end] + body[at:],
            body[:at] + chance.randbytes(1) + body[at + 1 :],
            body[:at],
            chance.randbytes(chance.randint(0, 60)),
            body.replace(b'"', b"'", 1),
            body.replace(b":", b":" + nasty, 1),
        )
    )


def _spoilt_headers(
    headers: tuple[tuple[str, bytes], ...], chance: random.Random
) -> Iterator[tuple[str, bytes]]:
    for name, value in headers:
        match chance.randint(0, 5):
            case 0:
                continue
            case 1:
                yield name, value[: len(value) // 2]
            case 2:
                yield name, value
                yield name, chance.randbytes(6).replace(b"\r", b"").replace(b"\n", b"")
            case _:
                yield name, value
    name = chance.choice(
        ("content-type", "accept-language", "transfer-encoding", "x-forwarded-for")
    )
    if name != "transfer-encoding" or chance.random() < 0.1:
        text = chance.choice(_NASTY).replace(b"\r", b"").replace(b"\n", b"").replace(b"\x00", b"")
        yield name, text[:6000]


def _spoilt_path(path: str, chance: random.Random) -> str:
    return chance.choice(
        (
            path + "/" * chance.randint(1, 5),
            path + "?" + "a=b&" * chance.randint(1, 300),
            path.replace("demo", "nobody"),
            path.replace("/", "//"),
            path + "/../../health/ready",
            path + "%2e%2e%00%ff",
            path.upper(),
            path[: chance.randint(1, len(path))],
            "*",
        )
    )


class Wire:
    """A connection that is made anew whenever the receiver has closed it."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._line: socket.socket | None = None

    def ask(self, raw: bytes) -> int | None:
        """The status of the answer; None: the connection was closed without one."""
        for _ in range(2):
            fresh = self._line is None
            line = self._line or socket.create_connection(("127.0.0.1", self._port), timeout=20)
            self._line = line
            try:
                line.sendall(raw)
                status = self._answer(line)
            except ConnectionError:
                status = None
            if status is not None or fresh:
                return status
        return None

    def _answer(self, line: socket.socket) -> int | None:
        head = b""
        while b"\r\n\r\n" not in head:
            chunk = line.recv(65536)
            if not chunk:
                self.close()
                return None
            head += chunk
        head, _, body = head.partition(b"\r\n\r\n")
        words = head.lower()
        length = words.rpartition(b"content-length:")[2].split(b"\r\n")[0].strip()
        left = int(length or b"0") - len(body) if length.isdigit() else 0
        while left > 0:
            chunk = line.recv(left)
            if not chunk:
                break
            left -= len(chunk)
        # What follows a request that was misread must not be taken for the next answer.
        self.close()
        return int(head.split(b" ", 2)[1])

    def close(self) -> None:
        """The next request has a connection of its own."""
        if self._line is not None:
            self._line.close()
        self._line = None


@pytest.fixture
def mouth(database_url: str) -> Iterator[Mouth]:
    """A receiver whose every door is open."""
    yield from open_mouth(settings_for(database_url, REDRESS_RECEIVER__API_TOKEN=TOKEN))


def stormed(mouth: Mouth, many: int, seed: int, *, signed: bool) -> Counter[int | None]:
    """So many spoilt requests; how often each status came."""
    chance = random.Random(seed)
    stamp = str(int(mouth.wired.deps.clock().timestamp()))
    wire = Wire(mouth.http.base_url.port or 0)
    seen: Counter[int | None] = Counter()
    doors = good(stamp)
    for _ in range(many):
        asked = spoilt(chance.choice(doors), chance)
        seen[wire.ask((asked.sign(asked) if signed else asked).raw())] += 1
    wire.close()
    return seen


def resident() -> int:
    """Bytes of memory that this process, and in it the receiver, holds."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGESIZE")


def survives(mouth: Mouth, many: int, seed: int) -> None:
    """What was promised holds for so many requests."""
    unsigned = stormed(mouth, many // 2, seed, signed=False)
    assert mouth.rows("SELECT count(*) FROM receipt") == [(0,)], "unsigned, and kept"
    stormed(mouth, 200, seed + 1, signed=True)
    gc.collect()
    before = resident()
    signed = stormed(mouth, many // 2, seed + 2, signed=True)
    gc.collect()
    grown = resident() - before
    seen = unsigned + signed
    broken = {status: n for status, n in seen.items() if status is not None and status >= 500}
    # The one 503 there is: readiness, which tells that no beat runs here.
    assert set(broken) <= {503}, seen
    assert broken.get(503, 0) <= ready_asked(many, seed), seen
    assert seen[200] > 0
    assert seen[401] > 0
    assert seen[404] > 0
    assert mouth.rows("SELECT count(*) > 0 FROM receipt") == [(True,)], "signed, and refused"
    assert mouth.http.get("/health/live").status_code == 200
    assert grown < GROWTH_LIMIT, f"{grown / 2**20:.1f} MiB"


def ready_asked(many: int, seed: int) -> int:
    """How many of the requests still ask whether the receiver is ready."""
    found = 0
    for begin, number in ((seed, many // 2), (seed + 2, many // 2)):
        chance = random.Random(begin)
        doors = good("0")
        for _ in range(number):
            asked = spoilt(chance.choice(doors), chance)
            found += asked.path.startswith("/health/ready")
    return found


@pytest.mark.timeout(120)
def test_two_thousand_spoilt_requests(mouth: Mouth) -> None:
    """No 5xx, and nothing is kept of whom nobody knows."""
    survives(mouth, 2000, 1)


@pytest.mark.long
@pytest.mark.timeout(900)
def test_fifty_thousand_spoilt_requests(mouth: Mouth) -> None:
    """And the process doesn't grow."""
    survives(mouth, 50_000, 2)
