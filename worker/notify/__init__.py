"""The ways to tell people: a file and the log always, mail and Apprise's services if set."""

from __future__ import annotations

from typing import TYPE_CHECKING

from worker.notify.diary import Diary
from worker.notify.elsewhere import Elsewhere
from worker.notify.mail import Mail

if TYPE_CHECKING:
    from collections.abc import Mapping

    from complaints.notifying import Channel
    from worker.blocks import Channel as Block
    from worker.settings import Settings

DIARY = "file"
"""The channel that is always there."""


def channels(settings: Settings) -> dict[str, Channel]:
    """All channels by name."""
    found: dict[str, Channel] = {DIARY: Diary(settings.data_dir / "notices.jsonl")}
    return found | {name: channel(block) for name, block in named(settings.notify).items()}


def named(blocks: Mapping[str, Block]) -> dict[str, Block]:
    """The channels of the settings by the names under which it is noted what they were told."""
    return {f"notify.{name}": block for name, block in blocks.items()}


def channel(block: Block) -> Channel:
    """The channel that a block of the settings describes."""
    if block.url is not None:
        return Elsewhere(block.url, block.shops)
    return Mail(block)
