"""From Zenki's orders to canonical changes."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from complaints.model import Change, Claim, Line, OrderKey
from complaints.vocabulary import ExternalId, OrderSpace, OrderState, Outcome, Status, Subject
from providers.imports import import_body
from providers.zenki import words
from providers.zenki.reading import read
from providers.zenki.wire import epoch
from tests.providers.wire import observe
from tests.providers.zenki.samples import ORDER, breakdown, order

KEYS = (
    OrderKey(space=OrderSpace.PAYMENT, value=ORDER),
    OrderKey(space=OrderSpace.NUMBER, value="WEB-10077"),
)
RUNNING = frozenset({Status.NEW, Status.OPEN, Status.WAITING})
REFUSED = frozenset({Status.REJECTED})


def _read(body: object, form: str = "order", asked: str | None = ORDER) -> tuple[Change, ...]:
    return read(observe(form, body, asked))  # type: ignore[arg-type]


def test_z06_an_order_without_dispute_is_an_order() -> None:
    """Its ids, its own word, how far it has come, what it cost and whose it is."""
    assert _read(order("SHIPPED")) == (
        Change(
            subject=Subject.ORDER,
            external_id=ExternalId(ORDER),
            order_keys=KEYS,
            word="SHIPPED",
            delivered=False,
            order_state=OrderState.SHIPPED,
            total=Decimal("850.5"),
            currency="MXN",
            owner="lucia@example.org",
        ),
    )


def test_z06_a_disputed_order_is_an_order_and_a_complaint() -> None:
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
        ("COMPLETED", "OPEN", "COMPLETED", Status.REJECTED, REFUSED, Outcome.REFUSED, False, False),
        ("SETTLED", "OPEN", "SETTLED", Status.REJECTED, REFUSED, Outcome.REFUSED, False, True),
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
def test_z06_a_dispute_and_its_order_say_one_thing(
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


WORDS: dict[str, tuple[bool | None, OrderState | None]] = {
    "PENDING": (False, OrderState.PLACED),
    "READY4PAY": (False, OrderState.PLACED),
    "AWAITING_PAYMENT": (False, OrderState.PLACED),
    "AWAITING_DELIVERY": (False, OrderState.PAID),
    "DELIVERED_SERVICE": (True, OrderState.DELIVERED),
    "AWAITING_SHIPMENT": (False, OrderState.PAID),
    "SHIPPED": (False, OrderState.SHIPPED),
    "SHIPMENT_ERROR": (False, OrderState.PAID),
    "AWAITING_SHOPPER_APPROVAL": (None, OrderState.SHIPPED),
    "DISPUTED": (None, None),
    "PENDING_SHOPPER_RETURN": (True, None),
    "REFUNDED": (None, OrderState.REFUNDED),
    "COMPLETED": (True, OrderState.DELIVERED),
    "SETTLED": (None, None),
}
"""The 14 words of the documents."""


@pytest.mark.parametrize("status", WORDS)
def test_z06_an_order_word_tells_how_far_it_has_come(status: str) -> None:
    """And whether the buyer has it; what a word doesn't tell isn't guessed."""
    change = _read(order(status))[0]

    assert (change.word, change.warnings) == (status, ())
    assert (change.delivered, change.order_state) == WORDS[status]
    assert change.settled is (status in {"REFUNDED", "SETTLED"})
    assert change.money_moved is (status == "REFUNDED")


def test_z06_every_word_of_the_documents_is_listed() -> None:
    """14 of an order."""
    assert set(words.ORDER_STATE) == set(WORDS)
    assert len(WORDS) == 14


def test_z06_a_word_that_no_table_lists_is_kept() -> None:
    """Of an order: nothing is concluded, and it is said."""
    (change,) = _read(order("BRAND_NEW"))

    assert (change.word, change.delivered, change.order_state) == ("BRAND_NEW", None, None)
    assert change.warnings == ("an order status that no table lists: BRAND_NEW",)


def test_z06_a_refund_without_a_dispute_is_a_fact_of_the_order() -> None:
    """It opens no complaint."""
    (change,) = _read(order("REFUNDED"))

    assert (change.subject, change.money_moved) == (Subject.ORDER, True)


def test_d16_a_paid_order_needs_no_parcel() -> None:
    """One text says that the label is printed then, another that it has just been paid."""
    (change,) = _read(order("AWAITING_SHIPMENT"))

    assert (change.order_state, change.delivered) == (OrderState.PAID, False)


@pytest.mark.parametrize("kind", ["REQUEST_REFUND", "REQUEST_CONCILIATED", "BRAND_NEW"])
def test_z06_a_request_to_resolve_is_told(kind: str) -> None:
    """Somebody has asked Zenki's staff for help; the dispute goes on."""
    asked = {
        "status": "OPEN",
        "createdAt": 1683331200000,
        "resolutionRequestType": kind,
        "resolutionRequestAt": 1683417600,
    }
    _, change = _read(order("DISPUTED") | {"dispute": asked})

    assert (change.word, change.status) == ("OPEN", Status.OPEN)
    (warning,) = change.warnings
    assert warning == f"Zenki's staff were asked to resolve the dispute on 2023-05-07: {kind}"


