"""Zenki's webhook sender: order.pay with flatData, signed and repeated as Svix does."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
from dataclasses import dataclass

import httpx

from providers.sandbox import codec
from providers.sandbox.clock import epoch
from providers.sandbox.outbound import Outbound
from providers.sandbox.stage import ALNUM, Stage

_SENDERS = 4
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
        self._queue: asyncio.Queue[Delivery] = asyncio.Queue()
        self._senders: list[asyncio.Task[None]] = []
        self._timers: set[asyncio.TimerHandle] = set()
        self.deliveries: list[Delivery] = []

    def send_paid(
        self, order_id: str, order: dict[str, object], *, copies: int, bad_signature: bool
    ) -> Delivery:
        """Tell the merchant that an order is paid, `copies` times with the same id."""
        body = codec.dump_bytes({"eventType": "order.pay", "flatData": codec.dumps(order)})
        delivery = Delivery("msg_" + self._stage.fresh_id(27, ALNUM), order_id, body, bad_signature)
        self.deliveries.append(delivery)
        for _ in range(copies):
            self._enqueue(delivery, self._stage.knobs.webhook_delay_s)
        return delivery

    def stop(self) -> None:
        """Give up what is still queued."""
        for task in self._senders:
            task.cancel()
        for timer in self._timers:
            timer.cancel()
        self._senders.clear()
        self._timers.clear()

    def forget(self) -> None:
        """Drop every message, sent or not."""
        self.stop()
        self.deliveries.clear()
        self._queue = asyncio.Queue()

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

    def _enqueue(self, delivery: Delivery, delay_s: float) -> None:
        if not self._senders:
            self._senders = [asyncio.create_task(self._work()) for _ in range(_SENDERS)]
        if delay_s <= 0:
            self._queue.put_nowait(delivery)
            return

        def due() -> None:
            self._timers.discard(timer)
            self._queue.put_nowait(delivery)

        timer = asyncio.get_running_loop().call_later(delay_s, due)
        self._timers.add(timer)

    async def _work(self) -> None:
        while True:
            delivery = await self._queue.get()
            await self._attempt(delivery)

    async def _attempt(self, delivery: Delivery) -> None:
        delivery.last_status = await self._post(delivery)
        delivery.attempts += 1
        if delivery.last_status is not None and 200 <= delivery.last_status < 300:  # noqa: PLR2004
            delivery.delivered = True
            return
        waits = self._stage.knobs.webhook_retries_s
        if delivery.attempts <= len(waits):
            self._enqueue(delivery, waits[delivery.attempts - 1])

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
