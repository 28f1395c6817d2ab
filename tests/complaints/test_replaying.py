"""Observations are decided once more after a fix, and the store follows from them as before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from complaints import flow, rebuilding, replaying
from complaints.acts import LinkRecord, MergeComplaints, SettleConflict
from complaints.model import Change, Observation
from complaints.ports import Receipt
from complaints.replaying import Selection
from complaints.store.receipts import PARKED_AFTER
from complaints.vocabulary import OPERATOR, AccountName, Outcome, Result, Status, Subject
from tests.complaints.fakes import FakeProvider, House
from tests.complaints.records import ACCOUNTS, DESK, ZENKI, change, external
from tests.complaints.test_matching import QUIET_SHOP, act, cases, rows, told
from tests.complaints.test_rebuilding import play
from tests.pipeline import BEGIN, Pipeline

Mapping = Callable[[Change], Change | None]


class Mended(FakeProvider):
    """Reads each change by the mapping of the day; what that doesn't know is unreadable."""

    mapping: Mapping = staticmethod(lambda change: change)

    def parse(self, observation: Observation) -> tuple[Change, ...]:
        """What the mapping makes of it."""
        read = [self.mapping(one) for one in super().parse(observation)]
        if None in read:
            return (Change(subject=Subject.UNREADABLE, reason="a word that nobody lists"),)
        return tuple(one for one in read if one is not None)


def mend(house: House, account: AccountName, mapping: Mapping) -> None:
    """From now on the account's documents are read so."""
    provider = Mended(ACCOUNTS[account])
    provider.capabilities = house.deps.accounts[account].capabilities
    provider.mapping = mapping
    house.deps = replace(house.deps, providers={**house.deps.providers, account: provider})


def blind_to(status: Status) -> Mapping:
    """A mapping that can't read a status."""
    return lambda one: None if one.status is status else one


def reads_as(word: str, **otherwise: Any) -> Mapping:
    """A mapping by which one word means something else."""
    return lambda one: one.model_copy(update=otherwise) if one.word == word else one


def as_it_is(one: Change) -> Change:
    """The mapping of the fakes."""
    return one


def replay(house: House, *seqs: int, **selected: Any) -> replaying.Choice:
    """Replay, and decide all there is."""
    selection = Selection(seqs, **selected)
    choice = replaying.choose(house.deps, selection)
    replaying.replay(house.deps, choice, selection, "eva")
    decide(house)
    return choice


def decide(house: House) -> None:
    """Decide all there is."""
    while flow.reconcile(house.deps):
        pass


def differences(house: House) -> list[str]:
    """What a rebuild finds."""
    return [str(one) for one in rebuilding.check(house.deps).differences]


def seqs_of(house: House, account: AccountName) -> list[int]:
    """Observations of an account, the oldest first."""
    found = rows(house, "SELECT seq FROM receipt WHERE account = :a ORDER BY seq", a=account)
    return [seq for (seq,) in found]


def verdict(house: House, seq: int) -> str:
    """What became of an observation."""
    return house.store.receipts.verdict(seq)[0]


@pytest.fixture
def shop(opened: Any) -> House:
    """A store with accounts that are told about states, and file nothing."""
    return House(opened, accounts=QUIET_SHOP)


def test_what_could_not_be_read_is_read_after_a_fix(shop: House) -> None:
    """It is decided by the ordinary path, and a rebuild finds nothing."""
    mend(shop, DESK, blind_to(Status.REJECTED))
    number = told(shop, DESK, Status.OPEN)
    seq = shop.hear(DESK, "rejected", change(Status.REJECTED))
    decide(shop)
    assert (verdict(shop, seq), cases(shop)[number][0]) == ("quarantined", "open")
    assert differences(shop) == []
    mend(shop, DESK, as_it_is)
    assert differences(shop) != []
    choice = replay(shop, quarantined=True)
    assert choice.seqs == [seq]
    assert (verdict(shop, seq), cases(shop)[number][:2]) == ("applied", ("rejected", "refused"))
    assert differences(shop) == []


def test_ledger_and_seals_hold_after_a_replay(shop: House) -> None:
    """A verdict moves from one sum to another, and nothing received is changed."""
    mend(shop, DESK, blind_to(Status.OPEN))
    seq = shop.hear(DESK, "open", change(Status.OPEN))
    decide(shop)
    flow.seal(shop.deps)
    before = shop.store.ledger.read()[DESK]
    mend(shop, DESK, as_it_is)
    replay(shop, seq)
    flow.seal(shop.deps)
    after = shop.store.ledger.read()[DESK]
    assert (before.quarantined, before.applied, before.adds_up) == (1, 0, True)
    assert (after.quarantined, after.applied, after.adds_up) == (0, 1, True)
    proof = shop.store.seals.verify()
    assert (list(proof.faults), proof.unsealed) == ([], 0)


