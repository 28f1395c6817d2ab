"""Plays the chat middleware: calls our receiver as it would, and deviates where asked to."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import datetime

import httpx

from providers.sandbox import chat_reply, codec
from providers.sandbox.chat_body import Ask, Caller, Raise, Track, content_of, path_of
from providers.sandbox.chat_variants import applied
from providers.sandbox.clock import iso
from providers.sandbox.exchange import BadRequest
from providers.sandbox.outbound import Outbound
from providers.sandbox.stage import Stage


@dataclass(slots=True)
class ChatComplaint:
    """A complaint as the person remembers it; several `numbers` are one too many."""

    uid: str
    channel: str | None
    order_id: str | None
    text: str | None
    category: str | None
    status: int | None
    complaint_id: str | None
    at: datetime
    numbers: list[str] = field(default_factory=list)


@dataclass(slots=True)
class ChatLog:
    """All that was raised in the chat."""

    complaints: list[ChatComplaint] = field(default_factory=list)

    def view(self) -> list[dict[str, object]]:
        """The complaints for the control API."""
        return [
            {
                "uid": complaint.uid,
                "channel": complaint.channel,
                "order_id": complaint.order_id,
                "text": complaint.text,
                "category": complaint.category,
                "status": complaint.status,
                "complaint_id": complaint.complaint_id,
                "numbers": complaint.numbers,
                "at": iso(complaint.at),
            }
            for complaint in self.complaints
        ]


@dataclass(frozen=True, slots=True)
class Said:
    """What came back on one call: no status when no answer came in time."""

    status: int | None
    answer: object

    @property
    def number(self) -> str | None:
        """The complaint number that a 200 promises."""
        if self.status != httpx.codes.OK:
            return None
        return chat_reply.attribute(self.answer, "complaintId")

    @property
    def sentence(self) -> str | None:
        """What the bot would say."""
        return chat_reply.spoken(self.answer)


class ChatPlayer:
    """Sends requests and remembers what was promised to the person."""

    def __init__(self, stage: Stage, outbound: Outbound, log: ChatLog | None = None) -> None:
        self._stage = stage
        self._outbound = outbound
        self.log = log if log is not None else ChatLog()

    async def raise_complaint(self, act: Raise) -> dict[str, object]:
        """A person complains; what counts is the first answer that holds a number."""
        sent = applied(act)
        replies = await self.call(sent)
        best = next((said for said in replies if said.number is not None), replies[-1])
        numbers = sorted({said.number for said in replies if said.number is not None})
        self.log.complaints.append(
            ChatComplaint(
                str(sent.uid),
                sent.channel,
                None if sent.order_id is None else str(sent.order_id),
                sent.text,
                sent.category,
                best.status,
                best.number,
                self._stage.clock.now(),
                numbers,
            )
        )
        return {
            "status": best.status,
            "complaint_id": best.number,
            "body": best.answer,
            "statuses": [said.status for said in replies],
            "numbers": numbers,
        }

    async def track(self, act: Track) -> dict[str, object]:
        """A person asks how a complaint stands; the answer is prose."""
        return await self._asked(act)

    async def ask(self, act: Ask) -> dict[str, object]:
        """A person asks about an order, or wants it cancelled; the answer is prose."""
        return await self._asked(act)

    async def _asked(self, act: Caller) -> dict[str, object]:
        replies = await self.call(applied(act))
        last = replies[-1]
        return {
            "status": last.status,
            "text": last.sentence,
            "body": last.answer,
            "statuses": [said.status for said in replies],
        }

    async def call(self, act: Caller) -> list[Said]:
        """Every answer to the act's copies and repeats, in the order of sending.

        Raises BadRequest when no receiver is configured.
        """
        if self._stage.config.chat_url is None:
            raise BadRequest("chat_url isn't set, so there is no receiver to call")
        if act.at_once:
            both = await asyncio.gather(*[self._patiently(act) for _ in range(act.copies)])
        else:
            both = [await self._patiently(act) for _ in range(act.copies)]
        return [said for replies in both for said in replies]

    async def _patiently(self, act: Caller) -> list[Said]:
        """One call, and its repeats as long as no answer comes in time."""
        replies = [await self._post(act)]
        while replies[-1].status is None and len(replies) <= act.asks_again:
            replies.append(await self._post(act))
        return replies

    async def _post(self, act: Caller) -> Said:
        config = self._stage.config
        password = config.chat_password if act.password is None else act.password
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        auth = httpx.Auth()  # adds nothing
        if act.auth == "basic":
            auth = httpx.BasicAuth(config.chat_username, password)
        elif act.auth == "headers":
            headers |= {"username": config.chat_username, "password": password}
        try:
            answer = await self._outbound.client.post(
                (config.chat_url or "").rstrip("/") + path_of(act),
                content=content_of(act),
                headers=headers,
                auth=auth,
                timeout=act.timeout_s or self._stage.knobs.chat_timeout_s,
            )
        except (httpx.HTTPError, httpx.InvalidURL):
            return Said(None, None)
        try:
            return Said(answer.status_code, codec.loads(answer.content))
        except codec.BadJson:
            return Said(answer.status_code, answer.text)
