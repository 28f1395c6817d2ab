"""A desk that answers as Paperdesk would: over HTTP, or in place of a client's transport."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

TOKEN = "paper-and-pencil"


@dataclass
class Desk:
    """Some cases by their id, and what was asked."""

    cases: dict[str, dict[str, Any]] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)

    def file(self, text: str, **more: str) -> str:
        """Somebody files a case; returns its id."""
        case = f"K-{len(self.cases) + 1}"
        self.cases[case] = {"case": case, "state": "received", "text": text, **more}
        return case

    def answer(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[int, Mapping[str, Any]]:
        """Status and document of one request."""
        self.asked.append((method, path))
        if headers.get("authorization") != f"Bearer {TOKEN}":
            return 401, {"error": "no such token"}
        match method, path.strip("/").split("/"):
            case "GET", ["desk"]:
                return 200, {"name": "Paperdesk"}
            case "POST", ["cases"]:
                return 201, self.cases[self.file(**json.loads(body))]
            case "GET", ["cases", case] if case in self.cases:
                return 200, self.cases[case]
            case "PUT", ["cases", case, "state"] if case in self.cases:
                self.cases[case]["state"] = json.loads(body)["state"]
                return 200, self.cases[case]
        return 404, {"error": "no such case"}

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """As the transport of a client."""
        status, document = self.answer(
            request.method, request.url.path, request.headers, request.read()
        )
        return httpx.Response(status, json=document)

    @property
    def app(self) -> Starlette:
        """As a server."""

        async def serve(request: Request) -> Response:
            status, document = self.answer(
                request.method, request.url.path, request.headers, await request.body()
            )
            return Response(json.dumps(document), status, media_type="application/json")

        return Starlette(routes=[Route("/{path:path}", serve, methods=["GET", "POST", "PUT"])])