def test_an_unreadable_beginning_is_told_late(shop: House) -> None:
    """The case that later news opened begins with the first of them."""
    mend(shop, DESK, blind_to(Status.NEW))
    first = shop.hear(DESK, "new", change(Status.NEW))
    number = told(shop, DESK, Status.OPEN)
    mend(shop, DESK, as_it_is)
    replay(shop, first)
    assert rows(shop, "SELECT number, born, status FROM complaint") == [(number, first, "open")]
    assert differences(shop) == []


def test_a_mended_word_takes_effect_in_its_old_place(shop: House) -> None:
    """The statement is replaced, not added; what came later still counts."""
    number = told(shop, DESK, Status.OPEN)
    told(shop, DESK, Status.WAITING)
    (_, waiting) = seqs_of(shop, DESK)
    closed = {"status": Status.REJECTED, "outcome": Outcome.REFUSED, "covers": {Status.REJECTED}}
    mend(shop, DESK, reads_as("waiting", **closed))
    assert differences(shop) != []
    replay(shop, waiting)
    assert cases(shop)[number][:2] == ("rejected", "refused")
    assert rows(shop, "SELECT jsonb_array_length(history) FROM mirror") == [(2,)]
    assert differences(shop) == []
    mend(shop, DESK, as_it_is)
    told(shop, DESK, Status.OPEN, filed_at="2026-03-01T00:00:00Z")
    replay(shop, account=DESK, since=shop.clock())
    assert cases(shop)[number][:2] == ("open", "none")
    assert differences(shop) == []


def test_a_mended_beginning_is_told_anew(shop: House) -> None:
    """What the first news said for good follows the mapping too: when it was filed, and due."""
    told(shop, DESK, Status.OPEN)
    (seq,) = seqs_of(shop, DESK)
    filed = shop.clock().replace(day=1)
    mend(shop, DESK, reads_as("open", filed_at=filed))
    replay(shop, seq)
    assert rows(shop, "SELECT opened_at FROM complaint") == [(filed,)]
    assert differences(shop) == []


def test_a_fact_of_an_order_that_was_read_wrongly_is_taken_back(shop: House) -> None:
    """What an older statement said of it counts again."""
    keys = ({"space": "payment", "value": "z1"},)
    order = {"subject": Subject.ORDER, "external_id": "z1", "order_keys": keys}
    paid = Change.model_validate({**order, "word": "PAID", "total": "90", "currency": "EUR"})
    moved = Change.model_validate({**order, "word": "MOVED", "delivered": True, "total": "1"})
    shop.hear(ZENKI, "paid", paid)
    seq = shop.hear(ZENKI, "moved", moved)
    number = told(shop, DESK, Status.OPEN, order_keys=keys)
    assert rows(shop, "SELECT delivered, total FROM tracked_order") == [(True, 1)]
    mend(shop, ZENKI, reads_as("MOVED", delivered=None, total=None))
    replay(shop, seq)
    assert rows(shop, "SELECT delivered, total FROM tracked_order") == [(None, 90)]
    assert differences(shop) == []
    why = shop.store.why(number, shop.clock())  # type: ignore[arg-type]
    assert why is not None
    assert (why.fields["total"].value, why.fields["delivered"].rule) == ("90 EUR", "untold")


def test_a_record_that_was_misnamed_is_put_right(shop: House) -> None:
    """What was told of another record is taken back from it."""
    number = told(shop, DESK, Status.OPEN)
    other = told(shop, DESK, Status.OPEN, "2")
    seq = shop.hear(DESK, "x", change(Status.REJECTED, external_id="cz-desk-2"))
    decide(shop)
    assert cases(shop)[other][0] == "rejected"
    mend(shop, DESK, reads_as("rejected", external_id=external("cz-desk-1")))
    replay(shop, seq)
    assert (cases(shop)[number][0], cases(shop)[other][0]) == ("rejected", "open")
    assert differences(shop) == []


def test_a_complaint_never_loses_what_it_began_with(shop: House) -> None:
    """Complaints aren't deleted: the observation is set aside, and nothing is taken back."""
    number = told(shop, DESK, Status.OPEN)
    (seq,) = seqs_of(shop, DESK)
    mend(shop, DESK, blind_to(Status.OPEN))
    replay(shop, seq)
    assert shop.store.receipts.verdict(seq) == (
        "quarantined",
        f"complaint {number} began with it, and it doesn't tell of that now",
    )
    assert cases(shop)[number][0] == "open"