@pytest.mark.parametrize(
    ("status", "canonical"), [("OPEN", Status.OPEN), ("REFUND", Status.RESOLVED)]
)
def test_d18_the_time_of_a_request_is_no_end(status: str, canonical: Status) -> None:
    """It is described as one, and stands on a running dispute in the sample."""
    asked = {"status": status, "createdAt": 1683331200, "resolutionRequestAt": 1683417600}
    _, change = _read(order("DISPUTED") | {"dispute": asked})

    assert (change.status, change.filed_at) == (canonical, datetime(2023, 5, 6, tzinfo=UTC))
    assert "2023-05-07" not in change.model_dump_json()


@pytest.mark.parametrize("status", ["OPEN", "REFUND", "RESOLVED", "REJECTED", None])
def test_z06_a_claim_is_no_dispute(status: str | None) -> None:
    """A payment that doesn't fit its order: kept as a warning."""
    claim = {"status": status, "createdAt": 1683331200000, "reason": "Lucía paid twice"}
    (change,) = _read(order("AWAITING_SHIPMENT", claim=claim))

    (warning,) = change.warnings
    assert change.subject is Subject.ORDER
    assert warning.startswith("a payment that doesn't fit the order: claim ")
    assert "Lucía" not in warning


@pytest.mark.parametrize(
    ("amounts", "odd"),
    [
        (breakdown(), ""),
        (breakdown(grandTotalAmount=850), "grandTotalAmount"),
        (breakdown(subtotalAmount=800), "subtotalAmount, grandTotalAmount"),
        (breakdown(totalItemsAmount=700), "totalItemsAmount, subtotalAmount"),
        (breakdown(grandTotalAmount="862.509"), ""),
        ({"grandTotalAmount": 7}, ""),
        (breakdown(additionalCharges={"gift wrap": "dear"}), ""),
    ],
)
def test_d15_sums_that_do_not_add_up_are_told(amounts: dict[str, object], odd: str) -> None:
    """By the formula, within a cent; the order counts all the same, and its total as it is."""
    first = _read(order("DISPUTED", "OPEN", breakdown=amounts))[0]

    assert first.warnings == ((f"the amounts don't add up: {odd}",) if odd else ())
    assert first.total == Decimal(str(amounts["grandTotalAmount"]))


def test_d15_the_specifications_own_sample_is_odd() -> None:
    """Its total leaves out a charge of 1.1234 that its formula includes."""
    amounts = {"subtotalAmount": 250, "taxesAmount": 11.6, "grandTotalAmount": 261.6}
    charged = {**amounts, "additionalCharges": {"insurance": 1.1234}}
    (sample,) = _read(order(breakdown=charged))
    (webhook,) = _read(order(breakdown={**charged, "grandTotalAmount": 262.7234}))

    assert sample.warnings == ("the amounts don't add up: grandTotalAmount",)
    assert webhook.warnings == ()


@pytest.mark.parametrize("taxes", ["localTaxesAmount", "localTaxes_amount"])
@pytest.mark.parametrize("price", ["unitPrice", "price"])
@pytest.mark.parametrize("version", ["v1.0.0", "v1.1.0"])
def test_d14_every_spelling_is_read(taxes: str, price: str, version: str) -> None:
    """The specification's, the plugins' and the webhook's."""
    amounts = breakdown(grandTotalAmount=869.5)
    del amounts["localTaxesAmount"]
    items = [{"name": "Clay mug", "quantity": 2, price: 400}]
    body = order("DISPUTED", "OPEN", breakdown={**amounts, taxes: 7}, items=items, version=version)
    first, second = _read(body)

    assert first.warnings == ()
    assert second.claim is not None
    assert second.claim.lines == (Line(label="Clay mug", quantity=Decimal(2), price=Decimal(400)),)


def test_d01_each_id_is_in_its_own_space() -> None:
    """``orderId`` of an order is the merchant's, and never called anything else."""
    (change,) = _read(order(zenkiOrderId=ORDER, orderId=ORDER))

    assert change.external_id == ORDER
    assert [(key.space, key.value) for key in change.order_keys] == [
        (OrderSpace.PAYMENT, ORDER),
        (OrderSpace.NUMBER, ORDER),
    ]


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
def test_d08_an_epoch_comes_in_both_units(value: object, moment: datetime | None) -> None:
    """The documents say milliseconds and show seconds; nonsense is no time."""
    assert epoch(value) == moment


def test_d07_odd_fields_that_do_not_matter_are_absent() -> None:
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
def test_z06_what_can_not_be_read_says_why(body: object, reason: str) -> None:
    """A dispute that can't be understood is no order without dispute."""
    (change,) = _read(body)

    assert (change.subject, change.external_id) == (Subject.UNREADABLE, ORDER)
    assert reason in change.reason


def test_z06_an_import_asks_for_a_read() -> None:
    """A row with Zenki's id is a hint; a row without it tells only that ids belong together."""
    (hint,) = _read(
        import_body({"zenki_order_id": ORDER, "order_number": "WEB-10077"}), "import:order", None
    )
    (row,) = _read(import_body({"order_number": "WEB-10077"}), "import:order", None)

    assert (hint.subject, hint.external_id) == (Subject.HINT, ORDER)
    assert set(hint.order_keys) == set(KEYS)
    assert (row.subject, row.external_id, row.order_keys) == (Subject.ORDER, None, KEYS[1:])


def test_z06_what_is_not_visible_is_gone() -> None:
    """And a refused read is explained."""
    (gone,) = _read({}, "missing")
    (refused,) = _read({}, "refused")

    assert (gone.subject, gone.external_id) == (Subject.GONE, ORDER)
    assert (refused.subject, refused.external_id) == (Subject.UNREADABLE, ORDER)
