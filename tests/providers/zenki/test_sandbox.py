"""The Zenki adapter against the sandbox: a real server on a real socket."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from decimal import Decimal
from typing import cast

import pytest

from complaints.model import Change
from complaints.ports import Rejected, Transient
from complaints.vocabulary import (
    ExternalId,
    OrderState,
    Outcome,
    PushKind,
    Result,
    Source,
    Status,
    Subject,
)
from providers.http import make_client
from providers.sandbox import codec
from providers.sandbox.config import DEMO_WEBHOOK_SECRET
from providers.shelf import OwnShelf
from providers.zenki import Zenki
from tests.providers.sandbox.people import booking, new_zenki_order
from tests.providers.sandbox.receiver import receiving
from tests.providers.wire import ACCOUNT, NOW, intend, observe
from tests.providers.zenki.samples import ORDER, PNG, settings
from tests.sandbox import RunningSandbox

ID = ExternalId(ORDER)
CLAIM = {"title": "Nedorazilo", "text": "Dopravce nic neví.\r\nÁno."}
DISPUTE = intend(PushKind.OPEN_DISPUTE, ORDER, claim=CLAIM)


def _account(sandbox: RunningSandbox, **more: object) -> Zenki:
    own = settings(
        base_url=sandbox.control.zenki_url,
        client_id="cid-demo",
        client_secret="secret-demo",
        webhook_secrets=(DEMO_WEBHOOK_SECRET,),
        **more,
    )
    return Zenki(ACCOUNT, own, make_client(own.base_url), OwnShelf())


@pytest.fixture
def merchant(sandbox: RunningSandbox) -> Iterator[Zenki]:
    """An account at the sandbox, where one paid order is."""
    sandbox.control.clock(NOW)
    sandbox.control.book_order(booking(ORDER))
    adapter = _account(sandbox)
    yield adapter
    adapter.close()


def _read(adapter: Zenki) -> tuple[Change, ...]:
    reading = adapter.fetch(ID)
    return adapter.parse(observe(reading.form, reading.body, ORDER))


@pytest.mark.parametrize("unit", ["ms", "s"])
def test_d08_a_dispute_lives_its_life_in_either_unit(
    merchant: Zenki, sandbox: RunningSandbox, unit: str
) -> None:
    """Opened by us with a file, awaiting the goods, decided by Zenki's staff."""
    sandbox.control.knobs(epoch_unit=unit)
    (before,) = _read(merchant)
    assert (before.subject, before.delivered, before.total) == (
        Subject.ORDER,
        False,
        Decimal("850.5"),
    )
    files = ({"name": "důkaz.png", "media_type": "image/png", "content": PNG},)
    opened = merchant.push(DISPUTE.model_copy(update={"attachments": ()}))
    assert (opened.result, opened.external_id) == (Result.DONE, ORDER)
    assert merchant.push(DISPUTE).result is Result.ALREADY

    _, running = _read(merchant)
    assert (running.status, running.outcome, running.filed_at) == (
        Status.OPEN,
        Outcome.NONE,
        NOW,
    )
    sandbox.control.resolve(ORDER, "PENDING_SHOPPER_RETURN", NOW + timedelta(days=1))
    _, waiting = _read(merchant)
    assert waiting.status is Status.WAITING
    sandbox.control.resolve(ORDER, "REFUND", NOW + timedelta(days=2))
    _, ended = _read(merchant)
    assert (ended.status, ended.outcome) == (Status.RESOLVED, Outcome.UPHELD)
    assert (ended.money_moved, ended.settled) == (True, True)
    again = intend(PushKind.OPEN_DISPUTE, ORDER, claim=CLAIM, attachments=files)
    assert merchant.push(again).result is Result.OVERTAKEN


def test_z01_the_documents_example_goes_through(
    merchant: Zenki,
    sandbox: RunningSandbox,
    wire_log: Callable[[], list[dict[str, object]]],
) -> None:
    """Three texts and a PNG arrive byte by byte, and the answer is read to its end."""
    files = ({"name": "důkaz.png", "media_type": "image/png", "content": PNG},)
    receipt = merchant.push(intend(PushKind.OPEN_DISPUTE, ORDER, claim=CLAIM, attachments=files))
    dispute = cast("dict[str, object]", sandbox.control.zenki_order(ORDER)["dispute"])
    (sent,) = [line for line in wire_log() if line["path"] == "/v1/api/disputes"]

    assert receipt.result is Result.DONE
    assert receipt.detail == f"dispute {dispute['id']} OPEN"
    assert sent["request"] == [
        {"name": "orderId", "value": ORDER},
        {"name": "title", "value": CLAIM["title"]},
        {"name": "description", "value": CLAIM["text"]},
        {
            "name": "attachments",
            "filename": "d-kaz.png",
            "content_type": "image/png",
            "bytes": len(PNG),
        },
    ]
    assert sent["response"] == {
        "orderId": ORDER,
        "status": "DISPUTED",
        "dispute": {"disputeId": dispute["id"], "OrderDisputeEnum": "OPEN"},
    }
    assert dispute["attachments"] == [
        {
            "filename": "d-kaz.png",
            "content_type": "image/png",
            "size": len(PNG),
            "sha256": hashlib.sha256(PNG).hexdigest(),
        }
    ]


