"""The status table, and who is believed when accounts disagree."""

from __future__ import annotations

from itertools import permutations, product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from complaints import lifecycle
from complaints.lifecycle import ENDED, LEGAL, OUTCOME, RUNNING, SENDABLE, STATUS_OF, standing
from complaints.model import Mirror, OrderSaid
from complaints.vocabulary import AccountName, OrderState, Outcome, Status
from tests.complaints.records import BOT, DESK, PROVIDERS, RULES, ZENKI, mirror

MOVES = [
    # from, to, what Redress may do
    (Status.NEW, Status.OPEN, "send"),
    (Status.NEW, Status.WAITING, "send"),
    (Status.NEW, Status.RESOLVED, "send"),
    (Status.NEW, Status.REJECTED, "send"),
    (Status.NEW, Status.CLOSED, "jump"),
    (Status.OPEN, Status.NEW, "jump"),
    (Status.OPEN, Status.WAITING, "send"),
    (Status.OPEN, Status.RESOLVED, "send"),
    (Status.OPEN, Status.REJECTED, "send"),
    (Status.OPEN, Status.CLOSED, "jump"),
    (Status.WAITING, Status.NEW, "jump"),
    (Status.WAITING, Status.OPEN, "send"),
    (Status.WAITING, Status.RESOLVED, "send"),
    (Status.WAITING, Status.REJECTED, "send"),
    (Status.WAITING, Status.CLOSED, "jump"),
    (Status.RESOLVED, Status.NEW, "jump"),
    (Status.RESOLVED, Status.OPEN, "only follow"),
    (Status.RESOLVED, Status.WAITING, "jump"),
    (Status.RESOLVED, Status.REJECTED, "jump"),
    (Status.RESOLVED, Status.CLOSED, "send"),
    (Status.REJECTED, Status.NEW, "jump"),
    (Status.REJECTED, Status.OPEN, "only follow"),
    (Status.REJECTED, Status.WAITING, "jump"),
    (Status.REJECTED, Status.RESOLVED, "jump"),
    (Status.REJECTED, Status.CLOSED, "send"),
    (Status.CLOSED, Status.NEW, "jump"),
    (Status.CLOSED, Status.OPEN, "only follow"),
    (Status.CLOSED, Status.WAITING, "jump"),
    (Status.CLOSED, Status.RESOLVED, "jump"),
    (Status.CLOSED, Status.REJECTED, "jump"),
]


@pytest.mark.parametrize(("before", "after", "what"), MOVES)
def test_the_table_of_moves(before: Status, after: Status, what: str) -> None:
    """Each move is one that Redress sends, one that it only follows (re-opening), or a jump."""
    legal, sendable = after in LEGAL[before], after in SENDABLE[before]
    assert (legal, sendable) == {
        "send": (True, True),
        "only follow": (True, False),
        "jump": (False, False),
    }[what]


def test_the_table_above_is_whole() -> None:
    """Every pair of different known statuses has one row."""
    known = [status for status in Status if status is not Status.UNKNOWN]
    assert {(a, b) for a, b, _ in MOVES} == {(a, b) for a, b in product(known, known) if a != b}


def test_nothing_is_sent_from_an_unknown_status() -> None:
    """A word that no table lists is left alone."""
    assert LEGAL[Status.UNKNOWN] == SENDABLE[Status.UNKNOWN] == frozenset()
    assert set(LEGAL) == set(SENDABLE) == set(Status)


def test_a_status_runs_or_has_ended() -> None:
    """Running and ended statuses are all known ones, and none is both."""
    assert set(Status) - {Status.UNKNOWN} == RUNNING | ENDED
    assert frozenset() == RUNNING & ENDED


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (Status.RESOLVED, Outcome.UPHELD),
        (Status.REJECTED, Outcome.REFUSED),
        (Status.CLOSED, Outcome.UNKNOWN),
    ],
)
def test_what_an_ended_status_says_of_who_won(status: Status, outcome: Outcome) -> None:
    """``closed`` alone says nothing."""
    assert OUTCOME[status] is outcome


