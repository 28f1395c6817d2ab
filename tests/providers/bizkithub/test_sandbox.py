"""The BizKitHub adapter against the sandbox: a real server on a real socket."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from decimal import Decimal

import pytest

from complaints.model import Change, OrderKey
from complaints.ports import Intent, NeedsHuman, Transient
from complaints.vocabulary import (
    ExternalId,
    OrderSpace,
    OrderState,
    Outcome,
    PushKind,
    Remedy,
    Result,
    Status,
    Subject,
)
from providers.bizkithub import BizKitHub
from providers.codec import dumps, loads, loads_object
from providers.http import make_client
from tests.providers.bizkithub import examples
from tests.providers.bizkithub.samples import HASH, HOOK_SECRET, HOOKS, settings
from tests.providers.sandbox.people import order
from tests.providers.wire import ACCOUNT, NOW, intend, observe
from tests.sandbox import RunningSandbox

WireLog = Callable[[], list[dict[str, object]]]
Account = Callable[..., BizKitHub]

TEXT = "  Lampa bliká,\r\na podstavec je prasklý.  🪔\n"


@pytest.fixture
def account(sandbox: RunningSandbox) -> Iterator[Account]:
    """Makes accounts of the sandbox with settings of their own."""
    with ExitStack() as stack:

        def make(**own: object) -> BizKitHub:
            made = settings(base_url=sandbox.control.bizkithub_url, **own)
            adapter = BizKitHub(ACCOUNT, made, make_client(made.base_url))
            stack.callback(adapter.close)
            return adapter

        yield make


@pytest.fixture
def desk(sandbox: RunningSandbox, account: Account) -> BizKitHub:
    """An account at the sandbox, where one order is."""
    sandbox.control.clock(NOW)
    sandbox.control.place_order(order(HASH))
    return account(send_phone=True, send_amount=True)


def _filing() -> Intent:
    claim = {
        "text": TEXT,
        "name": "Eva Horáková",
        "email": "eva@example.org",
        "phone": "+420 602 118 334",
        "amount": Decimal("1290.50"),
        "currency": "CZK",
    }
    keys = (OrderKey(space=OrderSpace.HASH, value=HASH),)
    return intend(PushKind.CREATE, claim=claim, order_keys=keys)


def _read(desk: BizKitHub, record: ExternalId | None) -> Change:
    assert record is not None
    reading = desk.fetch(record)
    (change,) = desk.parse(observe(reading.form, reading.body, record))
    return change


def test_p7_a_complaint_lives_its_life(desk: BizKitHub, sandbox: RunningSandbox) -> None:
    """Filed, read, moved by us, closed by staff: each word and the customer's text are right."""
    filed = desk.push(_filing())
    assert filed.result is Result.DONE
    change = _read(desk, filed.external_id)
    assert change.claim is not None
    assert (change.claim.text, change.reference) == (TEXT, "40817")
    assert (change.status, change.outcome) == (Status.NEW, Outcome.NONE)
    assert change.order_keys == (OrderKey(space=OrderSpace.NUMBER, value="26000412"),)

    opening = intend(PushKind.SET_STATUS, filed.external_id, target=Status.OPEN, seen="new")
    assert desk.push(opening).result is Result.DONE
    assert desk.push(opening).result is Result.ALREADY
    sandbox.control.set_complaint_status(str(filed.external_id), "reject", NOW)
    late = intend(PushKind.SET_STATUS, filed.external_id, target=Status.RESOLVED, seen="open")
    assert desk.push(late).result is Result.OVERTAKEN
    sandbox.control.set_complaint_status(
        str(filed.external_id), "closed", NOW + timedelta(minutes=1)
    )

    change = _read(desk, filed.external_id)
    assert (change.status, change.outcome) == (Status.CLOSED, Outcome.REFUSED)
    assert [event.word for event in change.events] == ["new", "open", "reject", "closed"]
    assert sandbox.control.duplicates()["bizkithub"] == 0


def test_c16_a_key_that_ends_stops_everything(desk: BizKitHub, sandbox: RunningSandbox) -> None:
    """The desk says 404 then; no complaint is gone for it."""
    desk.check()
    filed = desk.push(_filing())
    sandbox.control.knobs(key_state="expired")

    with pytest.raises(NeedsHuman, match="EXPIRED"):
        _read(desk, filed.external_id)
    with pytest.raises(NeedsHuman):
        desk.push(_filing())
    with pytest.raises(NeedsHuman):
        desk.check()
    assert len(sandbox.control.complaints()) == 1


