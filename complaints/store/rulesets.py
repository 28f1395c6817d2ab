"""The rules of the shops: which version of them is in force, and since whose word."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import text

from complaints.rules import ShopRules
from complaints.vocabulary import ShopName

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy import Connection, Engine

    from complaints.store.receipts import Arrival, Receipts


class Ruleset(NamedTuple):
    """One version of a shop's rules, with the act by which it was adopted."""

    rules: ShopRules
    seq: int
    adopted_at: datetime
    adopted_by: str


_NEWEST = text("""
SELECT DISTINCT ON (shop) shop, version, seq, rules, adopted_at, adopted_by
FROM ruleset ORDER BY shop, version DESC
""")
_ADOPT = text("""
INSERT INTO ruleset (shop, version, seq, rules, adopted_at, adopted_by)
VALUES (:shop, :version, :seq, CAST(:rules AS jsonb), :now, :by)
""")
_BEHIND = text("""
SELECT c.id FROM unnest(CAST(:shops AS text[]), CAST(:versions AS bigint[])) AS r(shop, version)
JOIN complaint c ON c.shop = r.shop AND c.rules < r.version AND c.id > :after
ORDER BY c.id LIMIT :limit
""")


class Rulesets:
    """All versions of the rules of all shops."""

    def __init__(self, engine: Engine, receipts: Receipts) -> None:
        self._engine = engine
        self._receipts = receipts

    def newest(self) -> dict[ShopName, Ruleset]:
        """What is in force, shop by shop; of a shop that has never adopted any there is none."""
        with self._engine.connect() as connection:
            return _newest(connection)

    def adopt(
        self, drafts: Iterable[tuple[ShopRules, Arrival]], by: str, now: datetime
    ) -> list[ShopName]:
        """Put these rules in force, each as its shop's next version, with the act that says so.

        What is in force already is left as it is.  Several processes at once adopt once.
        Returns the shops whose rules are others now.
        """
        adopted = []
        with self._engine.begin() as connection:
            connection.execute(text("LOCK TABLE ruleset IN SHARE ROW EXCLUSIVE MODE"))
            known = _newest(connection)
            for rules, act in drafts:
                before = known.get(rules.name)
                if before is not None and before.rules.same_as(rules):
                    continue
                version = before.rules.version + 1 if before else 1
                (kept,) = self._receipts.keep_within(connection, [act], now)
                connection.execute(
                    _ADOPT,
                    {
                        "shop": rules.name,
                        "version": version,
                        "seq": kept.seq,
                        "rules": rules.model_copy(update={"version": version}).model_dump_json(),
                        "now": now,
                        "by": by,
                    },
                )
                adopted.append(rules.name)
        return adopted

    def behind(self, rulesets: Mapping[ShopName, Ruleset], after: int, limit: int) -> list[int]:
        """Complaints that were weighed last under older rules than these, by ascending ids.

        Those with ids greater than `after`, `limit` at most.
        """
        values = {
            "shops": list(rulesets),
            "versions": [one.rules.version for one in rulesets.values()],
            "after": after,
            "limit": limit,
        }
        with self._engine.connect() as connection:
            return list(connection.execute(_BEHIND, values).scalars())


def _newest(connection: Connection) -> dict[ShopName, Ruleset]:
    return {
        ShopName(row.shop): Ruleset(
            _read(row.rules),
            row.seq,
            row.adopted_at,
            row.adopted_by,
        )
        for row in connection.execute(_NEWEST)
    }


def _read(stored: dict[str, Any]) -> ShopRules:
    """Rules as any version of Redress has written them: what this one doesn't know is left out."""
    known = {key: value for key, value in stored.items() if key in ShopRules.model_fields}
    return ShopRules.model_validate(known)
