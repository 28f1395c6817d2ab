"""Each step by itself: what it claims, what it records, and what a fault does to the rest."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from complaints import flow
from complaints.explaining import FIELDS
from complaints.flow import ImportRow, Limits, UnknownAccount
from complaints.ports import Boundless, NeedsHuman, Receipt, Rejected, Transient
from complaints.store import Store
from complaints.vocabulary import AccountName, Capability, Purpose, Result, Status, Subject
from tests.complaints.fakes import FakeProvider, House, document
from tests.complaints.records import (
    ACCOUNTS,
    BOT,
    DESK,
    NOW,
    RULES,
    ZENKI,
    change,
    external,
    history,
)


def rows(house: House, sql: str) -> list[tuple[object, ...]]:
    """Rows of a query."""
    with house.store.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(sql))]


def follow(house: House, *names: str, account: AccountName = DESK) -> None:
    """Cases of an account that are known, running, and due to be read."""
    for name in names:
        house.hear(account, f"first {name}", change(Status.NEW, account, external_id=name))
    while flow.reconcile(house.deps):
        pass
    with house.store.engine.begin() as connection:
        connection.execute(text("DELETE FROM push"))
        connection.execute(text("UPDATE mirror SET next_read_at = :now"), {"now": NOW})


# -- receive -----------------------------------------------------------------------------


def test_a_delivery_is_kept_before_anything_is_decided(house: House) -> None:
    """Raw, once, and somebody is nudged."""
    deps = house.deps
    first = flow.receive(deps, ZENKI, "", {"delivery": "1"}, b"raw")
    again = flow.receive(deps, ZENKI, "", {"delivery": "1"}, b"other")
    assert (first.fresh, again) == (True, (first.seq, False))
    assert rows(house, "SELECT body FROM payload") == [(b"raw",)]
    assert rows(house, "SELECT source, form FROM observation") == [("webhook", "webhook")]
    assert set(house.nudged) == {"reconcile"}


def test_what_isnt_authentic_is_not_kept(house: House) -> None:
    """Nor is what comes for an account that receives nothing, or that nobody knows."""
    with pytest.raises(Rejected):
        flow.receive(house.deps, ZENKI, "", {}, b"raw")
    for account in (DESK, AccountName("nobody")):
        with pytest.raises(UnknownAccount):
            flow.receive(house.deps, account, "", {"delivery": "1"}, b"raw")
    assert rows(house, "SELECT count(*) FROM receipt") == [(0,)]


def test_an_import_answers_for_each_row(house: House) -> None:
    """In its order, with repeats inside one file too."""
    imported = [ImportRow(name, "import", external(name), b"[]") for name in ("a", "b", "a")]
    kept = flow.import_rows(house.deps, DESK, imported)
    assert [one.fresh for one in kept] == [True, True, False]
    assert kept[0].seq == kept[2].seq
    assert [one.fresh for one in flow.import_rows(house.deps, DESK, imported[:1])] == [False]
    assert flow.import_rows(house.deps, DESK, []) == []
    assert rows(house, "SELECT count(*), sum(deliveries) FROM receipt") == [(2, 3)]


# -- poll --------------------------------------------------------------------------------


def test_a_read_that_differs_is_kept(house: House) -> None:
    """And the next one, that says the same, isn't."""
    follow(house, "d1")
    fake = house.fakes[DESK]
    fake.documents[external("d1")] = document(change(Status.OPEN, external_id="d1"))
    house.nudged.clear()
    assert flow.poll(house.deps) == 1
    assert "reconcile" in house.nudged
    assert flow.reconcile(house.deps) == 1
    house.nudged.clear()
    house.clock.pass_(minutes=5)
    assert flow.poll(house.deps) == 1
    assert "reconcile" not in house.nudged
    assert flow.reconcile(house.deps) == 0
    assert fake.read == ["d1", "d1"]


