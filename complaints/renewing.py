"""New rules: who put them in force, and weighing everything anew under them.

The newest version that a shop has adopted is in force for all its complaints, old ones too: so
what the store holds never depends on when, or in which order, it was decided.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING
from uuid import uuid4

from complaints import acts
from complaints.keeping import arrival_of
from complaints.model import Observation
from complaints.store.casework import StoreBusy
from complaints.store.receipts import Batch
from complaints.vocabulary import OPERATOR, Source

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from complaints.flow import Deps
    from complaints.store.rulesets import Ruleset
    from complaints.vocabulary import ShopName

FIRST = "the first start"
"""Who adopts rules where nobody ever did."""


def adopt(deps: Deps, by: str, shops: Collection[ShopName] | None = None) -> list[ShopName]:
    """Put the rules of the settings in force; returns the shops for which that is a change.

    It is an act: who did it and when is told with each value that follows from it.  All
    complaints of these shops are weighed anew by `renew`.  ``shops``: these alone; None: all.
    """
    drafts = [rules for name, rules in sorted(deps.shops.items()) if shops is None or name in shops]
    arrivals = [
        arrival_of(acts.AdoptRules(shop=rules.name, by=by, rules=rules.model_dump(mode="json")))
        for rules in drafts
    ]
    pairs = list(zip(drafts, arrivals, strict=True))
    adopted = deps.store.rulesets.adopt(pairs, by, deps.clock())
    if adopted:
        deps.nudge("reconcile")
    return adopted


def renew(deps: Deps) -> int:
    """Weigh anew what was weighed under older rules than those in force.  Returns how much.

    Shops that have never adopted any rules adopt those of the settings.
    """
    fresh = deps.shops.keys() - deps.store.rulesets.newest().keys()
    if fresh:
        adopt(deps, FIRST, fresh)
    newest = deps.store.rulesets.newest()
    rulesets = {name: newest[name] for name in deps.shops}
    enough = time.monotonic() + deps.limits.lease / 2
    renewed, last = 0, 0
    fault: Exception | None = None
    while time.monotonic() < enough:
        behind = deps.store.rulesets.behind(rulesets, last, deps.limits.batch)
        if not behind:
            break
        fault = _weigh_each(deps, behind, rulesets) or fault
        renewed, last = renewed + len(behind), behind[-1]
    if renewed:
        for step in ("push", "poll", "escalate"):
            deps.nudge(step)
    if fault is not None:
        raise fault
    return renewed


def _weigh_each(
    deps: Deps, complaints: Sequence[int], rulesets: Mapping[ShopName, Ruleset]
) -> Exception | None:
    """Weigh a batch; one that raises a fault holds up none of the others.  Returns the fault."""
    try:
        _weigh(deps, complaints, rulesets)
    except StoreBusy:
        raise
    except Exception as fault:  # noqa: BLE001 - raised by the caller: its neighbours go first
        if len(complaints) == 1:
            return fault
        found = [_weigh_each(deps, [one], rulesets) for one in complaints]
        return next((one for one in found if one is not None), None)
    return None


def _weigh(deps: Deps, complaints: Sequence[int], rulesets: Mapping[ShopName, Ruleset]) -> None:
    now, held = deps.clock(), deps.read_only()
    with deps.store.reopened(complaints) as (connection, docket):
        for id_ in complaints:
            ruleset = rulesets[docket.book.complaint(id_).shop]
            docket.settle(id_, _act(ruleset), ruleset.rules, deps.accounts, now)
        deps.store.save(connection, docket, Batch(uuid4(), ()), now, deps.accounts, held)


def _act(ruleset: Ruleset) -> Observation:
    """The act by which these rules were put in force: what follows from them follows from it."""
    return Observation(
        seq=ruleset.seq,
        account=OPERATOR,
        source=Source.OPERATOR,
        form=acts.FORM,
        external_id=None,
        received_at=ruleset.adopted_at,
        as_of=ruleset.seq,
        body=b"",
    )
