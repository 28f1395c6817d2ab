"""A middleware that hosts the calls, as one of a shop's accounts: what the pipeline makes of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import httpx
import pytest

from complaints import flow, store
from complaints.store import Store
from complaints.vocabulary import Capability, Status
from providers.chat import Chat
from providers.http import make_client
from tests.complaints.fakes import House
from tests.complaints.records import ACCOUNTS, BOT, DESK, change
from tests.providers.chat.samples import HOST, settings
from tests.providers.wire import Script, answer

CLAIM = {"text": "Kettle leaks.", "name": "Asha Rao", "email": "asha@example.org"}
TAKEN = {
    "responseType": "container",
    "responseMessages": [
        {"containerResponse": {"attributes": [{"name": "complaintId", "value": "12345"}]}}
    ],
}


@pytest.fixture
def opened(database_url: str) -> Iterator[Store]:
    """An empty store."""
    found = store.open(database_url)
    yield found
    found.close()


def _rows(opened: Store, sql: str) -> list[tuple[object, ...]]:
    with opened.engine.connect() as connection:
        return [tuple(row) for row in connection.exec_driver_sql(sql)]


def _raise_at_host(opened: Store, *steps: httpx.Response | Exception) -> Script:
    """The desk tells of a case, and everything that follows from that is done."""
    able = frozenset({Capability.WEBHOOK, Capability.CREATE})
    profile = ACCOUNTS[BOT].model_copy(update={"capabilities": able})
    house = House(opened, accounts={**ACCOUNTS, BOT: profile})
    script = Script(list(steps))
    chat = Chat(BOT, settings(**HOST), make_client(HOST["host_url"], script.transport))
    deps = replace(house.deps, providers={**house.deps.providers, BOT: chat})
    house.hear(DESK, "1", change(Status.OPEN, claim=CLAIM))
    while flow.reconcile(deps) + flow.push(deps):
        pass
    house.hear(DESK, "2", change(Status.RESOLVED, claim=CLAIM))
    while flow.reconcile(deps) + flow.push(deps) + flow.sweep(deps):
        pass
    chat.close()
    return script


def test_chat_a_a_case_of_the_desk_is_raised_at_the_host_once(opened: Store) -> None:
    """Known there under the host's number; what becomes of it is told to nobody there."""
    script = _raise_at_host(opened, answer(response=TAKEN))

    assert len(script.requests) == 1
    assert _rows(opened, "SELECT account, kind, state FROM push") == [(BOT, "create", "done")]
    mirrors = _rows(opened, "SELECT external_id FROM mirror WHERE account = 'cz-bot'")
    assert mirrors == [("12345",)]


def test_chat_a_a_raise_whose_answer_was_lost_is_never_sent_again(opened: Store) -> None:
    """Nobody can look it up: it is unknown, for a person."""
    script = _raise_at_host(opened, httpx.ReadTimeout("x"))

    assert len(script.requests) == 1
    assert _rows(opened, "SELECT account, kind, state FROM push") == [(BOT, "create", "unknown")]
