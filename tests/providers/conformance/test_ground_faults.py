"""The sandbox's faults on both grounds: each gives a verdict, and none does a thing twice."""

from __future__ import annotations

from typing import get_args

import pytest

from complaints.ports import NeedsHuman, Receipt, Transient
from complaints.vocabulary import LOOKED_UP, PushKind, Result, Subject
from providers.sandbox.faults import ACCOUNTS, AFTER_WORK, Kind, fits
from tests.providers.conformance.ground import DEEDS, LOOKING, Ground, scene_of
from tests.providers.conformance.suite import PLAYED, SPECIMENS, outcome, storable
from tests.providers.wire import observe

_FAULTS: dict[str, list[Kind]] = {
    name: [
        kind
        for kind in get_args(Kind)
        for account in ACCOUNTS
        if account == scene_of(name).account and fits(kind, account)
    ]
    for name in PLAYED
}
_LOST: tuple[Kind, ...] = ("drop_after_commit", "500_after_commit", "truncated")
"""The work is done and nobody learns of it."""

_EACH_DEED = pytest.mark.parametrize(("name", "kind"), DEEDS)


@_EACH_DEED
@pytest.mark.parametrize("fault", _LOST)
def test_a_write_whose_answer_was_lost_is_not_made_again(
    ground: Ground, name: str, kind: PushKind, fault: Kind
) -> None:
    """It is unknown, or found by a look, or to be repeated after one: it is there once."""
    deed = scene_of(name).deeds[kind]
    with ground.played(name) as account:
        intent = deed.prepare(ground.control, account)
        before, sent = deed.effects(ground.control, intent), ground.calls(deed)
        ground.spoil(name, deed, fault)
        became = outcome(account, intent)

        assert ground.calls(deed) - sent == 1
        assert deed.effects(ground.control, intent) - before == 1
        if isinstance(became, Receipt):
            assert became.result in {Result.UNKNOWN, Result.DONE}
            looked = any(line["method"] == "GET" for line in _after(ground, deed.path))
            assert became.result is Result.UNKNOWN or looked
        else:
            assert isinstance(became, Transient)
            assert kind in LOOKED_UP
            assert account.push(intent).result is Result.ALREADY
            assert deed.effects(ground.control, intent) - before == 1


def _after(ground: Ground, path: str) -> list[dict[str, object]]:
    """What was asked after the last call to a path that no look goes to."""
    lines = ground.lines()
    last = max(i for i, line in enumerate(lines) if line["fault"] is not None)
    assert path in str(lines[last]["path"])
    return lines[last + 1 :]


@_EACH_DEED
def test_each_fault_of_a_write_gives_a_verdict(ground: Ground, name: str, kind: PushKind) -> None:
    """A receipt, Transient or NeedsHuman; whoever goes on as these say, does it once."""
    deed = scene_of(name).deeds[kind]
    for fault in _FAULTS[name]:
        with ground.played(name) as account:
            intent = deed.prepare(ground.control, account)
            before = deed.effects(ground.control, intent)
            ground.spoil(name, deed, fault, times=2 if fault == "401" else 1)
            became = outcome(account, intent)
            ground.control.clear_faults()
            assert _is_due(became, fault, kind), (fault, became)
            if isinstance(became, (Transient, NeedsHuman)):
                made = deed.effects(ground.control, intent) - before
                assert made == 0 or (kind in LOOKED_UP and fault in AFTER_WORK), (fault, became)
                became = account.push(intent)
            there = deed.effects(ground.control, intent) - before

        assert isinstance(became, Receipt)
        match became.result:
            case Result.DONE | Result.ALREADY:
                assert there == 1, (fault, became)
            case Result.UNKNOWN:
                assert there <= 1, (fault, became)
            case Result.REFUSED:
                assert there == 0, (fault, became)
            case _:
                pytest.fail(f"{fault}: {became}")


