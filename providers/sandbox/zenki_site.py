"""What all calls of one Zenki host share: its state, prepared answers, errors, reading a body."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from providers.sandbox import zenki_views
from providers.sandbox.codec import BadJson
from providers.sandbox.exchange import HAL_JSON, JSON, Answer, Request, as_json
from providers.sandbox.schema import Shape, check
from providers.sandbox.stage import Stage
from providers.sandbox.zenki_book import Book, BookOrder
from providers.sandbox.zenki_errors import error, invalid

Document = Mapping[str, object]


@dataclass(slots=True)
class Site:
    """The host's stage and state; a reset puts another state there."""

    stage: Stage
    state: Book
    answers: dict[tuple[str, str], Answer] = field(default_factory=dict)
    """Prepared answers by order id and the host that was asked."""

    def forget(self, order_id: str | None = None) -> None:
        """Drop prepared answers: of one order after a change, of all after a turned knob."""
        if order_id is None:
            self.answers.clear()
            return
        for key in [key for key in self.answers if key[0] == order_id]:
            del self.answers[key]

    def error(self, status: int, message: str) -> Answer:
        """The ErrorResponse of the OpenAPI document."""
        return error(self.stage, status, message)

    def not_found(self, what: str) -> Answer:
        """A 404 that names what isn't there."""
        return self.error(404, f"{what} not found.")

    def not_allowed(self) -> Answer:
        """A 405."""
        return self.error(405, "The method is not allowed here.")

    def order(self, order_id: str, *, live: bool) -> BookOrder | None:
        """An order of the sandbox or live book; the credentials choose, not the host."""
        found = self.state.orders.get(order_id)
        return found if found is not None and found.live == live else None

    def body(self, request: Request, shape: Shape, at: str) -> Document | Answer:
        """The JSON object of a request, or the answer that refuses it; `at` names it in errors."""
        try:
            document = request.document
        except BadJson:
            return self.error(400, "The body is not readable.")
        if isinstance(document, list) and at == "createOrderTracking" and len(document) == 1:
            document = document[0]
        if not isinstance(document, dict):
            return self.error(400, "The body must be an object.")
        problems = check(document, shape, extra=self.stage.knobs.unknown_fields)
        return invalid(self.stage, at, problems) if problems else document

    def as_order(self, status: int, order: BookOrder, request: Request) -> Answer:
        """An answer with the whole order; all but 200 changed it."""
        document = zenki_views.order_document(self.stage, order, base_of(request))
        return as_json(
            status,
            document,
            committed=status != 200,  # noqa: PLR2004  # a read
            content_type=self.media_type,
        )

    @property
    def media_type(self) -> str:
        """How orders are declared."""
        return HAL_JSON if self.stage.knobs.order_media_type == "hal" else JSON


def base_of(request: Request) -> str:
    """The address before /v1 under which the client reached us."""
    return f"http://{request.header(b'host') or 'localhost'}/zenki"
