"""Checks of a JSON body against a table of fields, as strict as the providers' documents."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Literal

Kind = Literal[
    "string", "number", "integer", "boolean", "date-time", "object", "array", "tags", "id"
]

_DATE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
_MAX_TAGS = 200


@dataclass(frozen=True, slots=True)
class Member:
    """One documented field: its JSON kind, whether it must be there, and its limits.

    `members` describes an object's own fields or those of an array's elements; `of` the kind of
    plain array elements; `size` an exact and `longest` a greatest number of characters.
    """

    kind: Kind
    required: bool = False
    values: frozenset[str] | None = None
    size: int | None = None
    longest: int | None = None
    nullable: bool = False
    members: Mapping[str, Member] | None = None
    of: Kind | None = None


Shape = Mapping[str, Member]


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a field; `path` is a JSON pointer such as /items/0/label."""

    path: str
    message: str
    missing: bool = field(default=False)


def check(
    document: Mapping[str, object], shape: Shape, *, extra: str, at: str = ""
) -> list[Problem]:
    """List what is wrong with an object; unknown fields count only if `extra` is "reject"."""
    problems: list[Problem] = []
    for name, member in shape.items():
        path = f"{at}/{name}"
        if name not in document:
            if member.required:
                problems.append(Problem(path, "Required property", missing=True))
            continue
        problems.extend(_check_value(document[name], member, path, extra))
    if extra == "reject":
        problems.extend(
            Problem(f"{at}/{name}", "Unexpected property") for name in document if name not in shape
        )
    return problems


def _check_value(value: object, member: Member, path: str, extra: str) -> list[Problem]:
    if value is None and member.nullable:
        return []
    if not is_kind(value, member.kind):
        return [Problem(path, f"Expected {member.kind}")]
    if isinstance(value, str):
        return _check_text(value, member, path)
    if isinstance(value, dict) and member.members is not None:
        return check(value, member.members, extra=extra, at=path)
    if isinstance(value, list):
        return _check_elements(value, member, path, extra)
    return []


def _check_text(value: str, member: Member, path: str) -> list[Problem]:
    if member.values is not None and value not in member.values:
        return [Problem(path, "Expected one of " + ", ".join(sorted(member.values)))]
    if member.size is not None and len(value) != member.size:
        return [Problem(path, f"Expected string of length {member.size}")]
    if member.longest is not None and len(value) > member.longest:
        return [Problem(path, f"Expected string of at most {member.longest} characters")]
    return []


def _check_elements(value: list[object], member: Member, path: str, extra: str) -> list[Problem]:
    problems: list[Problem] = []
    for place, element in enumerate(value):
        where = f"{path}/{place}"
        if member.members is not None:
            if isinstance(element, dict):
                problems.extend(check(element, member.members, extra=extra, at=where))
            else:
                problems.append(Problem(where, "Expected object"))
        elif member.of is not None and not is_kind(element, member.of):
            problems.append(Problem(where, f"Expected {member.of}"))
    return problems


def is_kind(value: object, kind: Kind) -> bool:  # noqa: PLR0911  # one line per kind
    """Whether a parsed JSON value is of that kind; true and false are no numbers."""
    match kind:
        case "string":
            return isinstance(value, str)
        case "number":
            return isinstance(value, int | Decimal) and not isinstance(value, bool)
        case "integer":
            return isinstance(value, int) and not isinstance(value, bool)
        case "boolean":
            return isinstance(value, bool)
        case "date-time":
            return isinstance(value, str) and _is_date_time(value)
        case "object":
            return isinstance(value, dict)
        case "array":
            return isinstance(value, list)
        case "id":
            return is_kind(value, "string") or is_kind(value, "number")
        case "tags":
            return _is_tags(value)


def _is_date_time(text: str) -> bool:
    if _DATE_TIME.fullmatch(text) is None:
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _is_tags(value: object) -> bool:
    """A BizKitHub order's tags: at most 200 keys, each a scalar, null or a list of scalars."""
    if not isinstance(value, dict) or len(value) > _MAX_TAGS:
        return False
    return all(
        _is_scalar(tag) or (isinstance(tag, list) and all(_is_scalar(part) for part in tag))
        for tag in value.values()
    )


def _is_scalar(value: object) -> bool:
    return value is None or isinstance(value, str | int | bool | Decimal)
