"""The blind spots of each provider, as data."""

from __future__ import annotations

import pytest

from complaints.blind import WIDTH, Estimate
from complaints.vocabulary import ExternalId, Subject
from providers.registry import PROVIDERS
from providers.zenki.words import ORDER_STATE
from tests.complaints.records import observation
from tests.providers.conformance.suite import SPECIMENS
from tests.providers.wire import ACCOUNT


@pytest.mark.parametrize("name", PROVIDERS)
def test_each_provider_says_what_it_cant_show(name: str) -> None:
    """In sentences that fit a narrow screen, each under a name of its own and with its source."""
    spots = PROVIDERS[name].blindness.spots
    assert spots
    assert len({spot.name for spot in spots}) == len(spots)
    for spot in spots:
        assert 10 < len(spot.text) <= WIDTH, spot.text
        assert spot.source
        assert not spot.text.endswith(".")


def test_every_estimate_is_somebodys() -> None:
    """Nothing is counted for nobody."""
    used = {spot.estimate for kind in PROVIDERS.values() for spot in kind.blindness.spots}
    assert used - {None} == set(Estimate)
    assert None in used


def test_words_of_orders_are_listed_where_there_is_a_table() -> None:
    """Zenki's 14; BizKitHub's labels can be anything."""
    assert PROVIDERS["zenki"].blindness.order_words == frozenset(ORDER_STATE)
    assert PROVIDERS["bizkithub"].blindness.order_words is None


@pytest.mark.parametrize("name", ["bizkithub", "zenki"])
def test_the_reason_of_what_is_gone_is_the_adapters(name: str) -> None:
    """The store finds such observations by it."""
    account = PROVIDERS[name].build(ACCOUNT, SPECIMENS[name].settings)
    try:
        missing = observation(form="missing", external_id=ExternalId("x"), body=b"{}")
        (change,) = account.parse(missing)
    finally:
        account.close()
    assert (change.subject, change.reason) == (Subject.GONE, PROVIDERS[name].blindness.gone)
