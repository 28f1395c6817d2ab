"""BizKitHub's order notifications: a POST to the order's notificationUrl on every state change.

The documents say when it comes and that it is small, and nothing of fields, headers, signature,
retries or order. So there is no signature, and the rest are knobs.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

import httpx

from providers.sandbox import codec
from providers.sandbox.background import Background
from providers.sandbox.desk import DeskOrder, OrderChange
from providers.sandbox.outbound import Outbound
from providers.sandbox.stage import Stage

_TIMEOUT_S = 15.0
_MOST_KEPT = 5000


@dataclass(slots=True)
class Notice:
    """One notification; `withheld` when its address is of a host that may not be called."""

    order_hash: str
    change: OrderChange
    url: str
    body: bytes
    content_type: str | None
    attempts: int = 0
    last_status: int | None = None
    delivered: bool = False
    withheld: bool = False


class Notifier:
    """Tells the address that an order carries; needs a running loop."""

    def __init__(self, stage: Stage, outbound: Outbound) -> None:
        self._stage = stage
        self._outbound = outbound
        self._background = Background()
        self.notices: list[Notice] = []

    def tell(self, order: DeskOrder, change: OrderChange) -> None:
        """Send what the knobs ask for; an order without an address is told to nobody."""
        if order.notification_url is None:
            return
        kind, body = self._content(order)
        notice = Notice(order.hash, change, order.notification_url, body, kind)
        self.notices.append(notice)
        del self.notices[:-_MOST_KEPT]
        if _host_of(notice.url) not in self._stage.config.notification_hosts:
            notice.withheld = True
            return
        for _ in range(self._stage.knobs.notification_copies):
            self._put(notice, self._stage.knobs.notification_delay_s)

    def stop(self) -> None:
        """Give up what hasn't been sent."""
        self._background.stop()

    def forget(self) -> None:
        """Drop every notification, sent or not."""
        self.stop()
        self.notices.clear()

    def view(self) -> list[dict[str, object]]:
        """Every notification with how its delivery stands."""
        return [
            {
                "order_hash": notice.order_hash,
                "change": notice.change,
                "url": notice.url,
                "attempts": notice.attempts,
                "last_status": notice.last_status,
                "delivered": notice.delivered,
                "withheld": notice.withheld,
            }
            for notice in self.notices
        ]

    def _content(self, order: DeskOrder) -> tuple[str | None, bytes]:
        """Media type and body; what they say is inferred."""
        said = {"hash": order.hash, "orderNumber": order.number, "statusType": _type_of(order)}
        match self._stage.knobs.notification_body:
            case "json":
                return "application/json", codec.dump_bytes(said)
            case "form":
                return "application/x-www-form-urlencoded", urlencode(said).encode("ascii")
            case "empty":
                return None, b""

    def _put(self, notice: Notice, delay_s: float) -> None:
        self._background.put(
            lambda: self._attempt(notice),
            delay_s=delay_s,
            reorder=self._stage.knobs.notification_reorder,
        )

    async def _attempt(self, notice: Notice) -> None:
        notice.last_status = await self._post(notice)
        notice.attempts += 1
        if notice.last_status is not None and 200 <= notice.last_status < 300:  # noqa: PLR2004
            notice.delivered = True
            return
        waits = self._stage.knobs.notification_retries_s
        if notice.attempts <= len(waits):
            self._put(notice, waits[notice.attempts - 1])

    async def _post(self, notice: Notice) -> int | None:
        headers = {} if notice.content_type is None else {"Content-Type": notice.content_type}
        try:
            answer = await self._outbound.client.post(
                notice.url, content=notice.body, headers=headers, timeout=_TIMEOUT_S
            )
        except (httpx.HTTPError, httpx.InvalidURL, ValueError):
            return None
        return answer.status_code


def _type_of(order: DeskOrder) -> str:
    """One of the four fixed types of an order's status."""
    if order.cancelled:
        return "storno"
    return "new" if order.paid_at is None else "processing"


def _host_of(url: str) -> str | None:
    try:
        parts = urlsplit(url)
        return parts.hostname if parts.scheme in {"http", "https"} else None
    except ValueError:
        return None
