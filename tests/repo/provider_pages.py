"""Reads the pages of `docs/providers`: their tables, and which row is linked to which test.

A row's first cell is its id.  A link to a test is a Markdown link to the test's file with the
test's name as its text; a ``*`` in the name stands for anything, as in `test_z12_*`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

from tests.repo.tree import ROOT, tracked

PAGES: Final = Path("docs/providers")

REASON: Final = "not built, because "

_CHAT: Final[Mapping[str, str]] = {
    "order_status": "OrderStatus",
    "order_details": "OrderDetails",
    "tracking_details": "TrackingDetails",
    "cancel_order": "CancelOrder",
}
_NAMED: Final = re.compile(rf"test_chat_(a_and_b|[abc]|r\d\d|{'|'.join(_CHAT)})_")
_NUMBERED: Final = re.compile(r"([pbczd])(\d\d?)_")
_LINK: Final = re.compile(r"\[(test_[a-z0-9_*]+)\]\(([^)]+)\)")

Tests = Mapping[Path, frozenset[str]]
"""File, relative to the repository -> names of the tests in it."""


class Link(NamedTuple):
    """One link: the file, relative to the repository, and the name or pattern."""

    file: Path
    name: str

    def found(self, tests: Tests) -> list[str]:
        """The tests that it names."""
        return sorted(name for name in tests.get(self.file, ()) if fnmatchcase(name, self.name))


class Table(NamedTuple):
    """One table of a page; cells are without the blanks and backticks around them."""

    section: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def tables(text: str) -> list[Table]:
    """All tables of a page, each with the heading that it stands under."""
    found: list[Table] = []
    section, lines = "", []
    for line in [*text.splitlines(), ""]:
        if line.startswith("|"):
            lines.append(_cells(line))
            continue
        if lines:
            found.append(Table(section, lines[0], tuple(lines[2:])))
            lines = []
        if line.startswith("#"):
            section = line.lstrip("#").strip()
    return found


def table(text: str, section: str) -> Table:
    """The one table under a heading.  Raises ValueError when there are more or none."""
    (found,) = (one for one in tables(text) if one.section == section)
    return found


def _cells(line: str) -> tuple[str, ...]:
    cells = re.split(r"(?<!\\)\|", line.strip().strip("|"))
    return tuple(cell.strip().strip("`").replace("\\|", "|") for cell in cells)


def links(cells: Iterable[str], page: Path) -> list[Link]:
    """The links to tests in some cells of a page."""
    return [
        Link((ROOT / page.parent / target).resolve().relative_to(ROOT), name)
        for cell in cells
        for name, target in _LINK.findall(cell)
    ]


def rows_of(test: str) -> list[str]:
    """The ids of the rows that a test is named after."""
    if named := _NAMED.match(test):
        said = named.group(1)
        if said.startswith("r") and said[1:].isdecimal():
            return [f"R{int(said[1:])}"]
        return [_CHAT[said]] if said in _CHAT else said.upper().split("_AND_")
    found, rest = [], test.removeprefix("test_")
    while numbered := _NUMBERED.match(rest):
        found.append(f"{numbered.group(1).upper()}{int(numbered.group(2))}")
        rest = rest[numbered.end() :]
    return found


@cache
def all_tests() -> Tests:
    """Every test of the repository."""
    found = {}
    for path in tracked():
        if path.parts[0] == "tests" and path.name.startswith("test_") and path.suffix == ".py":
            tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
            names = (node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))
            found[path] = frozenset(name for name in names if name.startswith("test_"))
    return found


def faults(text: str, page: Path, ids: Sequence[str], tests: Tests) -> list[str]:
    """What is wrong with the rows of a page; empty when each id has its row and its test."""
    rows: dict[str, list[tuple[str, ...]]] = {name: [] for name in ids}
    for one in tables(text):
        if one.head[0] != "row":
            continue
        for row in one.rows:
            rows.setdefault(row[0], []).append(row)
    found = [f"{name}: is no row that is known" for name in rows if name not in ids]
    for name, there in rows.items():
        if len(there) != 1:
            found.append(f"{name}: stands in {len(there)} rows")
            continue
        found += [f"{name}: {fault}" for fault in _of_row(name, there[0], page, tests)]
    return found


def _of_row(name: str, row: Sequence[str], page: Path, tests: Tests) -> list[str]:
    linked = links(row, page)
    reasoned = any(len(cell) > len(REASON) and cell.startswith(REASON) for cell in row)
    if bool(linked) == reasoned:
        return ["has a test and a reason why there is none" if linked else "no test, no reason"]
    found = [f"{one.file} has no {one.name}" for one in linked if not one.found(tests)]
    known = {(one.file, test) for one in linked for test in one.found(tests)}
    for file, names in sorted(tests.items()):
        found += [
            f"doesn't link {file}::{test}"
            for test in sorted(names)
            if name in rows_of(test) and (file, test) not in known
        ]
    return found
