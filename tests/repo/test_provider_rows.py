"""Each row of a provider's documents stands on its page, with its test or the reason for none.

The rows are the calls that the documents describe, and what they say in two ways.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from providers.registry import PROVIDERS
from tests.repo.provider_pages import PAGES, Tests, all_tests, faults, rows_of, table
from tests.repo.tree import text_of

BUILT: Final = {
    "bizkithub": [
        *(f"P{n}" for n in (1, 2, 3, 5, 6, 7, 14)),
        "B1",
        *(f"C{n}" for n in range(1, 21)),
    ],
    "zenki": [
        *(f"Z{n}" for n in (*range(1, 14), 19)),
        *(f"D{n}" for n in range(1, 21)),
    ],
    "chat": [
        *("A", "B", "C", "OrderStatus", "OrderDetails", "TrackingDetails", "CancelOrder"),
        *(f"R{n}" for n in range(1, 21)),
    ],
}
"""Calls that are in scope, and every contradiction: each has a test."""

LEFT: Final = {
    "bizkithub": [
        *(f"P{n}" for n in (4, *range(8, 14))),
        *(f"B{n}" for n in range(2, 13)),
    ],
    "zenki": [f"Z{n}" for n in range(14, 19)],
    "chat": [
        *("CreateOrder", "PolicyEnquiry", "BrowseProducts", "UserDetails", "UserOffers"),
        *("UpdateUserAddress", "UpdateUserContact", "UpdateUserPassword"),
    ],
}
"""All other calls of the documents: each has a reason."""

each_page = pytest.mark.parametrize("name", list(PROVIDERS))


def _page(name: str) -> str:
    return text_of(PAGES / f"{name}.md")


@each_page
def test_each_row_is_linked_to_its_tests_or_says_why_it_has_none(name: str) -> None:
    """Each stands once; what it links to exists; no test of a row is left out."""
    ids = [*BUILT[name], *LEFT[name]]
    assert faults(_page(name), PAGES / f"{name}.md", ids, all_tests()) == []


@each_page
def test_what_is_in_scope_is_tested_and_not_excused(name: str) -> None:
    """A reason is for the rest."""
    text = _page(name)
    rows = (*table(text, "Calls").rows, *table(text, "Contradictions").rows)
    excused = [row[0] for row in rows if row[-1].startswith("not built, because ")]
    assert excused == [row[0] for row in rows if row[0] in LEFT[name]]


TESTS: Final[Tests] = {
    Path("tests/x/test_a.py"): frozenset({"test_z01_a", "test_z01_b", "test_z02_z03_c"}),
    Path("tests/x/test_b.py"): frozenset({"test_z03_d", "test_other"}),
}
A, B = "../../tests/x/test_a.py", "../../tests/x/test_b.py"
GOOD: Final = {
    "Z1": f"[test_z01_*]({A})",
    "Z2": f"[test_z02_z03_c]({A})",
    "Z3": f"[test_z02_z03_c]({A})<br>[test_z03_d]({B})",
    "Z4": "not built, because nobody needs it",
}


def _sample(**cells: str) -> str:
    head = ["## Calls", "", "| row | call | test |", "|---|---|---|"]
    rows = [f"| {name} | `GET /{name}` | {cell} |" for name, cell in cells.items()]
    return "\n".join([*head, *rows, ""])


def _found(text: str) -> list[str]:
    return faults(text, PAGES / "x.md", list(GOOD), TESTS)


def test_a_page_that_is_whole_has_no_fault() -> None:
    """Exact names and patterns; a test of two rows stands in both."""
    assert _found(_sample(**GOOD)) == []


@pytest.mark.parametrize("lost", list(GOOD))
def test_a_row_that_is_missing_is_noticed(lost: str) -> None:
    """Of the calls that are built as of the others."""
    rest = {name: cell for name, cell in GOOD.items() if name != lost}
    assert _found(_sample(**rest)) == [f"{lost}: stands in 0 rows"]


def test_a_row_that_stands_twice_is_noticed() -> None:
    """Two rows of one name would each excuse the other."""
    assert _found(_sample(**GOOD) + "\n" + _sample(Z4=GOOD["Z4"])) == ["Z4: stands in 2 rows"]


@pytest.mark.parametrize(
    ("name", "cell", "fault"),
    [
        ("Z4", "", "no test, no reason"),
        ("Z4", "not built, because ", "no test, no reason"),
        ("Z4", "see above", "no test, no reason"),
        ("Z4", f"[test_other]({B}) not built", None),
        ("Z4", f"[test_othr]({B})", "tests/x/test_b.py has no test_othr"),
        ("Z4", f"[test_z09_*]({B})", "tests/x/test_b.py has no test_z09_*"),
        ("Z4", "[test_other](../../tests/x/test_c.py)", "tests/x/test_c.py has no test_other"),
        ("Z1", f"[test_z01_a]({A})", "doesn't link tests/x/test_a.py::test_z01_b"),
        ("Z3", f"[test_z03_d]({B})", "doesn't link tests/x/test_a.py::test_z02_z03_c"),
        ("Z9", f"[test_other]({B})", "is no row that is known"),
    ],
)
def test_a_row_without_its_test_is_noticed(name: str, cell: str, fault: str | None) -> None:
    """Empty, excused by nothing, linked to what isn't there, or linked to a part only."""
    said = _found(_sample(**{**GOOD, name: cell}))
    assert [one.removeprefix(f"{name}: ") for one in said] == ([fault] if fault else [])


def test_a_row_can_not_be_tested_and_excused() -> None:
    """One of the two is out of date."""
    page = _sample(**{**GOOD, "Z4": "not built, because so"}).replace("`GET /Z4`", GOOD["Z1"])
    assert _found(page) == ["Z4: has a test and a reason why there is none"]


@pytest.mark.parametrize(
    ("test", "rows"),
    [
        ("test_p1_x", ["P1"]),
        ("test_p14_x", ["P14"]),
        ("test_z05_z07_z09_x", ["Z5", "Z7", "Z9"]),
        ("test_z10_z11_d13_x", ["Z10", "Z11", "D13"]),
        ("test_chat_a_and_b_x", ["A", "B"]),
        ("test_chat_a_and_others", ["A"]),
        ("test_chat_r04_x", ["R4"]),
        ("test_chat_cancel_order_x", ["CancelOrder"]),
        ("test_chat_order_status_and_the_others_x", ["OrderStatus"]),
        ("test_a_page", []),
        ("test_chat_answers", []),
    ],
)
def test_a_tests_name_tells_its_rows(test: str, rows: list[str]) -> None:
    """None, one or several."""
    assert rows_of(test) == rows


def test_each_row_in_scope_has_a_test_that_is_named_after_it() -> None:
    """A link to any other test would prove little."""
    named = {row for names in all_tests().values() for test in names for row in rows_of(test)}
    assert [row for rows in BUILT.values() for row in rows if row not in named] == []
    assert named <= {row for rows in BUILT.values() for row in rows}
