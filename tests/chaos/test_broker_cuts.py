"""A worker whose broker's network is cut again and again goes on by itself, each time."""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
import redis

from tests.pipeline import blocks
from worker import app
from worker.chaos.wires import Wires
from worker.processes import children_of
from worker.settings import Settings, load
from worker.supervisor import Stack
from worker.up import Crew, Place, workers
from worker.wiring import redis_client

CUTS = 3
SOON_SECONDS = 12.0
"""Celery waits two seconds between two tries; less than a stuck worker is given."""

pytestmark = [pytest.mark.kill, pytest.mark.timeout(200)]


def settings_in(folder: Path, database_url: str, broker_url: str) -> Settings:
    """One shop whose providers nobody reaches: the steps find nothing to do."""
    lines = [
        'data_dir = "."', f'database_url = "{database_url}"', f'broker_url = "{broker_url}"',
        "[shops.cz]", 'timezone = "Europe/Prague"', 'currency = "EUR"', 'country = "CZ"',
    ]  # fmt: skip
    for name, (kind, raw) in blocks("http://127.0.0.1:1").items():
        lines += [f"[accounts.{name}]", f'provider = "{kind}"', 'shop = "cz"']
        lines += [f"{key} = {json.dumps(value)}" for key, value in raw.items()]
    file = folder / "redress.toml"
    file.touch(mode=0o600)
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return load(file, {})


@contextmanager
def nudged(settings: Settings, broker_url: str) -> Iterator[threading.Event]:
    """Somebody asks for work all the time, past the network that is cut, while the event is set."""
    celery = app.create(settings, broker_url)
    over, busy = threading.Event(), threading.Event()

    def ask() -> None:
        while not over.wait(0.01):
            if busy.is_set():
                celery.send_task("redress.step", args=["reconcile"], queue="reconcile", retry=False)

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    try:
        yield busy
    finally:
        over.set()
        thread.join()


@contextmanager
def at_work(
    folder: Path, database_url: str, broker_url: str
) -> Iterator[tuple[Stack, Wires, threading.Event, redis.Redis]]:
    """A worker that reaches its broker by a wire, and somebody who asks it for work past that."""
    settings = settings_in(folder, database_url, broker_url)
    port = urlsplit(broker_url).port
    assert port is not None
    with Wires() as wires:
        far = broker_url.replace(f":{port}", f":{wires.port('broker', port)}")
        parts = workers(settings, Place(database_url, far, 1), Crew(inside=2))
        inside = [part for part in parts if part.name == "inside"]
        with (
            Stack(inside, folder, say=lambda _line: None) as stack,
            nudged(settings, broker_url) as busy,
            redis_client(broker_url) as client,
        ):
            yield stack, wires, busy, client


def test_a_cut_network_to_the_broker_leaves_no_worker_deaf(
    database_url: str, empty_broker_url: str, tmp_path: Path
) -> None:
    """While it is at work, with acknowledgements under way: it takes messages again soon."""
    chance = random.Random(7)
    with at_work(tmp_path, database_url, empty_broker_url) as (stack, wires, busy, client):
        began = stack.pid("inside")
        for _ in range(CUTS):
            busy.set()
            time.sleep(chance.uniform(0.3, 0.6))
            wires.cut("broker")
            time.sleep(chance.uniform(0.05, 0.3))
            busy.clear()
            wires.mend("broker")
            assert taken(client), "the worker takes nothing any more"
        assert stack.pid("inside") == began
        child = min(children_of(began))
        os.kill(child, signal.SIGKILL)
        assert (f"{socket.gethostname()}:{child}", "signal 9 (SIGKILL)") == noted(database_url)


@pytest.mark.long
def test_a_worker_that_hears_nothing_any_more_is_started_again(
    database_url: str, empty_broker_url: str, tmp_path: Path
) -> None:
    """Its connection is dead and looks alive: it ends itself, and its supervisor does the rest."""
    with at_work(tmp_path, database_url, empty_broker_url) as (stack, wires, busy, client):
        began = stack.pid("inside")
        wires.hush("broker")
        busy.set()
        time.sleep(1)
        busy.clear()
        assert client.llen("redress:reconcile"), "nobody takes anything"
        assert stack.wait_up("inside", after=began, timeout=60) != began
        assert taken(client)
    assert "worker.stuck" in (tmp_path / "log" / "inside.log").read_text(encoding="utf-8")


def noted(database_url: str) -> tuple[str, str] | None:
    """Whose death was written down, and how it died."""
    with psycopg.connect(database_url.replace("+psycopg", ""), autocommit=True) as connection:
        until = time.monotonic() + SOON_SECONDS
        while time.monotonic() < until:
            if found := connection.execute("SELECT worker, how FROM death").fetchone():
                return str(found[0]), str(found[1])
            time.sleep(0.05)
    return None


def taken(client: redis.Redis) -> bool:
    """Whether all messages that waited are taken soon."""
    until = time.monotonic() + SOON_SECONDS
    while time.monotonic() < until:
        if not client.llen("redress:reconcile"):
            return True
        time.sleep(0.02)
    return False
