"""A whole house under load: a broker that forgets all the time, and an account that hangs."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from statistics import median

import psycopg
import pytest
import redis

from worker.demo.audit import PLAN, audit_folder
from worker.demo.generator import generate
from worker.demo.house import House, Terms, open_house
from worker.demo.planner import plan
from worker.demo.player import Stage, play, wait_for_rest
from worker.demo.world import DESK, Plan

WIPE_SECONDS = 5.0
LOOK_SECONDS = 1.0
"""The sweep interval of the demo's house."""
WORK_SECONDS = 2.0
"""For what there is to do once it is found, on a busy machine."""

pytestmark = [pytest.mark.kill, pytest.mark.long, pytest.mark.timeout(400)]


def stage(house: House) -> Stage:
    """Everybody as in a demo."""
    tell: Callable[..., None] = house.office.tell_time
    return Stage(control=house.control, redress=house.office, tell_time=tell, stall_seconds=60.0)


@contextmanager
def forgetful(house: House) -> Iterator[list[int]]:
    """The broker is emptied again and again; yields how many keys were lost each time."""
    lost: list[int] = []
    over = threading.Event()

    def wipe() -> None:
        with redis.Redis.from_url(house.place.broker_url) as broker:
            while not over.wait(WIPE_SECONDS):
                lost.append(broker.dbsize())
                broker.flushall()

    thread = threading.Thread(target=wipe, daemon=True)
    thread.start()
    try:
        yield lost
    finally:
        over.set()
        thread.join()


def test_a_broker_that_is_emptied_all_the_time_loses_nothing(tmp_path: Path) -> None:
    """And after the last time nothing waits for longer than one sweep interval."""
    story = plan(generate(9, complaints=60, days=45), 9)
    (tmp_path / PLAN).write_text(story.model_dump_json(), encoding="utf-8")
    with open_house(story, tmp_path, lambda _: None, Terms(lease_seconds=4.0)) as house:
        with forgetful(house) as lost:
            played = play(story, stage(house))
        house.leave_evidence(tmp_path)
        delays = [after_a_wipe(house, story, n) for n in range(3)]
    report = audit_folder(tmp_path)
    assert len(lost) >= 3
    assert any(lost), "there was something to lose"
    assert (report.failures, report.sentences, played.unplayed) == ((), (), [])
    assert max(delays) <= LOOK_SECONDS + WORK_SECONDS, delays


def after_a_wipe(house: House, story: Plan, n: int) -> float:
    """Seconds until a complaint whose nudge was lost is decided, read and pushed."""
    case = story.cases[n]
    order = next(one for one in story.orders if one.id == case.order_id)
    filed = house.control.file_at_desk(case.model_copy(update={"text": f"again {n}"}), order)
    with redis.Redis.from_url(house.place.broker_url) as broker:
        house.office.import_complaints([filed])
        broker.flushall()
    begun = time.monotonic()
    wait_for_rest(house.office.unrest, house.office.now(), 60.0)
    return time.monotonic() - begun


def test_an_account_that_hangs_keeps_no_other_waiting(tmp_path: Path) -> None:
    """The desk's changes come in within 1.5 times of what they take while Zenki is well."""
    story = plan(generate(11, complaints=120, days=45), 11)
    story = story.model_copy(update={"days": story.days[:25]})
    with open_house(story, tmp_path, lambda _: None, Terms(lease_seconds=30.0)) as house:
        play(story, stage(house))
        url = house.place.database_url.replace("postgresql+psycopg", "postgresql")
        with psycopg.connect(url, autocommit=True) as rows:
            well, ill = [], []
            for _ in range(4):
                well.append(desk_delay(house, rows))
                house.control.sandbox.fault("zenki", "slow", times=100_000, seconds=60.0)
                ill.append(desk_delay(house, rows))
                waiting = unread(rows, house, "demo-zenki")
                house.control.sandbox.clear_faults()
                assert waiting, "Zenki's reads hang meanwhile"
                wait_for_rest(house.office.unrest, house.office.now(), 120.0)
    assert median(ill) <= 1.5 * median(well), (well, ill)


def desk_delay(house: House, rows: psycopg.Connection) -> float:
    """Seconds from the moment when all of both accounts is due until all of the desk is read."""
    now = house.office.now() + timedelta(hours=25)
    house.control.sandbox.clock(now)
    begun = time.monotonic()
    house.office.tell_time(now)
    while unread(rows, house, DESK):
        assert time.monotonic() - begun < 60
        time.sleep(0.01)
    return time.monotonic() - begun


def unread(rows: psycopg.Connection, house: House, account: str) -> int:
    """How many records of an account are due to be read."""
    found = rows.execute(
        "SELECT count(*) FROM mirror"
        " WHERE account = %s AND next_read_at <= %s AND external_id IS NOT NULL",
        (account, house.office.now()),
    ).fetchone()
    assert found is not None
    return int(found[0])
