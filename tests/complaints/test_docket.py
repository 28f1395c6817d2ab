"""The working set of a batch: whose case an observation is, and what is to be saved."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from itertools import count
from typing import Any

import pytest

from complaints.casebook import Fresh, Loaded
from complaints.docket import Docket
from complaints.model import Change, Complaint, Mirror, Observation, Order, OrderSaid, Push
from complaints.names import name_all
from complaints.rules import AccountProfile
from complaints.store.rows import mirror_rows, push_rows
from complaints.vocabulary import (
    AccountName,
    ExternalId,
    PushKind,
    PushState,
    ShopName,
    Status,
    Subject,
)
from tests.complaints.records import (
    ACCOUNTS,
    BOT,
    DESK,
    NOW,
    RULES,
    ZENKI,
    change,
    complaint,
    history,
    mirror,
    observation,
    order,
    push,
)

NUMBER = {"space": "number", "value": "n1"}
HASH = {"space": "hash", "value": "h1"}
PAYMENT = {"space": "payment", "value": "z1"}


class Desk:
    """A docket and the means to hand it observations."""

    def __init__(
        self,
        complaints: tuple[Complaint, ...] = (),
        mirrors: tuple[Mirror, ...] = (),
        pushes: tuple[Push, ...] = (),
        orders: tuple[Order, ...] = (),
        accounts: dict[AccountName, AccountProfile] | None = None,
    ) -> None:
        self.accounts = accounts or ACCOUNTS
        fresh = [Fresh(n, n, n) for n in range(100, 150)]
        self.docket = Docket(
            Loaded(orders, complaints, mirrors, pushes, fresh=fresh, serials=range(1001, 1050))
        )
        self._seqs = count(50)

    def take(self, account: AccountName, *changes: Change, **other: Any) -> dict[str, Any]:
        """Decide one observation; returns its verdict."""
        seen: Observation = observation(next(self._seqs), account, **other)
        self.docket.take((seen, changes), RULES, self.accounts, NOW)
        return self.docket.verdicts[-1]

    def cases(self) -> dict[int, Complaint]:
        """Complaints that are new or changed."""
        return {case.id: case for case in self.docket.book.changed_complaints()}

    def pushes(self, *held: AccountName) -> list[tuple[str, str, str]]:
        """Account, kind and state of what is asked for."""
        rows = push_rows(self.docket, NOW, frozenset(held))
        return [(row["account"], row["kind"], row["state"]) for row in rows]

    def reads(self) -> dict[tuple[str, str], tuple[str, str | None]]:
        """Why and when mirrors that are saved are read next."""
        return {
            (row["account"], row["external_id"]): (row["read_for"], row["next_read_at"])
            for row in mirror_rows(self.docket.book, NOW, self.accounts)
        }


def ordered(as_of: int, order_id: int = 7, **facts: Any) -> Mirror:
    """What the payment account has told of an order."""
    said = OrderSaid.model_validate({**facts, "marks": dict.fromkeys(facts, as_of)})
    known = mirror(ZENKI, complaint_id=None, order_id=order_id, external_id="z1")
    return known.model_copy(update={"order_said": said})


# -- whose case --------------------------------------------------------------------------


def test_the_first_news_opens_a_case() -> None:
    """With a number of its own, a claim, a deadline, and a decision that says so."""
    desk = Desk()
    verdict = desk.take(ZENKI, change(Status.OPEN, ZENKI, claim={"text": "x", "raiser": "r"}))
    (case,) = desk.cases().values()
    assert (verdict["verdict"], verdict["complaint_id"]) == ("applied", case.id)
    assert (case.number, case.origin) == ("10017", ZENKI)
    assert [claim["raiser"] for claim in desk.docket.claims.values()] == ["r"]
    assert [deadline["clock"] for deadline in desk.docket.deadlines.values()] == ["shop"]
    assert desk.docket.decisions[0]["rule"] == "new-case/newest-in-account"


def test_a_promised_number_is_kept() -> None:
    """The customer was told it before anything was decided."""
    desk = Desk()
    desk.take(BOT, change(Status.NEW, BOT), number="47118")
    assert [case.number for case in desk.cases().values()] == ["47118"]


def test_a_known_id_is_the_same_case() -> None:
    """Whatever else the news says."""
    desk = Desk((complaint(),), (mirror(DESK, Status.NEW),))
    verdict = desk.take(DESK, change(Status.OPEN, reference="99999"))
    assert verdict["complaint_id"] == 1
    assert desk.cases()[1].status is Status.OPEN


def test_inside_a_batch_later_news_meets_earlier_decisions() -> None:
    """The same id twice in one batch is one case."""
    desk = Desk()
    first = desk.take(DESK, change(Status.NEW))
    second = desk.take(DESK, change(Status.OPEN))
    assert first["complaint_id"] == second["complaint_id"]
    moves = [(move["before"], move["after"]) for move in desk.docket.transitions]
    assert moves == [("new", "open")]


@pytest.mark.parametrize(
    ("state", "same"),
    [
        (PushState.SENDING, True),
        (PushState.UNKNOWN, True),
        (PushState.DUE, False),
        (PushState.HELD, False),
        (PushState.DONE, False),
        (PushState.SUPERSEDED, False),
        (PushState.PARKED, False),
    ],
)
@pytest.mark.parametrize("account", [DESK, ZENKI])
def test_our_reference_counts_where_we_may_have_written_it(
    state: PushState,
    account: AccountName,
    same: bool,  # noqa: FBT001
) -> None:
    """Anybody can copy it into a text: only a create under way makes it ours, at that account."""
    desk = Desk(
        (complaint(),), (mirror(BOT, Status.NEW),), (push(PushKind.CREATE, state, account),)
    )
    verdict = desk.take(DESK, change(Status.NEW, reference="10017"))
    assert (verdict["complaint_id"] == 1) is (same and account == DESK)


def test_a_reference_into_another_shop_is_none() -> None:
    """Shops never share a case."""
    foreign = complaint(shop=ShopName("sk"))
    creating = push(PushKind.CREATE, PushState.UNKNOWN)
    desk = Desk((foreign,), (), (creating,))
    assert desk.take(DESK, change(Status.NEW, reference="10017"))["complaint_id"] != 1


def disputed(state: PushState, sent: int = 0) -> Desk:
    """A complaint about an order that we may have disputed."""
    return Desk(
        (complaint(order_id=7),),
        (
            mirror(BOT, Status.NEW, order_id=7),
            mirror(ZENKI, complaint_id=None, order_id=7, external_id="z1"),
        ),
        (push(PushKind.OPEN_DISPUTE, state, ZENKI, sent=sent),),
        (order(keys=(NUMBER, PAYMENT)),),
    )


@pytest.mark.parametrize("state", [PushState.SENDING, PushState.UNKNOWN])
def test_a_dispute_that_we_may_have_opened_is_ours(state: PushState) -> None:
    """It belongs to the complaint that asked for it, though no answer named it."""
    desk = disputed(state)
    verdict = desk.take(ZENKI, change(Status.OPEN, ZENKI, external_id="z1", order_keys=(PAYMENT,)))
    assert verdict["complaint_id"] == 1


def test_what_was_seen_before_we_sent_anything_isnt_ours() -> None:
    """It may be decided on late: the push that was sent meanwhile can't be what it shows."""
    for sent, ours in ((49, True), (51, False)):
        desk = disputed(PushState.SENDING, sent=sent)
        news = change(Status.OPEN, ZENKI, external_id="z1", order_keys=(PAYMENT,))
        assert (desk.take(ZENKI, news)["complaint_id"] == 1) is ours


