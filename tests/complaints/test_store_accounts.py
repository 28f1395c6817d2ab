"""What is known of accounts beyond their settings, and the schedule's periods."""

from __future__ import annotations

import time
from datetime import timedelta

from complaints.store import Store
from complaints.store.screens import AccountLine
from complaints.vocabulary import AccountName
from tests.complaints.records import BOT, DESK, NOW, ZENKI
from tests.complaints.together import together


def line(opened: Store, account: AccountName = DESK) -> AccountLine:
    """An account on the status screen."""
    return next(one for one in opened.overview(NOW).accounts if one.name == account)


def test_an_account_that_nobody_knows_is_ready(opened: Store) -> None:
    """And it isn't released."""
    standing = opened.accounts.standing([ZENKI, DESK])
    assert standing.ready == [DESK, ZENKI]
    assert standing.released == frozenset()


def test_a_paused_account_isnt_ready_until_it_is_resumed(opened: Store) -> None:
    """The first pause alone says so: somebody is told once, with the first reason."""
    assert opened.accounts.pause(DESK, "bad key", NOW)
    assert not opened.accounts.pause(DESK, "worse", NOW + timedelta(days=1))
    assert opened.accounts.standing([DESK, ZENKI]).ready == [ZENKI]
    assert (line(opened).paused_at, line(opened).paused_reason) == (NOW, "bad key")
    assert opened.accounts.resume(DESK)
    assert not opened.accounts.resume(DESK)
    assert opened.accounts.standing([DESK]).ready == [DESK]
    assert opened.accounts.pause(DESK, "again", NOW)


def test_two_pauses_at_once_are_told_once(opened: Store) -> None:
    """Four workers meet the same bad key."""
    told = together(*[lambda: opened.accounts.pause(DESK, "bad key", NOW)] * 4)
    assert told.count(True) == 1


def test_an_account_is_released_once_and_by_somebody(opened: Store) -> None:
    """Who released it first is kept."""
    assert opened.accounts.release(DESK, "Jana", NOW)
    assert not opened.accounts.release(DESK, "Petr", NOW + timedelta(days=1))
    assert opened.accounts.standing([DESK, ZENKI]).released == {DESK}
    assert line(opened).released_at == NOW


def test_an_account_that_asked_for_time_gets_it(opened: Store) -> None:
    """The longest wish counts; it ends by itself."""
    opened.accounts.wait(DESK, 3600)
    opened.accounts.wait(DESK, 1)
    assert opened.accounts.standing([DESK, ZENKI]).ready == [ZENKI]
    opened.accounts.wait(ZENKI, 0)
    assert opened.accounts.standing([DESK, ZENKI]).ready == [ZENKI]


def test_success_and_failure_are_shown(opened: Store) -> None:
    """The newest of each."""
    opened.accounts.succeeded(DESK, NOW)
    opened.accounts.succeeded(DESK, NOW + timedelta(hours=1))
    opened.accounts.failed(DESK, "503", NOW)
    opened.accounts.failed(DESK, "timeout", NOW + timedelta(hours=2))
    shown = line(opened)
    assert shown.last_success_at == NOW + timedelta(hours=1)
    assert (shown.last_failure_at, shown.last_failure) == (NOW + timedelta(hours=2), "timeout")


def test_counters_count(opened: Store) -> None:
    """By account and name, from several threads too."""
    together(*[lambda: opened.accounts.count(BOT, "refused")] * 4)
    opened.accounts.count(BOT, "late")
    assert line(opened, BOT).counters == {"refused": 4, "late": 1}


# -- ticks -------------------------------------------------------------------------------


def test_a_period_is_taken_once(opened: Store) -> None:
    """Whatever the number of beats; each entry has periods of its own."""
    age = 10.0**12  # one period holds all of time
    taken = together(*[lambda: opened.accounts.tick("look", age)] * 4)
    assert taken.count(True) == 1
    assert not opened.accounts.tick("look", age)
    assert opened.accounts.tick("sweep", age)


def test_the_next_period_can_be_taken(opened: Store) -> None:
    """After its time has passed."""
    assert opened.accounts.tick("look", 0.05)
    time.sleep(0.06)
    assert opened.accounts.tick("look", 0.05)


def test_how_long_ago_a_beat_ticked(opened: Store) -> None:
    """None if none ever did."""
    assert opened.accounts.tick_age() is None
    opened.accounts.tick("look", 1)
    age = opened.accounts.tick_age()
    assert age is not None
    assert 0 <= age < 10


def test_signs_of_life(opened: Store) -> None:
    """The newest per queue counts."""
    opened.accounts.beat("push", "a")
    opened.accounts.beat("push", "b")
    opened.accounts.beat("push", "a")
    opened.accounts.beat("poll", "a")
    assert sorted(opened.overview(NOW).workers) == ["poll", "push"]
    assert all(0 <= age < 10 for age in opened.overview(NOW).workers.values())


def test_old_ticks_and_signs_are_forgotten(opened: Store) -> None:
    """Fresh ones stay."""
    opened.accounts.tick("look", 1)
    opened.accounts.beat("push", "a")
    opened.accounts.tidy()
    assert opened.accounts.tick_age() is not None
    assert opened.overview(NOW).workers
    with opened.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE tick SET at_tech = at_tech - interval '2 days'")
        connection.exec_driver_sql("UPDATE heartbeat SET at_tech = at_tech - interval '2 days'")
    opened.accounts.tidy()
    assert opened.accounts.tick_age() is None
    assert opened.overview(NOW).workers == {}
