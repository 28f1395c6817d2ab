"""What an observation says, read by the adapter of its account.

From here on a person is known by keyed hashes only: whose an order is, and by what a case may be
recognised at another account.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING

from complaints import acts
from complaints.model import Change, Claim, Trace
from complaints.vocabulary import OPERATOR, Subject

if TYPE_CHECKING:
    from collections.abc import Callable
    from decimal import Decimal

    from complaints.flow import Deps
    from complaints.model import Observation
    from complaints.names import Piece

_WORD = re.compile(r"\w+")
_DIGITS = 9
"""So many last digits of a phone number count: prefixes are written in many ways."""
_SHINGLE = 3
_KEPT_WORDS = 64
_READ_WORDS = 500
"""Of a text so many first words count: a stranger may send as many as fit into a delivery."""


def read_out(deps: Deps, observation: Observation) -> tuple[Piece, ...]:
    """What an observation says, with keyed hashes in place of who says it."""
    if observation.account == OPERATOR:
        return (acts.read(observation),)
    hashed = deps.store.receipts.owner
    return tuple(
        _veiled(change, hashed) for change in deps.providers[observation.account].parse(observation)
    )


def _veiled(change: Change, hashed: Callable[[str], str]) -> Change:
    if change.owner:
        change = change.model_copy(update={"owner": hashed(change.owner)})
    if change.subject is Subject.COMPLAINT and change.claim is not None:
        change = change.model_copy(update={"trace": trace(change.claim, hashed)})
    return change


def trace(claim: Claim, hashed: Callable[[str], str]) -> Trace:
    """By what a case may be recognised; ``hashed`` is a keyed hash of a text."""
    raiser = claim.raiser.partition(":")[2]
    email = claim.email or (raiser if "@" in raiser else "")
    digits = "".join(one for one in claim.phone if one.isdigit())
    words = [one[0] for one in islice(_WORD.finditer(claim.text.casefold()), _READ_WORDS)]
    shingles = {" ".join(words[n : n + _SHINGLE]) for n in range(len(words) - _SHINGLE + 1)}
    return Trace(
        email=hashed(email) if email.strip() else "",
        phone=hashed(digits[-_DIGITS:]) if len(digits) >= _DIGITS else "",
        amount=_amount(claim),
        currency=claim.currency,
        # The smallest hashes are a fair sample, and the same one for the same text.
        words=tuple(sorted(hashed(one)[:12] for one in shingles)[:_KEPT_WORDS]),
    )


def _amount(claim: Claim) -> Decimal | None:
    """What is claimed: as it is said, else all lines together if each has a price."""
    if claim.amount is not None or not claim.lines:
        return claim.amount
    prices = [line.price * line.quantity for line in claim.lines if line.price is not None]
    return sum(prices[1:], prices[0]) if len(prices) == len(claim.lines) else None
