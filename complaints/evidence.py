"""Whether two cases are one, when no id says so: a table of weights, then the rules.  Pure.

A score is never more than a guess, so that little follows from it by itself: only cases that
systems have told which we can read are joined, and only from the shop's own threshold on.  What
a chat says is the claim of a stranger: it is never joined by evidence, a person is asked.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from complaints import lifecycle
from complaints.model import Record, Trace
from complaints.vocabulary import AccountName, ComplaintNumber, Status

if TYPE_CHECKING:
    from collections.abc import Mapping

    from complaints.rules import AccountProfile, ShopRules


class Part(StrEnum):
    """What can agree."""

    EMAIL = "e-mail"
    PHONE = "phone"
    AMOUNT = "amount"
    TEXT = "text"


WEIGHTS: Final[Mapping[Part, int]] = {
    Part.EMAIL: 55,
    Part.PHONE: 45,
    Part.AMOUNT: 30,
    Part.TEXT: 25,
}
"""Points of a hundred.  No part is enough by itself, and a text never speaks without a person."""

FULL: Final = 100
LEAST_TEXT: Final = 0.3
"""Texts that have less in common than this share of their words are strangers."""


class Known(Record):
    """One whole case, as far as evidence goes.  ``trace`` is that of the case it began with."""

    id: int
    number: ComplaintNumber
    origin: AccountName
    accounts: frozenset[AccountName]
    """All that hold something of it."""
    opened_at: datetime
    status: Status
    order_id: int | None
    by_hand: bool
    """A person has said with what it is one, or that it stands by itself."""
    trace: Trace


class Kind(StrEnum):
    """What is done with a pair."""

    LINK = "link"
    REVIEW = "review"
    NOTHING = "nothing"


def parts(one: Trace, other: Trace) -> dict[Part, int]:
    """What agrees, with its points."""
    found: dict[Part, int] = {}
    if one.email and one.email == other.email:
        found[Part.EMAIL] = WEIGHTS[Part.EMAIL]
    if one.phone and one.phone == other.phone:
        found[Part.PHONE] = WEIGHTS[Part.PHONE]
    if one.amount is not None and one.amount == other.amount and _one_currency(one, other):
        found[Part.AMOUNT] = WEIGHTS[Part.AMOUNT]
    common = similarity(one, other)
    if common >= LEAST_TEXT:
        found[Part.TEXT] = round(WEIGHTS[Part.TEXT] * common)
    return found


def score(one: Trace, other: Trace) -> int:
    """Points from 0 to 100; the same whichever of the two comes first."""
    return min(FULL, sum(parts(one, other).values()))


def similarity(one: Trace, other: Trace) -> float:
    """Share of the words' neighbourhoods that two texts have in common, from 0 to 1."""
    mine, theirs = set(one.words), set(other.words)
    return len(mine & theirs) / len(mine | theirs) if mine and theirs else 0.0


def _one_currency(one: Trace, other: Trace) -> bool:
    return not one.currency or not other.currency or one.currency == other.currency


def judge(
    one: Known, other: Known, rules: ShopRules, accounts: Mapping[AccountName, AccountProfile]
) -> Kind:
    """What is done with a pair of cases of one shop that nobody keeps apart."""
    points = score(one.trace, other.trace)
    if not _comparable(one, other, rules) or points < min(rules.link_score, rules.review_score):
        return Kind.NOTHING
    readable = all(case.origin in accounts and accounts[case.origin].reads for case in (one, other))
    if points >= rules.link_score and readable and not (one.by_hand or other.by_hand):
        return Kind.LINK
    return Kind.REVIEW if points >= rules.review_score else Kind.NOTHING


def _comparable(one: Known, other: Known, rules: ShopRules) -> bool:
    """Whether two cases can be one at all."""
    if one.order_id is not None and other.order_id is not None and one.order_id != other.order_id:
        return False  # an order says more than any likeness
    if one.accounts & other.accounts or one.origin == other.origin:
        return False  # a system that has told of two cases means two
    running = one.status in lifecycle.RUNNING or other.status in lifecycle.RUNNING
    near = abs(one.opened_at - other.opened_at) <= timedelta(days=rules.evidence_days)
    return bool(rules.evidence_days and running and near)


def in_words(one: Trace, other: Trace) -> str:
    """What agrees, as "e-mail, amount (85)"."""
    return f"{', '.join(parts(one, other))} ({score(one, other)})"
