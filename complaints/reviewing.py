"""Cases that may be one: joined where the evidence is strong, shown to people where it isn't.

Nothing about it is stored but what was decided: which pairs there are follows from the cases as
they are, in whatever order they came in.  A link by evidence is an act like a person's merge:
`redress unlink` takes it back, and then it isn't tried again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from complaints import acts, evidence
from complaints.evidence import Kind, Known
from complaints.keeping import arrival_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from complaints.flow import Deps
    from complaints.rules import AccountProfile, ShopRules
    from complaints.store import Store
    from complaints.store.receipts import Arrival
    from complaints.vocabulary import AccountName, ShopName

BY = "evidence"
"""Who joins what the evidence says."""

MOST = 2000
"""So many pairs of a shop are looked at in one go."""

NEWEST = 5000
"""Among so many complaints that came last pairs are looked for by the schedule."""

EVERYTHING_SECONDS = 86400.0
"""So often it looks for them among all."""


class Pair(NamedTuple):
    """Two cases that may be one, the older first."""

    shop: ShopName
    one: Known
    other: Known
    score: int
    kind: Kind

    @property
    def agrees(self) -> str:
        """What agrees, in words."""
        return evidence.in_words(self.one.trace, self.other.trace)


def reviews(
    store: Store,
    in_force: Mapping[ShopName, ShopRules],
    accounts: Mapping[AccountName, AccountProfile],
    newest: int | None = None,
) -> list[Pair]:
    """Pairs that wait for a person, the likeliest first; of the `newest` complaints, or of all."""
    every = _pairs(store, in_force, accounts, newest)
    found = [pair for pair in every if pair.kind is Kind.REVIEW]
    return sorted(found, key=lambda pair: (-pair.score, pair.one.id, pair.other.id))


def match(deps: Deps) -> int:
    """Join what the evidence is strong enough for.  Returns how many pairs that was.

    Looks at what came last, and once a day at everything: an old case may have got its evidence
    late, or be looked at under newer rules.
    """
    newest = None if deps.store.accounts.tick("match everything", EVERYTHING_SECONDS) else NEWEST
    found = _pairs(deps.store, deps.in_force(), deps.accounts, newest)
    arrivals = [_merge(pair) for pair in found if pair.kind is Kind.LINK]
    if not arrivals:
        return 0
    kept = deps.store.receipts.keep(arrivals, deps.clock())
    deps.nudge("reconcile")
    return sum(one.fresh for one in kept)


def _pairs(
    store: Store,
    in_force: Mapping[ShopName, ShopRules],
    accounts: Mapping[AccountName, AccountProfile],
    newest: int | None,
) -> Iterator[Pair]:
    for shop, rules in sorted(in_force.items()):
        if not rules.evidence_days:
            continue
        for cases in store.alike(shop, rules.evidence_days, MOST, newest):
            one, other = sorted(cases, key=lambda case: (case.opened_at, case.id))
            kind = evidence.judge(one, other, rules, accounts)
            yield Pair(shop, one, other, evidence.score(one.trace, other.trace), kind)


def _merge(pair: Pair) -> Arrival:
    act = acts.MergeComplaints(
        shop=pair.shop,
        by=BY,
        number=pair.other.number,
        into=pair.one.number,
        evidence=pair.agrees,
    )
    # Once for ever: what a person has parted stays so.
    return arrival_of(act, f"{BY}:{pair.one.number}:{pair.other.number}")
