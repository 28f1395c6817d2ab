"""What all accounts together make of a case, and what each of them is told."""

from __future__ import annotations

from decimal import Decimal
from itertools import permutations
from typing import Any

import pytest

from complaints import lifecycle
from complaints.model import File, Mirror, Move, Push, WantedPush
from complaints.reconcile import Settled, fold, open_case, settle
from complaints.rules import AccountProfile, ShopRules
from complaints.vocabulary import (
    AccountName,
    Capability,
    Hold,
    Outcome,
    PushKind,
    PushState,
    ShopName,
    Status,
)
from complaints.wishes import Case, shows
from tests.complaints.records import (
    ACCOUNTS,
    BOT,
    CZ,
    DESK,
    NOW,
    RULES,
    ZENKI,
    case,
    change,
    external,
    mirror,
    observation,
    order,
    push,
)

CREATE, SET, DISPUTE = PushKind.CREATE, PushKind.SET_STATUS, PushKind.OPEN_DISPUTE
REFUND, PORTAL = PushKind.REFUND, PushKind.PORTAL
TRUSTED_PORTAL = ACCOUNTS | {
    ZENKI: ACCOUNTS[ZENKI].model_copy(update={"capabilities": frozenset({Capability.FETCH})})
}
"""The same shop with a payment account that takes no writes."""


def settled(
    at: Case,
    seen: tuple[Status, ...] = (),
    rules: ShopRules = RULES,
    accounts: dict[AccountName, AccountProfile] | None = None,
) -> Settled:
    """Settle a case."""
    return settle(at, seen, rules, accounts or ACCOUNTS)


def asked(got: Settled) -> list[tuple[AccountName, PushKind, Status | None]]:
    """What is asked for, without keys and reasons."""
    return [(wanted.account, wanted.kind, wanted.target) for wanted in got.wanted]


# -- moves -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "seen", "mirrors", "moves"),
    [
        (Status.NEW, [], [mirror(DESK, Status.NEW)], []),
        (Status.OPEN, [], [mirror(DESK, Status.OPEN)], []),
        (Status.NEW, [], [mirror(DESK, Status.OPEN)], ["new > open"]),
        (
            Status.NEW,
            [Status.OPEN, Status.WAITING, Status.RESOLVED],
            [mirror(DESK, Status.RESOLVED)],
            ["new > open", "open > waiting", "waiting > resolved"],
        ),
        (Status.OPEN, [], [mirror(DESK, Status.CLOSED)], ["open > closed (jump)"]),
        (
            Status.OPEN,
            [Status.REJECTED, Status.CLOSED],
            [mirror(DESK, Status.CLOSED)],
            ["open > rejected", "rejected > closed"],
        ),
        (Status.OPEN, [], [mirror(DESK, Status.NEW)], ["open > new (jump)"]),
        (Status.RESOLVED, [], [mirror(DESK, Status.OPEN)], ["resolved > open"]),
        (Status.RESOLVED, [], [mirror(DESK, Status.REJECTED)], ["resolved > rejected (jump)"]),
        (Status.NEW, [Status.UNKNOWN], [mirror(DESK, Status.OPEN)], ["new > open"]),
    ],
)
def test_how_a_complaint_moves(
    before: Status, seen: list[Status], mirrors: list[Mirror], moves: list[str]
) -> None:
    """Unseen steps are filled in; a step that the table doesn't know is marked as a jump."""
    got = settled(case(*mirrors, at=before), tuple(seen))
    assert [_spelt(move) for move in got.moves] == moves


def _spelt(move: Move) -> str:
    return f"{move.before} > {move.after}" + (" (jump)" if move.jump else "")


@pytest.mark.parametrize("before", [Status.NEW, Status.OPEN, Status.RESOLVED, Status.CLOSED])
@pytest.mark.parametrize("others", [[], [mirror(BOT, Status.NEW)], [mirror(ZENKI, Status.OPEN)]])
def test_a_word_that_no_table_lists_moves_nothing(before: Status, others: list[Mirror]) -> None:
    """Nobody said that the case began anew: what was said before it counts, and nothing is sent."""
    known = mirror(DESK, before)
    news = observation(seq=20)
    odd = fold(known, change(Status.UNKNOWN, word="archived"), news, ()).mirror
    first, then = settled(case(known, *others)), settled(case(odd, *others))
    assert (odd.word, odd.status) == ("archived", Status.UNKNOWN)
    assert (then.complaint.status, then.complaint.outcome) == (
        first.complaint.status,
        first.complaint.outcome,
    )
    assert [wanted for wanted in then.wanted if wanted.account == DESK] == []


