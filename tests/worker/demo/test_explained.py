"""`redress why` over the demo: every field of every complaint has its reason."""

from __future__ import annotations

import json
import re
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from complaints import store
from complaints.explaining import FIELDS, RULES_IN_WORDS
from complaints.vocabulary import ComplaintNumber
from tests.worker.demo.test_house import small
from worker.cli import run as redress
from worker.demo.audit import json_lines
from worker.demo.house import open_house
from worker.demo.player import Stage, play, wait_for_rest

pytestmark = [pytest.mark.story, pytest.mark.long, pytest.mark.timeout(900)]


def people_act(database_url: str, config: Path) -> None:
    """A link that is taken back and one that stays, a merge, a replay, and other rules."""
    kept = store.open(database_url)
    with kept.engine.connect() as connection:
        records = connection.execute(
            text(
                "SELECT m.account || ':' || m.external_id, c.number FROM mirror m"
                " JOIN complaint c ON c.id = m.opened WHERE c.merged_into IS NULL ORDER BY m.id"
            )
        ).all()
        heard = "SELECT seq FROM receipt WHERE verdict = 'applied' AND account <> 'operator'"
        seqs = connection.execute(text(heard + " ORDER BY seq LIMIT 20")).scalars().all()
    kept.close()
    (first, _), (second, _), (third, _), *_, (_, into), (_, other), (_, last) = records
    text_ = config.read_text(encoding="utf-8")
    config.write_text(re.sub(r"due_days = \d+", "due_days = 21", text_), encoding="utf-8")
    for command in (
        ("link", first, into),
        ("link", second, other),
        ("unlink", first),
        ("link", third, into),
        ("merge", other, last),
        ("replay", *map(str, seqs), "--yes"),
        ("adopt", "--yes"),
    ):
        assert redress(["--config", str(config), *command]) == 0, command


def test_every_field_of_every_complaint_is_explained(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """By a rule that has words and an observation that exists; and the value is the store's."""
    planned = small()
    with open_house(planned, tmp_path, lambda _line: None) as house:
        play(planned, Stage(house.control, house.office, house.office.tell_time))
        config = str(tmp_path / "redress.toml")
        people_act(house.place.database_url, tmp_path / "redress.toml")
        wait_for_rest(house.office.unrest, house.office.now(), 60)
        house.office.dump(tmp_path / "store.jsonl")
        rows = list(json_lines(tmp_path / "store.jsonl"))
        complaints = [row for row in rows if row["table"] == "complaint"]
        observed = {row["seq"]: row["account"] for row in rows if row["table"] == "observation"}
        orders = {row["id"]: row for row in rows if row["table"] == "tracked_order"}
        kept = store.open(house.place.database_url)
        now = house.office.now()
        explained = {
            row["number"]: kept.why(ComplaintNumber(row["number"]), now) for row in complaints
        }
        kept.close()
        capsys.readouterr()
        number = complaints[0]["number"]
        assert redress(["--config", config, "why", number, "--json"]) == 0
        told = json.loads(capsys.readouterr().out)
    assert [one["field"] for one in told["fields"]] == list(FIELDS)
    assert len(complaints) >= len(planned.cases) > 0
    assert {row["rules"] for row in complaints} == {2}
    versions = {
        one.rules_version for why in explained.values() if why for one in why.fields.values()
    }
    assert versions == {"1", "2"}
    for row in complaints:
        why = explained[row["number"]]
        assert why is not None
        assert set(why.fields) == set(FIELDS), row["number"]
        for name, one in why.fields.items():
            assert one.rule in RULES_IN_WORDS, (row["number"], name)
            assert observed[one.by] == one.winner, (row["number"], name)
            assert one.observation is not None
        values = {name: one.value for name, one in why.fields.items()}
        assert values["status"] == row["status"]
        assert values["outcome"] == row["outcome"]
        assert values["conflict"] == ("yes" if row["conflict"] else "no")
        assert values["origin"] == row["origin"]
        assert values["remedy"] == (row["remedy"] or "none")
        for name, column in (("opened_at", "opened_at"), ("due", "due_at")):
            assert datetime.fromisoformat(values[name]) == datetime.fromisoformat(row[column])
        order = orders.get(row["order_id"], {})
        assert values["order_state"] == (order.get("state") or "not told")
        delivered = {True: "yes", False: "no", None: "not told"}[order.get("delivered")]
        assert values["delivered"] == delivered
        keys = sorted(
            f"{key['space']} {key['value']}"
            for key in rows
            if key["table"] == "order_key" and key["order_id"] == row["order_id"]
        )
        assert values["order"] == (", ".join(keys) or "none")
