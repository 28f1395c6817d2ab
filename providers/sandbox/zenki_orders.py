"""Zenki's orders: create, read, patch. No call sets a status."""

from __future__ import annotations

from decimal import Decimal
from typing import cast

from providers.sandbox import zenki_book as book
from providers.sandbox import zenki_shapes as shapes
from providers.sandbox.exchange import Answer, Request
from providers.sandbox.schema import Problem, is_kind
from providers.sandbox.stage import HEX
from providers.sandbox.zenki_errors import invalid
from providers.sandbox.zenki_site import Document, Site

_CHARGES = ("taxesAmount", "localTaxesAmount", "localTaxes_amount", "importCosts")


class Orders:
    """The calls on orders themselves."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def read(self, request: Request, order: book.BookOrder) -> Answer:
        """GET /v1/pay/orders/{id}."""
        key = (order.id, request.header(b"host") or "" if order.refunds else "")
        ready = self._site.answers.get(key)
        if ready is None:
            ready = self._site.as_order(200, order, request)
            self._site.answers[key] = ready
        return ready

    def create(self, request: Request, *, live: bool) -> Answer:
        """POST /v1/pay/orders."""
        body = self._site.body(request, shapes.CREATE_ORDER, "createOrder")
        if isinstance(body, Answer):
            return body
        problems = _problems_of(body)
        if not problems and self._site.stage.knobs.totals_checked:
            problems = _problems_of_totals(body)
        if problems:
            return invalid(self._site.stage, "createOrder", problems)
        breakdown = cast("dict[str, object]", body["breakdown"])
        order = book.BookOrder(
            id=self._site.stage.fresh_id(32, HEX, self._site.state.orders),
            merchant_order_id=cast("str | None", body.get("orderId")),
            cart_id=cast("str | None", body.get("cartId")),
            goods=cast("book.Goods", body["type"]),
            country=str(body["countryCodeIso2"]),
            status="PENDING",
            created_at=self._site.stage.clock.now(),
            shopper=cast("dict[str, str | None] | None", body.get("shopper")),
            currency=str(breakdown["currencyCodeIso3"]),
            grand_total=_amount(breakdown, "grandTotalAmount"),
            breakdown=breakdown,
            items=cast("list[dict[str, object]]", body["items"]),
            metadata=cast("dict[str, str] | None", body.get("metadata")),
            live=live,
        )
        self._site.state.orders[order.id] = order
        return self._site.as_order(201, order, request)

    def patch(self, request: Request, order: book.BookOrder) -> Answer:
        """PATCH /v1/pay/orders/{id}."""
        body = self._site.body(request, shapes.PATCH_ORDER, "updateOrder")
        if isinstance(body, Answer):
            return body
        if "orderId" in body:
            order.merchant_order_id = str(body["orderId"])
        if "cartId" in body:
            order.cart_id = str(body["cartId"])
        if "shopper" in body:
            shopper = cast("dict[str, str | None]", body["shopper"])
            order.shopper = (order.shopper or {}) | {"id": shopper["id"]}
        if "metadata" in body:
            order.metadata = cast("dict[str, str]", body["metadata"])
        self._site.forget(order.id)
        return self._site.as_order(201, order, request)


def _amount(members: Document, name: str) -> Decimal:
    return Decimal(cast("int | Decimal", members.get(name, 0)))


def _problems_of(body: Document) -> list[Problem]:
    problems: list[Problem] = []
    if not body.get("orderId") and not body.get("cartId"):
        problems.append(Problem("/orderId", "Required property", missing=True))
    if not body["items"]:
        problems.append(Problem("/items", "Must not be empty"))
    charges = cast("Document", body["breakdown"]).get("additionalCharges", {})
    problems.extend(
        Problem(f"/breakdown/additionalCharges/{name}", "Expected number")
        for name, amount in cast("Document", charges).items()
        if not is_kind(amount, "number")
    )
    problems.extend(
        Problem(f"/metadata/{name}", "Expected string")
        for name, value in cast("Document", body.get("metadata", {})).items()
        if not isinstance(value, str)
    )
    return problems


def _problems_of_totals(body: Document) -> list[Problem]:
    """Where the amounts don't add up as the formula of the OpenAPI document says."""
    breakdown = cast("Document", body["breakdown"])
    items = sum(
        (
            _amount(item, "quantity") * _amount(item, "unitPrice")
            for item in cast("list[Document]", body["items"])
        ),
        Decimal(0),
    )
    charges = cast("Document", breakdown.get("additionalCharges", {}))
    subtotal = items + _amount(breakdown, "shipmentAmount")
    grand = (
        subtotal
        + sum((_amount(breakdown, name) for name in _CHARGES), Decimal(0))
        + sum((_amount(charges, name) for name in charges), Decimal(0))
        - _amount(breakdown, "discountAmount")
    )
    wanted = {"totalItemsAmount": items, "subtotalAmount": subtotal, "grandTotalAmount": grand}
    return [
        Problem(f"/breakdown/{name}", f"Expected {total}")
        for name, total in wanted.items()
        if _amount(breakdown, name) != total
    ]
