"""A report in four forms: nothing that somebody wrote into a complaint steers any of them."""

from __future__ import annotations

import html
import json
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from worker.cli.report.plot import Bar, weeks
from worker.cli.report.render import as_html, as_json, as_markdown, as_text
from worker.cli.report.sheet import MOST, Sheet, section

EVIL = "</td><script>alert(1)</script>|x|\x1b[31m"
SHEET = Sheet(
    "Hand-over",
    "2 things to look at.",
    (
        section("Late", ("complaint", "why"), [("1001", EVIL)], "none", "redress due", urgent=True),
        section("Drift", ("account",), [], "No record differed.", "redress drift"),
    ),
)


def text_of(sheet: Sheet, width: int = 80) -> str:
    """As a terminal shows it."""
    console = Console(width=width, no_color=True)
    with console.capture() as captured:
        console.print(as_text(sheet))
    return captured.get()


def test_a_page_holds_no_foreign_markup() -> None:
    """And no script, and nothing from elsewhere."""
    page = as_html(SHEET)
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "http" not in page.replace("http://www.w3.org/2000/svg", "")
    assert '<section class="urgent"><h2>Late</h2>' in page
    assert "<section><h2>Drift</h2>" in page
    assert "see redress due" in page


def test_markdown_keeps_its_table() -> None:
    """A bar or a tag in a cell is a character."""
    said = as_markdown(SHEET)
    rows = [line for line in said.splitlines() if line.startswith("| 1001")]
    assert len(rows) == 1
    assert rows[0].count(" | ") == 1
    assert "<script" not in said
    assert "\n## Drift\n\nNo record differed.\n" in said


@pytest.mark.parametrize("width", [40, 100])
def test_a_terminal_isnt_steered(width: int) -> None:
    """Nor is it too narrow."""
    said = text_of(SHEET, width)
    assert "\x1b" not in said
    assert max(map(len, said.splitlines())) <= width
    assert "No record differed." in said


def test_json_has_rows_by_column() -> None:
    """And says how many want somebody."""
    told = json.loads(as_json(SHEET))
    assert told["wanting"] == 1
    assert told["sections"][0]["rows"] == [{"complaint": "1001", "why": EVIL}]


def test_rows_that_are_left_out_are_counted() -> None:
    """They want somebody too."""
    rows = [(str(n),) for n in range(MOST + 7)]
    sheet = Sheet("t", "l", (section("Late", ("n",), rows, "none", "redress due", urgent=True),))
    assert sheet.wanting == MOST + 7
    for said in (as_html(sheet), as_markdown(sheet), text_of(sheet)):
        assert "7 more aren't listed; see redress due" in html.unescape(said)


BARS = st.lists(
    st.builds(
        Bar,
        st.text(max_size=8, alphabet=st.characters(categories=["L", "N", "P", "S"])),
        st.integers(0, 5000),
        st.integers(0, 5000),
        st.none() | st.floats(0, 400),
    ),
    max_size=30,
)


@given(BARS)
def test_a_plot_is_drawn_to_scale(bars: list[Bar]) -> None:
    """Well-formed; each bar is as tall as its count, inside the frame, and none where none is."""
    root = ET.fromstring(weeks(bars, "a <title>"))  # noqa: S314 - our own
    space = "{http://www.w3.org/2000/svg}"
    tall = [
        (one.get("fill"), float(one.get("height") or 0))
        for one in root.iter(f"{space}rect")
        if one.get("width") not in {"720", "10"}
    ]
    counts = [
        (colour, n)
        for bar in bars
        for colour, n in (("#7aa6c2", bar.kept), ("#c2413f", bar.breached))
        if n
    ]
    assert [colour for colour, _ in tall] == [colour for colour, _ in counts]
    assert all(height >= 0 for _, height in tall)
    if counts:
        most = max(range(len(counts)), key=lambda n: counts[n][1])
        assert tall[most][1] == max(height for _, height in tall)
    assert len(list(root.iter(f"{space}circle"))) == sum(bar.days is not None for bar in bars)