@pytest.mark.parametrize("state", [PushState.DUE, PushState.SUPERSEDED, PushState.HELD])
def test_a_dispute_that_we_didnt_open_is_a_case_of_its_own(state: PushState) -> None:
    """The buyer was quicker."""
    desk = disputed(state)
    verdict = desk.take(ZENKI, change(Status.OPEN, ZENKI, external_id="z1", order_keys=(PAYMENT,)))
    assert verdict["complaint_id"] != 1


def test_a_complaint_without_an_id_is_set_aside() -> None:
    """Nothing could ever be said about it again."""
    verdict = Desk().take(DESK, change(Status.NEW, external_id=None))
    assert (verdict["verdict"], verdict["reason"]) == ("quarantined", "a complaint without an id")


# -- orders ------------------------------------------------------------------------------


def test_a_complaint_is_bound_to_its_order() -> None:
    """By any id that the news names; the others become known with it."""
    desk = Desk(orders=(order(keys=(NUMBER,)),))
    desk.take(DESK, change(Status.NEW, order_keys=(NUMBER, HASH)))
    (case,) = desk.cases().values()
    assert case.order_id == 7
    assert [(key[1], key[3]) for key in desk.docket.book.new_keys()] == [("hash", 7)]


def test_an_order_that_nobody_knows_is_tracked() -> None:
    """From the first complaint about it on."""
    desk = Desk()
    desk.take(BOT, change(Status.NEW, BOT, order_keys=(NUMBER,)))
    (tracked,) = desk.docket.book.changed_orders()
    assert [case.order_id for case in desk.cases().values()] == [tracked.id]