def test_p6_what_is_not_there_is_gone(desk: BizKitHub, sandbox: RunningSandbox) -> None:
    """Under both answers that the documents leave possible."""
    for knob in ("exist_false", "404"):
        sandbox.control.knobs(missing_complaint=knob)
        change = _read(desk, ExternalId("nowhere"))
        assert (change.subject, change.external_id) == (Subject.GONE, "nowhere")


@pytest.mark.parametrize(
    ("kind", "there"),
    [
        ("drop_after_commit", 1),
        ("500_after_commit", 1),
        ("truncated", 1),
        ("html", 0),
        ("drop_before", 0),
        ("500_before", 0),
    ],
)
def test_p5_a_lost_complaint_is_unknown_and_there_once_at_most(
    desk: BizKitHub, sandbox: RunningSandbox, kind: str, there: int
) -> None:
    """The answers look alike whether the complaint is there or not: nothing more is sent."""
    sandbox.control.fault("bizkithub", kind, path="/complaint/create")

    assert desk.push(_filing()).result is Result.UNKNOWN
    assert len(sandbox.control.complaints()) == there


def test_c15_a_limit_is_kept_away_from(desk: BizKitHub, sandbox: RunningSandbox) -> None:
    """For as long as the desk asks."""
    sandbox.control.fault("bizkithub", "429", path="/complaint/create", retry_after=77)
    with pytest.raises(Transient) as verdict:
        desk.push(_filing())

    assert verdict.value.retry_after == 77
    assert sandbox.control.complaints() == []


def _sent(wire_log: WireLog, path: str) -> list[object]:
    """What was posted to a path, in order."""
    return [line["request"] for line in wire_log() if str(line["path"]).endswith(path)]


def test_p1_the_documents_order_goes_through(desk: BizKitHub, wire_log: WireLog) -> None:
    """All 25, 19 and 12 fields, as a child of an order that is there; then it reads back."""
    made = desk.push(intend(PushKind.CREATE_ORDER, number="", draft=examples.ORDER))
    assert made.result is Result.DONE
    change = _read(desk, made.external_id)

    assert _sent(wire_log, "/order/create") == [loads(dumps(examples.ORDER))]
    assert (change.external_id, change.order_state) == (made.external_id, OrderState.PLACED)
    # Two lamps with 40 off each, 89 and 12.5 for delivery and payment, 50 off the whole.
    assert (change.total, change.currency) == (Decimal("2552.5"), "CZK")
    assert change.order_keys[1].value in made.detail


def test_p5_the_documents_complaint_goes_through(
    desk: BizKitHub, account: Account, wire_log: WireLog
) -> None:
    """All 16 fields of the public call, for an order that is there."""
    adapter = account(
        send_phone=True,
        send_amount=True,
        send_due_date=True,
        send_items=True,
        send_refund_fields=True,
        reference_footer=False,
        variant_code="vraceni",
        remedies={"vraceni": "refund"},
        resolution_codes={"refund": "oprava"},
        branch="brno-stred",
    )
    example = examples.COMPLAINT
    claim = {
        "text": example["description"],
        "name": example["customerName"],
        "email": example["email"],
        "phone": "+420 602 118 334",
        "amount": example["price"],
        "currency": "CZK",
        "bank": {"country": "CZ", "number": "2900112233/2010", "symbol": "26000412"},
        "lines": [{"label": "Desk lamp, oak", "quantity": 1, "price": example["price"]}],
    }
    keys = [{"space": "hash", "value": HASH}, {"space": "number", "value": "26000412"}]
    due = example["dueDate"]
    filed = adapter.push(intend(PushKind.CREATE, claim=claim, order_keys=keys, due_at=due))
    change = _read(adapter, filed.external_id)

    assert (filed.result, filed.detail) == (Result.DONE, "")
    assert _sent(wire_log, "/complaint/create") == [loads(dumps(example))]
    assert change.claim is not None
    assert change.claim.model_dump(include={"text", "phone", "remedy", "bank", "lines"}) == {
        "text": example["description"],
        "phone": "+420 602118334",
        "remedy": Remedy.REFUND,
        "bank": claim["bank"],
        "lines": ({"label": "Desk lamp, oak", "quantity": Decimal(1), "price": example["price"]},),
    }


