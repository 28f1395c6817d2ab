"""Paperdesk, a provider of the tests' own: made, read and written through the same seams."""

from __future__ import annotations

import httpx
import pytest

from complaints.ports import NeedsHuman, Transient
from complaints.vocabulary import Capability, ComplaintNumber, ExternalId, PushKind, Result, Status
from providers.registry import Account
from tests.providers.kinds import KINDS
from tests.providers.paperdesk.desk import TOKEN, Desk
from tests.providers.paperdesk.specimen import ADDRESS
from tests.providers.paperdesk.words import STATUS_OF_WORD, WORD_OF_STATUS
from tests.providers.wire import ACCOUNT, intend, observe


def _account(desk: Desk, token: str = TOKEN) -> Account:
    raw = {"base_url": ADDRESS, "desk_key": token, "environment": "sandbox"}
    transport = httpx.MockTransport(lambda request: desk(_below(request)))
    return KINDS["paperdesk"].build(ACCOUNT, raw, transport)


def _below(request: httpx.Request) -> httpx.Request:
    """The request as the desk sees it, below its own address."""
    path = request.url.raw_path.decode().removeprefix("/paperdesk")
    url = request.url.copy_with(raw_path=path.encode())
    return httpx.Request(request.method, url, headers=request.headers, content=request.read())


def test_a_case_is_filed_read_and_moved() -> None:
    """By the table of kinds alone, and each word comes back as it was sent."""
    desk = Desk()
    account = _account(desk)
    assert account.check() == "the token is good"
    claim = {"text": "The lamp flickers.", "name": "Eva"}
    filed = account.push(intend(PushKind.CREATE, claim=claim))
    assert (filed.result, filed.external_id) == (Result.DONE, "K-1")
    for status, word in WORD_OF_STATUS.items():
        moved = account.push(intend(PushKind.SET_STATUS, "K-1", target=status))
        assert moved.result is (Result.ALREADY if word == "received" else Result.DONE)
        reading = account.fetch(ExternalId("K-1"))
        (change,) = account.parse(observe(reading.form, reading.body, "K-1"))
        assert (change.word, change.status) == (word, status)
        assert change.reference == ComplaintNumber("40817")
    account.close()


def test_staff_who_were_quicker_are_not_overruled() -> None:
    """What they did must be weighed first."""
    desk = Desk()
    case = desk.file("The lamp flickers.")
    desk.cases[case]["state"] = "declined"
    account = _account(desk)
    moved = account.push(intend(PushKind.SET_STATUS, case, target=Status.RESOLVED, seen="received"))
    account.close()

    assert moved.result is Result.OVERTAKEN
    assert [method for method, _ in desk.asked] == ["GET"]


def test_a_wrong_token_needs_a_person() -> None:
    """At each call."""
    account = _account(Desk(), "somebody-else-s")
    with pytest.raises(NeedsHuman):
        account.check()
    with pytest.raises(NeedsHuman):
        account.fetch(ExternalId("K-1"))
    with pytest.raises(NeedsHuman):
        account.push(intend(PushKind.CREATE))
    account.close()


def test_a_case_that_is_not_shown_is_gone() -> None:
    """And a page of a proxy is no news of it."""
    account = _account(Desk())
    reading = account.fetch(ExternalId("K-1"))
    account.close()
    (change,) = account.parse(observe(reading.form, reading.body, "K-1"))
    assert change.subject == "gone"

    raw = {"base_url": ADDRESS, "desk_key": TOKEN, "environment": "sandbox"}
    page = httpx.MockTransport(lambda _: httpx.Response(200, text="<html>"))
    behind = KINDS["paperdesk"].build(ACCOUNT, raw, page)
    with pytest.raises(Transient):
        behind.fetch(ExternalId("K-1"))
    behind.close()


def test_what_it_lacks_has_a_reason() -> None:
    """Each capability there is, and each word both ways."""
    account = _account(Desk())
    account.close()
    lacking = {kind: one.why for kind, one in account.abilities.items() if not one.able}

    assert set(account.abilities) == set(Capability)
    assert all(lacking.values())
    assert {STATUS_OF_WORD[word]: word for word in STATUS_OF_WORD} == WORD_OF_STATUS
