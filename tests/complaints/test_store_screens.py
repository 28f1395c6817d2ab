"""What people look at: rest, overview, one case, manual actions, a dump."""

from __future__ import annotations

import json
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from complaints import flow
from complaints.acts import FORM, AttachFile
from complaints.ports import Receipt, Transient
from complaints.store import Store
from complaints.store.receipts import Arrival
from complaints.store.screens import Rest
from complaints.vocabulary import OPERATOR, ComplaintNumber, Result, Source, Status
from tests.complaints.fakes import House, document
from tests.complaints.records import BOT, CZ, DESK, NOW, ZENKI, change, external, history

NUMBER = ({"space": "number", "value": "n1"},)


def busy(house: House) -> ComplaintNumber:
    """One case that was raised, filed, moved and overdue; returns its number."""
    said = {"text": "Čajník teče", "raiser": "TELEGRAM:1", "name": "Asha Rao"}
    raised = change(Status.NEW, BOT, external_id="c1", claim=said, order_keys=NUMBER)
    house.hear(BOT, "raise", raised)
    house.fakes[DESK].answers.append(Receipt(result=Result.DONE, external_id=external("d1")))
    shown = change(
        Status.WAITING, external_id="d1", events=history(Status.NEW, Status.OPEN, Status.WAITING)
    )
    house.fakes[DESK].documents[external("d1")] = document(shown)
    house.settle()
    with house.store.engine.connect() as connection:
        return ComplaintNumber(
            connection.execute(text("SELECT number FROM complaint")).scalar_one()
        )


# -- rest --------------------------------------------------------------------------------


def test_an_empty_store_is_at_rest(opened: Store) -> None:
    """Nothing to decide, push, read or tell."""
    rest = opened.at_rest(NOW)
    assert (rest, bool(rest)) == (Rest(0, 0, 0, 0), False)


def test_rest_counts_everything_that_is_due(house: House) -> None:
    """Whatever lease, retry or pause it waits for; what is due later isn't counted."""
    store = house.store
    house.hear(BOT, "1", change(Status.NEW, BOT, external_id="c1"))
    assert store.at_rest(NOW) == Rest(1, 0, 0, 0)
    store.receipts.claim([BOT], 10, 3600)
    assert store.at_rest(NOW) == Rest(1, 0, 0, 0)
    with store.engine.begin() as connection:
        connection.execute(text("UPDATE receipt SET lease_until_tech = NULL"))
    flow.reconcile(house.deps)
    assert store.at_rest(NOW) == Rest(0, 1, 0, 0)
    house.fakes[DESK].answers.append(Transient("503"))
    flow.push(house.deps)
    store.accounts.pause(DESK, "bad key", NOW)
    assert store.at_rest(NOW) == Rest(0, 1, 0, 1)
    for notice in store.notices.claim(10, 30):
        store.notices.told(notice, NOW)
    assert store.at_rest(NOW) == Rest(0, 1, 0, 0)
    with store.engine.begin() as connection:
        connection.execute(text("UPDATE push SET retry_tech = NULL"))
    claimed = store.pushes.claim([DESK], 30, NOW)
    assert claimed is not None
    assert store.at_rest(NOW) == Rest(0, 1, 0, 0)
    store.pushes.record(claimed, Receipt(result=Result.DONE, external_id=external("d1")), NOW)
    assert store.at_rest(NOW) == Rest(0, 0, 1, 0)
    assert store.at_rest(NOW - timedelta(seconds=1)) == Rest(0, 0, 0, 0)
    late = NOW + timedelta(days=40)
    assert store.at_rest(late).escalations == 1
    store.escalations.fire(late, 10)
    assert store.at_rest(late).escalations == 1
    for notice in store.notices.claim(10, 30):
        store.notices.told(notice, late)
    assert store.at_rest(late).escalations == 0


def test_a_persons_business_is_no_unrest(house: House) -> None:
    """Held, manual, parked and unknown pushes wait for somebody else."""
    busy(house)
    for state in ("held", "manual", "parked", "unknown", "superseded", "done"):
        with house.store.engine.begin() as connection:
            values = {"state": state, "why": "release" if state == "held" else None}
            connection.execute(text("UPDATE push SET state = :state, held_for = :why"), values)
        assert house.store.at_rest(NOW).pushes == 0


