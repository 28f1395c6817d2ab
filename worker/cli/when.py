"""Times as people type them: with a zone, or in their shop's."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from worker.cli import words

if TYPE_CHECKING:
    from worker.settings import Settings

_FORM = "write 2026-03-02, 2026-03-02T08:30 or 2026-03-02T08:30+01:00"


class NoSuchTime(ValueError):
    """What was given is no time; the text says why, ``cure`` what would be one."""

    def __init__(self, why: str, cure: str = _FORM) -> None:
        super().__init__(why)
        self.cure = cure


def read_time(said: str, zone: tzinfo | None) -> datetime:
    """A moment in UTC: ISO with its zone, or without one by the clock of `zone`.

    A day is its first moment; a time that comes twice in a night is the earlier one.  Without
    `zone` the text must name one.  Raises NoSuchTime.
    """
    try:
        found = datetime.fromisoformat(said.strip())
    except ValueError:
        raise NoSuchTime(f"{said} is no time") from None
    if found.tzinfo is None and zone is None:
        raise NoSuchTime(
            f"{said} may mean several moments: the shops' clocks differ", f"{_FORM}, with its zone"
        )
    try:
        moment = (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)
    except OverflowError:
        raise NoSuchTime(f"{said} is no time") from None
    if found.tzinfo is None and moment.astimezone(zone).replace(tzinfo=None) != found:
        raise NoSuchTime(f"there was no {said} in {zone}: clocks were put forward")
    return moment


def moment_of(settings: Settings, said: str, shop: str | None = None) -> datetime:
    """The moment that a text names; the command ends when it names none.

    Without a zone it is by the clock of `shop`, or by that of all shops when they have one.
    """
    zones = {str(one.timezone) for name, one in settings.shops.items() if shop in {None, name}}
    try:
        return read_time(said, ZoneInfo(*zones) if len(zones) == 1 else None)
    except NoSuchTime as fault:
        words.fail(str(fault), fault.cure, words.MISUSED)


def since(settings: Settings, said: str, now: datetime, shop: str | None = None) -> datetime:
    """The moment that ``--since`` names, as `moment_of`; the command ends for a future one too."""
    moment = moment_of(settings, said, shop)
    if moment > now:
        words.fail(f"{said} lies in the future", code=words.MISUSED)
    return moment
