"""BizKitHub's order notifications, and the staff's acts that cause them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest

from providers.sandbox import codec
from providers.sandbox.client import ControlRefused
from tests.providers.sandbox.people import HASH, NOW, new_order, order, read
from tests.providers.sandbox.receiver import Receiver, receiving
from tests.providers.sandbox.waiting import eventually
from tests.sandbox import RunningSandbox

LAMPS = [{"label": "Lamp", "price": 100, "count": 2}, {"label": "Bulb", "price": 10}]


@pytest.fixture
def shop(sandbox: RunningSandbox) -> Iterator[Receiver]:
    """A receiver that orders may name as their notificationUrl."""
    with receiving() as receiver:
        yield receiver
        sandbox.control.reset()


def create(desk: httpx.Client, shop: Receiver, path: str = "/hook", **changes: object) -> str:
    """Create an order that tells the shop; returns its hash."""
    body = new_order(notificationUrl=f"{shop.url}{path}", items=LAMPS, **changes)
    answer = desk.post("/order/create", json=body)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["hash"])


def detail(desk: httpx.Client, order_hash: str) -> Any:
    """Read an order over the API."""
    return read(desk.get("/order/detail", params={"hash": order_hash}))


def told(sandbox: RunningSandbox) -> list[dict[str, Any]]:
    """The notifications with how they stand."""
    world: Any = sandbox.control.world()
    return list(world["bizkithub"]["notifications"])


def test_every_change_of_state_is_told(
    desk: httpx.Client, sandbox: RunningSandbox, shop: Receiver
) -> None:
    """Creation, payment, its withdrawal, a cancelled line and a cancelled order: five messages."""
    made = create(desk, shop)
    sandbox.control.mark_order_paid(made, NOW)
    sandbox.control.mark_order_unpaid(made, NOW)
    sandbox.control.cancel_order(made, NOW, line=detail(desk, made)["items"][0]["id"])
    assert desk.post("/order/storno", json={"orderId": made}).json() == {"success": True}
    arrivals = shop.wait_for(5)
    said: list[Any] = [codec.loads(arrival.body) for arrival in arrivals]
    assert {(one["hash"], one["orderNumber"]) for one in said} == {(made, detail(desk, made)["id"])}
    assert Counter(one["statusType"] for one in said) == {"new": 3, "processing": 1, "storno": 1}
    assert not any("signature" in name for arrival in arrivals for name in arrival.headers)
    assert [one["change"] for one in told(sandbox)] == [
        "created",
        "paid",
        "unpaid",
        "line_cancelled",
        "cancelled",
    ]
    eventually(lambda: [one["delivered"] for one in told(sandbox)], [True] * 5)


def test_an_order_without_an_address_is_told_to_nobody(
    desk: httpx.Client, sandbox: RunningSandbox
) -> None:
    """Nothing is sent, and nothing is noted."""
    desk.post("/order/create", json=new_order())
    assert told(sandbox) == []


def test_an_order_that_costs_nothing_is_told_as_created_and_paid(
    desk: httpx.Client, sandbox: RunningSandbox, shop: Receiver
) -> None:
    """A zero total is marked paid at once, which is a change of its own."""
    made = create(desk, shop, sale=210)
    assert detail(desk, made)["payDate"] == "2026-09-21T08:00:00.000Z"
    shop.wait_for(2)
    assert [one["change"] for one in told(sandbox)] == ["created", "paid"]


def test_a_form_or_nothing_may_be_sent(
    desk: httpx.Client, sandbox: RunningSandbox, shop: Receiver
) -> None:
    """The body's kind is a knob, for its fields aren't documented."""
    sandbox.control.knobs(notification_body="form")
    made = create(desk, shop)
    (form,) = shop.wait_for(1)
    assert form.headers["content-type"] == "application/x-www-form-urlencoded"
    assert parse_qs(form.body.decode())["hash"] == [made]
    sandbox.control.knobs(notification_body="empty")
    sandbox.control.mark_order_paid(made, NOW)
    bare = shop.wait_for(2)[1]
    assert (bare.body, bare.headers.get("content-type")) == (b"", None)


def test_a_message_can_be_lost_doubled_and_late(
    desk: httpx.Client, sandbox: RunningSandbox, shop: Receiver
) -> None:
    """No copy loses it, two come as they are, and a delay lets later ones overtake."""
    sandbox.control.knobs(notification_copies=0)
    create(desk, shop, "/lost")
    sandbox.control.knobs(notification_copies=1, notification_delay_s=1)
    create(desk, shop, "/late")
    sandbox.control.knobs(notification_copies=2, notification_delay_s=0)
    create(desk, shop, "/twice")
    assert [arrival.path for arrival in shop.wait_for(3)] == ["/twice", "/twice", "/late"]
    assert told(sandbox)[0]["attempts"] == 0


@pytest.mark.parametrize(("group", "count"), [(3, 3), (5, 2)])
def test_messages_can_be_turned_around(
    desk: httpx.Client, sandbox: RunningSandbox, shop: Receiver, group: int, count: int
) -> None:
    """A group goes last first, also one that doesn't fill in time."""
    sandbox.control.knobs(notification_reorder=group)
    for number in range(count):
        create(desk, shop, f"/{number}")
    wanted = [f"/{number}" for number in reversed(range(count))]
    assert [arrival.path for arrival in shop.wait_for(count)] == wanted


