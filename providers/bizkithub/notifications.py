"""An order's notifications: BizKitHub POSTs to its ``notificationUrl`` on every state change.

Neither fields nor a signature of what it sends are documented, so the address itself is the
secret, and what arrives there says no more than: read that order again.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from typing import TYPE_CHECKING, Final, NamedTuple

from complaints.ports import Delivery, Rejected
from complaints.vocabulary import ExternalId

if TYPE_CHECKING:
    from datetime import datetime

    from providers.bizkithub.settings import BizKitHubSettings

NOTIFICATION: Final = "notification"
"""Form of such an arrival."""

_TOKEN: Final = re.compile(r"([0-9a-f]{16})\.([0-9a-f]{32})")


class Hook(NamedTuple):
    """Where BizKitHub is to report an order, and by which alias the order is known then."""

    url: str
    alias: str


def hook_for(settings: BizKitHubSettings, key: str) -> Hook | None:
    """The address of the order that this intent makes; None when none are configured.

    It follows from the intent's key alone, so that a worker that died leaves the same one.
    """
    if not settings.notified or settings.notification_secret is None:
        return None
    reference = hashlib.sha256(key.encode()).hexdigest()[:16]
    seal = _seal(settings.notification_secret.get_secret_value(), reference)
    url = f"{settings.notification_url.rstrip('/')}/{reference}.{seal}"
    return Hook(url, _alias(reference))


def admit(settings: BizKitHubSettings, path: str, body: bytes, now: datetime) -> Delivery:
    """Let an arrival in whose path is one of our tokens.  Raises Rejected.

    Any body will do.  Each arrival is one of its own, also when it says the same again.
    """
    if not settings.notified or settings.notification_secret is None:
        raise Rejected("no order reports here: notification_url and its secret aren't set")
    token = _TOKEN.fullmatch(path)
    reference, given = token.groups() if token else ("", "")
    seal = _seal(settings.notification_secret.get_secret_value(), reference)
    if not hmac.compare_digest(seal.encode(), given.encode()) or not reference:
        raise Rejected("no token of ours")
    content = hashlib.sha256(body).hexdigest()[:16]
    return Delivery(
        delivery_id=f"{_alias(reference)}/{now.isoformat()}/{content}",
        form=NOTIFICATION,
        external_id=ExternalId(_alias(reference)),
    )


def _seal(secret: str, reference: str) -> str:
    return hmac.new(secret.encode(), reference.encode(), hashlib.sha256).hexdigest()[:32]


def _alias(reference: str) -> str:
    return f"notify:{reference}"
