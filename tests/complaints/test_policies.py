"""Terms by policy, promises of an answer and of news, and what a provider tells."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from complaints.deadlines import clocks, first_due
from complaints.pauses import Past, past
from complaints.policies import rules_for
from complaints.renewing import renew
from complaints.rules import PauseKind, Policy
from complaints.store import Store
from complaints.vocabulary import Clock, Remedy, Status
from tests.complaints.fakes import House
from tests.complaints.records import BOT, NOW, PROVIDERS, RULES, case, change, complaint
from tests.complaints.test_matching import rows
from tests.complaints.test_pauses import at, clock_of, raised, shown, told, versions

AROUND_THE_CLOCK = {"open_hours": ("mon-sun 00:00-00:00",), "timezone": "UTC"}
HOURS = {"open_hours": ("mon-fri 09:00-17:00",), "timezone": "UTC"}
CLAIM: dict[str, Any] = {
    "remedy": Remedy.REFUND, "claimed": Decimal(600), "claimed_in": "EUR",
    "category": "product-related", "channel": "WHATSAPP",
}  # fmt: skip


@pytest.mark.parametrize(
    ("asked", "fits"),
    [
        ({}, True),
        ({"origin": ("chat", "zenki")}, True),
        ({"origin": ("zenki",)}, False),
        ({"channel": ("WHATSAPP",)}, True),
        ({"channel": ("TELEGRAM",)}, False),
        ({"category": ("product-related",)}, True),
        ({"category": ("delivery-related",)}, False),
        ({"remedy": (Remedy.REFUND, Remedy.EXCHANGE)}, True),
        ({"remedy": (Remedy.REPAIR,)}, False),
        ({"claimed_from": Decimal(600)}, True),
        ({"claimed_from": Decimal("600.01")}, False),
        ({"claimed_below": Decimal(600)}, False),
        ({"claimed_below": Decimal("600.01")}, True),
        ({"origin": ("chat",), "remedy": (Remedy.REPAIR,)}, False),
    ],
)
def test_who_falls_under_a_policy(asked: dict[str, Any], fits: bool) -> None:  # noqa: FBT001
    """All that it asks must be so; one that asks nothing is for all."""
    policy = Policy(name="gold", due_days=5, **asked)
    rules = RULES.model_copy(update={"policies": (policy,)})
    found = rules_for(complaint(**CLAIM), rules, "chat")
    assert (found.due_days, found.policy) == ((5, "gold") if fits else (30, ""))


def test_the_first_policy_counts_and_what_it_leaves_out_stays() -> None:
    """It isn't mixed with the next one."""
    policies = (
        Policy(name="none", category=("other",), due_days=1),
        Policy(name="first", update_hours=8),
        Policy(name="second", due_days=2, pauses=(PauseKind.WAITING,)),
    )
    rules = RULES.model_copy(update={"policies": policies, "respond_hours": 3})
    found = rules_for(complaint(**CLAIM), rules, "chat")
    terms = (found.policy, found.due_days, found.respond_hours, found.update_hours, found.pauses)
    assert terms == ("first", 30, 3, 8, ())


def test_an_amount_in_another_currency_is_of_no_known_size() -> None:
    """Neither large nor small; without a currency it is the shop's."""
    asked: dict[str, Any]
    for asked in ({"claimed_from": Decimal(1)}, {"claimed_below": Decimal(9999)}):
        policy = Policy.model_validate({"name": "p", "due_days": 5, **asked})
        rules = RULES.model_copy(update={"policies": (policy,)})
        for currency, days in (("JPY", 30), ("EUR", 5), ("", 5)):
            one = complaint(**{**CLAIM, "claimed_in": currency})
            assert rules_for(one, rules, "chat").due_days == days


def test_a_case_that_nobody_took_up_is_due_by_the_promise_to_answer() -> None:
    """Once somebody has, that clock is gone and the promise of news runs."""
    rules = RULES.model_copy(update={**HOURS, "respond_hours": 4, "update_hours": 8})
    monday = datetime(2026, 3, 2, 9, tzinfo=UTC)
    waits = first_due(monday, rules, Past(answered=False))
    assert (waits.clock, waits.at) == (Clock.RESPONSE, monday + timedelta(hours=4))
    taken = first_due(monday, rules, Past(moved_at=monday + timedelta(hours=6)))
    assert (taken.clock, taken.at) == (Clock.UPDATE, datetime(2026, 3, 3, 15, tzinfo=UTC))
    assert [one.clock for one in clocks(monday, rules)] == [Clock.SHOP]


def test_what_a_provider_tells_counts_where_it_is_first() -> None:
    """And only there."""
    plain = first_due(NOW, RULES)
    sooner = first_due(NOW, RULES, Past(told=NOW + timedelta(days=3), teller="cz-desk"))
    assert (sooner.clock, sooner.promise) == (Clock.PROVIDER, "as cz-desk tells")
    later = Past(told=plain.at + timedelta(days=3), teller="cz-desk")
    assert first_due(NOW, RULES, later) == plain


