"""The calls of the chat: raise a complaint, ask how one stands, ask about an order.

The number that the customer hears is committed before it is said, and a question is answered
from our own store alone.  Every answer but 401 and 404 is in the chat's own envelope, and
comes in time: the middleware gives up after five seconds.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import partial
from math import ceil
from time import monotonic
from typing import TYPE_CHECKING, TypeVar

import structlog
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from complaints import flow
from complaints.ports import Rejected
from complaints.vocabulary import AccountName, ComplaintNumber
from providers import chat
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
    from collections.abc import Callable

    from starlette.requests import Request

    from complaints.flow import Deps
    from worker.settings import Settings

T = TypeVar("T")

ANSWER_SECONDS = 1.2
"""How long a customer waits for our store; below the two seconds that we promise."""

_CLOSE = {"connection": "close"}
_CHALLENGE = {"www-authenticate": 'Basic realm="redress", charset="UTF-8"'}
_MINUTE = 60.0
_REFUSED = "refused deliveries"

log = structlog.get_logger("redress.receiver")


class ChatDoor:
    """The chat accounts of the settings, each behind ``/chat/{account}``."""

    def __init__(self, deps: Deps, settings: Settings, gate: Gate) -> None:
        self._deps = deps
        # The customer waits for our store, and not for a broker that may hang.
        self._unhurried = replace(deps, nudge=_nothing)
        self._gate = gate
        self._read_seconds = settings.receiver.read_seconds
        self._rate = Rate(settings.receiver.tracks_per_minute, _MINUTE)
        self._asked: set[asyncio.Task[object]] = set()
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
            await self._count_refusal(account)
            answer = Response(status_code=401, headers=_CHALLENGE)
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
        try:
            body = await read_body(request, self._read_seconds)
        except TooLarge:
            refused = chat.ChatRefused(413, "too_large", "the body is larger than 1 MiB")
            return "too large", _error(refused, block, _CLOSE)
        except (TooSlow, ClientDisconnect):
            refused = chat.ChatRefused(408, "too_slow", "the body didn't come in time")
            return "too slow", _error(refused, block, _CLOSE)
        path = request.path_params["path"]
        try:
            operation = chat.operation_of(path, body, bare_path=block.bare_path)
            if operation is None:
                return "unknown", Response(status_code=404)
            reply = await self._serve(operation, account, block, body)
        except chat.ChatRefused as refused:
            return refused.code, _error(refused, block)
        except Exception as error:  # noqa: BLE001 - whatever it was, it goes no further
            log.error("receiver.not_stored", account=account, error=type(error).__name__)  # noqa: TRY400 - a traceback could hold what the customer wrote
            return "not stored", _error(_unavailable(), block)
        return operation, JSONResponse(reply)

    async def _serve(
        self,
        operation: chat.Operation,
        account: AccountName,
        block: chat.ChatSettings,
        body: bytes,
    ) -> dict[str, object]:
        match operation:
            case chat.Operation.RAISE:
                return await self._raise(account, block, body)
            case chat.Operation.TRACK:
                return await self._track(account, block, body)
            case _:
                return await self._tell_order(operation, account, block, body)

    async def _raise(
        self, account: AccountName, block: chat.ChatSettings, body: bytes
    ) -> dict[str, object]:
        request = chat.read_raise(body)
        key = chat.request_key(account, request)
        take = partial(
            flow.intake,
            self._unhurried,
            account,
            key,
            request.person.raiser,
            chat.RAISE,
            body,
            block.window,
        )
        # One that is too late for the customer is kept all the same: a repeat gets its number.
        taken = await self._in_time(take, request.language)
        self._begin(partial(self._deps.nudge, "reconcile"))
        return chat.reply_raise(request, taken.number, block.phrases)

    async def _track(
        self, account: AccountName, block: chat.ChatSettings, body: bytes
    ) -> dict[str, object]:
        request = chat.read_track(body)
        self._limit(account, request)
        number = ComplaintNumber(request.number)
        ask = partial(flow.track, self._deps, account, request.person.raiser, number)
        tracked = await self._in_time(ask, request.language)
        if tracked is None:
            return chat.reply_track(request, None, phrases=block.phrases)
        return chat.reply_track(request, tracked.status, tracked.outcome, block.phrases)

    async def _tell_order(
        self,
        operation: chat.Operation,
        account: AccountName,
        block: chat.ChatSettings,
        body: bytes,
    ) -> dict[str, object]:
        request = chat.read_order(body, operation)
        self._limit(account, request)
        # Anybody can say in the chat to be anybody, unless the shop vouches for its bot.
        asker = request.person.email if block.uid_is_email else ""
        state = None
        if asker and request.order_id is not None:
            ask = partial(flow.ask_order, self._deps, account, request.order_id, asker)
            state = await self._in_time(ask, request.language)
        return chat.reply_order(request, state, block.phrases)

    def _limit(self, account: AccountName, request: chat.TrackRequest | chat.OrderRequest) -> None:
        """Let one user ask so often a minute: numbers are short.  Raises ChatRefused (429)."""
        wait = self._rate.wait(f"{account}/{request.person.raiser}", monotonic())
        if wait > 0:
            detail = "too many questions of one user"
            raise chat.ChatRefused(429, "too_many", detail, request.language, wait)

    async def _in_time(self, call: Callable[[], T], language: str) -> T:
        """What our store says.  Raises ChatRefused (503) when it takes too long.

        The call goes on then, and holds its place at the gate until it has ended.
        """
        asked = self._begin(call)
        done, _ = await asyncio.wait({asked}, timeout=ANSWER_SECONDS)
        if not done:
            raise _unavailable(language)
        try:
            return asked.result()
        except Busy:
            raise _unavailable(language) from None

    def _begin(self, call: Callable[[], T]) -> asyncio.Task[T]:
        asked = asyncio.create_task(self._gate.run(call))
        self._asked.add(asked)
        asked.add_done_callback(self._ended)
        return asked

    async def _count_refusal(self, account: AccountName) -> None:
        count = partial(self._deps.store.count, account, _REFUSED)
        try:
            await self._in_time(count, "")
        except Exception as error:  # noqa: BLE001 - the sender must hear 401 all the same
            log.warning("receiver.not_counted", account=account, error=type(error).__name__)

    def _ended(self, asked: asyncio.Task[object]) -> None:
        self._asked.discard(asked)
        if not asked.cancelled():
            # Looked at, so that a late one's isn't reported as forgotten.
            asked.exception()


def _nothing(_step: str) -> None:
    """Take the place of a nudge that is sent later."""


async def refused(deps: Deps, gate: Gate, account: AccountName) -> Response:
    """Count a delivery that wasn't authentic and keep nothing else: 401 without a word."""
    try:
        await gate.run(partial(deps.store.count, account, _REFUSED))
    except Exception as error:  # noqa: BLE001 - the sender must hear 401 all the same
        log.warning("receiver.not_counted", account=account, error=type(error).__name__)
    return Response(status_code=401)


def _unavailable(language: str = "") -> chat.ChatRefused:
    return chat.ChatRefused(503, "unavailable", "try again", language, RETRY_SECONDS)


def _error(
    refused: chat.ChatRefused, block: chat.ChatSettings, headers: dict[str, str] | None = None
) -> Response:
    status, reply = chat.reply_error(refused, block.phrases)
    wait = {} if refused.wait is None else {"retry-after": str(ceil(refused.wait))}
    return JSONResponse(reply, status_code=status, headers={**wait, **(headers or {})})
