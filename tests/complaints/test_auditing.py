"""The audit of drift: fresh reads against the store, and what is done about a difference."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from complaints import auditing, flow
from complaints.drift import Drift
from complaints.model import Change, Observation
from complaints.ports import NeedsHuman, Transient
from complaints.vocabulary import AccountName, Purpose, Status, Subject
from tests.complaints.fakes import FakeProvider, House, document
from tests.complaints.records import BOT, DESK, ZENKI, change, external
from tests.complaints.test_matching import QUIET_SHOP, rows
from tests.pipeline import Pipeline

GONE = document(change(subject=Subject.GONE, reason="not shown"))


@pytest.fixture
def shop(opened: Any) -> House:
    """A store with five cases of the desk, read and agreed on."""
    house = House(opened, accounts=QUIET_SHOP)
    for n in range(5):
        shows(house, n, Status.OPEN)
        house.hear(DESK, f"first {n}", change(Status.OPEN, external_id=f"d{n}"))
    house.settle()
    return house


def shows(house: House, n: int, status: Status) -> None:
    """What the desk shows of its case from now on."""
    name = external(f"d{n}")
    house.fakes[DESK].documents[name] = document(change(status, external_id=name))


def audit(house: House, *accounts: AccountName, sample: int | None = None) -> auditing.Report:
    """Audit the desk; one report."""
    (report,) = auditing.audit(house.deps, accounts or [DESK], sample)
    return report


def test_what_agrees_is_said_to_agree(shop: House) -> None:
    """No drift, nothing to mend, and the sums are kept."""
    report = audit(shop)
    assert report.sums == {Drift.AGREES: 5}
    assert (report.drifted, report.left, auditing.repair(shop.deps, [report])) == ([], 0, 0)
    assert rows(shop, "SELECT account, checked, drifted FROM audit") == [(DESK, 5, 0)]


def test_an_audit_observes_nothing(shop: House) -> None:
    """It reads, and no receipt, no mirror, no push comes of it."""
    shows(shop, 1, Status.RESOLVED)
    before = rows(shop, "SELECT count(*), max(seq) FROM receipt")
    report = audit(shop)
    assert [(one.external_id, one.drift) for one in report.drifted] == [("d1", Drift.MISSED)]
    assert report.drifted[0].number is not None
    assert rows(shop, "SELECT count(*), max(seq) FROM receipt") == before


def test_what_was_missed_is_mended_by_the_ordinary_path(shop: House) -> None:
    """Read again, kept, decided; then all agrees, though that case was read no more."""
    with shop.store.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE mirror SET next_read_at = NULL")
    shows(shop, 1, Status.RESOLVED)
    assert auditing.repair(shop.deps, [audit(shop)]) == 1
    shop.settle()
    assert rows(shop, "SELECT status FROM complaint WHERE status <> 'open'") == [("resolved",)]
    assert audit(shop).sums == {Drift.AGREES: 5}


def test_a_lost_push_is_found(shop: House) -> None:
    """It was acknowledged, and its effect isn't there: it is read, and asked for anew if wanted."""
    statement = text("""
INSERT INTO push (key, complaint_id, account, kind, target, external_id, reason, state, cause,
  created_at, sent, acked)
SELECT 'x', home, account, 'set_status', 'waiting', external_id, '', 'done', 1,
  (SELECT max(received_at) FROM receipt), as_of + 1, as_of + 2
FROM mirror WHERE external_id = 'd0'
""")
    with shop.store.engine.begin() as connection:
        connection.execute(statement)
    report = audit(shop)
    assert [one.drift for one in report.drifted] == [Drift.LOST_PUSH]
    assert report.repairable == report.drifted


def test_what_is_under_way_is_no_drift(shop: House) -> None:
    """An observation that waits to be decided explains what differs."""
    shows(shop, 1, Status.RESOLVED)
    shop.hear(DESK, "later", change(Status.RESOLVED, external_id="d1"))
    report = audit(shop)
    assert report.sums[Drift.PENDING] >= 1
    assert report.drifted == []


