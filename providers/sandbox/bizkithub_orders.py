"""BizKitHub's orders: create, detail, cancel, and the changes that staff and time bring."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import cast

from providers.sandbox import codec, desk, desk_views
from providers.sandbox.bizkithub_errors import invalid
from providers.sandbox.bizkithub_site import (
    NOTHING,
    SUCCESS,
    Document,
    Site,
    decimal_of,
    text_of,
)
from providers.sandbox.clock import iso
from providers.sandbox.exchange import Answer, Request, as_json
from providers.sandbox.schema import Problem
from providers.sandbox.stage import ALNUM

_LOCAL_ADDRESSES = frozenset({"", "::1", "0.0.0.0", "localhost"})  # noqa: S104  # nothing is bound
_MINUTE = timedelta(minutes=1)

Tell = Callable[[desk.DeskOrder, desk.OrderChange], None]


class Orders:
    """The host's orders; `tell` hears of every change of an order's state."""

    def __init__(self, site: Site, tell: Tell) -> None:
        self._site = site
        self._tell = tell

    # The public calls

    def detail(self, request: Request) -> Answer:
        """GET /api/v1/shop/order/detail."""
        key = request.query.get("hash")
        if key is None:
            return invalid([Problem("/hash", "Required property", missing=True)], on="query")
        order = self._site.state.orders.get(key)
        if order is not None:
            self._expire(order, self._site.stage.clock.now())
            return as_json(200, desk_views.order_detail(order))
        if self._site.stage.knobs.missing_order == "exist_false":
            return NOTHING
        return self._site.error(404, "INTERNAL_RESOURCE_NOT_FOUND", "Order was not found.")

    def create(self, body: Document) -> Answer:
        """POST /api/v1/shop/order/create."""
        refused = self._refused(body)
        if refused is not None:
            return refused
        how = self._site.stage.knobs.order_insert
        broken = self._site.error(500, "INTERNAL_ORDER_INSERT_FAILED", "Order was not stored.")
        if how == "fails":
            return broken
        order = self._made(body, self._site.stage.clock.now())
        self.keep(order)
        keys = {"body " + codec.dumps(body)}
        own = order.tags.get("ourOrderKey")
        if own is not None:
            keys.add("tag " + codec.dumps(own))
        self._site.state.count_order(keys)
        if how == "fails_after_commit":
            return Answer(broken.status, broken.body, committed=True)
        answer = {
            "orderNumber": order.number,
            "hash": order.hash,
            "links": desk_views.order_links(order),
        }
        return as_json(200, answer, committed=True)

    def storno(self, body: Document) -> Answer:
        """POST /api/v1/shop/order/storno: one line, or the whole order without one."""
        order = self._site.state.orders.get(str(body["orderId"]))
        if order is None:
            return self._site.not_found("Order")
        wanted = text_of(body.get("orderItemId"))
        if wanted is not None and find_line(order, wanted) is None:
            return self._site.not_found("Order item")
        now = self._site.stage.clock.now()
        if wanted is None and self.hurried(order, now):
            return self._site.error(429, "INTERNAL_TOO_MANY_REQUESTS", "Too many status changes.")
        return as_json(200, SUCCESS, committed=self.cancel(order, now, line_id=wanted))

    def _refused(self, body: Document) -> Answer | None:
        site, config = self._site, self._site.stage.config
        if not body["items"] and not site.stage.knobs.empty_items:
            return invalid([Problem("/items", "Expected array length to be greater or equal to 1")])
        for party in ("customer", "issuerCustomer"):
            customer = cast("Document", body.get(party, {}))
            address = customer.get("customerRealIp")
            if isinstance(address, str) and not _is_address(address):
                return site.refuse(f"{party}.customerRealIp is not a valid address.")
            if customer.get("email") in config.banned_emails:
                return site.refuse(f"{party} is banned.")
        parent = body.get("parentId")
        if parent is not None and parent not in site.state.orders:
            return site.refuse("Parent order does not exist.")
        for item in cast("list[Document]", body["items"]):
            # Neither has a status of its own in the registry, and then it is 500.
            if _unlisted(item.get("productCode"), config.products):
                return site.error(500, "PUBLIC_PRODUCT_DOES_NOT_EXIST", "Product does not exist.")
            if _unlisted(item.get("eventCode"), config.events):
                return site.error(500, "PUBLIC_CALENDAR_DOES_NOT_EXIST", "Event does not exist.")
        return None

    def _made(self, body: Document, now: datetime) -> desk.DeskOrder:
        customer = cast("Document", body["customer"])
        lines = [self._line(item) for item in cast("list[Document]", body["items"])]
        discount = decimal_of(body.get("sale"))
        known = self._site.stage.config.vouchers
        vouchers = {
            code: known[code]
            for code in cast("list[str]", body.get("voucherList", []))
            if code in known
        }
        total = (
            sum(((line.price - line.sale) * line.count for line in lines), Decimal(0))
            + decimal_of(body.get("deliveryPrice"))
            + decimal_of(body.get("paymentPrice"))
            - discount
            - sum(vouchers.values())
        )
        forced = body.get("forceIgnoreNegativeCreditBalance") is True
        group = text_of(body.get("orderGroupId"))
        return desk.DeskOrder(
            hash=self._site.stage.fresh_id(32, ALNUM, self._site.state.orders),
            number=self._site.state.take_order_number(group),
            email=str(customer["email"]),
            first_name=text_of(customer.get("firstName")),
            last_name=text_of(customer.get("lastName")),
            phone=text_of(customer.get("phone")),
            company=text_of(customer.get("companyName")),
            lines=lines,
            currency=text_of(body.get("currency")) or "CZK",
            locale=text_of(body.get("locale")) or "cs",
            inserted_at=now,
            updated_at=now,
            created_by="api",
            total=total,
            discount=discount,
            paid_at=now if forced or total <= 0 else None,
            expires_at=text_of(body.get("expirationDate")),
            public_notice=text_of(body.get("publicNotice")) or "",
            tags=dict(cast("Document", body.get("tags", {}))),
            group=group,
            parent=text_of(body.get("parentId")),
            notification_url=text_of(body.get("notificationUrl")) or None,
            vouchers=vouchers,
        )

    def _line(self, item: Document) -> desk.Line:
        return desk.Line(
            number=self._site.state.take_line(),
            label=str(item["label"]),
            price=decimal_of(item["price"]),
            count=decimal_of(item.get("count", 1)),
            sale=decimal_of(item.get("sale")),
            vat=decimal_of(item.get("vat", 21)),
            unit=text_of(item.get("unit")) or "ks",
            credit=decimal_of(item.get("creditAmount")),
            product_code=text_of(item.get("productCode")),
            variant_code=text_of(item.get("variantCode")),
            event_code=text_of(item.get("eventCode")),
            branch=text_of(item.get("branch")),
        )

    # What both the API and staff do

    def keep(self, order: desk.DeskOrder) -> None:
        """Store a new order and tell of it."""
        order.internal_id = self._site.state.take_order_id()
        self._site.state.keep_order(order)
        self._tell(order, "created")
        if order.paid_at is not None:
            self._tell(order, "paid")

    def hurried(self, order: desk.DeskOrder, at: datetime) -> bool:
        """Whether the order changed its state too often in the minute before `at`."""
        limit = self._site.stage.knobs.order_changes_per_minute
        order.changed_at = [then for then in order.changed_at if at - then < _MINUTE]
        return limit > 0 and len(order.changed_at) >= limit

    def pay(self, order: desk.DeskOrder, at: datetime) -> None:
        """Mark the order as paid."""
        order.paid_at = at
        self._changed(order, "paid", at)

    def unpay(self, order: desk.DeskOrder, at: datetime) -> None:
        """Take the mark away."""
        order.paid_at = None
        self._changed(order, "unpaid", at)

    def cancel(self, order: desk.DeskOrder, at: datetime, *, line_id: str | None = None) -> bool:
        """Cancel one line, or everything and let the order expire; false when it already was.

        What was paid becomes the customer's credit or is owed, as `storno_refund` says.
        """
        line = None if line_id is None else find_line(order, line_id)
        lines = [one for one in (order.lines if line is None else [line]) if not one.cancelled]
        if not lines and (line is not None or order.cancelled):
            return False
        worth = sum(((one.price - one.sale) * one.count for one in lines), Decimal(0))
        for one in lines:
            one.cancelled = True
        order.void = order.void or line is None
        if order.cancelled:
            order.expires_at = iso(at)
            worth = order.total - order.credited - order.owed
        self._return_money(order, worth)
        self._changed(order, "cancelled" if order.cancelled else "line_cancelled", at)
        return True

    def expire(self, now: datetime) -> None:
        """Cancel every unpaid order whose time has run out."""
        for order in self._site.state.orders.values():
            self._expire(order, now)

    def _expire(self, order: desk.DeskOrder, now: datetime) -> None:
        if order.paid_at is not None or order.expires_at is None or order.cancelled:
            return
        if not self._site.stage.knobs.unpaid_orders_expire:
            return
        until = datetime.fromisoformat(order.expires_at)
        if until <= now:
            self.cancel(order, until)

    def _return_money(self, order: desk.DeskOrder, worth: Decimal) -> None:
        if order.paid_at is None or worth <= 0:
            return
        match self._site.stage.knobs.storno_refund:
            case "credit":
                order.credited += worth
            case "staff":
                order.owed += worth
            case "none":
                pass

    def _changed(self, order: desk.DeskOrder, change: desk.OrderChange, at: datetime) -> None:
        order.updated_at = at
        if change != "line_cancelled":
            order.changed_at.append(at)
        self._tell(order, change)


def find_line(order: desk.DeskOrder, line_id: str) -> desk.Line | None:
    """The order's line of that public id."""
    return next((line for line in order.lines if order.line_id(line) == line_id), None)


def _unlisted(code: object, listed: Sequence[str]) -> bool:
    return bool(listed) and code is not None and code not in listed


def _is_address(text: str) -> bool:
    if text in _LOCAL_ADDRESSES:
        return True
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
