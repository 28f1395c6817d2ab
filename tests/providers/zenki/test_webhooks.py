"""Webhooks of both generations: hints to read an order, and nothing that stops anybody."""

from __future__ import annotations

import base64
import json
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given
from hypothesis import strategies as st

from complaints.model import Change, OrderKey
from complaints.ports import Rejected
from complaints.vocabulary import ExternalId, OrderSpace, Subject
from providers.codec import UnreadableError
from providers.zenki.reading import read
from providers.zenki.sealed import private_key, unseal
from tests.providers.wire import NOW, Script, observe
from tests.providers.zenki.samples import (
    OFF,
    OLD_SECRET,
    ORDER,
    SECRET,
    legacy_event,
    legacy_text,
    linked,
    merchant,
    paid_event,
    rsa_key,
    rsa_pem,
    seal,
    signed,
)

HINT = Change(
    subject=Subject.HINT,
    external_id=ExternalId(ORDER),
    order_keys=(
        OrderKey(space=OrderSpace.PAYMENT, value=ORDER),
        OrderKey(space=OrderSpace.NUMBER, value="WEB-10077"),
    ),
)


def _read(body: bytes | dict[str, object]) -> tuple[Change, ...]:
    return read(observe("webhook", body), rsa_key())


def _reason(body: bytes | dict[str, object]) -> str:
    (change,) = _read(body)
    assert change.subject is Subject.UNREADABLE
    return change.reason


@pytest.mark.parametrize("kind", ["order.pay", "order.paid"])
def test_z19_a_paid_event_is_a_hint(kind: str) -> None:
    """The order is JSON inside of JSON: parsed twice."""
    assert _read(paid_event(kind)) == (HINT,)


def test_d20_a_sample_is_no_semantics() -> None:
    """Pending, disputed, claimed and refunded at once: only which order it is counts."""
    odd = {"status": "PENDING", "dispute": {"status": "OPEN"}, "claim": {"status": "OPEN"}}
    event = paid_event(**odd, _links=linked())

    assert _read(event) == (HINT,)
    assert _read(paid_event(status=None, dispute="x")) == (HINT,)


def test_z19_the_older_event_is_opened_with_the_merchants_key() -> None:
    """RSA in chunks of the key's size; ``orderId`` is Zenki's own there."""
    text = legacy_text(shopperCartId="cart-9920", note="x" * 600)

    assert len(text) > rsa_key().key_size // 8
    assert _read(legacy_event(seal(text))) == (HINT,)


def test_d01_the_older_event_tells_the_merchants_id_under_another_name() -> None:
    """Never mapped by name: each id in its own space."""
    (hint,) = _read(legacy_event(seal(legacy_text(merchantOrderId=None))))

    assert hint.order_keys == (OrderKey(space=OrderSpace.PAYMENT, value=ORDER),)


@pytest.mark.parametrize(
    "body",
    [
        legacy_event(),
        legacy_event(eventType="order.paid"),
        legacy_event(eventType="order.pay", flatData=None),
        paid_event("order.paid"),
        json.dumps({**json.loads(paid_event()), "encryptedData": "unused"}).encode(),
        json.dumps({"flatData": json.loads(paid_event())["flatData"]}).encode(),
        json.dumps({"eventType": "order.paid", "flatData": legacy_text().decode()}).encode(),
    ],
)
def test_d09_both_names_and_both_bodies_are_read(body: bytes) -> None:
    """What is plain when there is some, else what is encrypted, whatever the event is called."""
    assert _read(body) == (HINT,)


@pytest.mark.parametrize("kind", ["order.refunded", "dispute.opened", "ping", ""])
@pytest.mark.parametrize("more", [{}, {"flatData": "{}"}, {"flatData": 7}, {"data": [1]}])
def test_d09_another_event_is_kept_and_means_nothing(kind: str, more: dict[str, object]) -> None:
    """No error, and no hint: the delivery has been answered and says nothing."""
    assert _read({"eventType": kind, **more}) == ()


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "no JSON"),
        (b"{}", "without flatData"),
        ({"eventType": ["x"], "flatData": "{}"}, "zenkiOrderId"),
        ({"eventType": "order.pay"}, "without flatData"),
        ({"eventType": "order.pay", "flatData": ""}, "without flatData"),
        ({"eventType": "order.pay", "flatData": {"zenkiOrderId": "x"}}, "flatData is no text"),
        ({"eventType": "order.pay", "flatData": "{"}, "flatData: no JSON"),
        ({"eventType": "order.pay", "flatData": "[]"}, "flatData: no JSON object"),
        ({"eventType": "order.pay", "flatData": json.dumps({"orderId": "x"})}, "zenkiOrderId"),
        ({"encryptedData": 7}, "no text"),
        ({"encryptedData": "####"}, "no base64"),
        ({"encryptedData": "AAAA"}, "chunks of 2048 bits"),
        ({"encryptedData": "A" * 100_000}, "too much of it"),
        ({"encryptedData": base64.b64encode(b"\xff" * 256).decode()}, "webhook_rsa_key"),
    ],
)
def test_z19_a_webhook_that_says_nothing_is_explained(
    body: bytes | dict[str, object], reason: str
) -> None:
    """Kept, shown, never an error."""
    assert reason in _reason(body)