def test_a_word_that_no_table_lists_outranks_nobody() -> None:
    """What another account says for sure counts."""
    at = case(mirror(DESK, Status.UNKNOWN), mirror(ZENKI, Status.REJECTED), at=Status.OPEN)
    assert settled(at).complaint.status is Status.REJECTED


def test_a_case_that_stands_still_has_no_steps() -> None:
    """What one account did meanwhile moves nothing while another one leads."""
    at = case(mirror(DESK, Status.OPEN), mirror(ZENKI, Status.WAITING), at=Status.OPEN)
    assert settled(at, (Status.WAITING,)).moves == ()


def test_without_any_word_the_origin_explains_the_state() -> None:
    """A decision always names somebody."""
    assert settled(case()).fields[0].winner == BOT


def test_each_decision_is_a_version() -> None:
    """The version grows by one."""
    assert settled(case(version=4)).complaint.version == 5


# -- telling accounts that have the case -------------------------------------------------


@pytest.mark.parametrize(
    ("desk", "other", "target"),
    [
        (Status.NEW, mirror(ZENKI, Status.WAITING), Status.WAITING),
        (Status.OPEN, mirror(ZENKI, Status.RESOLVED), Status.RESOLVED),
        (Status.OPEN, mirror(ZENKI, Status.REJECTED), Status.REJECTED),
        (Status.WAITING, mirror(ZENKI, Status.REJECTED), Status.REJECTED),
        # The same already, or beyond it:
        (Status.RESOLVED, mirror(ZENKI, Status.RESOLVED), None),
        (Status.CLOSED, mirror(ZENKI, Status.OPEN), None),
        (Status.OPEN, mirror(ZENKI, Status.OPEN), None),
        # Another person has chosen, and the desk is trusted most:
        (Status.OPEN, mirror(ZENKI, Status.WAITING), None),
        # Not a word that we know:
        (Status.UNKNOWN, mirror(ZENKI, Status.RESOLVED), None),
    ],
)
def test_what_a_desk_is_told(desk: Status, other: Mirror, target: Status | None) -> None:
    """A status is sent only where it differs from what was last seen there."""
    got = settled(case(mirror(DESK, desk), other))
    assert [a for a in asked(got) if a[0] == DESK] == ([(DESK, SET, target)] if target else [])


def test_a_status_push_is_one_intent_of_one_cause() -> None:
    """Its key names complaint, record, status and the newest statement that asks for it."""
    for desk, zenki, newest in ((30, 50, 50), (60, 50, 60)):
        at = case(
            mirror(DESK, Status.OPEN, as_of=desk), mirror(ZENKI, Status.RESOLVED, as_of=zenki)
        )
        key = f"set_status:10017:cz-desk:cz-desk-1:resolved:{newest}"
        assert settled(at).wanted[0].key == key


def test_an_account_that_reopened_alone_isnt_pushed_back() -> None:
    """The others are ended: no re-opening is sent to a desk; a person looks at it there."""
    second = AccountName("cz-desk2")
    accounts = ACCOUNTS | {second: ACCOUNTS[DESK].model_copy(update={"name": second})}
    at = case(
        mirror(DESK, Status.OPEN, reopened=True, since=20),
        mirror(second, Status.REJECTED, since=10),
        at=Status.REJECTED,
    )
    got = settled(at, accounts=accounts)
    assert (got.complaint.status, asked(got)) == (Status.OPEN, [("cz-desk2", "portal", "open")])


@pytest.mark.parametrize(
    ("state", "again"),
    [
        (PushState.DUE, False),
        (PushState.HELD, False),
        (PushState.SENDING, False),
        (PushState.UNKNOWN, False),
        (PushState.PARKED, False),
        (PushState.MANUAL, False),
        (PushState.SUPERSEDED, True),
        (PushState.DONE, True),
    ],
)
def test_the_same_is_not_asked_for_twice(state: PushState, again: bool) -> None:  # noqa: FBT001
    """While one waits, is under way, or is a person's business."""
    at = case(
        mirror(DESK, Status.OPEN, as_of=9),
        mirror(ZENKI, Status.RESOLVED),
        pushes=(push(SET, state, target=Status.RESOLVED, acked=5),),
    )
    assert ((DESK, SET, Status.RESOLVED) in asked(settled(at))) is again


