"""Everything the sandbox holds, and how it is shown and kept over a restart."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from pydantic import TypeAdapter

from providers.sandbox import desk_views, zenki_views
from providers.sandbox.bizkithub import BizKitHub
from providers.sandbox.bizkithub_notify import Notifier
from providers.sandbox.chat import ChatLog, ChatPlayer
from providers.sandbox.chat_host import ChatHost, Hosted
from providers.sandbox.config import SandboxConfig
from providers.sandbox.desk import Desk
from providers.sandbox.faults import FaultPlan
from providers.sandbox.outbound import Outbound
from providers.sandbox.stage import Stage
from providers.sandbox.zenki import Zenki
from providers.sandbox.zenki_book import Book
from providers.sandbox.zenki_webhook import WebhookSender


@dataclass(slots=True)
class Snapshot:
    """What outlives a restart; tokens, faults and undelivered webhooks don't."""

    desk: Desk = field(default_factory=Desk)
    book: Book = field(default_factory=Book)
    chat: ChatLog = field(default_factory=ChatLog)
    hosted: Hosted = field(default_factory=Hosted)


_SNAPSHOT = TypeAdapter(Snapshot)


class World:
    """The providers on one stage."""

    def __init__(self, config: SandboxConfig, snapshot: Snapshot | None = None) -> None:
        kept = snapshot if snapshot is not None else Snapshot()
        self._start = config
        self.stage = Stage(config)
        self.outbound = Outbound()
        self.faults = FaultPlan()
        self.hanging: dict[int, tuple[str, float]] = {}
        """Requests that a slow fault holds back: path, and the monotonic time of its end."""
        self.notifier = Notifier(self.stage, self.outbound)
        self.bizkithub = BizKitHub(self.stage, self.notifier.tell, kept.desk)
        self.zenki = Zenki(self.stage, kept.book)
        self.webhooks = WebhookSender(self.stage, self.outbound)
        self.chat = ChatPlayer(self.stage, self.outbound, kept.chat)
        self.chat_host = ChatHost(self.stage, kept.hosted)

    def reset(self) -> None:
        """Begin anew, empty and with the settings of the start."""
        self.stage.config = self._start
        self.stage.clock.set(None)
        self.faults.clear()
        self.webhooks.forget()
        self.notifier.forget()
        self.bizkithub.reset()
        self.zenki.reset()
        self.chat.log = ChatLog()
        self.chat_host.state = Hosted()

    def set_clock(self, now: datetime) -> None:
        """Let the providers' time be `now`; what is due by then happens."""
        self.stage.clock.set(now)
        self.bizkithub.orders.expire(self.stage.clock.now())

    async def close(self) -> None:
        """Give up what hasn't been sent and close the connections."""
        self.notifier.stop()
        self.webhooks.stop()
        await self.outbound.close()

    def view(self) -> dict[str, object]:
        """The whole world as JSON."""
        desk, book = self.bizkithub.state, self.zenki.state
        return {
            "bizkithub": {
                "orders": {key: desk_views.order_view(order) for key, order in desk.orders.items()},
                "complaints": {
                    key: desk_views.staff_view(complaint)
                    for key, complaint in desk.complaints.items()
                },
                "notifications": self.notifier.view(),
            },
            "zenki": {
                "orders": {
                    key: zenki_views.staff_view(order) for key, order in book.orders.items()
                },
                "webhooks": self.webhooks.view(),
            },
            "chat": {
                "complaints": self.chat.log.view(),
                "hosted": self.chat_host.state.view(),
            },
            "duplicates": self.duplicates(),
        }

    def duplicates(self) -> dict[str, int]:
        """What was created beyond one for each intent; the chat's only when it hosts."""
        counted = {
            "bizkithub": self.bizkithub.state.duplicates,
            "zenki": self.zenki.state.duplicates,
        }
        if self.stage.knobs.chat_hosts:
            counted["chat"] = self.chat_host.state.duplicates
        return counted

    def save(self, path: Path) -> None:
        """Keep the world in a file, whole or not at all."""
        snapshot = Snapshot(
            self.bizkithub.state, self.zenki.state, self.chat.log, self.chat_host.state
        )
        fresh = path.with_name(path.name + ".new")
        fresh.write_bytes(_SNAPSHOT.dump_json(snapshot))
        fresh.replace(path)


def load(path: Path | None) -> Snapshot:
    """The world kept in a file, an empty one when there is no such file."""
    if path is None or not path.exists():
        return Snapshot()
    return _SNAPSHOT.validate_json(path.read_bytes())
