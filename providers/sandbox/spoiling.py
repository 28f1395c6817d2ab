"""Carrying out a fault on one request, and noting in the wire log what it did."""

from __future__ import annotations

import time
from collections.abc import Callable

from providers.sandbox import bizkithub_errors, chat_host, codec, zenki_errors
from providers.sandbox.asgi import Line, cut, hangs_up, send_answer
from providers.sandbox.exchange import HTML, TEXT, Answer, Request
from providers.sandbox.faults import AFTER_WORK, TELL_A_WAIT, Fault
from providers.sandbox.wirelog import WireLog
from providers.sandbox.world import World

Handle = Callable[[Request], Answer]

ODD_WORD = "SOMETHING_NEW"
"""The word that no document lists."""

_PROXY_PAGE = b"<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"
_DEFAULT_WAIT = 1
_STATUS_NAMES = frozenset(
    {"status", "OrderDisputeEnum", "orderDisputeEnum", "onlinePaymentStatus"},
)
_DESK_CODES = {
    401: "INTERNAL_USER_MUST_BE_AUTHORIZED",
    403: "PERMISSION_MEMBER_HAS_NO_PERMISSION",
    429: "INTERNAL_TOO_MANY_REQUESTS",
    500: "INTERNAL_ERROR",
}


class Spoiler:
    """Lets requests fail in the ways that a plan or a rate asks for."""

    def __init__(self, world: World, wire: WireLog) -> None:
        self._world = world
        self._wire = wire

    async def spoil(self, fault: Fault, request: Request, handle: Handle, line: Line) -> None:
        """Do the work if the fault comes after it, then answer as the fault wants."""
        done = handle(request) if fault.kind in AFTER_WORK else None
        sent = await self._sent(fault, request, done, line)
        logged = sent
        if fault.kind == "truncated" and sent is not None:
            logged = Answer(sent.status, sent.body, TEXT)
        self._wire.add(
            fault.account,
            request,
            logged,
            fault=fault.kind,
            committed=done is not None and done.committed,
        )
        if sent is None:
            await cut(line.scope, line.receive, line.send)
        else:
            await send_answer(line.send, sent)

    async def _sent(
        self, fault: Fault, request: Request, done: Answer | None, line: Line
    ) -> Answer | None:
        """What the client gets, None when the line is cut."""
        match fault.kind:
            case "drop_before" | "drop_after_commit":
                return None
            case "slow":
                return await self._late(fault, request, done, line)
            case "truncated" if done is not None:
                return Answer(done.status, done.body[: len(done.body) // 2], done.content_type)
            case "unknown_word" if done is not None:
                return _with_odd_word(done)
            case "html":
                return Answer(502, _PROXY_PAGE, HTML)
            case "empty":
                return Answer(504, b"", TEXT)
        return self._refusal(fault, request)

    async def _late(
        self, fault: Fault, request: Request, done: Answer | None, line: Line
    ) -> Answer | None:
        until = time.monotonic() + fault.seconds
        self._world.hanging[id(request)] = (request.path, until)
        try:
            return None if await hangs_up(line.receive, fault.seconds) else done
        finally:
            del self._world.hanging[id(request)]

    def _refusal(self, fault: Fault, request: Request) -> Answer:
        """The provider's own words for that status."""
        if fault.kind.startswith("key_"):
            return bizkithub_errors.key_state_error(fault.kind.removeprefix("key_"))
        status, message = int(fault.kind[:3]), "The request failed."
        if fault.account == "bizkithub":
            answer = bizkithub_errors.error(status, _DESK_CODES[status], message)
        elif fault.account == "chat":
            answer = chat_host.refusal(self._world.stage, status, "fault", message)
        elif status == 401 and request.path == "/v1/api/disputes":  # noqa: PLR2004
            answer = zenki_errors.UNAUTHORIZED
        else:
            answer = zenki_errors.error(self._world.stage, status, message)
        wait = fault.retry_after
        if wait is None and fault.kind in TELL_A_WAIT:
            wait = _DEFAULT_WAIT
        if fault.kind == "429_in_body":
            return bizkithub_errors.told_to_wait(wait or 0)
        if wait is None:
            return answer
        return answer.with_headers(((b"retry-after", str(wait).encode()),))


def _with_odd_word(answer: Answer) -> Answer:
    """The same JSON with every status word replaced; what is no JSON stays."""
    try:
        document = codec.loads(answer.body)
    except codec.BadJson:
        return answer
    body = codec.dump_bytes(_replaced(document))
    return Answer(answer.status, body, answer.content_type, answer.committed, answer.headers)


def _replaced(document: object) -> object:
    if isinstance(document, dict):
        return {
            name: ODD_WORD if name in _STATUS_NAMES and isinstance(value, str) else _replaced(value)
            for name, value in document.items()
        }
    if isinstance(document, list):
        return [_replaced(element) for element in document]
    return document
