"""The chat-bot account: it calls us, is never read, and takes complaints where it is the host."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from typing import TYPE_CHECKING, Final

from complaints.model import Change, Claim, Observation, OrderKey
from complaints.ports import Delivery, Intent, NeedsHuman, Reading, Receipt, Rejected, able
from complaints.vocabulary import (
    AccountName,
    ExternalId,
    OrderSpace,
    PushKind,
    Result,
    Status,
    Subject,
)
from providers.chat.abilities import abilities
from providers.chat.client import ChatHost, Heard
from providers.chat.envelope import (
    TEXT_LIMIT,
    UNKNOWN_CHANNEL,
    Person,
    RaiseRequest,
    read_raise,
)
from providers.chat.operations import operation_of
from providers.chat.places import ChatRefused
from providers.codec import identifier
from providers.http import Fate, settle

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    import httpx

    from providers.chat.settings import ChatSettings

RAISE: Final = "raise"
"""The form of a raise request."""

_AGAIN: Final = " after "
"""The store says ``raise after N`` of words that came as complaint N before the window."""

_COVERS: Final = frozenset(Status) - {Status.UNKNOWN}
"""That a complaint was raised agrees with whatever became of it."""

_CATEGORY: Final = {
    "product": "product-related",
    "order": "order-related",
    "account": "account-related",
}
"""The documented words; a category that is none of them isn't sent."""


class Chat:
    """One bot of one shop.  ``client`` leads to ``host_url``, if there is one."""

    name: Final = "chat"

    def __init__(
        self, account: AccountName, settings: ChatSettings, client: httpx.Client | None = None
    ) -> None:
        self.account: Final = account
        self.abilities: Final = abilities(settings)
        self.capabilities: Final = able(self.abilities)
        self._settings = settings
        self._client = client
        self._host: ChatHost | None = None
        if client is not None and settings.host_username and settings.host_password:
            self._host = ChatHost(client, settings.host_username, settings.host_password)
        self._logins = tuple(
            _digest(f"{login.username}:{login.password.get_secret_value()}".encode())
            for login in settings.logins
        )

    def cost(self, kind: PushKind | None = None) -> int:
        """One request to raise a complaint at the host; nothing else is ever sent."""
        return int(kind is PushKind.CREATE and self._host is not None)

    def check(self) -> str:
        """Ask the host, if there is one, about complaint 0, which nobody has.

        Raises Transient and NeedsHuman.
        """
        if self._host is None:
            return "it calls us; nothing here can tell whether it would"
        nobody = Person(channel=self._settings.host_channel, uid="redress")
        heard = self._host.track(nobody, "0")
        answer = heard.answer
        settle(heard.fate, f"host: {answer.note}", answer.wait, repeatable=True)
        if heard.fate is not Fate.OK or heard.reply is None:
            raise NeedsHuman(f"host: {answer.note}, not as the chat answers")
        return "the host takes our login; nothing here can tell whether it would call us"

    def close(self) -> None:
        """Let go of the connections."""
        if self._client is not None:
            self._client.close()

    def verify(
        self,
        path: str,
        headers: Mapping[str, str],
        body: bytes,
        now: datetime,  # noqa: ARG002
    ) -> Delivery:
        """Check HTTP Basic.  The form is the operation: ``raise``, ``track``, ...

        The middleware numbers nothing: ``delivery_id`` is made of path and body alone and is
        no key of a complaint; that is `request_key`.
        """
        self.authenticate(headers)
        try:
            form = operation_of(path, body, bare_path=self._settings.bare_path)
        except ChatRefused as refused:
            raise Rejected(refused.code) from None
        if form is None:
            raise Rejected("no such chat call")
        digest = hashlib.sha256(f"{form}\n".encode() + body).hexdigest()
        return Delivery(delivery_id=digest, form=form)

    def authenticate(self, headers: Mapping[str, str]) -> None:
        """Check the login alone, in constant time.  Raises Rejected.

        HTTP Basic; with ``bare_headers`` also headers called ``username`` and ``password``, as
        one line of the platform's landing page can be read.
        """
        given = [_basic(headers)]
        if self._settings.bare_headers:
            given.append(_bare(headers))
        good = False
        for login in self._logins:
            for one in given:
                # No early exit, and digests, so that time tells neither which nor how long.
                good = hmac.compare_digest(login, _digest(one)) or good
        if not good:
            raise Rejected("wrong user name or password")

    def parse(self, observation: Observation) -> tuple[Change, ...]:
        """Translate a raise request; the other calls change nothing and are never kept.

        Form ``raise after N``: the same words came before, outside the window, as complaint N.
        """
        form, _, before = observation.form.partition(_AGAIN)
        if form != RAISE:
            return (_unreadable(observation, "a form that the chat adapter doesn't know"),)
        try:
            request = read_raise(observation.body)
        except ChatRefused as refused:
            return (_unreadable(observation, refused.code),)
        number = observation.number
        external_id = observation.external_id or (ExternalId(number) if number else None)
        if external_id is not None and self._settings.host_url is not None:
            # The host counts too: its number is no name for a complaint that we took.
            external_id = ExternalId(f"own:{external_id}")
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
            warnings=(
                *request.warnings,
                *(f"related order {order}" for order in request.related_orders),
                *((f"possible duplicate of {before}",) if before else ()),
            ),
        )
        return (change,)

    def fetch(self, external_id: ExternalId) -> Reading:  # noqa: ARG002 - the Protocol's
        """Refuse: the chat has no read-back."""
        raise NeedsHuman("the chat can't be read; it only calls us")

    def push(self, intent: Intent) -> Receipt:
        """Raise a complaint at the host, once; anything else is unsupported.

        ``external_id`` is the host's ``complaintId``.  No call of the chat is repeatable: a
        lost answer is unknown, and nothing there can be looked up.
        """
        if intent.kind is not PushKind.CREATE or self._host is None:
            return Receipt(result=Result.UNSUPPORTED, detail=f"the chat takes no {intent.kind}")
        claim = intent.claim
        person = _speaker(claim, self._settings)
        if person is None:
            # It could never be told to anybody there, and we don't make users up.
            return Receipt(result=Result.REFUSED, detail="no chat user and no e-mail is known")
        numbers = (key.value for key in intent.order_keys if key.space is OrderSpace.NUMBER)
        languages = self._settings.host_languages
        text = claim.text or claim.title
        heard = self._host.raise_complaint(
            person,
            text[:TEXT_LIMIT],
            order_id=next(numbers, None),
            category=_CATEGORY.get(claim.category, ""),
            language=claim.language if claim.language in languages else languages[0],
        )
        return _judge(heard, f"text cut at {TEXT_LIMIT} characters" if text[TEXT_LIMIT:] else "")


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


