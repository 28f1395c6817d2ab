"""Zenki's order list, GET /v1/pay/orders: documented by name only, so it is behind a knob.

Known are its filters: page size and number, status, from and to date, order id and the shopper's
e-mail. The path, the names of the query and the whole reply are inferred.
"""

from __future__ import annotations

from datetime import datetime
from typing import cast

from providers.sandbox import zenki_views
from providers.sandbox.exchange import Answer, Request, as_json
from providers.sandbox.schema import Problem, is_kind
from providers.sandbox.zenki_book import BookOrder
from providers.sandbox.zenki_errors import invalid
from providers.sandbox.zenki_site import Site, base_of

_USUAL_SIZE = 20
_LARGEST_SIZE = 100
_LONGEST_NUMBER = 9


class OrderList:
    """Newest orders first; a parameter of another name is ignored, as hosts do."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def answer(self, request: Request, *, live: bool) -> Answer:
        """One page of the orders that pass every filter sent."""
        names = self._site.stage.config.order_list_names
        query = request.query
        problems = [
            *_problems_of_number(names.page_size, query.get(names.page_size), 1, _LARGEST_SIZE),
            *_problems_of_number(names.page_number, query.get(names.page_number), self._first),
            *_problems_of_date(names.date_from, query.get(names.date_from)),
            *_problems_of_date(names.date_to, query.get(names.date_to)),
        ]
        if problems:
            return invalid(self._site.stage, "listOrders", problems)
        size = int(query.get(names.page_size, _USUAL_SIZE))
        page = int(query.get(names.page_number, self._first))
        found = [order for order in self._newest(live=live) if self._passes(order, query)]
        begin = (page - self._first) * size
        shown = [
            zenki_views.order_document(self._site.stage, order, base_of(request))
            for order in found[begin : begin + size]
        ]
        return as_json(
            200,
            self._reply(shown, len(found), size, page),
            content_type=self._site.media_type,
        )

    @property
    def _first(self) -> int:
        return self._site.stage.knobs.order_list_first_page

    def _newest(self, *, live: bool) -> list[BookOrder]:
        orders = [order for order in self._site.state.orders.values() if order.live == live]
        return sorted(orders, key=lambda order: (order.created_at, order.id), reverse=True)

    def _passes(self, order: BookOrder, query: dict[str, str]) -> bool:
        names = self._site.stage.config.order_list_names
        shopper = order.shopper or {}
        equals = {
            names.status: order.status,
            names.order_id: order.merchant_order_id,
            names.shopper_email: shopper.get("email"),
        }
        if any(name in query and query[name] != value for name, value in equals.items()):
            return False
        begin, end = query.get(names.date_from), query.get(names.date_to)
        return (begin is None or order.created_at >= datetime.fromisoformat(begin)) and (
            end is None or order.created_at <= datetime.fromisoformat(end)
        )

    def _reply(self, shown: list[dict[str, object]], total: int, size: int, page: int) -> object:
        match self._site.stage.knobs.order_list_reply:
            case "array":
                return shown
            case "items":
                return {"items": shown, "itemCount": total}
            case "hal":
                pages = -(-total // size)
                return {
                    "_embedded": {"orders": shown},
                    "page": {
                        "size": size,
                        "number": page,
                        "totalElements": total,
                        "totalPages": pages,
                    },
                    "_links": {},
                }


def _problems_of_number(
    name: str, text: str | None, least: int, most: int | None = None
) -> list[Problem]:
    if text is None:
        return []
    if not (text.isascii() and text.isdigit() and len(text) <= _LONGEST_NUMBER):
        return [Problem(f"/{name}", "Expected integer")]
    if int(text) < least or (most is not None and int(text) > most):
        return [Problem(f"/{name}", f"Expected a number from {least} to {most or 'any'}")]
    return []


def _problems_of_date(name: str, text: str | None) -> list[Problem]:
    if text is None or is_kind(cast("object", text), "date-time"):
        return []
    return [Problem(f"/{name}", "Expected date-time")]
