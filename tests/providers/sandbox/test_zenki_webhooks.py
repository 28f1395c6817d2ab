"""Zenki's webhooks: Svix signatures, both generations, rotation, and what goes wrong on the way."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from providers.sandbox import codec
from providers.sandbox.client import ControlRefused
from providers.sandbox.config import DEMO_WEBHOOK_SECRET
from tests.providers.sandbox.people import NOW, ORDER, booking
from tests.providers.sandbox.receiver import Arrival, Receiver, receiving
from tests.providers.sandbox.waiting import eventually
from tests.sandbox import RunningSandbox


@pytest.fixture
def shop(sandbox: RunningSandbox) -> Iterator[Receiver]:
    """A receiver that Zenki's webhooks go to."""
    with receiving() as receiver:
        sandbox.control.clock(NOW)
        sandbox.control.knobs(zenki_webhook_url=f"{receiver.url}/hooks/zenki")
        yield receiver
        sandbox.control.reset()


def signature(arrival: Arrival, secret: str = DEMO_WEBHOOK_SECRET, brand: str = "svix") -> str:
    """What the secret's signature of the message must be."""
    message, timestamp = arrival.headers[f"{brand}-id"], arrival.headers[f"{brand}-timestamp"]
    text = f"{message}.{timestamp}.".encode() + arrival.body
    key = base64.b64decode(secret.removeprefix("whsec_"))
    return "v1," + base64.b64encode(hmac.new(key, text, hashlib.sha256).digest()).decode()


def signed(arrival: Arrival) -> bool:
    """Whether the signature is that of the demo secret."""
    return arrival.headers["svix-signature"] == signature(arrival)


@pytest.fixture(scope="module")
def merchant_key() -> rsa.RSAPrivateKey:
    """The merchant's key; the documented 4096 bits would take the test too long to make."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def public_pem(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> str:
    """The public half as PEM."""
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def decrypted(key: rsa.RSAPrivateKey, data: str) -> Any:
    """The document inside encryptedData."""
    cipher, size = base64.b64decode(data), key.key_size // 8
    chunks = [cipher[begin : begin + size] for begin in range(0, len(cipher), size)]
    return codec.loads(b"".join(key.decrypt(chunk, padding.PKCS1v15()) for chunk in chunks))


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
    assert told["items"][0]["price"] == 400


def test_the_price_of_an_item_has_two_names(shop: Receiver, sandbox: RunningSandbox) -> None:
    """The webhook's sample says price, everything else unitPrice."""
    sandbox.control.knobs(webhook_item_price_name="unitPrice")
    sandbox.control.book_order(booking(ORDER, webhook=True))
    body: Any = codec.loads(shop.wait_for(1)[0].body)
    assert '"unitPrice":400' in body["flatData"]


def test_a_refused_message_comes_again_with_its_id(shop: Receiver, sandbox: RunningSandbox) -> None:
    """Any answer but 2xx is retried, and the id tells that it is the same message."""
    sandbox.control.knobs(webhook_retries_s=[0, 0])
    shop.statuses = [500, 429]
    sandbox.control.book_order(booking(ORDER, webhook=True))
    arrivals = shop.wait_for(3)
    assert len({arrival.headers["svix-id"] for arrival in arrivals}) == 1

    def delivery() -> list[tuple[int, bool, int]]:
        world: Any = sandbox.control.world()
        seen = world["zenki"]["webhooks"]
        return [(one["attempts"], one["delivered"], one["last_status"]) for one in seen]

    eventually(delivery, [(3, True, 200)])


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


def test_the_older_generation_is_encrypted(
    shop: Receiver, sandbox: RunningSandbox, merchant_key: rsa.RSAPrivateKey
) -> None:
    """order.paid is RSA in chunks of the key's size, signed by Svix as well, times in true ms."""
    sandbox.control.knobs(
        webhook_generation="paid",
        zenki_webhook_public_key=public_pem(merchant_key),
        epoch_unit="s",
    )
    name = "WEB-" + "ě" * 100
    sandbox.control.book_order(booking(ORDER, webhook=True, merchant_order_id=name))
    (arrival,) = shop.wait_for(1)
    assert signed(arrival)
    body: Any = codec.loads(arrival.body)
    assert {name: body[name] for name in body if name != "encryptedData"} == {
        "algorithm": "RSA",
        "keySize": 2048,
        "flatData": "",
    }
    assert len(base64.b64decode(body["encryptedData"])) >= 3 * 256
    assert decrypted(merchant_key, body["encryptedData"]) == {
        "timestamp": 1789977600000,
        "eventDetailsVersion": "v1",
        "eventDetails": {
            "orderId": ORDER,
            "merchantOrderId": name,
            "transactionStatus": "COMPLETED",
            "orderStatus": "AWAITING_SHIPMENT",
            "placedAt": 1789977600000,
            "totalAmount": Decimal("850.5"),
            "currency": "MXN",
            "merchantPayment": {
                "amount": (Decimal("850.5") / Decimal("34397.2")).quantize(Decimal("1e-18")),
                "currency": "ETH",
                "exchangeRate": {"from": "MXN", "to": "USD", "value": Decimal("0.049")},
            },
        },
    }


def test_without_a_key_nothing_is_encrypted(shop: Receiver, sandbox: RunningSandbox) -> None:
    """The refusal comes before anything is booked; other keys than RSA aren't taken."""
    sandbox.control.knobs(webhook_generation="paid")
    with pytest.raises(ControlRefused, match="zenki_webhook_public_key"):
        sandbox.control.book_order(booking(ORDER, webhook=True))
    world: Any = sandbox.control.world()
    assert world["zenki"]["orders"] == {}
    with pytest.raises(ControlRefused, match="zenki_webhook_public_key"):
        sandbox.control.knobs(zenki_webhook_public_key="no key")
    other = public_pem(ec.generate_private_key(ec.SECP256R1()))
    with pytest.raises(ControlRefused, match="RSA public key"):
        sandbox.control.knobs(zenki_webhook_public_key=other)