def test_what_was_acknowledged_isnt_sent_again_before_it_was_read() -> None:
    """The mirror is older than the acknowledgement."""
    at = case(
        mirror(DESK, Status.OPEN, as_of=9),
        mirror(ZENKI, Status.RESOLVED),
        pushes=(push(SET, PushState.DONE, target=Status.RESOLVED, acked=10),),
    )
    assert asked(settled(at)) == []


@pytest.mark.parametrize(
    ("said", "status", "there"),
    [
        (mirror(DESK, Status.OPEN), Status.OPEN, True),
        (mirror(DESK, Status.OPEN), Status.WAITING, False),
        (mirror(ZENKI, Status.OPEN), Status.WAITING, True),
        (mirror(BOT, Status.NEW), Status.RESOLVED, True),
        (mirror(DESK, Status.CLOSED, outcome=Outcome.UPHELD), Status.RESOLVED, True),
        (mirror(DESK, Status.CLOSED, outcome=Outcome.PARTIAL), Status.RESOLVED, True),
        (mirror(DESK, Status.CLOSED, outcome=Outcome.REFUSED), Status.RESOLVED, False),
        (mirror(DESK, Status.CLOSED), Status.RESOLVED, False),
        (mirror(DESK, Status.RESOLVED), Status.CLOSED, False),
        (mirror(DESK), Status.NEW, False),
    ],
)
def test_what_an_account_shows(said: Mirror, status: Status, there: bool) -> None:  # noqa: FBT001
    """Its word covers the status, or goes beyond it with the same outcome."""
    assert shows(said, status) is there


# -- making the case known ---------------------------------------------------------------


@pytest.mark.parametrize("status", sorted(lifecycle.RUNNING))
def test_a_running_case_is_filed_where_it_is_unknown(status: Status) -> None:
    """Once per account that files complaints, under a key that never changes."""
    other = mirror(ZENKI, Status.WAITING if status is Status.WAITING else Status.OPEN)
    got = settled(case(mirror(BOT, Status.NEW), other, at=status))
    assert got.wanted == (WantedPush(key="create:10017:cz-desk", account=DESK, kind=CREATE),)


@pytest.mark.parametrize("status", [Status.RESOLVED, Status.REJECTED])
def test_an_ended_case_is_filed_nowhere(status: Status) -> None:
    """Nobody opens a case that is over."""
    assert asked(settled(case(mirror(ZENKI, status)))) == []


@pytest.mark.parametrize(
    ("state", "again"),
    [
        (PushState.DUE, False),
        (PushState.HELD, False),
        (PushState.SENDING, False),
        (PushState.DONE, False),
        (PushState.UNKNOWN, False),
        (PushState.PARKED, False),
        (PushState.MANUAL, False),
        (PushState.SUPERSEDED, True),
    ],
)
def test_a_case_is_filed_once(state: PushState, again: bool) -> None:  # noqa: FBT001
    """Whatever became of the first try, unless it was never sent."""
    at = case(mirror(BOT, Status.NEW), pushes=(push(CREATE, state),))
    assert ((DESK, CREATE, None) in asked(settled(at))) is again


def test_what_no_call_files_stays_with_a_person() -> None:
    """Deciding once more doesn't take it from them; that the account shows it does."""
    filing = push(CREATE, PushState.MANUAL)
    assert settled(case(mirror(BOT, Status.NEW), pushes=(filing,))).superseded == ()
    there = case(mirror(BOT, Status.NEW), mirror(DESK, Status.NEW), pushes=(filing,))
    assert settled(there).shown == (filing.id,)


def test_another_shops_accounts_hear_nothing() -> None:
    """Complaints stay inside their shop."""
    other = AccountName("sk-desk")
    accounts = ACCOUNTS | {
        other: ACCOUNTS[DESK].model_copy(update={"name": other, "shop": ShopName("sk")})
    }
    got = settled(case(mirror(BOT, Status.NEW)), accounts=accounts)
    assert {wanted.account for wanted in got.wanted} == {DESK}


# -- disputes for orders that never arrived ----------------------------------------------

UNDELIVERED: dict[str, Any] = {
    "order": order(delivered=False),
    "payment": mirror(ZENKI, complaint_id=None, order_id=7),
}