def test_a_refused_message_comes_again_only_behind_the_knob(
    desk: httpx.Client, sandbox: RunningSandbox, shop: Receiver
) -> None:
    """No retry is documented; the knob gives the waits of those wanted."""
    shop.statuses = [500]
    create(desk, shop, "/once")
    shop.wait_for(1)
    eventually(lambda: [one["last_status"] for one in told(sandbox)], [500])
    sandbox.control.knobs(notification_retries_s=[0, 0])
    shop.statuses = [500, 503]
    create(desk, shop, "/thrice")
    assert [arrival.path for arrival in shop.wait_for(4)] == ["/once", *["/thrice"] * 3]
    eventually(lambda: told(sandbox)[1]["delivered"], wanted=True)


@pytest.mark.parametrize(
    "url", ["https://hooks.example.org/b/9f1c6b", "ftp://127.0.0.1/x", "http://[", "hook"]
)
def test_no_foreign_host_is_called(desk: httpx.Client, sandbox: RunningSandbox, url: str) -> None:
    """An address of another machine is noted and left alone."""
    desk.post("/order/create", json=new_order(notificationUrl=url))
    (notice,) = told(sandbox)
    assert (notice["withheld"], notice["attempts"]) == (True, 0)


def test_an_unpaid_order_expires(
    desk: httpx.Client, sandbox: RunningSandbox, shop: Receiver
) -> None:
    """When the providers' time passes the expiration date, the order is cancelled and told of."""
    made = create(desk, shop, expirationDate="2026-09-22T08:00:00.000Z")
    paid = create(desk, shop, expirationDate="2026-09-22T08:00:00.000Z", publicNotice="paid")
    sandbox.control.mark_order_paid(paid, NOW)
    shop.wait_for(3)
    sandbox.control.clock(NOW + timedelta(days=2))
    shop.wait_for(4)
    last = told(sandbox)[-1]
    assert (last["order_hash"], last["change"]) == (made, "cancelled")
    assert [line["isStorno"] for line in detail(desk, made)["items"]] == [True, True]
    assert not any(line["isStorno"] for line in detail(desk, paid)["items"])


def test_unpaid_orders_may_stay(desk: httpx.Client, sandbox: RunningSandbox) -> None:
    """Behind the knob nothing expires."""
    sandbox.control.knobs(unpaid_orders_expire=False)
    sandbox.control.place_order(order("a" * 32, "1") | {"paid": False})
    sandbox.control.clock(NOW + timedelta(days=20))
    assert detail(desk, "a" * 32)["status"]["label"] == "Nová"


