"""How a case is ended where no status can be set: refunds, portals, replacements, files."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from complaints.model import File, Mirror, Push, WantedPush
from complaints.reconcile import Settled
from complaints.rules import AccountProfile
from complaints.vocabulary import (
    AccountName,
    Capability,
    Outcome,
    PushKind,
    PushState,
    Status,
)
from complaints.wishes import Case
from tests.complaints.records import (
    ACCOUNTS,
    BOT,
    DESK,
    RULES,
    ZENKI,
    case,
    external,
    mirror,
    order,
    push,
)
from tests.complaints.test_settle import (
    PORTAL,
    REFUND,
    SET,
    TRUSTED_PORTAL,
    asked,
    settled,
)

# -- ending a case at an account that takes no status ------------------------------------

UPHELD = (mirror(DESK, Status.RESOLVED), mirror(ZENKI, Status.OPEN))
REFUSED = (mirror(DESK, Status.REJECTED), mirror(ZENKI, Status.OPEN))


@pytest.mark.parametrize(
    ("allowance", "total", "kind"),
    [
        (Decimal(500), Decimal(100), REFUND),
        (Decimal(500), Decimal(500), REFUND),
        (Decimal(500), Decimal("500.01"), PORTAL),
        (Decimal(0), Decimal(100), PORTAL),
        (None, Decimal(100), PORTAL),
        (Decimal(500), None, PORTAL),
    ],
)
def test_a_refund_within_the_allowance(
    allowance: Decimal | None, total: Decimal | None, kind: PushKind
) -> None:
    """The whole order up to the allowance; above it, or without a total, a person does it."""
    rules = RULES.model_copy(update={"refund_allowance": allowance})
    got = settled(case(*UPHELD, order=order(total=total)), rules=rules)
    assert asked(got) == [(ZENKI, kind, Status.RESOLVED)]
    assert got.wanted[0].amount == (total if kind is REFUND else None)


def test_a_refund_is_one_per_complaint_and_account() -> None:
    """Its key doesn't name a cause."""
    assert settled(case(*UPHELD, order=order())).wanted[0].key == "refund:10017:cz-zenki"


@pytest.mark.parametrize("state", [PushState.DONE, PushState.UNKNOWN, PushState.SENDING])
def test_money_is_never_sent_twice(state: PushState) -> None:
    """Whatever became of the refund, no second one and no portal action besides it."""
    at = case(*UPHELD, order=order(), pushes=(push(REFUND, state, ZENKI, Status.RESOLVED),))
    assert asked(settled(at)) == []


def test_a_refund_that_was_refused_is_a_persons_business() -> None:
    """Somebody has to pay all the same."""
    parked = push(REFUND, PushState.PARKED, ZENKI, Status.RESOLVED)
    got = settled(case(*UPHELD, order=order(), pushes=(parked,)))
    assert asked(got) == [(ZENKI, PORTAL, Status.RESOLVED)]


def test_a_refund_that_no_call_makes_stays_with_a_person() -> None:
    """Until the account shows it: it is neither given up nor asked for again."""
    manual = push(REFUND, PushState.MANUAL, ZENKI, Status.RESOLVED)
    got = settled(case(*UPHELD, order=order(), pushes=(manual,)))
    ended = (mirror(DESK, Status.RESOLVED), mirror(ZENKI, Status.RESOLVED))
    after = settled(case(*ended, order=order(), pushes=(manual,)))

    assert (asked(got), got.superseded, got.shown) == ([], (), ())
    assert (asked(after), after.superseded, after.shown) == ([], (), (manual.id,))


@pytest.mark.parametrize("currency", ["CZK", "", None])
def test_an_allowance_is_one_of_its_currency(currency: str | None) -> None:
    """Five hundred of something else may be much more."""
    got = settled(case(*UPHELD, order=order(currency=currency)))
    assert asked(got) == [(ZENKI, PORTAL, Status.RESOLVED)]


