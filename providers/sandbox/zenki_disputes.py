"""Zenki's one call on disputes, POST /v1/api/disputes: it opens one, and nothing reads it by id."""

from __future__ import annotations

from providers.sandbox import zenki_book as book
from providers.sandbox import zenki_dispute_form, zenki_views
from providers.sandbox.exchange import Answer, Request, as_json
from providers.sandbox.stage import BASE36
from providers.sandbox.zenki_errors import check_accept
from providers.sandbox.zenki_site import Site


class Disputes:
    """Opens disputes for the merchant; buyers open theirs through zenki_staff."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def create(self, request: Request, *, live: bool) -> Answer:
        """POST /v1/api/disputes with a token that is in force."""
        stage = self._site.stage
        filing = check_accept(request, stage) or zenki_dispute_form.read(request, stage)
        if isinstance(filing, Answer):
            return filing
        order = self._site.order(filing.order_id, live=live)
        if order is None:
            return self._site.not_found("Order")
        if order.dispute is not None or order.status in {"DISPUTED", "REFUNDED"}:
            return self._repeat(order, filing)
        if not self.disputable(order):
            return self._site.error(400, "The order is not in a state that can be disputed.")
        return self._open(order, filing)

    def disputable(self, order: book.BookOrder) -> bool:
        """Whether a first dispute may be opened on the order."""
        if order.status == "COMPLETED":
            return self._site.stage.knobs.completed_allows_dispute
        return order.status in book.DISPUTABLE

    def fresh_id(self) -> str:
        """An id such as cnv_t9f6v3u."""
        return "cnv_" + self._site.stage.fresh_id(7, BASE36)

    def _repeat(self, order: book.BookOrder, filing: zenki_dispute_form.Filing) -> Answer:
        choice = self._site.stage.knobs.repeat_dispute
        if choice == "create":
            self._site.state.duplicates += 1
            return self._open(order, filing)
        if choice == "same_id" and order.dispute is not None:
            return self._opened(order, order.dispute, committed=False)
        status = 400 if choice == "400" else 409
        return self._site.error(status, "The order already has a dispute.")

    def _open(self, order: book.BookOrder, filing: zenki_dispute_form.Filing) -> Answer:
        dispute = book.Dispute(
            id=self.fresh_id(),
            title=filing.title,
            description=filing.description,
            created_at=self._site.stage.clock.now(),
            created_by="api",
            attachments=filing.attachments,
        )
        book.open_dispute(order, dispute)
        self._site.forget(order.id)
        return self._opened(order, dispute, committed=True)

    def _opened(self, order: book.BookOrder, dispute: book.Dispute, *, committed: bool) -> Answer:
        document = zenki_views.opened_document(self._site.stage, order, dispute)
        return as_json(self._site.stage.knobs.dispute_success, document, committed=committed)