def test_p1_an_exchange_makes_one_order_that_costs_nothing(
    desk: BizKitHub, account: Account, wire_log: WireLog
) -> None:
    """It is paid at once, has the original's customer and lines, and reports to us."""
    adapter = account(notification_url=HOOKS, notification_secret=HOOK_SECRET)
    keys = [{"space": "hash", "value": HASH}]
    made = adapter.push(intend(PushKind.CREATE_ORDER, order_keys=keys))
    change = _read(adapter, made.external_id)
    (sent,) = _sent(wire_log, "/order/create")
    assert isinstance(sent, dict)
    path = str(sent["notificationUrl"]).removeprefix(f"{HOOKS}/")
    delivery = adapter.verify(path, {}, b"", NOW)
    (hint,) = adapter.parse(observe(delivery.form, b"", delivery.external_id))

    assert (made.result, change.order_state, change.total) == (
        Result.DONE,
        OrderState.PAID,
        Decimal(0),
    )
    assert (sent["parentId"], sent["tags"]) == (HASH, {"redress": "40817"})
    assert sent["items"] == [{"label": "Desk lamp, oak", "price": 0, "count": 1, "unit": "ks"}]
    assert (change.owner, change.currency) == ("eva@example.org", "CZK")
    assert hint == Change(subject=Subject.HINT, alias=made.alias)


@pytest.mark.parametrize("kind", ["drop_after_commit", "500_after_commit", "truncated", "html"])
def test_p1_a_lost_order_is_unknown(desk: BizKitHub, sandbox: RunningSandbox, kind: str) -> None:
    """It may be there or not, and it is not made again."""
    sandbox.control.fault("bizkithub", kind, path="/order/create")
    keys = [{"space": "hash", "value": HASH}]

    assert desk.push(intend(PushKind.CREATE_ORDER, order_keys=keys)).result is Result.UNKNOWN
    assert sandbox.control.duplicates()["bizkithub"] == 0


def test_p3_an_order_is_cancelled_line_by_line(account: Account, sandbox: RunningSandbox) -> None:
    """A line, the same line again, the rest, and a lost answer that is looked up."""
    placed = order("J2MQMp37qkDKYDPkYiMkhKBKRm4P7VqZ", "26000999")
    lines = [{"label": name, "price": 10, "count": 1} for name in ("Lamp", "Bulb")]
    sandbox.control.place_order({**placed, "items": lines})
    record = ExternalId(f"order:{placed['hash']}")
    adapter = account(storno=True)
    rows = loads_object(adapter.fetch(record).body)["items"]
    assert isinstance(rows, list)
    first = intend(PushKind.CANCEL_ORDER, record, draft={"order_item_id": rows[0]["id"]})
    rest = intend(PushKind.CANCEL_ORDER, record)

    assert [adapter.push(first).result for _ in range(2)] == [Result.DONE, Result.ALREADY]
    change = _read(adapter, record)
    assert (change.order_state, change.warnings) == (
        OrderState.PAID,
        ("1 of 2 lines are cancelled",),
    )
    sandbox.control.fault("bizkithub", "drop_before", path="/order/storno")
    with pytest.raises(Transient):
        adapter.push(rest)
    sandbox.control.fault("bizkithub", "drop_after_commit", path="/order/storno")
    assert adapter.push(rest).result is Result.DONE
    assert adapter.push(rest).result is Result.ALREADY
    change = _read(adapter, record)
    assert (change.order_state, change.settled) == (OrderState.CANCELLED, True)
    unknown = intend(PushKind.CANCEL_ORDER, ExternalId("order:nowhere"))
    assert adapter.push(unknown).result is Result.REFUSED


@pytest.mark.parametrize("auth", ["cookie", "bearer"])
def test_c03_the_admin_s_door_is_closed_to_strangers(
    account: Account, sandbox: RunningSandbox, auth: str
) -> None:
    """An unknown session and a key that opens nothing there stop the account."""
    bff = {"enabled": True, "auth": auth, "cookie": "session=nobody"}
    adapter = account(bff=bff)
    with pytest.raises(NeedsHuman, match=r"bff\.enabled"):
        adapter.push(_filing())

    assert sandbox.control.complaints() == []


def test_p14_a_foreign_key_opens_nothing(account: Account) -> None:
    """Ping says so of any key but the organisation's own."""
    adapter = account(api_key="DEV_" + "9" * 28)
    with pytest.raises(NeedsHuman, match="DOES_NOT_EXIST"):
        adapter.check()
