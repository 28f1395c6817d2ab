"""Zenki's order list, behind its knob: filters, pages, and the shapes it may have."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest

from tests.providers.sandbox.people import JSON, NOW, ORDER, booking
from tests.sandbox import RunningSandbox

PATH = "/v1/pay/orders"


@pytest.fixture(autouse=True)
def orders(portal: httpx.Client, sandbox: RunningSandbox) -> None:
    """Five orders, ORDER and four later ones that differ in one thing each; the list is on."""
    sandbox.control.knobs(order_list=True)
    changes: list[dict[str, object]] = [
        {"status": "DISPUTED"},
        {"merchant_order_id": "WEB-2"},
        {"email": "asha@example.org"},
        {"live": True},
    ]
    for number, change in enumerate(changes):
        at = NOW + timedelta(days=number + 1)
        sandbox.control.book_order(booking(str(number), created_at=at) | change)


def listed(portal: httpx.Client, **query: str | int) -> list[str]:
    """The ids on a page."""
    answer = portal.get(PATH, headers=JSON, params=query)
    assert answer.status_code == 200, answer.text
    document: Any = answer.json()
    return [order["zenkiOrderId"] for order in document["_embedded"]["orders"]]


def test_the_list_is_off_by_default(portal: httpx.Client, sandbox: RunningSandbox) -> None:
    """Without the knob there is no such resource."""
    sandbox.control.knobs(order_list=False)
    assert portal.get(PATH, headers=JSON).status_code == 404


def test_newest_first(portal: httpx.Client) -> None:
    """All orders of the credentials' book, each as the order call shows it."""
    assert listed(portal) == ["2", "1", "0", ORDER]
    first = portal.get(PATH, headers=JSON).json()["_embedded"]["orders"][0]
    assert first == portal.get(f"{PATH}/2", headers=JSON).json()


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ({"status": "DISPUTED"}, ["0"]),
        ({"orderId": "WEB-2"}, ["1"]),
        ({"shopperEmail": "asha@example.org"}, ["2"]),
        ({"fromDate": "2026-09-22T08:00:00Z"}, ["2", "1", "0"]),
        ({"toDate": "2026-09-22T10:00:00+02:00"}, ["0", ORDER]),
        ({"fromDate": "2026-09-22T08:00:00Z", "status": "SHIPPED"}, []),
        ({"state": "DISPUTED"}, ["2", "1", "0", ORDER]),
    ],
)
def test_filters_are_combined(portal: httpx.Client, query: dict[str, str], ids: list[str]) -> None:
    """Every known filter counts; one of another name is ignored, as hosts do."""
    assert listed(portal, **query) == ids


def test_pages(portal: httpx.Client, sandbox: RunningSandbox) -> None:
    """Pages count from 0, or from 1 behind the knob; beyond the last they are empty."""
    assert [listed(portal, pageSize=3, pageNumber=number) for number in range(3)] == [
        ["2", "1", "0"],
        [ORDER],
        [],
    ]
    page = portal.get(PATH, headers=JSON, params={"pageSize": 3}).json()["page"]
    assert page == {"size": 3, "number": 0, "totalElements": 4, "totalPages": 2}
    sandbox.control.knobs(order_list_first_page=1)
    assert listed(portal, pageSize=3) == listed(portal, pageSize=3, pageNumber=1)
    assert listed(portal, pageSize=3, pageNumber=2) == [ORDER]


@pytest.mark.parametrize(
    "query",
    [
        {"pageSize": "0"},
        {"pageSize": "101"},
        {"pageSize": "ten"},
        {"pageSize": "9" * 5000},
        {"pageNumber": "-1"},
        {"fromDate": "yesterday"},
        {"toDate": "2026-09-22"},
    ],
)
def test_nonsense_is_a_400(portal: httpx.Client, query: dict[str, str]) -> None:
    """The error names the parameter."""
    answer = portal.get(PATH, headers=JSON, params=query)
    assert answer.status_code == 400
    assert answer.json()["validationErrors"][0]["field"] == next(iter(query))


def test_names_are_a_setting(portal: httpx.Client, sandbox: RunningSandbox) -> None:
    """None is documented, so each can be called otherwise."""
    sandbox.control.knobs(order_list_names={"status": "orderStatus", "page_size": "size"})
    assert listed(portal, orderStatus="DISPUTED") == ["0"]
    assert listed(portal, size=1) == ["2"]
    assert len(listed(portal, status="DISPUTED", pageSize=1)) == 4


@pytest.mark.parametrize("reply", ["items", "array"])
def test_the_reply_has_other_shapes(
    portal: httpx.Client, sandbox: RunningSandbox, reply: str
) -> None:
    """Behind the knob it is an object of items with their count, or a bare array."""
    sandbox.control.knobs(order_list_reply=reply)
    document: Any = portal.get(PATH, headers=JSON, params={"pageSize": 1}).json()
    shown = document if reply == "array" else document["items"]
    assert [order["zenkiOrderId"] for order in shown] == ["2"]
    assert reply == "array" or document["itemCount"] == 4
