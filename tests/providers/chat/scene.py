"""The chat's account in the sandbox, for the conformance suite: it calls us, and is a host."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from complaints.model import OrderKey
from complaints.ports import Intent, Provider
from complaints.vocabulary import OrderSpace, PushKind
from providers.sandbox.client import SandboxControl
from tests.providers.specimen import CUSTOMER, Deed, Scene
from tests.providers.wire import intend

_CLAIM = {
    "name": CUSTOMER.name,
    "email": CUSTOMER.email,
    "phone": CUSTOMER.phone,
    "text": CUSTOMER.text,
    "category": "product",
}
_KEYS = (OrderKey(space=OrderSpace.NUMBER, value="00591837"),)


def _settings(control: SandboxControl, _hooks: str) -> Mapping[str, object]:
    return {
        "username": "bot-demo",
        "password": "bot-secret-demo",
        "environment": "sandbox",
        "host_url": control.chat_url,
        "host_username": "bot-demo",
        "host_password": "bot-secret-demo",
    }


def _lay(control: SandboxControl, hooks: str) -> None:
    control.knobs(chat_hosts=True)
    if hooks:
        control.knobs(chat_url=hooks)


def _raise(control: SandboxControl, **more: object) -> None:
    control.raise_in_chat(
        CUSTOMER.email,
        CUSTOMER.text,
        order_id="00591837",
        first_name=CUSTOMER.first_name,
        last_name=CUSTOMER.last_name,
        **more,
    )


def _send(control: SandboxControl, _account: Provider) -> int:
    _raise(control, copies=2)
    return 2


def _forge(control: SandboxControl, _account: Provider) -> int:
    _raise(control, password="wrong")
    return 1


def _hosted(control: SandboxControl, _intent: Intent) -> int:
    chat = cast("dict[str, list[object]]", control.world()["chat"])
    return len(chat["hosted"])


SCENE = Scene(
    account="chat",
    mount="/chat/cz-test",
    settings=_settings,
    lay=_lay,
    secrets=("bot-secret-demo",),
    send=_send,
    forge=_forge,
    deeds={
        PushKind.CREATE: Deed(
            "POST",
            "/raiseComplaintsAgainstOrder",
            lambda _control, _account: intend(PushKind.CREATE, claim=_CLAIM, order_keys=_KEYS),
            _hosted,
        )
    },
)
