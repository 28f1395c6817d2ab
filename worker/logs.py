"""Logs: one JSON object a line, ids and counts only.

Bodies, names and addresses are never handed to a logger, and the libraries that would print
addresses with keys in them are kept quiet.  Whatever is logged all the same, by us, by Celery or
by another library, tracebacks included, passes a filter for credentials, e-mail and phone.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING

import structlog

from providers.redaction import scrub

if TYPE_CHECKING:
    from structlog.typing import EventDict

QUIET = ("httpx", "httpcore", "kombu", "amqp", "alembic")


_OURS = frozenset({"level", "logger", "timestamp"})


def _scrubbed(_logger: object, _method: str, line: EventDict) -> EventDict:
    """The last processor before a line is written: nothing of a person passes."""
    return {key: value if key in _OURS else _masked(value) for key, value in line.items()}


def _masked(value: object) -> object:
    match value:
        case str():
            return scrub(value)
        case Mapping():
            return {key: _masked(held) for key, held in value.items()}
        case list() | tuple():
            return [_masked(held) for held in value]
        case bool() | int() | float() | None:
            return value
        case _:
            return scrub(str(value))


def configure(level: int = logging.INFO) -> None:
    """Set logging up for this process.  Doing it twice is harmless."""
    stamp = structlog.processors.TimeStamper(fmt="iso", utc=True)
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        stamp,
    ]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                _scrubbed,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
