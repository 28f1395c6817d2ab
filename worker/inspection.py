"""Checks a settings file block by block and remembers every fault, with its place and cure."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar, get_args, get_origin

from pydantic import BaseModel, ValidationError

from worker.faults import Fault, KeyPath, Place, nearest

ENVIRONMENT = "REDRESS_"
"""What the names of all our environment variables begin with."""

Model = TypeVar("Model", bound=BaseModel)
Table = dict[str, Any]

_MAPPINGS = {dict, Mapping}
_TOGETHER = "mend the values of this block so that they fit together"


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
    block = _block_of(model, loc)
    return [] if block is None else list(block.model_fields)


def _block_of(model: type[BaseModel], loc: KeyPath) -> type[BaseModel] | None:
    """The block that holds the key at ``loc``; the places of a list are no blocks."""
    found: type[BaseModel] | None = model
    for part in loc[:-1]:
        if part.isdecimal():
            continue
        field = found.model_fields.get(part) if found else None
        found = inner_block(field.annotation) if field else None
    return found


def inner_block(annotation: object) -> type[BaseModel] | None:
    """The model of the tables that a key takes: one table, or several in a list."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if get_origin(annotation) in _MAPPINGS:
        return None
    found = (inner_block(part) for part in get_args(annotation))
    return next((model for model in found if model is not None), None)


def keys_of(model: type[BaseModel], table: object) -> Iterator[KeyPath]:
    """Each key that a variable may set in a block, and in the blocks inside it.

    A table inside a list must stand in the file already: its place is a number from 0.
    """
    for key, field in model.model_fields.items():
        yield (key,)
        yield (f"{key}_file",)
        inner = inner_block(field.annotation)
        if inner is None:
            continue
        held = table.get(key) if isinstance(table, dict) else None
        if not _several(field.annotation):
            yield from ((key, *rest) for rest in keys_of(inner, held))
        for place, item in enumerate(held if isinstance(held, list) else ()):
            if isinstance(item, dict):
                yield from ((key, str(place), *rest) for rest in keys_of(inner, item))


def _several(annotation: object) -> bool:
    return get_origin(annotation) in {tuple, list, set, frozenset}


def is_secret(annotation: object) -> bool:
    """Whether a field holds a secret."""
    return "SecretStr" in str(annotation)


def _cure(model: type[BaseModel], loc: KeyPath, path: KeyPath) -> str:
    """What to do about a value, from its field's description."""
    block = _block_of(model, loc)
    if not loc or block is None or loc[-1] not in block.model_fields:
        # A value inside a list or a mapping: the key that holds it is the one to mend.
        return _cure(model, loc[:-1], path) if loc else _TOGETHER
    key = loc[-1]
    field = block.model_fields[key]
    hint = f" ({field.description})" if field.description else ""
    if is_secret(field.annotation):
        return f"give {key}, {key}_file or the variable {variable((*path, *loc))}{hint}"
    return f"set {key}{hint}"


def variable(path: KeyPath) -> str:
    """The environment variable that overrides a key."""
    return ENVIRONMENT + "__".join(part.replace("-", "_").upper() for part in path)


def from_files(sheet: Inspection, model: type[BaseModel], table: Table, path: KeyPath) -> Table:
    """Replace every ``KEY_file`` by what the file holds, without the blanks around it.

    The blocks inside of a block are no different.  A key that holds several values takes
    them, from a file or a variable, apart by blanks.
    """
    result = dict(table)
    for key, field in model.model_fields.items():
        pointer, here = f"{key}_file", (*path, key)
        if pointer in result and pointer not in model.model_fields:
            _follow(sheet, result, key, path)
        held, inner = result.get(key), inner_block(field.annotation)
        if _several(field.annotation) and here in sheet.origins and isinstance(held, str):
            result[key] = held.split()
        elif inner is not None and isinstance(held, dict):
            result[key] = from_files(sheet, inner, held, here)
        elif inner is not None and isinstance(held, list):
            result[key] = [
                from_files(sheet, inner, item, (*here, str(place)))
                if isinstance(item, dict)
                else item
                for place, item in enumerate(held)
            ]
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
    table: Any = data
    for part in path[:-1]:
        inner = table[int(part)] if isinstance(table, list) else table.setdefault(part, {})
        if not isinstance(inner, dict | list):
            return name
        table = inner
    table[path[-1]] = value
    sheet.origins[path] = f"environment {name}"
    return name
