"""Plays a middleware that hosts the two endpoints itself, for shops that are its client.

Nothing of this direction is documented but the two calls: a container with the number, prose on
how a complaint stands, HTTP Basic, a fresh responseId for each reply, and no list of any kind.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from pydantic import AwareDatetime

from providers.sandbox import chat_reply
from providers.sandbox.acts import Act
from providers.sandbox.chat_body import BASE, RAISE, TRACK
from providers.sandbox.chat_host_reading import Call, Refused, check_basic, read
from providers.sandbox.clock import iso
from providers.sandbox.exchange import Answer, BadRequest, Request, as_json
from providers.sandbox.stage import Stage

State = Literal["received", "in_review", "waiting", "resolved", "rejected", "closed"]

_WINDOW = timedelta(minutes=15)
_FIRST_NUMBER = 40001
_SENTENCES: dict[State, str] = {
    "received": "Complaint {id} has been received.",
    "in_review": "Complaint {id} is in review. We expect an answer within two working days.",
    "waiting": "Complaint {id} waits for an answer from you.",
    "resolved": "Complaint {id} is resolved.",
    "rejected": "Complaint {id} was looked into and could not be upheld.",
    "closed": "Complaint {id} is closed.",
}
_NOT_FOUND = "We could not find complaint {id}."
_CHALLENGE = ((b"www-authenticate", b'Basic realm="chat"'),)


@dataclass(slots=True)
class HostedComplaint:
    """A complaint that was raised here."""

    id: str
    channel: str
    uid: str
    order_id: str | None
    text: str | None
    category: str | None
    at: datetime
    state: State = "received"


@dataclass(slots=True)
class Hosted:
    """All that this middleware holds."""

    complaints: dict[str, HostedComplaint] = field(default_factory=dict)
    duplicates: int = 0

    def view(self) -> list[dict[str, object]]:
        """The complaints for the control API."""
        return [
            {
                "id": complaint.id,
                "channel": complaint.channel,
                "uid": complaint.uid,
                "order_id": complaint.order_id,
                "text": complaint.text,
                "category": complaint.category,
                "state": complaint.state,
                "at": iso(complaint.at),
            }
            for complaint in self.complaints.values()
        ]


class HostedStatus(Act):
    """The middleware's people move a complaint."""

    state: State
    at: AwareDatetime


class ChatHost:
    """Answers the shop's calls with `answer`; the knob `chat_hosts` opens the mount."""

    def __init__(self, stage: Stage, state: Hosted | None = None) -> None:
        self._stage = stage
        self.state = state if state is not None else Hosted()

    def answer(self, request: Request) -> Answer:
        """Answer one call; any other path is not found."""
        act = self._route(request)
        if act is None:
            return self._refusal(Refused(404, "not_found", "there is no such operation"))
        config = self._stage.config
        try:
            check_basic(request, config.chat_username, config.chat_password)
            return act(read(request))
        except Refused as refused:
            return self._refusal(refused)

    def move(self, number: str, act: HostedStatus) -> HostedComplaint:
        """Set a complaint's state. Raises BadRequest when there is none of that number."""
        complaint = self.state.complaints.get(number)
        if complaint is None:
            raise BadRequest(f"there is no hosted complaint {number}")
        complaint.state = act.state
        return complaint

    def _route(self, request: Request) -> Callable[[Call], Answer] | None:
        if request.method != "POST":
            return None
        match request.path:
            case path if path == RAISE:
                return self._raise
            case path if path == TRACK:
                return self._track
            case path if path == BASE and self._stage.knobs.chat_host_bare_path:
                return self._dispatch
        return None

    def _dispatch(self, call: Call) -> Answer:
        """The superseded bare path goes by the interestType."""
        if call.operation is None:
            raise Refused(422, "unknown_interest", "the interestType names no operation")
        return self._raise(call) if call.operation == "raise" else self._track(call)

    def _raise(self, call: Call) -> Answer:
        now = self._stage.clock.now()
        earlier = self._earlier(call, now)
        if earlier is not None and self._stage.knobs.chat_host_repeats == "same":
            return self._promise(earlier, committed=False)
        if earlier is not None:
            self.state.duplicates += 1
        complaint = HostedComplaint(
            str(_FIRST_NUMBER + len(self.state.complaints)),
            call.channel,
            call.uid,
            call.order_id,
            call.text,
            call.category,
            now,
        )
        self.state.complaints[complaint.id] = complaint
        return self._promise(complaint, committed=True)

    def _earlier(self, call: Call, now: datetime) -> HostedComplaint | None:
        meant = (call.channel, call.uid, call.order_id, call.text)
        for complaint in self.state.complaints.values():
            same = (complaint.channel, complaint.uid, complaint.order_id, complaint.text) == meant
            if same and now - complaint.at < _WINDOW:
                return complaint
        return None

    def _promise(self, complaint: HostedComplaint, *, committed: bool) -> Answer:
        attributes = {} if complaint.order_id is None else {"orderId": complaint.order_id}
        attributes |= {"complaintId": complaint.id}
        if complaint.category is not None:
            attributes |= {"Category": self._category(complaint.category)}
        sentence = f"Thank you, your complaint is noted. Its number is {complaint.id}."
        if complaint.text is None:
            sentence += " Please tell us what is wrong."
        reply = chat_reply.container_reply(self._stage, sentence, attributes)
        return as_json(200, reply, committed=committed)

    def _category(self, sent: str) -> str:
        if self._stage.knobs.chat_host_category == "plural" and sent == "product-related":
            return "products-related"
        return sent

    def _track(self, call: Call) -> Answer:
        complaint = self.state.complaints.get(call.complaint_id or "")
        asker = (call.channel, call.uid)
        sentence = _NOT_FOUND
        if complaint is not None and (complaint.channel, complaint.uid) == asker:
            sentence = _SENTENCES[complaint.state]
        spoken = sentence.format(id=call.complaint_id or "without a number")
        return as_json(200, chat_reply.text_reply(self._stage, spoken))

    def _refusal(self, refused: Refused) -> Answer:
        return refusal(self._stage, refused.status, refused.code, refused.detail)


def refusal(stage: Stage, status: int, code: str, detail: str) -> Answer:
    """An error in the envelope, so that a tolerant peer can still speak it."""
    reply = chat_reply.error_reply(stage, code, detail, "Sorry, we could not do that.")
    answer = as_json(status, reply)
    return answer.with_headers(_CHALLENGE) if status == 401 else answer  # noqa: PLR2004
