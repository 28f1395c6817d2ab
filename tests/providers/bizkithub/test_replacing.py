"""A zero-priced order in the place of one that was complained about."""

from __future__ import annotations

from decimal import Decimal

import httpx
import pytest

from complaints.model import OrderKey
from complaints.ports import Intent, NeedsHuman, Transient
from complaints.vocabulary import OrderSpace, PushKind, Result
from tests.providers.bizkithub.samples import (
    CLOSED,
    HASH,
    HOOK_SECRET,
    HOOKS,
    KEY,
    KEYS,
    LINE,
    LOST,
    ORDER_CREATE,
    ORDER_DETAIL,
    SURELY_NOT_DONE,
    copy,
    created,
    desk,
    line,
    order,
    refusal,
)
from tests.providers.wire import Script, answer, intend

NEW = "J2MQMp37qkDKYDPkYiMkhKBKRm4P7VqZ"


def replacing(**more: object) -> Intent:
    """Replace the order of complaint 40817."""
    return intend(PushKind.CREATE_ORDER, "4SBLcerskHznDAEc", **{"order_keys": KEYS, **more})


def test_p1_a_replacement_costs_nothing_and_names_both_sides() -> None:
    """The original's customer, currency, language and lines; our number in its tags."""
    script = Script([answer(**order()), created(NEW)])
    own = {"notification_url": HOOKS, "notification_secret": HOOK_SECRET}
    receipt = desk(script, **own).push(replacing())
    sent = dict(script.sent())
    url = str(sent.pop("notificationUrl"))

    assert script.calls == [("GET", ORDER_DETAIL), ("POST", ORDER_CREATE)]
    assert dict(script.requests[0].url.params) == {"hash": HASH, "apiKey": KEY}
    assert sent == {
        "customer": {"email": "eva@example.org", "firstName": "Eva", "lastName": "Horáková"},
        "items": [
            {
                "label": "Desk lamp, oak",
                "price": 0,
                "count": 1,
                "unit": "ks",
                "productCode": "lamp-oak",
            }
        ],
        "currency": "CZK",
        "locale": "cs",
        "paymentMethod": "money",
        "deliveryPrice": 0,
        "paymentPrice": 0,
        "tags": {"redress": "40817"},
        "parentId": HASH,
    }
    assert (receipt.result, receipt.external_id) == (Result.DONE, f"order:{NEW}")
    assert receipt.alias.removeprefix("notify:") in url


def test_p1_a_replacement_holds_what_was_complained_about() -> None:
    """A line that the order has too is the same product; one that it hasn't is words alone."""
    lines = [line(1, "Desk lamp, oak", productCode="lamp"), line(2, "Bulb", variantCode="e27")]
    script = Script([answer(**order(items=lines)), created(NEW)])
    claim = {
        "lines": [
            {"label": " bulb ", "quantity": 3, "price": 90},
            {"label": "Shade", "quantity": Decimal("0.5")},
            {"label": ""},
            {"label": "Cable", "quantity": 0},
        ]
    }
    desk(script).push(replacing(claim=claim))

    assert script.sent()["items"] == [
        {"label": " bulb ", "price": 0, "count": 3, "variantCode": "e27"},
        {"label": "Shade", "price": 0, "count": Decimal("0.5")},
    ]


def test_p1_a_replacement_leaves_cancelled_lines_out() -> None:
    """They were never delivered.  A count that isn't told is one."""
    lines = [line(1, "Lamp", gone=True), line(2, "Bulb", count=None), "odd"]
    script = Script([answer(**order(items=lines)), created(NEW)])
    desk(script).push(replacing())

    assert script.sent()["items"] == [{"label": "Bulb", "price": 0, "count": 1}]


def test_p1_a_replacement_in_an_unlisted_language_goes_without() -> None:
    """A language is optional there, so it is no reason to send nothing; nor are odd fields."""
    odd = order(locale="ru", price=None, customer={"email": "eva@example.org", "firstName": None})
    script = Script([answer(**odd), created(NEW)])
    desk(script).push(replacing())

    assert not {"locale", "currency"} & script.sent().keys()
    assert script.sent()["customer"] == {"email": "eva@example.org"}