# -- overview ----------------------------------------------------------------------------


def test_an_empty_store_has_an_overview(opened: Store) -> None:
    """Zeros, not faults."""
    seen = opened.overview(NOW)
    assert (seen.accounts, seen.complaints, seen.pushes, seen.workers) == ([], {}, {}, {})
    assert (seen.conflicts, seen.overdue, seen.escalated, seen.last_tick_age) == (0, 0, 0, None)


def test_the_overview_adds_up(house: House) -> None:
    """Cases by status and outcome, conflicts, what is late, and each account's numbers."""
    busy(house)
    house.hear(BOT, "raise")
    rejected = change(Status.REJECTED, ZENKI, external_id="z9")
    house.hear(ZENKI, "z9", rejected)
    house.hear(ZENKI, "bad", change(subject="unreadable", reason="no JSON"))
    house.settle()
    house.hear(ZENKI, "pending", rejected)
    house.clock.pass_(days=60)
    house.store.escalations.fire(house.clock(), 10)
    seen = house.store.overview(NOW)
    assert seen.complaints == {"waiting": 1, "rejected": 1}
    assert seen.outcomes == {"none": 1, "refused": 1}
    assert (seen.overdue, seen.overdue_running, seen.escalated, seen.untold) == (1, 1, 1, 1)
    assert seen.pushes == {(DESK, "create", "done"): 1}
    lines = {line.name: line for line in seen.accounts}
    assert set(lines) == {BOT, DESK, ZENKI}
    assert (lines[BOT].duplicates, lines[BOT].verdicts) == (1, {"applied": 1})
    zenki = lines[ZENKI]
    assert zenki.verdicts == {"applied": 1, "quarantined": 1, "pending": 1}
    assert (zenki.pending, zenki.oldest_pending) == (1, NOW)
    assert lines[DESK].pushes == {"done": 1}
    assert lines[DESK].last_success_at == NOW
    assert lines[DESK].oldest_due_read is not None


def test_every_delivery_ends_as_one_thing(house: House) -> None:
    """Applied, superseded, quarantined or a duplicate: their numbers add up to the deliveries."""
    for n in range(7):
        house.hear(DESK, str(n % 3), change(Status.OPEN))
    house.hear(DESK, "x", change(subject="unreadable"))
    house.settle()
    (line,) = [line for line in house.store.overview(NOW).accounts if line.name == DESK]
    assert sum(line.verdicts.values()) + line.duplicates == 8
    assert line.pending == 0


# -- one case ----------------------------------------------------------------------------


def test_a_case_shows_all_that_is_known(house: House) -> None:
    """Keys, claim, what each account holds, and the timeline with the oldest first."""
    number = busy(house)
    house.clock.pass_(days=60)
    house.settle()
    seen = house.store.case(number)
    assert seen is not None
    assert (seen.status, seen.overdue, seen.origin) == (Status.WAITING, True, BOT)
    assert seen.order_keys == [("number", "n1")]
    assert seen.claim["text"] == "Čajník teče"
    assert [(m.account, m.external_id, m.word) for m in seen.mirrors] == [
        (BOT, "c1", "new"),
        (DESK, "d1", "waiting"),
    ]
    assert [(entry.what, entry.account) for entry in seen.timeline] == [
        ("observed", BOT),
        ("asked", DESK),
        ("sent", DESK),
        ("done", DESK),
        ("read back", DESK),
        ("moved", DESK),
        ("moved", DESK),
        ("escalated", ""),
        ("told", ""),
    ]
    moments = [entry.at for entry in seen.timeline]
    assert moments == sorted(moments)


