"""due, as people type it."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from complaints import flow
from complaints.flow import Deps
from tests.worker.test_cli import Redress, query, raise_in_chat, ready, redress, with_store

__all__ = ["ready", "redress"]


def raised(deps: Deps) -> None:
    """A complaint that runs."""
    raise_in_chat(deps)
    while flow.reconcile(deps):
        pass


def move(database_url: str, **left: float) -> None:
    """The complaint is due in so long."""

    def act(deps: Deps) -> None:
        with deps.store.engine.begin() as connection:
            connection.exec_driver_sql(
                "UPDATE complaint SET due_at = %(at)s, rung_at = %(at)s",
                {"at": deps.clock() + timedelta(**left)},
            )

    with_store(act)
    assert query(database_url, "SELECT count(*) FROM complaint") == [(1,)]


def test_nothing_is_due(ready: Redress) -> None:
    """Is said, with how far it was looked."""
    said = ready("due", "--within", "7d")
    assert (said.code, said.out) == (0, "Nothing is due within 7d.\n")
    assert json.loads(ready("due", "--json").out) == []


def test_what_is_due_soon_is_listed(ready: Redress, database_url: str) -> None:
    """With the time left, and what comes next; not what is due later."""
    with_store(raised)
    assert ready("due").out == "Nothing is due within 72h.\n"
    move(database_url, hours=50, minutes=1)
    said = ready("due")
    assert said.code == 0
    assert "2d" in said.out
    assert "0 complaints past the due date, 1 more within 72h." in said.out
    assert ready("due", "--within", "2h").out == "Nothing is due within 2h.\n"


def test_what_is_past_its_due_date_is_told_and_is_an_exit_code(
    ready: Redress, database_url: str
) -> None:
    """Once it was escalated, with the rung."""
    with_store(raised)
    move(database_url, days=-3)
    with_store(lambda deps: flow.escalate(deps) and None)
    said = ready("due")
    assert said.code == 1
    assert "3d over" in said.out
    assert "1 complaint past the due date, 0 more within 72h." in said.out
    (told,) = json.loads(ready("due", "--json").out)
    assert (told["overdue"], told["rungs"], told["next_rung_at"]) == (True, ["due"], None)
    assert told["seconds_left"] <= -3 * 86400


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--within", "soon"], "soon is no span of time"),
        (["--shop", "nowhere"], "nowhere is no shop of the settings"),
    ],
)
def test_what_makes_no_sense_is_refused(ready: Redress, arguments: list[str], said: str) -> None:
    """In one sentence, as wrong usage."""
    found = ready("due", *arguments)
    assert (found.code, said in found.err) == (2, True), found.text


def test_a_rung_that_is_none_is_a_fault_of_the_settings(ready: Redress) -> None:
    """With its place and its cure."""
    file = Path("redress.toml")
    text = file.read_text(encoding="utf-8")
    shop = next(line for line in text.splitlines() if line.startswith("[shops."))
    file.write_text(text.replace(shop, f'{shop}\nladder = ["-1 week"]'), encoding="utf-8")
    said = ready("check")
    assert said.code == 2
    assert "ladder" in said.err
    assert "is no rung" in said.err


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("resolve_hours = 8", "resolve_hours needs open_hours"),
        ('open_hours = ["9 to 5"]', "are no hours"),
        ('holidays_of = "XX"', "nobody here knows the public holidays of XX"),
    ],
)
def test_hours_that_are_none_are_faults_of_the_settings(
    ready: Redress, lines: str, said: str
) -> None:
    """Each with its sentence; nothing ever loops."""
    file = Path("redress.toml")
    text = file.read_text(encoding="utf-8")
    shop = next(line for line in text.splitlines() if line.startswith("[shops."))
    file.write_text(text.replace(shop, f"{shop}\n{lines}"), encoding="utf-8")
    found = ready("check")
    assert (found.code, said in found.err) == (2, True), found.err


def test_all_clocks_of_a_complaint(ready: Redress, database_url: str) -> None:
    """Side by side, the one that counts, and who had the time that has passed."""
    with_store(raised)
    ((number,),) = query(database_url, "SELECT number FROM complaint")
    said = ready("clock", str(number))
    assert said.code == 0
    assert "30 days, Europe/Prague: Act No. 634/1992" in said.text
    assert "left, counts" in said.out
    assert "in our hands" in said.out
    told = json.loads(ready("clock", str(number), "--json").out)
    assert [one["clock"] for one in told["clocks"]] == ["shop", "legal"]
    assert told["counts"]["clock"] == "shop"
    assert sum(told["seconds_taken"].values()) >= 0
    assert ready("clock", "1").code == 1


def test_due_says_that_a_providers_own_date_isnt_known(ready: Redress, database_url: str) -> None:
    """Or what it is, where an account has told one."""
    with_store(raised)
    move(database_url, hours=5)
    assert "The provider's own due date isn't known of 1." in ready("due").text
    (told,) = json.loads(ready("due", "--json").out)
    assert told["provider_due_at"] is None
    query(database_url, "UPDATE mirror SET due_at = '2030-01-02T03:04:05Z'")
    assert "isn't known" not in ready("due").text
    (told,) = json.loads(ready("due", "--json").out)
    assert told["provider_due_at"] == "2030-01-02T03:04:05+00:00"
