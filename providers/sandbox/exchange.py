"""One HTTP exchange as the provider's code sees it: a whole request in, a whole answer out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal
from urllib.parse import parse_qsl

from providers.sandbox import codec, multipart

Account = Literal["bizkithub", "zenki", "chat"]
Headers = tuple[tuple[bytes, bytes], ...]

JSON = "application/json"
HAL_JSON = "application/hal+json"
TEXT = "text/plain; charset=utf-8"
HTML = "text/html; charset=utf-8"


class BadRequest(Exception):
    """A control request makes no sense; its text is the sentence for the caller."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the provider says; `committed` is true when the request changed its state."""

    status: int
    body: bytes
    content_type: str = JSON
    committed: bool = False
    headers: Headers = ()

    def with_headers(self, more: Headers) -> Answer:
        """The same answer with more headers."""
        return replace(self, headers=self.headers + more)


def as_json(
    status: int, document: object, *, committed: bool = False, content_type: str = JSON
) -> Answer:
    """An answer with a JSON body."""
    return Answer(status, codec.dump_bytes(document), content_type, committed)


@dataclass(frozen=True)
class Request:
    """A request of a client; `path` has the account's mount already cut off."""

    method: str
    path: str
    query_string: str
    headers: Iterable[tuple[bytes, bytes]]
    body: bytes

    def header(self, name: bytes) -> str | None:
        """The first header of that lower-case name, None when it wasn't sent."""
        for key, value in self.headers:
            if key == name:
                return value.decode("latin-1")
        return None

    @cached_property
    def query(self) -> dict[str, str]:
        """Query parameters; of a repeated one the first counts."""
        found: dict[str, str] = {}
        for name, value in parse_qsl(self.query_string, keep_blank_values=True):
            found.setdefault(name, value)
        return found

    @cached_property
    def cookies(self) -> dict[str, str]:
        """The cookies of the request; of a repeated one the first counts."""
        found: dict[str, str] = {}
        for pair in (self.header(b"cookie") or "").split(";"):
            name, _, value = pair.partition("=")
            found.setdefault(name.strip(), value.strip())
        return found

    @cached_property
    def media_type(self) -> str:
        """The bare media type of the body in lower case, empty when none was declared."""
        declared = self.header(b"content-type") or ""
        return declared.partition(";")[0].strip().lower()

    @cached_property
    def document(self) -> object:
        """The body read as JSON. Raises codec.BadJson."""
        return codec.loads(self.body)

    @cached_property
    def form(self) -> list[multipart.Part]:
        """The body read as multipart/form-data. Raises multipart.BadForm."""
        return multipart.parse(self.header(b"content-type") or "", self.body)

    @property
    def bearer(self) -> str | None:
        """The token of an Authorization: Bearer header."""
        value = self.header(b"authorization")
        if value is None or value[:7].lower() != "bearer ":
            return None
        return value[7:].strip()