def test_a_rotated_secret_signs_for_a_while_beside_the_old_one(
    shop: Receiver, sandbox: RunningSandbox
) -> None:
    """Two signatures, the newest first, until the providers' time has passed a day."""
    sandbox.control.book_order(booking(ORDER))
    fresh = sandbox.control.rotate_webhook_secret()
    sandbox.control.send_webhook(ORDER)
    both = shop.wait_for(1)[0]
    assert both.headers["svix-signature"].split(" ") == [signature(both, fresh), signature(both)]
    sandbox.control.clock(NOW + timedelta(days=1))
    sandbox.control.send_webhook(ORDER)
    later = shop.wait_for(2)[1]
    assert later.headers["svix-signature"] == signature(later, fresh)


def test_a_secret_can_be_given_and_the_old_one_dropped_at_once(
    shop: Receiver, sandbox: RunningSandbox
) -> None:
    """Without an overlap only the new one signs; rotating twice signs with all that overlap."""
    sandbox.control.book_order(booking(ORDER))
    chosen = "whsec_" + base64.b64encode(b"chosen by the merchant").decode()
    assert sandbox.control.rotate_webhook_secret(chosen, overlap_s=0) == chosen
    sandbox.control.send_webhook(ORDER)
    alone = shop.wait_for(1)[0]
    assert alone.headers["svix-signature"] == signature(alone, chosen)
    newest = sandbox.control.rotate_webhook_secret()
    sandbox.control.send_webhook(ORDER)
    pair = shop.wait_for(2)[1]
    assert pair.headers["svix-signature"].split(" ") == [
        signature(pair, newest),
        signature(pair, chosen),
    ]
    with pytest.raises(ControlRefused, match="base64"):
        sandbox.control.rotate_webhook_secret("whsec_!")


def test_messages_can_be_lost_late_and_turned_around(
    shop: Receiver, sandbox: RunningSandbox
) -> None:
    """By knobs: no copy, a delay, groups that go last first."""
    for order_id in ("a", "b", "c"):
        sandbox.control.book_order(booking(order_id))
    sandbox.control.knobs(webhook_copies=0)
    sandbox.control.move_zenki_order("a", "SHIPPED", NOW, webhook=True)
    sandbox.control.knobs(webhook_copies=1, webhook_reorder=2)
    first = sandbox.control.send_webhook("b")
    second = sandbox.control.send_webhook("c")
    ids = [arrival.headers["svix-id"] for arrival in shop.wait_for(2)]
    assert ids == [second, first]
    sandbox.control.knobs(webhook_reorder=0, webhook_delay_s=1)
    late = sandbox.control.send_webhook("a")
    sandbox.control.knobs(webhook_delay_s=0)
    early = sandbox.control.send_webhook("b")
    ids = [arrival.headers["svix-id"] for arrival in shop.wait_for(4)[2:]]
    assert ids == [early, late]


@pytest.mark.parametrize(
    ("knobs", "brand", "timestamp"),
    [
        ({"webhook_headers": "webhook"}, "webhook", "1789977600"),
        ({"webhook_timestamp_unit": "ms"}, "svix", "1789977600000"),
        ({"webhook_clock_off_s": -301}, "svix", "1789977299"),
        ({"webhook_clock_off_s": 301}, "svix", "1789977901"),
    ],
)
def test_headers_and_clock_may_be_off(
    shop: Receiver,
    sandbox: RunningSandbox,
    knobs: dict[str, object],
    brand: str,
    timestamp: str,
) -> None:
    """The library's other header names, the documented milliseconds, a clock beyond tolerance."""
    sandbox.control.knobs(**knobs)
    sandbox.control.book_order(booking(ORDER, webhook=True))
    (arrival,) = shop.wait_for(1)
    assert arrival.headers[f"{brand}-timestamp"] == timestamp
    assert arrival.headers[f"{brand}-signature"] == signature(arrival, brand=brand)


def test_the_endpoint_may_have_headers_of_its_own(shop: Receiver, sandbox: RunningSandbox) -> None:
    """The portal lets a merchant add a token header."""
    sandbox.control.knobs(zenki_webhook_headers={"Authorization": "Basic c2hvcDpzZWNyZXQ="})
    sandbox.control.book_order(booking(ORDER, webhook=True))
    assert shop.wait_for(1)[0].headers["authorization"] == "Basic c2hvcDpzZWNyZXQ="


def test_the_portal_sends_test_messages(shop: Receiver, sandbox: RunningSandbox) -> None:
    """Fake data of an order that isn't there, with a dispute, a claim and a refund at once."""
    message = sandbox.control.send_test_webhook()
    (arrival,) = shop.wait_for(1)
    assert arrival.headers["svix-id"] == message
    assert signed(arrival)
    body: Any = codec.loads(arrival.body)
    told: Any = codec.loads(body["flatData"])
    assert (told["status"], {"dispute", "claim"} <= set(told)) == ("PENDING", True)
    with pytest.raises(ControlRefused, match="no order"):
        sandbox.control.zenki_order(told["zenkiOrderId"])


def test_an_event_may_have_a_name_that_is_not_documented(
    shop: Receiver, sandbox: RunningSandbox
) -> None:
    """Prose mentions refunds; the list of events doesn't."""
    sandbox.control.book_order(booking(ORDER))
    sandbox.control.send_webhook(ORDER, event="order.refunded")
    body: Any = codec.loads(shop.wait_for(1)[0].body)
    assert body["eventType"] == "order.refunded"
