"""HTML in which nothing is unescaped by accident: only what `tag` made passes as it is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

Part = object
"""Markup passes as it is; anything else is shown as text, None as a dash."""

_VOID = frozenset({"meta", "link", "br"})


class Markup(str):
    """Text that is HTML already. Only this module makes it."""

    __slots__ = ()


def tag(name: str, /, *parts: Part, **attributes: str) -> Markup:
    """An element; a trailing underscore of an attribute's name is dropped, others become dashes."""
    named = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(value)}"'
        for key, value in attributes.items()
    )
    if name in _VOID:
        return Markup(f"<{name}{named}>")
    return Markup(f"<{name}{named}>{joined(parts)}</{name}>")


def joined(parts: Iterable[Part], between: str = "") -> Markup:
    """Parts one after the other."""
    return Markup(escape(between).join(_shown(part) for part in parts))


def document(*parts: Part) -> Markup:
    """A whole page."""
    return Markup("<!doctype html>\n" + tag("html", *parts, lang="en") + "\n")


def style(css: str) -> Markup:
    """A style element; the sheet is our own and holds no closing tag."""
    return Markup(f"<style>{css}</style>")


def badge(word: Part, kind: str = "") -> Markup:
    """A word in a pill; `kind` is one of the sheet's colours."""
    return tag("span", word, class_=f"badge {kind}".strip())


def table(heads: Sequence[str], rows: Iterable[Sequence[Part]]) -> Markup:
    """A table that turns into cards on a narrow screen; a sentence when there are no rows."""
    lines = [
        tag(
            "tr",
            *[tag("td", cell, data_label=head) for head, cell in zip(heads, row, strict=True)],
        )
        for row in rows
    ]
    if not lines:
        return nothing()
    head = tag("thead", tag("tr", *[tag("th", head, scope="col") for head in heads]))
    return tag("div", tag("table", head, tag("tbody", *lines)), class_="wide")


def nothing() -> Markup:
    """What stands where there is nothing to show."""
    return tag("p", "None.", class_="none")


def section(name: str, title: str, *parts: Part, note: str = "") -> Markup:
    """A part of the page that the navigation leads to."""
    said = [tag("p", note, class_="note")] if note else []
    return tag("section", tag("h2", title), *said, *parts, id=name)


def _shown(part: Part) -> str:
    if isinstance(part, Markup):
        return part
    return escape("-" if part is None or part == "" else str(part))
