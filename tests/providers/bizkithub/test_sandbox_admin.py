"""BizKitHub's admin call and its order notifications against the sandbox that plays them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import cast

import pytest

from complaints.ports import NeedsHuman
from complaints.vocabulary import ExternalId, PushKind, Result, Subject
from providers.bizkithub import BizKitHub
from providers.http import make_client
from providers.sandbox.config import DEMO_SESSION
from tests.providers.bizkithub.samples import (
    CLAIM,
    HASH,
    HOOK_SECRET,
    HOOKS,
    KEYS,
    settings,
)
from tests.providers.sandbox.people import order
from tests.providers.wire import ACCOUNT, NOW, intend, observe
from tests.sandbox import RunningSandbox

Account = Callable[..., BizKitHub]

BFF = {
    "enabled": True,
    "cookie": f"session={DEMO_SESSION}",
    "branch_id": 2,
    "service_id": 7,
    "currency_ids": {"CZK": 1},
}
FILE = intend(PushKind.CREATE, claim=CLAIM, order_keys=KEYS, due_at=NOW)


@pytest.fixture
def account(sandbox: RunningSandbox) -> Iterator[Account]:
    """Makes accounts of a sandbox where one order is, which refuses fields it doesn't know."""
    sandbox.control.clock(NOW)
    sandbox.control.place_order(order(HASH))
    sandbox.control.knobs(unknown_fields="reject")
    with ExitStack() as stack:

        def make(**own: object) -> BizKitHub:
            made = settings(base_url=sandbox.control.bizkithub_url, **own)
            adapter = BizKitHub(ACCOUNT, made, make_client(made.base_url))
            stack.callback(adapter.close)
            return adapter

        yield make


def test_b1_a_complaint_is_filed_and_read(account: Account) -> None:
    """By a session, with all that can be known; the public call reads it by its eight letters."""
    adapter = account(
        send_phone=True,
        send_amount=True,
        send_due_date=True,
        send_items=True,
        send_refund_fields=True,
        resolution_codes={"repair": "oprava"},
        bff=BFF,
    )
    filed = adapter.push(FILE)
    assert filed.external_id is not None
    reading = adapter.fetch(filed.external_id)
    (change,) = adapter.parse(observe(reading.form, reading.body, filed.external_id))

    assert (filed.result, len(filed.external_id)) == (Result.DONE, 8)
    assert change.reference == "40817"
    assert change.claim is not None
    assert change.claim.bank is not None
    assert change.claim.bank.number == "2900112233/2010"


@pytest.mark.parametrize("refusal", ["401", "session_expired", "404", "html", "redirect"])
def test_c03_each_way_of_keeping_us_out_stops_the_account(
    account: Account, sandbox: RunningSandbox, refusal: str
) -> None:
    """A key opens nothing there unless the vendor changes its mind."""
    sandbox.control.knobs(bff_refusal=refusal)
    adapter = account(bff={"enabled": True, "auth": "bearer"})
    with pytest.raises(NeedsHuman, match=r"bff\.enabled"):
        adapter.push(FILE)
    assert sandbox.control.complaints() == []

    sandbox.control.knobs(bff_accepts_bearer=True)
    assert adapter.push(FILE).result is Result.DONE


@pytest.mark.parametrize(
    "state", ["deleted", "inactive", "expired", "unknown", "empty", "malformed", "sample"]
)
def test_c16_no_state_of_the_key_is_news_of_a_case(
    account: Account, sandbox: RunningSandbox, state: str
) -> None:
    """Each answers 404, and each needs a person."""
    adapter = account()
    sandbox.control.knobs(key_state=state)
    for record in ("4SBLcerskHznDAEc", f"order:{HASH}"):
        with pytest.raises(NeedsHuman):
            adapter.fetch(ExternalId(record))


@pytest.mark.parametrize("knob", ["fails", "fails_after_commit"])
def test_p1_an_order_that_may_be_stored_is_unknown(
    account: Account, sandbox: RunningSandbox, knob: str
) -> None:
    """The vendor's 500 has a code and doesn't say whether the order is there."""
    sandbox.control.knobs(order_insert=knob)
    wish = intend(PushKind.CREATE_ORDER, order_keys=KEYS)

    assert account().push(wish).result is Result.UNKNOWN


@pytest.mark.parametrize(
    "knobs",
    [
        {"missing_order": "exist_false"},
        {"missing_order": "404"},
        {"missing_order": "404", "not_found_status": 500},
        {"missing_order": "404", "error_body": "details"},
    ],
)
def test_p2_an_order_that_is_not_there_is_gone(
    account: Account, sandbox: RunningSandbox, knobs: dict[str, object]
) -> None:
    """Under all answers that the documents leave possible; and it can't be cancelled."""
    sandbox.control.knobs(**knobs)
    nowhere = ExternalId("order:nowhere")
    adapter = account(storno=True)
    reading = adapter.fetch(nowhere)
    (change,) = adapter.parse(observe(reading.form, reading.body, nowhere))

    assert change.subject is Subject.GONE
    assert adapter.push(intend(PushKind.CANCEL_ORDER, nowhere)).result is Result.REFUSED


def test_p1_the_order_carries_our_address(account: Account, sandbox: RunningSandbox) -> None:
    """What the desk would call is what the account lets in."""
    adapter = account(notification_url=HOOKS, notification_secret=HOOK_SECRET)
    made = adapter.push(intend(PushKind.CREATE_ORDER, order_keys=KEYS))
    told = cast("dict[str, list[dict[str, str]]]", sandbox.control.world()["bizkithub"])
    (url,) = {notice["url"] for notice in told["notifications"]}
    delivery = adapter.verify(url.removeprefix(f"{HOOKS}/"), {}, b"", NOW)

    assert delivery.external_id == made.alias