def test_what_nobody_could_decide_is_tried_again(shop: House) -> None:
    """After hopeless claims it is parked; its attempts begin anew."""
    told(shop, DESK, Status.OPEN)
    seq = shop.hear(DESK, "rejected", change(Status.REJECTED))
    with shop.store.engine.begin() as connection:
        connection.execute(
            text("UPDATE receipt SET attempts = :n WHERE seq = :seq"),
            {"n": PARKED_AFTER, "seq": seq},
        )
    assert shop.store.receipts.park_hopeless() == [seq]
    replay(shop, quarantined=True)
    assert verdict(shop, seq) == "applied"
    assert rows(shop, "SELECT attempts FROM receipt WHERE seq = :seq", seq=seq) == [(1,)]
    assert differences(shop) == []


def test_what_waits_is_skipped_and_said(shop: House) -> None:
    """So is what there isn't, what was forgotten, and what a person did."""
    told(shop, DESK, Status.OPEN)
    one, other = told(shop, DESK, Status.OPEN, "2"), told(shop, DESK, Status.OPEN, "3")
    act(shop, MergeComplaints, number=one, into=other)
    (merged,) = seqs_of(shop, OPERATOR)
    first, second, _ = seqs_of(shop, DESK)
    with shop.store.engine.begin() as connection:
        connection.execute(text("DELETE FROM payload WHERE seq = :seq"), {"seq": first})
    waiting = shop.hear(DESK, "later", change(Status.WAITING))
    leased = shop.hear(DESK, "latest", change(Status.OPEN))
    shop.store.receipts.claim([DESK], 2, 30)
    choice = replaying.choose(
        shop.deps, Selection((first, second, merged, waiting, leased, 999_999))
    )
    assert [one.seq for one in choice.chosen] == [second]
    assert dict(choice.skipped) == {
        first: "what it said was forgotten",
        merged: "what a person did is carried out once",
        waiting: "it waits to be decided as it is",
        leased: "it waits to be decided as it is",
        999_999: "there is no such observation",
    }


def test_who_replays_is_kept_and_changes_nothing_more(shop: House) -> None:
    """An act of the shop holds the list and the choice; folding it again has no effect."""
    told(shop, DESK, Status.OPEN)
    (seq,) = seqs_of(shop, DESK)
    selection = Selection((), account=DESK, since=shop.clock())
    choice = replaying.choose(shop.deps, selection)
    replayed = replaying.replay(shop.deps, choice, selection, "eva")
    assert replaying.verdicts(shop.deps, replayed.seqs) == {"pending": 1}
    decide(shop)
    assert replaying.verdicts(shop.deps, [*replayed.seqs, *replayed.acts]) == {"applied": 2}
    ((body,),) = rows(shop, "SELECT convert_from(body, 'UTF8')::json FROM payload WHERE seq = :s",
                      s=replayed.acts[0])  # fmt: skip
    assert (body["by"], body["observations"], body["shop"]) == ("eva", [seq], "cz")
    assert body["chosen"] == f"--account cz-desk --since {shop.clock().isoformat()}"
    assert differences(shop) == []


def test_an_act_that_was_refused_meanwhile_comes_along(shop: House) -> None:
    """What it lacked is there now."""
    mend(shop, ZENKI, lambda _change: None)
    number = told(shop, DESK, Status.OPEN)
    seq = shop.hear(ZENKI, "z", change(Status.OPEN, ZENKI))
    record = {"account": ZENKI, "external_id": "cz-zenki-1"}
    assert "no such record" in act(shop, LinkRecord, number=number, **record)
    mend(shop, ZENKI, as_it_is)
    choice = replay(shop, seq)
    assert [one.account for one in choice.along] == [OPERATOR]
    assert cases(shop)[number][3] == ["cz-desk:cz-desk-1", "cz-zenki:cz-zenki-1"]
    assert differences(shop) == []


def test_an_act_that_a_later_one_overtook_stays_refused(shop: House) -> None:
    """The later word of a person counts."""
    desk = told(shop, DESK, Status.REJECTED)
    late = told(shop, ZENKI, Status.RESOLVED, money_moved=True)
    refused = act(shop, SettleConflict, number=late, outcome="upheld", reason="x" * 400)
    assert refused == "applied"
    assert "they are one" in act(shop, MergeComplaints, number=late, into=late)
    act(shop, MergeComplaints, number=late, into=desk)
    (_, refused_seq, merged) = seqs_of(shop, OPERATOR)
    choice = replaying.choose(shop.deps, Selection(quarantined=True))
    assert (choice.seqs, dict(choice.skipped)) == (
        [],
        {refused_seq: f"act {merged} was about the same, and came later"},
    )