def test_z19_a_text_that_names_no_order_is_explained() -> None:
    """Also when it was opened."""
    assert "eventDetails.orderId" in _reason(legacy_event(seal(legacy_text(orderId=None))))
    assert "zenkiOrderId" in _reason(legacy_event(seal(b'{"timestamp":1}')))
    assert "no JSON" in _reason(legacy_event(seal(b"<xml>")))


def test_z19_under_another_key_nothing_is_read() -> None:
    """The library hides wrong padding: the text is nonsense then, and is said to be."""
    stranger = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    (change,) = read(observe("webhook", legacy_event(seal(legacy_text(), stranger))), rsa_key())
    (keyless,) = read(observe("webhook", legacy_event()), None)

    assert (change.subject, keyless.subject) == (Subject.UNREADABLE, Subject.UNREADABLE)
    assert "webhook_rsa_key" in change.reason
    assert "no webhook_rsa_key is configured" in keyless.reason


@given(st.binary(max_size=600) | st.text(max_size=60))
def test_z19_opening_raises_nothing_else(sealed: bytes | str) -> None:
    """Whatever is encrypted, or pretends to be."""
    data = sealed if isinstance(sealed, str) else base64.b64encode(sealed).decode()
    try:
        assert isinstance(unseal(rsa_key(), data), bytes)
    except UnreadableError:
        return


def test_z19_lines_in_base64_are_no_fault() -> None:
    """Some encoders break them."""
    sealed = seal(legacy_text())
    broken = "\r\n".join(sealed[begin : begin + 76] for begin in range(0, len(sealed), 76))

    assert unseal(rsa_key(), broken) == legacy_text()


def test_z19_a_key_may_come_out_of_a_variable() -> None:
    """With its line ends spelt out; what is no key says so and isn't quoted."""
    spelt = rsa_pem().replace("\n", "\\n")
    assert private_key(spelt).private_numbers() == rsa_key().private_numbers()
    for wrong in ("", "not-a-key-at-all", rsa_pem()[:200]):
        with pytest.raises(ValueError, match="must be an RSA private key") as fault:
            private_key(wrong)
        assert not wrong or wrong not in str(fault.value)


# -- which arrivals are let in -----------------------------------------------------------


def test_z19_a_delivery_is_verified_by_any_valid_secret() -> None:
    """The id is the same on every attempt; both generations are signed alike."""
    for body in (paid_event(), legacy_event()):
        for secret in (SECRET, OLD_SECRET):
            delivery = merchant(Script([])).verify("", signed(body, secret), body, NOW)
            assert (delivery.delivery_id, delivery.form) == ("msg_4kQ0Zt8a", "webhook")
        with pytest.raises(Rejected):
            merchant(Script([]), webhook_secrets=(OLD_SECRET,)).verify("", signed(body), body, NOW)
    with pytest.raises(Rejected, match="configured"):
        merchant(Script([]), **OFF).verify("", signed(paid_event()), paid_event(), NOW)


@pytest.mark.parametrize(("seconds", "valid"), [(-1, False), (0, True), (1, True)])
def test_z19_a_secret_on_its_way_out_has_an_end(seconds: int, *, valid: bool) -> None:
    """Valid up to that moment; the one beside it, which has none, goes on."""
    body = paid_event()
    leaving = {"secret": OLD_SECRET, "until": NOW + timedelta(seconds=seconds)}
    adapter = merchant(Script([]), webhook_secrets=(SECRET, leaving))
    old = signed(body, OLD_SECRET)

    assert adapter.verify("", signed(body), body, NOW).delivery_id == "msg_4kQ0Zt8a"
    if valid:
        assert adapter.verify("", old, body, NOW).delivery_id == "msg_4kQ0Zt8a"
    else:
        with pytest.raises(Rejected, match="fit"):
            adapter.verify("", old, body, NOW)


def test_z19_while_a_secret_is_changed_both_may_sign() -> None:
    """Svix lists a signature for each; one that is still valid is enough."""
    body = paid_event()
    both = dict(signed(body))
    both["svix-signature"] += " " + signed(body, OLD_SECRET)["svix-signature"]
    ended = {"secret": SECRET, "until": NOW - timedelta(days=1)}

    for secrets in ((OLD_SECRET,), (ended, OLD_SECRET), (OLD_SECRET, ended)):
        adapter = merchant(Script([]), webhook_secrets=secrets)
        assert adapter.verify("", both, body, NOW).delivery_id == "msg_4kQ0Zt8a"
    with pytest.raises(Rejected):
        merchant(Script([]), webhook_secrets=(ended,)).verify("", both, body, NOW)
