"""Other rules: in force when a shop adopts them, and then for all its complaints."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text

from complaints import flow, operating, rebuilding, rehearsing, renewing
from complaints.acts import SettleConflict
from complaints.rehearsing import Asked, Changed, Rehearsal
from complaints.store import Store
from complaints.vocabulary import ComplaintNumber, Outcome, PushKind, Status
from tests.complaints.fakes import House
from tests.complaints.records import CZ, DESK, NOW, RULES, ZENKI, change
from tests.complaints.test_matching import ORDER, QUIET_SHOP, rows, told
from tests.complaints.together import together

NO_REFUNDS = {"refund_allowance": None, "dispute_undelivered": False}


@pytest.fixture
def shop(opened: Store) -> House:
    """A store whose first rules allow no refund, adopted at the first start."""
    house = House(
        opened, accounts=QUIET_SHOP, rules=RULES.model_copy(update={**NO_REFUNDS, "match_days": 0})
    )
    renewing.renew(house.deps)
    decide(house)
    return house


def decide(house: House) -> None:
    """Decide all there is."""
    while flow.reconcile(house.deps):
        pass


def write(house: House, **other: Any) -> None:
    """Somebody writes other rules into the settings; the processes have been started again."""
    rules = house.deps.shops[CZ].model_copy(update=other)
    house.deps = replace(house.deps, shops={CZ: rules})


def adopt(house: House, **other: Any) -> None:
    """The same, and a person puts them in force."""
    write(house, **other)
    assert renewing.adopt(house.deps, "eva") == [CZ]
    decide(house)
    renewing.renew(house.deps)


def rehearse(house: House, **other: Any) -> Rehearsal:
    """What other rules would change."""
    draft = house.deps.shops[CZ].model_copy(update=other)
    mails = {DESK: frozenset({PushKind.SET_STATUS})}
    return rehearsing.rehearse(house.deps, {CZ: draft}, None, mails)


def pushes(house: House) -> list[tuple[str, str, str]]:
    """Those that are wanted: account, kind and state."""
    query = "SELECT account, kind, state FROM push WHERE state <> 'superseded' ORDER BY id"
    return [tuple(row) for row in rows(house, query)]


def upheld(house: House) -> str:
    """A case that the payment account holds as well; the desk has upheld it."""
    told(house, ZENKI, Status.OPEN, "1", order_keys=ORDER)
    number = told(house, DESK, Status.OPEN, "1", order_keys=ORDER)
    told(house, DESK, Status.RESOLVED, "1", order_keys=ORDER)
    return number


def version(house: House, number: str) -> int:
    """Under which rules a complaint was weighed last."""
    return int(rows(house, "SELECT rules FROM complaint WHERE number = :n", n=number)[0][0])


# -- adopting ----------------------------------------------------------------------------


def test_the_first_start_adopts_what_the_settings_say(shop: House) -> None:
    """Once, as an act; nothing is weighed anew."""
    number = told(shop, DESK, Status.OPEN)
    assert renewing.renew(shop.deps) == 0
    ((version_, by),) = rows(shop, "SELECT version, adopted_by FROM ruleset")
    assert (version_, by) == (1, renewing.FIRST)
    assert version(shop, number) == 1
    assert rows(shop, "SELECT account, verdict FROM receipt WHERE account = 'operator'") == [
        ("operator", "applied")
    ]


def test_written_rules_are_not_in_force(shop: House) -> None:
    """Before a person adopts them nothing is decided under them, whoever restarts."""
    write(shop, match_days=3)
    renewing.renew(shop.deps)
    first = told(shop, ZENKI, Status.OPEN, order_keys=ORDER)
    second = told(shop, DESK, Status.OPEN, order_keys=ORDER)
    assert first != second
    assert shop.deps.in_force()[CZ].match_days == 0


def test_adopting_what_is_in_force_changes_nothing(shop: House) -> None:
    """No version, no act."""
    assert renewing.adopt(shop.deps, "eva") == []
    assert len(rows(shop, "SELECT FROM ruleset")) == 1
    assert len(rows(shop, "SELECT FROM receipt WHERE account = 'operator'")) == 1


def test_two_who_adopt_at_once_make_one_version(shop: House) -> None:
    """One is faster; the other changes nothing."""
    write(shop, match_days=3)
    deps = shop.deps
    done = together(*[lambda: renewing.adopt(deps, "eva")] * 4)
    assert sorted(map(len, done)) == [0, 0, 0, 1]
    assert len(rows(shop, "SELECT FROM ruleset")) == 2


def test_rules_of_another_version_of_redress_can_be_read(shop: House) -> None:
    """What it doesn't know is left out, and what wasn't written has its default."""
    change_ = "UPDATE ruleset SET rules = rules - 'match_days' || '{\"gone\": 1}'"
    with shop.store.engine.begin() as connection:
        connection.execute(text(change_))
    assert shop.deps.in_force()[CZ].match_days == type(RULES).model_fields["match_days"].default


# -- weighing anew -----------------------------------------------------------------------


def test_old_cases_join_under_new_rules(shop: House) -> None:
    """Which cases are one follows from the rules; the older number stays."""
    first = told(shop, ZENKI, Status.OPEN, order_keys=ORDER)
    second = told(shop, DESK, Status.OPEN, order_keys=ORDER)
    adopt(shop, match_days=3)
    query = (
        "SELECT c.number, r.number FROM complaint c LEFT JOIN complaint r ON r.id = c.merged_into"
    )
    assert sorted(map(tuple, rows(shop, query))) == [(first, None), (second, first)]
    assert version(shop, first) == version(shop, second) == 2
    adopt(shop, match_days=0)
    assert sorted(map(tuple, rows(shop, query))) == [(first, None), (second, None)]


def test_a_manual_refund_becomes_a_call(shop: House) -> None:
    """A new allowance takes work off people, and `why` names the act that allowed it."""
    adopt(shop, match_days=3)
    number = upheld(shop)
    assert pushes(shop) == [(ZENKI, "portal", "manual")]
    with shop.store.engine.begin() as connection:
        connection.execute(text("UPDATE tracked_order SET total = 100, currency = 'EUR'"))
    told(shop, ZENKI, Status.OPEN, "1", order_keys=ORDER, total=100, currency="EUR")
    adopt(shop, refund_allowance=Decimal(500))
    assert ("cz-zenki", "refund", "due") in pushes(shop)
    (cause,) = rows(shop, "SELECT r.account FROM push p JOIN receipt r ON r.seq = p.cause"
                          " WHERE p.kind = 'refund'")  # fmt: skip
    assert cause[0] == "operator"
    why = shop.store.why(ComplaintNumber(number), shop.clock())
    assert why is not None
    assert why.fields["status"].rules_version == "3"


def test_a_moved_due_date_is_a_new_version_and_arms_the_rung_again(shop: House) -> None:
    """Told late under the old rules, not late under the new ones, and late in the end."""
    number = told(shop, DESK, Status.OPEN, filed_at=NOW)
    shop.clock.pass_(days=40)
    flow.escalate(shop.deps)
    adopt(shop, due_days=60)
    assert rows(shop, "SELECT overdue FROM complaint") == [(False,)]
    assert flow.escalate(shop.deps) == 0
    shop.clock.pass_(days=30)
    flow.escalate(shop.deps)
    flow.escalate(shop.deps)
    fired = rows(shop, "SELECT deadline_version, rung FROM escalation ORDER BY 1")
    assert [tuple(row) for row in fired] == [(1, "due"), (2, "due")]
    why = shop.store.why(ComplaintNumber(number), shop.clock())
    assert why is not None
    assert why.fields["due"].note == "60 days, Europe/Prague"
    assert [earlier.value for earlier in why.fields["due"].earlier] != []


def test_a_due_date_that_moves_into_the_past_is_flagged_once(shop: House) -> None:
    """A shorter promise that is broken already is told, and no second time."""
    told(shop, DESK, Status.OPEN, filed_at=NOW)
    shop.clock.pass_(days=20)
    adopt(shop, due_days=10)
    for _ in range(2):
        flow.escalate(shop.deps)
    assert len(rows(shop, "SELECT FROM escalation")) == 1
    shop.clock.pass_(days=20)
    adopt(shop, due_days=15)
    flow.escalate(shop.deps)
    assert len(rows(shop, "SELECT FROM escalation")) == 1


def test_another_clock_may_count_under_other_rules(shop: House) -> None:
    """The law's, once the shop promises less: a new version, named with its source."""
    number = told(shop, DESK, Status.OPEN, filed_at=NOW)
    query = "SELECT clock, version FROM deadline ORDER BY version"
    adopt(shop, due_days=60)
    assert [tuple(row) for row in rows(shop, query)] == [("shop", 1), ("shop", 2)]
    adopt(shop, legal="CZ")
    assert [tuple(row) for row in rows(shop, query)][2:] == [("legal", 3)]
    why = shop.store.why(ComplaintNumber(number), shop.clock())
    assert why is not None
    assert why.fields["due"].rule == "legal-clock"
    assert "634/1992" in why.fields["due"].note
    (due,) = shop.store.due(NOW, timedelta(days=40))
    assert (due.clock, due.moved) == ("legal", 2)
    assert [str(one) for one in rebuilding.check(shop.deps).differences] == []
    adopt(shop, due_days=10)
    assert [tuple(row) for row in rows(shop, query)][3:] == [("shop", 4)]
    assert [str(one) for one in rebuilding.check(shop.deps).differences] == []