def test_there_and_back_again_are_two_changes(house: House) -> None:
    """A document that says what it said before last is news: it is compared with the last."""
    follow(house, "d1")
    for status in (Status.OPEN, Status.WAITING, Status.OPEN):
        house.fakes[DESK].documents[external("d1")] = document(change(status, external_id="d1"))
        house.clock.pass_(minutes=5)
        house.settle()
    kept = "SELECT count(*) FROM observation WHERE form = 'document' AND external_id = 'd1'"
    assert rows(house, kept) == [(3,)]
    moves = "SELECT before || ' > ' || after FROM transition ORDER BY id"
    assert [move for (move,) in rows(house, moves)] == [
        "new > open",
        "open > waiting",
        "waiting > open",
    ]


def test_a_read_that_fails_for_now_ends_its_accounts_turn(house: House) -> None:
    """It waits, the account's others are handed back, and other accounts are read."""
    follow(house, "d1", "d2", "d3")
    follow(house, "z1", account=ZENKI)
    house.fakes[DESK].documents[external("d1")] = Transient("503")
    assert flow.poll(house.deps) == 3
    assert house.fakes[DESK].read == ["d1"]
    assert rows(house, "SELECT external_id FROM mirror WHERE failures > 0") == [("d1",)]
    assert flow.poll(house.deps) == 2
    assert house.fakes[DESK].read == ["d1", "d2", "d3"]
    assert flow.poll(house.deps) == 1
    assert house.fakes[ZENKI].read == ["z1"]


def failing(house: House, *names: str) -> None:
    """The desk gives no answer about these, and every try is due."""
    for name in names:
        house.fakes[DESK].documents[external(name)] = Transient("503")


def hurry(house: House) -> None:
    """Waits of single reads are over."""
    with house.store.engine.begin() as connection:
        connection.execute(text("UPDATE mirror SET retry_tech = NULL"))


def test_an_account_that_fails_in_a_row_is_left_alone(opened: Store) -> None:
    """It asked for no time itself; the others aren't kept waiting by it."""
    house = House(opened, limits=Limits(patience=3, rest=600, longest_rest=900))
    follow(house, "d1")
    follow(house, "z1", account=ZENKI)
    failing(house, "d1")
    for _ in range(3):
        assert flow.poll(house.deps) == 1
        hurry(house)
    assert flow.poll(house.deps) == 1
    assert house.fakes[ZENKI].read == ["z1"]
    assert flow.poll(house.deps) == 0
    assert house.fakes[DESK].read == ["d1"] * 3
    sql = "SELECT failures, not_before_tech > clock_timestamp() + interval '9 min' FROM account"
    assert rows(house, sql + " WHERE name = 'cz-desk'") == [(3, True)]


def test_a_success_in_between_begins_anew(opened: Store) -> None:
    """Single failures, however many, keep nobody away."""
    house = House(opened, limits=Limits(patience=2, rest=600))
    follow(house, "d1", "d2")
    failing(house, "d1")
    for _ in range(4):
        flow.poll(house.deps)
        with opened.engine.begin() as connection:
            connection.execute(text("UPDATE mirror SET next_read_at = :now"), {"now": NOW})
        hurry(house)
        house.fakes[DESK].documents[external("d1")] = b"[]"
        flow.poll(house.deps)
        failing(house, "d1")
        with opened.engine.begin() as connection:
            connection.execute(text("UPDATE mirror SET next_read_at = :now"), {"now": NOW})
    assert rows(house, "SELECT failures FROM account WHERE name = 'cz-desk'") == [(0,)]
    assert DESK in house.deps.able(Capability.FETCH)


def test_the_rest_grows_to_a_limit(opened: Store) -> None:
    """Twice as long after each further failure."""
    house = House(opened, limits=Limits(patience=1, rest=100, longest_rest=300))
    follow(house, "d1")
    failing(house, "d1")
    waits = []
    for _ in range(4):
        flow.poll(house.deps)
        hurry(house)
        sql = "SELECT extract(epoch FROM not_before_tech - clock_timestamp())::int FROM account"
        waits.append(rows(house, sql + " WHERE name = 'cz-desk'")[0][0])
        with opened.engine.begin() as connection:
            connection.execute(text("UPDATE account SET not_before_tech = NULL"))
    assert waits == [100, 200, 300, 300]