@pytest.mark.parametrize(
    ("outcome", "status"),
    [
        (Outcome.UPHELD, Status.RESOLVED),
        (Outcome.PARTIAL, Status.RESOLVED),
        (Outcome.REFUSED, Status.REJECTED),
    ],
)
def test_what_the_others_are_told_of_an_outcome(outcome: Outcome, status: Status) -> None:
    """A decided outcome has one decisive status."""
    assert STATUS_OF[outcome] is status


# -- standing ----------------------------------------------------------------------------

CLOSED_REFUSED = mirror(DESK, Status.CLOSED, outcome=Outcome.REFUSED)
WAITS = frozenset({Status.WAITING})
PAID = mirror(ZENKI, Status.RESOLVED, money_moved=True)
AGAIN = mirror(DESK, Status.OPEN, reopened=True, since=20)

STANDINGS = {
    # name: mirrors, status, outcome, conflict, rule, winner
    "nobody says anything": ([], Status.NEW, Outcome.NONE, False, "new", None),
    "raised in the chat alone": (
        [mirror(BOT, Status.NEW)],
        Status.NEW,
        Outcome.NONE,
        False,
        "new",
        BOT,
    ),
    "the desk says new": ([mirror(DESK, Status.NEW)], Status.NEW, Outcome.NONE, False, "new", DESK),
    "a running dispute agrees with any running state": (
        [mirror(ZENKI, Status.OPEN), mirror(BOT, Status.NEW)],
        Status.NEW,
        Outcome.NONE,
        False,
        "new",
        ZENKI,
    ),
    "an unlisted word says nothing": (
        [mirror(DESK, Status.UNKNOWN), mirror(ZENKI, Status.WAITING)],
        Status.WAITING,
        Outcome.NONE,
        False,
        "staff",
        ZENKI,
    ),
    "staff have chosen": (
        [mirror(DESK, Status.OPEN), mirror(ZENKI, Status.OPEN), mirror(BOT, Status.NEW)],
        Status.OPEN,
        Outcome.NONE,
        False,
        "staff",
        DESK,
    ),
    "two staffs: the most trusted account": (
        [mirror(DESK, Status.OPEN), mirror(ZENKI, Status.WAITING)],
        Status.OPEN,
        Outcome.NONE,
        False,
        "staff",
        DESK,
    ),
    "a person outranks our own push": (
        [mirror(DESK, Status.OPEN, ours=True), mirror(ZENKI, Status.WAITING)],
        Status.WAITING,
        Outcome.NONE,
        False,
        "staff",
        ZENKI,
    ),
    "our own push alone": (
        [mirror(DESK, Status.OPEN, ours=True), mirror(ZENKI, Status.OPEN)],
        Status.OPEN,
        Outcome.NONE,
        False,
        "derived",
        DESK,
    ),
    "decided anywhere": (
        [mirror(DESK, Status.OPEN), mirror(ZENKI, Status.REJECTED)],
        Status.REJECTED,
        Outcome.REFUSED,
        False,
        "ended",
        ZENKI,
    ),
    "decided and agreed": (
        [mirror(DESK, Status.RESOLVED), mirror(ZENKI, Status.RESOLVED)],
        Status.RESOLVED,
        Outcome.UPHELD,
        False,
        "ended",
        DESK,
    ),
    "closed goes further than decided": (
        [mirror(DESK, Status.CLOSED), mirror(ZENKI, Status.RESOLVED)],
        Status.CLOSED,
        Outcome.UPHELD,
        False,
        "ended",
        DESK,
    ),
    "rejected, then closed, stays refused": (
        [CLOSED_REFUSED, mirror(ZENKI, Status.OPEN)],
        Status.CLOSED,
        Outcome.REFUSED,
        False,
        "ended",
        DESK,
    ),
    "partly upheld and upheld agree": (
        [mirror(DESK, Status.RESOLVED), mirror(ZENKI, Status.RESOLVED, outcome=Outcome.PARTIAL)],
        Status.RESOLVED,
        Outcome.UPHELD,
        False,
        "ended",
        DESK,
    ),
    "closed and nobody says who won": (
        [mirror(DESK, Status.CLOSED), mirror(ZENKI, Status.OPEN)],
        Status.CLOSED,
        Outcome.UNKNOWN,
        False,
        "closed",
        DESK,
    ),
    "ends that disagree: the most trusted leads": (
        [mirror(DESK, Status.REJECTED), mirror(ZENKI, Status.RESOLVED)],
        Status.REJECTED,
        Outcome.REFUSED,
        True,
        "conflict",
        DESK,
    ),
    "ends that disagree: moved money leads": (
        [mirror(DESK, Status.REJECTED), PAID],
        Status.RESOLVED,
        Outcome.UPHELD,
        True,
        "conflict",
        ZENKI,
    ),
    "closed as refused and paid back": (
        [CLOSED_REFUSED, PAID],
        Status.RESOLVED,
        Outcome.UPHELD,
        True,
        "conflict",
        ZENKI,
    ),
    "re-opened outranks an older end": (
        [AGAIN, mirror(ZENKI, Status.REJECTED, since=10)],
        Status.OPEN,
        Outcome.NONE,
        False,
        "reopened",
        DESK,
    ),
    "re-opened doesn't outrank a newer end": (
        [AGAIN, mirror(ZENKI, Status.REJECTED, since=30)],
        Status.REJECTED,
        Outcome.REFUSED,
        False,
        "ended",
        ZENKI,
    ),
    "re-opened against money that has moved": (
        [AGAIN, mirror(ZENKI, Status.RESOLVED, money_moved=True, since=10)],
        Status.RESOLVED,
        Outcome.UPHELD,
        True,
        "conflict",
        ZENKI,
    ),
    "re-opened alone": ([AGAIN], Status.OPEN, Outcome.NONE, False, "reopened", DESK),
}


