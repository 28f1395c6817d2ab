"""From Zenki's orders and webhooks to canonical changes."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from complaints.model import (
    Change,
    Claim,
    ExternalId,
    Line,
    OrderKey,
    OrderSpace,
    Outcome,
    Status,
    Subject,
)
from providers.imports import import_body
from providers.zenki.reading import read
from providers.zenki.wire import epoch
from tests.providers.wire import observe
from tests.providers.zenki.samples import ORDER, order, paid_event

KEYS = (
    OrderKey(space=OrderSpace.PAYMENT, value=ORDER),
    OrderKey(space=OrderSpace.NUMBER, value="WEB-10077"),
)
RUNNING = frozenset({Status.NEW, Status.OPEN, Status.WAITING})


def _read(body: object, form: str = "order", asked: str | None = ORDER) -> tuple[Change, ...]:
    return read(observe(form, body, asked))  # type: ignore[arg-type]


def test_an_order_without_dispute_is_an_order() -> None:
    """Its ids, its own word, what it cost and whether it came."""
    assert _read(order("SHIPPED")) == (
        Change(
            subject=Subject.ORDER,
            external_id=ExternalId(ORDER),
            order_keys=KEYS,
            word="SHIPPED",
            delivered=False,
            total=Decimal("850.5"),
            currency="MXN",
        ),
    )


def test_a_disputed_order_is_an_order_and_a_complaint() -> None:
    """First the order, then the complaint, on the same id."""
    first, second = _read(order("DISPUTED", "OPEN"))

    assert (first.subject, first.word) == (Subject.ORDER, "DISPUTED")
    assert second == Change(
        subject=Subject.COMPLAINT,
        external_id=ExternalId(ORDER),
        order_keys=KEYS,
        word="OPEN",
        status=Status.OPEN,
        covers=RUNNING,
        claim=Claim(
            name="Lucía Peña",
            email="lucia@example.org",
            phone="5512345678",
            amount=Decimal("850.5"),
            currency="MXN",
            lines=(Line(label="Clay mug", quantity=Decimal(2), price=Decimal(400)),),
        ),
        filed_at=datetime(2023, 5, 6, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("status", "dispute", "word", "canonical", "covers", "outcome", "money_moved", "settled"),
    [
        ("DISPUTED", "OPEN", "OPEN", Status.OPEN, RUNNING, Outcome.NONE, False, False),
        ("SHIPPED", "OPEN", "OPEN", Status.OPEN, RUNNING, Outcome.NONE, False, False),
        ("NEW_WORD", "OPEN", "OPEN", Status.OPEN, RUNNING, Outcome.NONE, False, False),
        ("DISPUTED", None, "DISPUTED", Status.OPEN, RUNNING, Outcome.NONE, False, False),
        (
            "PENDING_SHOPPER_RETURN",
            "OPEN",
            "PENDING_SHOPPER_RETURN",
            Status.WAITING,
            frozenset({Status.WAITING}),
            Outcome.NONE,
            False,
            False,
        ),
        (
            "PENDING_SHOPPER_RETURN",
            None,
            "PENDING_SHOPPER_RETURN",
            Status.WAITING,
            frozenset({Status.WAITING}),
            Outcome.NONE,
            False,
            False,
        ),
        (
            "REFUNDED",
            "REFUND",
            "REFUND",
            Status.RESOLVED,
            frozenset({Status.RESOLVED}),
            Outcome.UPHELD,
            True,
            True,
        ),
        (
            "DISPUTED",
            "REFUND",
            "REFUND",
            Status.RESOLVED,
            frozenset({Status.RESOLVED}),
            Outcome.UPHELD,
            True,
            False,
        ),
        (
            "PENDING_SHOPPER_RETURN",
            "REFUND",
            "REFUND",
            Status.RESOLVED,
            frozenset({Status.RESOLVED}),
            Outcome.UPHELD,
            True,
            False,
        ),
        (
            "REFUNDED",
            "OPEN",
            "REFUNDED",
            Status.RESOLVED,
            frozenset({Status.RESOLVED}),
            Outcome.UPHELD,
            True,
            True,
        ),
        (
            "COMPLETED",
            "RESOLVED",
            "RESOLVED",
            Status.REJECTED,
            frozenset({Status.REJECTED}),
            Outcome.REFUSED,
            False,
            False,
        ),
        (
            "SETTLED",
            "RESOLVED",
            "RESOLVED",
            Status.REJECTED,
            frozenset({Status.REJECTED}),
            Outcome.REFUSED,
            False,
            True,
        ),
        (
            "REFUNDED",
            "RESOLVED",
            "RESOLVED",
            Status.REJECTED,
            frozenset({Status.REJECTED}),
            Outcome.REFUSED,
            True,
            True,
        ),
        (
            "DISPUTED",
            "ESCALATED",
            "ESCALATED",
            Status.UNKNOWN,
            frozenset(),
            Outcome.NONE,
            False,
            False,
        ),
    ],
)
def test_a_dispute_and_its_order_say_one_thing(
    status: str,
    dispute: str | None,
    word: str,
    canonical: Status,
    covers: frozenset[Status],
    outcome: Outcome,
    money_moved: bool,  # noqa: FBT001 - a table
    settled: bool,  # noqa: FBT001 - a table
) -> None:
    """An ended dispute outranks the order; a word that no table lists is kept."""
    _, change = _read(order(status, dispute))

    assert change.subject is Subject.COMPLAINT
    assert (change.word, change.status, change.covers) == (word, canonical, covers)
    assert (change.outcome, change.money_moved) == (outcome, money_moved)
    assert change.settled is settled


@pytest.mark.parametrize(
    ("status", "delivered", "settled", "money_moved"),
    [
        ("PENDING", False, False, False),
        ("READY4PAY", False, False, False),
        ("AWAITING_PAYMENT", False, False, False),
        ("AWAITING_DELIVERY", False, False, False),
        ("DELIVERED_SERVICE", True, False, False),
        ("AWAITING_SHIPMENT", False, False, False),
        ("SHIPPED", False, False, False),
        ("SHIPMENT_ERROR", False, False, False),
        ("AWAITING_SHOPPER_APPROVAL", None, False, False),
        ("COMPLETED", True, False, False),
        ("SETTLED", None, True, False),
        ("REFUNDED", None, True, True),
        ("BRAND_NEW", None, False, False),
    ],
)
def test_an_order_word_tells_whether_it_came(
    status: str,
    delivered: bool | None,  # noqa: FBT001 - a table
    settled: bool,  # noqa: FBT001 - a table
    money_moved: bool,  # noqa: FBT001 - a table
) -> None:
    """A refund without a dispute is a fact of the order and opens no complaint."""
    (change,) = _read(order(status))

    assert (change.word, change.delivered) == (status, delivered)
    assert (change.settled, change.money_moved) == (settled, money_moved)


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        (1683331200000, datetime(2023, 5, 6, tzinfo=UTC)),
        (1683331200123, datetime(2023, 5, 6, 0, 0, 0, 123000, tzinfo=UTC)),
        (1683331200, datetime(2023, 5, 6, tzinfo=UTC)),
        ("1683331200", datetime(2023, 5, 6, tzinfo=UTC)),
        (0, None),
        (-1, None),
        (10**14, None),
        (10**18, None),
        (True, None),
        (None, None),
        ("soon", None),
    ],
)
def test_an_epoch_comes_in_both_units(value: object, moment: datetime | None) -> None:
    """The documents say milliseconds and show seconds; nonsense is no time."""
    assert epoch(value) == moment


def test_odd_fields_that_do_not_matter_are_absent() -> None:
    """Only the id and the two statuses are depended on."""
    odd = order("DISPUTED") | {
        "shopper": "x",
        "breakdown": [],
        "items": {"a": 1},
        "_links": None,
        "dispute": {"status": "OPEN", "createdAt": "x"},
        "orderId": None,
    }
    first, second = _read(odd)

    assert first.order_keys == KEYS[:1]
    assert (second.claim, second.filed_at) == (Claim(), None)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"<html>", "no JSON"),
        ({}, "status, zenkiOrderId"),
        (order(zenkiOrderId="other"), "another order"),
        (order() | {"dispute": {"state": "OPEN"}}, "dispute.status"),
        (order() | {"dispute": "OPEN"}, "dispute"),
        (order() | {"status": None}, "status"),
    ],
)
def test_what_can_not_be_read_says_why(body: object, reason: str) -> None:
    """A dispute that can't be understood is no order without dispute."""
    (change,) = _read(body)

    assert (change.subject, change.external_id) == (Subject.UNREADABLE, ORDER)
    assert reason in change.reason