def test_another_ladder_is_climbed_by_cases_that_run_already(shop: House) -> None:
    """Without what they were told of before."""
    told(shop, DESK, Status.OPEN, filed_at=NOW)
    shop.clock.pass_(days=29)
    flow.escalate(shop.deps)
    adopt(shop, ladder=("-72h", "due", "+1d"))
    query = "SELECT rung FROM escalation ORDER BY id"
    flow.escalate(shop.deps)
    assert [rung for (rung,) in rows(shop, query)] == ["-72h"]
    shop.clock.pass_(days=2)
    flow.escalate(shop.deps)
    adopt(shop, ladder=("-72h", "due", "+3d"))
    shop.clock.pass_(days=3)
    flow.escalate(shop.deps)
    assert [rung for (rung,) in rows(shop, query)] == ["-72h", "due", "+3d"]
    assert [str(one) for one in rebuilding.check(shop.deps).differences] == []


def test_a_rebuild_after_other_rules_finds_nothing(shop: House) -> None:
    """Everything follows from the observations under the rules in force, whenever decided."""
    upheld(shop)
    told(shop, ZENKI, Status.OPEN, "2", order_keys=({"space": "payment", "value": "z2"},))
    adopt(shop, match_days=3, due_days=14, authority=("zenki", "bizkithub", "chat"))
    told(shop, DESK, Status.WAITING, "2", order_keys=({"space": "payment", "value": "z2"},))
    assert [str(one) for one in rebuilding.check(shop.deps).differences] == []
    adopt(shop, match_days=0, due_days=30)
    assert [str(one) for one in rebuilding.check(shop.deps).differences] == []


