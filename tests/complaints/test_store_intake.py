"""Complaints that a chat hands us: the number is minted and committed before any answer."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import event, text

from complaints import flow
from complaints.model import Change, OrderKey
from complaints.numbers import is_sound
from complaints.store import Store
from complaints.store.intake import Intake, Tracked
from complaints.vocabulary import (
    AccountName,
    ComplaintNumber,
    ExternalId,
    OrderSpace,
    OrderState,
    Outcome,
    ShopName,
    Source,
    Status,
    Subject,
)
from tests.complaints.fakes import House, document
from tests.complaints.records import ACCOUNTS, BOT, CZ, DESK, NOW, ZENKI, change
from tests.complaints.together import together

WINDOW = timedelta(minutes=15)
OTHER = AccountName("cz-bot2")


def take(
    opened: Store,
    key: str = "kettle leaks",
    raiser: str = "TELEGRAM:1",
    account: AccountName = BOT,
    now: datetime = NOW,
) -> Intake:
    """Somebody complains."""
    return opened.intakes.take(account, key, raiser, "raise", b"{}", now, WINDOW)


def rows(opened: Store, sql: str) -> list[tuple[Any, ...]]:
    """Rows of a query."""
    with opened.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(sql))]


def test_a_number_is_promised_and_kept(opened: Store) -> None:
    """Sound, and committed together with what was said."""
    taken = take(opened)
    assert taken.fresh
    assert is_sound(taken.number)
    kept = opened.receipts.claim([BOT], 10, 30).observations
    assert [(o.number, o.external_id, o.source, o.body) for o in kept] == [
        (taken.number, ExternalId(taken.number), Source.CHAT, b"{}")
    ]


def test_a_repeat_inside_the_window_gets_the_same_number(opened: Store) -> None:
    """It is counted and makes nothing new."""
    first = take(opened)
    again = take(opened, now=NOW + WINDOW - timedelta(seconds=1))
    assert again == Intake(first.number, fresh=False)
    assert rows(opened, "SELECT deliveries FROM receipt") == [(2,)]


def test_outside_the_window_it_is_a_new_complaint(opened: Store) -> None:
    """The window begins with the first request, so repeats don't stretch it."""
    first = take(opened)
    take(opened, now=NOW + timedelta(minutes=10))
    late = take(opened, now=NOW + WINDOW)
    assert late.fresh
    assert late.number != first.number
    again = take(opened, now=NOW + WINDOW + timedelta(minutes=1))
    assert again == Intake(late.number, fresh=False)
    assert rows(opened, "SELECT deliveries FROM receipt ORDER BY seq") == [(2,), (2,)]


def test_chat_a_outside_the_window_the_earlier_number_is_named(opened: Store) -> None:
    """In the form, for the adapter: it may be a duplicate of the last one with the same words."""
    first = take(opened)
    second = take(opened, now=NOW + WINDOW)
    third = take(opened, now=NOW + 5 * WINDOW)
    take(opened, key="lid broken", now=NOW + 5 * WINDOW)
    take(opened, raiser="TELEGRAM:2", now=NOW + 5 * WINDOW)
    kept = opened.receipts.claim([BOT], 10, 30).observations
    assert [o.form for o in kept] == [
        "raise",
        f"raise after {first.number}",
        f"raise after {second.number}",
        "raise",
        "raise",
    ]
    assert kept[2].number == third.number


def test_others_get_numbers_of_their_own(opened: Store) -> None:
    """Another person, other words, or another bot."""
    numbers = {
        take(opened).number,
        take(opened, key="lid broken").number,
        take(opened, raiser="TELEGRAM:2").number,
        take(opened, account=OTHER).number,
        take(opened, key="kettle", raiser="TELEGRAM:1 leaks").number,
        take(opened, key="kettle:leaks").number,
    }
    assert len(numbers) == 6


def test_repeats_at_once_agree(opened: Store) -> None:
    """Five at the same moment: one number, one of them fresh, five deliveries."""
    taken = together(*[lambda: take(opened)] * 5)
    assert len({one.number for one in taken}) == 1
    assert [one.fresh for one in taken].count(True) == 1
    assert rows(opened, "SELECT deliveries FROM receipt") == [(5,)]


def test_different_ones_at_once_dont_share_a_number(opened: Store) -> None:
    """Numbers are drawn once."""
    taken = together(*[lambda n=n: take(opened, key=str(n)) for n in range(5)])
    assert len({one.number for one in taken}) == 5


def test_who_complained_isnt_in_the_receipt(opened: Store) -> None:
    """The narrow table lives for ever: it holds a keyed hash of the raiser."""
    take(opened, raiser="TELEGRAM:70214")
    assert "70214" not in str(rows(opened, "SELECT * FROM receipt"))


# -- tracking ----------------------------------------------------------------------------


def raised(house: House, raiser: str = "TELEGRAM:1") -> ComplaintNumber:
    """A complaint that came by chat and was decided on."""
    news = change(Status.NEW, BOT, external_id=None, claim={"raiser": raiser})
    taken = house.store.intakes.take(BOT, "k", raiser, "raise", b"", NOW, WINDOW)
    with house.store.engine.begin() as connection:
        # The adapter of a real bot names the complaint by the number that was promised.
        connection.execute(
            text("UPDATE payload SET body = :body"),
            {"body": document(news.model_copy(update={"external_id": taken.number}))},
        )
    flow.reconcile(house.deps)
    return taken.number


