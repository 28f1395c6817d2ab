"""Zenki's webhook sender: order.pay with flatData, signed and repeated as Svix does."""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass

import httpx

from providers.sandbox import codec
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
    order_id: str
    body: bytes
    bad_signature: bool
    attempts: int = 0
    last_status: int | None = None
    delivered: bool = False


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
        self.deliveries: list[Delivery] = []

    def send_paid(
        self, order_id: str, order: dict[str, object], *, copies: int, bad_signature: bool
    ) -> Delivery:
        """Tell the merchant that an order is paid, `copies` times with the same id."""
        body = codec.dump_bytes({"eventType": "order.pay", "flatData": codec.dumps(order)})
        delivery = Delivery("msg_" + self._stage.fresh_id(27, ALNUM), order_id, body, bad_signature)
        self.deliveries.append(delivery)
        for _ in range(copies):
            self._put(delivery, self._stage.knobs.webhook_delay_s)
        return delivery

    def stop(self) -> None:
        """Give up what is still queued."""
        self._background.stop()

    def forget(self) -> None:
        """Drop every message, sent or not."""
        self.stop()
        self.deliveries.clear()

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
        self._background.put(lambda: self._attempt(delivery), delay_s=delay_s)

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
        timestamp = epoch(self._stage.clock.now(), "s")
        if delivery.bad_signature:
            signature = _signature(_WRONG_KEY, delivery.id, timestamp, delivery.body)
        else:
            signature = sign(config.zenki_webhook_secret, delivery.id, timestamp, delivery.body)
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "Svix-Webhooks/1.0",
            "Svix-Id": delivery.id,
            "Svix-Timestamp": str(timestamp),
            "Svix-Signature": signature,
        }
        try:
            answer = await self._outbound.client.post(
                config.zenki_webhook_url, content=delivery.body, headers=headers, timeout=_TIMEOUT_S
            )
        except httpx.HTTPError:
            return None
        return answer.status_code
