"""replay, as people type it."""

from __future__ import annotations

import re
from io import StringIO

import pytest

from complaints import flow
from complaints.flow import Deps
from complaints.store.receipts import Arrival
from complaints.vocabulary import AccountName, ExternalId, Source
from tests.worker.test_cli import Redress, query, raise_in_chat, ready, redress, with_store

__all__ = ["ready", "redress"]

DETAIL = b"""{"id": "77", "orderHash": "abc", "status": "new", "message": "It leaks."}"""


def hear(deps: Deps, body: bytes, key: str) -> int:
    """Something that the desk says; decided at once."""
    arrival = Arrival(
        account=AccountName("demo-desk"),
        source=Source.POLL,
        form="complaint",
        external_id=ExternalId("77"),
        body=body,
        dedupe_key=key,
    )
    seq = deps.store.receipts.keep([arrival], deps.clock())[0].seq
    while flow.reconcile(deps):
        pass
    return seq


def unreadable() -> int:
    """An observation that no adapter can read."""
    kept: list[int] = []
    with_store(lambda deps: kept.append(hear(deps, b"<html>", "77#1")))
    return kept[0]


def test_nothing_chosen_is_a_message(ready: Redress) -> None:
    """Nothing is quarantined: there is nothing to do, and nothing to ask."""
    said = ready("replay", "--quarantined")
    assert (said.code, said.out) == (0, "Nothing is chosen: there is nothing to replay.\n")
    unknown = ready("replay", "4711", "--yes")
    assert (unknown.code, "observation 4711 is skipped: there is no such" in unknown.err) == (
        0,
        True,
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "nothing is chosen"),
        (["--account", "demo-desk"], "nothing is chosen"),
        (["--since", "2026-03-02"], "nothing is chosen"),
        (["1", "--quarantined"], "not both"),
        (["--account", "nobody", "--since", "2026-03-02"], "is no account"),
        (["--account", "demo-desk", "--since", "yesterday"], "yesterday is no time"),
    ],
)
def test_what_makes_no_sense_is_refused(ready: Redress, arguments: list[str], said: str) -> None:
    """In one sentence, as wrong usage."""
    found = ready("replay", *arguments)
    assert (found.code, said in found.text) == (2, True), found.text


def test_the_plan_comes_first_and_a_no_changes_nothing(
    ready: Redress, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Numbers, accounts, verdicts, pushes and calls; then a question."""
    seq = unreadable()
    monkeypatch.setattr("sys.stdin", StringIO("n\n"))
    said = ready("replay", "--quarantined")
    assert said.code == 1
    assert "1 observation would be decided once more:" in said.err
    assert re.search(r"demo-desk\s+quarantined\s+1", said.err)
    assert "They would be: 1 quarantined." in said.err
    assert "No push would be made." in said.err
    assert "No provider would be called." in said.err
    assert query(database_url, f"SELECT verdict FROM receipt WHERE seq = {seq}") == [  # noqa: S608
        ("quarantined",)
    ]
    assert query(database_url, "SELECT count(*) FROM receipt") == [(1,)]


def test_a_replay_says_what_became_of_it(ready: Redress, database_url: str) -> None:
    """What was set aside and can't be read still is set aside again; who asked is kept."""
    unreadable()
    said = ready("replay", "--quarantined", "--yes")
    assert (said.code, said.out) == (0, "Replayed 1 observation: 1 quarantined.\n")
    acts = query(
        database_url,
        "SELECT convert_from(body, 'UTF8')::json ->> 'chosen', verdict FROM payload"
        " JOIN receipt USING (seq) WHERE account = 'operator'",
    )
    assert acts == [("--quarantined", "applied")]


def test_pushes_and_their_cost_are_told(ready: Redress, database_url: str) -> None:
    """By provider, account and kind, and what they take of a budget."""

    def forget(deps: Deps) -> None:
        raise_in_chat(deps)
        with deps.store.engine.begin() as connection:
            connection.exec_driver_sql("UPDATE push SET state = 'superseded', held_for = NULL")

    with_store(forget)
    said = ready("replay", "--account", "demo-bot", "--since", "2020-01-01", "--yes")
    assert re.search(r"bizkithub\s+demo-desk\s+create\s+1\s+sent", said.err), said.err
    assert re.search(r"Provider calls: \d+ calls at demo-desk \(about 1 minute of", said.err)
    assert said.out == "Replayed 1 observation: 1 applied.\n"
    assert query(database_url, "SELECT kind, state FROM push") == [("create", "due")]
    assert ready("rebuild", "--check").code == 0
