"""What is let in: the provider's own word, whole, fresh, and under a key that is valid."""

from __future__ import annotations

from datetime import timedelta

import pytest

from complaints.ports import Rejected
from complaints.vocabulary import Subject
from tests.providers.conformance.suite import NAMES, SPECIMENS, account
from tests.providers.specimen import Arrival, Proof
from tests.providers.wire import NOW, observe

_YEAR = timedelta(days=365)
_ARRIVING = [name for name in NAMES if SPECIMENS[name].arrival is not None]

pytestmark = pytest.mark.parametrize("name", _ARRIVING)


def _given(name: str) -> tuple[Arrival, Proof]:
    specimen = SPECIMENS[name]
    assert specimen.arrival is not None
    assert specimen.proof is not None
    return specimen.arrival, specimen.proof


def test_a_good_arrival_is_let_in_and_is_readable(name: str) -> None:
    """Verified, and its form is one that parse knows; a repeat has the same id."""
    arrival, _ = _given(name)
    with account(name) as made:
        delivery = made.verify(arrival.path, arrival.headers, arrival.body, NOW)
        again = made.verify(arrival.path, arrival.headers, arrival.body, NOW)
        changes = made.parse(observe(delivery.form, arrival.body, delivery.external_id))

    assert delivery == again
    assert delivery.delivery_id
    assert changes
    assert all(change.subject is not Subject.UNREADABLE for change in changes)


@pytest.mark.parametrize("tampered", [b" ", b"\x00", b"}"])
def test_a_tampered_body_is_refused(name: str, tampered: bytes) -> None:
    """Where the proof covers the body; where it doesn't, the specimen says so and it is so."""
    arrival, proof = _given(name)
    with account(name) as made:
        for body in (arrival.body + tampered, tampered + arrival.body, arrival.body[:-1], b""):
            if "body" in proof.covers:
                with pytest.raises(Rejected):
                    made.verify(arrival.path, arrival.headers, body, NOW)
            else:
                assert made.verify(arrival.path, arrival.headers, body, NOW).delivery_id


@pytest.mark.parametrize("away", [-_YEAR, _YEAR, timedelta(minutes=-6), timedelta(minutes=6)])
def test_a_stale_or_future_arrival_is_refused(name: str, away: timedelta) -> None:
    """Where the proof covers the time; where it doesn't, the specimen says so and it is so."""
    arrival, proof = _given(name)
    with account(name) as made:
        if "time" in proof.covers:
            with pytest.raises(Rejected):
                made.verify(arrival.path, arrival.headers, arrival.body, NOW + away)
        else:
            again = made.verify(arrival.path, arrival.headers, arrival.body, NOW + away)
            assert again.delivery_id


def test_a_wrong_key_opens_nothing(name: str) -> None:
    """What is good for one account isn't for another one."""
    arrival, proof = _given(name)
    with account(name, settings=proof.foreign) as stranger, pytest.raises(Rejected):
        stranger.verify(arrival.path, arrival.headers, arrival.body, NOW)


def test_an_old_key_ends_with_its_rotation(name: str) -> None:
    """Until then both keys are good, where the provider's keys can overlap."""
    arrival, proof = _given(name)
    if proof.rotating is not None:
        with account(name, settings=proof.rotating) as both:
            assert both.verify(arrival.path, arrival.headers, arrival.body, NOW).delivery_id
    with account(name, settings=proof.rotated) as later, pytest.raises(Rejected):
        later.verify(arrival.path, arrival.headers, arrival.body, NOW)


def test_an_arrival_without_its_proof_is_refused(name: str) -> None:
    """Any one header missing, or the path another one where it is the proof."""
    arrival, _ = _given(name)
    with account(name) as made:
        for left_out in arrival.headers:
            headers = {key: value for key, value in arrival.headers.items() if key != left_out}
            with pytest.raises(Rejected):
                made.verify(arrival.path, headers, arrival.body, NOW)
        if not arrival.headers:
            last = "0" if arrival.path[-1] != "0" else "1"
            with pytest.raises(Rejected):
                made.verify(arrival.path[:-1] + last, {}, arrival.body, NOW)
