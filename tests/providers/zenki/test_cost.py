"""Every way that an act can go, played through: what it costs, and what is never called."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from functools import partial

import httpx
import pytest

from complaints.ports import NeedsHuman, Rejected, Transient
from complaints.vocabulary import ExternalId, PushKind
from providers.shelf import OwnShelf
from providers.zenki import Zenki
from tests.providers.wire import answer, intend
from tests.providers.zenki.samples import (
    DISPUTES,
    LEGACY_TOKEN,
    ME,
    ORDER,
    REFUND_PATH,
    TOKEN,
    TRACKING,
    TRACKING_EVENT,
    TRACKING_ID,
    account_at,
    copy,
    draft,
    linked,
    merchant_document,
    order,
    refund,
    refusal,
    shipment,
    shipment_events,
    token,
)
from tests.providers.zenki.samples import REFUNDS as REFUND_CALL

ID = ExternalId(ORDER)
Steps = Sequence[httpx.Response | Exception]
ENDS: Steps = [httpx.Response(401), refusal(400), refusal(403), httpx.ReadTimeout("x")]
ORDERS: Steps = [
    answer(200, **order("AWAITING_DELIVERY")),
    answer(200, **order(_links=linked())),
    answer(200, **order("DISPUTED", "OPEN")),
    *ENDS,
]
REFUNDS: Steps = [answer(201, **refund()), answer(201, **refund("FAILED")), *ENDS]
PARCEL: dict[str, object] = {"courierType": "EXTERNAL", "trackingId": "MX99812044"}
EVENT: dict[str, object] = {
    "zenkiTrackingId": TRACKING_ID,
    "status": "TRANSIT",
    "location": "Puebla",
    "description": "On its way",
}


TOKENS: Steps = [token(), httpx.ReadTimeout("x")]
GOOD: dict[str, httpx.Response] = {
    DISPUTES: answer(200, orderId=ORDER),
    REFUND_CALL: answer(201, **refund()),
    ME: answer(200, **merchant_document()),
    TRACKING: answer(201, **shipment()),
    TRACKING_EVENT: shipment_events(),
}


def _steps(request: httpx.Request) -> Steps:
    """All that may come back."""
    path = request.url.path
    if path in {TOKEN, LEGACY_TOKEN}:
        return TOKENS
    if path == REFUND_PATH:
        return REFUNDS
    if path in GOOD:
        return [GOOD[path], *ENDS]
    return ORDERS if request.method == "GET" else [answer(201, **order()), *ENDS]


def _all_ways(act: Callable[[Zenki], object], **more: object) -> Iterator[list[httpx.Request]]:
    """The requests of an act, for each way that its answers may go."""
    path: list[int] = []
    while True:
        asked: list[httpx.Request] = []
        taken: list[tuple[int, int]] = []

        def provider(
            request: httpx.Request,
            asked: list[httpx.Request] = asked,
            taken: list[tuple[int, int]] = taken,
            path: Sequence[int] = tuple(path),
        ) -> httpx.Response:
            asked.append(request)
            steps = _steps(request)
            choice = path[len(taken)] if len(taken) < len(path) else 0
            taken.append((choice, len(steps)))
            step = copy(steps[choice])
            if isinstance(step, Exception):
                raise step
            return step

        adapter = account_at(httpx.MockTransport(provider), OwnShelf(), **more)
        try:
            act(adapter)
        except (Transient, NeedsHuman, Rejected):
            pass
        finally:
            adapter.close()
        yield asked
        while taken and taken[-1][0] + 1 == taken[-1][1]:
            taken.pop()
        if not taken:
            return
        path = [choice for choice, _ in taken]
        path[-1] += 1


WRITES: dict[PushKind, tuple[str | None, dict[str, object]]] = {
    PushKind.OPEN_DISPUTE: (ORDER, {}),
    PushKind.REFUND: (ORDER, {}),
    PushKind.CREATE_ORDER: (None, draft()),
    PushKind.EDIT_ORDER: (ORDER, {"cartId": "cart-1"}),
    PushKind.SHIP: (ORDER, PARCEL),
    PushKind.TRACK: (ORDER, EVENT),
    PushKind.DELIVER: (ORDER, {}),
}


def account(**more: object) -> closing[Zenki]:
    """One that nobody asks."""
    return closing(account_at(httpx.MockTransport(lambda _: httpx.Response(500)), **more))


def _act(kind: PushKind | None) -> Callable[[Zenki], object]:
    if kind is None:
        return lambda adapter: adapter.fetch(ID)
    order_id, wanted = WRITES[kind]
    return lambda adapter: adapter.push(intend(kind, order_id, draft=wanted))


@pytest.mark.parametrize("kind", [None, *WRITES])
def test_d11_an_act_costs_what_it_says_at_most(kind: PushKind | None) -> None:
    """Token calls, the replay and every look included; and the worst way is as dear as said."""
    ways = [len(asked) for asked in _all_ways(_act(kind))]

    with account() as adapter:
        assert max(ways) == adapter.cost(kind)


def test_d05_a_dispute_by_another_grant_costs_a_token_more() -> None:
    """One for orders, one for disputes."""
    mode = {"dispute_auth_mode": "legacy_password"}
    ways = [len(asked) for asked in _all_ways(_act(PushKind.OPEN_DISPUTE), **mode)]

    with account(**mode) as adapter:
        assert max(ways) == adapter.cost(PushKind.OPEN_DISPUTE) == 7
        assert adapter.cost() == 5


def test_z06_what_is_a_persons_costs_nothing() -> None:
    """Nothing is called for it."""
    with account() as adapter:
        others = set(PushKind) - set(WRITES)
        assert {adapter.cost(kind) for kind in others} == {0}
    for kind in others:
        (asked,) = _all_ways(partial(_push, kind))
        assert asked == []


def _push(kind: PushKind, adapter: Zenki) -> object:
    return adapter.push(intend(kind, ORDER))


def test_d04_disputes_are_never_read_nor_changed() -> None:
    """Only opened: no call of any act goes to a dispute in another way."""
    acts = [_act(kind) for kind in (None, *WRITES)]
    acts += [lambda adapter: adapter.check(), lambda adapter: adapter.list_disputed()]
    seen = {
        (request.method, request.url.path)
        for act in acts
        for asked in _all_ways(act)
        for request in asked
    }

    assert {call for call in seen if "dispute" in call[1].lower()} == {("POST", DISPUTES)}
    assert len(seen) == 12
