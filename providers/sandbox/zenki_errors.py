"""Zenki's error bodies and the checks of its headers."""

from __future__ import annotations

from collections.abc import Sequence

from providers.sandbox.clock import epoch
from providers.sandbox.exchange import TEXT, Answer, Request, as_json
from providers.sandbox.schema import Problem
from providers.sandbox.stage import HEX, Stage

# Zenki, POST /v1/api/disputes: the body of a 401 is shown bare.
UNAUTHORIZED = Answer(401, b"Unauthorized", TEXT)

_READABLE = ("application/json", "application/hal+json", "application/*", "*/*")
_LONGEST_MESSAGE = 300


def error(
    stage: Stage, status: int, message: str, *, at: str = "", problems: Sequence[Problem] = ()
) -> Answer:
    """The ErrorResponse of the OpenAPI document; `at` names the object of validation errors."""
    body: dict[str, object] = {
        "requestId": stage.fresh_id(16, HEX),
        "title": "Request not processed",
        "errorCode": status,
        "category": "ERROR" if status >= 500 else "WARN",  # noqa: PLR2004  # server errors
        "humanMessage": message[:_LONGEST_MESSAGE],
        "timestamp": epoch(stage.clock.now(), "ms"),
    }
    if problems:
        body["validationErrors"] = [
            {
                "objectName": at,
                "field": problem.path.lstrip("/").replace("/", "."),
                "message": "required" if problem.missing else problem.message,
            }
            for problem in problems
        ]
    return as_json(status, body)


def invalid(stage: Stage, at: str, problems: Sequence[Problem]) -> Answer:
    """A 400 that lists what is wrong with a body; of a missing member 428 behind the knob."""
    first = problems[0]
    status = stage.knobs.missing_parameter if first.missing else 400
    return error(stage, status, f"{first.path}: {first.message}.", at=at, problems=problems)


def check_accept(request: Request, stage: Stage) -> Answer | None:
    """Refuse a request that doesn't say that it reads JSON."""
    accept = request.header(b"accept")
    if accept is None:
        return error(stage, 406, "The Accept header is required.")
    wanted = [part.partition(";")[0].strip().lower() for part in accept.split(",")]
    if not any(part in _READABLE for part in wanted):
        return error(stage, 406, "The Accept header must allow application/json.")
    return None


def check_headers(request: Request, stage: Stage) -> Answer | None:
    """Refuse a /v1/pay call without the two headers that every one of them requires."""
    refused = check_accept(request, stage)
    if refused is not None:
        return refused
    if request.media_type == "application/json":
        return None
    if request.body:
        return error(stage, 406, "The Content-Type header must be application/json.")
    if request.media_type == "" and stage.knobs.get_needs_content_type:
        return error(stage, 406, "The Content-Type header is required.")
    return None
