"""BizKitHub's account in the sandbox, for the conformance suite."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from complaints.model import OrderKey
from complaints.ports import Intent, Provider
from complaints.vocabulary import ExternalId, OrderSpace, PushKind, Status, Subject
from providers.sandbox.client import SandboxControl
from providers.sandbox.config import DEMO_KEY
from tests.providers.bizkithub.samples import HASH, HOOK_SECRET, HOOKS, ORDER
from tests.providers.sandbox.people import order
from tests.providers.specimen import CUSTOMER, Deed, Scene
from tests.providers.wire import NOW, intend

_CLAIM = {
    "text": CUSTOMER.text,
    "name": CUSTOMER.name,
    "email": CUSTOMER.email,
    "phone": CUSTOMER.phone,
    "amount": "1290.50",
    "currency": "CZK",
    "bank": {"country": "CZ", "number": CUSTOMER.account, "symbol": "26000412"},
}
_CUSTOMER = {
    "email": CUSTOMER.email,
    "firstName": CUSTOMER.first_name,
    "lastName": CUSTOMER.last_name,
    "phone": CUSTOMER.phone,
}
_DRAFT = {"customer": _CUSTOMER, "items": [{"label": "Desk lamp, oak", "price": 1290, "count": 1}]}
_KEYS = (OrderKey(space=OrderSpace.HASH, value=HASH),)


def _settings(control: SandboxControl, hooks: str) -> Mapping[str, object]:
    return {
        "base_url": control.bizkithub_url,
        "api_key": DEMO_KEY,
        "environment": "sandbox",
        "storno": True,
        "notification_url": hooks.rstrip("/") or HOOKS,
        "notification_secret": HOOK_SECRET,
        "send_phone": True,
        "send_amount": True,
        "send_refund_fields": True,
    }


def _lay(control: SandboxControl, _hooks: str) -> None:
    theirs = {
        "email": CUSTOMER.email,
        "first_name": CUSTOMER.first_name,
        "last_name": CUSTOMER.last_name,
    }
    control.place_order(order(HASH) | theirs)


def _records(control: SandboxControl) -> Mapping[ExternalId, Subject]:
    return {
        ExternalId(_filed(control)): Subject.COMPLAINT,
        ORDER: Subject.ORDER,
        ExternalId("nowhere"): Subject.GONE,
        ExternalId("order:nowhere"): Subject.GONE,
    }


def _filed(control: SandboxControl) -> str:
    """A complaint that staff have filed."""
    return control.file_complaint(
        variant="reklamace",
        description="The base is cracked.",
        customer_name=CUSTOMER.name,
        at=NOW,
        email=CUSTOMER.email,
        order_hash=HASH,
    )


def _opening(control: SandboxControl, _account: Provider) -> Intent:
    return intend(PushKind.SET_STATUS, _filed(control), target=Status.OPEN, seen="new")


def _opened(control: SandboxControl, intent: Intent) -> int:
    """Each set-status adds an event, the same word twice as well."""
    (seen,) = [one for one in control.complaints() if one["id"] == intent.external_id]
    events = cast("list[dict[str, object]]", seen["events"])
    return sum(event["status"] == "open" for event in events)


def _orders(control: SandboxControl, _intent: Intent) -> int:
    desk = cast("dict[str, dict[str, object]]", control.world()["bizkithub"])
    return len(desk["orders"])


def _cancelled(control: SandboxControl, _intent: Intent) -> int:
    lines = cast("list[dict[str, object]]", control.desk_order(HASH)["items"])
    return sum(bool(line["cancelled"]) for line in lines)


def _send(control: SandboxControl, account: Provider) -> int:
    """A new order reports its creation, and that it was paid."""
    made = account.push(intend(PushKind.CREATE_ORDER, draft=_DRAFT))
    assert made.external_id is not None
    control.mark_order_paid(made.external_id.removeprefix("order:"), NOW)
    return 2


SCENE = Scene(
    account="bizkithub",
    mount="/hooks/cz-test/",
    settings=_settings,
    lay=_lay,
    secrets=(DEMO_KEY, HOOK_SECRET),
    send=_send,
    records=_records,
    deeds={
        PushKind.CREATE: Deed(
            "POST",
            "/complaint/create",
            lambda _control, _account: intend(PushKind.CREATE, claim=_CLAIM, order_keys=_KEYS),
            lambda control, _intent: len(control.complaints()),
        ),
        PushKind.SET_STATUS: Deed("POST", "/complaint/set-status", _opening, _opened),
        PushKind.CREATE_ORDER: Deed(
            "POST",
            "/order/create",
            lambda _control, _account: intend(PushKind.CREATE_ORDER, draft=_DRAFT),
            _orders,
        ),
        PushKind.CANCEL_ORDER: Deed(
            "POST",
            "/order/storno",
            lambda _control, _account: intend(PushKind.CANCEL_ORDER, ORDER),
            _cancelled,
        ),
    },
)