@pytest.mark.parametrize("name", STANDINGS)
def test_what_all_accounts_together_say(name: str) -> None:
    """One state, its rule and its winner, in whatever order the accounts are asked."""
    mirrors, status, outcome, conflict, rule, winner = STANDINGS[name]
    for order in permutations(mirrors):
        said = standing(order, PROVIDERS, RULES.authority)
        assert said[:4] == (status, outcome, conflict, rule)
        assert (said.winner and said.winner.account) == winner


def test_losers_are_everybody_else_who_speaks() -> None:
    """The winner isn't among them, nor is an account whose word no table lists."""
    silent = mirror(AccountName("cz-other"), Status.UNKNOWN)
    said = standing([PAID, CLOSED_REFUSED, silent], PROVIDERS, RULES.authority)
    assert [loser.account for loser in said.losers] == [DESK]


@pytest.mark.parametrize(
    ("authority", "status"),
    [
        (("bizkithub", "zenki"), Status.OPEN),
        (("zenki", "bizkithub"), Status.WAITING),
        (("zenki",), Status.WAITING),
        ((), Status.OPEN),
    ],
)
def test_a_shop_chooses_whom_it_trusts(authority: tuple[str, ...], status: Status) -> None:
    """Providers that the shop doesn't list come last; among equals the first known mirror."""
    mirrors = [mirror(ZENKI, Status.WAITING), mirror(DESK, Status.OPEN)]
    assert standing(mirrors, PROVIDERS, authority).status is status


@st.composite
def _mirrors(draw: st.DrawFn) -> list[Mirror]:
    found = []
    for id_, account in enumerate([DESK, ZENKI, BOT, AccountName("cz-other")], start=1):
        status = draw(st.sampled_from([None, *Status]))
        drawn = {
            "id": id_,
            "since": draw(st.integers(1, 5)),
            "ours": draw(st.booleans()),
            "reopened": draw(st.booleans()),
            "money_moved": draw(st.booleans()),
        }
        if status in ENDED:
            drawn["outcome"] = draw(st.sampled_from(Outcome))
        found.append(mirror(account, status, **drawn))
    return found


@given(_mirrors(), st.randoms(use_true_random=False))
def test_the_order_of_accounts_never_matters(mirrors: list[Mirror], chance: object) -> None:
    """The same accounts in any order say the same."""
    assert hasattr(chance, "sample")
    mixed = chance.sample(mirrors, len(mirrors))
    assert standing(mixed, PROVIDERS, RULES.authority) == standing(
        mirrors, PROVIDERS, RULES.authority
    )


