"""review, as people type it: the queue, joining and keeping apart, wrong numbers."""

from __future__ import annotations

import json

from sqlalchemy import text

from complaints import flow
from complaints.flow import Deps
from complaints.numbers import spell
from tests.worker.test_cli import Redress, query, raise_in_chat, ready, redress, with_store

__all__ = ["ready", "redress"]

OTHER = spell(987_654)


def alike(deps: Deps) -> None:
    """A case of the chat, and one of the desk with the same customer."""
    raise_in_chat(deps)
    while flow.reconcile(deps):
        pass
    with deps.store.engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO complaint (number, shop, status, outcome, origin, opened_at, version)"
                " SELECT :number, shop, 'open', 'none', 'demo-desk', opened_at, 1 FROM complaint"
            ),
            {"number": OTHER},
        )
        connection.exec_driver_sql("DELETE FROM trace")
        connection.exec_driver_sql(
            "INSERT INTO trace SELECT id, shop, 'e1', 'p1', NULL, '', '[]' FROM complaint"
        )


def numbers(database_url: str) -> list[str]:
    """Of all complaints, the oldest first."""
    return [str(n) for (n,) in query(database_url, "SELECT number FROM complaint ORDER BY id")]


def test_an_empty_queue_says_so(ready: Redress) -> None:
    """Nothing looks like anything."""
    said = ready("review", "list")
    assert (said.code, said.out.strip()) == (0, "No two complaints look like one.")


def test_a_pair_is_shown_with_what_agrees(ready: Redress, database_url: str) -> None:
    """In both forms; `status` counts it; nobody's data is in it."""
    with_store(alike)
    first, second = numbers(database_url)
    said = ready("review", "list").out
    assert (first in said, second in said, "e-mail, phone" in " ".join(said.split())) == (
        True, True, True,
    )  # fmt: skip
    (pair,) = json.loads(ready("review", "list", "--json").out)
    assert ([case["number"] for case in pair["cases"]], pair["score"]) == ([first, second], 100)
    assert "1 pair may be one" in ready("status").out
    assert json.loads(ready("status", "--json").out)["reviews"] == 1


def test_a_pair_is_kept_apart(ready: Redress, database_url: str) -> None:
    """And not shown again."""
    with_store(alike)
    first, second = numbers(database_url)
    said = ready("review", "apart", first, second, "--reason", "brothers")
    assert (said.code, said.out.strip()) == (0, f"Complaints {first} and {second} are two.")
    assert query(database_url, "SELECT reason FROM apart") == [("brothers",)]
    assert "No two complaints" in ready("review", "list").out


def test_a_pair_is_joined(ready: Redress, database_url: str) -> None:
    """The second goes into the first."""
    with_store(alike)
    first, second = numbers(database_url)
    said = ready("review", "join", first, second)
    assert (said.code, said.out.strip()) == (0, f"Complaint {second} is part of {first} now.")
    assert "No two complaints" in ready("review", "list").out


def test_wrong_numbers_are_told(ready: Redress) -> None:
    """Misheard ones, and those that nobody has."""
    assert "misheard" in ready("review", "join", "10018", "10025").err
    assert "there is no complaint" in ready("review", "apart", "10017", "10025").err
