"""BizKitHub's error bodies and the checks of its API key, in the documented order."""

from __future__ import annotations

import re
from collections.abc import Sequence

from providers.sandbox.codec import BadJson
from providers.sandbox.exchange import TEXT, Answer, Request, as_json
from providers.sandbox.schema import Problem
from providers.sandbox.stage import Stage

# Printed in the documents as an example; the registry has an error of its own for it.
DECOY_KEY = "PRODPGrFxpGEtrOZfuWhnoJohUYBXuOE"

_KEY = re.compile(r"(PROD|DEV_|ROOT)[A-Za-z0-9]{28}")

_KEY_ERRORS = {
    "DOES_NOT_EXIST": "API key does not exist.",
    "IS_EMPTY": "API key is empty.",
    "IS_NOT_IN_VALID_FORMAT": "API key is not in valid format.",
    "SAMPLE_VALUE": "API key is the sample value of the documentation.",
    "HAS_BEEN_DELETED": "API key has been deleted.",
    "IS_NOT_ACTIVE": "Key is switched off.",
    "HAS_BEEN_EXPIRED": "API key has been expired.",
}
_STATE_ERRORS = {
    "deleted": "HAS_BEEN_DELETED",
    "inactive": "IS_NOT_ACTIVE",
    "expired": "HAS_BEEN_EXPIRED",
    "unknown": "DOES_NOT_EXIST",
    "empty": "IS_EMPTY",
    "malformed": "IS_NOT_IN_VALID_FORMAT",
    "sample": "SAMPLE_VALUE",
}


def error(status: int, code: str, message: str, description: str = "") -> Answer:
    """The error body of the registry: three strings under "error"."""
    body = {"error": {"code": code, "message": message, "description": description}}
    return as_json(status, body)


def error_with_details(status: int, code: str, message: str) -> Answer:
    """The body that an article shows: a code in lower case, and details."""
    body = {"error": {"code": code.lower(), "message": message, "details": {}}}
    return as_json(status, body)


def told_to_wait(seconds: int) -> Answer:
    """The 429 of an article, whose body says for how long."""
    told = {"code": "RATE_LIMIT_EXCEEDED", "message": "Rate limit exceeded."}
    return as_json(429, {"error": told | {"retry_after": seconds}})


def key_state_error(state: str) -> Answer:
    """The answer to a key in that state of the knob `key_state`, but "active"."""
    return key_error(_STATE_ERRORS[state])


def key_error(reason: str) -> Answer:
    """A refused key, which answers 404."""
    return error(404, f"PUBLIC_API_KEY_{reason}", _KEY_ERRORS[reason])


def invalid(problems: Sequence[Problem], on: str = "body") -> Answer:
    """The framework's answer to a body or query that doesn't fit the typed schema."""
    first = problems[0]
    return as_json(
        422,
        {
            "type": "validation",
            "on": on,
            "property": first.path,
            "message": first.message,
            "errors": [{"path": problem.path, "message": problem.message} for problem in problems],
        },
    )


def not_json() -> Answer:
    """The framework's answer to a body it can't parse."""
    return Answer(400, b"Bad Request", TEXT)


def check_key(request: Request, stage: Stage) -> Answer | None:
    """Refuse a request whose API key is missing or not in force; None lets it pass."""
    key = _find_key(request)
    if key == stage.config.bizkithub_api_key:
        state = stage.knobs.key_state
        return None if state == "active" else key_state_error(state)
    if key is None:
        return key_error("DOES_NOT_EXIST")
    if key == "":
        return key_error("IS_EMPTY")
    if _KEY.fullmatch(key) is None:
        return key_error("IS_NOT_IN_VALID_FORMAT")
    return key_error("SAMPLE_VALUE" if key == DECOY_KEY else "DOES_NOT_EXIST")


def _find_key(request: Request) -> str | None:
    """The key from the query, the bearer header or the JSON body, in this order."""
    key = request.query.get("apiKey")
    if key is None:
        key = request.bearer
    if key is None and request.media_type == "application/json":
        try:
            document = request.document
        except BadJson:
            return None
        if isinstance(document, dict) and isinstance(document.get("apiKey"), str):
            key = str(document["apiKey"])
    return key