def test_an_undelivered_order_is_disputed() -> None:
    """By the payment account that holds the order, when the shop wishes it."""
    got = settled(case(mirror(BOT, Status.NEW), mirror(DESK, Status.OPEN), **UNDELIVERED))
    assert got.wanted == (
        WantedPush(key="open_dispute:10017:cz-zenki", account=ZENKI, kind=DISPUTE),
    )


@pytest.mark.parametrize(
    "but",
    [
        {"order": None},
        {"order": order(delivered=True)},
        {"order": order(delivered=None)},
        {"payment": None},
        {"payment": mirror(ZENKI, complaint_id=None, order_id=7, settled=True)},
        {"disputing": True},
        {"pushes": (push(DISPUTE, PushState.DONE, ZENKI),)},
        {"pushes": (push(DISPUTE, PushState.UNKNOWN, ZENKI),)},
        {"pushes": (push(DISPUTE, PushState.PARKED, ZENKI),)},
    ],
    ids=lambda but: "/".join(f"{key}={str(value)[:30]}" for key, value in but.items()),
)
def test_what_keeps_a_dispute_from_being_opened(but: dict[str, Any]) -> None:
    """It came, nobody knows, it isn't paid there, it is over there, or it was asked before."""
    at = case(mirror(BOT, Status.NEW), mirror(DESK, Status.OPEN), **(UNDELIVERED | but))
    assert asked(settled(at)) == []


def test_a_shop_may_not_wish_disputes() -> None:
    """They can move money, so a shop asks for them."""
    shy = RULES.model_copy(update={"dispute_undelivered": False})
    at = case(mirror(BOT, Status.NEW), mirror(DESK, Status.OPEN), **UNDELIVERED)
    assert asked(settled(at, rules=shy)) == []


def test_a_dispute_that_runs_isnt_opened_again() -> None:
    """The payment account has the case already."""
    at = case(mirror(ZENKI, Status.OPEN), mirror(DESK, Status.OPEN), order=order(delivered=False))
    assert asked(settled(at)) == []


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


# -- conflicts ---------------------------------------------------------------------------


def test_in_a_conflict_nothing_is_pushed() -> None:
    """Two ends that disagree are a person's business; what was due is taken back."""
    at = case(
        mirror(DESK, Status.REJECTED),
        mirror(ZENKI, Status.RESOLVED, money_moved=True),
        order=order(),
        pushes=(push(SET, PushState.DUE, target=Status.RESOLVED, id=4),),
    )
    got = settled(at)
    assert (got.complaint.conflict, asked(got), got.superseded) == (True, [], (4,))


def test_a_conflict_ends_when_the_accounts_agree() -> None:
    """Nobody has to clear a flag."""
    at = case(
        mirror(DESK, Status.RESOLVED),
        mirror(ZENKI, Status.RESOLVED),
        at=Status.RESOLVED,
        conflict=True,
    )
    assert not settled(at).complaint.conflict


# -- what becomes of earlier pushes ------------------------------------------------------


@pytest.mark.parametrize("state", [PushState.HELD, PushState.DUE])
@pytest.mark.parametrize(
    ("kind", "account", "target"),
    [(SET, DESK, Status.WAITING), (REFUND, ZENKI, Status.RESOLVED), (CREATE, DESK, None)],
)
def test_what_waits_is_overtaken(
    state: PushState, kind: PushKind, account: AccountName, target: Status | None
) -> None:
    """It was not sent yet, and the case as it stands doesn't ask for it any more."""
    at = case(mirror(DESK, Status.REJECTED), pushes=(push(kind, state, account, target, id=4),))
    assert settled(at).superseded == (4,)


@pytest.mark.parametrize(
    "state", [PushState.SENDING, PushState.DONE, PushState.UNKNOWN, PushState.PARKED]
)
def test_what_was_sent_isnt_taken_back(state: PushState) -> None:
    """A call may be under way, or has been made."""
    at = case(
        mirror(DESK, Status.REJECTED),
        pushes=(push(SET, state, target=Status.WAITING, id=4),),
    )
    assert (settled(at).superseded, settled(at).shown) == ((), ())


def test_what_is_still_asked_for_stays() -> None:
    """The push that waits is the one that is wanted."""
    at = case(
        mirror(DESK, Status.OPEN),
        mirror(ZENKI, Status.RESOLVED),
        pushes=(push(SET, PushState.DUE, target=Status.RESOLVED, id=4),),
    )
    assert (settled(at).superseded, asked(settled(at))) == ((), [])