@pytest.mark.parametrize(
    ("acked", "kind"),
    [
        ([], SET),
        ([5], SET),
        ([5, 6], PORTAL),
        ([2, 6], SET),
    ],
)
def test_a_call_without_effect_becomes_a_persons_business(acked: list[int], kind: PushKind) -> None:
    """Twice acknowledged since the present status came, and read without effect after it."""
    done = [push(SET, PushState.DONE, target=Status.RESOLVED, acked=n, id=n) for n in acked]
    desk = mirror(DESK, Status.OPEN, since=4, as_of=9)
    got = settled(case(desk, mirror(ZENKI, Status.RESOLVED), pushes=tuple(done)))
    assert asked(got) == [(DESK, kind, Status.RESOLVED)]


def test_without_an_order_a_person_refunds() -> None:
    """Nobody knows how much it was."""
    assert asked(settled(case(*UPHELD))) == [(ZENKI, PORTAL, Status.RESOLVED)]


def test_an_account_without_refunds_is_a_persons_business() -> None:
    """The call isn't there or isn't switched on."""
    got = settled(case(*UPHELD, order=order()), accounts=TRUSTED_PORTAL)
    assert asked(got) == [(ZENKI, PORTAL, Status.RESOLVED)]


def test_a_refused_case_is_ended_in_the_portal() -> None:
    """No call ends a dispute as refused."""
    got = settled(case(*REFUSED, order=order()))
    assert got.wanted == (
        WantedPush(
            key="portal:10017:cz-zenki:cz-zenki-1:rejected:0",
            account=ZENKI,
            kind=PORTAL,
            external_id=external("cz-zenki-1"),
            target=Status.REJECTED,
            reason="no call at zenki does this",
        ),
    )


@pytest.mark.parametrize(
    ("outcome", "kind", "target"),
    [
        (Outcome.UPHELD, REFUND, Status.RESOLVED),
        (Outcome.REFUSED, PORTAL, Status.REJECTED),
        (Outcome.PARTIAL, PORTAL, Status.RESOLVED),
    ],
)
def test_closed_is_told_by_who_won(outcome: Outcome, kind: PushKind, target: Status) -> None:
    """Only a desk knows ``closed``."""
    desk = mirror(DESK, Status.CLOSED, outcome=outcome)
    got = settled(case(desk, mirror(ZENKI, Status.OPEN), order=order()))
    assert asked(got) == [(ZENKI, kind, target)]


def test_closed_without_a_winner_tells_nobody() -> None:
    """Nobody guesses with other people's money."""
    got = settled(case(mirror(DESK, Status.CLOSED), mirror(ZENKI, Status.OPEN), order=order()))
    assert asked(got) == []


def test_running_states_are_not_told_to_an_account_that_takes_none() -> None:
    """A dispute runs or is over: nothing in between can be said there."""
    got = settled(case(mirror(DESK, Status.OPEN), mirror(ZENKI, Status.WAITING)))
    assert asked(got) == []


def test_the_chat_is_told_nothing() -> None:
    """It agrees with whatever became of the complaint."""
    got = settled(case(mirror(BOT, Status.NEW), mirror(DESK, Status.REJECTED)))
    assert asked(got) == []


# -- large refunds, replacements, files --------------------------------------------------


@pytest.mark.parametrize(
    ("limit", "held"), [(None, None), ("99.99", "amount"), ("100", None), ("0", "amount")]
)
def test_a_large_refund_waits_for_a_person(limit: str | None, held: str | None) -> None:
    """Within the allowance it is Redress's to send; above the limit somebody lets it go."""
    above = None if limit is None else Decimal(limit)
    rules = RULES.model_copy(update={"refund_release_above": above})
    (wanted,) = settled(case(*UPHELD, order=order()), rules=rules).wanted
    assert (wanted.kind, wanted.held_for) == (REFUND, held)


EXCHANGE = RULES.model_copy(update={"replacement_orders": True})
SHOP_WITH_ORDERS = ACCOUNTS | {
    DESK: ACCOUNTS[DESK].model_copy(
        update={"capabilities": ACCOUNTS[DESK].capabilities | {Capability.CREATE_ORDER}}
    )
}


def exchanged(*pushes: Push, at: Status = Status.RESOLVED, **other: Any) -> Case:
    """A complaint about an order that the desk knows, whose customer wishes an exchange."""
    known = {"order": order(keys=({"space": "hash", "value": "h1"},)), "remedy": "exchange"}
    return case(mirror(DESK, at), at=at, pushes=pushes, **{**known, **other})