def _speaker(claim: Claim, settings: ChatSettings) -> Person | None:
    """In whose name a complaint is raised: its chat user, else the e-mail's owner."""
    channel, _, said = claim.raiser.partition(":")
    uid = identifier(said) or identifier(claim.email)
    if uid is None:
        return None
    known = bool(said) and channel != UNKNOWN_CHANNEL
    return Person(
        channel=channel if known else settings.host_channel, uid=uid, first_name=claim.name
    )


def _judge(heard: Heard, detail: str) -> Receipt:
    """The verdict on a raise.  Raises Transient and NeedsHuman, each surely not done."""
    answer, reply, note = heard.answer, heard.reply, f"host: {heard.answer.note}"
    settle(heard.fate, note, answer.wait, repeatable=False)
    code = reply.error if reply else ""
    if re.fullmatch(r"[a-z_]{1,40}", code):
        note += f" {code}"
    if heard.fate is Fate.OK and reply is not None:
        found = reply.complaint_id
        if found is not None:
            return Receipt(result=Result.DONE, external_id=ExternalId(found), detail=detail)
        return Receipt(result=Result.REFUSED, detail=f"{note}, no complaintId")
    if heard.fate is Fate.REFUSED:
        return Receipt(result=Result.REFUSED, detail=note)
    # It may be there, and the chat offers no way to look for it.
    return Receipt(result=Result.UNKNOWN, detail=f"{note}, no answer of the chat's")


def _basic(headers: Mapping[str, str]) -> bytes:
    """The login of HTTP Basic; empty, which is nobody's, when there is none."""
    scheme, _, encoded = headers.get("authorization", "").partition(" ")
    try:
        given = base64.b64decode(encoded.strip(), validate=True)
    except (binascii.Error, ValueError):
        return b""
    return given if scheme.casefold() == "basic" else b""


def _bare(headers: Mapping[str, str]) -> bytes:
    """The login of two plain headers; empty when there is none."""
    username, password = headers.get("username", ""), headers.get("password", "")
    if ":" in username:
        return b""
    try:
        # Header values are handed over as Latin-1, whatever the sender's bytes meant.
        return f"{username}:{password}".encode("latin-1")
    except UnicodeEncodeError:
        return b""


def _unreadable(observation: Observation, reason: str) -> Change:
    return Change(subject=Subject.UNREADABLE, external_id=observation.external_id, reason=reason)


def _digest(value: bytes) -> bytes:
    return hashlib.sha256(value).digest()