def test_a_case_stays_with_its_order() -> None:
    """What the desk says later about another one doesn't move it."""
    known = mirror(DESK, Status.NEW, order_id=7)
    desk = Desk((complaint(order_id=7),), (known,), (), (order(keys=(NUMBER,)),))
    desk.take(DESK, change(Status.OPEN, order_keys=({"space": "number", "value": "n2"},)))
    assert desk.cases()[1].order_id == 7


def test_an_order_is_followed_where_orders_are_read() -> None:
    """A row of an import names the payment account's id: it is read at once."""
    desk = Desk()
    news = change(subject=Subject.ORDER, external_id=None, order_keys=(NUMBER, PAYMENT))
    desk.take(DESK, news)
    assert desk.reads() == {(ZENKI, "z1"): ("hint", NOW.isoformat())}


def test_facts_of_an_order_touch_its_complaints() -> None:
    """That it never came asks for a dispute."""
    desk = disputed(PushState.SUPERSEDED)
    news = change(
        subject=Subject.ORDER, external_id="z1", order_keys=(PAYMENT,), delivered=False, total="90"
    )
    desk.take(ZENKI, news)
    assert (ZENKI, "open_dispute", "due") in desk.pushes()
    assert [(o.delivered, o.total) for o in desk.docket.book.changed_orders()] == [
        (False, Decimal(90))
    ]


def test_facts_that_are_known_touch_nobody() -> None:
    """The same again decides nothing."""
    facts: dict[str, Any] = {"delivered": True, "total": "100", "currency": "EUR"}
    known = ordered(8, word="sent", settled=False, quiet=False, **facts)
    desk = Desk((complaint(order_id=7),), (known,), (), (order(keys=(PAYMENT,), **facts),))
    news = change(
        Status.NEW,
        subject=Subject.ORDER,
        external_id="z1",
        order_keys=(PAYMENT,),
        word="sent",
        **facts,
    )
    assert desk.take(ZENKI, news)["verdict"] == "applied"
    assert (desk.docket.decisions, desk.docket.book.changed_orders()) == ([], [])


def test_a_dispute_that_comes_by_itself_overtakes_the_one_that_is_due() -> None:
    """The payment account's record of the order is another case's from then on."""
    facts: dict[str, Any] = {"delivered": False, "total": Decimal(100), "currency": "EUR"}
    desk = Desk(
        (complaint(order_id=7),),
        (
            mirror(BOT, Status.NEW, order_id=7),
            mirror(DESK, Status.NEW, order_id=7),
            ordered(8, **facts),
        ),
        (push(PushKind.OPEN_DISPUTE, PushState.DUE, ZENKI, id=44),),
        (order(keys=(PAYMENT,), **facts),),
    )
    desk.take(ZENKI, change(Status.OPEN, ZENKI, external_id="z1", order_keys=(PAYMENT,)))
    assert list(desk.cases()) == [100]
    assert desk.docket.superseded == [44]


