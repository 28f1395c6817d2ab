"""The player against a real sandbox, with a Redress that only writes down what it is told."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from providers.sandbox.client import ControlRefused
from providers.sandbox.config import SandboxConfig
from tests.providers.sandbox.receiver import Receiver, receiving
from tests.sandbox import RunningSandbox, running_sandbox
from worker.demo.control import Control
from worker.demo.player import (
    MORNING,
    ImportedOrder,
    ManualAction,
    Played,
    Stage,
    Stalled,
    play,
    wait_for_rest,
)
from worker.demo.world import (
    ZENKI,
    Act,
    Case,
    Customer,
    Day,
    DeskAct,
    Line,
    Order,
    OrderRow,
    PaidOrder,
    Place,
    Plan,
    Route,
    Settle,
    Verdict,
    ZenkiAct,
)

PLACE = Place(timezone="Europe/Prague", currency="EUR", country="CZ", locale="cs")
FIRST = date(2026, 3, 27)
TEXT = "  Nejde mi lampa 💡\r\n\n"


def day(number: int) -> date:
    """A day of the story, from 0."""
    return FIRST + timedelta(days=number)


def order(name: str, *, paid: bool = True) -> Order:
    """An order that is known from the first day."""
    return Order(
        id=name,
        hash=f"hash-{name}",
        number=f"26{name}",
        paid=PaidOrder(id=f"zenki-{name}", status="SHIPPED") if paid else None,
        known_on=FIRST,
        row=OrderRow(
            id=name,
            customer=Customer(id="c", first_name="Eva", last_name="Š", email="e@example.org"),
            delivered=False,
            shipped=True,
            purchased_at=datetime(2026, 3, 1, tzinfo=UTC),
            total=Decimal("20.50"),
            lines=(Line(label="Lampa", price=Decimal("20.50")),),
        ),
    )


def case(name: str, route: Route) -> Case:
    """A case on the order of the same name, filed on the first day."""
    return Case(
        key=name,
        order_id=name,
        route=route,
        uid="c",
        title="Nejde",
        text=TEXT,
        filed_at=PLACE.at(FIRST, datetime.min.time()),
        filed_on=FIRST,
        decided_on=day(1),
        verdict=Verdict.UPHELD,
        decided_by="desk",
        disputed=route is Route.DISPUTE,
        opposite=False,
        overdue=False,
    )


def story(*acts: tuple[int, Act], days: int = 8) -> Plan:
    """Two orders: a desk complaint on one, a shopper's dispute on the other."""
    return Plan(
        seed=1,
        place=PLACE,
        due_days=30,
        refund_allowance=Decimal(50),
        orders=(order("a", paid=False), order("b")),
        cases=(case("a", Route.DESK), case("b", Route.DISPUTE)),
        days=tuple(
            Day(
                on=day(number),
                orders=("a", "b") if number == 0 else (),
                filings=("a", "b") if number == 0 else (),
                acts=tuple(act for on, act in acts if on == number),
            )
            for number in range(days)
        ),
    )


class Listener:
    """A Redress that is always at rest and writes down what it is told."""

    def __init__(self) -> None:
        self.times: list[datetime] = []
        self.orders: list[ImportedOrder] = []
        self.complaints: list[str] = []
        self.asks: Callable[[datetime], Sequence[ManualAction]] = lambda _now: ()

    def tell_time(self, now: datetime) -> None:
        """Another stop."""
        self.times.append(now)

    def import_orders(self, orders: Sequence[ImportedOrder]) -> None:
        """Orders of the day."""
        self.orders += orders

    def import_complaints(self, ids: Sequence[str]) -> None:
        """The desk's complaints of the day."""
        self.complaints += ids

    def unrest(self, now: datetime) -> Mapping[str, int]:
        """Nothing is ever left."""
        return {"reads": 0}

    def manual_actions(self) -> Sequence[ManualAction]:
        """What it asks of people at the present time."""
        return self.asks(self.times[-1])


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSandbox]:
    """One sandbox for all tests of this file; nobody listens to its webhooks."""
    config = SandboxConfig(zenki_webhook_url="http://127.0.0.1:9/hooks/nobody")
    with running_sandbox(tmp_path_factory.mktemp("sandbox"), config) as running:
        yield running


@pytest.fixture
def sandbox(process: RunningSandbox) -> RunningSandbox:
    """An empty world."""
    process.control.reset()
    return process


def played(sandbox: RunningSandbox, plan: Plan, redress: Listener) -> Played:
    """Play a plan to its end."""
    return play(plan, Stage(Control(sandbox.control, PLACE), redress, redress.tell_time))


def desk_case(sandbox: RunningSandbox) -> dict[str, Any]:
    """The one complaint at BizKitHub."""
    (found,) = sandbox.control.complaints("hash-a")
    return found