def test_what_moves_during_the_read_is_no_drift(shop: House) -> None:
    """The store heard of it while the account was asked."""

    class Slow(FakeProvider):
        def fetch(self, external_id: Any) -> Any:
            """Something is decided meanwhile."""
            if external_id == "d1":
                shop.hear(DESK, "meanwhile", change(Status.RESOLVED, external_id="d1"))
                while flow.reconcile(shop.deps):
                    pass
            return super().fetch(external_id)

    slow = Slow(shop.deps.accounts[DESK])
    slow.documents = shop.fakes[DESK].documents
    shop.deps = replace(shop.deps, providers={**shop.deps.providers, DESK: slow})
    assert audit(shop).sums == {Drift.AGREES: 4, Drift.PENDING: 1}


def test_absence_takes_two_looks(shop: House) -> None:
    """The first is noted; the second, later, confirms it; nothing of the case changes."""
    shop.fakes[DESK].documents[external("d1")] = GONE
    assert [one.confirmed for one in audit(shop).drifted] == [False]
    shop.clock.pass_(minutes=59)
    assert [one.confirmed for one in audit(shop).drifted] == [False]
    shop.clock.pass_(minutes=1)
    assert [one.confirmed for one in audit(shop).drifted] == [True]
    assert rows(shop, "SELECT DISTINCT status FROM complaint") == [("open",)]
    assert audit(shop).repairable == []


def test_a_record_that_is_shown_again_was_not_gone(shop: House) -> None:
    """Two looks with a sighting between them are one each."""
    shop.fakes[DESK].documents[external("d1")] = GONE
    audit(shop)
    shows(shop, 1, Status.OPEN)
    audit(shop)
    assert rows(shop, "SELECT FROM sighting") == []
    shop.clock.pass_(hours=2)
    shop.fakes[DESK].documents[external("d1")] = GONE
    assert [one.confirmed for one in audit(shop).drifted] == [False]


def test_absence_means_nothing_while_the_key_is_refused(shop: House) -> None:
    """Without a working ping nothing is noted."""

    class Refused(FakeProvider):
        def check(self) -> str:
            """The key isn't good."""
            raise NeedsHuman("bad key")

    refused = Refused(shop.deps.accounts[DESK])
    refused.documents = {**shop.fakes[DESK].documents, external("d1"): GONE}
    shop.deps = replace(shop.deps, providers={**shop.deps.providers, DESK: refused})
    for _ in range(2):
        assert [one.confirmed for one in audit(shop).drifted] == [False]
        shop.clock.pass_(hours=2)
    assert rows(shop, "SELECT FROM sighting") == []


def test_a_mass_disappearance_is_not_believed_and_told_once(shop: House) -> None:
    """Rather the account has changed: nothing is noted, and a person hears of it."""
    for n in range(4):
        shop.fakes[DESK].documents[external(f"d{n}")] = GONE
    for _ in range(2):
        report = audit(shop)
        assert (report.vanished, report.sums[Drift.NOT_VISIBLE]) == (True, 4)
        assert not any(one.confirmed for one in report.drifted)
    assert rows(shop, "SELECT FROM sighting") == []
    flow.escalate(shop.deps)
    (told,) = [note for note in shop.notes.told if note.kind == auditing.VANISHED]
    assert (told.facts["account"], told.facts["gone"], told.facts["checked"]) == (DESK, 4, 5)


@pytest.mark.parametrize("fault", [Transient("503"), NeedsHuman("bad key")])
def test_an_account_without_answers_is_left(shop: House, fault: Exception) -> None:
    """One record is said to be unreachable, the rest are left, with the reason."""
    shop.fakes[DESK].documents[external("d0")] = fault
    report = audit(shop)
    assert report.sums == {Drift.UNREACHABLE: 1}
    assert (report.left, report.why_left, report.drifted) == (5, str(fault), [])