def test_an_older_read_of_an_order_says_nothing() -> None:
    """It is read again instead."""
    known = ordered(99, delivered=True, word="sent")
    facts: dict[str, Any] = {"delivered": True, "total": None, "currency": None}
    desk = Desk((), (known,), (), (order(keys=(PAYMENT,), **facts),))
    news = change(subject=Subject.ORDER, external_id="z1", order_keys=(PAYMENT,), delivered=False)
    assert desk.take(ZENKI, news)["verdict"] == "superseded"
    assert desk.docket.book.changed_orders() == []
    assert desk.reads() == {(ZENKI, "z1"): ("again", NOW.isoformat())}


def test_two_orders_that_turn_out_to_be_one_are_merged() -> None:
    """News names both by their ids: keys, mirrors, complaints and facts come together."""
    one = order(id=7, keys=(NUMBER,), total=None, currency=None)
    other = order(id=8, keys=(PAYMENT,), delivered=False)
    held = ordered(9, order_id=8, delivered=False, total="100", currency="EUR")
    raised = mirror(BOT, Status.NEW, order_id=7)
    second = mirror(BOT, Status.NEW, id=5, external_id="2", complaint_id=2, order_id=8)
    desk = Desk(
        (complaint(order_id=7), complaint(id=2, number="10025", order_id=8)),
        (raised, second, held),
        (),
        (one, other),
    )
    news = change(subject=Subject.ORDER, external_id=None, order_keys=(NUMBER, PAYMENT))
    desk.take(DESK, news)
    (merged,) = desk.docket.book.changed_orders()
    assert (merged.id, merged.delivered, merged.total) == (7, False, Decimal(100))
    assert {case.order_id for case in desk.cases().values()} == {7}
    assert [(key[2], key[3]) for key in desk.docket.book.new_keys()] == [("z1", 7)]
    assert {m.order_id for m, _ in desk.docket.book.changed_mirrors()} == {7}
    assert [push for push in desk.pushes() if push[1] == "open_dispute"] == [
        (ZENKI, "open_dispute", "due")
    ]


# -- reads -------------------------------------------------------------------------------


def test_a_hint_asks_for_a_read() -> None:
    """Nothing that it says is believed."""
    desk = Desk()
    news = change(Status.OPEN, ZENKI, subject=Subject.HINT, external_id="z1")
    assert desk.take(ZENKI, news)["verdict"] == "applied"
    assert desk.reads() == {(ZENKI, "z1"): ("hint", NOW.isoformat())}
    assert desk.cases() == {}


def test_a_new_mirror_is_read_after_a_while() -> None:
    """Its first news is fresh."""
    desk = Desk()
    desk.take(DESK, change(Status.NEW))
    soon = (NOW + ACCOUNTS[DESK].read_plan.first).isoformat()
    assert desk.reads() == {(DESK, "cz-desk-1"): ("poll", soon)}


def test_a_mirror_that_only_moved_keeps_its_plan() -> None:
    """``poll`` leaves the time of the next read to whoever read it."""
    desk = Desk((complaint(),), (mirror(DESK, Status.NEW),))
    desk.take(DESK, change(Status.OPEN))
    assert desk.reads()[DESK, "cz-desk-1"][0] == "poll"


def test_an_older_read_is_made_again() -> None:
    """What it hid may be newer than what we know."""
    desk = Desk((complaint(),), (mirror(DESK, Status.NEW, as_of=99),))
    assert desk.take(DESK, change(Status.OPEN))["reason"] == "older-read"
    assert desk.reads() == {(DESK, "cz-desk-1"): ("again", NOW.isoformat())}


def test_a_shorter_history_isnt_read_again_for_ever() -> None:
    """The next read by plan is soon enough."""
    desk = Desk((complaint(),), (mirror(DESK, Status.NEW, last_event=5),))
    news = change(Status.OPEN, events=history(Status.OPEN))
    assert desk.take(DESK, news)["reason"] == "older-history"
    assert [why for why, _ in desk.reads().values()] == ["poll"]


def test_the_chat_is_never_read() -> None:
    """It only calls us."""
    desk = Desk()
    desk.take(BOT, change(Status.NEW, BOT))
    assert desk.reads() == {(BOT, "cz-bot-1"): ("poll", None)}


