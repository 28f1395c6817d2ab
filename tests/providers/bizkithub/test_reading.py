"""From BizKitHub's documents to canonical changes."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from complaints.model import BankAccount, Change, Claim, Event, Line, OrderKey
from complaints.vocabulary import (
    ComplaintNumber,
    ExternalId,
    OrderSpace,
    Outcome,
    Remedy,
    Status,
    Subject,
)
from providers.bizkithub.reading import footer, read, split_footer
from providers.bizkithub.words import STATUS_OF_WORD, WORD_OF_STATUS
from tests.providers.bizkithub.samples import (
    COMPLAINT,
    HASH,
    TEXT,
    complaint,
    event,
    settings,
)
from tests.providers.wire import observe


def _read(
    body: object, asked: str | None = COMPLAINT, form: str = "complaint", **own: object
) -> Change:
    (change,) = read(observe(form, body, asked), settings(**own))  # type: ignore[arg-type]
    return change


def test_p6_a_complaint_is_read_whole() -> None:
    """Everything that the documents' own example holds and that we keep."""
    assert _read(complaint()) == Change(
        subject=Subject.COMPLAINT,
        external_id=ExternalId(COMPLAINT),
        order_keys=(OrderKey(space=OrderSpace.NUMBER, value="26000412"),),
        reference=ComplaintNumber("40817"),
        word="wait",
        status=Status.WAITING,
        covers=frozenset({Status.WAITING}),
        events=(
            Event(id="1", position=1, word="new", status=Status.NEW),
            Event(id="2", position=2, word="wait", status=Status.WAITING),
        ),
        claim=Claim(
            text=TEXT,
            category="reklamace",
            name="Eva Horáková",
            email="eva@example.org",
            phone="+420 602118334",
            lines=(Line(label="Desk lamp, oak", quantity=Decimal(1), price=Decimal("1290.5")),),
        ),
    )


@pytest.mark.parametrize(
    ("word", "status", "outcome"),
    [
        ("new", Status.NEW, Outcome.NONE),
        ("open", Status.OPEN, Outcome.NONE),
        ("wait", Status.WAITING, Outcome.NONE),
        ("resolve", Status.RESOLVED, Outcome.UPHELD),
        ("reject", Status.REJECTED, Outcome.REFUSED),
    ],
)
def test_p6_a_word_has_one_status(word: str, status: Status, outcome: Outcome) -> None:
    """The desk's six words; only two of them say who won."""
    change = _read(complaint(status=word, isResolved=True))

    assert (change.status, change.outcome, change.covers) == (status, outcome, frozenset({status}))


def test_p7_the_words_translate_both_ways() -> None:
    """What we send is what we would read back."""
    for word, status in STATUS_OF_WORD.items():
        assert WORD_OF_STATUS[status] == word
    assert set(WORD_OF_STATUS) == set(Status) - {Status.UNKNOWN}


def test_p6_an_unlisted_word_is_kept() -> None:
    """A new word of the vendor is unknown, compatible with nothing, and shown."""
    change = _read(complaint(status="escalated"))

    assert (change.word, change.status, change.covers) == (
        "escalated",
        Status.UNKNOWN,
        frozenset(),
    )


@pytest.mark.parametrize(
    ("words", "outcome"),
    [
        (["new", "open", "resolve", "closed"], Outcome.UPHELD),
        (["new", "open", "reject", "closed"], Outcome.REFUSED),
        (["new", "reject", "resolve", "closed"], Outcome.UPHELD),
        (["new", "resolve", "reject", "closed", "closed"], Outcome.REFUSED),
        (["new", "resolve", "open", "closed"], Outcome.UNKNOWN),
        (["new", "closed"], Outcome.UNKNOWN),
        (["new", "reject", "escalated", "closed"], Outcome.REFUSED),
        (["new", "reject", None, "closed"], Outcome.REFUSED),
        ([], Outcome.UNKNOWN),
    ],
)
def test_c02_closed_tells_who_won_by_its_history(words: list[str | None], outcome: Outcome) -> None:
    """`isResolved` is true for all of them; a decision that was taken back doesn't count."""
    events = [event(number, word) for number, word in enumerate(words, start=1)]

    for listed in (events, events[::-1]):
        change = _read(complaint(status="closed", isResolved=True, events=listed))
        assert (change.status, change.outcome) == (Status.CLOSED, outcome)


