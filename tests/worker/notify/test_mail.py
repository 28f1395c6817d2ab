"""Mail to a real server: what is known to have arrived, what surely hasn't, what may have."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import replace
from uuid import uuid4

import pytest
from sqlalchemy import text

from complaints import flow
from complaints.notifying import MaybeTold, NotTold, Unreachable
from complaints.store import Store
from complaints.store.escalations import LATE
from complaints.store.notices import Heard, Notice, Telling
from tests.complaints.conftest import opened
from tests.complaints.fakes import House
from tests.complaints.records import NOW
from tests.complaints.test_store_escalations import put
from tests.worker.notify.post import Post, post_office
from worker.notify.mail import Mail

__all__ = ["opened"]


@pytest.fixture
def post() -> Iterator[Post]:
    """A mail server."""
    with post_office() as made:
        yield made


def notice(**facts: object) -> Notice:
    """One complaint is late."""
    said = {"number": "1001", "shop": "cz", "rung": "due", "due_at": NOW.isoformat()} | facts
    return Notice(1, uuid4(), "escalation-1", LATE, said, NOW, 1, uuid4(), {})


def test_a_mail_says_what_it_is_about(post: Post) -> None:
    """In its subject; its Message-ID is the notice's own and of the sender's domain."""
    one = notice()
    Mail("ops", post.block(mail_to=["a@shop.example", "b@shop.example"])).tell(one)
    (mail,) = post.mails
    assert mail["Subject"] == "[Redress cz] 1001 is past its due date (due)"
    assert mail["Message-ID"] == f"<redress.{one.uid}@shop.example>"
    assert (mail["From"], mail["To"]) == ("redress@shop.example", "a@shop.example, b@shop.example")
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Date"].datetime == NOW.replace(microsecond=0)
    said = mail.get_content()
    assert "redress show 1001" in said
    assert "before" not in said


def test_a_possible_repeat_says_so_under_the_same_id(post: Post) -> None:
    """In the subject and in the text."""
    one = notice()._replace(tellings={"ops": Telling(Heard.CALLING, 0)})
    for told in (one, one.for_channel("ops")):
        Mail("ops", post.block()).tell(told)
    first, second = post.mails
    assert first["Message-ID"] == second["Message-ID"]
    assert "possible repeat" not in first["Subject"]
    assert "possible repeat" in second["Subject"]
    assert "may have been told this before" in second.get_content()


def test_facts_write_no_header(post: Post) -> None:
    """A reason with line breaks stays one line of the subject."""
    Mail("ops", post.block()).tell(notice(rung="due\r\nBcc: evil@example.org"))
    (mail,) = post.mails
    assert mail["Bcc"] is None
    assert "due Bcc: evil@example.org" in mail["Subject"]


def test_what_is_of_another_shop_is_not_for_these_people(post: Post) -> None:
    """What is of no shop is for all."""
    mail = Mail("ops", post.block(shops=["sk"]))
    assert not mail.wants(notice())
    assert mail.wants(notice(shop="sk"))
    assert mail.wants(notice(shop=None))
    assert Mail("ops", post.block()).wants(notice())


@pytest.mark.parametrize(
    ("answer", "raised"),
    [("451 later", NotTold), ("554 no", NotTold), (None, MaybeTold)],
)
def test_an_answer_that_is_none_or_no(
    post: Post, answer: str | None, raised: type[Exception]
) -> None:
    """A refusal surely isn't told; a lost answer may be."""
    post.answers.append(answer)
    with pytest.raises(raised) as fault:
        Mail("ops", post.block()).tell(notice())
    assert not isinstance(fault.value, Unreachable)
    assert len(post.mails) == (answer is None)


def test_addresses_that_are_refused(post: Post) -> None:
    """One of two keeps the other from nothing; none left is a refusal."""
    post.refused.add("a@shop.example")
    Mail("ops", post.block(mail_to=["a@shop.example", "b@shop.example"])).tell(notice())
    assert len(post.mails) == 1
    with pytest.raises(NotTold, match="refuses the address"):
        Mail("ops", post.block(mail_to=["a@shop.example"])).tell(notice())


def test_nobody_there() -> None:
    """Nothing listens; something listens and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        with pytest.raises(Unreachable, match="no mail server: SMTPServerDisconnected"):
            Mail("ops", Post().block(port=port, timeout_seconds=0.2)).tell(notice())
    with pytest.raises(Unreachable, match="no mail server: ConnectionRefusedError"):
        Mail("ops", Post().block(port=port)).tell(notice())


def test_a_server_without_tls_gets_no_mail_where_tls_is_asked_for(post: Post) -> None:
    """Nor the password."""
    with pytest.raises(Unreachable, match="no mail server: SMTPNotSupportedError"):
        Mail("ops", post.block(security="starttls", user="u", password="p")).tell(notice())
    assert post.mails == []


# -- through the store -------------------------------------------------------------------


def hurry(store: Store) -> None:
    """Nobody waits to be told."""
    with store.engine.begin() as connection:
        connection.execute(text("UPDATE notice SET lease_until_tech = NULL"))


def settle(house: House, rounds: int = 6) -> None:
    """Escalate again and again."""
    for _ in range(rounds):
        flow.escalate(house.deps)
        hurry(house.store)


def with_mail(store: Store, post: Post) -> House:
    """A house that tells by mail beside its notes."""
    house = House(store)
    house.deps = replace(
        house.deps, channels={"notes": house.notes, "notify.ops": Mail("ops", post.block())}
    )
    return house


def test_a_mail_server_that_is_down_loses_none_and_doubles_nothing_elsewhere(
    opened: Store,
) -> None:
    """What other channels have heard they don't hear again; the reason stands in the list."""
    for n in range(5):
        put(opened, str(n))
    with post_office() as post:
        house = with_mail(opened, post)
        dead = Post()
        with socket.create_server(("127.0.0.1", 0)) as there:
            dead.port = there.getsockname()[1]
        down = {**house.deps.channels, "notify.ops": Mail("ops", dead.block())}
        house.deps = replace(house.deps, channels=down)
        settle(house, 3)
        assert [one.facts["number"] for one in house.notes.told] == list("01234")
        why = {(one.channel, one.why) for one in opened.notices.untold(10) if one.why}
        assert why == {("notify.ops", "no mail server: ConnectionRefusedError")}
        house.deps = with_mail(opened, post).deps
        settle(house, 2)
        assert len(post.mails) == len(set(post.ids)) == 5
        assert not any("repeat" in str(mail["Subject"]) for mail in post.mails)
        assert len(house.notes.told) == 5
    assert opened.notices.untold(10) == []


def test_a_lost_answer_is_repeated_once(opened: Store) -> None:
    """Under the same Message-ID, and marked; after that it counts as told."""
    put(opened, "1")
    with post_office() as post:
        house = with_mail(opened, post)
        post.answers += [None, None, None]
        settle(house)
        assert len(post.mails) == 2
        assert len(set(post.ids)) == 1
        assert ["repeat" in str(mail["Subject"]) for mail in post.mails] == [False, True]
    assert opened.notices.untold(10) == []


def test_a_refusal_is_tried_until_it_is_taken(opened: Store) -> None:
    """And is no repeat; the others go through meanwhile."""
    for n in range(3):
        put(opened, str(n))
    with post_office() as post:
        house = with_mail(opened, post)
        post.answers += ["451 later"]
        settle(house, 1)
        assert len(post.mails) == 2
        settle(house, 1)
        assert len(set(post.ids)) == len(post.mails) == 3
        assert not any("repeat" in str(mail["Subject"]) for mail in post.mails)
