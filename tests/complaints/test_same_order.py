"""Records of two systems about one order, opened within a few days, are one case."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import permutations

import pytest
from sqlalchemy import text

from complaints import flow, rebuilding
from complaints.acts import LinkRecord, MergeComplaints, SplitComplaint, UnlinkRecord
from complaints.model import Change
from complaints.ports import Receipt
from complaints.rules import ShopRules
from complaints.store import Store
from complaints.store.receipts import Arrival
from complaints.vocabulary import AccountName, Result, Source, Status
from tests.complaints.fakes import House, document
from tests.complaints.records import ACCOUNTS, BOT, DESK, NOW, RULES, ZENKI, change
from tests.complaints.test_interleaving import emptied
from tests.complaints.test_matching import QUIET_SHOP, act, cases, pushes, rows, told

ORDER = ({"space": "payment", "value": "z1"},)
LOST_ORDER = Change.model_validate(
    {"subject": "order", "external_id": "z1", "order_keys": ORDER, "delivered": False}
)
"""The order never arrived: a shop may open a dispute for its customer."""


def opened_at(house: House, account: AccountName, day: float, name: str = "1") -> None:
    """An account opens a case about the order; nothing is decided yet."""
    external = f"{account}-{name}"
    news = change(
        Status.OPEN,
        account,
        external_id=external,
        order_keys=ORDER,
        filed_at=NOW + timedelta(days=day),
    )
    house.hear(account, f"{external}/{day}", news)


def decide(house: House) -> list[list[str]]:
    """Decide all; returns the records of each case that is left."""
    while flow.reconcile(house.deps):
        pass
    return sorted(records for _, _, into, records in cases(house).values() if into is None)


@pytest.fixture
def shop(opened: Store) -> Iterator[House]:
    """Accounts that file nothing by themselves; in the end all is folded again."""
    house = House(opened, accounts=QUIET_SHOP)
    yield house
    assert [str(one) for one in rebuilding.check(house.deps).differences] == []


def test_the_desk_and_the_payment_account_speak_of_one_case(shop: House) -> None:
    """Whichever came first; what one decides, the other hears."""
    opened_at(shop, DESK, 0)
    opened_at(shop, ZENKI, 2)
    assert decide(shop) == [["cz-desk:cz-desk-1", "cz-zenki:cz-zenki-1"]]
    shop.hear(DESK, "end", change(Status.REJECTED, external_id="cz-desk-1"))
    decide(shop)
    assert (ZENKI, "portal", "rejected", "manual") in pushes(shop)


@pytest.mark.parametrize(
    ("first", "second", "rules"),
    [
        ((DESK, 0.0), (ZENKI, 3.1), RULES),
        ((ZENKI, 0.0), (DESK, -3.1), RULES),
        ((DESK, 0.0), (DESK, 0.0), RULES),
        ((BOT, 0.0), (ZENKI, 0.0), RULES),
        ((BOT, 0.0), (DESK, 0.0), RULES),
        ((DESK, 0.0), (ZENKI, 0.0), RULES.model_copy(update={"match_days": 0})),
    ],
    ids=[
        "too late",
        "too early",
        "one system holds two cases",
        "a stranger's claim and a dispute",
        "a stranger's claim and a case of the desk",
        "a shop that doesn't wish it",
    ],
)
def test_what_isnt_one_case(
    opened: Store,
    first: tuple[AccountName, float],
    second: tuple[AccountName, float],
    rules: ShopRules,
) -> None:
    """They stay two."""
    house = House(opened, accounts=QUIET_SHOP, rules=rules)
    opened_at(house, *first, name="1")
    opened_at(house, *second, name="2")
    assert len(decide(house)) == 2


def test_what_we_filed_ourselves_is_no_second_case_of_that_account(opened: Store) -> None:
    """A case that is on its way to the desk isn't matched with another one that stands there."""
    house = House(opened, accounts=ACCOUNTS)
    opened_at(house, ZENKI, 0)
    decide(house)
    assert flow.push(house.deps) == 1
    opened_at(house, DESK, 1)
    assert len(decide(house)) == 2