def _is_due(became: Receipt | Transient | NeedsHuman, fault: Kind, kind: PushKind) -> bool:
    """Whether a write's fault was understood as what it is."""
    match fault:
        case "429" | "429_retry_after" | "429_in_body":
            return isinstance(became, Transient)
        case "401" | "403" | "406" | "key_deleted" | "key_inactive" | "key_expired" | "key_unknown":
            return isinstance(became, NeedsHuman)
        case "428":
            return isinstance(became, Receipt) and became.result is Result.REFUSED
        case "slow" | "unknown_word":
            return isinstance(became, Receipt) and became.result is Result.DONE
    if isinstance(became, Receipt):
        return became.result in {Result.UNKNOWN, Result.DONE}
    return isinstance(became, Transient) and kind in LOOKED_UP


@_EACH_DEED
def test_a_limit_is_kept_away_from_for_as_long_as_was_asked(
    ground: Ground, name: str, kind: PushKind
) -> None:
    """Nothing was done, and the seconds are handed on."""
    scene = scene_of(name)
    deed = scene.deeds[kind]
    with ground.played(name) as account:
        intent = deed.prepare(ground.control, account)
        before = deed.effects(ground.control, intent)
        ground.control.fault(
            scene.account, "429", path=deed.path, method=deed.method, retry_after=77
        )
        with pytest.raises(Transient) as verdict:
            account.push(intent)

        assert verdict.value.retry_after == 77
        assert deed.effects(ground.control, intent) == before


@pytest.mark.parametrize(("name", "kind"), LOOKING)
def test_each_fault_of_the_look_before_a_write_sends_nothing(
    ground: Ground, name: str, kind: PushKind
) -> None:
    """What couldn't be looked at isn't written to, and is done when the look works again."""
    scene = scene_of(name)
    deed = scene.deeds[kind]
    for fault in _FAULTS[name]:
        with ground.played(name) as account:
            intent = deed.prepare(ground.control, account)
            before, sent = deed.effects(ground.control, intent), ground.calls(deed)
            ground.control.fault(scene.account, fault, method="GET", times=2, seconds=0)
            became = outcome(account, intent)
            ground.control.clear_faults()
            if isinstance(became, (Transient, NeedsHuman)):
                assert ground.calls(deed) == sent, fault
                became = account.push(intent)

            if became.result is Result.DONE:
                assert deed.effects(ground.control, intent) - before == 1, fault
            else:
                assert (kind in LOOKED_UP, became.result) == (True, Result.OVERTAKEN), fault
                assert ground.calls(deed) == sent, fault


@pytest.mark.parametrize("name", [name for name in PLAYED if SPECIMENS[name].read])
def test_each_fault_of_a_read_gives_a_verdict(ground: Ground, name: str) -> None:
    """Transient or NeedsHuman, or a reading that can be parsed; never that it is gone."""
    scene = scene_of(name)
    assert scene.records is not None
    for fault in _FAULTS[name]:
        with ground.played(name) as account:
            for record, subject in scene.records(ground.control).items():
                account.check()
                ground.control.fault(scene.account, fault, method="GET", times=2, seconds=0)
                try:
                    reading = account.fetch(record)
                except (Transient, NeedsHuman):
                    assert fault not in {"slow", "unknown_word"}
                    continue
                finally:
                    ground.control.clear_faults()
                changes = storable(account, observe(reading.form, reading.body, record))
                assert changes[0].subject in {subject, Subject.UNREADABLE}, fault


@pytest.mark.parametrize("name", PLAYED)
def test_each_fault_of_a_check_gives_a_verdict(ground: Ground, name: str) -> None:
    """One line, Transient or NeedsHuman, whatever the first calls meet."""
    told: set[str] = set()
    for fault in _FAULTS[name]:
        with ground.played(name) as account:
            ground.control.fault(scene_of(name).account, fault, times=3, seconds=0)
            try:
                told.add(account.check())
            except (Transient, NeedsHuman) as verdict:
                told.add(type(verdict).__name__)
            ground.control.clear_faults()

    assert {"Transient", "NeedsHuman"} <= told