@pytest.mark.parametrize(
    ("zenki", "shown", "superseded"),
    [
        (mirror(ZENKI, Status.REJECTED), (4,), ()),
        (mirror(ZENKI, Status.OPEN), (), ()),
        (mirror(ZENKI, Status.RESOLVED), (), (4,)),
    ],
    ids=["the account shows it", "not yet", "somebody did the opposite"],
)
def test_a_manual_action_ends_when_its_effect_is_seen(
    zenki: Mirror, shown: tuple[int, ...], superseded: tuple[int, ...]
) -> None:
    """Nobody reports it as done: the account shows it, or makes it pointless."""
    at = case(
        mirror(DESK, Status.REJECTED),
        zenki,
        pushes=(push(PORTAL, PushState.MANUAL, ZENKI, Status.REJECTED, id=4),),
    )
    got = settled(at)
    assert (got.shown, got.superseded) == (shown, superseded)


@pytest.mark.parametrize(
    ("kind", "account", "there", "shown"),
    [
        (CREATE, DESK, mirror(DESK, Status.NEW), True),
        (CREATE, DESK, mirror(ZENKI, Status.OPEN), False),
        (DISPUTE, ZENKI, mirror(ZENKI, Status.OPEN), True),
        (DISPUTE, ZENKI, mirror(DESK, Status.OPEN), False),
        (REFUND, ZENKI, mirror(ZENKI, Status.RESOLVED), True),
        (REFUND, ZENKI, mirror(ZENKI, Status.OPEN), False),
    ],
)
def test_a_lost_answer_is_settled_by_what_the_account_shows(
    kind: PushKind,
    account: AccountName,
    there: Mirror,
    shown: bool,  # noqa: FBT001
) -> None:
    """A push of which nobody knows whether it was done is done once its effect is seen."""
    target = Status.RESOLVED if kind is REFUND else None
    at = case(
        mirror(BOT, Status.NEW),
        there,
        pushes=(push(kind, PushState.UNKNOWN, account, target, id=4),),
    )
    assert settled(at).shown == ((4,) if shown else ())


# -- opening -----------------------------------------------------------------------------


def test_a_case_is_opened_on_the_first_news_of_it() -> None:
    """Filed when the account says so, due by the shop's calendar, new until it is weighed."""
    news = change(Status.OPEN, filed_at=NOW.replace(day=1))
    got = open_case(5, "10025", news, observation(account=DESK), RULES)
    assert (got.id, got.number, got.shop, got.origin) == (5, "10025", CZ, DESK)
    assert (got.status, got.outcome, got.opened_at.day) == (Status.NEW, Outcome.NONE, 1)
    assert got.due_at is not None
    assert got.due_at > got.opened_at


def test_without_a_time_of_filing_the_receipt_counts() -> None:
    """The chat's envelope names none."""
    got = open_case(5, "10025", change(Status.NEW), observation(received_at=NOW), RULES)
    assert got.opened_at == NOW


# -- for all -----------------------------------------------------------------------------


def test_the_order_of_mirrors_never_matters() -> None:
    """The same accounts in any order are told the same."""
    mirrors = [mirror(BOT, Status.NEW), mirror(DESK, Status.CLOSED), mirror(ZENKI, Status.RESOLVED)]
    results = {str(settled(case(*mixed, order=order()))) for mixed in permutations(mirrors)}
    assert len(results) == 1


def test_settling_twice_changes_nothing_more() -> None:
    """With its wishes granted, the same case asks for nothing."""
    at = case(mirror(DESK, Status.OPEN), mirror(ZENKI, Status.REJECTED))
    once = settled(at)
    pushes: tuple[Push, ...] = tuple(
        push(w.kind, PushState.DUE, w.account, w.target, id=n) for n, w in enumerate(once.wanted)
    )
    twice = settled(at._replace(complaint=once.complaint, pushes=pushes))
    assert (twice.moves, twice.wanted, twice.superseded, twice.shown) == ((), (), (), ())


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


# -- what each waiting push comes to -----------------------------------------------------


def test_a_refund_that_failed_leaves_its_portal_action_open() -> None:
    """Though the account shows the case as resolved; the lost answer of the call is settled."""
    failed = mirror(ZENKI, Status.RESOLVED, refund_failed=True)
    at = case(
        failed,
        mirror(DESK, Status.RESOLVED),
        at=Status.RESOLVED,
        outcome=Outcome.UPHELD,
        pushes=(
            push(PORTAL, PushState.MANUAL, account=ZENKI, id=3, target=Status.RESOLVED),
            push(REFUND, PushState.UNKNOWN, account=ZENKI, id=4, target=Status.RESOLVED),
        ),
    )
    assert settled(at).shown == (4,)


