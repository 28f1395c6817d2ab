"""drift, as people type it."""

from __future__ import annotations

import json

import pytest

from complaints import flow
from complaints.auditing import Finding, Report
from complaints.drift import Drift
from complaints.flow import Deps
from complaints.vocabulary import AccountName, ComplaintNumber, ExternalId
from providers.imports import IMPORT_ORDER, import_body
from tests.worker.test_cli import Redress, ready, redress, with_store
from worker.cli import drift as screen

__all__ = ["ready", "redress"]

DESK = AccountName("demo-desk")


def known(deps: Deps) -> None:
    """A case of a desk that nobody answers for."""
    body = import_body({"order_hash": "a" * 32, "order_number": "7", "zenki_order_id": "z" * 32})
    row = flow.ImportRow("1", IMPORT_ORDER, None, body)
    flow.import_rows(deps, DESK, [row])
    while flow.reconcile(deps):
        pass


def finding(n: int, drift: Drift, *, confirmed: bool = True) -> Finding:
    """One record that was compared."""
    return Finding(
        id=n,
        account=DESK,
        external_id=ExternalId(f"d{n}"),
        number=ComplaintNumber("10017"),
        drift=drift,
        here="open",
        there="done",
        confirmed=confirmed,
    )


def test_nothing_to_compare_is_no_fault(ready: Redress) -> None:
    """An empty store agrees with everybody."""
    said = ready("drift")
    assert (said.code, said.out.strip()) == (0, "There is nothing to compare.")


def test_an_account_without_answers_is_named(ready: Redress, database_url: str) -> None:
    """The record is unreachable, which is no drift; the reason is told."""
    with_store(known)
    said = ready("drift", "--account", "demo-pay")
    assert (said.code, "unreachable" in said.out, "left" in said.out) == (0, True, True)
    (report,) = json.loads(ready("drift", "-a", "demo-pay", "--json").out)
    assert (report["sums"], report["drifted"], report["left"]) == ({"unreachable": 1}, [], 1)


def test_wrong_usage_is_told(ready: Redress) -> None:
    """An account that isn't there, a sample of nothing."""
    assert ready("drift", "-a", "nowhere").code == 2
    assert ready("drift", "--sample", "0").code == 2


def test_what_differs_is_listed_with_its_cure(capsys: pytest.CaptureFixture[str]) -> None:
    """A line each, sums, rate; a record that wasn't shown is not called gone at once."""
    report = Report(DESK, left=3, why_left="the budget is used up for 30 s")
    report.findings = [
        finding(1, Drift.AGREES),
        finding(2, Drift.LOST_PUSH),
        finding(3, Drift.NOT_VISIBLE, confirmed=False),
        finding(4, Drift.MAPPING_HOLE),
    ]
    screen.tell([report])
    said = capsys.readouterr().out
    assert "lost push" in said
    assert "not visible, for the first time" in " ".join(said.split())
    assert "a table of words must be mended" in said
    assert "3 left: the budget is used up for 30 s" in said
    assert "drift rate: 75.0%" in said


def test_a_mass_disappearance_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """As what it is."""
    report = Report(DESK, findings=[finding(1, Drift.NOT_VISIBLE, confirmed=False)], vanished=True)
    screen.tell([report])
    assert "none of it is believed to be gone" in " ".join(capsys.readouterr().out.split())
