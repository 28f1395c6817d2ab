"""Cases that may be one: joined by strong evidence, shown to people else; undone for good."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest

from complaints import flow, rebuilding, reviewing
from complaints.acts import KeepApart, MergeComplaints, SplitComplaint
from complaints.store import Store
from complaints.vocabulary import AccountName, ComplaintNumber, Status
from tests.complaints.fakes import House
from tests.complaints.records import BOT, DESK, ZENKI, change
from tests.complaints.test_interleaving import emptied
from tests.complaints.test_matching import QUIET_SHOP, act, rows, told

EVA = {"email": "eva@example.org", "phone": "+420 602 118 334", "text": "The kettle leaks badly"}
PAID = {**EVA, "amount": "100", "currency": "EUR"}


@pytest.fixture
def shop(opened: Store) -> House:
    """A store with accounts that are told about states, and file nothing."""
    return House(opened, accounts=QUIET_SHOP)


def says(house: House, account: AccountName, name: str = "1", **claim: Any) -> str:
    """An account opens a case with this claim; returns its number."""
    return told(house, account, Status.OPEN, name, claim=claim)


def look(house: House) -> list[tuple[str, str, str]]:
    """The pairs that wait for a person."""
    deps = house.deps
    found = reviewing.reviews(deps.store, deps.in_force(), deps.accounts)
    return [(pair.one.number, pair.other.number, pair.agrees) for pair in found]


def match(house: House) -> int:
    """Join what evidence joins, and decide all there is."""
    n = reviewing.match(house.deps)
    while flow.reconcile(house.deps):
        pass
    return n


def merged(house: House) -> dict[str, str | None]:
    """Into which complaint each was merged."""
    query = (
        "SELECT c.number, r.number FROM complaint c LEFT JOIN complaint r ON r.id = c.merged_into"
    )
    return {number: into for number, into in rows(house, query)}  # noqa: C416 - rows are no pairs


def test_strong_evidence_joins_two_systems(shop: House) -> None:
    """The younger goes into the older, once; why it did is told."""
    first = says(shop, DESK, **PAID)
    second = says(shop, ZENKI, **{**PAID, "text": ""})
    assert look(shop) == []
    assert match(shop) == 1
    assert merged(shop) == {first: None, second: first}
    assert match(shop) == 0
    why = shop.store.why(ComplaintNumber(second), shop.clock())
    assert why is not None
    case = shop.store.case(ComplaintNumber(first))
    assert case is not None
    assert any("e-mail, phone, amount (100)" in entry.text for entry in case.timeline)


def test_weak_evidence_waits_for_a_person(shop: House) -> None:
    """With what agrees; nothing is joined meanwhile."""
    first = says(shop, DESK, email="eva@example.org", text="The kettle leaks")
    second = says(shop, ZENKI, email="EVA@example.org", amount="7", currency="EUR")
    assert match(shop) == 0
    assert look(shop) == [(first, second, "e-mail (55)")]
    assert merged(shop) == {first: None, second: None}


def test_a_person_joins_a_pair(shop: House) -> None:
    """By an act like a merge; it is asked for no more."""
    first, second = says(shop, DESK, email="e@x.org"), says(shop, ZENKI, email="e@x.org")
    assert act(shop, MergeComplaints, number=second, into=first) == "applied"
    assert (look(shop), merged(shop)[second]) == ([], first)


def test_a_person_keeps_a_pair_apart(shop: House) -> None:
    """It isn't asked for again, also when both are part of others."""
    first, second = says(shop, DESK, email="e@x.org"), says(shop, ZENKI, email="e@x.org")
    assert act(shop, KeepApart, number=first, other=second, reason="a family") == "applied"
    assert look(shop) == []
    third = says(shop, DESK, "2", text="another")
    act(shop, MergeComplaints, number=second, into=third)
    assert look(shop) == []
    assert act(shop, KeepApart, number=first, other=first).startswith("quarantined: it is one")


def test_what_a_person_has_parted_is_not_joined_again(shop: House) -> None:
    """Unlinking takes a link by evidence back for good, and both histories are whole again."""
    first, second = says(shop, DESK, **PAID), says(shop, ZENKI, **PAID)
    match(shop)
    assert act(shop, SplitComplaint, number=second) == "applied"
    for _ in range(2):
        match(shop)
        assert merged(shop) == {first: None, second: None}
    assert [pair[:2] for pair in look(shop)] == [(first, second)]