def test_a_read_that_asks_for_time_stops_its_account(house: House) -> None:
    """Until then nobody calls it, for reads and for writes."""
    follow(house, "d1", "d2")
    house.fakes[DESK].documents[external("d1")] = Transient("429", 600)
    assert flow.poll(house.deps) == 2
    assert flow.poll(house.deps) == 0
    assert house.fakes[DESK].read == ["d1"]
    assert house.deps.able(Capability.FETCH, Capability.CREATE) == [ZENKI]


def test_a_read_that_needs_a_person_pauses_its_account(house: House) -> None:
    """Somebody is told once; the reads stay due."""
    follow(house, "d1", "d2")
    house.fakes[DESK].documents[external("d1")] = NeedsHuman("bad key")
    assert flow.poll(house.deps) == 2
    assert flow.poll(house.deps) == 0
    assert "escalate" in house.nudged
    assert [flow.escalate(house.deps), flow.escalate(house.deps)] == [1, 0]
    assert house.notes.stopped == [(DESK, "bad key")]
    assert house.store.at_rest(NOW).reads == 2


def test_a_read_that_hits_a_bug_takes_no_neighbour_along(house: House) -> None:
    """It fails loudly and waits longer each time; all others are read."""
    follow(house, "d1", "d2", "d3")
    follow(house, "z1", account=ZENKI)
    house.fakes[DESK].documents[external("d1")] = ZeroDivisionError("a bug")
    with pytest.raises(ZeroDivisionError):
        flow.poll(house.deps)
    assert house.fakes[DESK].read == ["d1", "d2", "d3"]
    assert flow.poll(house.deps) == 1
    assert house.fakes[ZENKI].read == ["z1"]
    assert rows(house, "SELECT external_id FROM mirror WHERE failures > 0") == [("d1",)]
    assert flow.poll(house.deps) == 0
    assert house.store.at_rest(NOW).reads == 1


def test_a_provider_that_forgets_isnt_asked_for_ever(house: House) -> None:
    """A history that has become shorter is read again, but not at once and for ever."""
    follow(house, "d1")
    long, short = history(Status.NEW, Status.OPEN, Status.OPEN), history(Status.NEW)
    fake = house.fakes[DESK]
    fake.documents[external("d1")] = document(change(Status.OPEN, external_id="d1", events=long))
    house.settle()
    fake.documents[external("d1")] = document(change(Status.NEW, external_id="d1", events=short))
    fake.read.clear()
    house.clock.pass_(hours=1)
    house.settle()
    house.clock.pass_(hours=1)
    house.settle()
    assert 2 <= len(fake.read) <= 6
    assert rows(house, "SELECT status FROM complaint") == [("open",)]


# -- reconcile ---------------------------------------------------------------------------


def test_every_observation_ends_with_a_verdict(house: House) -> None:
    """Applied, superseded or quarantined, with a reason for the latter two; none is pending."""
    house.hear(DESK, "1", change(Status.OPEN, events=history(Status.NEW, Status.OPEN)))
    house.hear(DESK, "2", change(Status.NEW, events=history(Status.NEW)))
    house.hear(DESK, "3", change(Status.OPEN, events=history(Status.NEW, Status.OPEN)))
    house.hear(DESK, "4", change(Status.OPEN, subject=Subject.UNREADABLE, reason="no JSON"))
    house.hear(DESK, "5", change(Status.OPEN, subject=Subject.GONE))
    house.hear(DESK, "6", change(Status.OPEN, external_id=None))
    house.hear(DESK, "7")
    assert flow.reconcile(house.deps) == 7
    assert rows(house, "SELECT verdict, reason FROM receipt ORDER BY seq") == [
        ("applied", None),
        ("superseded", "older-history"),
        ("applied", None),
        ("quarantined", "no JSON"),
        ("applied", "not visible"),
        ("quarantined", "a complaint without an id"),
        ("superseded", "says nothing"),
    ]