def test_staff_mark_and_cancel(desk: httpx.Client, sandbox: RunningSandbox) -> None:
    """Payment shows in payDate and status, cancelling in isStorno, label and expiration."""
    later = NOW + timedelta(hours=1)
    assert sandbox.control.mark_order_unpaid(HASH, NOW)["paid"] is False
    seen = detail(desk, HASH)
    assert (seen["payDate"], seen["status"]["onlinePaymentStatus"]) == (None, "CREATED")
    sandbox.control.mark_order_paid(HASH, later)
    assert detail(desk, HASH)["payDate"] == "2026-09-21T09:00:00.000Z"
    cancelled = sandbox.control.cancel_order(HASH, later)
    assert (cancelled["cancelled"], cancelled["credited"]) == (True, 1379)
    seen = detail(desk, HASH)
    assert seen["status"]["label"] == "Stornováno"
    assert [line["isStorno"] for line in seen["items"]] == [True]
    assert seen["expirationDate"] == seen["updatedDate"] == "2026-09-21T09:00:00.000Z"
    assert sandbox.control.desk_order(HASH) == cancelled


@pytest.mark.parametrize(
    ("knob", "credited", "owed"), [("credit", 210, 0), ("staff", 0, 210), ("none", 0, 0)]
)
def test_what_was_paid_goes_where_the_knob_says(
    desk: httpx.Client, sandbox: RunningSandbox, knob: str, credited: int, owed: int
) -> None:
    """Line by line and in the end never more than the order's total."""
    sandbox.control.knobs(storno_refund=knob)
    made = desk.post("/order/create", json=new_order(items=LAMPS)).json()["hash"]
    sandbox.control.mark_order_paid(made, NOW)
    first = detail(desk, made)["items"][0]["id"]
    desk.post("/order/storno", json={"orderId": made, "orderItemId": first})
    desk.post("/order/storno", json={"orderId": made})
    seen = sandbox.control.desk_order(made)
    assert (seen["credited"], seen["owed"]) == (credited, owed)


def test_cancelling_again_changes_nothing(
    desk: httpx.Client, sandbox: RunningSandbox, shop: Receiver
) -> None:
    """The API says success again without a word to anybody; staff are told that it is done."""
    made = create(desk, shop)
    for _ in range(2):
        assert desk.post("/order/storno", json={"orderId": made}).status_code == 200
    assert [one["change"] for one in told(sandbox)] == ["created", "cancelled"]
    with pytest.raises(ControlRefused, match="already cancelled"):
        sandbox.control.cancel_order(made, NOW)
    with pytest.raises(ControlRefused, match="is cancelled"):
        sandbox.control.mark_order_paid(made, NOW)
    with pytest.raises(ControlRefused, match="no line x"):
        sandbox.control.cancel_order(made, NOW, line="x")
    with pytest.raises(ControlRefused, match="no order"):
        sandbox.control.desk_order("nobody")


def test_an_order_without_lines_can_be_cancelled(
    desk: httpx.Client, sandbox: RunningSandbox
) -> None:
    """It isn't taken for cancelled before."""
    sandbox.control.knobs(empty_items=True)
    body = new_order(items=[], deliveryPrice=5)
    made = desk.post("/order/create", json=body).json()["hash"]
    assert detail(desk, made)["status"]["label"] == "Nová"
    assert desk.post("/order/storno", json={"orderId": made}).status_code == 200
    assert detail(desk, made)["status"]["label"] == "Stornováno"


def test_an_order_changes_ten_times_a_minute_at_most(
    desk: httpx.Client, sandbox: RunningSandbox
) -> None:
    """The eleventh change within a minute is refused to staff and to the API, a later one isn't."""
    for _ in range(5):
        sandbox.control.mark_order_unpaid(HASH, NOW)
        sandbox.control.mark_order_paid(HASH, NOW)
    with pytest.raises(ControlRefused, match="too often"):
        sandbox.control.mark_order_unpaid(HASH, NOW)
    refused = desk.post("/order/storno", json={"orderId": HASH})
    assert (refused.status_code, refused.json()["error"]["code"]) == (
        429,
        "INTERNAL_TOO_MANY_REQUESTS",
    )
    sandbox.control.clock(NOW + timedelta(minutes=1))
    assert desk.post("/order/storno", json={"orderId": HASH}).status_code == 200
