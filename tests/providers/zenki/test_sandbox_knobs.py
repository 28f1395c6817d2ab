"""The adapter against a sandbox that behaves as the other texts say."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from complaints.model import Change
from complaints.vocabulary import ExternalId, Outcome, PushKind, Result, Status, Subject
from providers.http import make_client
from providers.sandbox.config import DEMO_WEBHOOK_SECRET
from providers.shelf import OwnShelf
from providers.zenki import Zenki
from tests.providers.sandbox.people import booking, new_zenki_order
from tests.providers.sandbox.receiver import receiving
from tests.providers.wire import ACCOUNT, NOW, intend, observe
from tests.providers.zenki.samples import ORDER, rsa_key, rsa_pem, settings
from tests.sandbox import RunningSandbox

ID = ExternalId(ORDER)
DISPUTE = intend(PushKind.OPEN_DISPUTE, ORDER, claim={"title": "Nedorazilo", "text": "Nic."})
REFUND = intend(PushKind.REFUND, ORDER, amount=Decimal("850.50"), reason="upheld")


def _account(sandbox: RunningSandbox, **more: object) -> closing[Zenki]:
    own = settings(
        base_url=sandbox.control.zenki_url,
        client_id="cid-demo",
        client_secret="secret-demo",
        webhook_secrets=(DEMO_WEBHOOK_SECRET,),
        webhook_rsa_key=rsa_pem(),
        **more,
    )
    return closing(Zenki(ACCOUNT, own, make_client(own.base_url), OwnShelf()))


@pytest.fixture
def merchant(sandbox: RunningSandbox) -> Iterator[Zenki]:
    """An account at the sandbox, where one paid order is."""
    sandbox.control.clock(NOW)
    sandbox.control.book_order(booking(ORDER))
    with _account(sandbox) as adapter:
        yield adapter


def _read(adapter: Zenki) -> tuple[Change, ...]:
    reading = adapter.fetch(ID)
    return adapter.parse(observe(reading.form, reading.body, ORDER))


@pytest.mark.parametrize("reply", ["hal", "items", "array"])
@pytest.mark.parametrize("first", [0, 1])
def test_z08_disputed_orders_are_listed(
    merchant: Zenki, sandbox: RunningSandbox, reply: str, first: int
) -> None:
    """Under the names that are inferred, whatever the envelope and the first page."""
    sandbox.control.knobs(order_list=True, order_list_reply=reply, order_list_first_page=first)
    assert merchant.list_disputed(first).order_ids == ()
    merchant.push(DISPUTE)

    assert merchant.list_disputed(first) == ((ORDER,), False)
    assert merchant.list_disputed(first + 1) == ((), True)


@pytest.mark.parametrize("generation", ["pay", "paid"])
@pytest.mark.parametrize("headers", ["svix", "webhook"])
def test_z19_both_generations_are_verified_and_read(
    merchant: Zenki, sandbox: RunningSandbox, generation: str, headers: str
) -> None:
    """Plain or encrypted with our key, under either family of headers."""
    public = rsa_key().public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    with receiving() as receiver:
        sandbox.control.knobs(
            zenki_webhook_url=f"{receiver.url}/hook",
            zenki_webhook_public_key=public.decode(),
            webhook_generation=generation,
            webhook_headers=headers,
        )
        message = sandbox.control.send_webhook(ORDER)
        (arrival,) = receiver.wait_for(1)
    delivery = merchant.verify("", arrival.headers, arrival.body, NOW)
    (hint,) = merchant.parse(observe(delivery.form, arrival.body))

    assert (delivery.delivery_id, hint.subject, hint.external_id) == (message, Subject.HINT, ORDER)


def test_z13_a_refund_that_fails_has_moved_nothing(
    merchant: Zenki, sandbox: RunningSandbox
) -> None:
    """The dispute goes on, it is said, and no second one is sent by itself."""
    sandbox.control.knobs(refund_settles="fails")
    merchant.push(DISPUTE)
    assert merchant.push(REFUND).result is Result.DONE
    order, case = _read(merchant)

    assert (case.status, case.money_moved, order.money_moved) == (Status.OPEN, False, False)
    assert case.warnings == ("the refund is FAILED: no money has moved",)
    assert merchant.push(REFUND).result is Result.REFUSED


@pytest.mark.parametrize("status", ["REFUNDED", "COMPLETED"])
def test_z13_staff_give_back_a_part(merchant: Zenki, sandbox: RunningSandbox, status: str) -> None:
    """Whatever the order is called afterwards."""
    sandbox.control.knobs(partial_refund_order=status)
    merchant.push(DISPUTE)
    sandbox.control.resolve(ORDER, "REFUND", NOW, amount=Decimal(400))
    _, case = _read(merchant)

    assert (case.status, case.outcome, case.money_moved) == (
        Status.RESOLVED,
        Outcome.PARTIAL,
        True,
    )


@pytest.mark.parametrize(
    "knob",
    [
        {"token_reply": "camel"},
        {"token_reply": "snake"},
        {"token_reply": "both"},
        {"token_types": "scrambled"},
        {"token_tells_lifetime": False},
        {"undefined_fields": True},
        {"local_taxes_name": "localTaxes_amount"},
        {"tracking_id_name": "zenkiTrackId"},
        {"order_media_type": "json"},
        {"dispute_state_name": "orderDisputeEnum"},
        {"dispute_state_name": "status"},
        {"refund_read_status": 200},
        {"refund_settles": "steps"},
        {"totals_checked": True},
        {"missing_parameter": 428},
    ],
    ids=str,
)
@pytest.mark.parametrize("mode", ["oauth_v1", "legacy_password"])
def test_d07_every_call_works_however_the_texts_disagree(
    sandbox: RunningSandbox, knob: dict[str, object], mode: str
) -> None:
    """Spellings, types, codes and members that the specification never defines."""
    sandbox.control.clock(NOW)
    sandbox.control.book_order(booking(ORDER))
    sandbox.control.knobs(**knob)
    parcel = {"courierType": "EXTERNAL", "trackingId": "MX99812044"}
    with _account(sandbox, auth_mode=mode) as adapter:
        said = adapter.check()
        receipts = [
            adapter.push(intend(PushKind.CREATE_ORDER, draft=new_zenki_order())),
            adapter.push(intend(PushKind.SHIP, ORDER, draft=parcel)),
            adapter.push(DISPUTE),
            adapter.push(REFUND),
        ]
        order, case = _read(adapter)

    assert said.endswith("KYC APPROVED")
    assert [receipt.result for receipt in receipts] == [Result.DONE] * 4
    assert receipts[2].detail.endswith(" OPEN")
    assert (order.warnings, case.external_id) == ((), ORDER)
