"""What the accounts can't show us: how it is told, and how it is counted."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import text

from complaints import flow
from complaints.blind import NOTHING, Blindness, Estimate, Line, Seen, Spot, told
from complaints.model import Change
from complaints.store import Store
from complaints.vocabulary import AccountName, ShopName, Status, Subject
from tests.complaints.fakes import House, document
from tests.complaints.records import ACCOUNTS, BOT, DESK, NOW, ZENKI, change, external

SPOTS = (
    Spot(name="a", text="what nobody can count", source="page 1"),
    Spot(name="b", text="what the store can count", source="page 2", estimate=Estimate.HELD),
    Spot(name="c", text="labels", source="page 3", estimate=Estimate.ORDERS_LABELLED),
)
GONE = "not shown to this key"


# -- telling -----------------------------------------------------------------------------


def test_a_spot_is_told_with_its_number() -> None:
    """None where nobody can know, 0 where there is nothing."""
    assert list(told(Blindness(spots=SPOTS))) == [
        Line("a", None, "what nobody can count", "page 1"),
        Line("b", 0, "what the store can count", "page 2"),
        Line("c", 0, "labels", "page 3"),
    ]
    seen = Seen({Estimate.HELD: 7}, {}, {"Paid": 2, "On hold": 3}, 0)
    assert [line.number for line in told(Blindness(spots=SPOTS), seen)] == [None, 7, 5]


def test_words_that_no_table_lists_are_told_one_by_one() -> None:
    """Of complaints all that were unknown, of orders those that the table lacks."""
    seen = Seen({}, {"frozen": 2, "": 1}, {"PAID": 9, "THAWED": 4}, 0)
    blindness = Blindness(spots=(), order_words=frozenset({"PAID"}))
    assert [(line.number, line.text) for line in told(blindness, seen)] == [
        (1, "with a word that no table lists: "),
        (2, "with a word that no table lists: frozen"),
        (4, "orders, word that no table lists: THAWED"),
    ]
    assert [line.number for line in told(Blindness(spots=()), seen)] == [1, 2]


def test_what_isnt_visible_any_more_is_told_only_when_there_is_some() -> None:
    """It is no property of the API but news."""
    assert list(told(Blindness(spots=()), NOTHING)) == []
    assert [line.number for line in told(Blindness(spots=()), Seen({}, {}, {}, 3))] == [3]


# -- counting ----------------------------------------------------------------------------

SHOPS = {name: account.shop for name, account in ACCOUNTS.items()}


def counted(opened: Store, account: AccountName) -> dict[Estimate, int]:
    """What isn't 0 at an account."""
    found = opened.blind(SHOPS, [GONE])[account]
    return {name: n for name, n in found.counts.items() if n}


def keys(n: int, *spaces: str) -> tuple[dict[str, str], ...]:
    """Ids of an order."""
    return tuple({"space": space, "value": f"{space[0]}{n}"} for space in spaces or ("number",))


def order(external_id: str, word: str, n: int, **other: object) -> Change:
    """Zenki's news of an order."""
    return Change.model_validate(
        {
            "subject": Subject.ORDER,
            "external_id": external_id,
            "order_keys": keys(n, "payment", "number"),
            "word": word,
            **other,
        }
    )


def test_an_empty_store_has_nothing_to_count(opened: Store) -> None:
    """Every account is there all the same."""
    found = opened.blind(SHOPS, [GONE])
    assert set(found) == set(SHOPS)
    assert [counted(opened, name) for name in found] == [{}, {}, {}]
    assert opened.blind({}, []) == {}


def test_records_are_counted_by_what_they_hang_on_and_whether_they_are_read(house: House) -> None:
    """Complaints and orders apart; what has no next read is not read any more."""
    house.hear(DESK, "1", change(Status.OPEN, external_id="d1"))
    house.hear(DESK, "2", change(Status.OPEN, external_id="d2"))
    house.hear(ZENKI, "3", order("p1", "SHIPPED", 1), order("p2", "SETTLED", 2))
    house.settle()
    with house.store.engine.begin() as connection:
        connection.execute(
            text("UPDATE mirror SET next_read_at = NULL WHERE external_id IN ('d2', 'p2')")
        )
        connection.execute(
            text("UPDATE mirror SET next_read_at = :now WHERE external_id IN ('d1', 'p1')"),
            {"now": NOW},
        )
    assert counted(house.store, DESK) == {
        Estimate.HELD: 2,
        Estimate.FOLLOWED: 1,
        Estimate.NO_LONGER_READ: 1,
        Estimate.ORDERS_NOT_NAMED: 2,
        Estimate.NO_DUE_DATE: 2,
        Estimate.MOVED: 2,
    }
    zenki = counted(house.store, ZENKI)
    assert (zenki[Estimate.ORDERS_FOLLOWED], zenki[Estimate.ORDERS_NO_LONGER_READ]) == (1, 1)
    assert Estimate.HELD not in zenki


