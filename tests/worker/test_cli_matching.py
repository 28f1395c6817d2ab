"""link, unlink, merge and conflict, as people type them."""

from __future__ import annotations

import json
import re

import pytest

from complaints import flow
from complaints.flow import Deps
from tests.worker.test_cli import Redress, raise_in_chat, ready, redress, with_store

__all__ = ["ready", "redress"]


def raised(key: str = "key") -> str:
    """A complaint of the chat that is decided; returns its number."""
    numbers: list[str] = []
    with_store(lambda deps: numbers.append(raise_in_chat(deps, key)))
    return numbers[0]


def test_two_complaints_are_merged_and_parted(ready: Redress) -> None:
    """Each command says what became of it, and `show` knows it at once."""
    one, other = raised("one"), raised("other")
    merged = ready("merge", one, f"#{other}")
    assert (merged.code, merged.out.strip()) == (0, f"Complaint {one} is part of {other} now.")
    assert re.search(rf"merged into\s+{other}", ready("show", one).out)
    again = ready("merge", one, other)
    assert (again.code, "they are one already" in again.err) == (1, True)
    parted = ready("unlink", one)
    assert (parted.code, parted.out.strip()) == (0, f"Complaint {one} is one of its own again.")
    assert "merged into" not in ready("show", one).out


def test_a_record_is_linked_and_unlinked(ready: Redress) -> None:
    """By account and id, as the list of accounts names it."""
    one, other = raised("one"), raised("other")
    linked = ready("link", f"demo-bot:{one}", other)
    assert (linked.code, f"belongs to complaint {other} now" in linked.out) == (0, True)
    assert ready("unlink", f"demo-bot:{one}").code == 0
    refused = ready("unlink", f"demo-bot:{one}")
    assert f"that can't be done: complaint {one} was opened on it" in refused.text


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["link", "demo-bot", "10017"], 2, "names no record"),
        (["link", "nobody:1", "10017"], 2, "is no account"),
        (["link", "demo-bot:1", "10018"], 1, "was it misheard?"),
        (["link", "demo-bot:1", "10017"], 1, "that can't be done: no such complaint"),
        (["merge", "10017", "10025"], 1, "there is no complaint 10017"),
        (["unlink", "10017"], 1, "there is no complaint 10017"),
        (["conflict", "settle", "10017", "upheld"], 1, "there is no complaint 10017"),
        (["conflict", "settle", "10017", "maybe"], 2, "'maybe' is not one of"),
    ],
)
def test_what_makes_no_sense_is_refused(
    ready: Redress, arguments: list[str], code: int, said: str
) -> None:
    """In one sentence, and nothing is changed."""
    found = ready(*arguments)
    assert (found.code, said in found.text) == (code, True), found.text


def test_conflicts_are_listed_and_settled(ready: Redress, database_url: str) -> None:
    """Who says what, whose business it is, until when; then it is over."""
    assert "No accounts contradict each other." in ready("conflict", "list").out
    number = raised()

    def contradict(deps: Deps) -> None:
        with deps.store.engine.begin() as connection:
            connection.exec_driver_sql(_ENDS)
        while flow.reconcile(deps):
            pass

    early = ready("conflict", "settle", number, "refused")
    assert (early.code, "no accounts contradict each other about" in early.text) == (1, True)
    with_store(contradict)
    assert ready("conflict", "settle", number, "refused", "--reason", "the desk is right").code == 0
    listed = ready("conflict", "list", "--all")
    assert json.loads(ready("conflict", "list", "--json", "--all").out)[0]["how"] == "settled"
    assert number in listed.out
    assert "settled" in listed.text
    assert re.search(r"status\s+rejected, refused", ready("show", number).out)
    assert "No accounts contradict each other." in ready("conflict", "list").out


_ENDS = """
WITH one AS (SELECT id FROM complaint), made AS (
  INSERT INTO conflict (complaint_id, field, sides, owner, opened_at, opened_by, due_at)
  SELECT id, 'outcome', '[{"account": "demo-desk", "external_id": "1", "word": "rejected",
    "outcome": "refused"}, {"account": "demo-pay", "external_id": "2", "word": "REFUND",
    "outcome": "upheld", "money_moved": true}]', 'operations', clock_timestamp(), 1,
    clock_timestamp() + interval '1 day' FROM one
), told AS (
  INSERT INTO mirror (account, external_id, complaint_id, home, word, status, stands, covers,
    outcome, money_moved)
  SELECT account, name, id, id, word, status, status, jsonb_build_array(status), outcome, paid
  FROM one, (VALUES ('demo-desk', '1', 'rejected', 'rejected', 'refused', false),
    ('demo-pay', '2', 'REFUND', 'resolved', 'upheld', true)
  ) AS said (account, name, word, status, outcome, paid)
)
UPDATE complaint SET conflict = true
"""
"""A conflict as reconcile leaves it."""