@pytest.mark.parametrize(
    ("held", "quiet", "overtaken"),
    [
        (Hold.IMPORT, True, False),
        (Hold.IMPORT, False, True),
        (None, False, False),
        (None, True, True),
    ],
    ids=[
        "held because of an import, and still is to be",
        "held because of an import, and news ask for it now",
        "due, and still is to be",
        "due, and only an import asks for it now",
    ],
)
def test_a_push_is_held_as_long_as_only_an_import_asks_for_it(
    held: Hold | None,
    quiet: bool,  # noqa: FBT001
    overtaken: bool,  # noqa: FBT001
) -> None:
    """Another one takes its place when that changes."""
    state = PushState.HELD if held else PushState.DUE
    at = case(
        mirror(DESK, Status.OPEN, as_of=9, quiet=True),
        mirror(ZENKI, Status.RESOLVED, as_of=12, since=12, quiet=quiet),
        pushes=(push(SET, state, id=5, target=Status.RESOLVED, held_for=held),),
    )
    got = settled(at)
    assert got.superseded == ((5,) if overtaken else ())
    assert [wanted.kind for wanted in got.wanted] == ([SET] if overtaken else [])


def test_each_waiting_push_is_looked_at() -> None:
    """Behind one that is under way, and behind one that is still asked for."""
    at = case(
        mirror(DESK, Status.OPEN, as_of=9),
        mirror(ZENKI, Status.RESOLVED),
        pushes=(
            push(CREATE, PushState.DONE, id=1),
            push(SET, PushState.DUE, id=2, target=Status.RESOLVED),
            push(SET, PushState.DUE, id=3, target=Status.WAITING),
        ),
    )
    assert settled(at).superseded == (3,)


def test_a_portal_action_of_a_refund_that_failed_isnt_done() -> None:
    """In a conflict nothing is asked for any more: it is overtaken."""
    at = case(
        mirror(ZENKI, Status.RESOLVED, refund_failed=True),
        mirror(DESK, Status.REJECTED),
        pushes=(push(PORTAL, PushState.MANUAL, account=ZENKI, id=3, target=Status.RESOLVED),),
    )
    got = settled(at)
    assert (got.complaint.conflict, got.shown, got.superseded) == (True, (), (3,))


@pytest.mark.parametrize("names", ["ab", "ba"])
@pytest.mark.parametrize("done", ["a", "b"])
@pytest.mark.parametrize("asked_of", ["a", "b"])
def test_a_manual_action_is_seen_at_its_own_record(asked_of: str, done: str, names: str) -> None:
    """Of two records of one account, in whatever order they are known."""
    at = case(
        *(
            mirror(ZENKI, Status.REJECTED if name == done else Status.UNKNOWN, external_id=name)
            for name in names
        ),
        at=Status.REJECTED,
        pushes=(
            push(
                PORTAL,
                PushState.MANUAL,
                account=ZENKI,
                id=3,
                target=Status.REJECTED,
                external_id=asked_of,
            ),
        ),
    )
    got = settled(at)
    assert (got.shown, got.superseded) == (((3,), ()) if asked_of == done else ((), (3,)))


@pytest.mark.parametrize("fact", ["tried", "freed"])
def test_what_was_tried_or_let_go_isnt_held_again(fact: str) -> None:
    """Though only an import asks for it now."""
    waiting = push(SET, PushState.DUE, id=5, target=Status.RESOLVED)
    at = case(
        mirror(DESK, Status.OPEN, as_of=9, quiet=True),
        mirror(ZENKI, Status.RESOLVED, as_of=12, since=12, quiet=True),
        pushes=(waiting.model_copy(update={fact: True}),),
    )
    assert settled(at).superseded == ()


def test_the_sides_of_a_conflict_are_listed_by_account_and_id() -> None:
    """Whoever leads."""
    at = case(
        mirror(ZENKI, Status.REJECTED, external_id="a"),
        mirror(ZENKI, Status.RESOLVED, external_id="b", money_moved=True),
    )
    assert [side.external_id for side in settled(at).sides] == ["a", "b"]


@pytest.mark.parametrize("version", [1, 2, 3])
def test_a_version_is_one_more_than_the_last(version: int) -> None:
    """Whichever that was."""
    assert settled(case(version=version)).complaint.version == version + 1
