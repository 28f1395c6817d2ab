"""JSON as the providers put it on the wire: money as numbers, without float noise."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from json.encoder import encode_basestring

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")

_PLAIN_DIGITS = 60


class BadJson(ValueError):
    """The text is no JSON document that a provider would read."""


def _no_constant(name: str) -> object:
    raise BadJson(f"{name} is no JSON number")


def loads(text: bytes | str) -> object:
    """Parse strict JSON; fractions become Decimal. Raises BadJson on anything else."""
    try:
        decoded = text.decode("utf-8") if isinstance(text, bytes) else text
        parsed: object = json.loads(decoded, parse_float=Decimal, parse_constant=_no_constant)
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise BadJson(str(error)) from error
    return parsed


def number(value: Decimal) -> str:
    """Write a Decimal as a JavaScript server would: 1290.00 is 1290, 1290.50 is 1290.5."""
    if abs(value.adjusted()) > _PLAIN_DIGITS:
        return str(value)
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def dumps(value: object) -> str:
    """Write JSON without spaces; Decimal becomes a plain number, text keeps its own letters."""
    if isinstance(value, str):
        return encode_basestring(value)
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Decimal):
        return number(value)
    return _dump_container(value)


def _dump_container(value: object) -> str:
    if isinstance(value, Mapping):
        members = [
            f"{encode_basestring(str(name))}:{dumps(member)}" for name, member in value.items()
        ]
        return "{" + ",".join(members) + "}"
    if isinstance(value, Sequence):
        return "[" + ",".join([dumps(member) for member in value]) + "]"
    if isinstance(value, float):
        return repr(value)
    raise TypeError(f"a {type(value).__name__} has no JSON form here")


def dump_bytes(value: object) -> bytes:
    """Write JSON as UTF-8 bytes; a lone surrogate, which UTF-8 cannot carry, is escaped."""
    text = dumps(value)
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError:
        return _LONE_SURROGATE.sub(lambda hit: f"\\u{ord(hit[0]):04x}", text).encode("utf-8")
