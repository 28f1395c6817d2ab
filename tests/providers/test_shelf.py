"""The shelf: one value for all processes, never in clear, and each its own while Redis is away."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import pytest
import redis
import structlog
from pydantic import SecretStr

from providers.shelf import OwnShelf, RedisShelf, Shelf
from worker.wiring import redis_client

KEY = SecretStr("k" * 43)
NOBODY = "redis://127.0.0.1:9/0"
VALUE = "eyJhbGciOiJSUzI1NiJ9.opaque-token.signature"


@pytest.fixture
def client(empty_broker_url: str) -> Iterator[redis.Redis]:
    """A Redis with nothing in it."""
    with redis_client(empty_broker_url) as made:
        yield made


@pytest.fixture(params=["own", "redis", "away"])
def shelf(request: pytest.FixtureRequest) -> Iterator[Shelf]:
    """Each kind of place."""
    if request.param == "own":
        yield OwnShelf()
        return
    there = request.param == "redis"
    url = request.getfixturevalue("empty_broker_url") if there else NOBODY
    with redis_client(url) as made:
        yield RedisShelf(made, KEY)


def everything(client: redis.Redis) -> bytes:
    """All that Redis holds: names, and values of whatever type as it would dump them."""
    keys = list(client.scan_iter())
    return b"\n".join([*keys, *(client.dump(key) or b"" for key in keys)])


def test_a_value_is_kept_as_long_as_it_lives(shelf: Shelf) -> None:
    """What is left of its life comes along; then it is gone."""
    assert shelf.get("zenki") is None
    shelf.put("zenki", VALUE, 60)
    kept = shelf.get("zenki")
    assert kept is not None
    assert (kept.value, 55 < kept.seconds <= 60) == (VALUE, True)
    assert shelf.get("another") is None

    shelf.put("zenki", "short", 0.05)
    _until(lambda: shelf.get("zenki") is None)
    shelf.put("zenki", "dead", 0)
    assert shelf.get("zenki") is None


def test_processes_share_what_is_kept(client: redis.Redis) -> None:
    """Whoever has the same key reads what another has put there."""
    RedisShelf(client, KEY).put("zenki", VALUE, 60)
    kept = RedisShelf(client, KEY).get("zenki")

    assert kept is not None
    assert kept.value == VALUE


def test_redis_holds_nothing_in_clear(client: redis.Redis) -> None:
    """Neither a value nor a name; another key opens nothing and disturbs nobody."""
    name = "zenki:cid-4411"
    RedisShelf(client, KEY).put(name, VALUE, 60)
    stranger = RedisShelf(client, SecretStr("another" * 9))
    held = everything(client)

    assert held
    assert [
        word for word in (VALUE, "opaque-token", "cid-4411", "k" * 43) if word.encode() in held
    ] == []
    assert stranger.get(name) is None
    stranger.put(name, "theirs", 60)
    kept = RedisShelf(client, KEY).get(name)
    assert kept is not None
    assert kept.value == VALUE


def test_what_was_tampered_with_is_not_used(client: redis.Redis) -> None:
    """A value that doesn't open, or that was laid under another name, is no value."""
    RedisShelf(client, KEY).put("zenki", VALUE, 60)
    (place,) = client.scan_iter()
    RedisShelf(client, KEY).put("other", "other-value", 60)
    (other,) = set(client.scan_iter()) - {place}

    with structlog.testing.capture_logs() as logs:
        client.copy(other, place, replace=True)
        assert RedisShelf(client, KEY).get("zenki") is None
        client.set(place, b"nonsense", px=60_000)
        assert RedisShelf(client, KEY).get("zenki") is None
    assert len(logs) == 2
    assert "other-value" not in str(logs)


def test_one_goes_alone(shelf: Shelf) -> None:
    """Threads of one process, and of others at the same Redis, wait for the first one."""
    made: list[str] = []

    def mint() -> None:
        with shelf.alone("zenki"):
            if shelf.get("zenki") is None:
                made.append("token")
                time.sleep(0.02)
                shelf.put("zenki", VALUE, 60)

    _together(*[mint] * 8)

    assert made == ["token"]


def test_one_process_goes_alone(client: redis.Redis) -> None:
    """Two places of the same Redis hold each other off; different names don't."""
    first, second = RedisShelf(client, KEY), RedisShelf(client, KEY)
    inside, went = threading.Event(), []

    def other() -> None:
        inside.wait(10)
        with second.alone("another"):
            went.append("another")
        with second.alone("zenki"):
            went.append("second")

    thread = threading.Thread(target=other)
    thread.start()
    with first.alone("zenki"):
        inside.set()
        _until(lambda: went == ["another"])
        went.append("first")
    thread.join(10)

    assert went == ["another", "first", "second"]


def test_the_dead_hold_nobody_off_for_long(client: redis.Redis) -> None:
    """The lock ends by itself: who takes longer than it lasts is overtaken, without a fault."""
    first, second = RedisShelf(client, KEY, 0.2), RedisShelf(client, KEY, 0.2)
    began = time.monotonic()
    with structlog.testing.capture_logs() as logs, first.alone("zenki"), second.alone("zenki"):
        waited = time.monotonic() - began
    assert 0.1 < waited < 5
    assert {row["event"] for row in logs} <= {"lock not given back"}


def test_without_redis_each_process_has_its_own(empty_broker_url: str) -> None:
    """Nothing raises, Redis is asked once in a while only, and what was put stays."""
    with redis_client(NOBODY) as nobody, structlog.testing.capture_logs() as logs:
        away = RedisShelf(nobody, KEY)
        away.put("zenki", VALUE, 60)
        with away.alone("zenki"):
            kept = away.get("zenki")
    assert kept is not None
    assert kept.value == VALUE
    assert [row["event"] for row in logs] == ["shelf not shared"]
    assert VALUE not in str(logs)
    with redis_client(empty_broker_url) as there:
        assert RedisShelf(there, KEY).get("zenki") is None


def test_redis_that_was_emptied_costs_nothing(client: redis.Redis) -> None:
    """Who has put a value there still has it."""
    shelf = RedisShelf(client, KEY)
    shelf.put("zenki", VALUE, 60)
    client.flushdb()
    kept = shelf.get("zenki")

    assert kept is not None
    assert kept.value == VALUE


def _together(*acts: Callable[[], None]) -> None:
    threads = [threading.Thread(target=act) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)


def _until(holds: Callable[[], bool]) -> None:
    ends = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < ends
        time.sleep(0.005)
