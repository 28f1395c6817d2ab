"""Two real processes at one sandbox and one Redis: one token between them for each life."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import pytest
import redis

from tests.providers.sandbox.people import booking
from tests.providers.wire import NOW
from tests.providers.zenki.samples import ORDER
from tests.sandbox import RunningSandbox

KEY = "0123456789abcdef" * 2
OTHER_KEY = "another-key-of-32-characters-or-more"
NOBODY = "redis://127.0.0.1:9/0"

READER = """
import sys
import redis, structlog
from pydantic import SecretStr
from complaints.vocabulary import (AccountName, ExternalId)
from providers.http import make_client
from providers.shelf import OwnShelf, RedisShelf
from providers.zenki import Zenki, ZenkiSettings

structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
url, broker, key, order = sys.argv[1:]
settings = ZenkiSettings(
    base_url=url, client_id="cid-demo", client_secret="secret-demo", environment="sandbox"
)
client = redis.Redis.from_url(broker, socket_timeout=2, socket_connect_timeout=2)
shelf = RedisShelf(client, SecretStr(key)) if key else OwnShelf()
account = Zenki(AccountName("cz-zenki"), settings, make_client(url), shelf)
print("ready", flush=True)
for line in sys.stdin:
    for _ in range(int(line)):
        account.fetch(ExternalId(order))
    print("read", flush=True)
"""

Lines = Callable[[], list[dict[str, object]]]


class Reader:
    """A process that reads an order as often as it is told to."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def heard(self) -> str:
        """What it says next."""
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def go(self, times: int) -> None:
        """Begin to read."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{times}\n")
        self._process.stdin.flush()


@contextmanager
def _reader(sandbox: RunningSandbox, broker: str, key: str) -> Iterator[Reader]:
    command = [sys.executable, "-c", READER, sandbox.control.zenki_url, broker, key, ORDER]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        # It ends by itself with the end of its input, which leaving this closes.
        yield Reader(process)


@contextmanager
def _two(sandbox: RunningSandbox, broker: str, *keys: str) -> Iterator[list[Reader]]:
    sandbox.control.clock(NOW)
    sandbox.control.book_order(booking(ORDER))
    with ExitStack() as stack:
        readers = [stack.enter_context(_reader(sandbox, broker, key)) for key in keys]
        assert [reader.heard() for reader in readers] == ["ready"] * len(keys)
        yield readers


def _read(readers: list[Reader], times: int = 20) -> None:
    """All at the same time."""
    for reader in readers:
        reader.go(times)
    assert [reader.heard() for reader in readers] == ["read"] * len(readers)


def _minted(lines: Lines) -> int:
    return sum(line["path"] == "/v1/oauth/tokens" for line in lines())


def test_z03_two_processes_mint_one_token_between_them_per_life(
    sandbox: RunningSandbox, empty_broker_url: str, wire_log: Lines
) -> None:
    """However they race, also when all tokens die at once; Redis never holds one in clear."""
    with _two(sandbox, empty_broker_url, KEY, KEY) as readers:
        for life in (1, 2, 3):
            _read(readers)
            assert _minted(wire_log) == life
            sandbox.control.expire_tokens()
    statuses = [line["status"] for line in wire_log() if line["method"] == "GET"]

    assert statuses.count(200) == 2 * 20 * 3
    # Each process may meet a dead token once in a life, and replays that one call.
    assert len(statuses) - statuses.count(200) <= 2 * 2
    assert _in_clear(empty_broker_url) == []


def _in_clear(broker: str) -> list[str]:
    """Words of a token or of the credentials that anything in Redis holds."""
    with redis.Redis.from_url(broker) as client:
        places = list(client.scan_iter())
        held = b"\n".join([*places, *(client.dump(place) or b"" for place in places)])
    assert places
    # The sandbox issues JWTs, whose heads begin like this.  Three letters of it may well stand in
    # what is encrypted.
    words = ("eyJhbGciOi", "ccess", "cid-demo", "secret-demo", "127.0.0.1", ORDER)
    return [word for word in words if word.encode() in held]


def test_z03_a_life_that_ends_by_itself_is_one_as_well(
    sandbox: RunningSandbox, empty_broker_url: str, wire_log: Lines
) -> None:
    """A token of 2 seconds serves for one: so many are minted, and none is shown too late."""
    sandbox.control.knobs(token_lifetime_s=2)
    with _two(sandbox, empty_broker_url, KEY, KEY) as readers:
        began = time.monotonic()
        while _minted(wire_log) < 3:
            _read(readers, 5)
        served = time.monotonic() - began

    assert _minted(wire_log) <= served + 1
    assert {line["status"] for line in wire_log() if line["method"] == "GET"} == {200}


@pytest.mark.parametrize(
    ("keys", "there"), [(("", ""), True), ((KEY, OTHER_KEY), True), ((KEY, KEY), False)]
)
def test_z03_without_a_common_shelf_each_has_its_own(
    sandbox: RunningSandbox,
    empty_broker_url: str,
    wire_log: Lines,
    keys: tuple[str, str],
    *,
    there: bool,
) -> None:
    """Nothing is shared that can't be hidden, nor while Redis is away; and all goes on."""
    with _two(sandbox, empty_broker_url if there else NOBODY, *keys) as readers:
        _read(readers)

    assert _minted(wire_log) == 2