def test_a_raiser_may_ask_before_anything_was_decided(opened: Store) -> None:
    """A promised number counts as new."""
    taken = take(opened)
    found = opened.intakes.track(BOT, "TELEGRAM:1", taken.number)
    assert found == Tracked(Status.NEW, Outcome.NONE)


def test_a_raiser_is_told_what_became_of_it(house: House) -> None:
    """Status and outcome as they are now."""
    number = raised(house)
    with house.store.engine.begin() as connection:
        connection.execute(text("UPDATE complaint SET status = 'rejected', outcome = 'refused'"))
    found = house.store.intakes.track(BOT, "TELEGRAM:1", number)
    assert found == Tracked(Status.REJECTED, Outcome.REFUSED)


def test_nobody_else_may_ask(house: House) -> None:
    """Before and after the decision: another person, another bot, or nobody at all."""
    for number in (take(house.store, key="promised").number, raised(house)):
        assert house.store.intakes.track(BOT, "TELEGRAM:1", number) is not None
        for account, raiser in [
            (BOT, "TELEGRAM:2"),
            (BOT, ""),
            (BOT, "TELEGRAM:%"),
            (OTHER, "TELEGRAM:1"),
            (DESK, "TELEGRAM:1"),
        ]:
            assert house.store.intakes.track(account, raiser, number) is None


def test_a_number_that_nobody_promised_is_unknown(opened: Store) -> None:
    """Neither a wrong one nor a part of one."""
    number = take(opened).number
    for wrong in ("", "1", number[:-1], number + "0", "99999"):
        assert opened.intakes.track(BOT, "TELEGRAM:1", ComplaintNumber(wrong)) is None


# -- orders ------------------------------------------------------------------------------

ASHA = "asha@example.org"


def told(
    house: House,
    number: str = "00591837",
    state: OrderState | None = OrderState.SHIPPED,
    owner: str = ASHA,
    space: OrderSpace = OrderSpace.NUMBER,
) -> None:
    """The payment account tells of an order."""
    house.hear(
        ZENKI,
        f"{number}/{state}/{owner}/{space}",
        Change(
            subject=Subject.ORDER,
            external_id=ExternalId(number),
            order_keys=(OrderKey(space=space, value=number),),
            order_state=state,
            owner=owner,
        ),
    )
    flow.reconcile(house.deps)


def test_chat_order_status_is_told_to_the_orders_owner(house: House) -> None:
    """However the e-mail is written; and as it is now."""
    told(house)
    for asker in (ASHA, "Asha@Example.ORG ", f" {ASHA}"):
        assert flow.ask_order(house.deps, BOT, "00591837", asker) is OrderState.SHIPPED
    told(house, state=OrderState.DELIVERED)
    assert flow.ask_order(house.deps, BOT, "00591837", ASHA) is OrderState.DELIVERED


def test_chat_order_status_is_told_to_nobody_else(house: House) -> None:
    """A stranger hears the same as about an order that there isn't."""
    told(house)
    for number, asker in [
        ("00591837", "eve@example.org"),
        ("00591837", ""),
        ("00591837", " "),
        ("00591837", "asha"),
        ("00591837", "%"),
        ("591837", ASHA),
        ("00591838", ASHA),
        ("", ASHA),
    ]:
        assert flow.ask_order(house.deps, BOT, number, asker) is None


def test_chat_order_status_of_an_order_of_nobody_is_told_to_nobody(house: House) -> None:
    """A stranger's complaint makes an order known; nobody has said whose it is."""
    told(house, owner="")
    assert rows(house.store, "SELECT state, owner FROM tracked_order") == [("shipped", None)]
    for asker in (ASHA, "", " "):
        assert flow.ask_order(house.deps, BOT, "00591837", asker) is None


def test_chat_order_status_that_nobody_has_told_is_none(house: House) -> None:
    """The owner is known, the state isn't."""
    told(house, state=None)
    assert flow.ask_order(house.deps, BOT, "00591837", ASHA) is None


def test_chat_order_status_stays_in_its_shop(opened: Store) -> None:
    """Another shop's bot knows nothing of it, nor does an id of another kind."""
    other = ACCOUNTS[BOT].model_copy(update={"name": OTHER, "shop": ShopName("de")})
    house = House(opened, accounts={**ACCOUNTS, OTHER: other})
    told(house)
    told(house, number="z1", space=OrderSpace.PAYMENT)

    assert flow.ask_order(house.deps, OTHER, "00591837", ASHA) is None
    assert opened.intakes.ask_order(CZ, "z1", ASHA) is None
    assert opened.intakes.ask_order(CZ, "00591837", ASHA) is OrderState.SHIPPED


def test_chat_order_status_costs_the_same_whether_there_is_an_order(house: House) -> None:
    """One query, one row, for the owner, a stranger, and an order that there isn't."""
    told(house)
    asked: list[str] = []
    event.listen(
        house.store.engine,
        "before_cursor_execute",
        lambda *arguments: asked.append(arguments[2]),
    )
    for number, asker in [("00591837", ASHA), ("00591837", "eve@example.org"), ("1", ASHA)]:
        flow.ask_order(house.deps, BOT, number, asker)
    assert len(asked) == 3
    assert len(set(asked)) == 1
