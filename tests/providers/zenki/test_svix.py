"""Svix signatures, byte by byte."""

from __future__ import annotations

import base64
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from complaints.ports import Rejected
from providers.zenki import svix
from tests.providers.wire import NOW
from tests.providers.zenki.samples import OLD_SECRET, SECRET, signed

BODY = b'{"eventType":"order.pay"}'
KEYS = (svix.Key(svix.signing_key(SECRET)), svix.Key(svix.signing_key(OLD_SECRET)))


def test_z19_the_signature_of_the_svix_documents_is_known() -> None:
    """The published example: secret, id, timestamp and body give exactly this signature."""
    key = svix.signing_key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    made = svix.sign(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')

    assert made == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize("prefix", ["svix", "webhook"])
@pytest.mark.parametrize("secret", [SECRET, OLD_SECRET])
def test_z19_each_valid_secret_signs(prefix: str, secret: str) -> None:
    """Both header families, the new secret and the one on its way out."""
    headers = signed(BODY, secret, prefix=prefix)

    assert svix.verify(KEYS, headers, BODY, NOW) == "msg_4kQ0Zt8a"


def test_z19_one_good_signature_among_bad_ones_is_enough() -> None:
    """Svix lists several while a secret is being changed; broken ones hide none."""
    headers = dict(signed(BODY))
    good = headers["svix-signature"]
    for listed in (
        f"v1,AAAA {good}",
        f"{good} v1,AAAA",
        f"v1a,{'x' * 86} nonsense v1 v1,*** {good}",
        f"  {good}  ",
    ):
        headers["svix-signature"] = listed
        assert svix.verify(KEYS, headers, BODY, NOW) == "msg_4kQ0Zt8a"


@pytest.mark.parametrize("seconds", [-300, -299, 0, 299, 300])
def test_d08_the_timestamp_is_in_seconds(seconds: int) -> None:
    """A text calls it milliseconds.  Five minutes are tolerated, the last second included."""
    assert svix.verify(KEYS, signed(BODY, at=NOW + timedelta(seconds=seconds)), BODY, NOW)


@pytest.mark.parametrize("seconds", [-301, 301, -86400, 10**9])
def test_z19_a_stale_delivery_is_rejected(seconds: int) -> None:
    """However good its signature."""
    with pytest.raises(Rejected, match="too far"):
        svix.verify(KEYS, signed(BODY, at=NOW + timedelta(seconds=seconds)), BODY, NOW)


@pytest.mark.parametrize(
    "wrong",
    [
        {"svix-id": ""},
        {"svix-id": "msg_other"},
        {"svix-id": "msg 4"},
        {"svix-id": "m" * 129},
        {"svix-id": "msg_4kQ0Zt8a\n"},
        {"svix-timestamp": ""},
        {"svix-timestamp": "1789977600.0"},
        {"svix-timestamp": " 1789977600"},
        {"svix-timestamp": "1789977600000"},
        {"svix-timestamp": "+178997760"},
        {"svix-timestamp": "١٧٨٩٩٧٧٦٠٠"},
        {"svix-timestamp": "1789977601"},
        {"svix-signature": ""},
        {"svix-signature": "v1,"},
        {"svix-signature": "v1"},
        {"svix-signature": "v1,AAAA"},
        {"svix-signature": "v1,not base64!"},
        {"svix-signature": "v1,ä"},
        {"svix-signature": "v2,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4="},
    ],
)
def test_z19_a_faulty_header_is_rejected(wrong: dict[str, str]) -> None:
    """Missing, malformed or belonging to another delivery."""
    with pytest.raises(Rejected):
        svix.verify(KEYS, {**signed(BODY), **wrong}, BODY, NOW)


def test_z19_another_body_or_secret_is_rejected() -> None:
    """One byte is enough."""
    with pytest.raises(Rejected, match="fit"):
        svix.verify(KEYS, signed(BODY), BODY + b" ", NOW)
    with pytest.raises(Rejected, match="fit"):
        svix.verify(KEYS[1:], signed(BODY), BODY, NOW)
    with pytest.raises(Rejected, match="missing"):
        svix.verify(KEYS, {}, BODY, NOW)


def test_z19_endless_signatures_do_not_cost_endless_time() -> None:
    """Only the first ones are looked at."""
    headers = dict(signed(BODY))
    headers["svix-signature"] = "v1,AAAA " * 5000 + headers["svix-signature"]

    with pytest.raises(Rejected):
        svix.verify(KEYS, headers, BODY, NOW)


@given(st.binary(max_size=64), st.text(max_size=40), st.text(max_size=20), st.text(max_size=80))
def test_z19_nothing_but_rejected_is_raised(
    body: bytes, name: str, moment: str, listed: str
) -> None:
    """Whatever the headers hold."""
    headers = {"svix-id": name, "svix-timestamp": moment, "svix-signature": listed}
    with pytest.raises(Rejected):
        svix.verify(KEYS, headers, body, NOW)


@pytest.mark.parametrize(
    "secret", ["", "whsec_", "whsec_short", "whsec_ä" * 8, "whsec_" + "*" * 32]
)
def test_z19_a_secret_that_is_none_is_refused(secret: str) -> None:
    """Not base64, or too short to be one."""
    with pytest.raises(ValueError, match="webhook secret"):
        svix.signing_key(secret)


def test_z19_a_secret_may_come_without_its_prefix() -> None:
    """The portal shows it either way."""
    assert svix.signing_key(SECRET) == svix.signing_key(SECRET.removeprefix("whsec_"))
    assert svix.signing_key(SECRET) == base64.b64decode(SECRET.removeprefix("whsec_"))
