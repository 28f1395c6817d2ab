"""Against the sandbox, in this process and over HTTP: the same promises, by its own records."""

from __future__ import annotations

import logging

import pytest

from complaints.ports import NeedsHuman, Rejected
from complaints.vocabulary import Capability, ExternalId, PushKind, Result, Subject
from tests.providers.conformance.ground import DEEDS, LOOKING, Ground, scene_of
from tests.providers.conformance.suite import PLAYED, SPECIMENS, bare_url, outcome, shown, storable
from tests.providers.sandbox.receiver import receiving
from tests.providers.specimen import traces_of_customer
from tests.providers.wire import NOW, observe

_EACH = pytest.mark.parametrize("name", PLAYED)
_EACH_DEED = pytest.mark.parametrize(("name", "kind"), DEEDS)


@_EACH
def test_the_account_is_checked(ground: Ground, name: str) -> None:
    """One line by harmless reads; nothing is changed by it."""
    with ground.played(name) as account:
        line = account.check()

    assert line
    assert ground.lines()
    assert not any(line["committed"] for line in ground.lines())
    assert ground.control.duplicates()[scene_of(name).account] == 0


@_EACH
def test_what_is_there_is_read(ground: Ground, name: str) -> None:
    """Each record tells what it is, and what isn't there is gone."""
    scene = scene_of(name)
    with ground.played(name) as account:
        if scene.records is None:
            assert Capability.FETCH not in account.capabilities
            with pytest.raises(NeedsHuman):
                account.fetch(ExternalId("nowhere"))
            return
        for record, subject in scene.records(ground.control).items():
            reading = account.fetch(record)
            changes = storable(account, observe(reading.form, reading.body, record))
            assert (changes[0].subject, changes[0].external_id) == (subject, record)


@_EACH_DEED
def test_a_write_is_done_exactly_once(ground: Ground, name: str, kind: PushKind) -> None:
    """By the sandbox's own records, and by its wire log."""
    deed = scene_of(name).deeds[kind]
    with ground.played(name) as account:
        intent = deed.prepare(ground.control, account)
        before = deed.effects(ground.control, intent)
        sent = ground.calls(deed)
        receipt = account.push(intent)

        assert (receipt.result, bool(receipt.external_id)) == (Result.DONE, True)
        assert deed.effects(ground.control, intent) - before == 1
        assert ground.calls(deed) - sent == 1


@pytest.mark.parametrize(("name", "kind"), LOOKING)
def test_a_repeat_of_a_repeatable_push_is_harmless(
    ground: Ground, name: str, kind: PushKind
) -> None:
    """It finds that the thing is so already, and sends nothing."""
    deed = scene_of(name).deeds[kind]
    with ground.played(name) as account:
        intent = deed.prepare(ground.control, account)
        before = deed.effects(ground.control, intent)
        assert account.push(intent).result is Result.DONE
        sent = ground.calls(deed)

        assert [account.push(intent).result for _ in range(3)] == [Result.ALREADY] * 3
        assert deed.effects(ground.control, intent) - before == 1
        assert ground.calls(deed) == sent


@_EACH
def test_deliveries_verify_and_parse(ground: Ground, name: str) -> None:
    """What the provider sends by itself is let in; what somebody else sends is not."""
    scene = scene_of(name)
    with (
        receiving() as receiver,
        ground.played(name, hooks=f"{receiver.url}{scene.mount}") as account,
    ):
        good = scene.send(ground.control, account)
        for arrival in receiver.wait_for(good)[:good]:
            path = arrival.path.removeprefix(scene.mount)
            delivery = account.verify(path, arrival.headers, arrival.body, NOW)
            seen = observe(delivery.form, arrival.body, delivery.external_id)
            changes = storable(account, seen)
            assert changes
            assert all(change.subject is not Subject.UNREADABLE for change in changes)
        if scene.forge is None:
            return
        forged = scene.forge(ground.control, account)
        for arrival in receiver.wait_for(good + forged)[good:]:
            path = arrival.path.removeprefix(scene.mount)
            with pytest.raises(Rejected):
                account.verify(path, arrival.headers, arrival.body, NOW)


@_EACH
def test_nothing_that_is_shown_tells_on_anybody(
    ground: Ground, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Logs at the most talkative level, receipts, verdicts and URLs, httpx's own included."""
    scene = scene_of(name)
    caplog.set_level(logging.DEBUG)
    for library in ("httpx", "httpcore"):
        caplog.set_level(logging.DEBUG, library)
    told: list[str] = []
    for fault in (None, "500_after_commit", "truncated", "drop_before", "401"):
        for deed in scene.deeds.values():
            with ground.played(name) as account:
                intent = deed.prepare(ground.control, account)
                if fault is not None:
                    ground.spoil(name, deed, fault)
                told += [shown(outcome(account, intent)), repr(account)]
            told += [bare_url(request, SPECIMENS[name]) for request in ground.asked]
    tokens = {
        request.headers["authorization"].rpartition(" ")[2]
        for request in ground.asked
        if "authorization" in request.headers
    }
    everything = "\n".join([*told, caplog.text])

    assert ground.asked
    assert [one for one in {*scene.secrets, *tokens} if one in everything] == []
    assert traces_of_customer(everything) == []
