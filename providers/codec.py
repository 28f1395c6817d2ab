"""JSON of the wire, read strictly, and its loose fields, read tolerantly.

Strict: UTF-8, no NaN, no duplicate key, no text that a database can't store.  Numbers with a
fraction become Decimal and are never a float.
"""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from pydantic_core import core_schema

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler

ID_LIMIT = 128
"""Longest id that is believed; the longest one that any provider documents."""

_MAX_DIGITS = 15
_MAX_PLACES = 18

_DOUBTFUL = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")
"""Escapes that may stand for text which can't be stored: worth a look at every string."""

T = TypeVar("T")


class UnreadableError(ValueError):
    """The bytes are no document that we accept.  The text holds nothing of the document."""


def loads(body: bytes) -> object:
    """Parse strict JSON.  Raises UnreadableError and nothing else."""
    try:
        value: object = json.loads(
            body.decode("utf-8"),
            parse_float=Decimal,
            parse_constant=_refuse_constant,
            object_pairs_hook=_unique,
        )
    except UnreadableError:
        raise
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise UnreadableError(f"no JSON ({type(error).__name__})") from None
    if _DOUBTFUL.search(body) and not _storable(value):
        raise UnreadableError("text with a character that can't be stored")
    return value


def loads_object(body: bytes) -> dict[str, object]:
    """Parse strict JSON that must be an object.  Raises UnreadableError and nothing else."""
    value = loads(body)
    if not isinstance(value, dict):
        raise UnreadableError("no JSON object")
    return value


def dumps(value: object) -> bytes:
    """Write JSON; a Decimal becomes a number with its exact value, or ValueError."""
    return json.dumps(
        value, default=_number, ensure_ascii=False, allow_nan=False, separators=(",", ":")
    ).encode()


def money(value: object) -> Decimal | None:
    """An amount that books can hold, else None.  A display string is no amount."""
    if isinstance(value, bool) or not isinstance(value, (int, Decimal, str)):
        return None
    try:
        amount = Decimal(value)
    except (ValueError, ArithmeticError):
        return None
    if not amount.is_finite() or amount.adjusted() >= _MAX_DIGITS:
        return None
    exponent = amount.as_tuple().exponent
    if isinstance(exponent, int) and exponent < -_MAX_PLACES:
        return None
    # 12E+2 would be stored and shown in that odd form.
    return amount.quantize(Decimal(1)) if isinstance(exponent, int) and exponent > 0 else amount


def identifier(value: object) -> str | None:
    """An opaque id as text, leading zeros kept; None when there is none worth the name."""
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        return None
    try:
        text = str(value).strip()
    except ValueError:  # an int with thousands of digits
        return None
    return text if text and len(text) <= ID_LIMIT and text.isprintable() else None


class _OrNone:
    """Makes what doesn't validate None, without a call back into Python for each field."""

    def __get_pydantic_core_schema__(
        self,
        source: Any,  # noqa: ANN401 - pydantic
        handler: GetCoreSchemaHandler,
    ) -> core_schema.CoreSchema:
        return core_schema.with_default_schema(handler(source), default=None, on_error="default")


Loose = Annotated[T | None, _OrNone()]
"""A field of an answer that we don't depend on: of the wrong type, it is absent."""


def _refuse_constant(name: str) -> object:
    raise UnreadableError(f"{name} is no JSON number")


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise UnreadableError("an object with the same key twice")
    return value


def _storable(value: object) -> bool:
    """PostgreSQL holds neither NUL nor half a surrogate pair."""
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, str):
            if "\0" in item or not _encodes(item):
                return False
        elif isinstance(item, dict):
            waiting.extend(item.keys())
            waiting.extend(item.values())
        elif isinstance(item, list):
            waiting.extend(item)
    return True


def _encodes(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _number(value: object) -> int | float:
    if not isinstance(value, Decimal):
        raise TypeError(f"{type(value).__name__} has no JSON form")
    if not value.is_finite() or value.adjusted() > _MAX_DIGITS:
        raise ValueError("no amount that JSON carries exactly")
    if value == value.to_integral_value():
        return int(value)
    number = float(value)
    if Decimal(repr(number)) != value:
        raise ValueError("no amount that JSON carries exactly")
    return number
