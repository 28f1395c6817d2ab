"""What the accounts don't show, counted as far as the store can tell.  Reads only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text

from complaints.blind import Estimate, Seen
from complaints.vocabulary import AccountName, ShopName

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from sqlalchemy import Connection, TextClause

_MIRRORS = text("""
SELECT account, count(*) FILTER (WHERE complaint_id IS NOT NULL) AS held,
  count(*) FILTER (WHERE complaint_id IS NOT NULL AND next_read_at IS NOT NULL) AS followed,
  count(*) FILTER (WHERE complaint_id IS NOT NULL AND next_read_at IS NULL) AS no_longer_read,
  count(*) FILTER (WHERE complaint_id IS NULL AND next_read_at IS NOT NULL) AS orders_followed,
  count(*) FILTER (WHERE complaint_id IS NULL AND next_read_at IS NULL) AS orders_no_longer_read
FROM mirror WHERE external_id IS NOT NULL AND account = ANY(:accounts) GROUP BY account
""")
_NOT_NAMED = text("""
SELECT a.account, count(o.id) AS orders_not_named
FROM unnest(CAST(:accounts AS text[]), CAST(:shops AS text[])) AS a(account, shop)
LEFT JOIN tracked_order o ON o.shop = a.shop
  AND NOT EXISTS (SELECT FROM mirror m WHERE m.order_id = o.id AND m.account = a.account)
GROUP BY a.account
""")
_NO_DUE_DATE = text("""
SELECT m.account, count(DISTINCT c.id) AS no_due_date
FROM mirror m JOIN complaint c ON c.id = m.complaint_id
WHERE m.account = ANY(:accounts) AND c.merged_into IS NULL
  AND c.status IN ('new', 'open', 'waiting')
  AND m.due_at IS NULL
GROUP BY m.account
""")
_MOVED = text("""
SELECT c.origin AS account, count(*) AS moved
FROM complaint c JOIN complaint r ON r.id = coalesce(c.merged_into, c.id)
WHERE c.origin = ANY(:accounts) AND r.status <> 'new' GROUP BY c.origin
""")
_CASE_WORDS = text("""
SELECT account, word, count(*) AS n FROM mirror
WHERE status = 'unknown' AND account = ANY(:accounts) GROUP BY account, word
""")
_ORDER_WORDS = text("""
SELECT account, order_said ->> 'word' AS word, count(*) AS n FROM mirror
WHERE coalesce(order_said ->> 'word', '') <> '' AND account = ANY(:accounts) GROUP BY 1, 2
""")
# A later statement about the record takes it back: it is visible again.
_GONE = text("""
SELECT g.account, count(*) AS n FROM (
  SELECT o.account, o.external_id, max(o.as_of) AS as_of
  FROM receipt r JOIN observation o ON o.seq = r.seq AND o.received_at = r.received_at
  WHERE r.verdict = 'applied' AND r.reason = ANY(:gone) AND r.account = ANY(:accounts)
  GROUP BY o.account, o.external_id
) AS g LEFT JOIN mirror m ON m.account = g.account AND m.external_id = g.external_id
WHERE m.id IS NULL OR m.as_of < g.as_of GROUP BY g.account
""")


def seen(
    connection: Connection, shops: Mapping[AccountName, ShopName], gone: Collection[str]
) -> dict[AccountName, Seen]:
    """What can be counted at each account; `gone` are the reasons that tell of invisible ones."""
    names: dict[str, Sequence[str]] = {"accounts": list(shops), "shops": list(shops.values())}
    counts: dict[str, dict[Estimate, int]] = {name: {} for name in shops}
    for query in (_MIRRORS, _NOT_NAMED, _NO_DUE_DATE, _MOVED):
        for row in connection.execute(query, names).mappings():
            told = {Estimate(key): n for key, n in row.items() if key != "account"}
            counts[row["account"]].update(told)
    words = {query: _words(connection, query, names) for query in (_CASE_WORDS, _ORDER_WORDS)}
    found = connection.execute(_GONE, {**names, "gone": list(gone)})
    invisible: dict[str, int] = {row.account: row.n for row in found}
    return {
        name: Seen(
            counts[name],
            words[_CASE_WORDS].get(name, {}),
            words[_ORDER_WORDS].get(name, {}),
            invisible.get(name, 0),
        )
        for name in shops
    }


def _words(
    connection: Connection, query: TextClause, names: Mapping[str, Sequence[str]]
) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for account, word, n in connection.execute(query, names):
        found.setdefault(account, {})[word] = n
    return found