def test_a_person_who_parts_them_is_believed(shop: House) -> None:
    """Also when more is heard of both."""
    opened_at(shop, DESK, 0)
    opened_at(shop, ZENKI, 1)
    decide(shop)
    assert act(shop, UnlinkRecord, account=ZENKI, external_id="cz-zenki-1") == "applied"
    assert len(decide(shop)) == 2
    opened_at(shop, DESK, 0.5)
    opened_at(shop, ZENKI, 1.5)
    assert len(decide(shop)) == 2


RECORD = {"account": DESK, "external_id": "cz-desk-1"}
WHOLE = ["cz-bot:cz-bot-1", "cz-desk:cz-desk-1", "cz-zenki:cz-zenki-1"]


def number_of(house: House, record: str) -> str:
    """The number of the case that a record is in."""
    return next(n for n, (_, _, _, records) in cases(house).items() if record in records)


@pytest.mark.parametrize("dispute", ["before", "after"])
def test_what_a_person_joined_takes_others_along(shop: House, dispute: str) -> None:
    """The dispute follows the desk's case to the chat's, whether it came before or afterwards."""
    opened_at(shop, BOT, 0)
    opened_at(shop, DESK, 0)
    if dispute == "before":
        opened_at(shop, ZENKI, 1)
    decide(shop)
    chat = number_of(shop, "cz-bot:cz-bot-1")
    assert act(shop, LinkRecord, number=chat, **RECORD) == "applied"
    if dispute == "after":
        opened_at(shop, ZENKI, 1)
    assert decide(shop) == [WHOLE]
    assert act(shop, UnlinkRecord, **RECORD) == "applied"
    assert len(decide(shop)) == 3


def test_the_case_that_others_came_to_is_parted_from_them(shop: House) -> None:
    """By its own number, too; once more there is nothing to part."""
    opened_at(shop, DESK, 0)
    opened_at(shop, ZENKI, 1)
    decide(shop)
    desk = number_of(shop, "cz-desk:cz-desk-1")
    assert act(shop, SplitComplaint, number=desk) == "applied"
    assert len(decide(shop)) == 2
    assert "it wasn't merged" in act(shop, SplitComplaint, number=desk)


def test_what_a_person_brought_goes_by_its_own_name(shop: House) -> None:
    """The case it was brought to can't be parted from it by that case's number."""
    opened_at(shop, BOT, 0)
    opened_at(shop, DESK, 0)
    decide(shop)
    chat, desk = (number_of(shop, f"{name}:{name}-1") for name in (BOT, DESK))
    assert act(shop, MergeComplaints, number=chat, into=desk) == "applied"
    assert "it wasn't merged" in act(shop, SplitComplaint, number=desk)
    assert len(decide(shop)) == 1
    assert act(shop, SplitComplaint, number=chat) == "applied"
    assert len(decide(shop)) == 2


def test_a_person_may_confirm_what_was_matched(shop: House) -> None:
    """It then stays one, though the shop doesn't match any more."""
    opened_at(shop, DESK, 0)
    opened_at(shop, ZENKI, 1)
    decide(shop)
    desk = number_of(shop, "cz-desk:cz-desk-1")
    dispute = {"account": ZENKI, "external_id": "cz-zenki-1"}
    assert act(shop, LinkRecord, number=desk, **dispute) == "applied"
    assert "it belongs there already" in act(shop, LinkRecord, number=desk, **dispute)
    unmatched = RULES.model_copy(update={"match_days": 0})
    later = House(shop.store, accounts=QUIET_SHOP, rules=unmatched)
    opened_at(later, BOT, 0)
    assert decide(later) == [["cz-bot:cz-bot-1"], ["cz-desk:cz-desk-1", "cz-zenki:cz-zenki-1"]]