def test_an_order_is_not_named_where_no_record_of_it_is_known(house: House) -> None:
    """By its number alone the payment provider can't be asked."""
    house.hear(BOT, "1", change(Status.NEW, BOT, external_id="c1", order_keys=keys(1)))
    house.settle()
    assert counted(house.store, ZENKI)[Estimate.ORDERS_NOT_NAMED] == 1
    house.hear(ZENKI, "2", order("p1", "SHIPPED", 1))
    house.settle()
    assert Estimate.ORDERS_NOT_NAMED not in counted(house.store, ZENKI)
    elsewhere = house.store.blind({ZENKI: ShopName("other")}, [GONE])[ZENKI]
    assert elsewhere.counts[Estimate.ORDERS_NOT_NAMED] == 0


def test_a_due_date_of_the_account_is_no_blind_spot(house: House) -> None:
    """Only running complaints need one; other clocks of the complaint don't help."""
    for n, status in enumerate((Status.OPEN, Status.OPEN, Status.CLOSED)):
        house.hear(DESK, str(n), change(status, external_id=f"d{n}"))
    house.settle()
    assert counted(house.store, DESK)[Estimate.NO_DUE_DATE] == 2
    told = change(Status.OPEN, external_id="d0", due_at=NOW + timedelta(days=90))
    house.hear(DESK, "told", told)
    house.settle()
    assert counted(house.store, DESK)[Estimate.NO_DUE_DATE] == 1


def test_what_moved_is_told_in_the_chat_on_asking(house: House) -> None:
    """Of what was raised there; a new complaint has no news."""
    house.hear(BOT, "1", change(Status.NEW, BOT, external_id="c1"))
    house.hear(BOT, "2", change(Status.NEW, BOT, external_id="c2"))
    house.settle()
    assert Estimate.MOVED not in counted(house.store, BOT)
    with house.store.engine.begin() as connection:
        connection.execute(
            text("UPDATE complaint SET status = 'open' WHERE id = (SELECT min(id) FROM complaint)")
        )
    assert counted(house.store, BOT)[Estimate.MOVED] == 1


def test_words_are_counted_by_account(house: House) -> None:
    """Unknown ones of complaints, all of orders."""
    for n, word in enumerate(("frozen", "frozen", "thawed")):
        odd = change(Status.UNKNOWN, external_id=f"d{n}", word=word)
        house.hear(DESK, str(n), odd)
    house.hear(DESK, "4", change(Status.OPEN, external_id="d4"))
    house.hear(ZENKI, "5", order("z1", "SHIPPED", 1), order("z2", "MELTED", 2))
    house.settle()
    found = house.store.blind(SHOPS, [GONE])
    assert dict(found[DESK].case_words) == {"frozen": 2, "thawed": 1}
    assert dict(found[ZENKI].order_words) == {"SHIPPED": 1, "MELTED": 1}
    assert (dict(found[ZENKI].case_words), dict(found[BOT].order_words)) == ({}, {})


def test_a_record_that_is_seen_again_isnt_gone(house: House) -> None:
    """The newest read counts; a reason that no provider gives for it doesn't."""
    gone = Change(subject=Subject.GONE, external_id=external("d1"), reason=GONE)
    other = Change(subject=Subject.GONE, external_id=external("d2"), reason="something else")
    house.hear(DESK, "1", change(Status.OPEN, external_id="d1"))
    house.hear(DESK, "2", change(Status.OPEN, external_id="d2"))
    house.settle()
    house.fakes[DESK].documents |= {
        external("d1"): document(gone),
        external("d2"): document(other),
    }
    house.clock.pass_(hours=1)
    house.settle()
    assert house.store.blind(SHOPS, [GONE])[DESK].gone == 1
    house.fakes[DESK].documents[external("d1")] = document(change(Status.WAITING, external_id="d1"))
    house.clock.pass_(hours=1)
    house.settle()
    assert house.store.blind(SHOPS, [GONE])[DESK].gone == 0
    assert flow.reconcile(house.deps) == 0
