"""The BizKitHub adapter against the sandbox: a real server on a real socket."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest

from complaints.model import (
    Change,
    ExternalId,
    OrderKey,
    OrderSpace,
    Outcome,
    PushKind,
    Result,
    Status,
    Subject,
)
from complaints.ports import Intent, NeedsHuman, Transient
from providers.bizkithub import BizKitHub, OrderCustomer, OrderDraft, OrderItem
from providers.bizkithub.wire import OrderHash
from providers.http import make_client
from tests.providers.bizkithub.samples import HASH, settings
from tests.providers.sandbox.people import order
from tests.providers.wire import ACCOUNT, NOW, intend, observe
from tests.sandbox import RunningSandbox

TEXT = "  Lampa bliká,\r\na podstavec je prasklý.  🪔\n"


@pytest.fixture
def desk(sandbox: RunningSandbox) -> Iterator[BizKitHub]:
    """An account at the sandbox, where one order is."""
    sandbox.control.clock(NOW)
    sandbox.control.place_order(order(HASH))
    own = settings(base_url=sandbox.control.bizkithub_url, send_phone=True, send_amount=True)
    adapter = BizKitHub(ACCOUNT, own, make_client(own.base_url))
    yield adapter
    adapter.close()


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


def _read(desk: BizKitHub, complaint: ExternalId | None) -> Change:
    assert complaint is not None
    reading = desk.fetch(complaint)
    (change,) = desk.parse(observe(reading.form, reading.body, complaint))
    return change


def test_a_complaint_lives_its_life(desk: BizKitHub, sandbox: RunningSandbox) -> None:
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


def test_a_key_that_ends_stops_everything(desk: BizKitHub, sandbox: RunningSandbox) -> None:
    """The desk says 404 then; no complaint is gone for it."""
    desk.ping()
    filed = desk.push(_filing())
    sandbox.control.knobs(key_state="expired")

    with pytest.raises(NeedsHuman, match="EXPIRED"):
        _read(desk, filed.external_id)
    with pytest.raises(NeedsHuman):
        desk.push(_filing())
    with pytest.raises(NeedsHuman):
        desk.ping()
    assert len(sandbox.control.complaints()) == 1


def test_what_is_not_there_is_gone(desk: BizKitHub, sandbox: RunningSandbox) -> None:
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
def test_a_lost_create_is_unknown_and_there_once_at_most(
    desk: BizKitHub, sandbox: RunningSandbox, kind: str, there: int
) -> None:
    """The answers look alike whether the complaint is there or not: nothing more is sent."""
    sandbox.control.fault("bizkithub", kind, path="/complaint/create")

    assert desk.push(_filing()).result is Result.UNKNOWN
    assert len(sandbox.control.complaints()) == there


def test_a_limit_is_kept_away_from(desk: BizKitHub, sandbox: RunningSandbox) -> None:
    """For as long as the desk asks."""
    sandbox.control.fault("bizkithub", "429", path="/complaint/create", retry_after=77)
    with pytest.raises(Transient) as verdict:
        desk.push(_filing())

    assert verdict.value.retry_after == 77
    assert sandbox.control.complaints() == []


def test_an_order_is_created_and_read(desk: BizKitHub) -> None:
    """Hash and number come back, and the hash reads the same order."""
    draft = OrderDraft(
        customer=OrderCustomer(email="eva@example.org", first_name="Eva"),
        items=(OrderItem(label="Desk lamp, oak", price=Decimal("1290.50"), count=Decimal(1)),),
        currency="CZK",
    )
    created = desk.create_order(draft)
    assert created.result is Result.DONE
    order_hash = OrderHash(created.order_keys[0].value)
    reading = desk.fetch_order(order_hash)
    (change,) = desk.parse(observe(reading.form, reading.body, order_hash))

    assert change.order_keys == created.order_keys
    assert change.total == Decimal("1290.5")
