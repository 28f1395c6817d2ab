"""BizKitHub orders and keys: create, detail, storno, ping, and who may ask."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import httpx
import pytest

from providers.sandbox.client import ControlRefused
from providers.sandbox.config import DEMO_KEY
from tests.providers.sandbox.people import HASH, NOW, booking, error_code, new_order, order, read
from tests.sandbox import RunningSandbox

DECOY = "PRODPGrFxpGEtrOZfuWhnoJohUYBXuOE"


def test_a_placed_order_reads_as_documented(desk: httpx.Client) -> None:
    """Order detail shows money with and without VAT and dates with milliseconds."""
    seen = read(desk.get("/order/detail", params={"hash": HASH}))
    price = {
        "priceWithVat": 1379,
        "currency": "CZK",
        "priceWithoutVat": Decimal("1139.67"),
        "vat": 21,
        "currencyLocale": "Kč",
    }
    assert seen["price"] == price
    assert (seen["id"], seen["hash"]) == ("26000412", HASH)
    assert seen["payDate"] == "2026-09-21T08:00:00.000Z"
    assert seen["status"] == {
        "label": "Zaplaceno",
        "color": "#2e8b57",
        "onlinePaymentStatus": "PAID",
        "onlinePaymentStatusLabel": "Zaplaceno",
        "onlinePaymentChecking": False,
    }
    assert b'"priceWithVat":1290,' in desk.get("/order/detail", params={"hash": HASH}).content


def test_a_created_order_can_be_read(desk: httpx.Client) -> None:
    """Create answers number, hash and links; detail shows the tags and the computed total."""
    made = desk.post(
        "/order/create",
        json=new_order(tags={"ourOrderKey": "shop-88121"}, deliveryPrice=89, sale=9),
    ).json()
    assert len(made["hash"]) == 32
    assert made["links"]["payLink"].endswith(made["hash"])
    seen: Any = read(desk.get("/order/detail", params={"hash": made["hash"]}))
    assert seen["id"] == made["orderNumber"]
    assert seen["tags"] == {"ourOrderKey": "shop-88121"}
    assert seen["price"]["priceWithVat"] == 1370
    assert seen["payDate"] is None


@pytest.mark.parametrize(
    ("where", "change"),
    [
        ("/customer", {"customer": None}),
        ("/customer/email", {"customer": {"phone": "1"}}),
        ("/items", {"items": []}),
        ("/items/0/price", {"items": [{"label": "Lamp"}]}),
        ("/items/0/price", {"items": [{"label": "Lamp", "price": "1290"}]}),
        ("/items/0", {"items": ["Lamp"]}),
        ("/kind", {"kind": "gift"}),
        ("/locale", {"locale": "cz"}),
        ("/currency", {"currency": "BRL"}),
        ("/paymentMethod", {"paymentMethod": "card"}),
        ("/expirationDate", {"expirationDate": "2026-13-01T00:00:00Z"}),
        ("/tags", {"tags": {"a": {"b": 1}}}),
        ("/tags", {"tags": {str(n): n for n in range(201)}}),
        ("/copyCustomers/0", {"copyCustomers": [5]}),
        ("/parentId", {"parentId": "x"}),
    ],
)
def test_an_order_outside_the_table_is_a_422(
    desk: httpx.Client, where: str, change: dict[str, object]
) -> None:
    """Each of the order's fields is held to its documented kind and values."""
    answer = desk.post("/order/create", json=new_order(**change))
    assert answer.status_code == 422
    assert answer.json()["property"] == where


def test_a_parent_must_exist_and_an_address_must_be_one(desk: httpx.Client) -> None:
    """Checks beyond the schema answer in the vendor's own body."""
    refused = (422, "INTERNAL_VALIDATION_FAILED")
    assert error_code(desk.post("/order/create", json=new_order(parentId="x" * 32))) == refused
    customer = {"email": "eva@example.org", "customerRealIp": "300.1.1.1"}
    assert error_code(desk.post("/order/create", json=new_order(customer=customer))) == refused


def test_equal_orders_are_created_twice_and_counted(
    desk: httpx.Client, sandbox: RunningSandbox
) -> None:
    """Equal bodies, or equal own keys in the tags, are one duplicate each."""
    for body in (
        new_order(),
        new_order(),
        new_order(tags={"ourOrderKey": "a"}),
        new_order(tags={"ourOrderKey": "a"}, sale=1),
        new_order(tags={"ourOrderKey": "b"}),
    ):
        assert desk.post("/order/create", json=body).status_code == 200
    assert sandbox.control.duplicates()["bizkithub"] == 2


def test_storno_takes_a_line_or_all(desk: httpx.Client) -> None:
    """The order's hash with a line cancels the line, without one the whole order."""
    two = [{"label": "Lamp", "price": 1}, {"label": "Bulb", "price": 2}]
    made = desk.post("/order/create", json=new_order(items=two)).json()["hash"]

    def lines() -> list[dict[str, Any]]:
        found: Any = read(desk.get("/order/detail", params={"hash": made}))["items"]
        return list(found)

    body = {"orderId": made, "orderItemId": lines()[1]["id"]}
    assert desk.post("/order/storno", json=body).json() == {"success": True}
    assert [line["isStorno"] for line in lines()] == [False, True]
    assert desk.post("/order/storno", json={"orderId": made}).status_code == 200
    assert all(line["isStorno"] for line in lines())
    gone = {"orderId": "x" * 32}
    assert error_code(desk.post("/order/storno", json=gone))[0] == 404


def test_a_missing_order_does_not_exist(desk: httpx.Client) -> None:
    """An unknown hash answers exist false, a missing parameter 422."""
    assert desk.get("/order/detail", params={"hash": "nobody"}).json() == {"exist": False}
    assert desk.get("/order/detail").status_code == 422


