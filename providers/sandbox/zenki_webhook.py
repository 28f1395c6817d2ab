"""Zenki's webhook sender: messages signed and repeated as Svix does."""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta

import httpx

from providers.sandbox.background import Background
from providers.sandbox.clock import epoch
from providers.sandbox.outbound import Outbound
from providers.sandbox.stage import ALNUM, Stage

_TIMEOUT_S = 15.0
_WRONG_KEY = b"not the endpoint's secret"


@dataclass(slots=True)
class Delivery:
    """One message for the merchant; its id stays the same when it is sent again."""

    id: str
    order_id: str | None
    body: bytes
    bad_signature: bool
    attempts: int = 0
    last_status: int | None = None
    delivered: bool = False


@dataclass(frozen=True, slots=True)
class _Retired:
    """A secret that was rotated away and still signs until then, by the providers' time."""

    secret: str
    until: datetime


def sign(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """The Svix-Signature of a message; `secret` may begin with whsec_."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    return _signature(key, message_id, timestamp, body)


def _signature(key: bytes, message_id: str, timestamp: int, body: bytes) -> str:
    text = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, text, hashlib.sha256).digest()).decode("ascii")


class WebhookSender:
    """Queues messages and delivers them in the background while the server runs."""

    def __init__(self, stage: Stage, outbound: Outbound) -> None:
        self._stage = stage
        self._outbound = outbound
        self._background = Background()
        self._retired: list[_Retired] = []
        self.deliveries: list[Delivery] = []

    def send(
        self, order_id: str | None, body: bytes, *, copies: int, bad_signature: bool
    ) -> Delivery:
        """Tell the merchant, `copies` times with the same id; none loses the message."""
        message_id = "msg_" + self._stage.fresh_id(27, ALNUM)
        delivery = Delivery(message_id, order_id, body, bad_signature)
        self.deliveries.append(delivery)
        for _ in range(copies):
            self._put(delivery, self._stage.knobs.webhook_delay_s)
        return delivery

    def rotate(self, secret: str | None, overlap: timedelta) -> str:
        """Sign with a new secret, made up if None; the old one signs too for `overlap`."""
        fresh = secret or "whsec_" + base64.b64encode(
            self._stage.fresh_id(24, ALNUM).encode("ascii")
        ).decode("ascii")
        config = self._stage.config
        until = self._stage.clock.now() + overlap
        self._retired.append(_Retired(config.zenki_webhook_secret, until))
        self._stage.config = config.model_copy(update={"zenki_webhook_secret": fresh})
        return fresh

    def stop(self) -> None:
        """Give up what is still queued."""
        self._background.stop()

    def forget(self) -> None:
        """Drop every message, sent or not, and every retired secret."""
        self.stop()
        self.deliveries.clear()
        self._retired.clear()

    def view(self) -> list[dict[str, object]]:
        """Every message with how its delivery stands."""
        return [
            {
                "id": delivery.id,
                "zenki_order_id": delivery.order_id,
                "attempts": delivery.attempts,
                "last_status": delivery.last_status,
                "delivered": delivery.delivered,
            }
            for delivery in self.deliveries
        ]

    def _put(self, delivery: Delivery, delay_s: float) -> None:
        self._background.put(
            lambda: self._attempt(delivery),
            delay_s=delay_s,
            reorder=self._stage.knobs.webhook_reorder,
        )

    async def _attempt(self, delivery: Delivery) -> None:
        delivery.last_status = await self._post(delivery)
        delivery.attempts += 1
        if delivery.last_status is not None and 200 <= delivery.last_status < 300:  # noqa: PLR2004
            delivery.delivered = True
            return
        waits = self._stage.knobs.webhook_retries_s
        if delivery.attempts <= len(waits):
            self._put(delivery, waits[delivery.attempts - 1])

    async def _post(self, delivery: Delivery) -> int | None:
        config = self._stage.config
        if config.zenki_webhook_url is None:
            return None
        brand = "Svix" if self._stage.knobs.webhook_headers == "svix" else "Webhook"
        timestamp = self._timestamp()
        headers = {
            **config.zenki_webhook_headers,
            "Content-Type": "application/json",
            "User-Agent": "Svix-Webhooks/1.0",
            f"{brand}-Id": delivery.id,
            f"{brand}-Timestamp": str(timestamp),
            f"{brand}-Signature": self._signatures(delivery, timestamp),
        }
        try:
            answer = await self._outbound.client.post(
                config.zenki_webhook_url, content=delivery.body, headers=headers, timeout=_TIMEOUT_S
            )
        except (httpx.HTTPError, httpx.InvalidURL, ValueError):
            return None
        return answer.status_code

    def _timestamp(self) -> int:
        """The time of this attempt, by a clock that may be off."""
        knobs = self._stage.knobs
        off = timedelta(seconds=knobs.webhook_clock_off_s)
        return epoch(self._stage.clock.now() + off, knobs.webhook_timestamp_unit)

    def _signatures(self, delivery: Delivery, timestamp: int) -> str:
        """One signature for each secret in force, the newest first."""
        if delivery.bad_signature:
            return _signature(_WRONG_KEY, delivery.id, timestamp, delivery.body)
        now = self._stage.clock.now()
        self._retired = [old for old in self._retired if old.until > now]
        secrets = [self._stage.config.zenki_webhook_secret]
        secrets += [old.secret for old in reversed(self._retired)]
        return " ".join(sign(secret, delivery.id, timestamp, delivery.body) for secret in secrets)