def test_a_decision_can_be_explained(house: House) -> None:
    """Rule, version of the rules, and each field with its winner."""
    seq = house.hear(DESK, "1", change(Status.OPEN))
    flow.reconcile(house.deps)
    ((at, rule, version, fields),) = rows(
        house, "SELECT seq, rule, rules_version, fields FROM decision"
    )
    assert (at, rule, version) == (seq, "new-case/newest-in-account", "1")
    assert isinstance(fields, list)
    told = {f["field"]: (f["value"], f["winner"], f["by"]) for f in fields}
    assert set(told) == set(FIELDS)
    assert told["status"] == ("open", DESK, seq)
    assert told["origin"] == (DESK, DESK, seq)


def test_an_observation_that_hits_a_bug_takes_no_neighbour_along(opened: Store) -> None:
    """The batch is tried, then the bad one alone, then it is set aside; the rest is decided."""
    house = House(opened)
    # A body with text that PostgreSQL can't keep: saving it fails whenever it is tried.
    bad = change(Status.NEW, BOT, external_id="bad", claim={"text": "\0"})
    house.hear(BOT, "good 1", change(Status.NEW, BOT, external_id="good 1"))
    house.hear(BOT, "bad", bad)
    house.hear(BOT, "good 2", change(Status.NEW, BOT, external_id="good 2"))
    failures = 0
    for _ in range(12):
        try:
            if not flow.reconcile(house.deps) and not flow.sweep(house.deps):
                break
        except Exception:  # noqa: BLE001 - PostgreSQL's own
            failures += 1
    verdicts = rows(house, "SELECT verdict FROM receipt ORDER BY seq")
    assert verdicts == [("applied",), ("quarantined",), ("applied",)]
    assert failures == 6
    assert house.store.at_rest(NOW).receipts == 0


def test_a_batch_that_was_taken_over_records_nothing(house: House) -> None:
    """Its lease ran out while it was being decided: the other worker's result counts."""
    house.hear(DESK, "1", change(Status.OPEN))
    slow = house.store.receipts.claim([DESK], 10, 0)
    assert flow.reconcile(house.deps) == 1
    before = rows(house, "SELECT id, version FROM complaint")
    flow._decide(house.deps, slow)
    assert rows(house, "SELECT id, version FROM complaint") == before
    assert rows(house, "SELECT count(*) FROM decision") == [(1,)]


def test_shops_are_kept_apart(opened: Store) -> None:
    """The same order number in two shops is two orders, and each shop's own desk is told."""
    sk = AccountName("sk-desk")
    accounts = ACCOUNTS | {
        sk: ACCOUNTS[DESK].model_copy(update={"name": sk, "shop": "sk"}),
        AccountName("sk-bot"): ACCOUNTS[BOT].model_copy(update={"name": "sk-bot", "shop": "sk"}),
    }
    house = House(opened, accounts=accounts)
    shops = dict(house.deps.shops) | {"sk": RULES.model_copy(update={"name": "sk"})}
    object.__setattr__(house.deps, "shops", shops)
    keys = ({"space": "number", "value": "26000001"},)
    house.hear(BOT, "1", change(Status.NEW, BOT, external_id="c", order_keys=keys))
    other = change(Status.NEW, BOT, external_id="c", order_keys=keys)
    house.hear(AccountName("sk-bot"), "1", other)
    flow.reconcile(house.deps)
    assert rows(house, "SELECT shop FROM complaint ORDER BY id") == [("cz",), ("sk",)]
    assert rows(house, "SELECT count(DISTINCT order_id) FROM complaint") == [(2,)]
    pushed = "SELECT c.shop, p.account FROM push p JOIN complaint c ON c.id = p.complaint_id"
    assert sorted(rows(house, pushed)) == [("cz", DESK), ("sk", "sk-desk")]