def test_why_tells_of_the_replay(shop: House) -> None:
    """The decision is a new one; its rule has words, and the field its new value."""
    number = told(shop, DESK, Status.OPEN)
    (seq,) = seqs_of(shop, DESK)
    waits = {"status": Status.WAITING, "covers": {Status.WAITING}}
    mend(shop, DESK, reads_as("open", **waits))
    replay(shop, seq)
    found = shop.store.why(number, shop.clock())  # type: ignore[arg-type]
    assert found is not None
    status = found.fields["status"]
    assert (status.value, status.by, status.taken) == (
        "waiting",
        seq,
        "replayed/newest-in-account",
    )
    assert [then.value for then in status.earlier] == ["open"]


def test_the_plan_is_what_comes_of_it_and_writes_nothing(house: House) -> None:
    """Verdicts, complaints, pushes by account and kind, and the requests that they cost."""
    mend(house, ZENKI, blind_to(Status.RESOLVED))
    house.fakes[DESK].answers.append(Receipt(result=Result.DONE, external_id=external("d1")))
    told(house, ZENKI, Status.OPEN)
    while flow.push(house.deps):
        pass
    house.hear(DESK, "read", change(Status.OPEN, external_id="d1"))
    decide(house)
    seq = house.hear(ZENKI, "z2", change(Status.RESOLVED, ZENKI))
    house.hear(ZENKI, "z3", change(Status.RESOLVED, ZENKI, external_id="other"))
    decide(house)
    mend(house, ZENKI, as_it_is)
    choice = replaying.choose(house.deps, Selection(quarantined=True))
    before = _everything(house)
    plan = replaying.plan(house.deps, choice)
    assert _everything(house) == before
    effects = plan.effects
    assert plan.choice.seqs[0] == seq
    assert (effects.verdicts, effects.opened, effects.changed) == ({"applied": 2}, 1, 1)
    asked = {(one.account, one.kind, one.state): one.number for one in effects.pushes}
    assert asked == {(DESK, "set_status", "due"): 1}
    # A write is two requests at the fakes, and the read after it is one.
    assert plan.calls == {DESK: 3}
    replay(house, quarantined=True)
    pushes = rows(house, "SELECT account, kind, state FROM push WHERE state = 'due'")
    assert sorted(pushes) == sorted(asked)


def _everything(house: House) -> list[tuple[Any, ...]]:
    tables = ("receipt", "complaint", "mirror", "push", "decision", "transition", "order_key")
    select = " UNION ALL ".join(f"SELECT '{t}', to_jsonb(r) FROM {t} AS r" for t in tables)  # noqa: S608
    return sorted(rows(house, select), key=str)


def test_what_still_fails_is_named_and_left_alone(shop: House) -> None:
    """Its neighbours are replayed without it."""

    def explode(one: Change) -> Change:
        if one.status is Status.REJECTED:
            raise ZeroDivisionError
        return one

    good = shop.hear(DESK, "1", change(Status.OPEN))
    bad = shop.hear(DESK, "2", change(Status.REJECTED, external_id="d2"))
    decide(shop)
    mend(shop, DESK, explode)
    plan = replaying.plan(shop.deps, replaying.choose(shop.deps, Selection((good, bad))))
    assert plan.choice.seqs == [good]
    assert dict(plan.choice.skipped) == {bad: "deciding it still fails: ZeroDivisionError"}
    assert plan.effects.verdicts == {"applied": 1}


def test_where_nothing_is_quarantined_nothing_is_chosen(shop: House) -> None:
    """And nothing is skipped either."""
    told(shop, DESK, Status.OPEN)
    choice = replaying.choose(shop.deps, Selection(quarantined=True))
    assert (choice.seqs, choice.skipped) == ([], ())


@pytest.mark.story
def test_a_week_replayed_is_the_same(pipeline: Pipeline) -> None:
    """Where nothing was mended nothing changes: no case, no mirror, no push."""
    play(pipeline)
    facts = "SELECT number, status, outcome, conflict, opened_at FROM complaint ORDER BY number"
    asked = "SELECT key, state FROM push WHERE state <> 'superseded' ORDER BY key"
    told = "SELECT external_id, history, order_said FROM mirror ORDER BY account, external_id"
    before = [pipeline.rows(query) for query in (facts, asked, told)]
    for account in pipeline.deps.accounts:
        selection = Selection(account=account, since=BEGIN - timedelta(days=30))
        choice = replaying.choose(pipeline.deps, selection)
        plan = replaying.plan(pipeline.deps, choice)
        assert (plan.effects.changed, plan.effects.opened, plan.effects.pushes) == (0, 0, [])
        replaying.replay(pipeline.deps, plan.choice, selection, "eva")
        while flow.reconcile(pipeline.deps):
            pass
    assert [pipeline.rows(query) for query in (facts, asked, told)] == before
    assert [str(one) for one in rebuilding.check(pipeline.deps).differences] == []
