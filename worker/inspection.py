"""Checks a settings file block by block and remembers every fault, with its place and cure."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar, get_origin

from pydantic import BaseModel, ValidationError

from worker.faults import Fault, KeyPath, Place, nearest

ENVIRONMENT = "REDRESS_"
"""What the names of all our environment variables begin with."""

Model = TypeVar("Model", bound=BaseModel)
Table = dict[str, Any]


class Inspection:
    """Collects the faults of one settings file and knows where each value came from."""

    def __init__(self, file: Path, known: Mapping[KeyPath, Place]) -> None:
        self.file = file
        self.faults: list[Fault] = []
        self.origins: dict[KeyPath, str] = {}
        self.muted: set[KeyPath] = set()
        """Keys that were told about already: their block's model needn't say it again."""
        self._known = known

    def add(self, path: KeyPath, what: str, cure: str) -> None:
        """Remember one fault of the key at ``path``."""
        key = ".".join(path)
        for count in range(len(path), 0, -1):
            if origin := self.origins.get(path[:count]):
                self.faults.append(Fault(origin, key, what, cure))
                return
        place = nearest(self._known, path)
        self.faults.append(Fault(str(self.file), key, what, cure, place))

    def table(self, value: object, path: KeyPath) -> Table:
        """A copy of a table; a fault and nothing when it is no table."""
        if isinstance(value, dict):
            return dict(value)
        name = ".".join(path)
        self.add(path, "must be a table", f"write [{name}] and its keys below")
        return {}

    def strangers(self, table: Table, known: list[str], path: KeyPath) -> Table:
        """Report keys that nobody knows; returns the rest."""
        for key in table.keys() - set(known):
            self.add((*path, key), "is not a key here", did_you_mean(key, known))
        return {key: value for key, value in table.items() if key in known}

    def check(self, model: type[Model], table: Table, path: KeyPath) -> Model | None:
        """Validate one block.  Unknown keys must be gone from it."""
        try:
            return model.model_validate(table)
        except ValidationError as error:
            for found in error.errors(include_url=False, include_input=False):
                loc = tuple(str(part) for part in found["loc"])
                if (*path, *loc) in self.muted:
                    continue
                if found["type"] == "extra_forbidden":
                    what, cure = "is not a key here", did_you_mean(loc[-1], _inner(model, loc))
                else:
                    what = _what(found["type"], found["msg"], loc)
                    cure = _cure(model, loc, path)
                self.add((*path, *loc), what, cure)
            return None

    def sorted(self) -> list[Fault]:
        """All faults as a person meets them in the file; those from elsewhere come last."""

        def order(fault: Fault) -> tuple[bool, int, int, str]:
            place = fault.place or Place(0, 0)
            return fault.file != str(self.file), place.line, place.column, fault.key

        return sorted(self.faults, key=order)


def did_you_mean(word: str, known: list[str]) -> str:
    """The nearest known word as a question, else all of them."""
    close = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    if close:
        return f'did you mean "{close[0]}"?'
    return f"known here: {', '.join(sorted(known))}" if known else "nothing is known here"


def _what(kind: str, message: str, loc: KeyPath) -> str:
    if kind == "missing":
        return "is missing"
    text = message.removeprefix("Value error, ").removeprefix("Input ")
    text = text.removeprefix(f"{loc[-1]} " if loc else "")
    return text[:1].lower() + text[1:].rstrip(".")


def _inner(model: type[BaseModel], loc: KeyPath) -> list[str]:
    """The keys of the block inside ``model`` that ``loc`` leads into."""
    for part in loc[:-1]:
        field = model.model_fields.get(part)
        inner = field.annotation if field else None
        if not (isinstance(inner, type) and issubclass(inner, BaseModel)):
            return []
        model = inner
    return list(model.model_fields)


def is_secret(annotation: object) -> bool:
    """Whether a field holds a secret."""
    return "SecretStr" in str(annotation)


def _cure(model: type[BaseModel], loc: KeyPath, path: KeyPath) -> str:
    """What to do about a value, from its field's description."""
    if not loc or loc[0] not in model.model_fields:
        return "mend the values of this block so that they fit together"
    key = loc[0]
    field = model.model_fields[key]
    hint = f" ({field.description})" if field.description else ""
    if is_secret(field.annotation):
        return f"give {key}, {key}_file or the variable {variable((*path, key))}{hint}"
    return f"set {key}{hint}"


def variable(path: KeyPath) -> str:
    """The environment variable that overrides a key."""
    return ENVIRONMENT + "__".join(part.replace("-", "_").upper() for part in path)


def from_files(sheet: Inspection, model: type[BaseModel], table: Table, path: KeyPath) -> Table:
    """Replace every ``KEY_file`` by what the file holds, without the blanks around it.

    A key that holds several values takes them, from a file or a variable, apart by blanks.
    """
    result = dict(table)
    for key, field in model.model_fields.items():
        pointer = f"{key}_file"
        if pointer in result and pointer not in model.model_fields:
            _follow(sheet, result, key, path)
        several = get_origin(field.annotation) in {tuple, list, set, frozenset}
        if several and (*path, key) in sheet.origins and isinstance(result.get(key), str):
            result[key] = result[key].split()
    return result


def _follow(sheet: Inspection, table: Table, key: str, path: KeyPath) -> None:
    pointer = f"{key}_file"
    value = table.pop(pointer)
    if key in table:
        if (*path, key) not in sheet.origins:
            sheet.add((*path, pointer), f"is given beside {key}", "keep one of the two")
        return
    text = _secret_file(sheet, value, (*path, pointer))
    if text is None:
        sheet.muted.add((*path, key))
        return
    table[key] = text
    sheet.origins[*path, key] = f"{sheet.file} ({pointer})"


def _secret_file(sheet: Inspection, value: object, where: KeyPath) -> str | None:
    if not isinstance(value, str) or not value:
        sheet.add(where, "must be a path in quotes", "name a file that holds the secret alone")
        return None
    path = sheet.file.absolute().parent / Path(value).expanduser()
    try:
        text = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
        sheet.add(
            where, f"names a file that can't be read ({reason})", "mend the path or its rights"
        )
        return None
    if not text:
        sheet.add(where, "names an empty file", "put the secret into it")
    return text or None


def override(sheet: Inspection, data: Table, path: KeyPath, environ: Mapping[str, str]) -> str:
    """Lay one environment variable over ``data``; returns the variable's name, set or not."""
    name = variable(path)
    value = environ.get(name)
    if value is None:
        return name
    table = data
    for part in path[:-1]:
        inner = table.setdefault(part, {})
        if not isinstance(inner, dict):
            return name
        table = inner
    table[path[-1]] = value
    sheet.origins[path] = f"environment {name}"
    return name