@given(_mirrors())
def test_a_standing_explains_itself(mirrors: list[Mirror]) -> None:
    """Winner and losers are exactly those that speak; the status is the winner's or ``new``."""
    said = standing(mirrors, PROVIDERS, RULES.authority)
    named = ([said.winner] if said.winner else []) + list(said.losers)
    assert sorted(m.id for m in named) == sorted(m.id for m in mirrors if m.covers)
    if said.rule != "new":
        assert said.winner is not None
        assert said.status is said.winner.status
    assert said.conflict == (said.rule == "conflict")


REFUSED = mirror(DESK, Status.REJECTED, since=10)
UPHELD = mirror(ZENKI, Status.RESOLVED, since=10)
RULINGS = {
    "accounts contradict each other: the ruling counts": (
        [REFUSED, UPHELD],
        ("resolved", "upheld", "ruling"),
    ),
    "one that has closed it as the ruling says: closed": (
        [REFUSED, UPHELD.model_copy(update={"status": Status.CLOSED, "stands": Status.CLOSED})],
        ("closed", "upheld", "ruling"),
    ),
    "accounts agree on the opposite: no ruling is needed": (
        [REFUSED, mirror(ZENKI, Status.REJECTED, since=10)],
        ("rejected", "refused", "ended"),
    ),
    "nobody has decided it: no ruling is needed": (
        [mirror(DESK, Status.OPEN, since=10)],
        ("open", "none", "staff"),
    ),
    "an account says the opposite after the ruling: a conflict again": (
        [mirror(DESK, Status.REJECTED, since=60), UPHELD],
        ("rejected", "refused", "conflict"),
    ),
    "an account says the same after the ruling: it counts on": (
        [REFUSED, mirror(ZENKI, Status.RESOLVED, since=60)],
        ("resolved", "upheld", "ruling"),
    ),
    "another account only runs on after the ruling: it counts on": (
        [REFUSED, UPHELD, mirror(BOT, Status.OPEN, since=60)],
        ("resolved", "upheld", "ruling"),
    ),
    "opened again before the ruling, after money had moved: it counts": (
        [mirror(DESK, Status.OPEN, reopened=True, since=20), PAID],
        ("resolved", "upheld", "ruling"),
    ),
    "opened again after the ruling, after money had moved: a conflict": (
        [mirror(DESK, Status.OPEN, reopened=True, since=60), PAID],
        ("resolved", "upheld", "conflict"),
    ),
}


@pytest.mark.parametrize("name", RULINGS)
def test_what_a_person_settled(name: str) -> None:
    """A ruling of ``upheld`` after observation 50, against what accounts say."""
    mirrors, expected = RULINGS[name]
    said = standing(mirrors, PROVIDERS, RULES.authority, lifecycle.Ruling(Outcome.UPHELD, 50))
    assert (said.status, said.outcome, said.rule) == expected
    assert said.conflict == (said.rule == "conflict")


ORDERS: dict[OrderState, tuple[Status, Outcome, bool] | None] = {
    OrderState.PLACED: None,
    OrderState.PAID: None,
    OrderState.SHIPPED: None,
    OrderState.DELIVERED: None,
    OrderState.CANCELLED: None,
    OrderState.REFUNDED: (Status.RESOLVED, Outcome.UPHELD, True),
}


@pytest.mark.parametrize("state", OrderState)
def test_what_an_order_says_of_its_only_complaint(state: OrderState) -> None:
    """A refunded one has ended it, and money has moved; any other state says nothing."""
    said = OrderSaid(state=state, word="x", marks={"state": 7}, told_by={"state": 8})
    voice = lifecycle.order_voice(mirror(ZENKI, order_said=said))
    told = voice and (voice.stands, voice.outcome, voice.money_moved)
    assert told == ORDERS[state]
    if voice is not None:
        assert voice.covers == {voice.status} == {voice.stands}
        assert (voice.word, voice.since, voice.by, voice.quiet) == ("x", 7, 8, False)


def test_an_order_of_which_nothing_was_told_says_nothing() -> None:
    """Whatever its account holds else."""
    assert lifecycle.order_voice(mirror(ZENKI, Status.OPEN)) is None


def test_where_nobody_speaks_nothing_is_said() -> None:
    """It is new, follows from no statement, and nothing of it was imported."""
    said = standing([], PROVIDERS, RULES.authority)
    assert said == (Status.NEW, Outcome.NONE, False, "new", None, (), None, 0, False)


