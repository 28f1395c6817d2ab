"""Control requests as typed acts: what they share, and how they are read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from providers.sandbox import codec
from providers.sandbox.exchange import BadRequest, Request

Model = TypeVar("Model", bound=BaseModel)


class Act(BaseModel):
    """A control request; unknown members are refused so that a typing error shows."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def document(request: Request) -> object:
    """The body of a control request, an empty one as an empty object. Raises BadRequest."""
    if not request.body:
        return {}
    try:
        return request.document
    except codec.BadJson as problem:
        raise BadRequest(f"the body is no JSON: {problem}") from problem


def read(request: Request, model: type[Model]) -> Model:
    """The act that a control request asks for. Raises BadRequest with the first problem."""
    return validated(model, document(request))


def read_batch(request: Request, model: type[Model]) -> tuple[bool, list[Model]]:
    """One act or a list of them, and which of the two it was. Raises BadRequest."""
    given = document(request)
    if isinstance(given, list):
        return True, [validated(model, one) for one in given]
    return False, [validated(model, given)]


def validated(model: type[Model], given: object | Mapping[str, object]) -> Model:
    """The model of a parsed document. Raises BadRequest with the first problem."""
    try:
        return model.model_validate(given)
    except ValidationError as problem:
        first = problem.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the body"
        raise BadRequest(f"{where}: {first['msg']}") from problem