def test_what_waits_while_rules_change_is_decided_under_the_new_ones(shop: House) -> None:
    """Whether it was decided before or after the change, in the end it is the same."""
    told(shop, ZENKI, Status.OPEN, order_keys=ORDER)
    shop.hear(DESK, "waits", change(Status.OPEN, order_keys=ORDER))
    write(shop, match_days=3)
    renewing.adopt(shop.deps, "eva")
    renewing.renew(shop.deps)
    decide(shop)
    renewing.renew(shop.deps)
    assert [str(one) for one in rebuilding.check(shop.deps).differences] == []
    assert rows(shop, "SELECT count(*) FROM complaint WHERE merged_into IS NOT NULL") == [(1,)]


def test_many_cases_are_weighed_in_several_batches(shop: House) -> None:
    """None is forgotten, and none is weighed twice."""
    for n in range(7):
        told(shop, DESK, Status.OPEN, str(n))
    shop.deps = replace(shop.deps, limits=replace(shop.deps.limits, batch=3))
    write(shop, due_days=5)
    renewing.adopt(shop.deps, "eva")
    decide(shop)
    assert renewing.renew(shop.deps) == 7
    assert renewing.renew(shop.deps) == 0
    assert rows(shop, "SELECT DISTINCT rules FROM complaint") == [(2,)]


def test_a_ruling_outlives_other_rules(shop: House) -> None:
    """What a person has decided isn't weighed away."""
    adopt(shop, match_days=3)
    number = upheld(shop)
    told(shop, ZENKI, Status.REJECTED, "1", order_keys=ORDER)
    done = SettleConflict(
        shop=CZ, by="eva", number=ComplaintNumber(number), outcome=Outcome.REFUSED
    )
    operating.act(shop.deps, done)
    decide(shop)
    adopt(shop, conflict_hours=5)
    assert rows(shop, "SELECT outcome FROM complaint WHERE merged_into IS NULL") == [("refused",)]


# -- rehearsing --------------------------------------------------------------------------


