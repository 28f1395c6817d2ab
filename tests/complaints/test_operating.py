"""What people do is an observation of the account ``operator``, decided like any other."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import text

from complaints import flow, operating
from complaints.acts import OrderErrand
from complaints.files import FileRefused
from complaints.ports import Receipt
from complaints.store import Store
from complaints.store.receipts import Arrival
from complaints.vocabulary import (
    OPERATOR,
    Capability,
    ComplaintNumber,
    ExternalId,
    PushKind,
    Result,
    ShopName,
    Source,
    Status,
)
from tests.complaints.fakes import House
from tests.complaints.records import ACCOUNTS, BOT, CZ, DESK, NOW, ZENKI, change, external
from tests.complaints.test_files import PNG

ORDERS = {
    **ACCOUNTS,
    DESK: ACCOUNTS[DESK].model_copy(
        update={"capabilities": ACCOUNTS[DESK].capabilities | {Capability.CREATE_ORDER}}
    ),
}


PAID = {
    BOT: ACCOUNTS[BOT],
    ZENKI: ACCOUNTS[ZENKI].model_copy(
        update={"capabilities": ACCOUNTS[ZENKI].capabilities | {Capability.ATTACH}}
    ),
}


@pytest.fixture
def house(opened: Store) -> House:
    """A shop whose desk creates orders too."""
    return House(opened, accounts=ORDERS)


def rows(house: House, sql: str) -> list[tuple[Any, ...]]:
    """What the database says."""
    with house.store.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(sql))]


def verdicts(house: House) -> list[tuple[str, str | None]]:
    """What became of what people did."""
    sql = "SELECT verdict, reason FROM receipt WHERE account = 'operator' ORDER BY seq"
    return [(verdict, reason) for verdict, reason in rows(house, sql)]


def raised(house: House, status: Status = Status.NEW) -> ComplaintNumber:
    """A complaint that the chat and, after its push, the desk know."""
    house.hear(BOT, "c1", change(status, BOT, external_id="c1", claim={"text": "x"}))
    house.fakes[DESK].answers.append(Receipt(result=Result.DONE, external_id=external("d1")))
    house.settle()
    house.hear(DESK, "d1", change(Status.OPEN, external_id="d1"))
    house.settle()
    return ComplaintNumber(rows(house, "SELECT number FROM complaint")[0][0])


def attach(house: House, number: ComplaintNumber, content: bytes = PNG, name: str = "a.png") -> str:
    """Attach a file and let it be decided; returns its digest."""
    done = operating.attach(house.deps, CZ, number, name, content, "jana")
    house.settle()
    return done.digest


def test_a_file_is_attached_once(house: House) -> None:
    """Its content is kept under its digest, whoever brings it again."""
    number = raised(house)
    digest = attach(house, number)
    assert attach(house, number, name="again.png") == digest
    assert verdicts(house) == [("applied", None), ("superseded", "attached before")]
    (file,) = house.store.attachments.of(number)
    assert (file.name, file.media_type, file.size, file.content) == (
        "a.png",
        "image/png",
        len(PNG),
        PNG,
    )


def test_where_no_call_takes_files_a_person_uploads_them(house: House) -> None:
    """One manual action for each file and account that can be read; the chat has no place."""
    number = raised(house)
    attach(house, number)
    attach(house, number, PNG + b"2", "b.png")
    asked = "SELECT account, kind, state, reason FROM push WHERE kind = 'attach' ORDER BY id"
    pushes = rows(house, asked)
    assert pushes == [
        (DESK, "attach", "manual", "upload a.png there by hand"),
        (DESK, "attach", "manual", "upload b.png there by hand"),
    ]


def test_a_file_goes_along_with_a_dispute(opened: Store) -> None:
    """And isn't asked of a person there; one that comes later is."""
    house = House(opened, accounts=PAID)
    payment = {"space": "payment", "value": "z1"}
    house.hear(
        BOT,
        "c1",
        change(Status.NEW, BOT, external_id="c1", order_keys=(payment,), claim={"text": "x"}),
    )
    while flow.reconcile(house.deps):
        pass
    number = ComplaintNumber(rows(house, "SELECT number FROM complaint")[0][0])
    operating.attach(house.deps, CZ, number, "a.png", PNG, "jana")
    undelivered = change(subject="order", external_id="z1", order_keys=(payment,), delivered=False)
    house.hear(ZENKI, "z1", undelivered)
    house.fakes[ZENKI].answers.append(Receipt(result=Result.DONE, external_id=external("z1")))
    house.settle()
    (sent,) = house.fakes[ZENKI].sent
    assert [(file.name, file.content) for file in sent.attachments] == [("a.png", PNG)]
    house.hear(ZENKI, "z1 again", change(Status.OPEN, ZENKI, external_id="z1"))
    house.settle()
    sql = "SELECT kind, state FROM push ORDER BY id"
    assert rows(house, sql) == [("open_dispute", "done")]
    attach(house, number, PNG + b"2", "late.png")
    assert rows(house, sql) == [("open_dispute", "done"), ("attach", "manual")]


