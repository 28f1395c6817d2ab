"""A report before it is shown: a title, and sections with rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence


class Section(NamedTuple):
    """One part of a report.  Without rows it says so in the words of ``nothing``."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    nothing: str = "none"
    command: str = ""
    """Where there is more."""
    urgent: bool = False
    """Rows in it want somebody."""
    more: int = 0
    """Rows that were left out."""


class Sheet(NamedTuple):
    """A whole report."""

    title: str
    lead: str
    """One sentence that says how it stands."""
    sections: tuple[Section, ...]
    plot: str = ""
    """An SVG document; "": there is none."""

    @property
    def wanting(self) -> int:
        """How many rows want somebody."""
        return sum(len(one.rows) + one.more for one in self.sections if one.urgent)


MOST = 25
"""Rows of a section that are shown."""


def section(
    title: str,
    columns: tuple[str, ...],
    rows: Sequence[tuple[str, ...]],
    nothing: str,
    command: str,
    *,
    urgent: bool = False,
) -> Section:
    """A section of as many rows as people read; the others are counted."""
    more = max(len(rows) - MOST, 0)
    return Section(title, columns, tuple(rows[:MOST]), nothing, command, urgent, more)
