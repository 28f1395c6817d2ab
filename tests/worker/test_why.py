"""`redress why` and `redress show`: what they print about one complaint, and how they refuse."""

from __future__ import annotations

import json
import re
from datetime import datetime
from zoneinfo import ZoneInfo

import psycopg
import pytest

from complaints.explaining import FIELDS, RULES_IN_WORDS
from tests.worker.test_cli import Redress, Said, raise_in_chat, ready, redress, with_store

__all__ = ["ready", "redress"]

PRAGUE = ZoneInfo("Europe/Prague")
BEFORE = "2026-03-02 08:00"


class Case:
    """One complaint out of the chat, and the command to ask about it."""

    def __init__(self, run: Redress, database_url: str) -> None:
        self.run = run
        self.url = database_url.replace("+psycopg", "")
        numbers: list[str] = []
        with_store(lambda deps: numbers.append(raise_in_chat(deps)))
        self.number = numbers[0]

    def why(self, *arguments: str) -> Said:
        """Ask why."""
        return self.run("why", self.number, *arguments)

    def sql(self, statement: str) -> None:
        """Change the store past our own code."""
        with psycopg.connect(self.url) as connection:
            connection.execute(statement.encode())

    def set_back(self) -> None:
        """Make it a complaint of the first Monday of March 2026, noon in Prague."""
        self.sql("UPDATE decision SET at = '2026-03-02 11:00Z'")
        self.sql("UPDATE push SET created_at = '2026-03-02 11:00Z'")


@pytest.fixture
def case(ready: Redress, database_url: str) -> Case:
    """A complaint that was just raised."""
    return Case(ready, database_url)


# -- all fields --------------------------------------------------------------------------


def test_all_fields_are_listed_with_value_rule_and_winner(case: Case) -> None:
    """One line each, and how to learn more."""
    said = case.why()
    assert said.code == 0
    lines = said.out.splitlines()
    assert [line.split()[0] for line in lines[1 : len(FIELDS) + 1]] == list(FIELDS)
    assert re.search(r"^status +new +new +demo-bot$", said.out, re.MULTILINE)
    assert f"redress why {case.number} FIELD" in said.text


def test_all_fields_for_machines(case: Case) -> None:
    """Every field, its rule in words, ISO times; what was before only when asked."""
    found = json.loads(case.why("--json").out)
    assert (found["number"], found["shop"]) == (case.number, "demo")
    assert [one["field"] for one in found["fields"]] == list(FIELDS)
    status = found["fields"][0]
    assert status["rule_in_words"] == RULES_IN_WORDS["new"]
    assert status["observation"]["seq"] == status["by"]
    assert status["observation"]["source"] == "chat"
    assert [push["kind"] for push in status["pushes"]] == ["create"]
    assert datetime.fromisoformat(status["since"]).tzinfo is not None
    assert "earlier" not in status
    everything = json.loads(case.why("status", "--all", "--json").out)
    assert [(one["field"], one["earlier"]) for one in everything["fields"]] == [("status", [])]


# -- one field ---------------------------------------------------------------------------


def test_one_field_is_a_story(case: Case) -> None:
    """Value, reason, whose word, from which observation, what was pushed; `#` does no harm."""
    said = case.run("why", f"#{case.number}", "status")
    assert said.code == 0
    for part in (
        f"complaint {case.number}",
        "because nobody has touched it yet",
        "rule new, of rules version",
        'said by demo-bot in its word "raised"; observation',
        "(chat raise), received 2",
        "pushed demo-desk: create, asked 2",
    ):
        assert part in said.text


def test_what_nobody_told_is_put_into_nobodys_mouth(case: Case) -> None:
    """Only the account that told of the case is named, as such."""
    text = case.why("delivered").text
    assert "because no account has told it" in text
    assert "case told by demo-bot; observation" in text
    assert "said by" not in text


def test_a_due_date_tells_its_clock(case: Case) -> None:
    """The days that were promised, in the zone of the shop, and its local time."""
    text = case.why("due").text
    assert "so many calendar days after the day of filing (30 days, Europe/Prague)" in text
    assert re.search(r"due 2\d{3}-\d\d-\d\d 00:00:00 CES?T", text)


def test_who_says_something_else_is_told_why_not(case: Case) -> None:
    """And what the value was before."""
    case.sql(
        """UPDATE decision SET fields = jsonb_set(fields, '{0,losers}',
 '[{"account": "demo-desk", "value": "wait", "why": "a more trusted person chose otherwise"},
   {"account": "demo-pay", "value": "OPEN", "why": "it agrees"}]')"""
    )
    case.sql(
        "INSERT INTO decision (seq, complaint_id, account, at, rule, rules_version, fields)"
        " SELECT seq, complaint_id, account, at + interval '1 hour', rule, '2',"
        " jsonb_set(fields, '{0,value}', '\"open\"') FROM decision"
    )
    text = case.why("status", "--all", "--as-of", "2126-01-01").text
    assert 'against it demo-desk says "wait", but a more trusted person chose otherwise' in text
    assert 'agrees demo-pay says "OPEN"' in text
    assert "of rules version 2" in text
    assert re.search(r"before new, since 2\S+ \S+ CES?T \(new, by demo-bot\)", text)


