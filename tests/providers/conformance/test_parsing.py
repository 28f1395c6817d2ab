"""Parsing is pure and total: whatever arrives becomes changes that can be stored."""

from __future__ import annotations

import contextlib
import gc
import resource
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, seed
from hypothesis import settings as run

from complaints.model import Change
from complaints.ports import Provider, Rejected
from complaints.vocabulary import Subject
from tests.providers.conformance.payloads import Payload, payloads
from tests.providers.conformance.suite import NAMES, SPECIMENS, account, storable
from tests.providers.wire import NOW, observe

pytestmark = pytest.mark.parametrize("name", NAMES)

_FEW = 200
_MANY = 100_000
_CHUNK = 2_000
"""Payloads of one Hypothesis run: it remembers what it made, so that a long one would grow."""
_WARM = 20_000
"""Payloads after which whatever caches there are have filled."""
_FLAT = 8 * 1024 * 1024
"""Bytes by which the process may grow in all the payloads after those."""


def test_each_sample_is_read(name: str) -> None:
    """The same observation gives the same changes, and they survive being stored."""
    with account(name) as made:
        for observation in SPECIMENS[name].observations:
            changes = made.parse(observation)
            assert changes
            assert made.parse(observation) == changes
            for change in changes:
                assert Change.model_validate_json(change.model_dump_json()) == change


def test_an_unknown_form_is_unreadable(name: str) -> None:
    """Never an error, never nothing."""
    with account(name) as made:
        (change,) = made.parse(observe("never heard", {}))

    assert change.subject is Subject.UNREADABLE
    assert change.reason


def test_no_payload_raises_anything_but_rejected(name: str) -> None:
    """Any bytes, any JSON, and good documents that were bent or cut, into every parser."""
    with account(name) as made:
        assert set(_fuzz(made, _FEW).values()) == {_FEW}


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_a_hundred_thousand_payloads_raise_nothing_and_leave_nothing(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """No exception but Rejected out of any parser, and memory stays flat."""
    with account(name) as made:
        fed = _fuzz(made, _WARM)
        before = _memory()
        fed += _fuzz(made, _MANY - _WARM, first_seed=_WARM)
        grown = _memory() - before
    with capsys.disabled():
        print(f"\n{name}: {dict(fed)}; {before >> 10} KiB {grown >> 10:+} KiB")

    assert set(fed) == {"parse", "verify", *SPECIMENS[name].parsers}
    assert min(fed.values()) >= _MANY
    assert grown < _FLAT


def _fuzz(made: Provider, count: int, *, first_seed: int = 0) -> Counter[str]:
    """Feed all parsers of a provider; returns how many payloads each of them has taken."""
    specimen = SPECIMENS[made.name]
    fed: Counter[str] = Counter()

    def feed(payload: Payload) -> None:
        storable(made, payload.observation)
        _verify(made, payload)
        for reader in specimen.parsers.values():
            with contextlib.suppress(Rejected):
                reader(payload.body)
        fed.update(["parse", "verify", *specimen.parsers])

    while (done := fed["parse"]) < count:
        chunk = run(
            max_examples=min(_CHUNK, count - done),
            database=None,
            deadline=None,
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
        )(given(payload=payloads(specimen))(feed))
        seed(first_seed + done)(chunk)()
    return fed


def _verify(made: Provider, payload: Payload) -> None:
    with contextlib.suppress(Rejected):
        delivery = made.verify(payload.path, payload.headers, payload.body, NOW)
        storable(made, observe(delivery.form, payload.body, delivery.external_id))


def _memory() -> int:
    """Bytes of this process that are in memory."""
    gc.collect()
    pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    return int(pages) * resource.getpagesize()
