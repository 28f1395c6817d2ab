"""forecast, handover and report, as people type them, over a store with something in it."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from complaints import flow
from complaints.flow import Deps
from tests.worker.test_cli import Redress, query, raise_in_chat, ready, redress, with_store
from tests.worker.test_cli_due import move, raised
from worker.cli.report.weekly import monday

__all__ = ["ready", "redress"]


def ended(deps: Deps) -> None:
    """Complaints that ended in the last weeks, some of them late."""
    raise_in_chat(deps)
    while flow.reconcile(deps):
        pass
    now = deps.clock()
    with deps.store.engine.begin() as connection:
        for n in range(12):
            at = now - timedelta(days=3 * n, hours=1)
            found = connection.exec_driver_sql(
                "INSERT INTO complaint (number, shop, status, outcome, origin, opened_at, version)"
                " VALUES (%(n)s, 'demo', 'resolved', 'upheld', 'demo-desk', %(opened)s, 1)"
                " RETURNING id",
                {"n": f"9{n:03}", "opened": at - timedelta(days=n + 1)},
            ).scalar_one()
            connection.exec_driver_sql(
                "INSERT INTO transition (complaint_id, seq, account, at, before, after, jump)"
                " VALUES (%(id)s, 1, 'demo-desk', %(at)s, 'open', 'resolved', false)",
                {"id": found, "at": at},
            )
            if n % 4 == 0:
                connection.exec_driver_sql(
                    "INSERT INTO escalation (complaint_id, deadline_version, rung, fired_at)"
                    " VALUES (%(id)s, 1, 'due', %(at)s)",
                    {"id": found, "at": at - timedelta(hours=2)},
                )


def test_a_forecast_says_what_will_be_told(ready: Redress, database_url: str) -> None:
    """Each rung with its time; what is further off isn't listed."""
    assert ready("forecast").out == "Nothing will be escalated within 48h.\n"
    with_store(raised)
    move(database_url, hours=30)
    said = ready("forecast")
    assert said.code == 0
    assert "1 escalation of 1 complaint within 48h." in said.out
    assert ready("forecast", "--within", "24h").out == "Nothing will be escalated within 24h.\n"
    (told,) = json.loads(ready("forecast", "--json").out)
    assert (told["rung"], told["without"]) == ("due", "the same")


def test_a_forecast_without_an_account(ready: Redress, database_url: str) -> None:
    """Where its outage stops the clock nothing comes; else it comes, and nobody can be asked."""
    with_store(raised)
    move(database_url, hours=30)
    said = ready("forecast", "--without", "demo-bot", "--json")
    (told,) = json.loads(said.out)
    assert told["without"] == "comes, and demo-bot can't be asked or told"
    file = Path("redress.toml")
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("due_days = 30", 'pauses = ["outage"]\ndue_days = 30', 1))
    query(database_url, "DELETE FROM ruleset")
    (told,) = json.loads(ready("forecast", "--without", "demo-bot", "--json").out)
    assert told["without"] == "doesn't come: the clock stands still"
    assert "1 wouldn't come" in ready("forecast", "--without", "demo-bot").text
    said = ready("forecast", "--without", "demo-bott")
    assert (said.code, "there are: demo-desk" in said.text) == (2, True)


@pytest.mark.parametrize("form", ["text", "md", "json", "html"])
def test_a_hand_over_in_every_form(ready: Redress, database_url: str, form: str) -> None:
    """What wants somebody comes first, what is well is said too."""
    with_store(raised)
    move(database_url, hours=-5)
    said = ready("handover", "--format", form)
    assert said.code == 0
    for heading in (
        "Past the due date", "Due within 24 hours", "Conflicts", "Unknown outcomes",
        "To be done by hand", "Paused accounts", "Drift", "Set aside", "Not told yet",
        "Blind spots",
    ):  # fmt: skip
        assert heading in said.out
    assert "5h late" in said.out
    assert "1 thing to look at." in said.out
    assert ready("handover", "--format", form, "--into", "page").code == 0
    kept = Path("page").read_text(encoding="utf-8")
    assert kept.split()[:3] == said.out.split()[:3]


def test_a_hand_over_that_cant_be_written(ready: Redress) -> None:
    """Says so in a line."""
    said = ready("handover", "--into", "no/such/folder/page")
    assert (said.code, "can't be written" in said.text) == (1, True)


def test_weeks_of_a_shop(ready: Redress) -> None:
    """How many ended, how many of them late, how long it took; and a plot of it."""
    with_store(ended)
    said = ready("report", "--weeks", "6", "--plot", "plot.svg", "--format", "json")
    told = json.loads(said.out)
    rows = told["sections"][0]["rows"]
    assert len(rows) == 6
    assert sum(int(row["ended"]) for row in rows) == 12
    assert sum(int(row["late"]) for row in rows) == 3
    assert told["lead"] == "75% of 12 complaints that ended in 6 weeks were never past a due date."
    assert Path("plot.svg").read_text(encoding="utf-8").startswith("<svg ")
    page = ready("report", "--format", "html").out
    assert page.count("<svg ") == 1
    assert "in time" in ready("report").out
    assert ready("report", "--shop", "no").code == 2


@pytest.mark.parametrize(
    ("of", "begins"),
    [
        ("2026-03-30T00:30:00+02:00", "2026-03-30T00:00:00+02:00"),
        ("2026-03-29T23:59:00+02:00", "2026-03-23T00:00:00+01:00"),
        ("2026-01-01T10:00:00+01:00", "2025-12-29T00:00:00+01:00"),
    ],
)
def test_a_week_begins_on_monday_by_the_shops_clock(of: str, begins: str) -> None:
    """Over a change of the clocks, and over a year's end."""
    zone = ZoneInfo("Europe/Prague")
    assert monday(datetime.fromisoformat(of), zone).isoformat() == begins