def test_what_is_gone_changes_nothing() -> None:
    """An account that doesn't show it any more has deleted nothing of ours."""
    desk = Desk((complaint(Status.OPEN),), (mirror(DESK, Status.OPEN),))
    verdict = desk.take(DESK, change(subject=Subject.GONE, reason="not shown"))
    assert (verdict["verdict"], verdict["reason"]) == ("applied", "not shown")
    assert (desk.cases(), desk.pushes()) == ({}, [])


def test_the_end_of_a_mirror_is_noted() -> None:
    """From then on it is read for a limited time."""
    desk = Desk((complaint(),), (mirror(DESK, Status.NEW),))
    desk.take(DESK, change(Status.RESOLVED))
    (row,) = mirror_rows(desk.docket.book, NOW + timedelta(days=1), ACCOUNTS)
    assert row["ended_at"] == (NOW + timedelta(days=1)).isoformat()


# -- reasons -----------------------------------------------------------------------------

STANDING = {"status", "outcome"}
BEGINNING = {"due", "opened_at", "origin", "remedy"}
FACTS = {"delivered", "order_state", "total", "owner_known"}


def reasons(desk: Desk) -> list[set[str]]:
    """Which fields each decision tells of, the oldest decision first."""
    return [{one.field for one in row["fields"]} for row in desk.docket.decisions]


def test_the_first_decision_on_a_case_tells_of_every_field() -> None:
    """The next ones only of what may have changed."""
    desk = Desk()
    desk.take(BOT, change(Status.NEW, BOT, order_keys=(NUMBER,)))
    desk.take(BOT, change(Status.OPEN, BOT))
    assert reasons(desk) == [STANDING | BEGINNING | FACTS | {"conflict", "order"}, STANDING]


def test_a_case_that_was_known_before_tells_only_what_changes() -> None:
    """Its beginning and its order were told when they came."""
    known = mirror(DESK, Status.NEW, order_id=7)
    desk = Desk((complaint(order_id=7),), (known,), (), (order(keys=(NUMBER,)),))
    desk.take(DESK, change(Status.OPEN, order_keys=(NUMBER,)))
    assert reasons(desk) == [STANDING]


def test_a_conflict_is_told_while_it_lasts_and_when_it_ends() -> None:
    """A case without one needn't say so each time."""
    desk = Desk((complaint(),), (mirror(DESK, Status.OPEN), mirror(BOT, Status.NEW)))
    for account, status in (
        (DESK, Status.RESOLVED),
        (BOT, Status.REJECTED),
        (BOT, Status.REJECTED),
        (BOT, Status.RESOLVED),
        (BOT, Status.RESOLVED),
    ):
        desk.take(account, change(status, account))
    quarrel = STANDING | {"conflict"}
    assert reasons(desk) == [STANDING, quarrel, quarrel, quarrel, STANDING]


def test_the_facts_of_an_order_are_told_when_an_account_tells_them() -> None:
    """Also when they change nothing: who agrees, and who doesn't, is part of the reason."""
    known: dict[str, Any] = {"total": Decimal(100), "currency": "EUR"}
    desk = Desk(
        (complaint(order_id=7),),
        (mirror(DESK, Status.NEW, order_id=7), ordered(8, **known)),
        (),
        (order(keys=(NUMBER,), **known),),
    )
    news = change(subject=Subject.ORDER, external_id="order-1", order_keys=(NUMBER,), total="90")
    desk.take(BOT, news)
    assert reasons(desk) == [STANDING | FACTS]
    (total,) = [one for one in desk.docket.decisions[0]["fields"] if one.field == "total"]
    assert (total.value, total.winner) == ("100 EUR", ZENKI)
    assert [(loser.account, loser.value) for loser in total.losers] == [(BOT, "90")]


def test_another_id_of_an_order_is_told_to_its_cases() -> None:
    """With the observation that named it."""
    known = mirror(DESK, Status.NEW, order_id=7)
    desk = Desk((complaint(order_id=7),), (known,), (), (order(keys=(NUMBER,)),))
    news = change(subject=Subject.ORDER, external_id=None, order_keys=(NUMBER, HASH))
    desk.take(ZENKI, news)
    assert reasons(desk) == [STANDING | FACTS | {"order"}]
    (named,) = [one for one in desk.docket.decisions[0]["fields"] if one.field == "order"]
    assert (named.value, named.winner, named.by) == ("hash h1, number n1", ZENKI, 50)