def created(made: Settled) -> list[str]:
    """The accounts that are to create an order."""
    return [push.account for push in made.wanted if push.kind is PushKind.CREATE_ORDER]


def test_a_case_resolved_by_exchange_asks_for_a_new_order() -> None:
    """Of the account that keeps orders, with a key that never changes."""
    made = settled(exchanged(), rules=EXCHANGE, accounts=SHOP_WITH_ORDERS)
    assert [(push.account, push.key) for push in made.wanted] == [
        (DESK, "create_order:10017:cz-desk")
    ]


@pytest.mark.parametrize(
    "at",
    [
        exchanged(at=Status.OPEN),
        exchanged(at=Status.REJECTED),
        exchanged(remedy="refund"),
        exchanged(remedy=None),
        exchanged(order=order()),
        exchanged(order=None),
    ],
)
def test_no_other_case_asks_for_a_new_order(at: Case) -> None:
    """Running, refused, another wish, an order that the desk doesn't know, or none."""
    assert created(settled(at, rules=EXCHANGE, accounts=SHOP_WITH_ORDERS)) == []


def test_a_shop_decides_whether_orders_are_created() -> None:
    """By its rules, and by what its account can do."""
    assert created(settled(exchanged(), accounts=SHOP_WITH_ORDERS)) == []
    assert created(settled(exchanged(), rules=EXCHANGE)) == []


@pytest.mark.parametrize(
    "state", [state for state in PushState if state is not PushState.SUPERSEDED]
)
def test_a_replacement_is_asked_for_once(state: PushState) -> None:
    """Whatever became of it, there is no second one, and nothing else waits for it."""
    at = exchanged(push(PushKind.CREATE_ORDER, state, DESK))
    made = settled(at, rules=EXCHANGE, accounts=SHOP_WITH_ORDERS)
    assert created(made) == []
    assert made.shown == ()


def test_a_replacement_that_isnt_wanted_any_more_is_superseded() -> None:
    """Staff opened the case again before it was sent."""
    at = exchanged(push(PushKind.CREATE_ORDER, PushState.DUE, DESK), at=Status.OPEN)
    assert settled(at, rules=EXCHANGE, accounts=SHOP_WITH_ORDERS).superseded == (1,)


FILE = File(digest="a" * 64, name="proof.png", media_type="image/png")


def uploads(at: Case, accounts: dict[AccountName, AccountProfile] | None = None) -> list[str]:
    """The accounts where a person has to upload something."""
    wanted = settled(at, accounts=accounts).wanted
    return [push.account for push in wanted if push.kind is PushKind.ATTACH]


def with_file(*mirrors: Mirror, file: File = FILE, **other: Any) -> Case:
    """A case with a file."""
    return case(*mirrors, **other)._replace(files=(file,))


def test_a_file_is_a_persons_business_where_the_case_is_known() -> None:
    """Once, at each account that can be read."""
    mirrors = (mirror(DESK, Status.NEW), mirror(ZENKI, Status.OPEN), mirror(BOT, Status.NEW))
    assert uploads(with_file(*mirrors)) == [DESK, ZENKI]
    assert uploads(with_file(mirror(BOT, Status.NEW))) == []


def test_a_file_that_went_along_isnt_asked_for_again() -> None:
    """Where files can be sent at all."""
    takes = ACCOUNTS | {
        ZENKI: ACCOUNTS[ZENKI].model_copy(
            update={"capabilities": ACCOUNTS[ZENKI].capabilities | {Capability.ATTACH}}
        )
    }
    sent = with_file(
        mirror(ZENKI, Status.OPEN),
        mirror(DESK, Status.NEW),
        file=FILE.model_copy(update={"sent": True}),
    )
    assert uploads(sent, takes) == [DESK]


@pytest.mark.parametrize("state", [PushState.DONE, PushState.PARKED, PushState.MANUAL])
def test_a_file_is_uploaded_once(state: PushState) -> None:
    """Done, given up, or still waiting for somebody."""
    asked = push(PushKind.ATTACH, state, DESK, file=FILE.digest)
    at = with_file(mirror(DESK, Status.NEW), pushes=(asked,))
    assert uploads(at) == []
    assert settled(at).superseded == ()
