"""Seals: a chain of keyed hashes over what was received.  Pure.

Each seal speaks for a range of sequences without a gap to the one before, and its hash covers
that one's.  So whoever changes, takes out or puts in a row of a sealed range would have to make
all later seals anew, and needs the key for it.  Covered is what never changes: a verdict and the
number of deliveries aren't, nor are raw bodies, which may be forgotten; their hashes are.
"""

from __future__ import annotations

import json
from datetime import UTC
from hashlib import blake2b
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from complaints.vocabulary import AccountName

GENESIS = ""
"""What the first seal has for the hash of the one before."""
LISTED = 1000
"""How many faults are told one by one; the others are only counted."""


class ReceiptSide(NamedTuple):
    """What never changes of a receipt."""

    account: AccountName
    dedupe_key: str
    received_at: datetime


class ObservationSide(NamedTuple):
    """What never changes of an observation: all of it."""

    account: AccountName
    source: str
    form: str
    external_id: str | None
    as_of: int
    number: str | None
    received_at: datetime
    body_hash: bytes


class SealedRow(NamedTuple):
    """One arrival.  A side that is missing is ``None``; so is a body that was forgotten."""

    seq: int
    receipt: ReceiptSide | None
    observation: ObservationSide | None
    body: bytes | None = None


class Seal(NamedTuple):
    """One link of the chain, for so many `rows` of the range, both ends included."""

    number: int
    from_seq: int
    to_seq: int
    rows: int
    hash: str
    previous: str
    sealed_at: datetime


class Fault(NamedTuple):
    """Something that isn't as it was sealed."""

    from_seq: int
    to_seq: int
    what: str


class Proof(NamedTuple):
    """What reading everything again has shown."""

    seals: int
    receipts: int
    """Rows under all seals that were read."""
    unsealed: int
    """Rows for which no seal speaks yet."""
    newest: Seal | None
    faults: Sequence[Fault]
    """At most `LISTED` of them."""
    faulty: int


def make(
    key: bytes, before: Seal | None, rows: Sequence[SealedRow], now: datetime, number: int
) -> Seal:
    """The seal that follows `before` and covers `rows`, which are in their order."""
    made = Seal(
        number=number,
        from_seq=before.to_seq + 1 if before else 1,
        to_seq=rows[-1].seq,
        rows=len(rows),
        hash="",
        previous=before.hash if before else GENESIS,
        sealed_at=now,
    )
    return made._replace(hash=digest(key, made, rows))


def digest(key: bytes, seal: Seal, rows: Iterable[SealedRow]) -> str:
    """Keyed hash of a seal's own fields and of all rows under it, in hex."""
    hashed = _begin(key, seal)
    for row in rows:
        hashed.update(spelt(row))
    return hashed.hexdigest()


def spelt(row: SealedRow) -> bytes:
    """A row as it is hashed: one line of JSON, so that no two rows are spelt alike."""
    sides = [row.receipt and [_plain(one) for one in row.receipt]]
    sides.append(row.observation and [_plain(one) for one in row.observation])
    return json.dumps([row.seq, *sides]).encode() + b"\n"


def _begin(key: bytes, seal: Seal) -> blake2b:
    hashed = blake2b(key=key[:64], digest_size=32, person=b"redress seal")
    own = [seal.number, seal.from_seq, seal.to_seq, seal.rows, seal.previous]
    hashed.update(json.dumps([*own, _plain(seal.sealed_at)]).encode() + b"\n")
    return hashed


def _plain(value: AccountName | str | int | bytes | datetime | None) -> str | int | None:
    if isinstance(value, bytes):
        return value.hex()
    if value is None or isinstance(value, str | int):
        return value
    return value.astimezone(UTC).isoformat()


class Judge:
    """Reads seals and rows, each once and in their order, and finds what doesn't fit."""

    def __init__(self, key: bytes, body_hash: Callable[[bytes], bytes], expect: str = "") -> None:
        self._key = key
        self._body_hash = body_hash
        self._expect = expect
        self._seen = not expect
        self._last: Seal | None = None
        self._seals = self._rows = 0
        self._faults: list[Fault] = []
        self._faulty = 0

    def page(self, seals: Sequence[Seal], rows: Iterable[SealedRow]) -> None:
        """Judge some seals, and the rows from the first one's range to the last one's."""
        following = iter(rows)
        row = next(following, None)
        for seal in seals:
            self._order(seal)
            hashed, found = _begin(self._key, seal), 0
            while row is not None and row.seq < seal.from_seq:
                row = next(following, None)
            while row is not None and row.seq <= seal.to_seq:
                hashed.update(spelt(row))
                self._body(row)
                found += 1
                row = next(following, None)
            self._content(seal, found, hashed.hexdigest())
            self._seals += 1
            self._rows += found
            self._seen = self._seen or self._expect == seal.hash
            self._last = seal

    def end(self, made: int, unsealed: int) -> Proof:
        """The result; `made` seals there were ever, and for `unsealed` rows there is none."""
        last = self._last.number if self._last else 0
        if made > last:
            after = self._last.to_seq if self._last else 0
            self._find(after + 1, after + 1, _missing(last + 1, made) + ", the last that were made")
        elif made < last:
            self._find(1, 1, f"{last} seals were made, and {made} are counted")
        if not self._seen:
            self._find(
                1, self._last.to_seq if self._last else 1, "no seal has the hash that is expected"
            )
        return Proof(self._seals, self._rows, unsealed, self._last, self._faults, self._faulty)

    def _order(self, seal: Seal) -> None:
        """A seal must follow the one before it in every respect."""
        before = self._last
        number = before.number + 1 if before else 1
        begin = before.to_seq + 1 if before else 1
        if seal.number != number:
            self._find(begin, seal.from_seq - 1, _missing(number, seal.number - 1))
        elif seal.from_seq != begin:
            low, high = min(begin, seal.from_seq), max(begin, seal.from_seq)
            self._find(low, high, f"seal {number} begins elsewhere")
        elif seal.previous != (before.hash if before else GENESIS):
            self._find(seal.from_seq, seal.to_seq, f"seal {number} follows another seal")

    def _content(self, seal: Seal, found: int, computed: str) -> None:
        if found < seal.rows:
            what = f"{seal.rows - found} of {seal.rows} rows are gone"
        elif found > seal.rows:
            what = f"{found} rows where {seal.rows} were sealed"
        elif computed != seal.hash:
            what = "a row was changed, or the seal itself"
        else:
            return
        self._find(seal.from_seq, seal.to_seq, what)

    def _body(self, row: SealedRow) -> None:
        """A raw body may be forgotten, but what is there must be what came."""
        if row.body is None or row.observation is None:
            return
        if self._body_hash(row.body) != row.observation.body_hash:
            self._find(row.seq, row.seq, "the raw body isn't the one that came")

    def _find(self, from_seq: int, to_seq: int, what: str) -> None:
        self._faulty += 1
        if len(self._faults) < LISTED:
            self._faults.append(Fault(from_seq, to_seq, what))


def _missing(first: int, last: int) -> str:
    return f"seal {first} is missing" if first == last else f"seals {first} to {last} are missing"
