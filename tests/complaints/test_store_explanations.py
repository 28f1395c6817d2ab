"""Why a complaint is as it is, from the decisions that are stored."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text

from complaints import flow
from complaints.explaining import FIELDS
from complaints.ports import Receipt
from complaints.store import Store
from complaints.store.explanations import Explanation, Why
from complaints.vocabulary import ComplaintNumber, Result, Status, Subject
from tests.complaints.fakes import House, document
from tests.complaints.records import BOT, DESK, NOW, ZENKI, change, external

KEYS = ({"space": "number", "value": "n1"},)


def raised(house: House) -> ComplaintNumber:
    """A complaint from the chat that was filed at the desk; returns its number."""
    news = change(Status.NEW, BOT, external_id="c1", order_keys=KEYS, word="raised")
    house.hear(BOT, "raise", news)
    house.fakes[DESK].answers.append(Receipt(result=Result.DONE, external_id=external("d1")))
    desk(house, Status.NEW)
    house.settle()
    with house.store.engine.connect() as connection:
        return ComplaintNumber(
            connection.execute(text("SELECT number FROM complaint")).scalar_one()
        )


def desk(house: House, status: Status, word: str = "") -> None:
    """The desk shows this from now on."""
    shown = change(status, external_id="d1", word=word or status)
    house.fakes[DESK].documents[external("d1")] = document(shown)


def later(house: House, **time: float) -> datetime:
    """Let time pass and settle what comes of it; returns the new time."""
    now = house.clock.pass_(**time)
    house.settle()
    return now


def asked(house: House, number: ComplaintNumber, at: datetime | None = None) -> Why:
    """The answer at a time; now when none is given."""
    found = house.store.why(number, at or house.clock())
    assert found is not None
    return found


def field(house: House, number: ComplaintNumber, name: str, at: Any = None) -> Explanation:
    """The answer about one field."""
    return asked(house, number, at).fields[name]


def test_every_field_is_answered_from_the_first_moment(house: House) -> None:
    """Each by an observation that is kept."""
    number = raised(house)
    found = asked(house, number)
    assert set(found.fields) == set(FIELDS)
    assert [name for name, one in found.fields.items() if one.observation is None] == []
    assert (found.known_since, found.shop) == (NOW, "cz")
    assert found.fields["order"].value == "number n1"


def test_an_answer_names_value_rule_winner_and_observation(house: House) -> None:
    """With what kind of observation it was, and when it was received."""
    number = raised(house)
    desk(house, Status.OPEN, "processing")
    moved = later(house, hours=1)
    one = field(house, number, "status")
    assert (one.value, one.rule, one.rules_version, one.winner) == ("open", "staff", "1", DESK)
    assert one.note == "processing"
    assert one.observation is not None
    assert (one.observation.seq, one.observation.source) == (one.by, "poll")
    assert (one.observation.form, one.observation.received_at) == ("document", moved)
    assert [(loser.account, loser.value, loser.why) for loser in one.losers] == [
        (BOT, "raised", "it agrees")
    ]
    assert (one.since, one.taken) == (moved, "newest-in-account")


def test_what_was_pushed_because_of_a_value_is_told(house: House) -> None:
    """By the value that stood when it was asked for, with its account, state and times."""
    number = raised(house)
    (create,) = field(house, number, "status").pushes
    assert (create.account, create.kind, create.state, create.at) == (DESK, "create", "done", NOW)
    assert field(house, number, "origin").pushes == []
    rejected = change(Status.REJECTED, ZENKI, external_id="z1", order_keys=KEYS)
    # A dispute that the shop's own payment account decided, on the same case.
    with house.store.engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO mirror (account, external_id, complaint_id, home)"
                " SELECT :account, 'z1', id, id FROM complaint"
            ),
            {"account": ZENKI},
        )
    now = house.clock.pass_(hours=1)
    house.hear(ZENKI, "end", rejected)
    flow.reconcile(house.deps)
    desk(house, Status.REJECTED)
    house.settle()
    for name in ("status", "outcome"):
        (told,) = field(house, number, name).pushes
        assert (told.kind, told.target, told.at) == ("set_status", "rejected", now)
    assert [push.kind for push in field(house, number, "status", NOW).pushes] == ["create"]


def test_an_answer_is_as_it_was_then(house: House) -> None:
    """Value, winner and pushes of that time; nothing that came later shows."""
    number = raised(house)
    desk(house, Status.OPEN)
    opened = later(house, hours=1)
    desk(house, Status.RESOLVED)
    ended = later(house, hours=1)
    for at, value, outcome in (
        (NOW, "new", "none"),
        (opened - timedelta(seconds=1), "new", "none"),
        (opened, "open", "none"),
        (ended, "resolved", "upheld"),
    ):
        assert field(house, number, "status", at).value == value
        assert field(house, number, "outcome", at).value == outcome
        assert field(house, number, "origin", at).value == BOT


def test_a_push_that_ended_later_was_only_asked_for_then(house: House) -> None:
    """Its end isn't known before it has come."""
    number = raised(house)
    with house.store.engine.begin() as connection:
        connection.execute(
            text("UPDATE push SET ended_at = :later"), {"later": NOW + timedelta(hours=2)}
        )
    (push,) = field(house, number, "status", NOW).pushes
    assert (push.state, push.ended_at) == ("asked", None)
    (push,) = field(house, number, "status", NOW + timedelta(hours=2)).pushes
    assert (push.state, push.ended_at) == ("done", NOW + timedelta(hours=2))


