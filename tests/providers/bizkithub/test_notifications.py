"""What BizKitHub POSTs to an order's notificationUrl: a hint, let in by the address alone."""

from __future__ import annotations

from datetime import timedelta

import pytest

from complaints.model import Change
from complaints.ports import Rejected
from complaints.vocabulary import Capability, PushKind, Subject
from providers.bizkithub import BizKitHub
from providers.bizkithub.notifications import NOTIFICATION
from tests.providers.bizkithub.samples import (
    HASH,
    HOOK_SECRET,
    HOOKS,
    created,
    desk,
)
from tests.providers.wire import NOW, Script, intend, observe

ON = {"notification_url": HOOKS, "notification_secret": HOOK_SECRET}
DRAFT = {"customer": {"email": "eva@example.org"}, "items": [{"label": "Lamp", "price": 0}]}


def hooked(key: str = "create_order:40817", **own: object) -> tuple[BizKitHub, str, str]:
    """An account that created an order: the path that the vendor was given, and the alias."""
    script = Script([created()])
    adapter = desk(script, **{**ON, **own})
    receipt = adapter.push(intend(PushKind.CREATE_ORDER, key=key, draft=DRAFT))
    url = str(script.sent()["notificationUrl"])
    assert url.startswith(f"{HOOKS}/")
    return adapter, url.removeprefix(f"{HOOKS}/"), receipt.alias


@pytest.mark.parametrize(
    "body", [b"", b"{}", b'{"hash":"x"}', b"hash=x&orderNumber=26000412", b"\xff\x00<"]
)
def test_p1_a_notification_is_a_hint_whatever_it_says(body: bytes) -> None:
    """JSON, a form or nothing: the order is read again under the name that its push was given."""
    adapter, path, alias = hooked()
    delivery = adapter.verify(path, {}, body, NOW)
    changes = adapter.parse(observe(delivery.form, body, delivery.external_id))

    assert (delivery.form, delivery.external_id) == (NOTIFICATION, alias)
    assert changes == (Change(subject=Subject.HINT, alias=alias),)


def test_p1_each_notification_is_one_of_its_own() -> None:
    """Told twice is news twice; the same arrival is recognised."""
    adapter, path, _ = hooked()
    first = adapter.verify(path, {}, b"{}", NOW)
    names = {
        first.delivery_id,
        adapter.verify(path, {}, b"{}", NOW + timedelta(milliseconds=1)).delivery_id,
        adapter.verify(path, {}, b"paid", NOW).delivery_id,
        adapter.verify(hooked("another")[1], {}, b"{}", NOW).delivery_id,
    }

    assert len(names) == 4
    assert adapter.verify(path, {}, b"{}", NOW) == first


@pytest.mark.parametrize("trailing", ["", "/"])
def test_p1_the_address_follows_from_the_intent(trailing: str) -> None:
    """A worker that takes over gives the same one; another intent has another."""
    _, path, alias = hooked(notification_url=HOOKS + trailing)

    assert hooked()[1:] == (path, alias)
    assert hooked("another")[1:] != (path, alias)
    assert alias == f"notify:{path[:16]}"
    assert HASH not in path


def test_p1_a_forged_token_is_rejected() -> None:
    """One letter off, another's secret, a part of it, something behind it, upper case."""
    adapter, path, _ = hooked()
    turned = "0" if path[-1] != "0" else "1"
    forged = [
        path[:-1] + turned,
        turned + path[1:],
        hooked(notification_secret="another secret of ours")[1],
        path[:-1],
        path + "/",
        path + "\n",
        path.upper(),
        path.replace(".", "/"),
        f"x/{path}",
        path.partition(".")[0],
        "",
        "é" * 49,
    ]
    for token in forged:
        with pytest.raises(Rejected) as verdict:
            adapter.verify(token, {}, b"", NOW)
        assert not token or token.strip() not in str(verdict.value)


@pytest.mark.parametrize(
    ("own", "switch"),
    [
        ({}, "notification_url"),
        ({"notification_secret": HOOK_SECRET}, "notification_url"),
        ({"notification_url": HOOKS}, "notification_secret"),
        (ON, ""),
    ],
)
def test_p1_notifications_need_an_address_and_a_secret(own: dict[str, str], switch: str) -> None:
    """Without both nothing is let in and no order is given an address; the missing key is told."""
    path = hooked()[1]
    script = Script([created()])
    adapter = desk(script, **own)
    ability = adapter.abilities[Capability.WEBHOOK]
    receipt = adapter.push(intend(PushKind.CREATE_ORDER, draft=DRAFT))

    assert (ability.able, ability.switch) == (not switch, switch)
    assert ("notificationUrl" in script.sent()) == bool(receipt.alias) == ability.able
    if switch:
        with pytest.raises(Rejected):
            adapter.verify(path, {}, b"", NOW)