@pytest.mark.parametrize("kind", ["order.pay", "order.paid"])
def test_a_paid_event_is_a_hint(kind: str) -> None:
    """The body's state is not believed: the order is read."""
    event = paid_event(kind, dispute={"status": "OPEN"})
    assert _read(event, "webhook", None) == (
        Change(subject=Subject.HINT, external_id=ExternalId(ORDER), order_keys=KEYS),
    )


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "no JSON"),
        (b"{}", "no table lists"),
        ({"eventType": "order.refunded", "flatData": "{}"}, "no table lists"),
        ({"eventType": ["x"], "flatData": "{}"}, "no table lists"),
        ({"eventType": "order.pay"}, "without flatData"),
        ({"eventType": "order.pay", "flatData": {"zenkiOrderId": "x"}}, "without flatData"),
        ({"eventType": "order.pay", "flatData": "{"}, "flatData: no JSON"),
        ({"eventType": "order.pay", "flatData": "[]"}, "flatData: no JSON object"),
        ({"eventType": "order.pay", "flatData": json.dumps({"orderId": "x"})}, "zenkiOrderId"),
        ({"algorithm": "RSA", "encryptedData": "AAAA", "flatData": ""}, "encrypted"),
    ],
)
def test_a_webhook_that_says_nothing_is_explained(body: object, reason: str) -> None:
    """Kept, shown, never an error."""
    (change,) = _read(body, "webhook", None)

    assert change.subject is Subject.UNREADABLE
    assert reason in change.reason


def test_an_import_asks_for_a_read() -> None:
    """A row with Zenki's id is a hint; a row without it tells only that ids belong together."""
    (hint,) = _read(
        import_body({"zenki_order_id": ORDER, "order_number": "WEB-10077"}), "import:order", None
    )
    (row,) = _read(import_body({"order_number": "WEB-10077"}), "import:order", None)

    assert (hint.subject, hint.external_id) == (Subject.HINT, ORDER)
    assert set(hint.order_keys) == set(KEYS)
    assert (row.subject, row.external_id, row.order_keys) == (Subject.ORDER, None, KEYS[1:])


def test_what_is_not_visible_is_gone() -> None:
    """And a refused read is explained."""
    (gone,) = _read({}, "missing")
    (refused,) = _read({}, "refused")

    assert (gone.subject, gone.external_id) == (Subject.GONE, ORDER)
    assert (refused.subject, refused.external_id) == (Subject.UNREADABLE, ORDER)