def test_d02_a_dispute_may_go_as_json(sandbox: RunningSandbox) -> None:
    """Where the account says so."""
    sandbox.control.clock(NOW)
    sandbox.control.book_order(booking(ORDER))
    with closing(_account(sandbox, dispute_body="json")) as adapter:
        assert adapter.push(DISPUTE).result is Result.DONE
    assert CLAIM["title"] in str(sandbox.control.zenki_order(ORDER))


@pytest.mark.parametrize("mode", ["oauth_v1", "legacy_password"])
def test_z02_z03_a_token_that_ends_is_replaced(sandbox: RunningSandbox, mode: str) -> None:
    """Both grants; the write under the dead token is made once."""
    sandbox.control.clock(NOW)
    sandbox.control.book_order(booking(ORDER))
    adapter = _account(sandbox, auth_mode=mode)
    _read(adapter)
    sandbox.control.expire_tokens()
    assert adapter.push(DISPUTE).result is Result.DONE
    adapter.close()

    assert sandbox.control.duplicates()["zenki"] == 0


@pytest.mark.parametrize("kind", ["drop_after_commit", "500_after_commit", "truncated"])
def test_z01_a_lost_dispute_is_found(merchant: Zenki, sandbox: RunningSandbox, kind: str) -> None:
    """The answer is gone; the order shows the dispute."""
    sandbox.control.fault("zenki", kind, path="/v1/api/disputes")

    assert merchant.push(DISPUTE).result is Result.DONE
    assert sandbox.control.duplicates()["zenki"] == 0


@pytest.mark.parametrize("kind", ["drop_before", "500_before", "html"])
def test_z01_a_dispute_that_never_came_is_tried_later(
    merchant: Zenki, sandbox: RunningSandbox, kind: str
) -> None:
    """The order shows none, so the next attempt may send it."""
    sandbox.control.fault("zenki", kind, path="/v1/api/disputes")
    with pytest.raises(Transient):
        merchant.push(DISPUTE)

    assert merchant.push(DISPUTE).result is Result.DONE


def test_z12_z13_a_refund_is_made_once_and_read(merchant: Zenki, sandbox: RunningSandbox) -> None:
    """Also when its answer is lost: the order has the link."""
    sandbox.control.fault("zenki", "drop_after_commit", path="/refunds")
    refund = intend(PushKind.REFUND, ORDER, amount=Decimal("850.50"), reason="upheld")

    assert merchant.push(refund).result is Result.DONE
    assert merchant.push(refund).result is Result.ALREADY
    reading = merchant.fetch(ID)
    (order,) = merchant.parse(observe(reading.form, reading.body, ORDER))
    seen = cast("dict[str, dict[str, object]]", codec.loads(reading.body))

    assert reading.form == "order+refund"
    assert (seen["refund"]["reason"], seen["refund"]["status"]) == ("upheld", "REFUNDED")
    assert (order.money_moved, order.settled) == (True, True)
    assert (order.order_state, order.warnings) == (OrderState.REFUNDED, ())
    assert sandbox.control.duplicates()["zenki"] == 0


def test_z06_an_unknown_order_is_gone(merchant: Zenki) -> None:
    """By Zenki's own 404."""
    reading = merchant.fetch(ExternalId("nowhere"))
    (change,) = merchant.parse(observe(reading.form, reading.body, "nowhere"))

    assert change.subject is Subject.GONE


def test_z19_a_webhook_is_verified_and_read(merchant: Zenki, sandbox: RunningSandbox) -> None:
    """As another party signs it; one with a bad signature is not let in."""
    with receiving() as receiver:
        sandbox.control.knobs(zenki_webhook_url=f"{receiver.url}/hook")
        message = sandbox.control.send_webhook(ORDER)
        forged = sandbox.control.send_webhook(ORDER, bad_signature=True)
        # Sent side by side: the network decides which comes first.
        arrivals = {a.headers["svix-id"]: a for a in receiver.wait_for(2)}
    good, bad = arrivals[message], arrivals[forged]
    delivery = merchant.verify("", good.headers, good.body, NOW)
    (hint,) = merchant.parse(observe(delivery.form, good.body, source=Source.WEBHOOK))

    assert delivery.delivery_id == message
    assert (hint.subject, hint.external_id) == (Subject.HINT, ORDER)
    with pytest.raises(Rejected):
        merchant.verify("", bad.headers, bad.body, NOW)


