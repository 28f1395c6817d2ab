"""What all accounts together make of a case, and what each of them is told."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest

from complaints import lifecycle
from complaints.model import Mirror, Move, Push, WantedPush
from complaints.reconcile import Settled, fold, open_case, settle
from complaints.rules import AccountProfile, ShopRules
from complaints.vocabulary import (
    AccountName,
    Capability,
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
