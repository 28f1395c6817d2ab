"""The Zenki adapter against the sandbox: a real server on a real socket."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest

from complaints.model import (
    Change,
    ExternalId,
    Outcome,
    PushKind,
    Result,
    Source,
    Status,
    Subject,
)
from complaints.ports import Rejected, Transient
from providers.http import make_client
from providers.sandbox.config import DEMO_WEBHOOK_SECRET
from providers.zenki import Zenki
from tests.providers.sandbox.people import booking
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
    return Zenki(ACCOUNT, own, make_client(own.base_url))


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
def test_a_dispute_lives_its_life(merchant: Zenki, sandbox: RunningSandbox, unit: str) -> None:
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


def test_files_arrive_byte_by_byte(merchant: Zenki, sandbox: RunningSandbox) -> None:
    """And the text with its line ends."""
    files = ({"name": "proof.png", "media_type": "image/png", "content": PNG},)
    merchant.push(intend(PushKind.OPEN_DISPUTE, ORDER, claim=CLAIM, attachments=files))
    world = str(sandbox.control.zenki_order(ORDER))

    assert "proof.png" in world
    assert repr(CLAIM["text"])[1:-1] in world


@pytest.mark.parametrize("mode", ["oauth_v1", "legacy_password"])
def test_a_token_that_ends_is_replaced(sandbox: RunningSandbox, mode: str) -> None:
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
def test_a_lost_dispute_is_found(merchant: Zenki, sandbox: RunningSandbox, kind: str) -> None:
    """The answer is gone; the order shows the dispute."""
    sandbox.control.fault("zenki", kind, path="/v1/api/disputes")

    assert merchant.push(DISPUTE).result is Result.DONE
    assert sandbox.control.duplicates()["zenki"] == 0


@pytest.mark.parametrize("kind", ["drop_before", "500_before", "html"])
def test_a_dispute_that_never_came_is_tried_later(
    merchant: Zenki, sandbox: RunningSandbox, kind: str
) -> None:
    """The order shows none, so the next attempt may send it."""
    sandbox.control.fault("zenki", kind, path="/v1/api/disputes")
    with pytest.raises(Transient):
        merchant.push(DISPUTE)

    assert merchant.push(DISPUTE).result is Result.DONE


def test_a_refund_is_made_once(merchant: Zenki, sandbox: RunningSandbox) -> None:
    """Also when its answer is lost: the order has the link."""
    sandbox.control.fault("zenki", "drop_after_commit", path="/refunds")
    refund = intend(PushKind.REFUND, ORDER, amount=Decimal("850.50"), reason="upheld")

    assert merchant.push(refund).result is Result.DONE
    assert merchant.push(refund).result is Result.ALREADY
    (order,) = _read(merchant)
    assert (order.money_moved, order.settled) == (True, True)
    assert sandbox.control.duplicates()["zenki"] == 0


def test_an_unknown_order_is_gone(merchant: Zenki) -> None:
    """By Zenki's own 404."""
    reading = merchant.fetch(ExternalId("nowhere"))
    (change,) = merchant.parse(observe(reading.form, reading.body, "nowhere"))

    assert change.subject is Subject.GONE


def test_a_webhook_is_verified_and_read(merchant: Zenki, sandbox: RunningSandbox) -> None:
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
