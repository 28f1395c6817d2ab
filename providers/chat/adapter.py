"""The chat-bot account: it is called, never calls, and is never read."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from typing import TYPE_CHECKING, Final

from complaints.model import (
    AccountName,
    Capability,
    Change,
    Claim,
    ExternalId,
    Observation,
    OrderKey,
    OrderSpace,
    PushKind,
    Result,
    Status,
    Subject,
)
from complaints.ports import (
    Ability,
    Delivery,
    Intent,
    NeedsHuman,
    Reading,
    Receipt,
    Rejected,
    able,
)
from providers.chat.envelope import ChatRefused, RaiseRequest, operation_of, read_raise

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from providers.chat.settings import ChatSettings

RAISE: Final = "raise"

_COVERS: Final = frozenset(Status) - {Status.UNKNOWN}
"""That a complaint was raised agrees with whatever became of it."""


class Chat:
    """One bot of one shop."""

    name: Final = "chat"

    def __init__(self, account: AccountName, settings: ChatSettings) -> None:
        self.account: Final = account
        self.abilities: Final = _ABILITIES
        self.capabilities: Final = able(_ABILITIES)
        self._settings = settings
        self._logins = tuple(
            f"{login.username}:{login.password.get_secret_value()}".encode()
            for login in settings.logins
        )

    def cost(self, kind: PushKind | None = None) -> int:  # noqa: ARG002 - the Protocol's
        """Nothing is ever sent to it."""
        return 0

    def check(self) -> str:
        """Nothing to ask: the bot calls us."""
        return "it calls us; nothing here can tell whether it would"

    def close(self) -> None:
        """Nothing is held open."""

    def verify(
        self,
        path: str,
        headers: Mapping[str, str],
        body: bytes,
        now: datetime,  # noqa: ARG002
    ) -> Delivery:
        """Check HTTP Basic.  The form is the operation, ``raise`` or ``track``.

        The middleware numbers nothing: ``delivery_id`` is made of path and body alone and is
        no key of a complaint; that is `request_key`.
        """
        self.authenticate(headers)
        form = operation_of(path, body, bare_path=self._settings.bare_path)
        if form is None:
            raise Rejected("no such chat call")
        digest = hashlib.sha256(f"{form}\n".encode() + body).hexdigest()
        return Delivery(delivery_id=digest, form=form)

    def authenticate(self, headers: Mapping[str, str]) -> None:
        """Check HTTP Basic alone, in constant time.  Raises Rejected."""
        scheme, _, encoded = headers.get("authorization", "").partition(" ")
        try:
            given = base64.b64decode(encoded.strip(), validate=True)
        except (binascii.Error, ValueError):
            given = b""
        good = False
        for login in self._logins:
            # No early exit, and digests, so that time tells neither which nor how long.
            good = hmac.compare_digest(_digest(login), _digest(given)) or good
        if not good or scheme.casefold() != "basic":
            raise Rejected("wrong user name or password")

    def parse(self, observation: Observation) -> tuple[Change, ...]:
        """Translate a raise request; a track request changes nothing."""
        if observation.form != RAISE:
            return (_unreadable(observation, "a form that the chat adapter doesn't know"),)
        try:
            request = read_raise(observation.body)
        except ChatRefused as refused:
            return (_unreadable(observation, refused.code),)
        number = observation.number
        external_id = observation.external_id or (ExternalId(number) if number else None)
        change = Change(
            subject=Subject.COMPLAINT,
            external_id=external_id,
            order_keys=tuple(
                OrderKey(space=OrderSpace.NUMBER, value=value)
                for value in (request.order_id,)
                if value
            ),
            reference=number,
            word="raised",
            status=Status.NEW,
            covers=_COVERS,
            claim=claim_of(request),
            warnings=request.warnings,
        )
        return (change,)

    def fetch(self, external_id: ExternalId) -> Reading:  # noqa: ARG002 - the Protocol's
        """Refuse: the chat has no read-back."""
        raise NeedsHuman("the chat can't be read; it only calls us")

    def push(self, intent: Intent) -> Receipt:
        """Report that nothing can be sent: the chat is answered when it asks."""
        return Receipt(result=Result.UNSUPPORTED, detail=f"the chat takes no {intent.kind}")


_NO_CALL: Final = "it calls us and takes no calls"
_ABILITIES: Final = {
    capability: Ability(able=True)
    if capability is Capability.WEBHOOK
    else Ability(able=False, why=_NO_CALL)
    for capability in Capability
}


def claim_of(request: RaiseRequest) -> Claim:
    """What the customer said, as the pipeline keeps it."""
    person = request.person
    name = " ".join(part for part in (person.first_name, person.last_name) if part)
    return Claim(
        text=request.text,
        category=request.category,
        name=name or person.username,
        channel=person.channel,
        raiser=person.raiser,
        language=request.language,
    )


def _unreadable(observation: Observation, reason: str) -> Change:
    return Change(subject=Subject.UNREADABLE, external_id=observation.external_id, reason=reason)


def _digest(value: bytes) -> bytes:
    return hashlib.sha256(value).digest()
