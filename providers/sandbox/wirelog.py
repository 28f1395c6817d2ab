"""The wire log: one JSON line for each request to a provider API, with the provider's answer."""

from __future__ import annotations

import re
from collections import deque
from pathlib import Path
from typing import NamedTuple
from urllib.parse import parse_qsl

from providers.sandbox import codec, multipart
from providers.sandbox.exchange import HAL_JSON, JSON, Account, Answer, Request

REDACTED = "[redacted]"
_SECRETS = frozenset(
    {
        "apiKey",
        "client_secret",
        "clientSecret",
        "password",
        "accessToken",
        "access_token",
        "refreshToken",
        "refresh_token",
    }
)
# The name may be percent-encoded by a client that means to hide it; then all values go.
_SECRET_QUERY = re.compile(r"((?:^|&)(?:apiKey|[^=&]*%[^=&]*)=)[^&]*")
_REMEMBERED = 60
_TOKEN_PATHS = ("/auth/", "/v1/oauth/tokens")


def redact(document: object) -> object:
    """The same document with the values of its top-level secrets hidden."""
    if isinstance(document, dict) and not _SECRETS.isdisjoint(document):
        return {name: REDACTED if name in _SECRETS else value for name, value in document.items()}
    return document


class Seen(NamedTuple):
    """What is remembered of a request for the page; `query` is as it came, with its secrets."""

    number: int
    account: Account
    method: str
    path: str
    query: str
    status: int | None
    fault: str | None
    committed: bool


class WireLog:
    """Collects lines in memory; `flush` appends them to the file. Without a file it only counts."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.count = 0
        self.recent: deque[Seen] = deque(maxlen=_REMEMBERED)
        self._lines: list[bytes] = []

    def add(
        self,
        account: Account,
        request: Request,
        answer: Answer | None,
        *,
        fault: str | None = None,
        committed: bool = False,
    ) -> None:
        """Note one request and what was sent back; no answer means that the line was cut."""
        self.count += 1
        status = None if answer is None else answer.status
        self.recent.append(
            Seen(
                self.count,
                account,
                request.method,
                request.path,
                request.query_string,
                status,
                fault,
                committed,
            )
        )
        if self.path is None:
            return
        line = (
            f'{{"n":{self.count},"account":"{account}","method":{codec.dumps(request.method)},'
            f'"path":{codec.dumps(request.path)},"query":{codec.dumps(redact_query(request.query_string))},'
            f'"request":{codec.dumps(_body(request)) if request.body else "null"},'
            f'"status":{"null" if answer is None else answer.status},'
            f'"response":{_response(request, answer)},"fault":{codec.dumps(fault)},'
            f'"committed":{codec.dumps(committed)},'
            f'"outcome":"{"cut" if answer is None else "answered"}"}}\n'
        )
        self._lines.append(line.encode(errors="backslashreplace"))

    def flush(self) -> None:
        """Write what was collected; the file is complete up to the last answered request."""
        if self.path is None or not self._lines:
            return
        lines, self._lines = self._lines, []
        with self.path.open("ab") as file:
            file.write(b"".join(lines))


def redact_query(query: str) -> str:
    """The same query without the key, wherever and however it is written."""
    return _SECRET_QUERY.sub(rf"\1{REDACTED}", query)


def _body(request: Request) -> object:
    """The request's body as its media type tells to read it, as text when it can't be read so."""
    try:
        if request.media_type == "multipart/form-data":
            return [_part(part) for part in request.form]
        if request.media_type == "application/x-www-form-urlencoded":
            return redact(dict(parse_qsl(request.body.decode("utf-8"), keep_blank_values=True)))
        return redact(request.document)
    except (multipart.BadForm, ValueError):
        return request.body.decode("utf-8", "replace")


def _part(part: multipart.Part) -> dict[str, object]:
    if part.filename is None:
        return {"name": part.name, "value": part.content.decode("utf-8", "replace")}
    return {
        "name": part.name,
        "filename": part.filename,
        "content_type": part.content_type,
        "bytes": len(part.content),
    }


def _response(request: Request, answer: Answer | None) -> str:
    """The answer as a JSON value: a JSON answer as it is, anything else as a string."""
    if answer is None:
        return "null"
    text = answer.body.decode("utf-8", "replace")
    if answer.content_type not in {JSON, HAL_JSON}:
        return codec.dumps(text)
    if request.path in _TOKEN_PATHS:
        return codec.dumps(redact(codec.loads(text)))
    return text
