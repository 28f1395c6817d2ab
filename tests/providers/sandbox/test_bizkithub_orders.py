"""BizKitHub orders: create, detail, storno, and orders that the shop took itself."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import httpx
import pytest

from providers.sandbox.client import ControlRefused
from tests.providers.sandbox.people import HASH, NOW, booking, error_code, new_order, order, read
from tests.sandbox import RunningSandbox

CUSTOMER = {
    "email": "eva@example.org",
    "phone": "+420 602118334",
    "name": "Eva Horáková",
    "firstName": "Eva",
    "lastName": "Horáková",
    "companyName": "Lampy Horák s.r.o.",
    "companyRegistrationNumber": "04418822",
    "taxIdentificationNumber": "CZ04418822",
    "streetAddress": "Dlouhá 12",
    "city": "Brno",
    "cityPart": "Židenice",
    "stateRegion": "Jihomoravský kraj",
    "postalCode": "615 00",
    "country": "CZ",
    "newsletter": False,
    "primaryLocale": "cs",
    "groups": ["b2b"],
    "customerRealIp": "2001:db8::1",
    "referralId": "a1b2c3d4e5f6g7h8",
}
ITEM = {
    "label": "Desk lamp, oak",
    "price": 1290,
    "vat": 21,
    "count": 1,
    "sale": 0,
    "unit": "ks",
    "productCode": "lamp-oak",
    "variantCode": "lamp-oak-e27",
    "eventCode": "kUIEvcE9h73Odvc35Fg6TrbMbKnX0HWG",
    "creditAmount": 0,
    "specialActions": "create-voucher:fixed:100;add-credit:15",
    "branch": "brno-stred",
}
FULL_ORDER: dict[str, object] = {
    "customer": CUSTOMER,
    "issuerCustomer": CUSTOMER,
    "copyCustomers": ["buying@example.org"],
    "cartId": "iw56NsgIFTCh0O608Wqtb2WdLZE8dEuG",
    "items": [ITEM],
    "orderGroupId": "eshop-brno",
    "kind": "commerce",
    "locale": "cs",
    "currency": "CZK",
    "sale": 50,
    "voucherList": ["LAMP-5"],
    "paymentMethod": "money",
    "deliveryPrice": 89,
    "paymentPrice": 0,
    "expirationDate": "2026-10-05T10:00:00.000Z",
    "dueDate": "2026-10-05T10:00:00.000Z",
    "internalNotice": "call before dispatch",
    "publicNotice": "leave at the gate",
    "tags": {"ourOrderKey": "shop-88121", "list": ["a", 1, True, None]},
    "returnUrl": "https://shop.example.org/thanks",
    "notificationUrl": "https://hooks.example.org/b/9f1c6b",
    "formData": {"code": "gift", "data": {"note": "x"}},
    "forceIgnoreNegativeCreditBalance": False,
    "forceIssueInvoice": False,
    "parentId": HASH,
}


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
    for gone in ({"orderId": "x" * 32}, {"orderId": made, "orderItemId": f"{made}_1"}):
        assert error_code(desk.post("/order/storno", json=gone))[0] == 404


def test_a_missing_order_does_not_exist(desk: httpx.Client, sandbox: RunningSandbox) -> None:
    """An unknown hash answers exist false, or 404 behind the knob; a missing parameter 422."""
    assert desk.get("/order/detail", params={"hash": "nobody"}).json() == {"exist": False}
    assert desk.get("/order/detail").status_code == 422
    sandbox.control.knobs(missing_order="404")
    answer = desk.get("/order/detail", params={"hash": "nobody"})
    assert error_code(answer) == (404, "INTERNAL_RESOURCE_NOT_FOUND")


def test_all_documented_fields_are_taken(desk: httpx.Client, sandbox: RunningSandbox) -> None:
    """The 25 fields of an order, 19 of a customer and 12 of an item, with nothing left over."""
    sandbox.control.knobs(unknown_fields="reject", vouchers={"LAMP-5": 5})
    answer = desk.post("/order/create", json=FULL_ORDER)
    assert answer.status_code == 200, answer.text
    assert (len(FULL_ORDER), len(CUSTOMER), len(ITEM)) == (25, 19, 12)
    seen: Any = read(desk.get("/order/detail", params={"hash": answer.json()["hash"]}))
    assert seen["price"]["priceWithVat"] == 1290 + 89 - 50 - 5
    assert seen["vouchers"] == [
        {
            "code": "LAMP-5",
            "type": "fixed",
            "value": "5",
            "isOrderSingleton": False,
            "currency": "CZK",
        }
    ]
    (line,) = seen["items"]
    assert (line["productCode"], line["branch"]) == ("lamp-oak", "brno-stred")
    assert seen["publicNotice"] == "leave at the gate"
    assert "call before dispatch" not in str(seen)
    refused = desk.post("/order/create", json=FULL_ORDER | {"colour": "red"})
    assert refused.json()["property"] == "/colour"


def test_each_order_group_counts_for_itself(desk: httpx.Client) -> None:
    """A group's numbers rise by one whatever the other groups do."""
    numbers = [
        int(desk.post("/order/create", json=new_order(**group)).json()["orderNumber"])
        for group in ({"orderGroupId": "a"}, {}, {"orderGroupId": "b"}, {"orderGroupId": "a"}, {})
    ]
    assert numbers[3] - numbers[0] == numbers[4] - numbers[1] == 1
    assert len(set(numbers)) == 5


@pytest.mark.parametrize(
    ("settings", "change", "refused"),
    [
        ({"products": ["lamp"]}, {"productCode": "bulb"}, (500, "PUBLIC_PRODUCT_DOES_NOT_EXIST")),
        ({"events": ["e"]}, {"eventCode": "f"}, (500, "PUBLIC_CALENDAR_DOES_NOT_EXIST")),
    ],
)
def test_a_catalogue_may_be_closed(
    desk: httpx.Client,
    sandbox: RunningSandbox,
    settings: dict[str, object],
    change: dict[str, object],
    refused: tuple[int, str],
) -> None:
    """With codes configured an unknown one has its own error, whose status is the default 500."""
    body = new_order(items=[{"label": "Lamp", "price": 1} | change])
    assert desk.post("/order/create", json=body).status_code == 200
    sandbox.control.knobs(**settings)
    assert error_code(desk.post("/order/create", json=body)) == refused


def test_a_banned_customer_orders_nothing(desk: httpx.Client, sandbox: RunningSandbox) -> None:
    """Neither as payer nor as issuer."""
    sandbox.control.knobs(banned_emails=["eva@example.org"])
    answer = desk.post("/order/create", json=new_order())
    assert error_code(answer) == (422, "INTERNAL_VALIDATION_FAILED")


@pytest.mark.parametrize(("how", "stored"), [("fails", 0), ("fails_after_commit", 1)])
def test_an_insert_may_fail(
    desk: httpx.Client, sandbox: RunningSandbox, how: str, stored: int
) -> None:
    """The registry has an error for it; whether the order is there then isn't sure."""
    sandbox.control.knobs(order_insert=how)
    answer = desk.post("/order/create", json=new_order())
    assert error_code(answer) == (500, "INTERNAL_ORDER_INSERT_FAILED")
    world: Any = sandbox.control.world()
    assert len(world["bizkithub"]["orders"]) == 1 + stored


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