def test_the_history_tells_whether_somebody_took_it_up() -> None:
    """And when something went on last: a repeat of what was known is no news."""
    rules = RULES.model_copy(update={**HOURS, "respond_hours": 4, "update_hours": 8})
    bot = told((0, Status.NEW), account=BOT)
    fresh = past(case(bot), rules, PROVIDERS)
    assert (fresh.answered, fresh.moved_at) == (False, at(0))
    desk = told((1, Status.NEW), (2, Status.OPEN), (9, Status.OPEN))
    found = past(case(bot, desk), rules, PROVIDERS)
    assert (found.answered, found.moved_at) == (True, at(2))


def test_an_account_without_events_that_comes_back_to_a_status_has_moved() -> None:
    """Whatever it said before."""
    rules = RULES.model_copy(update={**HOURS, "update_hours": 8})
    desk = told((0, Status.NEW), (2, Status.OPEN), (3, Status.WAITING), (7, Status.OPEN))
    assert past(case(desk), rules, PROVIDERS).moved_at == at(7)


def test_a_promise_to_answer_is_kept_by_taking_it_up(opened: Store) -> None:
    """Late at first; once somebody has, the due date is the resolution's, as a new version."""
    house = House(opened, rules=RULES.model_copy(update={**AROUND_THE_CLOCK, "respond_hours": 4}))
    renew(house.deps)
    raised(house)
    answer = house.clock() + timedelta(hours=4)
    assert clock_of(house)[0] == answer
    assert rows(house, "SELECT clock FROM deadline") == [("response",)]
    house.clock.now = answer
    house.settle()
    assert rows(house, "SELECT overdue FROM complaint") == [(True,)]
    shown(house, Status.NEW, Status.OPEN)
    assert [n for n, _ in versions(house)] == [1, 2]
    assert rows(house, "SELECT clock FROM deadline ORDER BY version") == [("response",), ("shop",)]
    assert rows(house, "SELECT overdue FROM complaint") == [(False,)]
    fired = rows(house, "SELECT deadline_version, rung FROM escalation")
    assert fired == [(1, "due")]


def test_each_move_begins_the_promise_of_news_anew(opened: Store) -> None:
    """A desk that goes silent is late; one that moves isn't."""
    house = House(opened, rules=RULES.model_copy(update={**AROUND_THE_CLOCK, "update_hours": 48}))
    renew(house.deps)
    raised(house)
    moves = [Status.NEW, Status.OPEN]
    shown(house, *moves)
    for _ in range(3):
        assert clock_of(house)[0] == house.clock() + timedelta(hours=48)
        house.clock.pass_(hours=30)
        moves.append(Status.WAITING if moves[-1] is Status.OPEN else Status.OPEN)
        shown(house, *moves)
    assert rows(house, "SELECT count(*) FROM escalation") == [(0,)]
    house.clock.pass_(hours=48)
    house.settle()
    assert rows(house, "SELECT overdue FROM complaint") == [(True,)]


def test_a_due_date_that_the_desk_moves_is_counted_and_reported(opened: Store) -> None:
    """What it told first counts; that it moved it without a word stands among the oddities."""
    house = House(opened)
    renew(house.deps)
    raised(house)
    first, second = house.clock() + timedelta(days=9), house.clock() + timedelta(days=12)
    shown(house, Status.NEW, Status.OPEN, due_at=first)
    assert clock_of(house)[0] == first
    shown(house, Status.NEW, Status.OPEN, due_at=second)
    assert clock_of(house)[0] == second
    clocks_told = rows(house, "SELECT clock, due_at FROM deadline ORDER BY version")
    assert [clock for clock, _ in clocks_told] == ["shop", "provider", "provider"]
    doubts = rows(house, "SELECT warnings FROM receipt WHERE warnings IS NOT NULL")
    assert doubts == [(["its due date there has moved, and nobody said so"],)]


def test_a_policy_counts_from_the_first_on(opened: Store) -> None:
    """By what the customer claims."""
    gold = Policy(name="gold", claimed_from=Decimal(500), due_days=7)
    house = House(opened, rules=RULES.model_copy(update={"policies": (gold,)}))
    renew(house.deps)
    for n, amount in ((1, 499), (2, 500)):
        claim = {"amount": str(amount), "currency": "EUR"}
        house.hear(BOT, str(n), change(Status.NEW, BOT, external_id=f"c{n}", claim=claim))
    house.settle()
    days = rows(house, "SELECT (due_at::date - opened_at::date) FROM complaint ORDER BY born")
    assert [n for (n,) in days] == [30, 7]
    assert [n for n, _ in versions(house)] == [1, 1]