def test_p6_events_come_in_their_own_order() -> None:
    """A shuffled list is sorted, a doubled entry is one, an entry without a number is noted."""
    rows = [event(10, "wait"), event("2", "new"), event(10, "wait"), event(None, "open"), "x"]
    change = _read(complaint(events=rows))

    assert [(e.id, e.position) for e in change.events] == [("2", 2), ("10", 10)]
    assert change.warnings == ("3 events without a number of their own",)


def test_p6_what_is_not_visible_is_gone() -> None:
    """`exist: false` and the code for a missing record are a change kind, never a deletion."""
    assert _read({"exist": False}).subject is Subject.GONE
    assert _read({"exist": False}).external_id == COMPLAINT
    assert _read({}, form="missing").subject is Subject.GONE


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"<html>", "no JSON"),
        ({}, "no complaint detail"),
        ({"exist": "true"}, "wrong type: exist"),
        ({"exist": True, "status": "new"}, "wrong type: id"),
        ({"exist": True, "id": COMPLAINT}, "wrong type: status"),
        ({"exist": True, "id": "", "status": "new"}, "wrong type: id"),
        ({"exist": True, "id": "another", "status": "new"}, "another complaint"),
        ({"error": {"code": "SOMETHING"}}, "SOMETHING"),
    ],
)
def test_p6_what_can_not_be_read_says_why(body: object, reason: str) -> None:
    """The reason names fields and codes and quotes nothing."""
    change = _read(body)

    assert (change.subject, change.external_id) == (Subject.UNREADABLE, COMPLAINT)
    assert reason in change.reason


def test_p6_odd_fields_that_do_not_matter_are_absent() -> None:
    """The answer stays readable when a side field changes its type."""
    odd = complaint(
        phone=420602118334,
        email=["x"],
        variant="reklamace",
        items=[{"label": None, "quantity": "two", "price": "1 379 Kč"}, 7],
        events="none",
        description=None,
        orderNumber=26000412,
        brandNew={"field": 1},
    )
    change = _read(odd)

    assert change.status is Status.WAITING
    assert change.claim == Claim(
        name="Eva Horáková", phone="420602118334", lines=(Line(label="", quantity=Decimal(1)),)
    )
    assert change.order_keys == (OrderKey(space=OrderSpace.NUMBER, value="26000412"),)
    assert change.events == ()


def test_p6_dates_are_taken_when_they_come() -> None:
    """The example has none; a deployment that sends them is believed, with a zone."""
    dated = complaint(
        insertedDate="2026-09-20T10:00:00.000Z",
        dueDate="2026-10-20T02:00:00+02:00",
        orderHash=HASH,
    )
    change = _read(dated)

    assert change.filed_at == datetime(2026, 9, 20, 10, tzinfo=UTC)
    assert change.due_at == datetime(2026, 10, 20, tzinfo=UTC)
    assert change.order_keys[0] == OrderKey(space=OrderSpace.HASH, value=HASH)
    assert _read(complaint(dueDate="2026-10-20")).due_at is None
    assert _read(complaint(dueDate="soon")).warnings == ("dueDate is no time with a zone",)


@given(st.text(alphabet="ab \r\n[]ref1") | st.text())
@example("\r")
@example("a\r\n\r\n[ref 1]\r")
def test_p6_the_footer_comes_off_exactly(text: str) -> None:
    """Whatever the customer wrote is the same after a visit at the desk."""
    number = ComplaintNumber("40817")

    assert split_footer(text + footer(number)) == (text, number)


@pytest.mark.parametrize(
    "description",
    ["[ref 7]", "text [ref case-7f31]", "text\n[ref 7]", "text\n\n[ref 7] more", "text\n\n[ref ]"],
)
def test_what_is_not_our_footer_stays(description: str) -> None:
    """Only the last paragraph, in our own form, is a reference."""
    assert split_footer(description) == (description, None)


def test_the_desk_may_change_line_ends() -> None:
    """A form in a browser turns line ends into CRLF and may add a last one."""
    assert split_footer("a\r\n\r\n[ref 7]\r\n") == ("a", ComplaintNumber("7"))


def test_without_footers_nothing_is_taken_off() -> None:
    """An account that writes none has a customer's own words there."""
    (change,) = read(observe("complaint", complaint(), COMPLAINT), settings(reference_footer=False))

    assert change.claim is not None
    assert (change.claim.text, change.reference) == (f"{TEXT}\n\n[ref 40817]", None)


