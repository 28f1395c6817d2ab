"""Creating an order by hand: BizKitHub, POST /api/v1/shop/order/create."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import httpx
import pytest

from complaints.ports import Intent, NeedsHuman, Transient
from complaints.vocabulary import PushKind, Result
from providers.bizkithub import DraftError, read_draft
from tests.providers.bizkithub.samples import (
    CLOSED,
    HASH,
    HOOK_SECRET,
    HOOKS,
    LOST,
    ORDER,
    ORDER_CREATE,
    SURELY_NOT_DONE,
    copy,
    created,
    desk,
    refusal,
)
from tests.providers.wire import Script, answer, intend

DRAFT: dict[str, Any] = {
    "customer": {"email": "eva@example.org", "firstName": "Eva", "country": "CZ"},
    "items": [{"label": "Desk lamp, oak", "price": 1290.5, "count": 2}],
    "currency": "CZK",
    "paymentMethod": "money",
    "expirationDate": "2026-10-05T12:00:00+02:00",
    "tags": {"ourOrderKey": "shop-88121", "sizes": [1, "M", None, 2.5, True]},
}


def errand(**changes: object) -> Intent:
    """A person's errand: it hangs on no complaint."""
    draft = {**DRAFT, **changes}
    return intend(PushKind.CREATE_ORDER, number="", key="create_order:cz-test:7", draft=draft)


def test_p1_an_order_is_sent_with_its_set_fields_only() -> None:
    """Numbers for money, UTC with milliseconds, our own order of words; nothing unsaid."""
    script = Script([created()])
    receipt = desk(script).push(errand())

    assert script.calls == [("POST", ORDER_CREATE)]
    assert script.sent() == {
        "customer": {"email": "eva@example.org", "firstName": "Eva", "country": "CZ"},
        "items": [{"label": "Desk lamp, oak", "price": Decimal("1290.5"), "count": 2}],
        "currency": "CZK",
        "paymentMethod": "money",
        "expirationDate": "2026-10-05T10:00:00.000Z",
        "tags": {"ourOrderKey": "shop-88121", "sizes": [1, "M", None, Decimal("2.5"), True]},
    }
    assert (receipt.result, receipt.external_id) == (Result.DONE, ORDER)
    assert (receipt.detail, receipt.alias) == ("order 26000413", "")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"currency": "GBP"}, "currency"),
        ({"currency": "czk"}, "currency"),
        ({"locale": "en-US"}, "locale"),
        ({"locale": "ru"}, "locale"),
        ({"kind": "gift"}, "kind"),
        ({"paymentMethod": "cash"}, "paymentMethod"),
        ({"parentId": HASH + "x"}, "parentId"),
        ({"parentId": HASH[:31]}, "parentId"),
        ({"unheard": 1}, "unheard"),
        ({"deliveryPrice": True}, "deliveryPrice"),
        ({"deliveryPrice": "89 Kč"}, "deliveryPrice"),
        ({"expirationDate": "2026-10-05T10:00:00"}, "expirationDate"),
        ({"dueDate": "2026-10-05"}, "dueDate"),
        ({"dueDate": 1790000000}, "dueDate"),
        ({"forceIssueInvoice": "yes"}, "forceIssueInvoice"),
        ({"copyCustomers": "eva@example.org"}, "copyCustomers"),
        ({"voucherList": [7]}, "voucherList.0"),
        ({"formData": {"code": "gift"}}, "formData.data"),
        ({"customer": {"firstName": "Eva"}}, "customer.email"),
        ({"customer": {"email": "e@x.cz", "first_name": "Eva"}}, "customer.first_name"),
        ({"customer": {"email": "e@x.cz", "country": "CZE"}}, "customer.country"),
        ({"customer": {"email": "e@x.cz", "country": "cz"}}, "customer.country"),
        ({"customer": {"email": "e@x.cz", "customerRealIp": "1.1.1"}}, "customer.customerRealIp"),
        ({"issuerCustomer": {"email": 7}}, "issuerCustomer.email"),
        ({"items": [{"label": "x", "price": 1, "discount": 2}]}, "items.0.discount"),
        ({"items": [{"price": 1}]}, "items.0.label"),
        ({"items": [{"label": "x"}]}, "items.0.price"),
        ({"tags": {str(number): number for number in range(201)}}, "tags"),
        ({"tags": {"deep": {"er": 1}}}, "tags"),
        ({"tags": {"deep": [[1]]}}, "tags"),
        ({"tags": ["a"]}, "tags"),
    ],
)
def test_p1_what_the_page_forbids_is_refused_before_the_wire(
    changes: dict[str, Any], field: str
) -> None:
    """The verdict names the field and quotes no value."""
    script = Script([])
    receipt = desk(script).push(errand(**changes))

    assert (receipt.result, script.requests) == (Result.REFUSED, [])
    assert receipt.detail == f"fields missing, unknown or not as documented: {field}"


@pytest.mark.parametrize("address", ["1.1.1.1", "2a00::1", "::1", "0.0.0.0", "localhost", ""])  # noqa: S104 - nothing is bound
def test_p1_a_shopper_s_address_is_any_that_the_page_takes(address: str) -> None:
    """IPv4, IPv6, and what BizKitHub turns into 127.0.0.1 itself."""
    customer = {"email": "eva@example.org", "customerRealIp": address}

    assert read_draft({**DRAFT, "customer": customer}).customer.customer_real_ip == address


