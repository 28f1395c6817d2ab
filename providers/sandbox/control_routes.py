"""How control calls are found: a star in a pattern stands for one path segment, the subject."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from providers.sandbox.exchange import Request

Handler = Callable[[Request, str], Awaitable[object]]
"""Takes the request and the subject of its path, and returns what to answer as JSON."""

Routes = Mapping[tuple[str, str], Handler]


def find(routes: Routes, method: str, path: str) -> tuple[Handler, str] | None:
    """The handler of a path with the subject that stands in the star's place, if any."""
    handler = routes.get((method, path))
    if handler is not None:
        return handler, ""
    parts = path.split("/")
    if len(parts) < 4:  # noqa: PLR2004  # "", account, noun, subject
        return None
    pattern = "/".join([*parts[:3], "*", *parts[4:]])
    handler = routes.get((method, pattern))
    return None if handler is None else (handler, parts[3])
