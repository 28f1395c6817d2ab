"""What the accounts can't show us, said aloud.  Pure: sentences are data, numbers are counted."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from complaints.model import Record

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

WIDTH = 51
"""Longest sentence: with its number it must fit into 60 columns."""


class Estimate(StrEnum):
    """What the store can count at an account."""

    HELD = "held"
    """Records that belong to complaints."""
    FOLLOWED = "followed"
    """Those of them that are read again and again."""
    NO_LONGER_READ = "no_longer_read"
    """Those that are not, or not any more."""
    ORDERS_FOLLOWED = "orders_followed"
    """Orders without a complaint there that are read again and again."""
    ORDERS_NO_LONGER_READ = "orders_no_longer_read"
    ORDERS_NOT_NAMED = "orders_not_named"
    """Tracked orders of the shop of which no record of the account is known."""
    ORDERS_LABELLED = "orders_labelled"
    """Orders that have a word of the account's own."""
    NO_DUE_DATE = "no_due_date"
    """Running complaints of which the account has told no due date."""
    MOVED = "moved"
    """Complaints that were raised there, and aren't new any more."""


class Spot(Record):
    """One thing that a provider's API can't show."""

    name: str
    text: str
    """A sentence without its number, `WIDTH` characters at most."""
    source: str
    """The provider's document and section that says so, or says nothing."""
    estimate: Estimate | None = None
    """None: nobody can count it."""


class Blindness(Record):
    """All that one kind of provider can't show."""

    spots: tuple[Spot, ...]
    order_words: frozenset[str] | None = None
    """The words of orders that its tables list; None: they are labels, and no table is possible."""
    gone: str = ""
    """The reason with which an observation says that a record isn't visible any more."""


class Seen(NamedTuple):
    """What was counted at one account."""

    counts: Mapping[Estimate, int]
    case_words: Mapping[str, int]
    """Words of complaints that no table lists, with the number of records that have them."""
    order_words: Mapping[str, int]
    """Words of orders, listed or not."""
    gone: int
    """Records that weren't visible when they were read last."""


class Line(NamedTuple):
    """One spot as it is told.  ``number`` is None where nobody can know."""

    name: str
    number: int | None
    text: str
    source: str
    warns: bool = False
    """Not a number but a state: somebody may change it."""


NOTHING = Seen({}, {}, {}, 0)
OURS = "Redress's own tables"
GIVEN = "what the account answered last"


def told(blindness: Blindness, seen: Seen = NOTHING) -> Iterator[Line]:
    """The spots of one account: its provider's, then what was met."""
    counts = {**seen.counts, Estimate.ORDERS_LABELLED: sum(seen.order_words.values())}
    for spot in blindness.spots:
        known = None if spot.estimate is None else counts.get(spot.estimate, 0)
        yield Line(spot.name, known, spot.text, spot.source)
    for word, n in sorted(seen.case_words.items()):
        yield Line("unlisted-word", n, f"with a word that no table lists: {word}", OURS)
    listed = blindness.order_words
    for word, n in sorted(seen.order_words.items()):
        if listed is not None and word not in listed:
            yield Line("unlisted-order-word", n, f"orders, word that no table lists: {word}", OURS)
    if seen.gone:
        yield Line("not-visible", seen.gone, "records not visible any more", GIVEN)