def test_a_rehearsal_tells_what_adopting_will_do(shop: House) -> None:
    """Due dates, joined cases, pushes to be asked for and to be given up; nothing is written."""
    first = told(shop, ZENKI, Status.OPEN, order_keys=ORDER)
    second = told(shop, DESK, Status.RESOLVED, order_keys=ORDER)
    before = rows(shop, "SELECT count(*), sum(version) FROM complaint")
    found = rehearse(shop, match_days=3)
    assert found.observations == 3
    moved = {"number": first, "field": "status", "now": "new", "then": "resolved"}
    assert Changed.model_validate(moved) in found.changed
    assert [change_.number for change_ in found.changed if change_.field == "joined"] == [second]
    assert [(push.number, push.account, push.kind) for push in found.asked] == [
        (first, ZENKI, PushKind.PORTAL)
    ]
    assert rows(shop, "SELECT count(*), sum(version) FROM complaint") == before
    adopt(shop, match_days=3)
    assert pushes(shop) == [(ZENKI, "portal", "manual")]
    assert rehearse(shop).empty
    back = rehearse(shop, match_days=0)
    assert [push.account for push in back.given_up] == [ZENKI]


def test_a_rehearsal_tells_of_conflicts(shop: House) -> None:
    """Those that would be, and those that wouldn't be any more."""
    first = told(shop, ZENKI, Status.OPEN, order_keys=ORDER)
    told(shop, DESK, Status.OPEN, order_keys=ORDER)
    told(shop, DESK, Status.RESOLVED, order_keys=ORDER)
    told(shop, ZENKI, Status.REJECTED, order_keys=ORDER)
    assert rehearse(shop, match_days=3).opened == (first,)
    adopt(shop, match_days=3)
    assert rehearse(shop, match_days=0).closed == (first,)


def test_a_rehearsal_of_the_same_rules_tells_nothing(shop: House) -> None:
    """Nor does it, therefore, tell of what isn't the rules' doing."""
    upheld(shop)
    found = rehearse(shop)
    assert found.empty
    assert (found.complaints, found.mails) == (2, 0)


def test_mails_are_counted(shop: House) -> None:
    """A push after which the desk may write to the customer."""
    told(shop, ZENKI, Status.REJECTED, order_keys=ORDER)
    told(shop, DESK, Status.OPEN, order_keys=ORDER)
    found = rehearse(shop, match_days=3)
    asked = [push for push in found.asked if push.kind is PushKind.SET_STATUS]
    assert [type(push) for push in asked] == [Asked]
    assert found.mails == 1


def test_a_rehearsal_may_tell_of_what_was_heard_lately(shop: House) -> None:
    """Complaints of which nothing was received since are left out."""
    told(shop, DESK, Status.OPEN, "1", filed_at=NOW)
    shop.clock.pass_(days=1)
    number = told(shop, DESK, Status.OPEN, "2", filed_at=NOW)
    draft = {CZ: RULES.model_copy(update={**NO_REFUNDS, "match_days": 0, "due_days": 5})}
    since = shop.clock() - timedelta(hours=1)
    found = rehearsing.rehearse(shop.deps, draft, since, {})
    assert [change_.number for change_ in found.changed] == [number]
    assert len(rehearsing.rehearse(shop.deps, draft, None, {}).changed) == 2


def test_a_merged_complaint_is_explained_as_that_one_is(shop: House) -> None:
    """Its status, what it hangs on and when it is due, also after other rules."""
    adopt(shop, match_days=3)
    first = told(shop, ZENKI, Status.OPEN, order_keys=ORDER)
    second = told(shop, DESK, Status.OPEN, order_keys=ORDER)
    told(shop, DESK, Status.RESOLVED, order_keys=ORDER)
    adopt(shop, due_days=10)
    for number in (first, second):
        why = shop.store.why(ComplaintNumber(number), shop.clock())
        assert why is not None
        ((status, due),) = rows(
            shop, "SELECT status, due_at FROM complaint WHERE number = :n", n=number
        )
        assert why.fields["status"].value == status == "resolved"
        assert why.fields["due"].value == due.isoformat()
        assert why.fields["due"].rules_version == "3"


def test_one_that_cannot_be_weighed_holds_up_none_of_the_others(shop: House) -> None:
    """The fault is raised when all others are done, and again until it is mended."""
    numbers = [told(shop, DESK, Status.OPEN, str(n)) for n in range(3)]
    with shop.store.engine.begin() as connection:
        connection.execute(
            text("UPDATE complaint SET status = 'no such status' WHERE number = :n"),
            {"n": numbers[1]},
        )
    write(shop, due_days=5)
    renewing.adopt(shop.deps, "eva")
    decide(shop)
    for _ in range(2):
        with pytest.raises(ValueError, match="status"):
            renewing.renew(shop.deps)
        assert [version(shop, number) for number in numbers] == [2, 1, 2]