def zenki_events(sandbox: RunningSandbox) -> tuple[str, str]:
    """Zenki's order and dispute status."""
    found: dict[str, Any] = sandbox.control.zenki_order("zenki-b")
    return found["status"], found["dispute"]["status"]


def test_day_has_a_morning_and_an_evening(sandbox: RunningSandbox) -> None:
    """Eight and twenty-one o'clock by the shop's clock, in summer time too; idle mornings pass."""
    redress = Listener()
    played(sandbox, story(days=3), redress)
    assert redress.times == [
        datetime(2026, 3, 27, 6, tzinfo=UTC),
        datetime(2026, 3, 27, 7, tzinfo=UTC),
        datetime(2026, 3, 27, 20, tzinfo=UTC),
        datetime(2026, 3, 28, 20, tzinfo=UTC),
        datetime(2026, 3, 29, 19, tzinfo=UTC),
    ]


def test_shop_imports_orders_and_desk_complaints(sandbox: RunningSandbox) -> None:
    """Redress hears of orders and of the desk's complaint by import, not of the dispute."""
    redress = Listener()
    played(sandbox, story(days=1), redress)
    assert redress.orders == [
        ImportedOrder("hash-a", "26a", None),
        ImportedOrder("hash-b", "26b", "zenki-b"),
    ]
    assert redress.complaints == [desk_case(sandbox)["id"]]


def test_words_reach_the_providers_to_the_letter(sandbox: RunningSandbox) -> None:
    """White space, line ends and emoji are the customer's own."""
    played(sandbox, story(days=1), Listener())
    assert desk_case(sandbox)["description"] == TEXT
    found: dict[str, Any] = sandbox.control.zenki_order("zenki-b")
    assert found["dispute"]["description"] == TEXT


def test_staffs_act_in_the_evening(sandbox: RunningSandbox) -> None:
    """Each act carries the evening of its day."""
    plan = story(
        (0, DeskAct(case="a", status="open")),
        (1, DeskAct(case="a", status="resolve")),
        (1, ZenkiAct(case="b", decision="RESOLVED")),
    )
    assert played(sandbox, plan, Listener()).unplayed == []
    assert [(event["status"], event["at"]) for event in desk_case(sandbox)["events"]] == [
        ("new", "2026-03-26T23:00:00.000Z"),
        ("open", "2026-03-27T20:00:00.000Z"),
        ("resolve", "2026-03-28T20:00:00.000Z"),
    ]
    assert zenki_events(sandbox) == ("COMPLETED", "RESOLVED")


def test_act_that_nobody_allows_is_told(sandbox: RunningSandbox) -> None:
    """Zenki's staff can't decide a second time; the story goes on."""
    plan = story(
        (1, ZenkiAct(case="b", decision="REFUND")),
        (2, ZenkiAct(case="b", decision="RESOLVED")),
        (3, DeskAct(case="a", status="open")),
    )
    (told,) = played(sandbox, plan, Listener()).unplayed
    assert str(told).startswith("2026-03-29 ")
    assert "no open dispute" in told.why
    assert told.case == "b"
    assert desk_case(sandbox)["status"] == "open"


def test_order_in_dispute_is_settled_later(sandbox: RunningSandbox) -> None:
    """Zenki pays out only once the dispute is over, and never what was refunded."""
    settle = Settle(order_id="b")
    played(sandbox, story((1, settle), days=3), Listener())
    assert zenki_events(sandbox) == ("DISPUTED", "OPEN")
    sandbox.control.reset()
    plan = story((1, settle), (2, ZenkiAct(case="b", decision="RESOLVED")), days=5)
    assert played(sandbox, plan, Listener()).unplayed == []
    assert zenki_events(sandbox) == ("SETTLED", "RESOLVED")
    sandbox.control.reset()
    plan = story((1, settle), (2, ZenkiAct(case="b", decision="REFUND")), days=5)
    assert played(sandbox, plan, Listener()).unplayed == []
    assert zenki_events(sandbox) == ("REFUNDED", "REFUND")


@pytest.mark.parametrize(("target", "word"), [("rejected", "RESOLVED"), ("resolved", "REFUND")])
def test_manual_action_is_carried_out_some_days_later(
    target: str, word: str, sandbox: RunningSandbox
) -> None:
    """The portal's staff need two to five days for what Redress asks of them."""
    redress = Listener()
    asked = ManualAction("R-1", ZENKI, "zenki-b", target)
    redress.asks = lambda _now: [asked] if zenki_events(sandbox)[1] == "OPEN" else []
    assert played(sandbox, story(days=2), redress).unplayed == []
    assert zenki_events(sandbox)[1] == "OPEN"
    sandbox.control.reset()
    assert played(sandbox, story(days=7), redress).unplayed == []
    assert zenki_events(sandbox)[1] == word


