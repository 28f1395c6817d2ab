"""What is wrong with a settings file, told so that a person can mend it at once."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

KeyPath = tuple[str, ...]


@dataclass(frozen=True)
class Place:
    """Where a key stands in a file.  Both count from 1."""

    line: int
    column: int


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong, and its cure.  Holds no secret: values are never quoted."""

    file: str
    key: str
    what: str
    cure: str
    place: Place | None = None

    def where(self) -> str:
        """File, line and column as editors read them."""
        if self.place is None:
            return self.file
        return f"{self.file}:{self.place.line}:{self.place.column}"

    def __str__(self) -> str:
        name = f" {self.key}" if self.key else ""
        return f"{self.where()}{name}: {self.what}; {self.cure}"


class SettingsFault(Exception):
    """The settings can't be used.  ``faults`` lists everything that is wrong, in file order."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))


_TOKEN = re.compile(
    r"""
      (?P<comment>\#[^\n]*)
    | (?P<string>\"\"\"(?:\\.|[^\\])*?\"{3,5}|'''.*?'{3,5}|"(?:\\.|[^"\\\n])*"|'[^'\n]*')
    | (?P<newline>\n)
    | (?P<space>[ \t\r]+)
    | (?P<mark>[\[\]{}=,.])
    | (?P<bare>[^\s\[\]{}=,.\#"']+)
    """,
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    place: Place

    def is_mark(self, text: str) -> bool:
        return self.kind == "mark" and self.text == text


def _tokens(text: str) -> list[_Token]:
    """Cut valid TOML into tokens; blanks and comments mean nothing to us."""
    found = []
    line, begin = 1, 0
    for match in _TOKEN.finditer(text):
        kind = str(match.lastgroup)
        if kind not in {"comment", "space"}:
            place = Place(line, match.start() - begin + 1)
            found.append(_Token(kind, match.group(), place))
        breaks = match.group().count("\n")
        if breaks:
            line += breaks
            begin = match.start() + match.group().rindex("\n") + 1
    return found


class _Scan:
    """Walks over the tokens of valid TOML and notes where each key stands."""

    def __init__(self, text: str) -> None:
        self._tokens = _tokens(text)
        self._at = 0
        self.places: dict[KeyPath, Place] = {}

    def run(self) -> dict[KeyPath, Place]:
        table: KeyPath = ()
        while token := self._peek():
            if token.kind == "newline":
                self._at += 1
            elif token.is_mark("["):
                table = self._header(token.place)
            else:
                self._pair(table)
        return self.places

    def _peek(self) -> _Token | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def _note(self, before: KeyPath, parts: KeyPath, place: Place) -> KeyPath:
        for count in range(1, len(parts) + 1):
            self.places.setdefault(before + parts[:count], place)
        return before + parts

    def _key(self, end: str) -> KeyPath:
        parts: list[str] = []
        while (token := self._peek()) and not token.is_mark(end):
            if token.kind == "string":
                parts.append(str(tomllib.loads(f"key = {token.text}")["key"]))
            elif token.kind == "bare":
                parts.append(token.text)
            self._at += 1
        self._at += 1
        return tuple(parts)

    def _header(self, place: Place) -> KeyPath:
        name = self._key("]")
        while (token := self._peek()) and token.is_mark("]"):
            self._at += 1
        return self._note((), name, place)

    def _pair(self, table: KeyPath) -> None:
        first = self._peek()
        if first is None:
            return
        name = self._note(table, self._key("="), first.place)
        self._value(name)

    def _value(self, name: KeyPath) -> None:
        token = self._peek()
        if token is None:
            return
        if token.is_mark("["):
            self._inside(name, "]")
        elif token.is_mark("{"):
            self._inside(name, "}")
        else:
            while (token := self._peek()) and not self._ends(token):
                self._at += 1

    def _ends(self, token: _Token) -> bool:
        return token.kind == "newline" or (token.kind == "mark" and token.text in ",]}")

    def _inside(self, name: KeyPath, end: str) -> None:
        self._at += 1
        while (token := self._peek()) and not token.is_mark(end):
            if token.kind == "newline" or token.is_mark(","):
                self._at += 1
            elif end == "}":
                self._pair(name)
            else:
                self._value(name)
        self._at += 1


def places(text: str) -> dict[KeyPath, Place]:
    """Where each key and table of a valid TOML text stands first."""
    return _Scan(text.replace("\r\n", "\n")).run()


def nearest(known: Mapping[KeyPath, Place], path: KeyPath) -> Place | None:
    """The place of a key, else of the nearest table around it that the file names."""
    for count in range(len(path), 0, -1):
        if path[:count] in known:
            return known[path[:count]]
    return None


_SYNTAX = re.compile(r"\s*\(at line (\d+), column (\d+)\)$")
_SYNTAX_END = re.compile(r"\s*\(at end of document\)$")


def syntax_fault(file: str, text: str, error: tomllib.TOMLDecodeError) -> Fault:
    """The one fault of a text that is no TOML at all."""
    message = str(error)
    place = None
    if match := _SYNTAX.search(message):
        place = Place(int(match[1]), int(match[2]))
    elif _SYNTAX_END.search(message):
        lines = text.splitlines() or [""]
        place = Place(len(lines), len(lines[-1]) + 1)
    what = _SYNTAX_END.sub("", _SYNTAX.sub("", message))
    return Fault(
        file,
        "",
        f"is not valid TOML: {what[:1].lower()}{what[1:]}",
        "strings need quotes, and each key stands on a line of its own",
        place,
    )