def test_a_long_chain_of_orders_is_decided(shop: House) -> None:
    """Each order has a case that a person joined with one of the next order."""
    length = 15
    for n in range(length):
        key = ({"space": "number", "value": f"n{n}"},)
        for side in "ab":
            record = f"{side}{n}"
            news = change(Status.OPEN, external_id=record, order_keys=key)
            shop.hear(DESK, record, news)
    decide(shop)
    for n in range(length - 1):
        number = number_of(shop, f"cz-desk:a{n + 1}")
        linked = act(shop, LinkRecord, account=DESK, external_id=f"b{n}", number=number)
        assert linked == "applied"
    first = number_of(shop, "cz-desk:b0")
    assert act(shop, LinkRecord, account=DESK, external_id="a0", number=first) == "applied"
    assert len(decide(shop)) == length


def test_the_order_of_working_never_matters(opened: Store) -> None:
    """Cases are placed in the order in which they were opened."""
    found = []
    for order in permutations(range(4)):
        with emptied(opened) as house:
            shop = House(house.store, accounts=QUIET_SHOP)
            opened_at(shop, ZENKI, 1)
            opened_at(shop, DESK, 0)
            opened_at(shop, DESK, 2, "2")
            opened_at(shop, BOT, 1)
            claim = shop.store.receipts.claim
            batches = [claim([BOT, DESK, ZENKI], 1, 60) for _ in range(4)]
            for place in order:
                flow._decide(shop.deps, batches[place])
            found.append(decide(shop))
    assert (
        found
        == [
            [
                ["cz-bot:cz-bot-1"],
                ["cz-desk:cz-desk-1", "cz-zenki:cz-zenki-1"],
                ["cz-desk:cz-desk-2"],
            ]
        ]
        * 24
    )


def test_the_oldest_complaint_asks_for_the_orders_dispute(opened: Store) -> None:
    """In whatever order they are worked; what a younger one asked for before is overtaken."""
    for order in ((0, 1), (1, 0)):
        with emptied(opened) as house:
            seqs = [raised(house, n) for n in range(2)]
            house.hear(ZENKI, "order", LOST_ORDER)
            for n in order:
                hide(house, [seq for seq in seqs if seq != seqs[n]])
                while flow.reconcile(house.deps):
                    pass
                hide(house, [])
            while flow.reconcile(house.deps):
                pass
            asked = [
                (born, state)
                for born, state in rows(
                    house,
                    "SELECT c.born, p.state FROM push p JOIN complaint c ON c.id = p.complaint_id"
                    " WHERE p.kind = 'open_dispute' AND p.state <> 'superseded'",
                )
            ]
            assert asked == [(seqs[0], "due")]


def test_a_dispute_that_was_sent_is_not_asked_for_again(opened: Store) -> None:
    """By an older complaint that comes to be known later; nor is a second one ever claimed."""
    with emptied(opened) as house:
        seqs = [raised(house, n) for n in range(2)]
        house.hear(ZENKI, "order", LOST_ORDER)
        hide(house, seqs[:1])
        while flow.reconcile(house.deps):
            pass
        while flow.push(house.deps):
            pass
        hide(house, [])
        while flow.reconcile(house.deps):
            pass
        with house.store.engine.begin() as connection:
            connection.exec_driver_sql(
                "INSERT INTO push (key, complaint_id, account, kind, reason, state, cause,"
                " created_at) SELECT 'second', c.id, 'cz-zenki', 'open_dispute', '', 'due', 1,"
                " c.opened_at FROM complaint c ORDER BY c.born LIMIT 1"
            )
        while flow.push(house.deps):
            pass
        sent = [one for one in house.fakes[ZENKI].sent if one.kind == "open_dispute"]
        assert len(sent) == 1


def hide(house: House, seqs: list[int]) -> None:
    """Let somebody else have these observations for now; everything else is free."""
    with house.store.engine.begin() as connection:
        connection.execute(
            text(
                "UPDATE receipt SET attempts = 0, lease_until_tech = CASE WHEN seq = ANY(:seqs)"
                " THEN clock_timestamp() + interval '1 hour' END WHERE verdict = 'pending'"
            ),
            {"seqs": seqs},
        )


