"""Zenki's refunds: asked for in full, without an amount, and read one by one."""

from __future__ import annotations

from providers.sandbox import zenki_book as book
from providers.sandbox import zenki_shapes as shapes
from providers.sandbox import zenki_views
from providers.sandbox.exchange import Answer, Request, as_json
from providers.sandbox.stage import HEX
from providers.sandbox.zenki_site import Site


class Refunds:
    """The calls on refunds."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def create(self, request: Request, order: book.BookOrder) -> Answer:
        """POST /v1/pay/orders/{id}/refunds; the answer says PENDING whatever happens next."""
        body = self._site.body(request, shapes.REFUND, "createRefund")
        if isinstance(body, Answer):
            return body
        knobs = self._site.stage.knobs
        again = order.status == "REFUNDED" or any(
            refund.status != "FAILED" for refund in order.refunds
        )
        if again and knobs.second_refund == "400":
            return self._site.error(400, "The order is already refunded or has a refund.")
        if not again and order.status not in book.REFUNDABLE:
            return self._site.error(400, "The order is not in a state that can be refunded.")
        if again:
            self._site.state.duplicates += 1
        now = self._site.stage.clock.now()
        refund = book.Refund(self.fresh_id(order), str(body["reason"]), now)
        order.refunds.append(refund)
        document = zenki_views.refund_document(self._site.stage, order, refund)
        if knobs.refund_settles == "now":
            book.settle_refunds(order, now)
        elif knobs.refund_settles == "fails":
            book.step_refund(order, refund, "FAILED", now)
        self._site.forget(order.id)
        return as_json(201, document, committed=True)

    def read(self, request: Request, order: book.BookOrder, refund_id: str) -> Answer:
        """GET /v1/pay/orders/{id}/refunds/{refund}; documented as 201 although it is a read."""
        if request.method != "GET":
            return self._site.not_allowed()
        refund = next((one for one in order.refunds if one.id == refund_id), None)
        if refund is None:
            return self._site.not_found("Refund")
        document = zenki_views.refund_document(self._site.stage, order, refund)
        moves = self._site.stage.knobs.refund_settles == "steps" and refund.waiting
        if moves:
            now = self._site.stage.clock.now()
            book.step_refund(order, refund, book.REFUND_STEPS[refund.status][0], now)
            self._site.forget(order.id)
        return as_json(self._site.stage.knobs.refund_read_status, document, committed=moves)

    def fresh_id(self, order: book.BookOrder) -> str:
        """An id for one more refund of the order."""
        return self._site.stage.fresh_id(12, HEX, [refund.id for refund in order.refunds])