def test_files_that_didnt_go_along_are_a_persons(opened: Store) -> None:
    """The dispute was there already: nothing was sent with it."""
    house = House(opened, accounts=PAID)
    payment = {"space": "payment", "value": "z1"}
    claimed = change(Status.NEW, BOT, external_id="c1", order_keys=(payment,), claim={"text": "x"})
    house.hear(BOT, "c1", claimed)
    while flow.reconcile(house.deps):
        pass
    number = ComplaintNumber(rows(house, "SELECT number FROM complaint")[0][0])
    operating.attach(house.deps, CZ, number, "a.png", PNG, "jana")
    house.hear(
        ZENKI,
        "z1",
        change(subject="order", external_id="z1", order_keys=(payment,), delivered=False),
    )
    house.fakes[ZENKI].answers.append(Receipt(result=Result.ALREADY, external_id=external("z1")))
    house.settle()
    house.hear(ZENKI, "z1 again", change(Status.OPEN, ZENKI, external_id="z1"))
    house.settle()
    assert rows(house, "SELECT kind, state FROM push ORDER BY id") == [
        ("open_dispute", "done"),
        ("attach", "manual"),
    ]


@pytest.mark.parametrize(("shop", "number"), [(CZ, "99994"), (ShopName("sk"), None)])
def test_a_file_for_nobody_is_set_aside(house: House, shop: ShopName, number: str | None) -> None:
    """No such complaint in that shop: kept with its reason, and nothing else happens."""
    known = raised(house)
    operating.attach(house.deps, shop, ComplaintNumber(number or known), "a.png", PNG, "jana")
    house.settle()
    assert verdicts(house)[0][0] == "quarantined"
    assert house.store.attachments.of(known) == []


def test_what_is_no_file_is_refused_at_once(house: House) -> None:
    """Nothing is kept of it."""
    number = raised(house)
    with pytest.raises(FileRefused):
        operating.attach(house.deps, CZ, number, "a.exe", b"MZ\x90", "jana")
    assert rows(house, "SELECT count(*) FROM attachment") == [(0,)]


# -- errands -----------------------------------------------------------------------------


def errand(house: House, **other: Any) -> None:
    """Somebody wants an order to be created."""
    operating.act(
        house.deps,
        OrderErrand.model_validate(
            {
                "shop": CZ,
                "by": "jana",
                "account": DESK,
                "kind": PushKind.CREATE_ORDER,
                "draft": '{"items":[{"label":"Lamp","price":12.50}]}',
                **other,
            }
        ),
    )


def test_an_errand_is_one_push(house: House) -> None:
    """Without a complaint; what was wished is handed to the adapter as it is."""
    errand(house)
    order = Receipt(result=Result.DONE, external_id=external("order:h1"), alias="notify:n1")
    house.fakes[DESK].answers.append(order)
    house.settle()
    (sent,) = house.fakes[DESK].sent
    assert (sent.kind, sent.number) == ("create_order", "")
    assert str(sent.draft["items"][0]["price"]) == "12.50"
    assert rows(house, "SELECT complaint_id, state, external_id, reason FROM push") == [
        (None, "done", "order:h1", "by jana")
    ]
    # The new order is read back, and known by the name under which the account speaks of it.
    assert house.fakes[DESK].read == ["order:h1"]
    assert rows(house, "SELECT external_id, alias, complaint_id FROM mirror") == [
        ("order:h1", "notify:n1", None)
    ]


def test_a_hint_by_another_name_is_followed(house: House) -> None:
    """A name that nobody gave is superseded: nothing is read because of it."""
    errand(house)
    order = Receipt(result=Result.DONE, external_id=external("order:h1"), alias="notify:n1")
    house.fakes[DESK].answers.append(order)
    house.settle()
    house.clock.pass_(minutes=1)
    for name in ("notify:n1", "notify:forged"):
        house.hear(DESK, name, change(subject="hint", external_id=None, alias=name))
    house.settle()
    assert house.fakes[DESK].read == ["order:h1", "order:h1"]
    sql = "SELECT verdict, reason FROM receipt WHERE account = 'cz-desk' ORDER BY seq DESC LIMIT 1"
    assert rows(house, sql)[0] == ("superseded", "names nothing that is known")


def test_two_errands_alike_are_two(house: House) -> None:
    """A person who asks twice means it twice; the same row is never sent twice."""
    errand(house)
    errand(house)
    house.settle()
    assert len(house.fakes[DESK].sent) == 2
    assert len(set(rows(house, "SELECT key FROM push"))) == 2


def test_an_errand_whose_answer_was_lost_is_unknown(house: House) -> None:
    """An order is never created twice on a guess."""
    errand(house)
    house.fakes[DESK].answers.append(Receipt(result=Result.UNKNOWN, detail="cut"))
    house.settle()
    assert rows(house, "SELECT state, attempts FROM push") == [("unknown", 1)]


@pytest.mark.parametrize(
    ("account", "why"), [("nobody", "no such account"), (ZENKI, "cz-zenki can't do that")]
)
def test_an_errand_that_nobody_can_run_is_set_aside(house: House, account: str, why: str) -> None:
    """With its reason, and nothing is asked of anybody."""
    errand(house, account=account)
    house.settle()
    assert verdicts(house) == [("quarantined", why)]
    assert rows(house, "SELECT count(*) FROM push") == [(0,)]


def test_an_act_that_nobody_can_read_is_set_aside(house: House) -> None:
    """One of a newer version, say; all others go on."""
    arrival = Arrival(account=OPERATOR, source=Source.OPERATOR, form="act", body=b'{"act":"fly"}',
                      dedupe_key="act:1")  # fmt: skip
    house.store.receipts.keep([arrival], NOW)
    errand(house)
    house.settle()
    (unread, errand_done) = verdicts(house)
    assert unread[0] == "quarantined"
    assert errand_done == ("applied", None)


def test_an_order_is_known_by_its_record(house: House) -> None:
    """The reference of an errand reaches the adapter."""
    errand(house, kind=PushKind.CREATE_ORDER, external_id=ExternalId("order:h9"))
    house.settle()
    assert house.fakes[DESK].sent[0].external_id == "order:h9"