def test_d05_each_generation_may_need_a_token_of_its_own(sandbox: RunningSandbox) -> None:
    """Where no token opens both, disputes are signed for by the password grant."""
    sandbox.control.clock(NOW)
    sandbox.control.book_order(booking(ORDER))
    sandbox.control.knobs(tokens_cross=False)
    with closing(_account(sandbox, dispute_auth_mode="legacy_password")) as adapter:
        assert adapter.push(DISPUTE).result is Result.DONE
        assert _read(adapter)[1].status is Status.OPEN


def test_z04_the_merchant_is_checked(merchant: Zenki) -> None:
    """Harmless reads, one line."""
    assert merchant.check() == "the credentials are good; integration COMPLETED, KYC APPROVED"


def test_z05_z07_an_order_is_created_and_edited(merchant: Zenki, sandbox: RunningSandbox) -> None:
    """The document's example with ids of our own; an edit is seen, and not repeated."""
    created = merchant.push(intend(PushKind.CREATE_ORDER, draft=new_zenki_order()))
    order_id = created.external_id
    assert (created.result, order_id is not None) == (Result.DONE, True)
    wanted = {"orderId": "WEB-20000", "cartId": "cart-1", "metadata": {"channel": "phone"}}
    edit = intend(PushKind.EDIT_ORDER, order_id, draft=wanted)

    assert merchant.push(edit).result is Result.DONE
    assert merchant.push(edit).result is Result.ALREADY
    reading = merchant.fetch(order_id or ID)
    (order,) = merchant.parse(observe(reading.form, reading.body, order_id))
    assert [key.value for key in order.order_keys] == [order_id, "WEB-20000"]
    assert (order.order_state, order.total, order.owner, order.warnings) == (
        OrderState.PLACED,
        Decimal(850),
        "lucia@example.org",
        (),
    )


@pytest.mark.parametrize("shape", ["object", "array"])
def test_z10_z11_d13_a_parcel_is_sent_and_followed(sandbox: RunningSandbox, shape: str) -> None:
    """Alone or in a list; its events lead the order on."""
    sandbox.control.clock(NOW)
    sandbox.control.book_order(booking(ORDER))
    parcel = {"courierType": "EXTERNAL", "trackingId": "MX99812044"}
    with closing(_account(sandbox, tracking_body=shape)) as adapter:
        shipped = adapter.push(intend(PushKind.SHIP, ORDER, draft=parcel))
        assert _read(adapter)[0].order_state is OrderState.SHIPPED
        event = {
            "zenkiTrackId": shipped.detail.rpartition(" ")[2],
            "status": "DELIVERY",
            "location": "Puebla",
            "description": "Received by L. Peña",
        }
        tracked = adapter.push(intend(PushKind.TRACK, ORDER, draft=event))
        assert _read(adapter)[0].word == "AWAITING_SHOPPER_APPROVAL"

    assert (shipped.result, tracked.result) == (Result.DONE, Result.DONE)


def test_z09_a_service_is_delivered(merchant: Zenki, sandbox: RunningSandbox) -> None:
    """Once; what has a parcel is refused, and the reason has Zenki's own number."""
    service = new_zenki_order(type="WITHOUT_CARRIER")
    order_id = merchant.push(intend(PushKind.CREATE_ORDER, draft=service)).external_id
    sandbox.control.move_zenki_order(order_id or "", "AWAITING_DELIVERY", NOW)
    delivered = intend(PushKind.DELIVER, order_id)

    assert merchant.push(delivered).result is Result.DONE
    assert merchant.push(delivered).result is Result.ALREADY
    parcel = merchant.push(intend(PushKind.DELIVER, ORDER))
    assert parcel.result is Result.REFUSED
    assert "request " in parcel.detail


@pytest.mark.parametrize("kind", ["drop_after_commit", "500_after_commit", "truncated"])
def test_z10_a_shipment_whose_answer_is_lost_is_sent_once(
    merchant: Zenki, sandbox: RunningSandbox, kind: str
) -> None:
    """Nothing shows it to us, so a person looks."""
    sandbox.control.fault("zenki", kind, path="/tracking")
    parcel = {"courierType": "INTERNAL", "courierName": "Own van, Puebla"}
    receipt = merchant.push(intend(PushKind.SHIP, ORDER, draft=parcel))

    assert (receipt.result, receipt.external_id) == (Result.UNKNOWN, ORDER)
    assert len(cast("list[object]", sandbox.control.zenki_order(ORDER)["trackings"])) == 1


def test_z06_a_request_to_resolve_shows(merchant: Zenki, sandbox: RunningSandbox) -> None:
    """The merchant's own button in the portal; the dispute goes on."""
    merchant.push(DISPUTE)
    sandbox.control.resolve(ORDER, "REQUEST_CONCILIATED", NOW)
    _, change = _read(merchant)

    assert change.status is Status.OPEN
    assert change.warnings[0].endswith("REQUEST_CONCILIATED")
