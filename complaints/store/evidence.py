"""Pairs of cases that have a customer in common, found by the keyed hashes of their traces."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter
from sqlalchemy import text

from complaints.evidence import Known
from complaints.model import Record
from complaints.store.bulk import records, whole

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from complaints.vocabulary import ShopName

# Without a common e-mail or phone no score is high enough: both have an index.
_PAIRS = """
WITH running AS (
  SELECT t.complaint_id, t.email, t.phone FROM complaint c JOIN trace t ON t.complaint_id = c.id
  WHERE c.shop = :shop AND c.status IN ('new', 'open', 'waiting')
    AND (CAST(:newest AS bigint) IS NULL
      OR c.id > (SELECT max(id) FROM complaint) - CAST(:newest AS bigint))
), alike AS (
  SELECT r.complaint_id AS one, t.complaint_id AS other FROM running r
  JOIN trace t ON t.shop = :shop AND t.email = r.email AND r.email <> '' AND t.email <> ''
  UNION
  SELECT r.complaint_id, t.complaint_id FROM running r
  JOIN trace t ON t.shop = :shop AND t.phone = r.phone AND r.phone <> '' AND t.phone <> ''
), pairs AS (
  SELECT DISTINCT least(a.one, a.other) AS one, greatest(a.one, a.other) AS other
  FROM alike a JOIN complaint c ON c.id = a.one JOIN complaint d ON d.id = a.other
  WHERE coalesce(c.merged_into, c.id) <> coalesce(d.merged_into, d.id) AND c.origin <> d.origin
    AND abs(extract(epoch FROM c.opened_at - d.opened_at)) <= CAST(:days AS integer) * 86400.0
    AND NOT EXISTS (
      SELECT FROM apart x JOIN complaint y ON y.id = x.complaint_id
      JOIN complaint z ON z.id = x.other_id
      WHERE least(coalesce(y.merged_into, y.id), coalesce(z.merged_into, z.id))
          = least(coalesce(c.merged_into, c.id), coalesce(d.merged_into, d.id))
        AND greatest(coalesce(y.merged_into, y.id), coalesce(z.merged_into, z.id))
          = greatest(coalesce(c.merged_into, c.id), coalesce(d.merged_into, d.id)))
  ORDER BY 1, 2 LIMIT :limit
)
SELECT {one} AS one, {other} AS other FROM pairs p
"""
_CASE = """(
  SELECT json_build_object('id', c.id, 'number', c.number, 'origin', c.origin,
    'accounts', coalesce((SELECT json_agg(DISTINCT m.account) FROM mirror m
      WHERE m.complaint_id = coalesce(c.merged_into, c.id)), '[]'),
    'opened_at', c.opened_at, 'status', c.status, 'by_hand', c.by_hand OR r.by_hand,
    'order_id', r.order_id,
    'trace', json_build_object('email', t.email, 'phone', t.phone,
      'amount', CAST(t.amount AS text), 'currency', t.currency, 'words', t.words))
  FROM complaint c JOIN complaint r ON r.id = coalesce(c.merged_into, c.id)
  JOIN trace t ON t.complaint_id = c.id WHERE c.id = p.{}
)"""
_FOUND = whole(_PAIRS.format(one=_CASE.format("one"), other=_CASE.format("other")))


class _Pair(Record):
    one: Known
    other: Known


_READ: TypeAdapter[list[_Pair]] = TypeAdapter(list[_Pair])


def pairs(
    connection: Connection, shop: ShopName, days: int, limit: int, newest: int | None
) -> list[tuple[Known, Known]]:
    """Cases of a shop that are two and have an e-mail or a phone in common, the oldest first.

    At least one of them runs, both were opened within `days`, and nobody keeps them apart.  With
    ``newest`` one of them is among so many complaints that came last: that costs as much as
    these do, and not as all that run.
    """
    values: dict[str, Any] = {"shop": shop, "days": days, "limit": limit, "newest": newest}
    connection.execute(text("SET LOCAL statement_timeout = 60000"))
    return [(pair.one, pair.other) for pair in records(connection, _FOUND, values, _READ)]
