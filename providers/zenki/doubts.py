"""What is odd about an order, for a person to know; it changes no decision."""

from __future__ import annotations

from typing import TYPE_CHECKING

from providers.zenki.sums import odd_sums
from providers.zenki.words import FAILED, ORDER_STATE, REFUNDED, failed, kept

if TYPE_CHECKING:
    from providers.zenki.wire import Order, Refund


def doubts_about_order(order: Order) -> tuple[str, ...]:
    """An unlisted word, amounts that don't add up, a payment that doesn't fit."""
    found = []
    if order.status not in ORDER_STATE:
        found.append(f"an order status that no table lists: {kept(order.status)}")
    if order.breakdown is not None and (odd := odd_sums(order.breakdown, order.items or ())):
        found.append(f"the amounts don't add up: {', '.join(odd)}")
    if order.claim is not None:
        found.append(f"a payment that doesn't fit the order: claim {_word(order.claim.status)}")
    return tuple(found)


def doubts_about_case(order: Order, refund: Refund | None, *, paired: bool) -> tuple[str, ...]:
    """A refund that isn't what it seems, and help that was asked for.

    ``paired``: the refund was asked for along with the order.
    """
    found = []
    dispute = order.dispute
    if paired and refund is None:
        found.append("the order links to a refund that Zenki doesn't show")
    if failed(refund):
        found.append(f"the refund is {FAILED}: no money has moved")
    elif dispute is not None and order.status == REFUNDED and dispute.status != "REFUND":
        found.append("the order is refunded, its dispute doesn't say so")
    if dispute is not None and dispute.resolution_request_type is not None:
        since = dispute.resolution_request_at
        asked = f" on {since:%Y-%m-%d}" if since else ""
        kind = kept(dispute.resolution_request_type)
        found.append(f"Zenki's staff were asked to resolve the dispute{asked}: {kind}")
    return tuple(found)


def _word(word: str | None) -> str:
    return kept(word) if word else "without a status"
