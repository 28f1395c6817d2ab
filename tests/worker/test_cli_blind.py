"""blind, as people type it: what each account can't show us."""

from __future__ import annotations

import json

import pytest

from complaints.vocabulary import AccountName
from tests.worker.test_cli import Redress, query, raise_in_chat, ready, redress, with_store

__all__ = ["ready", "redress"]


def test_each_account_says_what_it_cant_show(
    ready: Redress, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A line per spot, whole at 60 columns; what nobody can count has a question mark."""
    monkeypatch.setenv("COLUMNS", "60")
    with_store(raise_in_chat)
    said = ready("blind")
    assert said.code == 0
    lines = said.out.splitlines()
    assert "      ?  cases opened at the desk and not imported" in lines
    assert "      1  complaints that can't be read again there" in lines
    assert "      1  orders of the shop whose Zenki id isn't known" in lines
    assert [line for line in lines if not line.startswith(" ")] == [
        "demo-desk (bizkithub)",
        "demo-pay (zenki)",
        "demo-bot (chat)",
    ]
    assert max(map(len, lines)) <= 60
    assert "\N{HORIZONTAL ELLIPSIS}" not in said.out


def test_what_was_met_is_told_too(ready: Redress, database_url: str) -> None:
    """Unlisted words, a pause, a stretched interval; a stranger's word steers no terminal."""
    with_store(raise_in_chat)
    with_store(
        lambda deps: deps.store.accounts.pause(AccountName("demo-bot"), "bad key", deps.clock())
    )
    query(
        database_url,
        "INSERT INTO mirror (account, external_id, status, word, next_read_at)"
        " SELECT 'demo-desk', 'd' || n, 'unknown', E'fro\\x1bzen', clock_timestamp()"
        " FROM generate_series(1, 100000) AS n",
    )
    said = ready("blind")
    assert "100000  with a word that no table lists: fro\N{REPLACEMENT CHARACTER}zen" in said.out
    assert "      !  anything: paused, bad key" in said.out
    assert "      !  running cases are read every " in said.out
    assert "\x1b" not in said.out


def test_the_same_for_machines(ready: Redress) -> None:
    """With the place in the provider's documents."""
    found = json.loads(ready("blind", "--json").out)
    desk = next(one for one in found if one["account"] == "demo-desk")
    assert desk["provider"] == "bizkithub"
    assert desk["spots"][0] == {
        "name": "cases-at-the-desk",
        "number": None,
        "text": "cases opened at the desk and not imported",
        "source": "API v1 pages of complaint: create, detail by id, set-status; no list",
        "warns": False,
    }