def test_two_records_of_one_account_are_never_equal() -> None:
    """The one with the smaller id counts first; one that has no id yet comes before both."""
    known = [mirror(DESK, external_id=name) for name in ("b", "a")]
    nameless = mirror(DESK).model_copy(update={"external_id": None})
    ranked = sorted([*known, nameless], key=lambda m: lifecycle.rank(m, PROVIDERS, RULES.authority))
    assert [m.external_id for m in ranked] == [None, "a", "b"]


def test_an_end_that_came_with_a_reopening_isnt_older() -> None:
    """Only what ended before it is outranked."""
    together = [
        mirror(DESK, Status.OPEN, reopened=True, since=20),
        mirror(ZENKI, Status.REJECTED, since=20),
    ]
    assert standing(together, PROVIDERS, RULES.authority).rule == "ended"


@pytest.mark.parametrize(
    ("rule", "known", "others"),
    [
        ("conflict", {"status": Status.RESOLVED, "money_moved": True}, [AGAIN]),
        ("closed", {"status": Status.CLOSED}, []),
        ("derived", {"status": Status.WAITING, "covers": WAITS, "ours": True}, []),
        ("staff", {"status": Status.WAITING, "covers": WAITS}, []),
    ],
)
def test_among_equals_the_most_trusted_leads(
    rule: str, known: dict[str, Any], others: list[Mirror]
) -> None:
    """Of two records of one account the one with the smaller id."""
    status = known.pop("status")
    alike = [mirror(ZENKI, status, external_id=name, **known) for name in ("b", "a")]
    said = standing([*alike, *others], PROVIDERS, RULES.authority)
    assert said.rule == rule
    assert said.winner is not None
    assert said.winner.external_id == "a"


STRANGER = "a more trusted person chose another running status"
WHY_NOTS = {
    "a person chose it elsewhere, and here it is new": (
        [mirror(DESK, Status.OPEN), mirror(BOT, Status.NEW, covers={Status.NEW})],
        ["nobody chose it there"],
    ),
    "a person chose it elsewhere, and here we did": (
        [mirror(DESK, Status.OPEN), mirror(ZENKI, Status.WAITING, covers=WAITS, ours=True)],
        ["nobody chose it there"],
    ),
    "a more trusted person chose it elsewhere": (
        [mirror(DESK, Status.OPEN), mirror(ZENKI, Status.WAITING, covers=WAITS)],
        [STRANGER],
    ),
    "nobody chose either": (
        [
            mirror(DESK, Status.OPEN, ours=True),
            mirror(ZENKI, Status.WAITING, covers=WAITS, ours=True),
        ],
        ["a more trusted account shows another running status"],
    ),
    "it has ended elsewhere, and here it is new": (
        [mirror(DESK, Status.REJECTED), mirror(BOT, Status.NEW, covers={Status.NEW})],
        ["an end was decided elsewhere"],
    ),
    "it agrees": (
        [mirror(DESK, Status.OPEN), mirror(ZENKI, Status.OPEN)],
        ["it agrees"],
    ),
}


@pytest.mark.parametrize("name", WHY_NOTS)
def test_why_an_account_doesnt_count(name: str) -> None:
    """In words, by the rule that decided and by how it stands there."""
    mirrors, reasons = WHY_NOTS[name]
    said = standing(mirrors, PROVIDERS, RULES.authority)
    assert [lifecycle.why_not(said, loser) for loser in said.losers] == reasons


# -- steps -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seen", "path"),
    [
        ([], ["resolved"]),
        (["resolved"], ["resolved"]),
        (["open", "waiting", "resolved"], ["open", "waiting", "resolved"]),
        (["new", "open", "open"], ["open", "resolved"]),
        (["unknown", "open"], ["open", "resolved"]),
        (["resolved", "open"], ["resolved", "open", "resolved"]),
    ],
)
def test_unseen_steps_are_filled_in(seen: list[str], path: list[str]) -> None:
    """What the account's history lists comes in between; standing still is no step."""
    assert lifecycle.steps(Status.NEW, [Status(s) for s in seen], Status.RESOLVED) == path
