"""Zenki's webhooks: Svix signatures, flatData, repeats."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from collections.abc import Iterator
from typing import Any

import pytest

from providers.sandbox import codec
from providers.sandbox.config import DEMO_WEBHOOK_SECRET
from tests.providers.sandbox.people import NOW, ORDER, booking
from tests.providers.sandbox.receiver import Arrival, Receiver, receiving
from tests.sandbox import RunningSandbox


@pytest.fixture
def shop(sandbox: RunningSandbox) -> Iterator[Receiver]:
    """A receiver that Zenki's webhooks go to."""
    with receiving() as receiver:
        sandbox.control.clock(NOW)
        sandbox.control.knobs(zenki_webhook_url=f"{receiver.url}/hooks/zenki")
        yield receiver
        sandbox.control.reset()


def signed(arrival: Arrival) -> bool:
    """Whether the signature is that of the demo secret."""
    message, timestamp = arrival.headers["svix-id"], arrival.headers["svix-timestamp"]
    text = f"{message}.{timestamp}.".encode() + arrival.body
    key = base64.b64decode(DEMO_WEBHOOK_SECRET.removeprefix("whsec_"))
    wanted = base64.b64encode(hmac.new(key, text, hashlib.sha256).digest()).decode()
    return arrival.headers["svix-signature"] == f"v1,{wanted}"


def test_a_paid_order_is_told(shop: Receiver, sandbox: RunningSandbox) -> None:
    """The message is order.pay with the order as a JSON string, signed at the providers' time."""
    sandbox.control.book_order(booking(ORDER, webhook=True))
    (arrival,) = shop.wait_for(1)
    assert arrival.path == "/hooks/zenki"
    assert signed(arrival)
    assert arrival.headers["svix-timestamp"] == "1789977600"
    body: Any = codec.loads(arrival.body)
    assert body["eventType"] == "order.pay"
    told: Any = codec.loads(body["flatData"])
    assert (told["zenkiOrderId"], told["status"]) == (ORDER, "AWAITING_SHIPMENT")
    assert told["version"] == "v1.1.0"


def test_a_refused_message_comes_again_with_its_id(shop: Receiver, sandbox: RunningSandbox) -> None:
    """Any answer but 2xx is retried, and the id tells that it is the same message."""
    sandbox.control.knobs(webhook_retries_s=[0, 0])
    shop.statuses = [500, 429]
    sandbox.control.book_order(booking(ORDER, webhook=True))
    arrivals = shop.wait_for(3)
    assert len({arrival.headers["svix-id"] for arrival in arrivals}) == 1
    deadline = time.monotonic() + 5
    seen: Any = []
    while time.monotonic() < deadline and not (seen and seen[0]["delivered"]):
        world: Any = sandbox.control.world()
        seen = world["zenki"]["webhooks"]
    assert [(one["attempts"], one["delivered"], one["last_status"]) for one in seen] == [
        (3, True, 200)
    ]


def test_copies_and_bad_signatures_can_be_sent(shop: Receiver, sandbox: RunningSandbox) -> None:
    """A message may come twice, and a forged one doesn't verify."""
    sandbox.control.book_order(booking(ORDER))
    sandbox.control.send_webhook(ORDER, copies=2)
    first, second = shop.wait_for(2)
    assert first.headers["svix-id"] == second.headers["svix-id"]
    assert signed(first)
    sandbox.control.send_webhook(ORDER, bad_signature=True)
    assert not signed(shop.wait_for(3)[2])


def test_staff_and_shoppers_send_nothing(shop: Receiver, sandbox: RunningSandbox) -> None:
    """Disputes and decisions are not told; the next message is the one that was asked for."""
    sandbox.control.book_order(booking(ORDER))
    sandbox.control.open_dispute(ORDER, "Late", "No parcel", NOW)
    sandbox.control.resolve(ORDER, "RESOLVED", NOW)
    wanted = sandbox.control.send_webhook(ORDER)
    assert [arrival.headers["svix-id"] for arrival in shop.wait_for(1)] == [wanted]
