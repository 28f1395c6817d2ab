"""A worker dies at every point around the sending of a mail: one mail or two, never none."""

from __future__ import annotations

import time
from contextlib import closing
from dataclasses import replace

import psycopg
import pytest

from complaints import flow, store
from complaints.flow import Limits
from complaints.store.notices import Notice
from tests.chaos.test_gaps import KILLED, LEASE, Death, count_commits, in_a_process
from tests.complaints.conftest import EMPTY
from tests.complaints.fakes import House
from tests.complaints.test_store_escalations import put
from tests.worker.notify.post import post_office
from worker.blocks import Channel
from worker.notify.mail import Mail

pytestmark = [pytest.mark.kill, pytest.mark.timeout(120)]

SENT = "sent"


class LethalMail(Mail):
    """Mail whose sender may die right before it sends, and right after."""

    def __init__(self, block: Channel, death: Death) -> None:
        super().__init__("ops", block)
        self._death = death

    def tell(self, notice: Notice) -> None:
        """Send it; what the server has taken has happened."""
        self._death.begin("about to send")
        self._death.deed()
        super().tell(notice)
        self._death.begin(SENT)
        self._death.deed()
        self._death.begin("record")


def tell(url: str, block: Channel, death: Death) -> None:
    """Escalate until nobody waits to be told."""
    with closing(store.open(url)) as opened:
        house = House(opened, limits=Limits(lease=LEASE))
        house.deps = replace(house.deps, channels={"notify.ops": LethalMail(block, death)})
        count_commits(opened, death)
        death.begin("escalate")
        until = time.monotonic() + 10
        while opened.at_rest(house.clock()).escalations and time.monotonic() < until:
            if not flow.escalate(house.deps):
                time.sleep(0.1)


def fresh(url: str) -> None:
    """One complaint that is due, and nobody was told."""
    with psycopg.connect(url.replace("+psycopg", "", 1), autocommit=True) as connection:
        connection.execute(EMPTY)
    with closing(store.open(url)) as opened:
        put(opened, "1001")


def test_a_death_around_the_sending_of_a_mail(database_url: str) -> None:
    """Two mails only where it fell between send and record; both have one Message-ID."""
    fresh(database_url)
    with post_office() as post:
        counted = Death()
        tell(database_url, post.block(), counted)
        assert len(post.mails) == 1
        places = [gap.step for gap in counted.gaps]
        assert places.count(SENT) == 1
        assert len(places) >= 6, places
        doubled = 0
        for n in range(1, counted.count + 1):
            fresh(database_url)
            post.mails.clear()
            killed = Death(at=n)
            code = in_a_process(lambda killed=killed: tell(database_url, post.block(), killed))  # type: ignore[misc]
            assert code == KILLED, (n, code)
            assert in_a_process(lambda: tell(database_url, post.block(), Death())) == 0
            assert len(post.mails) == (2 if places[n - 1] == SENT else 1), (n, places[n - 1])
            assert len(set(post.ids)) == 1
            if len(post.mails) == 2:
                doubled += 1
                marked = ["possible repeat" in str(mail["Subject"]) for mail in post.mails]
                assert marked == [False, True]
        assert doubled == 1
