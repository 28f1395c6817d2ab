"""The providers' time: what the control API has set, and the machine's time until it has."""

from __future__ import annotations

from datetime import UTC, datetime


class Clock:
    """Answers what time it is at the providers; stands still at a time that was set."""

    def __init__(self) -> None:
        self._set_to: datetime | None = None

    def set(self, now: datetime | None) -> None:
        """Stand still at `now`, an aware time; None follows the machine's time again."""
        self._set_to = None if now is None else now.astimezone(UTC)

    def now(self) -> datetime:
        """The time a provider stamps on what happens at this moment, aware UTC."""
        if self._set_to is not None:
            return self._set_to
        return datetime.now(UTC)  # noqa: TID251  # the real providers have clocks of their own


def iso(moment: datetime | None) -> str | None:
    """ISO-8601 UTC with milliseconds and Z, as BizKitHub writes dates."""
    if moment is None:
        return None
    return (
        moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"
    )


def epoch(moment: datetime, unit: str) -> int:
    """Seconds or milliseconds since 1970; Zenki's documents show both (`unit` "s" or "ms")."""
    milliseconds = (
        moment.astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    ).total_seconds() * 1000
    return round(milliseconds) if unit == "ms" else int(milliseconds // 1000)