def test_a_chat_is_never_joined_by_evidence(shop: House) -> None:
    """It is the claim of a stranger: its raiser would hear of another person's case."""
    says(shop, DESK, **PAID)
    number = says(shop, BOT, **PAID, raiser="WEB:eva@example.org")
    assert match(shop) == 0
    assert merged(shop)[number] is None
    assert len(look(shop)) == 1


def test_a_stranger_with_an_e_mail_hears_only_of_their_own_case(shop: House) -> None:
    """What the desk says of the case it looks like stays unknown in the chat."""
    says(shop, DESK, **PAID)
    told(shop, DESK, Status.REJECTED)
    raiser = "WEB:eva@example.org"
    number = says(shop, BOT, raiser=raiser, text=EVA["text"])
    match(shop)
    heard = flow.track(shop.deps, BOT, raiser, ComplaintNumber(number))
    assert heard is not None
    assert heard.status is not Status.REJECTED


def test_two_cases_of_one_customer_at_one_system_are_two(shop: House) -> None:
    """However much they look like each other."""
    says(shop, DESK, "1", **PAID)
    says(shop, DESK, "2", **PAID)
    assert (match(shop), look(shop)) == (0, [])


def test_an_order_says_more_than_likeness(shop: House) -> None:
    """Two orders are two cases."""
    for account, order in ((DESK, "z1"), (ZENKI, "z2")):
        told(shop, account, Status.OPEN, claim=PAID,
             order_keys=({"space": "payment", "value": order},))  # fmt: skip
    assert (match(shop), look(shop)) == (0, [])


def test_the_order_of_working_never_matters(opened: Store) -> None:
    """Three systems' cases of one customer, received and worked in any order: the same groups."""
    found = set()
    for order in permutations(range(3)):
        with emptied(opened) as house:
            shop = House(opened, accounts=QUIET_SHOP)
            arrivals = [
                (DESK, "1", PAID), (ZENKI, "1", PAID), (BOT, "1", EVA),
            ]  # fmt: skip
            for n in order:
                account, name, claim = arrivals[n]
                external = f"{account}-{name}"
                shop.hear(account, external, change(Status.OPEN, account, claim=claim))
            while flow.reconcile(shop.deps):
                pass
            match(shop)
            groups: dict[str, set[str]] = {}
            for number, into in merged(shop).items():
                origin = rows(shop, "SELECT origin FROM complaint WHERE number = :n", n=number)
                groups.setdefault(into or number, set()).add(origin[0][0])
            found.add(frozenset(frozenset(group) for group in groups.values()))
            assert house is not shop
    assert found == {frozenset({frozenset({DESK, ZENKI}), frozenset({BOT})})}


def test_a_rebuild_finds_what_evidence_has_joined_and_people_have_parted(shop: House) -> None:
    """Links, traces and pairs kept apart follow from the observations."""
    says(shop, DESK, **PAID)
    says(shop, ZENKI, **PAID)
    match(shop)
    first, second = says(shop, DESK, "2", email="e@x.org"), says(shop, ZENKI, "2", email="e@x.org")
    act(shop, KeepApart, number=first, other=second)
    assert [str(one) for one in rebuilding.check(shop.deps).differences] == []
    with shop.store.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE trace SET email = 'x' WHERE complaint_id ="
                                   " (SELECT min(complaint_id) FROM trace)")  # fmt: skip
        connection.exec_driver_sql("DELETE FROM apart")
    told_ = [str(one) for one in rebuilding.check(shop.deps).differences]
    assert any("email is another when folded again" in one for one in told_)
    assert any("kept apart" in one for one in told_)


def test_pairs_are_found_by_an_index(shop: House) -> None:
    """Not by comparing everything with everything."""
    with shop.store.engine.begin() as connection:
        connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        plan = connection.exec_driver_sql(
            "EXPLAIN SELECT FROM trace t WHERE t.shop = 'cz' AND t.email = 'x' AND t.email <> ''"
        )
        assert "ix_trace_email" in "\n".join(row[0] for row in plan)


def test_the_schedule_looks_at_what_came_last(shop: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """And once a day at everything: what is older may have got its evidence late."""
    assert match(shop) == 0
    says(shop, DESK, **PAID)
    says(shop, ZENKI, **PAID)
    for n in range(3):
        says(shop, DESK, f"other {n}", text="another thing altogether")
    monkeypatch.setattr(reviewing, "NEWEST", 1)
    assert match(shop) == 0
    with shop.store.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE tick SET slot = slot - 1")
    assert match(shop) == 1