def test_before_it_was_known_there_is_nothing_to_explain(house: House) -> None:
    """But when it became known is told."""
    number = raised(house)
    found = asked(house, number, NOW - timedelta(seconds=1))
    assert (found.fields, found.known_since) == ({}, NOW)


def test_earlier_values_are_told_with_the_newest_first(house: House) -> None:
    """One line for each value, however often it was weighed."""
    number = raised(house)
    for status in (Status.OPEN, Status.WAITING, Status.OPEN):
        desk(house, status)
        later(house, hours=1)
    one = field(house, number, "status")
    assert [then.value for then in one.earlier] == ["waiting", "open", "new"]
    assert [then.since for then in one.earlier] == [
        NOW + timedelta(hours=2),
        NOW + timedelta(hours=1),
        NOW,
    ]


def test_a_fact_of_the_order_is_answered_by_who_told_it(house: House) -> None:
    """Also when that was told long after the case began, and to no complaint of its own."""
    number = raised(house)
    assert field(house, number, "delivered").rule == "untold"
    house.clock.pass_(hours=1)
    news = change(
        subject=Subject.ORDER,
        external_id="z1",
        order_keys=KEYS,
        delivered=True,
        total="12.50",
        currency="EUR",
        owner="eva@example.org",
    )
    seq = house.hear(ZENKI, "order", news)
    house.settle()
    for name, value in (("delivered", "yes"), ("total", "12.50 EUR"), ("owner_known", "yes")):
        one = field(house, number, name)
        assert (one.value, one.winner, one.by) == (value, ZENKI, seq)
        assert [then.rule for then in one.earlier] == ["untold"]
    observed = [e for e in house.store.case(number).timeline if e.account == ZENKI]  # type: ignore[union-attr]
    assert observed[0].text == "poll document: applied"


def test_another_id_of_the_order_is_answered_by_who_named_it(house: House) -> None:
    """Though nothing else of the case has changed."""
    number = raised(house)
    house.clock.pass_(hours=1)
    both = (*KEYS, {"space": "hash", "value": "h1"})
    seq = house.hear(ZENKI, "keys", change(subject=Subject.ORDER, order_keys=both))
    house.settle()
    one = field(house, number, "order")
    assert (one.value, one.winner, one.by) == ("hash h1, number n1", ZENKI, seq)


def test_decisions_hold_nothing_of_a_person(house: House) -> None:
    """Neither what a customer said nor the hash of whose order it is."""
    raised(house)
    claim = {"text": "Tajné slovo", "email": "eva@example.org", "raiser": "TELEGRAM:1"}
    house.hear(BOT, "2", change(Status.NEW, BOT, external_id="c2", claim=claim))
    owned = change(subject=Subject.ORDER, external_id="z1", order_keys=KEYS, owner="a@b.cz")
    house.hear(ZENKI, "owner", owned)
    house.settle()
    with house.store.engine.connect() as connection:
        kept = connection.execute(text("SELECT string_agg(fields::text, '') FROM decision"))
        owner = connection.execute(text("SELECT max(owner) FROM tracked_order")).scalar_one()
        stored = kept.scalar_one()
    assert "owner_known" in stored
    for secret in ("Tajn", "eva@", "TELEGRAM", owner):
        assert secret not in stored


def test_what_an_older_version_decided_is_answered_as_far_as_it_goes(house: House) -> None:
    """Fields that it didn't explain are absent; the others have their answer."""
    number = raised(house)
    with house.store.engine.begin() as connection:
        connection.execute(
            text(
                "UPDATE decision SET fields = (SELECT jsonb_agg(f - 'note')"
                " FROM jsonb_array_elements(fields) AS f"
                " WHERE f ->> 'field' IN ('status', 'outcome'))"
            )
        )
    assert set(asked(house, number).fields) == {"status", "outcome"}


def test_an_observation_that_is_no_longer_kept_keeps_its_number(house: House) -> None:
    """The answer stands without it."""
    number = raised(house)
    with house.store.engine.begin() as connection:
        connection.execute(text("DELETE FROM observation"))
    one = field(house, number, "origin")
    assert (one.value, one.observation, one.by > 0) == (BOT, None, True)


def test_a_number_that_nobody_has_is_not_explained(opened: Store) -> None:
    """None, not a fault."""
    assert opened.why(ComplaintNumber("99999"), NOW) is None


def test_a_decision_repeats_only_what_may_have_changed(house: House) -> None:
    """Status and outcome each time; how it began, its order and that nobody quarrels once."""
    number = raised(house)
    desk(house, Status.OPEN)
    later(house, hours=1)
    with house.store.engine.connect() as connection:
        rows = connection.execute(
            text("SELECT jsonb_path_query_array(fields, '$[*].field') FROM decision ORDER BY id")
        ).scalars()
        kept = [set(row) for row in rows]
    assert kept[0] == set(FIELDS)
    assert kept[1:] == [{"status", "outcome"}] * (len(kept) - 1)
    assert len(kept) >= 2
    assert field(house, number, "status").value == "open"
