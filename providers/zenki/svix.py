"""Svix signatures, checked over bytes: Zenki delivers its webhooks through Svix.

Signed text is ``{id}.{timestamp}.{raw body}`` under HMAC-SHA256; the header lists signatures
as ``v1,<base64>`` with a space between.  Every secret is tried against every signature.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from typing import TYPE_CHECKING, Final, NamedTuple

from complaints.ports import Rejected

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

TOLERANCE: Final = 300
"""Seconds that a delivery's timestamp may be away from ours, the library's own figure."""

_PREFIXES: Final = ("svix", "webhook")
_ID: Final = re.compile(r"[A-Za-z0-9_.:-]{1,128}")
_TIMESTAMP: Final = re.compile(r"[0-9]{10}")
_MAX_SIGNATURES: Final = 16
_SHORTEST_KEY: Final = 16


class Key(NamedTuple):
    """What a secret holds, and the last moment at which it is valid, if there is one."""

    secret: bytes
    until: datetime | None = None


def signing_key(secret: str) -> bytes:
    """The key inside a ``whsec_`` secret.  Raises ValueError when it is none."""
    try:
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("a webhook secret must be whsec_ and base64") from None
    if len(key) < _SHORTEST_KEY:
        raise ValueError("a webhook secret must hold 16 bytes or more")
    return key


def verify(keys: Sequence[Key], headers: Mapping[str, str], body: bytes, now: datetime) -> str:
    """Return the delivery's id, the same when it is sent again.

    Header names are lower case.  A key is of no use after its end.  Raises Rejected on every
    fault and nothing else.
    """
    identifier, timestamp, listed = _headers(headers)
    if not _ID.fullmatch(identifier):
        raise Rejected("webhook id missing or malformed")
    if not _TIMESTAMP.fullmatch(timestamp):
        raise Rejected("webhook timestamp missing or malformed")
    if abs(now.timestamp() - int(timestamp)) > TOLERANCE:
        raise Rejected("webhook timestamp too far from now")
    signatures = [given for part in listed.split(" ") if (given := _signature(part))]
    signed = b".".join((identifier.encode(), timestamp.encode(), body))
    good = False
    for key in keys:
        expected = hmac.digest(key.secret, signed, hashlib.sha256)
        valid = key.until is None or now <= key.until
        for given in signatures[:_MAX_SIGNATURES]:
            # No early exit: time must not tell which secret or signature fits.
            good = (hmac.compare_digest(expected, given) & valid) | good
    if not good:
        raise Rejected("webhook signature doesn't fit")
    return identifier


def sign(key: bytes, identifier: str, timestamp: int, body: bytes) -> str:
    """The signature header of one delivery, as Svix would send it."""
    signed = b".".join((identifier.encode(), str(timestamp).encode(), body))
    return "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()


def _headers(headers: Mapping[str, str]) -> tuple[str, str, str]:
    for prefix in _PREFIXES:
        if f"{prefix}-id" in headers:
            break
    return (
        headers.get(f"{prefix}-id", ""),
        headers.get(f"{prefix}-timestamp", ""),
        headers.get(f"{prefix}-signature", ""),
    )


def _signature(part: str) -> bytes | None:
    version, _, encoded = part.partition(",")
    if version != "v1":
        return None
    try:
        return base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        return None