def test_an_earlier_beginning_is_told_though_it_says_nothing_new() -> None:
    """News that is older than the one on which the case was opened."""
    desk = Desk()
    desk.take(DESK, change(Status.OPEN))
    earlier = observation(5, DESK, received_at=NOW - timedelta(days=1))
    desk.docket.take((earlier, (change(Status.NEW),)), RULES, desk.accounts, NOW)
    assert desk.docket.verdicts[-1]["reason"] == "older-read"
    assert reasons(desk)[1] == STANDING | BEGINNING
    assert desk.docket.decisions[1]["rule"] == "older-read"
    (opened,) = [one for one in desk.docket.decisions[1]["fields"] if one.field == "opened_at"]
    assert (opened.value, opened.by) == ((NOW - timedelta(days=1)).isoformat(), 5)


# -- pushes ------------------------------------------------------------------------------


def test_what_is_asked_for_is_due() -> None:
    """Or waits for a release, at accounts that are held; a person's business waits for nobody."""
    for held, state in (((), "due"), ((DESK,), "held"), ((ZENKI,), "due")):
        desk = Desk()
        desk.take(BOT, change(Status.NEW, BOT))
        assert desk.pushes(*held) == [(DESK, "create", state)]


def test_a_manual_action_isnt_held() -> None:
    """No call is made for it."""
    desk = Desk((complaint(),), (mirror(DESK, Status.OPEN), mirror(ZENKI, Status.OPEN)))
    desk.take(DESK, change(Status.REJECTED))
    assert desk.pushes(ZENKI) == [(ZENKI, "portal", "manual")]


def test_inside_a_batch_a_wish_may_be_overtaken() -> None:
    """It is saved as such, and was never due."""
    desk = Desk()
    desk.take(BOT, change(Status.NEW, BOT))
    desk.take(BOT, change(Status.REJECTED, external_id=f"{BOT}-1"))
    assert desk.pushes() == [(DESK, "create", "superseded")]
    (row,) = push_rows(desk.docket, NOW, frozenset())
    assert row["ended_at"] == NOW.isoformat()
    assert desk.docket.superseded == []


def test_what_was_overtaken_and_is_wanted_again_is_saved_once() -> None:
    """Under its one key, as it is wanted in the end."""
    desk = Desk()
    desk.take(BOT, change(Status.NEW, BOT))
    desk.take(BOT, change(Status.REJECTED, external_id=f"{BOT}-1"))
    desk.take(BOT, change(Status.OPEN, external_id=f"{BOT}-1"))
    assert desk.pushes() == [(DESK, "create", "due")]


def test_a_push_that_waits_is_named_when_it_is_overtaken() -> None:
    """By its id, for the store."""
    desk = Desk(
        (complaint(),),
        (mirror(BOT, Status.NEW),),
        (push(PushKind.CREATE, PushState.DUE, id=44),),
    )
    desk.take(BOT, change(Status.REJECTED, external_id=f"{BOT}-1"))
    assert (desk.docket.superseded, desk.docket.shown) == ([44], [])


# -- names -------------------------------------------------------------------------------


def test_a_batch_names_all_that_it_may_touch() -> None:
    """Ids, keys, references, and the ids under which orders are read; by these it is locked."""
    news = change(Status.NEW, reference="10017", order_keys=(NUMBER, PAYMENT))
    named = name_all([(observation(), (news,))], ACCOUNTS)
    assert named.externals == {(DESK, ExternalId("cz-desk-1")), (ZENKI, ExternalId("z1"))}
    assert {(shop, value) for shop, _, value in named.keys} == {("cz", "n1"), ("cz", "z1")}
    assert named.numbers == {"10017"}
    assert len(set(named.names())) == 5


def test_a_news_that_names_nothing_locks_nothing() -> None:
    """An unreadable one."""
    named = name_all([(observation(), (Change(subject=Subject.UNREADABLE),))], ACCOUNTS)
    assert list(named.names()) == []