def test_accounts_that_are_added_later_follow_known_orders(opened: Store) -> None:
    """An order that was imported before its payment accounts were connected."""
    house = House(opened, accounts={DESK: ACCOUNTS[DESK]})
    ids = ({"space": "hash", "value": "h"}, {"space": "payment", "value": "p"})
    import_row = change(subject=Subject.ORDER, external_id=None, order_keys=ids)
    house.hear(DESK, "before", import_row)
    house.settle()
    second = AccountName("cz-zenki2")
    both = {ZENKI: ACCOUNTS[ZENKI], second: ACCOUNTS[ZENKI].model_copy(update={"name": second})}
    house = House(opened, accounts=ACCOUNTS | both)
    house.hear(
        DESK, "after", import_row.model_copy(update={"order_keys": import_row.order_keys[:1]})
    )
    house.settle()
    assert house.fakes[ZENKI].read == house.fakes[second].read == ["p"]


# -- push --------------------------------------------------------------------------------


def raised(house: House, *names: str) -> None:
    """Complaints that the desk doesn't have yet."""
    for name in names:
        house.hear(BOT, name, change(Status.NEW, BOT, external_id=name))
    flow.reconcile(house.deps)


def test_a_push_goes_out_once(house: House) -> None:
    """Done is done, however often the step runs."""
    raised(house, "c1")
    assert flow.push(house.deps) == 1
    assert flow.push(house.deps) == 0
    assert [intent.kind for intent in house.fakes[DESK].sent] == ["create"]
    assert rows(house, "SELECT state, attempts FROM push") == [("done", 1)]


def test_a_push_that_failed_for_now_is_tried_again(opened: Store) -> None:
    """Other cases go on meanwhile; after its tries it is parked."""
    house = House(opened, limits=Limits(rest=0, tries=5))
    raised(house, "c1", "c2")
    house.fakes[DESK].answers.append(Transient("503"))
    assert flow.push(house.deps) == flow.push(house.deps) == 1
    assert rows(house, "SELECT state FROM push ORDER BY id") == [("due",), ("done",)]
    house.fakes[DESK].answers.extend([Transient("503")] * 20)
    for _ in range(10):
        with house.store.engine.begin() as connection:
            connection.execute(text("UPDATE push SET retry_tech = NULL"))
        flow.push(house.deps)
    assert rows(house, "SELECT state, attempts, detail FROM push ORDER BY id")[0] == (
        "parked",
        5,
        "503",
    )


def test_a_push_that_asks_for_time_stops_its_account(house: House) -> None:
    """All of its pushes wait."""
    raised(house, "c1", "c2")
    house.fakes[DESK].answers.append(Transient("429", 600))
    assert flow.push(house.deps) == 1
    assert flow.push(house.deps) == 0
    assert len(house.fakes[DESK].sent) == 1


def test_a_push_that_needs_a_person_pauses_its_account(house: House) -> None:
    """The try isn't counted and the push isn't lost."""
    raised(house, "c1", "c2")
    house.fakes[DESK].answers.append(NeedsHuman("bad key"))
    assert flow.push(house.deps) == 1
    assert flow.push(house.deps) == 0
    assert [flow.escalate(house.deps), flow.escalate(house.deps)] == [1, 0]
    assert house.notes.stopped == [(DESK, "bad key")]
    assert rows(house, "SELECT state, attempts FROM push ORDER BY id") == [("due", 0), ("due", 0)]
    house.store.accounts.resume(DESK)
    while flow.push(house.deps):
        pass
    assert rows(house, "SELECT state FROM push") == [("done",), ("done",)]


def test_a_push_that_hits_a_bug_waits_for_the_sweep(house: House) -> None:
    """Nobody knows what was sent: a create is unknown, and other cases go on."""
    raised(house, "c1", "c2")
    house.fakes[DESK].answers.append(ZeroDivisionError("a bug"))
    with pytest.raises(ZeroDivisionError):
        flow.push(house.deps)
    assert flow.push(house.deps) == 1
    assert rows(house, "SELECT state FROM push ORDER BY id") == [("sending",), ("done",)]
    with house.store.engine.begin() as connection:
        connection.execute(text("UPDATE push SET lease_until_tech = clock_timestamp()"))
    assert flow.sweep(house.deps) == 1
    assert rows(house, "SELECT state FROM push ORDER BY id") == [("unknown",), ("done",)]