def test_manual_action_that_is_gone_is_left(sandbox: RunningSandbox) -> None:
    """What Redress no longer asks for is not done."""
    redress = Listener()
    asked = ManualAction("R-1", ZENKI, "zenki-b", "rejected")
    second = PLACE.at(day(1), MORNING)
    redress.asks = lambda now: [asked] if now < second else []
    assert played(sandbox, story(days=8), redress).unplayed == []
    assert zenki_events(sandbox)[1] == "OPEN"


def test_manual_action_nobody_can_do_is_told(sandbox: RunningSandbox) -> None:
    """A portal without such a button is told with the action."""
    redress = Listener()
    asked = ManualAction("R-1", ZENKI, "zenki-b", "closed")
    redress.asks = lambda _now: [asked]
    (told, *_) = played(sandbox, story(days=7), redress).unplayed
    assert "no portal offers this" in str(told)


NUMBER = {
    "response": {
        "responseType": "container",
        "responseMessages": [
            {"containerResponse": {"attributes": [{"name": "complaintId", "value": "R-7"}]}}
        ],
    }
}


@pytest.fixture
def chatting(sandbox: RunningSandbox) -> Iterator[Receiver]:
    """A receiver that gives everybody the same number."""
    with receiving() as receiver:
        receiver.answer = json.dumps(NUMBER).encode()
        sandbox.control.knobs(chat_url=f"{receiver.url}/chat/demo-bot")
        yield receiver


def chat_story() -> Plan:
    """One complaint from the chat, about an order of the same day."""
    plan = story(days=1)
    chat = case("a", Route.CHAT)
    return plan.model_copy(
        update={
            "cases": (chat,),
            "days": (plan.days[0].model_copy(update={"filings": ("a",)}),),
        }
    )


def test_order_is_known_before_its_customer_chats(
    sandbox: RunningSandbox, chatting: Receiver
) -> None:
    """Else Redress would file the complaint at the desk without a link to the order."""
    arrived: list[int] = []

    class Watching(Listener):
        def unrest(self, now: datetime) -> Mapping[str, int]:
            """Count the messages that have come when it is looked at, orders known."""
            assert len(self.orders) == 2
            arrived.append(len(chatting.arrivals))
            return {}

    played(sandbox, chat_story(), Watching())
    assert arrived[:2] == [0, 0]
    assert arrived[-1] == 1
    (said,) = chatting.arrivals
    assert said.path.startswith("/chat/demo-bot/")
    entity = json.loads(said.body)["queryInfo"]["parameters"]["params"]["entityInfo"]
    assert (entity["orderId"], entity["problemStatment"]) == ("26a", TEXT)


def test_message_without_an_answer_is_said_again(
    sandbox: RunningSandbox, chatting: Receiver
) -> None:
    """A person repeats what nobody answered, and gives up after the third time."""
    chatting.statuses = [503, 503]
    played(sandbox, chat_story(), Listener())
    assert len(chatting.arrivals) == 3
    sandbox.control.reset()
    sandbox.control.knobs(chat_url=f"{chatting.url}/chat/demo-bot")
    chatting.statuses = [503, 503, 503]
    with pytest.raises(ControlRefused, match="the chat got no number, only status 503"):
        played(sandbox, chat_story(), Listener())


NOW = datetime(2026, 3, 27, tzinfo=UTC)


def test_rest_must_be_seen_twice() -> None:
    """One quiet look may fall between two steps."""
    looks = iter([{"reads": 3}, {"reads": 0}, {"reads": 1}, {"reads": 0}, {"reads": 0}])
    wait_for_rest(lambda _now: next(looks), NOW, stall_seconds=5)
    assert next(looks, None) is None


def test_stall_names_what_is_left() -> None:
    """Nothing changes any more: the error says what isn't at rest, and at which story time."""
    with pytest.raises(Stalled, match=r"2026-03-27.*nothing has changed.*: 2 pushes, 1 reads"):
        wait_for_rest(lambda _now: {"reads": 1, "pushes": 2, "receipts": 0}, NOW, stall_seconds=0.2)


def test_slow_work_is_no_stall() -> None:
    """As long as anything changes, it goes on."""
    left = iter(range(12, -1, -1))
    wait_for_rest(lambda _now: {"reads": next(left, 0)}, NOW, stall_seconds=0.1)


def test_speed_is_an_upper_bound(sandbox: RunningSandbox, tmp_path: Path) -> None:
    """Days pass no faster than asked for, and each is told."""
    told: list[tuple[int, int, date]] = []
    redress = Listener()
    stage = Stage(
        Control(sandbox.control, PLACE),
        redress,
        redress.tell_time,
        days_per_second=10,
        on_day=lambda *what: told.append(what),
    )
    begun = datetime.now(UTC)  # noqa: TID251 - real time is what is measured
    play(story(days=5), stage)
    assert (datetime.now(UTC) - begun) >= timedelta(seconds=0.5)  # noqa: TID251 - as above
    assert told == [(number + 1, 5, day(number)) for number in range(5)]
