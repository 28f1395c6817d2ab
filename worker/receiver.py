"""The HTTP mouth: verify, store, commit, answer, nudge.  No provider is called from here.

One port serves the providers' webhooks, the chat and the health of this process:

=====================================  =====================================================
``POST /hooks/{account}/...``          a provider's webhook: 200 once it is stored
``POST /chat/{account}/api/rest/...``  the chat raises a complaint or asks about one
``POST /api/complaints/...``           the shop's own programs, with a token
``GET /health/live``                   this process answers
``GET /health/ready``                  database, schema and beat are fit: 200, else 503
=====================================  =====================================================

Whatever isn't here is 404 without a hint, and no answer ever holds a traceback.
"""

from __future__ import annotations

from functools import partial
from time import monotonic
from typing import TYPE_CHECKING

import structlog
from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from complaints import flow
from complaints.ports import Rejected
from complaints.vocabulary import AccountName
from providers.chat import Chat
from worker.api_door import ApiDoor
from worker.chat_door import ChatDoor, refused
from worker.doorman import (
    RETRY_SECONDS,
    Busy,
    ClientDisconnect,
    Gate,
    Hardened,
    TooLarge,
    TooSlow,
    read_body,
)

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import ASGIApp

    from complaints.flow import Deps
    from worker.settings import Settings

_QUEUE_SECONDS = 2.0
_BEAT_AGE_SECONDS = 180.0
_CLOSE = {"connection": "close"}

log = structlog.get_logger("redress.receiver")


def create(deps: Deps, settings: Settings) -> ASGIApp:
    """The application.  ``deps`` must be this process's own."""
    gate = Gate(settings.receiver.threads, _QUEUE_SECONDS)
    hooks = _Hooks(deps, gate, settings.receiver.read_seconds)
    chat = ChatDoor(deps, settings, gate)
    patience = max(_BEAT_AGE_SECONDS, 3 * settings.sweep.seconds)
    app = Starlette(
        routes=[
            Route("/hooks/{account}", hooks.receive, methods=["POST"]),
            Route("/hooks/{account}/{rest:path}", hooks.receive, methods=["POST"]),
            *chat.routes(),
            *ApiDoor(deps, settings, gate).routes(),
            Route("/health/live", _live, methods=["GET"]),
            Route("/health/ready", partial(_ready, deps, gate, patience), methods=["GET"]),
        ],
        exception_handlers={404: _nothing_here, 405: _nothing_here, Exception: _broken},
    )
    app.router.redirect_slashes = False
    return Hardened(app)


async def _nothing_here(_request: Request, _error: Exception) -> Response:
    return Response(status_code=404)


async def _broken(_request: Request, error: Exception) -> Response:
    log.error("receiver.broken", error=type(error).__name__)
    return come_again()


def come_again() -> Response:
    """Nothing was stored: the sender must send it once more."""
    return Response(status_code=503, headers={"retry-after": str(RETRY_SECONDS)})


class _Hooks:
    """Webhooks of the providers."""

    def __init__(self, deps: Deps, gate: Gate, read_seconds: float) -> None:
        self._deps = deps
        self._gate = gate
        self._read_seconds = read_seconds

    async def receive(self, request: Request) -> Response:
        """Keep one delivery.  What is stored is answered 200, however unreadable it is."""
        begun = monotonic()
        account = AccountName(request.path_params["account"])
        provider = self._deps.providers.get(account)
        if provider is None or isinstance(provider, Chat):
            # What the chat sends is answered with a number: that is a door of its own.
            return Response(status_code=404)
        outcome, answer = await self._answer(request, account)
        log.info(
            "receiver.hook",
            account=account,
            outcome=outcome,
            status=answer.status_code,
            ms=round((monotonic() - begun) * 1000),
        )
        return answer

    async def _answer(self, request: Request, account: AccountName) -> tuple[str, Response]:
        try:
            body = await read_body(request, self._read_seconds)
        except TooLarge:
            return "too large", Response(status_code=413, headers=_CLOSE)
        except (TooSlow, ClientDisconnect):
            return "too slow", Response(status_code=408, headers=_CLOSE)
        path = request.path_params.get("rest", "")
        headers = dict(request.headers)
        receive = partial(flow.receive, self._deps, account, path, headers, body)
        try:
            received = await self._gate.run(receive)
        except Rejected:
            return "rejected", await refused(self._deps, self._gate, account)
        except flow.UnknownAccount:
            return "unknown", Response(status_code=404)
        except Busy:
            return "busy", come_again()
        except Exception as error:  # noqa: BLE001 - whatever it was, the sender must come again
            log.error("receiver.not_stored", account=account, error=type(error).__name__)  # noqa: TRY400 - a traceback could hold the body
            return "not stored", come_again()
        return ("stored" if received.fresh else "known"), Response(status_code=200)


async def _live(_request: Request) -> Response:
    return JSONResponse({"status": "live"})


async def _ready(deps: Deps, gate: Gate, patience: float, _request: Request) -> Response:
    try:
        reasons = await gate.run(partial(_unfit, deps, patience))
    except Busy:
        reasons = ["all threads are busy"]
    if reasons:
        return JSONResponse({"status": "unfit", "reasons": reasons}, status_code=503)
    return JSONResponse({"status": "ready"})


def _unfit(deps: Deps, patience: float) -> list[str]:
    """Why this process can't do its work; empty when it can."""
    try:
        if not deps.store.schema_is_current():
            return ["the database has another schema: run `redress migrate`"]
        age = deps.store.accounts.tick_age()
    except Exception as error:  # noqa: BLE001 - whatever the driver raises means the same here
        log.warning("receiver.unfit", error=type(error).__name__)
        return ["the database can't be reached"]
    if age is None:
        return ["the schedule has never run: start `redress up` or celery beat"]
    if age > patience:
        return [f"the schedule ran last {round(age)} seconds ago"]
    return []