@pytest.mark.parametrize("where", ["fetch", "parse"])
def test_a_fault_of_an_adapter_keeps_no_other_record_from_being_compared(
    shop: House, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is raised when all are done, and its record isn't the first in turn for ever."""
    if where == "fetch":
        shop.fakes[DESK].documents[external("d0")] = ValueError("what is this?")
    else:
        real = FakeProvider.parse

        def parsed(self: FakeProvider, observation: Observation) -> tuple[Change, ...]:
            if observation.external_id == "d0":
                raise ValueError("what is this?")
            return real(self, observation)

        monkeypatch.setattr(FakeProvider, "parse", parsed)
    with pytest.raises(ValueError, match="what is this"):
        audit(shop)
    assert rows(shop, "SELECT checked, drifted FROM audit") == [(5, 0)]


def test_records_take_turns(shop: House) -> None:
    """Those that were never audited, or longest ago, come first; every one in its turn."""
    seen: list[str] = []
    for _ in range(3):
        seen += [one.external_id for one in audit(shop, sample=2).findings]
        shop.clock.pass_(hours=1)
    assert sorted(seen[:5]) == [f"d{n}" for n in range(5)]
    assert seen[5] == seen[0]


def test_an_audit_takes_what_the_budget_leaves(shop: House) -> None:
    """And says how much it has left out."""

    class Tight:
        left = 2

        def open(self, accounts: Any, purpose: Purpose) -> Any:
            """Everybody may ask."""
            return list(accounts)

        def take(
            self, account: Any, purpose: Purpose, requests: int = 1, subject: str = ""
        ) -> float:
            """Two reads, then a pause."""
            assert purpose is Purpose.POLL
            self.left -= requests
            return 0.0 if self.left >= 0 else 30.0

    shop.deps = replace(shop.deps, budget=Tight())
    report = audit(shop)
    assert (len(report.findings), report.left) == (2, 3)
    assert report.why_left == "the budget is used up for 30 s"


def test_only_accounts_that_can_be_read_are_audited(shop: House) -> None:
    """The chat isn't one of them."""
    assert auditing.audit(shop.deps, [BOT], None) == []
    assert [one.account for one in auditing.audit(shop.deps, [BOT, ZENKI], None)] == [ZENKI]


def test_a_beat_compares_some_and_mends(shop: House) -> None:
    """By itself: what differs is due to be read."""
    shows(shop, 1, Status.RESOLVED)
    assert flow.SWEEPS["audit"](shop.deps) == 5
    shop.settle()
    assert rows(shop, "SELECT count(*) FROM complaint WHERE status = 'resolved'") == [(1,)]


def test_old_audits_are_forgotten(shop: House) -> None:
    """After three months; younger ones say how much drifts."""
    audit(shop)
    shop.clock.pass_(days=91)
    shows(shop, 1, Status.RESOLVED)
    audit(shop)
    assert len(rows(shop, "SELECT FROM audit")) == 1
    (rate,) = shop.store.audits.rates(shop.clock() - timedelta(days=1))
    assert (rate.account, rate.checked, rate.drifted) == (DESK, 5, 1)


@pytest.mark.story
def test_a_move_at_the_real_desk_is_found_and_mended(pipeline: Pipeline) -> None:
    """Over HTTP: staff move a case, the audit finds it before a poll does, a read mends it."""
    pipeline.order(1)
    number = pipeline.complain(1)
    pipeline.settle()
    desk = {one: str(shown["id"]) for one, shown in pipeline.at_desk().items()}
    assert not any(report.drifted for report in auditing.audit(pipeline.deps, [DESK, ZENKI], None))
    pipeline.staff(desk[number], "open", "resolve")
    report, *_ = auditing.audit(pipeline.deps, [DESK], None)
    assert [(one.number, one.drift, one.there) for one in report.drifted] == [
        (number, Drift.MISSED, "resolve")
    ]
    auditing.repair(pipeline.deps, [report])
    pipeline.settle()
    assert not any(report.drifted for report in auditing.audit(pipeline.deps, [DESK], None))
