"""The whole story: real servers, workers and beat against the sandbox, audited."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from providers.sandbox.faults import SURVIVABLE
from worker import demo
from worker.demo import story
from worker.demo.audit import audit_folder, json_lines
from worker.demo.generator import generate
from worker.demo.planner import plan
from worker.demo.progress import error_console
from worker.demo.trouble import Trouble
from worker.demo.world import Plan, Rows

pytestmark = [pytest.mark.story, pytest.mark.long, pytest.mark.timeout(900)]


def small() -> Plan:
    """A fortnight of few complaints, with disputes among them."""
    rows = generate(3, complaints=60, days=45)
    kept = tuple(row for row in rows.filings if (row.answered_at - row.filed_at).days < 10)[:24]
    orders = {row.order_id for row in kept}
    return plan(
        Rows(
            place=rows.place,
            orders=tuple(order for order in rows.orders if order.id in orders),
            filings=kept,
        ),
        3,
    )


def test_small_story_ends_in_agreement(tmp_path: Path) -> None:
    """Every complaint of the plan is known, agreed on and explained, and nothing is doubled."""
    planned = small()
    report, played = story.play_in(tmp_path, planned, None, error_console())
    assert report.sentences == ()
    assert report.failures == ()
    assert played.unplayed == []
    assert report.agreement.checked == len(planned.cases)
    assert report.rebuild is not None
    assert report.rebuild.differences == ()
    assert report.rebuild.observations > 100
    assert report.known_to_two >= 0.3 * len(planned.cases)
    assert audit_folder(tmp_path) == report
    assert any(line["account"] == "zenki" for line in json_lines(tmp_path / "wire.jsonl"))


def test_story_holds_though_a_fifth_of_all_requests_fails(tmp_path: Path) -> None:
    """In every way at once, with lost and doubled webhooks: nothing is lost, nothing is doubled."""
    planned = small()
    trouble = Trouble(0.2, seed=5)
    report, played = story.play_in(tmp_path, planned, None, error_console(), trouble)
    assert report.sentences == ()
    assert report.failures == ()
    assert played.unexplained(report.unsure) == []
    assert report.rebuild is not None
    assert report.rebuild.differences == ()
    assert report.provider_duplicates == 0
    lines = list(json_lines(tmp_path / "wire.jsonl"))
    met = {line["fault"] for line in lines if line["fault"]}
    assert met == {*SURVIVABLE}
    assert 0.15 < sum(line["fault"] is not None for line in lines) / len(lines) < 0.25


def test_default_story_holds(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`redress demo --json --keep DIR` says on standard output that the audit holds."""
    code = demo.run(seed=2, as_json=True, keep=tmp_path)
    told = json.loads(capsys.readouterr().out)
    assert told["sentences"] == []
    assert told["unplayed"] == []
    assert told["holds"] is True
    assert code == 0
    assert told["deadlines"]["overdue"] == told["deadlines"]["planned"] > 0
    assert told["agreement"]["conflict"] >= 2
    assert told["provider_duplicates"] == 0
    assert audit_folder(tmp_path).holds
