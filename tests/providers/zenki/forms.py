"""What stands in a multipart request."""

from __future__ import annotations

import re
from typing import NamedTuple

import httpx


class Part(NamedTuple):
    """One part, as it was sent."""

    name: str
    filename: str | None
    kind: str | None
    content: bytes


def parts_of(request: httpx.Request) -> list[Part]:
    """The parts of a multipart request, in their order."""
    found = re.search(r"multipart/form-data; boundary=(\S+)", request.headers["content-type"])
    assert found is not None
    parts = []
    for piece in request.content.split(b"--" + found.group(1).encode())[1:-1]:
        head, _, content = piece.partition(b"\r\n\r\n")
        name = _in(head, rb'name="([^"]*)"')
        assert name is not None
        filename, kind = _in(head, rb'filename="([^"]*)"'), _in(head, rb"Content-Type: (\S+)")
        parts.append(Part(name, filename, kind, content.removesuffix(b"\r\n")))
    return parts


def _in(head: bytes, pattern: bytes) -> str | None:
    found = re.search(pattern, head)
    return None if found is None else found.group(1).decode()