def test_our_own_push_comes_home_as_an_echo(house: House) -> None:
    """The read-back shows what we sent: the status is ours, and nothing is sent again."""
    raised(house, "c1")
    fake = house.fakes[DESK]
    filed = Receipt(result=Result.DONE, external_id=external("d1"))
    fake.answers.extend([filed, filed])
    running = change(Status.OPEN, external_id="d1", events=history(Status.OPEN))
    fake.documents[external("d1")] = document(running)
    house.settle()
    house.hear(BOT, "end", change(Status.REJECTED, external_id="c1"))
    flow.reconcile(house.deps)
    events = history(Status.OPEN, Status.REJECTED)
    rejected = change(Status.REJECTED, external_id="d1", events=events)
    fake.documents[external("d1")] = document(rejected)
    house.settle()
    assert [intent.target for intent in fake.sent] == [None, Status.REJECTED]
    sql = "SELECT status, ours FROM mirror WHERE account = 'cz-desk'"
    assert rows(house, sql) == [("rejected", True)]
    sources = "SELECT source FROM observation WHERE account = 'cz-desk' ORDER BY seq"
    assert rows(house, sources) == [("read_back",), ("read_back",)]
    house.clock.pass_(days=1)
    house.settle()
    assert len(fake.sent) == 2


# -- sweeps ------------------------------------------------------------------------------


def test_a_look_calls_every_step(house: House) -> None:
    """Whatever was nudged before."""
    flow.look(house.deps)
    assert house.nudged == list(flow.STEPS)


def test_a_push_that_was_held_behind_a_release_is_let_go(opened: Store) -> None:
    """It was decided just before and saved just after; an account not released keeps its own."""
    live = ACCOUNTS | {DESK: ACCOUNTS[DESK].model_copy(update={"live": True})}
    house = House(opened, accounts=live)
    raised(house, "c1")
    assert flow.sweep(house.deps) == 0
    assert rows(house, "SELECT state FROM push") == [("held",)]
    house.store.accounts.release(DESK, "Jana", NOW)
    assert flow.sweep(house.deps) == 1
    assert rows(house, "SELECT state FROM push") == [("due",)]


def test_steps_with_nothing_to_do_do_nothing(house: House) -> None:
    """An empty store is at rest, and says so."""
    assert [step(house.deps) for step in flow.STEPS.values()] == [0, 0, 0, 0]
    assert flow.sweep(house.deps) == 0
    assert not house.store.at_rest(NOW + timedelta(days=365))


# -- budgets -----------------------------------------------------------------------------


class Purse:
    """A budget that refuses some purposes, and what was asked of it."""

    def __init__(self, *refused: Purpose) -> None:
        self.refused = set(refused)
        self.closed: set[Purpose] = set()
        self.asked: list[tuple[str, Purpose, int, str]] = []

    def open(self, accounts: Sequence[AccountName], purpose: Purpose) -> list[AccountName]:
        """All or none."""
        return [] if purpose in self.closed else list(accounts)

    def take(
        self, account: AccountName, purpose: Purpose, requests: int = 1, subject: str = ""
    ) -> float:
        """Refused for a minute, or granted."""
        self.asked.append((account, purpose, requests, subject))
        return 60.0 if purpose in self.refused else 0.0


def budgeted(opened: Store, *refused: Purpose) -> tuple[House, Purse]:
    """A house whose accounts have a budget."""
    house, purse = House(opened), Purse(*refused)
    house.deps = replace(house.deps, budget=purse)
    return house, purse