@pytest.mark.parametrize(
    ("step", "reason"),
    [
        (answer(exist=False), "order not shown"),
        (refusal(404, "INTERNAL_RESOURCE_NOT_FOUND"), "INTERNAL_RESOURCE_NOT_FOUND"),
        (answer(exist=True), "hash"),
        (answer(**order(hash=NEW)), "another order than the one asked for"),
        (answer(**order(customer=None)), "no customer's e-mail"),
        (answer(**order(customer={"email": ""})), "no customer's e-mail"),
        (answer(**order(items=[])), "no line left"),
        (answer(**order(items=[line(1, "Lamp", gone=True)])), "no line left"),
        (answer(**order(price={"priceWithVat": 1, "currency": "Kč"})), "currency"),
    ],
)
def test_p1_without_a_readable_original_nothing_is_made(step: httpx.Response, reason: str) -> None:
    """Refused with a reason that quotes nothing of the customer."""
    script = Script([copy(step)])
    receipt = desk(script).push(replacing())

    assert (receipt.result, len(script.requests)) == (Result.REFUSED, 1)
    assert reason in receipt.detail
    assert "@" not in receipt.detail


@pytest.mark.parametrize("keys", [(), KEYS[1:]])
def test_p1_without_the_original_s_hash_nothing_is_asked(keys: tuple[OrderKey, ...]) -> None:
    """A number or a payment's id finds no order there."""
    script = Script([])
    receipt = desk(script).push(replacing(order_keys=keys))

    assert (receipt.result, script.requests) == (Result.REFUSED, [])
    assert "hash" in receipt.detail


def test_p1_a_parent_s_hash_has_its_length() -> None:
    """An imported hash that can't be one is refused before the write."""
    keys = (OrderKey(space=OrderSpace.HASH, value="short"),)
    script = Script([answer(**order(hash="short"))])
    receipt = desk(script).push(replacing(order_keys=keys))

    assert (receipt.result, len(script.requests)) == (Result.REFUSED, 1)
    assert receipt.detail.endswith("parentId")


@pytest.mark.parametrize("step", LOST)
def test_p1_a_replacement_whose_answer_was_lost_is_unknown(
    step: httpx.Response | Exception,
) -> None:
    """It may be there, so it is not made again; nothing is said to be known as anything."""
    script = Script([answer(**order()), copy(step)])
    own = {"notification_url": HOOKS, "notification_secret": HOOK_SECRET}
    receipt = desk(script, **own).push(replacing())

    assert (receipt.result, receipt.external_id, receipt.alias) == (Result.UNKNOWN, None, "")
    assert len(script.requests) == 2


@pytest.mark.parametrize("step", [*SURELY_NOT_DONE, *LOST])
def test_p1_an_original_that_can_not_be_read_now_is_read_later(
    step: httpx.Response | Exception,
) -> None:
    """Nothing was made, so the whole may be tried again."""
    script = Script([copy(step)])
    with pytest.raises(Transient):
        desk(script).push(replacing())

    assert len(script.requests) == 1


@pytest.mark.parametrize("step", CLOSED)
def test_p1_a_replacement_with_a_bad_key_needs_a_person(step: httpx.Response) -> None:
    """At the look and at the write."""
    for steps in ([copy(step)], [answer(**order()), copy(step)]):
        with pytest.raises(NeedsHuman):
            desk(Script(steps)).push(replacing())


def test_c06_a_line_s_id_is_not_taken_apart() -> None:
    """Nothing of ``<hash>_7731`` is in the new order: it holds label, count and product."""
    script = Script([answer(**order()), created(NEW)])
    desk(script).push(replacing())

    assert LINE.encode() not in script.requests[1].content
    assert b"7731" not in script.requests[1].content