@pytest.mark.parametrize(
    ("key", "code"),
    [
        (None, "PUBLIC_API_KEY_DOES_NOT_EXIST"),
        ("", "PUBLIC_API_KEY_IS_EMPTY"),
        ("DEV_1", "PUBLIC_API_KEY_IS_NOT_IN_VALID_FORMAT"),
        ("TEST" + "0" * 28, "PUBLIC_API_KEY_IS_NOT_IN_VALID_FORMAT"),
        (DECOY, "PUBLIC_API_KEY_SAMPLE_VALUE"),
        ("DEV_" + "1" * 28, "PUBLIC_API_KEY_DOES_NOT_EXIST"),
    ],
)
def test_a_bad_key_answers_404(sandbox: RunningSandbox, key: str | None, code: str) -> None:
    """Each way in which a key can be wrong has its code, and all are 404."""
    query = {} if key is None else {"apiKey": key}
    answer = httpx.get(
        f"{sandbox.url}/bizkithub/api/v1/shop/order/detail", params=query | {"hash": HASH}
    )
    assert error_code(answer) == (404, code)


@pytest.mark.parametrize(
    ("state", "code"),
    [
        ("deleted", "PUBLIC_API_KEY_HAS_BEEN_DELETED"),
        ("inactive", "PUBLIC_API_KEY_IS_NOT_ACTIVE"),
        ("expired", "PUBLIC_API_KEY_HAS_BEEN_EXPIRED"),
    ],
)
def test_a_key_can_end_while_in_use(
    desk: httpx.Client, sandbox: RunningSandbox, state: str, code: str
) -> None:
    """The knob ends the key in mid-run."""
    assert desk.get("/order/detail", params={"hash": HASH}).status_code == 200
    sandbox.control.knobs(key_state=state)
    assert error_code(desk.get("/order/detail", params={"hash": HASH})) == (404, code)


def test_the_key_may_come_as_bearer_or_in_the_body(
    sandbox: RunningSandbox, desk: httpx.Client
) -> None:
    """The three documented places of the key all work."""
    base = f"{sandbox.url}/bizkithub/api/v1/shop"
    bearer = {"Authorization": f"Bearer {DEMO_KEY}"}
    found = httpx.get(f"{base}/order/detail", params={"hash": HASH}, headers=bearer)
    assert found.json()["exist"] is True
    made = httpx.post(f"{base}/order/create", json=new_order(apiKey=DEMO_KEY))
    assert made.status_code == 200


def test_the_rate_limit_is_a_fixed_block(desk: httpx.Client, sandbox: RunningSandbox) -> None:
    """Beyond the block's limit every call is refused, with Retry-After only if the knob says so."""
    sandbox.control.knobs(rate_limit_per_block=1)
    statuses = [desk.get("/order/detail", params={"hash": HASH}) for _ in range(3)]
    assert [answer.status_code for answer in statuses][-1] == 429
    assert error_code(statuses[-1])[1] == "PUBLIC_API_KEY_TOO_MANY_REQUEST"
    assert "Retry-After" not in statuses[-1].headers
    sandbox.control.knobs(rate_limit_retry_after=True)
    answer = desk.get("/order/detail", params={"hash": HASH})
    assert 0 < int(answer.headers["Retry-After"]) <= 601


@pytest.mark.parametrize("path", ["/ping/v1", "/api/v1/ping/v1"])
def test_ping_wants_a_key(sandbox: RunningSandbox, path: str) -> None:
    """Both printed paths of ping answer, and not without a key."""
    assert httpx.get(f"{sandbox.url}/bizkithub{path}", params={"apiKey": DEMO_KEY}).is_success
    assert httpx.get(f"{sandbox.url}/bizkithub{path}").status_code == 404


def test_there_is_no_list_and_no_admin_call(sandbox: RunningSandbox) -> None:
    """Listing isn't to be had, and the admin's calls refuse a key."""
    params = {"apiKey": DEMO_KEY}
    base = f"{sandbox.url}/bizkithub"
    assert httpx.get(f"{base}/api/v1/shop/complaint/list", params=params).status_code == 404
    answer = httpx.post(f"{base}/bff/complaint/create", params=params, json={})
    assert error_code(answer) == (401, "INTERNAL_USER_MUST_BE_AUTHORIZED")


def test_orders_can_be_placed_in_batches(sandbox: RunningSandbox) -> None:
    """A list of orders answers a list, and a taken hash or number is refused."""
    made = sandbox.control.place_orders([order("a" * 32, "1"), order("b" * 32, "2")])
    assert made == [{"hash": "a" * 32, "number": "1"}, {"hash": "b" * 32, "number": "2"}]
    world: Any = sandbox.control.world()
    assert set(world["bizkithub"]["orders"]) == {"a" * 32, "b" * 32}
    assert world["bizkithub"]["orders"]["a" * 32]["inserted_at"].startswith(f"{NOW:%Y-%m-%d}")


def test_a_batch_is_refused_whole(sandbox: RunningSandbox) -> None:
    """One taken hash, number or Zenki id keeps the whole batch out."""
    sandbox.control.place_order(order("a" * 32, "1"))
    with pytest.raises(ControlRefused, match="number 1 is already there"):
        sandbox.control.place_orders([order("b" * 32, "2"), order("c" * 32, "1")])
    with pytest.raises(ControlRefused, match="x is already there"):
        sandbox.control.book_orders([booking("x"), booking("x")])
    with pytest.raises(ControlRefused, match="zenki_webhook_url"):
        sandbox.control.book_orders([booking("y"), booking("z", webhook=True)])
    world: Any = sandbox.control.world()
    assert set(world["bizkithub"]["orders"]) == {"a" * 32}
    assert world["zenki"]["orders"] == {}