def test_a_read_that_the_budget_refuses_stays_due(opened: Store) -> None:
    """Nothing is asked of the account, nothing counts as a failure, a read-back still goes."""
    house, purse = budgeted(opened, Purpose.POLL)
    follow(house, "d1", "d2")
    with opened.engine.begin() as connection:
        connection.execute(
            text("UPDATE mirror SET read_for = 'read_back' WHERE external_id = 'd2'")
        )
    assert flow.poll(house.deps) == 2
    assert house.fakes[DESK].read == ["d2"]
    assert purse.asked == [(DESK, "read_back", 1, ""), (DESK, "poll", 1, "")]
    assert rows(house, "SELECT failures, lease FROM mirror WHERE external_id = 'd1'") == [(0, None)]


def test_what_was_just_refused_isnt_claimed(opened: Store) -> None:
    """Polls of a spent budget leave the batch to what may still be read."""
    house, purse = budgeted(opened)
    purse.closed.add(Purpose.POLL)
    follow(house, "d1", "d2")
    assert flow.poll(house.deps) == 0
    with opened.engine.begin() as connection:
        connection.execute(text("UPDATE mirror SET read_for = 'hint' WHERE external_id = 'd2'"))
    assert flow.poll(house.deps) == 1
    assert house.fakes[DESK].read == ["d2"]


def test_a_push_that_the_budget_refuses_waits_as_long(opened: Store) -> None:
    """It isn't sent, the try isn't counted, and nobody claims it before its time."""
    house, purse = budgeted(opened, Purpose.WRITE)
    raised(house, "c1")
    assert [flow.push(house.deps), flow.push(house.deps)] == [1, 0]
    assert house.fakes[DESK].sent == []
    (account, purpose, requests, subject) = purse.asked[0]
    assert (account, purpose, requests) == (DESK, "write", 2)
    assert subject.startswith("create:")
    sql = "SELECT state, attempts, retry_tech > clock_timestamp() + interval '50 s' FROM push"
    assert rows(house, sql) == [("due", 0, True)]
    purse.refused.clear()
    with opened.engine.begin() as connection:
        connection.execute(text("UPDATE push SET retry_tech = NULL"))
    assert flow.push(house.deps) == 1
    assert len(house.fakes[DESK].sent) == 1


def test_who_has_claimed_calls_another_to_the_rest(house: House) -> None:
    """Before its account is asked: that may take long, and others wait for nobody."""
    heard: list[list[str]] = []

    class Slow(FakeProvider):
        def fetch(self, external_id: Any) -> Any:
            """Somebody was called by now."""
            heard.append(list(house.nudged))
            return super().fetch(external_id)

        def push(self, intent: Any) -> Any:
            """Somebody was called by now."""
            heard.append(list(house.nudged))
            return super().push(intent)

    slow = Slow(house.deps.accounts[DESK])
    house.deps = replace(house.deps, providers={**house.deps.providers, DESK: slow})
    house.hear(BOT, "raise", change(Status.NEW, BOT, external_id="c1"))
    while flow.reconcile(house.deps):
        pass
    house.nudged.clear()
    assert flow.push(house.deps) == 1
    follow(house, "d1")
    house.nudged.clear()
    assert flow.poll(house.deps) == 1
    assert heard == [["push"], ["poll"]]


def test_what_has_no_place_is_not_even_claimed(house: House) -> None:
    """It was never on its way: nobody has to wonder whether it arrived, if the worker dies here."""

    class Full(Boundless):
        def enter(self, *_: Any, **__: Any) -> AbstractContextManager[bool]:
            """There is no room."""
            return nullcontext(enter_result=False)

    house.hear(BOT, "raise", change(Status.NEW, BOT, external_id="c1"))
    while flow.reconcile(house.deps):
        pass
    full = replace(house.deps, bulkheads=Full())
    assert flow.push(full) == 1
    assert rows(house, "SELECT state, attempts, sent FROM push") == [("due", 0, 0)]
    assert house.fakes[DESK].sent == []
    assert flow.push(house.deps) == 1
    assert len(house.fakes[DESK].sent) == 1
    follow(house, "d1")
    assert flow.poll(full) == 1
    assert house.fakes[DESK].read == []
    assert flow.poll(house.deps) == 1
    assert len(house.fakes[DESK].read) == 1
