"""Times as people type them: with a zone, or in their shop's."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from worker.cli import words

if TYPE_CHECKING:
    from collections.abc import Collection

    from worker.settings import Settings

_FORM = "write 2026-03-02, 2026-03-02T08:30 or 2026-03-02T08:30+01:00"


class TimeFault(ValueError):
    """This is no time; the text says why, ``cure`` what would be one."""

    def __init__(self, why: str, cure: str = _FORM) -> None:
        super().__init__(why)
        self.cure = cure


def read_time(said: str, zones: Collection[str]) -> datetime:
    """A moment in UTC.  A time without a zone is in the only one of `zones`.

    A day is its first moment; a time that comes twice in a night is the earlier one.  Raises
    TimeFault.
    """
    try:
        found = datetime.fromisoformat(said.strip())
    except ValueError:
        raise TimeFault(f"{said} is no time") from None
    if found.tzinfo is not None:
        return _utc(found, said)
    if len(set(zones)) != 1:
        raise TimeFault(
            f"{said} may mean several moments: the shops' clocks differ", f"add a zone: {said}Z"
        )
    zone = ZoneInfo(next(iter(zones)))
    moment = _utc(found.replace(tzinfo=zone), said)
    if moment.astimezone(zone).replace(tzinfo=None) != found:
        raise TimeFault(f"there was no {said} in {zone.key}: clocks were put forward")
    return moment


def _utc(found: datetime, said: str) -> datetime:
    try:
        return found.astimezone(UTC)
    except OverflowError:
        raise TimeFault(f"{said} is no time") from None


def since(settings: Settings, said: str, now: datetime, shop: str | None = None) -> datetime:
    """The moment that ``--since`` names; the command ends when it names none, or a future one."""
    zones = {str(one.timezone) for name, one in settings.shops.items() if shop in {None, name}}
    try:
        moment = read_time(said, zones)
    except TimeFault as fault:
        words.fail(str(fault), fault.cure, words.MISUSED)
    if moment > now:
        words.fail(f"{said} lies in the future", code=words.MISUSED)
    return moment
