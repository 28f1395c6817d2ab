"""Plays the chat platform against a host that serves its calls raise and track.

For shops whose middleware is the host, and for whoever wants to try a host out: our own
receiver is one.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, NamedTuple

from pydantic import Field

from complaints.model import Record
from providers.chat.operations import RAISE_PATH, TRACK_PATH
from providers.chat.places import child, words
from providers.chat.wire import ChatRequest, ConversationRequest, EntityInfo, UserInfo
from providers.codec import UnreadableError, dumps, identifier, loads
from providers.http import Answer, Fate, compose, exchange

if TYPE_CHECKING:
    import httpx
    from pydantic import SecretStr

    from providers.chat.envelope import Person

_RAISE_LABEL: Final = "productComplaint"
_TRACK_LABEL: Final = "trackComplaint"


class HostReply(Record):
    """What a host answered.  ``attributes`` are by their names in small letters."""

    kind: str = ""
    """Its ``responseType`` in small letters: a hint, for it needn't agree with the blocks."""
    text: str = ""
    """For the customer's ears; no number and no status is ever read out of it."""
    attributes: Mapping[str, str] = Field(default_factory=dict)
    error: str = ""
    """Code of a refusal, where the host sends one."""

    @property
    def complaint_id(self) -> str | None:
        """The number that was given.  None: nothing was taken."""
        return identifier(self.attributes.get("complaintid"))


class Heard(NamedTuple):
    """One answer: what it means, and what it says (None: nothing in the chat's envelope)."""

    answer: Answer
    reply: HostReply | None

    @property
    def fate(self) -> Fate:
        """As the table of `providers.http`, but a path that isn't there is a wrong address."""
        return Fate.HUMAN if self.answer.status == 404 else self.answer.fate  # noqa: PLR2004 - HTTP's own


class ChatHost:
    """A host of the chat's calls, at the address of its client.  Never raises."""

    def __init__(self, client: httpx.Client, username: str, password: SecretStr) -> None:
        self._client = client
        login = f"{username}:{password.get_secret_value()}".encode()
        self._headers = {
            "Authorization": f"Basic {base64.b64encode(login).decode()}",
            "Content-Type": "application/json",
        }

    def raise_complaint(
        self,
        person: Person,
        text: str = "",
        *,
        order_id: str | None = None,
        category: str = "",
        language: str = "en",
    ) -> Heard:
        """POST raiseComplaintsAgainstOrder, once.  What is empty is left out."""
        entity = EntityInfo(
            order_id=order_id, problem_statment=text or None, category=category or None
        )
        return self._ask(RAISE_PATH, person, _RAISE_LABEL, entity, language)

    def track(
        self,
        person: Person,
        complaint_id: str,
        *,
        order_id: str | None = None,
        language: str = "en",
    ) -> Heard:
        """POST getComplaintsTrackingDetails: a sentence about a complaint of this person's."""
        entity = EntityInfo(order_id=order_id, complaint_id=complaint_id)
        return self._ask(TRACK_PATH, person, _TRACK_LABEL, entity, language)

    def _ask(
        self, path: str, person: Person, label: str, entity: EntityInfo, language: str
    ) -> Heard:
        user = UserInfo(
            first_name=person.first_name or None,
            last_name=person.last_name or None,
            uid=person.uid,
            username=person.username or None,
        )
        conversation = ConversationRequest(channel=person.channel, user_info=user)
        request = ChatRequest.of(conversation, label, entity, language)
        answer = exchange(
            self._client,
            compose(
                self._client,
                "POST",
                path,
                headers=self._headers,
                content=dumps(request.document()),
            ),
        )
        return Heard(answer, read_reply(answer.body))


def read_reply(body: bytes) -> HostReply | None:
    """Read an answer with or without its outer ``response``.  None: it is none of the chat's.

    The keys that are there decide; unknown ones are ignored.  Of two attributes with the same
    name the first one counts.
    """
    try:
        document = loads(body)
    except UnreadableError:
        return None
    if not isinstance(document, dict):
        return None
    inner = document.get("response")
    envelope = inner if isinstance(inner, dict) else document
    messages = envelope.get("responseMessages")
    if not isinstance(messages, list):
        return None
    text = ""
    attributes: dict[str, str] = {}
    for message in messages:
        for block in message.values() if isinstance(message, dict) else ():
            if isinstance(block, dict):
                text = text or words(block.get("responseText"))
                _collect(block.get("attributes"), attributes)
    return HostReply(
        kind=words(envelope.get("responseType")).strip().casefold(),
        text=text,
        attributes=attributes,
        error=words(child(document, "error").get("code")),
    )


def _collect(rows: object, attributes: dict[str, str]) -> None:
    for row in rows if isinstance(rows, list) else ():
        if isinstance(row, dict) and (name := words(row.get("name")).strip()):
            attributes.setdefault(name.casefold(), words(row.get("value")))
