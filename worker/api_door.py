"""The door for the shop's own programs: files for complaints.  Closed without a token.

``POST /api/complaints/{number}/attachments?name=FILE`` with ``Authorization: Bearer TOKEN`` and
the file as its body: 201 with the name under which it was attached, 422 when it is no file that
is taken, 404 when there is no such complaint.
"""

from __future__ import annotations

import hmac
from functools import partial
from typing import TYPE_CHECKING

import structlog
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from complaints import operating
from complaints.files import LARGEST, FileRefused
from complaints.vocabulary import ComplaintNumber
from worker.doorman import (
    RETRY_SECONDS,
    Busy,
    ClientDisconnect,
    Gate,
    TooLarge,
    TooSlow,
    read_body,
)

if TYPE_CHECKING:
    from starlette.requests import Request

    from complaints.acts import AttachFile
    from complaints.flow import Deps
    from worker.settings import Settings

_CLOSE = {"connection": "close"}
_CHALLENGE = {"www-authenticate": 'Bearer realm="redress"'}

log = structlog.get_logger("redress.receiver")


class ApiDoor:
    """What a program with the token may do."""

    def __init__(self, deps: Deps, settings: Settings, gate: Gate) -> None:
        self._deps = deps
        self._gate = gate
        self._read_seconds = settings.receiver.read_seconds
        token = settings.receiver.api_token
        self._token = None if token is None else token.get_secret_value().encode()

    def routes(self) -> list[Route]:
        """One route."""
        path = "/api/complaints/{number}/attachments"
        return [Route(path, self.attach, methods=["POST"])]

    async def attach(self, request: Request) -> Response:
        """Attach a file to a complaint."""
        if self._token is None:
            return Response(status_code=404)
        given = request.headers.get("authorization", "").removeprefix("Bearer ").encode()
        if not hmac.compare_digest(given, self._token):
            return Response(status_code=401, headers=_CHALLENGE)
        try:
            body = await read_body(request, self._read_seconds, LARGEST)
            name = request.query_params.get("name", "")
            number = ComplaintNumber(request.path_params["number"])
            done = await self._gate.run(partial(self._keep, number, name, body))
        except TooLarge:
            return _said(413, f"the file has more than {LARGEST} bytes", _CLOSE)
        except (TooSlow, ClientDisconnect):
            return _said(408, "the body didn't come in time", _CLOSE)
        except FileRefused as refused:
            return _said(422, str(refused))
        except Busy:
            return _said(503, "busy", {"retry-after": str(RETRY_SECONDS)})
        if done is None:
            return _said(404, "there is no such complaint")
        log.info("receiver.attached", number=number, media_type=done.media_type)
        answer = {"number": number, "name": done.name, "sha256": done.digest}
        return JSONResponse(answer, status_code=201)

    def _keep(self, number: ComplaintNumber, name: str, body: bytes) -> AttachFile | None:
        case = self._deps.store.case(number)
        if case is None:
            return None
        return operating.attach(self._deps, case.shop, number, name, body, "api")


def _said(status: int, what: str, headers: dict[str, str] | None = None) -> Response:
    return JSONResponse({"error": what}, status_code=status, headers=headers)
