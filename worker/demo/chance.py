"""Chance that is a pure function of a seed and a name, so that a world repeats itself exactly."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import TypeVar

_T = TypeVar("_T")
_BITS = 64


def draw(seed: int, *name: str) -> int:
    """A number in [0, 2**64) that depends on nothing but the seed and the name."""
    text = "\x1f".join((str(seed), *name))
    return int.from_bytes(sha256(text.encode("utf-8", "surrogatepass")).digest()[: _BITS // 8])


def share(seed: int, *name: str) -> float:
    """A number in [0, 1)."""
    return (draw(seed, *name) >> 11) / (1 << (_BITS - 11))


def below(limit: int, seed: int, *name: str) -> int:
    """A whole number in [0, limit).  ``limit`` is at least 1."""
    return draw(seed, *name) % limit


def between(first: int, last: int, seed: int, *name: str) -> int:
    """A whole number from ``first`` to ``last``, both included."""
    return first + below(last - first + 1, seed, *name)


def choose(options: Sequence[_T], seed: int, *name: str) -> _T:
    """One of the options."""
    return options[below(len(options), seed, *name)]