def test_p1_all_that_is_wrong_is_told_at_once() -> None:
    """One try shows everything; a name that is none isn't repeated."""
    draft = {"customer": {"email": "a"}, "items": [], "eva@example.org": 1, "kind": "x"}
    with pytest.raises(DraftError) as fault:
        read_draft(draft)

    assert str(fault.value).endswith(": ?, customer.email, items, kind")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"sale": float("nan")}, "JSON can't carry"),
        ({"sale": Decimal("0.12345678901234567")}, "JSON can't carry"),
        ({"sale": 1e30}, "no amount that JSON carries exactly"),
        ({"publicNotice": "\ud800"}, "JSON can't carry"),
    ],
)
def test_p1_an_order_that_json_can_not_carry_is_refused(
    changes: dict[str, Any], reason: str
) -> None:
    """Another amount would be worse than none."""
    script = Script([])
    receipt = desk(script).push(errand(**changes))

    assert (receipt.result, script.requests) == (Result.REFUSED, [])
    assert reason in receipt.detail


def test_p1_an_errand_without_an_order_is_refused() -> None:
    """It is no replacement: it hangs on no complaint."""
    script = Script([])
    receipt = desk(script).push(intend(PushKind.CREATE_ORDER, number=""))

    assert (receipt.result, script.requests) == (Result.REFUSED, [])
    assert receipt.detail.endswith("customer, items")


def test_p1_null_is_no_value() -> None:
    """What isn't wanted is left out; only tags and form data may hold null."""
    customer = {"email": "eva@example.org", "phone": None}
    with pytest.raises(DraftError) as fault:
        read_draft({**DRAFT, "customer": customer, "sale": None, "tags": None, "items": [None]})
    assert str(fault.value) == "fields that hold nothing: customer.phone, items.0, sale, tags"

    data = {"code": "gift", "data": {"note": None}}
    assert read_draft({**DRAFT, "tags": {"a": None}, "formData": data}).tags == {"a": None}


@pytest.mark.parametrize("items", [[], None])
def test_c11_an_order_has_a_line(items: object) -> None:
    """An article lets it be empty; its page doesn't, and we send none such."""
    receipt = desk(Script([])).push(errand(items=items))

    assert receipt.result is Result.REFUSED
    assert receipt.detail.endswith("items")


def test_c10_the_path_of_an_order_is_configured() -> None:
    """Three spellings are printed; ours is the page's, and any other can be set."""
    script = Script([created()])
    desk(script, paths={"order_create": "/shop/v1/order/create"}).push(errand())

    assert script.calls == [("POST", "/bizkithub/shop/v1/order/create")]


@pytest.mark.parametrize("step", [*LOST, refusal(500, "INTERNAL_ORDER_INSERT_FAILED")])
def test_p1_an_order_whose_answer_was_lost_is_unknown(step: httpx.Response | Exception) -> None:
    """A second identical call would make a second order, so there is none."""
    script = Script([copy(step)])

    assert desk(script).push(errand()).result is Result.UNKNOWN
    assert len(script.requests) == 1


@pytest.mark.parametrize("step", SURELY_NOT_DONE)
def test_p1_an_order_that_surely_was_not_made_may_be_tried_again(
    step: httpx.Response | Exception,
) -> None:
    """Nothing left this machine, or the vendor said that it did nothing."""
    with pytest.raises(Transient):
        desk(Script([copy(step)])).push(errand())


@pytest.mark.parametrize("step", CLOSED)
def test_p1_a_bad_key_needs_a_person(step: httpx.Response) -> None:
    """The account is paused, and the order is made after it was mended."""
    with pytest.raises(NeedsHuman):
        desk(Script([copy(step)])).push(errand())


@pytest.mark.parametrize(
    ("document", "result"),
    [
        ({"hash": HASH}, Result.DONE),
        ({"hash": HASH, "success": True}, Result.DONE),
        ({"orderNumber": "1"}, Result.UNKNOWN),
        ({"hash": "", "orderNumber": "1"}, Result.UNKNOWN),
        ({"hash": HASH, "success": False}, Result.UNKNOWN),
        ({"hash": HASH, "success": 1}, Result.UNKNOWN),
        ({"hash": HASH, "success": []}, Result.UNKNOWN),
        ({"success": False}, Result.REFUSED),
        ({"hash": HASH, "error": {"code": "INTERNAL_VALIDATION_FAILED"}}, Result.REFUSED),
    ],
)
def test_c17_an_order_is_made_when_its_hash_is_told(
    document: dict[str, object], result: Result
) -> None:
    """This call's sample has no ``success``; one that isn't true is believed."""
    assert desk(Script([answer(**document)])).push(errand()).result is result


def test_p1_our_notification_url_is_added() -> None:
    """And the receipt tells under which name the order will be reported."""
    script = Script([created()])
    own = {"notification_url": HOOKS, "notification_secret": HOOK_SECRET}
    receipt = desk(script, **own).push(errand())
    url = str(script.sent()["notificationUrl"])

    assert url.startswith(f"{HOOKS}/")
    assert receipt.alias == f"notify:{url.removeprefix(f'{HOOKS}/').partition('.')[0]}"


def test_p1_a_notification_url_of_theirs_stays() -> None:
    """Whoever writes one into the order hears of it instead of us."""
    script = Script([created()])
    own = {"notification_url": HOOKS, "notification_secret": HOOK_SECRET}
    receipt = desk(script, **own).push(errand(notificationUrl="https://shop.example.org/n"))

    assert script.sent()["notificationUrl"] == "https://shop.example.org/n"
    assert receipt.alias == ""
