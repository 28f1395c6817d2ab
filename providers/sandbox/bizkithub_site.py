"""What all calls of one BizKitHub host share: its state, its errors and the way into a write."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from providers.sandbox.bizkithub_errors import error, error_with_details, invalid, not_json
from providers.sandbox.codec import BadJson
from providers.sandbox.desk import Desk
from providers.sandbox.exchange import Answer, Request, as_json
from providers.sandbox.schema import Problem, Shape, check
from providers.sandbox.stage import Stage

SUCCESS = {"success": True}
NOTHING = as_json(200, {"exist": False})

Document = Mapping[str, object]
Write = Callable[[Document], Answer]


@dataclass(slots=True)
class Site:
    """The host's stage and state; a reset puts another state there."""

    stage: Stage
    state: Desk

    def error(self, status: int, code: str, message: str) -> Answer:
        """An error of the vendor's code, in the body that the knob `error_body` asks for."""
        if self.stage.knobs.error_body == "details":
            return error_with_details(status, code, message)
        return error(status, code, message)

    def refuse(self, message: str) -> Answer:
        """The vendor's answer to a value that the typed schema can't know to be wrong."""
        status = self.stage.knobs.validation_failed_status
        return self.error(status, "INTERNAL_VALIDATION_FAILED", message)

    def not_found(self, what: str) -> Answer:
        """The vendor's answer to an id that this organisation hasn't."""
        status = self.stage.knobs.not_found_status
        return self.error(status, "INTERNAL_RESOURCE_NOT_FOUND", f"{what} was not found.")

    def write(self, request: Request, shape: Shape, act: Write) -> Answer:
        """Let a JSON body through that fits its table of fields."""
        if request.media_type != "application/json":
            return invalid([Problem("/", "Expected object")])
        try:
            document = request.document
        except BadJson:
            return not_json()
        if not isinstance(document, dict):
            return invalid([Problem("/", "Expected object")])
        known = {name: value for name, value in document.items() if name != "apiKey"}
        problems = check(known, shape, extra=self.stage.knobs.unknown_fields)
        return invalid(problems) if problems else act(known)


def text_of(value: object) -> str | None:
    """A string member, None when it wasn't sent."""
    return value if isinstance(value, str) else None


def decimal_of(value: object) -> Decimal:
    """A number member, 0 when it wasn't sent."""
    return Decimal(value) if isinstance(value, int | Decimal) else Decimal(0)