@pytest.mark.parametrize("columns", [40, 60])
@pytest.mark.parametrize("field", [[], ["status"], ["due"], ["order"]])
def test_the_answer_fits_narrow_terminals(
    case: Case, monkeypatch: pytest.MonkeyPatch, columns: int, field: list[str]
) -> None:
    """What doesn't fit goes on in the next line."""
    monkeypatch.setenv("COLUMNS", str(columns))
    said = case.why(*field)
    assert said.code == 0
    assert max(map(len, said.out.splitlines())) <= columns


def test_a_strangers_order_number_steers_no_terminal(case: Case) -> None:
    """Escape sequences in a value are shown, not obeyed."""
    case.sql(
        r"""UPDATE decision SET fields = (SELECT jsonb_agg(CASE WHEN f ->> 'field' = 'order'
 THEN jsonb_set(f, '{value}', '"number \u001b[31m1"') ELSE f END)
 FROM jsonb_array_elements(fields) AS f)"""
    )
    for arguments in ([], ["order"]):
        said = case.why(*arguments)
        assert "\x1b" not in said.out
        assert "[31m1" in said.text


# -- as it was then ----------------------------------------------------------------------


def test_the_answer_as_it_was_then(case: Case) -> None:
    """By the shop's own clock, or with a zone."""
    case.set_back()
    for at in ("2026-03-02 12:00", "2026-03-02T11:00:00Z", "2026-03-03"):
        said = case.why("status", "--as-of", at)
        assert said.code == 0
        assert f"complaint {case.number}" in said.text
    assert "as of 2026-03-02 12:00:00 CET" in case.why("--as-of", "2026-03-02 12:00").text


@pytest.mark.parametrize("field", [[], ["status"]])
def test_before_it_was_known_that_is_said(case: Case, field: list[str]) -> None:
    """With the time at which it became known."""
    case.set_back()
    said = case.why(*field, "--as-of", BEFORE)
    assert said.code == 0
    assert f"was not known at {BEFORE}:00 CET" in said.text
    assert "decided on at 2026-03-02 12:00:00 CET" in said.text
    assert json.loads(case.why(*field, "--as-of", BEFORE, "--json").out)["fields"] == []


@pytest.mark.parametrize("time", ["yesterday", "08:00", "2026-02-30", "2026-03-02 25:00", ""])
def test_a_time_that_is_none_is_refused(case: Case, time: str) -> None:
    """With an example, and the zone by which it is read."""
    said = case.why("status", "--as-of", time)
    assert said.code == 2
    assert "is no time" in said.err
    assert '"2026-03-02 08:00" (by the clock of Europe/Prague)' in said.text


# -- refusals ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "hint"), [("statsu", 'did you mean "status"?'), ("weather", "its fields are status")]
)
def test_an_unknown_field_is_told_with_those_that_there_are(
    case: Case, field: str, hint: str
) -> None:
    """All of them; wrong usage ends with 2."""
    said = case.why(field)
    assert said.code == 2
    assert hint in said.text
    assert ", ".join(FIELDS) in said.text


def test_fields_may_be_written_as_people_do(case: Case) -> None:
    """A dash for an underscore, and capitals."""
    assert case.why("Order-State").code == 0


@pytest.mark.parametrize(("number", "hint"), [("999", "misheard"), ("9993", "no complaint")])
def test_a_number_that_nobody_has_is_told(ready: Redress, number: str, hint: str) -> None:
    """A number whose check digit is wrong was misheard."""
    said = ready("why", number)
    assert said.code == 1
    assert hint in said.err


def test_what_an_older_version_decided_has_no_answer_yet(case: Case) -> None:
    """The list shows a dash; the field itself says where its value is told."""
    case.sql("UPDATE decision SET fields = jsonb_path_query_array(fields, '$[0]')")
    assert re.search(r"^remedy +- +- +- *$", case.why().out, re.MULTILINE)
    said = case.why("remedy")
    assert said.code == 1
    assert f"redress show {case.number}" in said.text


# -- the whole timeline ------------------------------------------------------------------


def test_the_timeline_is_in_the_shops_own_time(case: Case) -> None:
    """Winter and summer; what a person has to do stands out, with its reason."""
    case.sql("UPDATE push SET created_at = '2026-03-02 11:00Z'")
    assert "2026-03-02 12:00:00 CET asked demo-desk create" in case.run("show", case.number).text
    case.sql("UPDATE push SET created_at = '2026-07-02 11:00Z', state = 'manual', reason = 'why'")
    text = case.run("show", case.number).text
    assert "2026-07-02 13:00:00 CEST manual demo-desk create: why" in text
    assert re.search(r'CES?T observed demo-bot chat raise "raised": applied', text)


def test_show_for_machines(case: Case) -> None:
    """Head, accounts and timeline; of the claim what the screen shows, and no more."""
    found = json.loads(case.run("show", case.number, "--json").out)
    assert (found["number"], found["status"]) == (case.number, "new")
    assert [entry["what"] for entry in found["timeline"]] == ["observed", "asked"]
    assert found["timeline"][0]["text"] == 'chat raise "raised": applied'
    assert [mirror["account"] for mirror in found["mirrors"]] == ["demo-bot"]
    assert sorted(found["claim"]) == ["category", "text", "title"]