def test_our_own_placeholders_are_nobody_s_words() -> None:
    """What we had to fill in for the desk does not come back as the customer's."""
    own = settings()
    body = complaint(customerName=own.nameless, description=f"{own.textless}\n\n[ref 40817]")
    change = _read(body)

    assert change.claim is not None
    assert (change.claim.name, change.claim.text) == ("", "")


@pytest.mark.parametrize("word", ["new", "open", "wait", "resolve", "reject", "closed"])
@pytest.mark.parametrize("flag", [True, False, None])
def test_c01_the_resolved_flag_decides_nothing(word: str, flag: object) -> None:
    """The texts disagree whether a rejected case has it: only the words of the desk count."""
    events = [event(1, "new"), event(2, "reject"), event(3, word)]
    change = _read(complaint(status=word, isResolved=flag, events=events))

    assert change == _read(complaint(status=word, isResolved=not flag, events=events))
    assert (change.outcome is Outcome.REFUSED) == (word in {"reject", "closed"})


@pytest.mark.parametrize(
    ("code", "remedy"),
    [
        ("oprava", Remedy.REPAIR),
        ("vymena", Remedy.EXCHANGE),
        ("vraceni", Remedy.REFUND),
        ("dobropis", Remedy.CREDIT),
        ("reklamace", None),
    ],
)
def test_p6_the_complaint_type_tells_the_remedy(code: str, remedy: Remedy | None) -> None:
    """Where the account maps it: the codes are the organisation's own."""
    remedies = {
        "oprava": "repair",
        "vymena": "exchange",
        "vraceni": "refund",
        "dobropis": "credit",
    }
    change = _read(complaint(variant={"id": 3, "code": code}), remedies=remedies)

    assert change.claim is not None
    assert (change.claim.category, change.claim.remedy) == (code, remedy)


@pytest.mark.parametrize(
    ("refund", "bank"),
    [
        (
            {"country": "CZ", "bankAccount": "2900112233/2010", "variableSymbol": 26000412},
            BankAccount(country="CZ", number="2900112233/2010", symbol="26000412"),
        ),
        ({"bankAccount": "2900112233/2010"}, BankAccount(number="2900112233/2010")),
        ({"country": None, "bankAccount": "", "variableSymbol": None}, None),
        (None, None),
        ("2900112233/2010", None),
    ],
)
def test_p6_the_bank_account_is_kept_in_the_claim(refund: object, bank: BankAccount | None) -> None:
    """Under the names of the answer, which aren't those of the create call."""
    change = _read(complaint(refund=refund))

    assert change.claim is not None
    assert change.claim.bank == bank
    assert change.warnings == ()


@pytest.mark.parametrize("satisfaction", [None, {"score": 9, "message": "Thanks"}, "nine"])
def test_p6_satisfaction_changes_nothing(satisfaction: object) -> None:
    """It is the desk's own business, and no reason to warn."""
    assert _read(complaint(satisfaction=satisfaction)) == _read(complaint())


@pytest.mark.parametrize("phone", ["+420 602 118 334", "+420602118334", "00420 602-118-334"])
def test_c19_one_number_in_two_spellings_is_one(phone: str) -> None:
    """The vendor's texts have both, so what is read is spelt as what is sent."""
    change = _read(complaint(phone=phone))

    assert change.claim is not None
    assert change.claim.phone == "+420 602118334"


def test_an_import_is_a_hint_or_an_order() -> None:
    """A complaint id asks for a read, an order row tells that ids belong together."""
    hint = _read({"complaint_id": COMPLAINT}, None, "import:complaint")
    row = _read({"order_hash": HASH, "zenki_order_id": "z1"}, None, "import:order")

    assert (hint.subject, hint.external_id) == (Subject.HINT, COMPLAINT)
    assert (row.subject, row.external_id) == (Subject.ORDER, None)
    assert [(key.space, key.value) for key in row.order_keys] == [
        (OrderSpace.HASH, HASH),
        (OrderSpace.PAYMENT, "z1"),
    ]
    assert _read({}, None, "import:order").subject is Subject.UNREADABLE
    assert _read({"complaint_id": ""}, None, "import:complaint").subject is Subject.UNREADABLE


def test_a_refused_read_is_explained() -> None:
    """The observation is kept and says which code the desk gave."""
    change = _read({"error": {"code": "SOME_CODE"}}, COMPLAINT, "refused")

    assert change.reason == "BizKitHub refused the read SOME_CODE"