@pytest.mark.parametrize(
    ("changed", "entries"),
    [
        ("state = 'held', held_for = 'amount', sent = 0, ended_at = NULL", ["asked", "held"]),
        ("state = 'manual', sent = 0, ended_at = NULL", ["asked", "manual"]),
        ("state = 'due', sent = 0, ended_at = NULL", ["asked"]),
        ("state = 'sending', ended_at = NULL", ["asked", "sent"]),
        ("state = 'unknown', acked = 0, ended_at = NULL", ["asked", "sent", "unknown"]),
        ("state = 'parked', acked = 0", ["asked", "sent", "parked"]),
        ("state = 'superseded', acked = 0, sent = 0", ["asked", "superseded"]),
        ("state = 'done'", ["asked", "sent", "done"]),
    ],
    ids=lambda value: value.split("'")[1] if isinstance(value, str) else "",
)
def test_the_timeline_tells_the_life_of_a_push(
    house: House, changed: str, entries: list[str]
) -> None:
    """From being asked for to its end, or to where it stands."""
    number = busy(house)
    with house.store.engine.begin() as connection:
        connection.exec_driver_sql(f"UPDATE push SET {changed}")  # noqa: S608
    seen = house.store.case(number)
    assert seen is not None
    life = {"asked", "held", "manual", "sent", "done", "unknown", "parked", "superseded"}
    assert [entry.what for entry in seen.timeline if entry.what in life] == entries


def test_the_timeline_tells_conflicts_and_their_end(house: House) -> None:
    """Who stands against whom, each in its own word; and that they agree again."""
    number = busy(house)
    told = history(Status.NEW, Status.OPEN, Status.WAITING, Status.RESOLVED)
    shown = change(Status.RESOLVED, external_id="d1", word="resolve", events=told)
    house.fakes[DESK].documents[external("d1")] = document(shown)
    house.clock.pass_(hours=1)
    house.settle()
    house.hear(BOT, "against", change(Status.REJECTED, BOT, external_id="c1", word="no"))
    house.settle()
    house.clock.pass_(hours=1)
    house.hear(BOT, "agrees", change(Status.RESOLVED, BOT, external_id="c1", word="yes"))
    house.settle()
    seen = house.store.case(number)
    assert seen is not None
    decided = [(e.account, e.text) for e in seen.timeline if e.what == "decided"]
    assert decided == [
        (BOT, "a conflict: cz-desk against cz-bot (no)"),
        (BOT, "no conflict any more"),
    ]


def test_the_timeline_tells_of_files(house: House) -> None:
    """Once, as what it is: by its name."""
    number = busy(house)
    content = b"%PDF-1.7"
    digest = house.store.attachments.keep(content, "application/pdf", NOW)
    act = AttachFile(
        shop=CZ, by="eva", number=number, digest=digest, name="a.pdf", media_type="application/pdf"
    )
    arrival = Arrival(
        account=OPERATOR,
        source=Source.OPERATOR,
        form=FORM,
        body=act.model_dump_json().encode(),
        dedupe_key="attach",
    )
    house.store.receipts.keep([arrival], NOW)
    house.settle()
    seen = house.store.case(number)
    assert seen is not None
    told = [(e.what, e.text) for e in seen.timeline if e.account == OPERATOR]
    assert told == [("attached", "a.pdf (application/pdf)")]


def test_a_forgotten_customer_leaves_the_case(house: House) -> None:
    """Bodies and claims can be deleted without touching anything else."""
    number = busy(house)
    with house.store.engine.begin() as connection:
        connection.execute(text("DELETE FROM payload"))
        connection.execute(text("DELETE FROM claim"))
    seen = house.store.case(number)
    assert seen is not None
    assert (seen.claim, seen.status) == ({}, Status.WAITING)
    assert len(seen.timeline) == 7
    house.clock.pass_(days=1)
    house.settle()


def test_a_number_that_nobody_has_shows_nothing(opened: Store) -> None:
    """None, not a fault."""
    assert opened.case(ComplaintNumber("99999")) is None


# -- the dump ----------------------------------------------------------------------------


def test_a_dump_holds_every_row_and_no_body(house: House, tmp_path: Path) -> None:
    """JSON lines with the name of their table; raw bodies and leases' owners aside."""
    busy(house)
    file = tmp_path / "dump.jsonl"
    house.store.dump(file)
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    counted = Counter(row["table"] for row in rows)
    with house.store.engine.connect() as connection:
        for table, dumped in counted.items():
            found = connection.exec_driver_sql(f'SELECT count(*) FROM "{table}"')  # noqa: S608
            assert found.scalar_one() == dumped
    assert counted["complaint"] == counted["claim"] == 1
    assert counted["observation"] == counted["receipt"] == 2
    assert "payload" not in counted
    (case,) = [row for row in rows if row["table"] == "complaint"]
    assert case["status"] == "waiting"