def test_the_dispute_of_a_merged_complaint_is_the_orders_too(opened: Store) -> None:
    """Its answer was lost, and its number is part of another one now; a third one asks for none."""
    with emptied(opened) as house:
        house.fakes[ZENKI].answers.append(Receipt(result=Result.UNKNOWN))
        raised(house, 0)
        raised(house, 1)
        house.hear(ZENKI, "order", LOST_ORDER)
        spread(house)
        query = "SELECT number FROM complaint ORDER BY born"
        first, second = (number for (number,) in rows(house, query))
        act(house, MergeComplaints, number=first, into=second)
        raised(house, 2)
        spread(house)
        sent = [one for one in house.fakes[ZENKI].sent if one.kind == "open_dispute"]
        assert len(sent) == 1
        query = "SELECT state FROM push WHERE kind = 'open_dispute' AND state <> 'superseded'"
        assert [state for (state,) in rows(house, query)] == ["unknown"]


def test_what_waits_for_a_release_keeps_no_younger_complaint_from_its_dispute(
    opened: Store,
) -> None:
    """An older one that an import brought waits for a person; a customer's own doesn't."""
    case = change(Status.OPEN, DESK, external_id="d1", order_keys=ORDER)
    for first in (0, 1):
        with emptied(opened) as house:
            imported(house, ZENKI, LOST_ORDER)
            seqs = [imported(house, DESK, case), raised(house, 1)]
            hide(house, [seqs[1 - first]])
            while flow.reconcile(house.deps):
                pass
            hide(house, [])
            while flow.reconcile(house.deps):
                pass
            query = (
                "SELECT c.born, p.state FROM push p JOIN complaint c ON c.id = p.complaint_id"
                " WHERE p.kind = 'open_dispute' AND p.state <> 'superseded' ORDER BY c.born"
            )
            assert [tuple(row) for row in rows(house, query)] == [
                (seqs[0], "held"),
                (seqs[1], "due"),
            ]


def raised(house: House, n: int) -> int:
    """A customer complains in the chat about the order; the sequence."""
    news = change(Status.NEW, BOT, external_id=f"c{n}", order_keys=ORDER)
    return house.hear(BOT, f"raise {n}", news)


def imported(house: House, account: AccountName, news: Change) -> int:
    """A row of an import: what it alone asks for waits for a person."""
    row = Arrival(
        account=account,
        source=Source.IMPORT,
        form="document",
        body=document(news),
        dedupe_key=f"import:{account}",
    )
    return house.store.receipts.keep([row], NOW)[0].seq


def spread(house: House) -> None:
    """Decide and send all there is."""
    while flow.reconcile(house.deps) or flow.push(house.deps):
        pass


@pytest.mark.parametrize("ending", ["put back", "tried in vain", "swept"])
def test_what_was_being_sent_while_its_case_was_decided_is_weighed_again(
    opened: Store, ending: str
) -> None:
    """The payment account refuses, and the desk is to be told; meanwhile its staff uphold it."""
    house = House(opened, accounts=QUIET_SHOP)
    told(house, DESK, Status.OPEN, order_keys=ORDER)
    told(house, ZENKI, Status.OPEN, order_keys=ORDER)
    told(house, ZENKI, Status.REJECTED, order_keys=ORDER)
    flow.SWEEPS["renew"](house.deps)
    claimed = opened.pushes.claim([DESK], 0.0 if ending == "swept" else 60.0, house.clock())
    assert claimed is not None
    assert (claimed.intent.kind, claimed.intent.target) == ("set_status", "rejected")
    told(house, DESK, Status.RESOLVED, order_keys=ORDER)
    if ending == "put back":
        opened.pushes.unsent(claimed, "no place", house.clock(), 0.0)
    elif ending == "tried in vain":
        opened.pushes.later(claimed, "503", 0.0, house.clock(), give_up=False)
    else:
        flow.sweep(house.deps)
    assert opened.pushes.claim([DESK], 60.0, house.clock()) is None
    flow.SWEEPS["renew"](house.deps)
    assert opened.pushes.claim([DESK], 60.0, house.clock()) is None
    query = "SELECT state FROM push WHERE kind = 'set_status' AND account = 'cz-desk'"
    assert [state for (state,) in rows(house, query)] == ["superseded"]
    assert rows(house, "SELECT conflict FROM complaint WHERE merged_into IS NULL") == [(True,)]
