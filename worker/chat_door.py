"""The two calls of the chat: raise a complaint, ask how one stands.

The number that the customer hears is committed before it is said, and a question is answered
from our own store alone.  Every answer but 401 and 404 is in the chat's own envelope.
"""

from __future__ import annotations

from functools import partial
from math import ceil
from time import monotonic
from typing import TYPE_CHECKING

import structlog
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from complaints import flow
from complaints.model import AccountName, ComplaintNumber
from complaints.ports import Rejected
from providers import chat
from providers.chat.adapter import RAISE
from worker.doorman import (
    RETRY_SECONDS,
    Busy,
    ClientDisconnect,
    Gate,
    Rate,
    TooLarge,
    TooSlow,
    read_body,
)

if TYPE_CHECKING:
    from starlette.requests import Request

    from complaints.flow import Deps
    from worker.settings import Settings

_CLOSE = {"connection": "close"}
_CHALLENGE = {"www-authenticate": 'Basic realm="redress", charset="UTF-8"'}
_MINUTE = 60.0

log = structlog.get_logger("redress.receiver")


class ChatDoor:
    """The chat accounts of the settings, each behind ``/chat/{account}``."""

    def __init__(self, deps: Deps, settings: Settings, gate: Gate) -> None:
        self._deps = deps
        self._gate = gate
        self._read_seconds = settings.receiver.read_seconds
        self._rate = Rate(settings.receiver.tracks_per_minute, _MINUTE)
        self._blocks = {
            name: account.block
            for name, account in settings.accounts.items()
            if isinstance(account.block, chat.ChatSettings)
        }

    def routes(self) -> list[Route]:
        """One route: which call it is the provider's own table of paths knows."""
        return [Route("/chat/{account}{path:path}", self.serve, methods=["POST"])]

    async def serve(self, request: Request) -> Response:
        """Answer one call of the middleware."""
        begun = monotonic()
        account = AccountName(request.path_params["account"])
        provider = self._deps.providers.get(account)
        block = self._blocks.get(account)
        if block is None or not isinstance(provider, chat.Chat):
            return Response(status_code=404)
        headers = dict(request.headers)
        try:
            provider.authenticate(headers)
        except Rejected:
            outcome = "rejected"
            answer = await refused(self._deps, self._gate, account, _CHALLENGE)
        else:
            outcome, answer = await self._answer(request, account, block)
        log.info(
            "receiver.chat",
            account=account,
            outcome=outcome,
            status=answer.status_code,
            ms=round((monotonic() - begun) * 1000),
        )
        return answer

    async def _answer(
        self, request: Request, account: AccountName, block: chat.ChatSettings
    ) -> tuple[str, Response]:
        language = block.default_language
        try:
            body = await read_body(request, self._read_seconds)
        except TooLarge:
            refused = chat.ChatRefused(413, "too_large", "the body is larger than 1 MiB")
            return "too large", _error(refused, language, _CLOSE)
        except (TooSlow, ClientDisconnect):
            refused = chat.ChatRefused(408, "too_slow", "the body didn't come in time")
            return "too slow", _error(refused, language, _CLOSE)
        path = request.path_params["path"]
        operation = chat.operation_of(path, body, bare_path=block.bare_path)
        if operation is None:
            return "unknown", Response(status_code=404)
        act = self._raise if operation == "raise" else self._track
        try:
            return operation, await act(account, block, body)
        except chat.ChatRefused as refused:
            return refused.code, _error(refused, language)
        except Busy:
            return "busy", _unavailable(language)
        except Exception as error:  # noqa: BLE001 - whatever it was, it goes no further
            log.error("receiver.not_stored", account=account, error=type(error).__name__)  # noqa: TRY400 - a traceback could hold what the customer wrote
            return "not stored", _unavailable(language)

    async def _raise(self, account: AccountName, block: chat.ChatSettings, body: bytes) -> Response:
        request = chat.read_raise(body)
        taken = await self._gate.run(
            partial(
                flow.intake,
                self._deps,
                account,
                chat.request_key(account, request),
                request.person.raiser,
                RAISE,
                body,
                block.window,
            )
        )
        return JSONResponse(chat.reply_raise(request, taken.number, block))

    async def _track(self, account: AccountName, block: chat.ChatSettings, body: bytes) -> Response:
        request = chat.read_track(body)
        raiser = request.person.raiser
        wait = self._rate.wait(f"{account}/{raiser}", monotonic())
        if wait > 0:
            refused = chat.ChatRefused(429, "too_many", "too many questions of one user")
            headers = {"retry-after": str(ceil(wait))}
            return _error(refused, block.default_language, headers)
        number = ComplaintNumber(request.number)
        tracked = await self._gate.run(partial(flow.track, self._deps, account, raiser, number))
        status = tracked.status if tracked is not None else None
        return JSONResponse(chat.reply_track(request, status, number, block))


async def refused(
    deps: Deps, gate: Gate, account: AccountName, headers: dict[str, str] | None = None
) -> Response:
    """Count a delivery that wasn't authentic and keep nothing else: 401 without a word."""
    try:
        await gate.run(partial(deps.store.count, account, "refused deliveries"))
    except Exception as error:  # noqa: BLE001 - the sender must hear 401 all the same
        log.warning("receiver.not_counted", account=account, error=type(error).__name__)
    return Response(status_code=401, headers=headers)


def _error(
    refused: chat.ChatRefused, language: str, headers: dict[str, str] | None = None
) -> Response:
    status, reply = chat.reply_error(refused, language)
    return JSONResponse(reply, status_code=status, headers=headers)


def _unavailable(language: str) -> Response:
    status, reply = chat.reply_error(None, language)
    return JSONResponse(reply, status_code=status, headers={"retry-after": str(RETRY_SECONDS)})
