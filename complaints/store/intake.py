"""What a chat brings and asks: a number is minted and committed before anybody is answered."""

from __future__ import annotations

from hmac import compare_digest
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import text

from complaints.numbers import spell
from complaints.store.receipts import Arrival
from complaints.vocabulary import (
    AccountName,
    ComplaintNumber,
    ExternalId,
    OrderSpace,
    OrderState,
    Outcome,
    ShopName,
    Source,
    Status,
)

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from sqlalchemy import Engine

    from complaints.store.receipts import Receipts


class Intake(NamedTuple):
    """The number that the customer is told.  Not fresh: the same request came before."""

    number: ComplaintNumber
    fresh: bool


class Tracked(NamedTuple):
    """What the raiser of a complaint may hear."""

    status: Status
    outcome: Outcome


_BEFORE = text("""
SELECT split_part(dedupe_key, ':', 3) AS number, received_at > :since AS inside FROM receipt
WHERE account = :account AND dedupe_key >= :low AND dedupe_key < :high
ORDER BY received_at DESC, seq DESC LIMIT 1
""")
_REPEAT = text("""
UPDATE receipt SET deliveries = deliveries + 1
WHERE account = :account AND dedupe_key >= :low AND dedupe_key < :high AND seq = (
  SELECT max(seq) FROM receipt
  WHERE account = :account AND dedupe_key >= :low AND dedupe_key < :high)
""")
_TRACK = text("""
SELECT r.status, r.outcome FROM complaint c JOIN claim l ON l.complaint_id = c.id
JOIN complaint r ON r.id = coalesce(c.merged_into, c.id)
WHERE c.number = :number AND c.origin = :account AND l.raiser = :raiser
""")
_PROMISED = text("""
SELECT 1 FROM receipt
WHERE account = :account AND dedupe_key >= :low AND dedupe_key < :high
  AND split_part(dedupe_key, ':', 3) = :number
""")
# One row always, and the same reads for an order that there is and one that there isn't.
_ORDER = text("""
SELECT o.state, o.owner FROM (
  SELECT coalesce(max(order_id), 0) AS id FROM order_key
  WHERE shop = :shop AND space = :space AND value = :number
) AS k LEFT JOIN tracked_order o ON o.id = k.id
""")


class Intakes:
    """Complaints that a chat hands us, and what it asks about them and about orders."""

    def __init__(self, engine: Engine, receipts: Receipts) -> None:
        self._engine = engine
        self._receipts = receipts

    def take(
        self,
        account: AccountName,
        key: str,
        raiser: str,
        form: str,
        body: bytes,
        now: datetime,
        window: timedelta,
    ) -> Intake:
        """Keep a request and mint its number.  Inside `window` a repeat gets the same number.

        Outside it the same request is a new complaint; it is kept under the form ``FORM after
        NUMBER`` then, so that the adapter can say of which one it may be a duplicate.  The
        look-back happens under a lock on the key, so that two repeats at once agree.
        """
        prefix = f"{self._raiser(raiser)}:{key}:"
        span = {"account": account, **_span(prefix)}
        with self._engine.begin() as connection:
            connection.execute(
                text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"),
                {"name": f"{account}/{prefix}"},
            )
            before = connection.execute(_BEFORE, {**span, "since": now - window}).first()
            if before is not None and before.inside:
                connection.execute(_REPEAT, span)
                return Intake(ComplaintNumber(before.number), fresh=False)
            serial = connection.execute(text("SELECT nextval('complaint_number_seq')")).scalar_one()
            number = spell(serial)
            self._receipts.keep_within(
                connection,
                [
                    Arrival(
                        account=account,
                        source=Source.CHAT,
                        form=form if before is None else f"{form} after {before.number}",
                        external_id=ExternalId(number),
                        body=body,
                        dedupe_key=prefix + number,
                        number=number,
                    )
                ],
                now,
            )
            return Intake(number, fresh=True)

    def track(self, account: AccountName, raiser: str, number: ComplaintNumber) -> Tracked | None:
        """What became of a complaint, for the one who raised it there; else None.

        A complaint that was promised and isn't decided on yet counts as new.
        """
        with self._engine.connect() as connection:
            row = connection.execute(
                _TRACK, {"number": number, "account": account, "raiser": raiser}
            ).first()
            if row is not None:
                return Tracked(Status(row.status), Outcome(row.outcome))
            promised = connection.execute(
                _PROMISED,
                {"account": account, "number": number, **_span(f"{self._raiser(raiser)}:")},
            ).first()
        return Tracked(Status.NEW, Outcome.NONE) if promised else None

    def ask_order(self, shop: ShopName, number: str, asker: str) -> OrderState | None:
        """How far an order has come, for the customer with this e-mail; else None.

        None is also an order that nobody has said whose it is.  The work is the same whether
        there is such an order or not, so that the time it takes tells nothing.
        """
        owner = self._receipts.owner(asker)
        values = {"shop": shop, "space": OrderSpace.NUMBER, "number": number}
        with self._engine.connect() as connection:
            row = connection.execute(_ORDER, values).one()
        theirs = compare_digest(row.owner or "", owner) and bool(asker.strip())
        return OrderState(row.state) if theirs and row.state is not None else None

    def _raiser(self, raiser: str) -> str:
        """A name for the raiser that tells nothing about them."""
        return self._receipts.digest(raiser.encode()).hex()


def _span(prefix: str) -> dict[str, str]:
    """Bounds of all keys that begin with `prefix`, which ends in a colon."""
    return {"low": prefix, "high": prefix[:-1] + ";"}
