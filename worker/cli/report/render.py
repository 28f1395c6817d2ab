"""A report as text, Markdown, JSON, or one page that needs nothing else."""

from __future__ import annotations

import html
import json
from enum import StrEnum
from typing import TYPE_CHECKING

from rich.console import Group
from rich.text import Text

from worker.cli.screens import table, visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import RenderableType

    from worker.cli.report.sheet import Section, Sheet

_STYLE = """\
body { font: 15px/1.5 system-ui, sans-serif; color: #1d2733; background: #fff;
  max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.4rem; margin: 0; } h2 { font-size: 1.05rem; margin: 2rem 0 .4rem; }
p { margin: .2rem 0; } .lead { color: #4a5a6a; } .nothing { color: #6b7a89; }
table { border-collapse: collapse; width: 100%; } svg { max-width: 100%; height: auto; }
th, td { text-align: left; padding: .3rem .8rem .3rem 0; border-bottom: 1px solid #dfe5ea;
  vertical-align: top; }
th { font-weight: 600; color: #4a5a6a; } .urgent h2 { color: #a11f2b; }
code { background: #f1f4f7; padding: .1rem .3rem; border-radius: 3px; }
"""


class Form(StrEnum):
    """In what form a report is shown."""

    TEXT = "text"
    MARKDOWN = "md"
    JSON = "json"
    HTML = "html"


def as_text(sheet: Sheet) -> RenderableType:
    """For a terminal of any width."""
    parts: list[RenderableType] = [Text(sheet.title, "bold"), Text(sheet.lead)]
    for one in sheet.sections:
        parts += ["", Text(one.title, "bold red" if one.urgent and one.rows else "bold")]
        if not one.rows:
            parts.append(Text(one.nothing, "dim"))
            continue
        made = table(*one.columns)
        for row in one.rows:
            made.add_row(*map(visible, row))
        parts.append(made)
        if said := _more(one):
            parts.append(Text(said, "dim"))
    return Group(*parts)


def as_markdown(sheet: Sheet) -> str:
    """For a ticket or a chat."""

    def lines() -> Iterator[str]:
        yield f"# {_bare(sheet.title)}\n"
        yield f"{_bare(sheet.lead)}\n"
        for one in sheet.sections:
            yield f"## {_bare(one.title)}\n"
            if not one.rows:
                yield f"{_bare(one.nothing)}\n"
                continue
            yield "| " + " | ".join(map(_bare, one.columns)) + " |"
            yield "| " + " | ".join("---" for _ in one.columns) + " |"
            for row in one.rows:
                yield "| " + " | ".join(map(_bare, row)) + " |"
            yield f"\n{_bare(said)}\n" if (said := _more(one)) else ""

    return "\n".join(lines()).rstrip() + "\n"


def as_json(sheet: Sheet) -> str:
    """For machines; rows by the names of their columns."""
    told = {
        "title": sheet.title,
        "lead": sheet.lead,
        "wanting": sheet.wanting,
        "sections": [
            {
                "title": one.title,
                "urgent": one.urgent,
                "more": one.more,
                "rows": [dict(zip(one.columns, row, strict=True)) for row in one.rows],
            }
            for one in sheet.sections
        ],
    }
    return json.dumps(told, indent=2, ensure_ascii=False) + "\n"


def as_html(sheet: Sheet) -> str:
    """One page, without a script and without anything from elsewhere."""

    def parts() -> Iterator[str]:
        yield '<!doctype html>\n<html lang="en">\n<meta charset="utf-8">'
        yield '<meta name="viewport" content="width=device-width">'
        yield f"<title>{html.escape(sheet.title)}</title>\n<style>{_STYLE}</style>"
        yield f"<h1>{html.escape(sheet.title)}</h1>"
        yield f'<p class="lead">{html.escape(sheet.lead)}</p>'
        yield sheet.plot
        for one in sheet.sections:
            urgent = ' class="urgent"' if one.urgent and one.rows else ""
            yield f"<section{urgent}><h2>{html.escape(one.title)}</h2>"
            if one.rows:
                yield "<table><tr>" + _cells(one.columns, "th") + "</tr>"
                yield from (f"<tr>{_cells(row, 'td')}</tr>" for row in one.rows)
                yield "</table>"
                if said := _more(one):
                    yield f'<p class="nothing">{html.escape(said)}</p>'
            else:
                yield f'<p class="nothing">{html.escape(one.nothing)}</p>'
            yield "</section>"

    return "\n".join(part for part in parts() if part) + "\n"


def _cells(row: tuple[str, ...], tag: str) -> str:
    return "".join(f"<{tag}>{html.escape(cell)}</{tag}>" for cell in row)


def _more(one: Section) -> str:
    left = f"{one.more} more aren't listed" if one.more else ""
    see = f"see {one.command}" if one.command else ""
    return "; ".join(filter(None, (left, see)))


def _bare(said: str) -> str:
    """A stranger's words make no table, no heading and no link of their own."""
    return " ".join(said.split()).replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;")
