"""The two grounds behave alike to a client: answers, cut lines, and time-outs."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from providers.sandbox.config import DEMO_KEY
from tests.providers.conformance.ground import Ground
from tests.providers.sandbox.people import HASH, complaint, order
from tests.providers.sandbox.waiting import eventually

_DETAIL = "/bizkithub/api/v1/shop/order/detail"
_CREATE = "/bizkithub/api/v1/shop/complaint/create"


@pytest.fixture
def client(ground: Ground) -> Iterator[httpx.Client]:
    """A plain client of the sandbox, where one order is."""
    ground.control.place_order(order(HASH))
    with httpx.Client(
        base_url=ground.control.url,
        transport=ground.kept(),
        params={"apiKey": DEMO_KEY},
        timeout=0.3,
    ) as made:
        yield made


def test_an_answer_is_whole(client: httpx.Client) -> None:
    """Status, media type and body, with letters beyond ASCII in the query and in the answer."""
    shown = client.get(_DETAIL, params={"hash": HASH})
    missing = client.get(_DETAIL, params={"hash": "žádná+%26"})

    assert shown.status_code == 200
    assert shown.headers["content-type"] == "application/json"
    assert shown.json()["customer"]["lastName"] == "Horáková"
    assert missing.json() == {"exist": False}


@pytest.mark.parametrize(("fault", "filed"), [("drop_before", 0), ("drop_after_commit", 1)])
def test_a_cut_line_is_an_error_of_the_wire(
    client: httpx.Client, ground: Ground, fault: str, filed: int
) -> None:
    """Of a kind after which nobody knows whether it was done."""
    ground.control.fault("bizkithub", fault)
    with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
        client.post(_CREATE, json=complaint())

    assert len(ground.control.complaints()) == filed
    assert [line["outcome"] for line in ground.lines()] == ["cut"]


def test_a_client_that_waits_no_longer_is_gone(client: httpx.Client, ground: Ground) -> None:
    """The work is done, and the sandbox notes that nobody was there to hear of it."""
    ground.control.fault("bizkithub", "slow", seconds=30)
    with pytest.raises(httpx.ReadTimeout):
        client.post(_CREATE, json=complaint())

    assert len(ground.control.complaints()) == 1
    eventually(lambda: [str(line["outcome"]) for line in ground.lines()], ["cut"])
    assert ground.control.hanging() == []
