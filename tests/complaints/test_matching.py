"""Whose case a record is, and who won, as people say: link, unlink, merge, settle."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import text

from complaints import flow, operating, rebuilding
from complaints.acts import (
    AnyAct,
    LinkRecord,
    MergeComplaints,
    SettleConflict,
    SplitComplaint,
    UnlinkRecord,
)
from complaints.ports import Receipt
from complaints.store import Store
from complaints.vocabulary import (
    AccountName,
    ComplaintNumber,
    ExternalId,
    Outcome,
    Result,
    ShopName,
    Status,
)
from tests.complaints.fakes import House
from tests.complaints.records import ACCOUNTS, BOT, CZ, DESK, ZENKI, change

QUIET_SHOP = {
    name: account.model_copy(update={"capabilities": account.capabilities - {"create"}})
    for name, account in ACCOUNTS.items()
}
"""A shop in which nothing is filed by itself."""

ORDER = ({"space": "payment", "value": "z1"},)


@pytest.fixture
def shop(opened: Store) -> House:
    """A store with accounts that are told about states, and file nothing."""
    return House(opened, accounts=QUIET_SHOP)


def told(house: House, account: AccountName, status: Status, name: str = "1", **other: Any) -> str:
    """An account says something; returns the number of the complaint."""
    external = f"{account}-{name}"
    seq = house.hear(
        account,
        f"{external}/{status}/{other}",
        change(status, account, external_id=external, **other),
    )
    flow.reconcile(house.deps)
    return number_of(house, seq)


def number_of(house: House, seq: int) -> str:
    """The complaint that an observation was taken into."""
    query = (
        "SELECT number FROM complaint c JOIN receipt r ON r.complaint_id = c.id AND r.seq = :seq"
    )
    return str(rows(house, query, seq=seq)[0][0])


def act(house: House, kind: type[AnyAct], /, **what: Any) -> str:
    """A person does something; returns its verdict and reason."""
    done = kind.model_validate({"shop": CZ, "by": "eva", **what})
    seq = operating.act(house.deps, done).seq
    while flow.reconcile(house.deps):
        pass
    return ": ".join(filter(None, house.store.receipts.verdict(seq)))


def rows(house: House, sql: str, **values: object) -> list[tuple[Any, ...]]:
    """What a query finds."""
    with house.store.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(sql), values)]


def cases(house: House) -> dict[str, tuple[str, str, str | None, list[str]]]:
    """By number: status, outcome, what it was merged into, and its records."""
    found = rows(
        house,
        "SELECT c.number, c.status, c.outcome, r.number, coalesce((SELECT"
        " array_agg(m.account || ':' || m.external_id ORDER BY m.account) FROM mirror m"
        " WHERE m.complaint_id = c.id), '{}') FROM complaint c"
        " LEFT JOIN complaint r ON r.id = c.merged_into",
    )
    return {number: (status, outcome, into, held) for number, status, outcome, into, held in found}


def pushes(house: House) -> set[tuple[str, ...]]:
    """Account, kind, target and state of what is asked for and not superseded."""
    return {
        tuple(map(str, row))
        for row in rows(
            house,
            "SELECT account, kind, coalesce(target, ''), state FROM push"
            " WHERE state <> 'superseded'",
        )
    }


def test_two_complaints_become_one(shop: House) -> None:
    """Status, pushes and history of the whole come from all records."""
    chat = told(shop, BOT, Status.NEW)
    dispute = told(shop, ZENKI, Status.OPEN)
    desk = told(shop, DESK, Status.OPEN, order_keys=ORDER)
    assert act(shop, MergeComplaints, number=chat, into=desk) == "applied"
    assert act(shop, MergeComplaints, number=dispute, into=desk) == "applied"
    told(shop, DESK, Status.REJECTED, order_keys=ORDER)
    found = cases(shop)
    assert found[desk] == (
        "rejected",
        "refused",
        None,
        ["cz-bot:cz-bot-1", "cz-desk:cz-desk-1", "cz-zenki:cz-zenki-1"],
    )
    assert found[chat][2:] == (desk, [])
    assert (ZENKI, "portal", "rejected", "manual") in pushes(shop)


def test_a_merge_is_taken_back(shop: House) -> None:
    """Both are as if it had never been: status, records, and what is asked for."""
    chat, desk = told(shop, BOT, Status.NEW), told(shop, DESK, Status.WAITING)
    before = cases(shop)
    assert act(shop, MergeComplaints, number=chat, into=desk) == "applied"
    assert cases(shop)[chat][2] == desk
    assert act(shop, SplitComplaint, number=chat) == "applied"
    assert cases(shop) == before


def test_what_was_heard_while_merged_stays_with_its_record(shop: House) -> None:
    """Each history is whole, whoever had it meanwhile."""
    first, second = told(shop, DESK, Status.OPEN), told(shop, DESK, Status.OPEN, "2")
    act(shop, MergeComplaints, number=second, into=first)
    assert told(shop, DESK, Status.REJECTED, "2") == first
    assert cases(shop)[first][:2] == ("rejected", "refused")
    act(shop, SplitComplaint, number=second)
    found = cases(shop)
    assert (found[first][0], found[second][0]) == ("open", "rejected")


def test_a_record_is_linked_and_unlinked(shop: House) -> None:
    """Its former complaint has nothing left, and gets it back."""
    chat, dispute = told(shop, BOT, Status.NEW), told(shop, ZENKI, Status.RESOLVED)
    record = {"account": ZENKI, "external_id": "cz-zenki-1"}
    before = cases(shop)
    assert act(shop, LinkRecord, number=chat, **record) == "applied"
    assert cases(shop)[chat][:2] == ("resolved", "upheld")
    assert cases(shop)[dispute][2:] == (chat, [])
    assert act(shop, UnlinkRecord, **record) == "applied"
    assert cases(shop) == before


def test_a_record_that_redress_matched_becomes_a_case_of_its_own(house: House) -> None:
    """It was filed by us; a person says that it is another matter."""
    chat = told(house, BOT, Status.NEW)
    house.fakes[DESK].answers.append(done := flow_receipt("d7"))
    assert done.external_id
    while flow.push(house.deps):
        pass
    house.hear(DESK, "read", change(Status.WAITING, external_id="d7"))
    flow.reconcile(house.deps)
    assert cases(house)[chat][0] == "waiting"
    assert act(house, UnlinkRecord, account=DESK, external_id="d7") == "applied"
    found = cases(house)
    (own,) = set(found) - {chat}
    assert (found[own][0], found[own][3]) == ("waiting", ["cz-desk:d7"])
    assert found[chat][3] == ["cz-bot:cz-bot-1"]


def flow_receipt(external_id: str) -> Any:
    """A push that was done and made a record."""
    return Receipt(result=Result.DONE, external_id=ExternalId(external_id))


@pytest.mark.parametrize(
    ("kind", "what", "reason"),
    [
        (MergeComplaints, {"number": "999", "into": "1"}, "no such complaint"),
        (LinkRecord, {"account": DESK, "external_id": "x", "number": "1"}, "no such record"),
        (LinkRecord, {"account": "y", "external_id": "cz-desk-1", "number": "1"}, "no such record"),
        (LinkRecord, {"account": DESK, "external_id": "cz-desk-1", "number": "1"}, "there already"),
        (UnlinkRecord, {"account": DESK, "external_id": "cz-desk-1"}, "was opened on it"),
        (SplitComplaint, {"number": "1"}, "it wasn't merged"),
        (MergeComplaints, {"number": "1", "into": "1"}, "they are one already"),
        (SettleConflict, {"number": "999", "outcome": "upheld"}, "no such complaint"),
    ],
)
def test_what_cant_be_done_is_set_aside_with_its_reason(
    shop: House, kind: type[AnyAct], what: dict[str, str], reason: str
) -> None:
    """Nothing changes."""
    number = told(shop, DESK, Status.OPEN)
    named = {key: number if value == "1" else value for key, value in what.items()}
    before = cases(shop)
    assert act(shop, kind, **named).startswith("quarantined: ")
    assert reason in act(shop, kind, **named)
    assert cases(shop) == before


def test_another_shops_complaint_cant_be_named(opened: Store) -> None:
    """An act is of one shop, and so is all that it names."""
    other = {
        name: account.model_copy(update={"shop": ShopName("de")} if name == BOT else {})
        for name, account in QUIET_SHOP.items()
    }
    house = House(opened, accounts=other)
    house.deps.shops[ShopName("de")] = house.deps.shops[CZ].model_copy(update={"name": "de"})  # type: ignore[index]
    theirs, ours = told(house, BOT, Status.NEW), told(house, DESK, Status.OPEN)
    assert "no such complaint" in act(house, MergeComplaints, number=theirs, into=ours)
    assert "no such complaint" in act(house, MergeComplaints, number=ours, into=theirs)
    record = {"account": BOT, "external_id": "cz-bot-1"}
    assert "no such record" in act(house, LinkRecord, number=ours, **record)


def disputed(house: House) -> str:
    """Two ends that contradict each other."""
    desk = told(house, DESK, Status.REJECTED)
    dispute = told(house, ZENKI, Status.RESOLVED, money_moved=True)
    act(house, MergeComplaints, number=dispute, into=desk)
    return desk


def test_a_conflict_has_an_owner_and_a_deadline(shop: House) -> None:
    """It is a row, people are told once, and nothing is pushed."""
    number = disputed(shop)
    (line,) = shop.store.conflicts()
    assert (line.number, line.owner) == (number, "operations")
    assert (line.due_at - line.opened_at).total_seconds() == 48 * 3600
    assert [(side.account, side.outcome) for side in line.sides] == [
        (DESK, Outcome.REFUSED),
        (ZENKI, Outcome.UPHELD),
    ]
    assert pushes(shop) == set()
    assert rows(shop, "SELECT kind, facts ->> 'number' FROM notice") == [("conflict", number)]
    told(shop, DESK, Status.CLOSED, outcome="refused")
    assert [side.word for side in shop.store.conflicts()[0].sides] == ["closed", "resolved"]
    assert len(rows(shop, "SELECT FROM notice")) == 1


def test_a_person_settles_a_conflict(shop: House) -> None:
    """What was decided counts, and whoever stands at the other end is asked by hand."""
    number = disputed(shop)
    assert act(shop, SettleConflict, number=number, outcome="upheld") == "applied"
    assert cases(shop)[number][:2] == ("resolved", "upheld")
    assert shop.store.conflicts() == []
    assert [line.how for line in shop.store.conflicts(closed=True)] == ["settled"]
    assert pushes(shop) == {(DESK, "portal", "resolved", "manual")}
    told(shop, DESK, Status.RESOLVED)
    assert pushes(shop) == {(DESK, "portal", "resolved", "done")}


def test_a_ruling_ends_when_an_account_says_otherwise(shop: House) -> None:
    """A newer act of a staff opens the conflict again."""
    number = disputed(shop)
    act(shop, SettleConflict, number=number, outcome="upheld")
    told(shop, DESK, Status.RESOLVED)
    told(shop, DESK, Status.OPEN)
    told(shop, DESK, Status.REJECTED)
    assert cases(shop)[number][:2] == ("resolved", "upheld")
    assert len(shop.store.conflicts()) == 1


def test_a_conflict_ends_by_itself_when_the_accounts_agree(shop: House) -> None:
    """Nobody has to settle it any more."""
    number = disputed(shop)
    told(shop, DESK, Status.OPEN)
    told(shop, DESK, Status.RESOLVED)
    assert cases(shop)[number][:2] == ("resolved", "upheld")
    assert shop.store.conflicts() == []


def test_an_act_waits_for_what_was_received_before_it(shop: House) -> None:
    """So that it means the same in whatever order things are worked."""
    number = ComplaintNumber(told(shop, DESK, Status.OPEN))
    shop.hear(ZENKI, "later", change(Status.OPEN, ZENKI))
    claim = shop.store.receipts.claim
    done = LinkRecord(
        shop=CZ, by="eva", account=ZENKI, external_id=ExternalId("cz-zenki-1"), number=number
    )
    seq = operating.act(shop.deps, done).seq
    names = [*shop.deps.accounts, AccountName("operator")]
    first = claim(names, 10, 30)
    assert [observation.account for observation in first.observations] == [ZENKI]
    assert claim(names, 10, 30).observations == ()
    flow._decide(shop.deps, first)
    flow.reconcile(shop.deps)
    assert shop.store.receipts.verdict(seq) == ("applied", "")
    assert cases(shop)[number][3] == ["cz-desk:cz-desk-1", "cz-zenki:cz-zenki-1"]


def test_what_people_did_is_folded_again(shop: House) -> None:
    """All that is stored follows from the observations, acts among them."""
    chat, desk = told(shop, BOT, Status.NEW), told(shop, DESK, Status.WAITING)
    other, dispute = told(shop, DESK, Status.OPEN, "2"), told(shop, ZENKI, Status.OPEN)
    act(shop, MergeComplaints, number=chat, into=desk)
    act(shop, MergeComplaints, number=dispute, into=other)
    told(shop, ZENKI, Status.RESOLVED, money_moved=True)
    told(shop, DESK, Status.REJECTED, "2")
    assert [line.number for line in shop.store.conflicts()] == [other]
    assert rebuilding.check(shop.deps).differences == ()
    act(shop, SettleConflict, number=other, outcome="partial")
    act(shop, SplitComplaint, number=chat)
    act(shop, UnlinkRecord, account=ZENKI, external_id="cz-zenki-1")
    act(shop, LinkRecord, account=ZENKI, external_id="cz-zenki-1", number=chat)
    told(shop, DESK, Status.OPEN)
    assert [str(one) for one in rebuilding.check(shop.deps).differences] == []
