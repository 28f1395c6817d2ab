"""Secrets that stand in the settings file itself, where everybody reads them who reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from worker.inspection import inner_block, is_secret

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping

    from pydantic import BaseModel

    from worker.faults import KeyPath


def in_the_clear(
    model: type[BaseModel],
    table: Mapping[str, object],
    origins: Container[KeyPath],
    path: KeyPath = (),
) -> Iterator[str]:
    """Dotted keys of a block's secrets; ``origins`` are keys that came from elsewhere."""
    for key, field in model.model_fields.items():
        here = (*path, key)
        if key not in table or here in origins:
            continue
        value, inner = table[key], inner_block(field.annotation)
        if is_secret(field.annotation):
            if _is_bare(value):
                yield ".".join(here)
        elif inner is not None:
            items = value if isinstance(value, list) else [value]
            for place, item in enumerate(items):
                if isinstance(item, dict):
                    within = (*here, str(place)) if items is value else here
                    yield from in_the_clear(inner, item, origins, within)
                elif any(is_secret(one.annotation) for one in inner.model_fields.values()):
                    yield ".".join(here)


def _is_bare(value: object) -> bool:
    """Whether it tells a secret: of an address only its password is one."""
    if isinstance(value, str) and "://" in value:
        try:
            return bool(urlsplit(value).password)
        except ValueError:
            return True
    return True
