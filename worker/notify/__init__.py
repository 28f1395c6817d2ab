"""The ways to tell people: a file and the log always, mail and Apprise's services if set."""

from __future__ import annotations

from typing import TYPE_CHECKING

from worker.notify.diary import Diary
from worker.notify.elsewhere import Elsewhere
from worker.notify.mail import Mail

if TYPE_CHECKING:
    from complaints.notifying import Channel
    from worker.blocks import Channel as Block
    from worker.settings import Settings

DIARY = "file"
"""The channel that is always there."""


def channels(settings: Settings) -> dict[str, Channel]:
    """All channels by name."""
    found: dict[str, Channel] = {DIARY: Diary(settings.data_dir / "notices.jsonl")}
    return found | {f"notify.{name}": channel(name, one) for name, one in settings.notify.items()}


def channel(name: str, block: Block) -> Channel:
    """The channel that a block of the settings describes."""
    if block.url is not None:
        return Elsewhere(name, block.url, block.shops)
    return Mail(name, block)
