"""Cancelling an order, behind its switch: BizKitHub, POST /api/v1/shop/order/storno."""

from __future__ import annotations

import httpx
import pytest

from complaints.ports import Intent, NeedsHuman, Transient
from complaints.vocabulary import Capability, PushKind, Result
from tests.providers.bizkithub.samples import (
    CLOSED,
    HASH,
    LINE,
    LOST,
    ORDER,
    ORDER_DETAIL,
    STORNO,
    SURELY_NOT_DONE,
    copy,
    desk,
    line,
    order,
    refusal,
)
from tests.providers.wire import Script, answer, intend

LOOK, SEND = ("GET", ORDER_DETAIL), ("POST", STORNO)
GONE = order(items=[line(7731, "Lamp", gone=True), line(7732, "Bulb", gone=True)])
PARTLY = order(items=[line(7731, "Lamp", gone=True), line(7732, "Bulb")])


def storno(**draft: object) -> Intent:
    """Cancel the order, or a line of it."""
    return intend(PushKind.CANCEL_ORDER, draft={"order_hash": HASH, **draft})


def test_p3_it_is_off_by_default() -> None:
    """Cancelling may credit the customer, so a person switches it on."""
    script = Script([])
    account = desk(script)

    assert account.push(storno()).result is Result.UNSUPPORTED
    assert script.requests == []
    assert account.abilities[Capability.CANCEL_ORDER].switch == "storno"
    assert Capability.CANCEL_ORDER in desk(script, storno=True).capabilities


@pytest.mark.parametrize(
    ("draft", "sent"),
    [
        ({}, {"orderId": HASH}),
        ({"order_item_id": LINE}, {"orderId": HASH, "orderItemId": LINE}),
    ],
)
def test_p3_an_order_or_a_line_is_cancelled_after_a_look(
    draft: dict[str, object], sent: dict[str, object]
) -> None:
    """The field is called id and holds the hash; the receipt names what is to be read back."""
    script = Script([answer(**order()), answer(success=True)])
    receipt = desk(script, storno=True).push(storno(**draft))

    assert (receipt.result, receipt.external_id) == (Result.DONE, ORDER)
    assert script.calls == [LOOK, SEND]
    assert script.sent() == sent


def test_p3_the_record_of_an_errand_names_the_order_too() -> None:
    """An errand about a record needs no draft."""
    script = Script([answer(**order()), answer(success=True)])

    assert desk(script, storno=True).push(intend(PushKind.CANCEL_ORDER, ORDER)).result is (
        Result.DONE
    )
    assert script.sent() == {"orderId": HASH}


@pytest.mark.parametrize(
    ("document", "draft"),
    [
        (GONE, {}),
        (GONE, {"order_item_id": LINE}),
        (PARTLY, {"order_item_id": LINE}),
        (order(status={"label": "Stornováno"}), {}),
    ],
)
def test_p3_what_is_cancelled_is_not_cancelled_again(
    document: dict[str, object], draft: dict[str, object]
) -> None:
    """Looked at first; a status's label counts when the account maps it."""
    script = Script([answer(**document)])
    adapter = desk(script, storno=True, cancelled_labels=["stornováno"])
    receipt = adapter.push(storno(**draft))

    assert (receipt.result, receipt.external_id) == (Result.ALREADY, ORDER)
    assert script.calls == [LOOK]


@pytest.mark.parametrize(
    ("document", "draft"), [(PARTLY, {}), (PARTLY, {"order_item_id": f"{HASH}_7732"})]
)
def test_p3_the_rest_of_an_order_is_cancelled(
    document: dict[str, object], draft: dict[str, object]
) -> None:
    """A cancelled line makes no cancelled order."""
    script = Script([answer(**document), answer(success=True)])

    assert desk(script, storno=True).push(storno(**draft)).result is Result.DONE


@pytest.mark.parametrize(
    ("step", "draft"),
    [
        (answer(exist=False), {}),
        (refusal(404, "INTERNAL_RESOURCE_NOT_FOUND"), {}),
        (answer(**order()), {"order_item_id": f"{HASH}_1"}),
        (answer(**order(items=None)), {"order_item_id": LINE}),
    ],
)
def test_p3_what_is_not_shown_is_not_cancelled(
    step: httpx.Response, draft: dict[str, object]
) -> None:
    """An unknown order or line is refused after the look."""
    script = Script([copy(step)])

    assert desk(script, storno=True).push(storno(**draft)).result is Result.REFUSED
    assert script.calls == [LOOK]


