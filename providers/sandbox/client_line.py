"""The line on which control calls go to a sandbox, and how they are written."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import TracebackType
from typing import Self, cast
from urllib.parse import quote

import httpx

from providers.sandbox import codec

Document = dict[str, object]


class ControlRefused(Exception):
    """The sandbox answered a control request with an error; the text is its sentence."""


class ControlLine:
    """Speaks to /_sim; `url` is the sandbox's.

    `transport` leads to a sandbox that is reached otherwise than by a socket. Raises
    ControlRefused when the sandbox refuses, httpx errors when it can't be reached.
    """

    def __init__(
        self, url: str, *, timeout_s: float = 60, transport: httpx.BaseTransport | None = None
    ) -> None:
        self.url = url.rstrip("/")
        self._http = httpx.Client(
            base_url=f"{self.url}/_sim", timeout=timeout_s, trust_env=False, transport=transport
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def call(self, method: str, path: str, body: object = None) -> object:
        """Make one control call; returns its JSON with exact amounts."""
        content = None if body is None else codec.dump_bytes(_wire(body))
        answer = self._http.request(
            method, path, content=content, headers={"Content-Type": "application/json"}
        )
        document = codec.loads(answer.content)
        if answer.status_code != httpx.codes.OK:
            detail = document.get("error") if isinstance(document, dict) else document
            raise ControlRefused(str(detail))
        return document

    def post(self, path: str, body: object) -> Document:
        """Make a control call that answers an object."""
        return cast("Document", self.call("POST", path, body))


def given(**members: object) -> Document:
    """The members that were given."""
    return {name: value for name, value in members.items() if value is not None}


def segment(name: str) -> str:
    """An id as one segment of a path."""
    return quote(name, safe="")


def _wire(value: object) -> object:
    """Times become ISO text; everything else stays."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {name: _wire(member) for name, member in value.items()}
    if isinstance(value, list | tuple):
        return [_wire(member) for member in value]
    return value
