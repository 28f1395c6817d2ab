"""multipart/form-data as Zenki's POST /v1/api/disputes takes it."""

from __future__ import annotations

from dataclasses import dataclass, field

from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser, parse_options_header


class BadForm(ValueError):
    """The body is no well-formed multipart/form-data."""


@dataclass(slots=True)
class Part:
    """One part of the form; `filename` is None for a text field."""

    name: str = ""
    filename: str | None = None
    content_type: str | None = None
    content: bytes = b""
    headers: dict[bytes, bytes] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The content of a text field. Raises BadForm when it is no UTF-8."""
        try:
            return self.content.decode("utf-8")
        except UnicodeDecodeError as error:
            raise BadForm(f"part {self.name} is not UTF-8") from error


class _Collector:
    """Gathers what the parser calls out, part by part."""

    def __init__(self) -> None:
        self.parts: list[Part] = []
        self.ended = False
        self._part = Part()
        self._content = bytearray()
        self._name = bytearray()
        self._value = bytearray()

    def begin(self) -> None:
        self._part = Part()
        self._content = bytearray()

    def header_name(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def header_end(self) -> None:
        self._part.headers[bytes(self._name).lower()] = bytes(self._value)
        self._name = bytearray()
        self._value = bytearray()

    def data(self, data: bytes, start: int, end: int) -> None:
        self._content += data[start:end]

    def part_end(self) -> None:
        part = self._part
        kind, options = parse_options_header(part.headers.get(b"content-disposition"))
        if kind != b"form-data" or b"name" not in options:
            raise BadForm("a part has no Content-Disposition: form-data with a name")
        part.name = options[b"name"].decode("utf-8", "replace")
        if b"filename" in options:
            part.filename = options[b"filename"].decode("utf-8", "replace")
        declared = part.headers.get(b"content-type")
        part.content_type = declared.decode("latin-1") if declared is not None else None
        part.content = bytes(self._content)
        self.parts.append(part)

    def end(self) -> None:
        self.ended = True


def parse(content_type: str, body: bytes) -> list[Part]:
    """The parts in their order. Raises BadForm without a boundary or with a body cut short."""
    kind, options = parse_options_header(content_type)
    boundary = options.get(b"boundary")
    if kind != b"multipart/form-data" or not boundary:
        raise BadForm("the Content-Type names no boundary")
    collector = _Collector()
    try:
        parser = MultipartParser(
            boundary,
            {
                "on_part_begin": collector.begin,
                "on_header_field": collector.header_name,
                "on_header_value": collector.header_value,
                "on_header_end": collector.header_end,
                "on_part_data": collector.data,
                "on_part_end": collector.part_end,
                "on_end": collector.end,
            },
        )
        parser.write(body)
        parser.finalize()
    except MultipartParseError as error:
        raise BadForm(str(error)) from error
    if not collector.ended:
        raise BadForm("the closing boundary is missing")
    return collector.parts