@pytest.mark.parametrize(
    ("draft", "reason"),
    [
        ({}, "no order_hash"),
        ({"order_hash": ""}, "order_hash"),
        ({"order_hash": HASH, "item": LINE}, "item"),
        ({"order_hash": HASH, "order_item_id": 7}, "order_item_id"),
    ],
)
def test_p3_an_errand_that_says_nothing_clear_is_refused(
    draft: dict[str, object], reason: str
) -> None:
    """Above all, a line that was misspelt must not cancel the whole order."""
    script = Script([])
    receipt = desk(script, storno=True).push(intend(PushKind.CANCEL_ORDER, draft=draft))

    assert (receipt.result, script.requests) == (Result.REFUSED, [])
    assert receipt.detail.endswith(reason)


@pytest.mark.parametrize("step", LOST)
def test_p3_a_lost_answer_is_looked_up(step: httpx.Response | Exception) -> None:
    """Done when the order shows it; else it may be tried again, which looks first."""
    script = Script([answer(**order()), copy(step), answer(**GONE)])
    receipt = desk(script, storno=True).push(storno())
    assert (receipt.result, receipt.detail) == (Result.DONE, "seen in the order")
    assert script.calls == [LOOK, SEND, LOOK]

    with pytest.raises(Transient, match="isn't cancelled"):
        desk(Script([answer(**order()), copy(step), answer(**order())]), storno=True).push(storno())


@pytest.mark.parametrize("step", [httpx.ReadTimeout("x"), httpx.Response(500)])
def test_p3_a_doubt_that_can_not_be_looked_up_is_tried_later(
    step: httpx.Response | Exception,
) -> None:
    """The next try begins with a look."""
    script = Script([answer(**order()), httpx.ReadTimeout("x"), copy(step)])
    with pytest.raises(Transient):
        desk(script, storno=True).push(storno())


@pytest.mark.parametrize("step", SURELY_NOT_DONE)
def test_p3_what_surely_was_not_done_is_not_looked_up(step: httpx.Response | Exception) -> None:
    """It costs a request to know what is known."""
    script = Script([answer(**order()), copy(step)])
    with pytest.raises(Transient):
        desk(script, storno=True).push(storno())

    assert script.calls == [LOOK, SEND]


@pytest.mark.parametrize("step", CLOSED)
def test_p3_a_bad_key_needs_a_person(step: httpx.Response) -> None:
    """At the look and at the write."""
    for steps in ([copy(step)], [answer(**order()), copy(step)]):
        with pytest.raises(NeedsHuman):
            desk(Script(steps), storno=True).push(storno())


@pytest.mark.parametrize("document", [{}, {"success": False}, {"success": 1}])
def test_c17_only_success_true_is_a_cancellation(document: dict[str, object]) -> None:
    """Otherwise the order tells: done after all, or refused."""
    seen = Script([answer(**order()), answer(**document), answer(**GONE)])
    assert desk(seen, storno=True).push(storno()).result is Result.DONE

    unseen = Script([answer(**order()), answer(**document), answer(**order())])
    assert desk(unseen, storno=True).push(storno()).result is Result.REFUSED


def test_c06_a_line_is_named_by_its_public_id() -> None:
    """As the order shows it, whatever it looks like: hash and number, or 32 digits."""
    name = "0123456789abcdef0123456789abcdef"
    row = {**line(1, "Lamp"), "id": name}
    script = Script([answer(**order(items=[row, line(2, "Bulb")])), answer(success=True)])
    desk(script, storno=True).push(storno(order_item_id=name))

    assert script.sent() == {"orderId": HASH, "orderItemId": name}


def test_c05_an_order_s_number_is_no_hash() -> None:
    """``id`` is the number in one answer and the hash in another body: they aren't mixed."""
    script = Script([answer(**order()), answer(success=True)])
    desk(script, storno=True).push(storno())

    assert script.sent()["orderId"] == HASH != order()["id"]
