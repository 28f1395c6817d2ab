"""Ids that providers give, derived from the ids of the rows so that they never change."""

from __future__ import annotations

from hashlib import sha256

_LENGTH = 32
_DIGITS = 10


def digest(kind: str, *name: object) -> str:
    """32 letters and digits that stand for a thing of this kind, as order hashes look."""
    text = "\x1f".join((kind, *map(str, name)))
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_LENGTH]


def number(name: str, taken: set[str]) -> str:
    """An order number of ten digits that is not among those taken, and is from now on."""
    value = int(digest("number", name), 16)
    while (found := f"{value % 10**_DIGITS:0{_DIGITS}d}") in taken:
        value += 1
    taken.add(found)
    return found
