"""Folding all observations again, and whether the store is what comes of them.

The store must follow from what was observed and from what Redress itself sent, under the rules
in force: then every value in it can be explained, and nothing was lost on the way.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING, Any

from complaints import flow
from complaints.model import Observation, Record
from complaints.store.scratch import scratch
from complaints.vocabulary import OPERATOR, AccountName, Source

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from complaints.flow import Deps
    from complaints.rules import ShopRules
    from complaints.store.comparing import Pair
    from complaints.store.scratch import Scratch
    from complaints.vocabulary import ShopName

HIDDEN = frozenset({"raiser", "body", "name", "owner", "email", "phone", "words"})
"""Fields that tell of a person: that they differ is said, and not how."""

Progress = Callable[[int, int], None]
"""Is told how many of how many observations are folded."""

_AT_ONCE = 200
_LONGEST = 80


class Difference(Record):
    """One value that isn't what comes of the observations."""

    what: str
    name: str
    field: str = ""
    here: str = ""
    folded: str = ""

    def __str__(self) -> str:
        """A sentence for people."""
        subject = f"{self.what} {self.name}".strip()
        if not self.field:
            return f"{subject}: {self.here or self.folded}"
        if self.field in HIDDEN:
            return f"{subject}: {self.field} is another when folded again"
        return f"{subject}: {self.field} {self.here} here, {self.folded} when folded again"


class Rebuilt(Record):
    """What folding everything again came to."""

    observations: int
    complaints: int
    differences: tuple[Difference, ...]


class Stuck(Exception):
    """An observation that was decided once could not be claimed to be decided again."""


# -- comparing: pure ---------------------------------------------------------------------


def differences(pair: Pair) -> list[Difference]:
    """What differs between two versions of one row, field by field."""
    if pair.folded is None:
        return [_whole(pair, here="is here, and not when folded again")]
    if pair.here is None:
        return [_whole(pair, folded="is not here, and would be when folded again")]
    found = []
    for field in sorted(pair.here.keys() | pair.folded.keys()):
        here, folded = pair.here.get(field), pair.folded.get(field)
        if here != folded:
            here, folded = _apart(here, folded)
            found.append(
                Difference(
                    what=pair.what,
                    name=pair.name,
                    field=field,
                    here=_shown(field, here),
                    folded=_shown(field, folded),
                )
            )
    return found


def _apart(here: object, folded: object) -> tuple[object, object]:
    """Of two values those parts that differ: of lists the first entries, of objects the keys."""
    if isinstance(here, list) and isinstance(folded, list):
        places = range(max(len(here), len(folded)))
        pairs = ((_entry(here, n), _entry(folded, n)) for n in places)
        return next((_apart(*pair) for pair in pairs if pair[0] != pair[1]), (here, folded))
    if isinstance(here, dict) and isinstance(folded, dict):
        keys = [k for k in sorted(here.keys() | folded.keys()) if here.get(k) != folded.get(k)]
        return {k: here[k] for k in keys if k in here}, {k: folded[k] for k in keys if k in folded}
    return here, folded


def _entry(entries: list[Any], n: int) -> object:
    return entries[n] if n < len(entries) else None


def _whole(pair: Pair, here: str = "", folded: str = "") -> Difference:
    return Difference(what=pair.what, name=pair.name, here=here, folded=folded)


def _shown(field: str, value: object) -> str:
    if field in HIDDEN:
        return ""
    if value is None:
        return "nothing"
    shown = str(value) or "empty"
    return shown if len(shown) <= _LONGEST else shown[: _LONGEST - 1] + "…"


# -- folding -----------------------------------------------------------------------------


def _say_no_progress(_done: int, _all: int) -> None:
    """Nobody wants to know how far it has come."""


def check(deps: Deps, on_progress: Progress = _say_no_progress) -> Rebuilt:
    """Fold everything that was decided until now in a scratch schema, and compare.

    Observations go in the order of their receipt, by the same steps as ever.  What Redress
    sent, and when it was acknowledged, is put in between by the sequence that it drew then.
    ``on_progress`` is told how many of how many observations are folded.  Raises Stuck.
    """
    with folded(deps, deps.in_force(), on_progress) as (found, total, complaints):
        told = [_left_out(account, n) for account, n in found.left_out.items()]
        told += [one for pair in found.differing() for one in differences(pair)]
    return Rebuilt(observations=total, complaints=complaints, differences=tuple(told))


@contextmanager
def folded(
    deps: Deps, shops: Mapping[ShopName, ShopRules], on_progress: Progress = _say_no_progress
) -> Iterator[tuple[Scratch, int, int]]:
    """Fold everything under these rules in a scratch schema, which goes with the block.

    Gives the schema, the number of observations and that of complaints.  Raises Stuck.
    """
    with scratch(deps.store, [*deps.accounts, OPERATOR]) as found:
        # What the store has adopted isn't there: the rules that are given are in force.
        there = replace(
            deps, store=found.store, shops=shops, nudge=_say_nothing, recall=_say_nothing
        )
        total = _fold(there, found, on_progress)
        found.let_go()
        complaints = found.complaints()
        _settle(there, found, complaints)
        found.gather()
        yield found, total, len(complaints)


def _fold(there: Deps, found: Scratch, on_progress: Progress) -> int:
    waiting, acts = found.waiting(), found.acts()
    alone = [place for place, seq in enumerate(waiting) if seq in acts]
    done = 0
    on_progress(done, len(waiting))

    def go_on(until: int) -> None:
        nonlocal done
        while done < until:
            # What a person did waits until all before it is decided.
            act = next((place for place in alone if place >= done), until)
            batch = min(there.limits.batch, until - done, max(act - done, 1))
            taken = flow.reconcile(replace(there, limits=replace(there.limits, batch=batch)))
            if not taken:
                raise Stuck(f"observation {waiting[done]} can't be claimed")
            done += taken
            on_progress(done, len(waiting))

    # Deeds with no observation between them are one.
    for before, deeds in groupby(found.deeds(), lambda deed: bisect_left(waiting, deed.mark)):
        go_on(before)
        found.repeat(list(deeds))
    go_on(len(waiting))
    return len(waiting)


def _settle(there: Deps, found: Scratch, complaints: Sequence[int]) -> None:
    """Decide about every case once more: what then is asked for must be asked for already."""
    now = there.clock()
    after = Observation(
        seq=0,
        account=OPERATOR,
        source=Source.OPERATOR,
        form="rebuild",
        external_id=None,
        received_at=now,
        as_of=0,
        body=b"",
    )
    for begin in range(0, len(complaints), _AT_ONCE):
        some = complaints[begin : begin + _AT_ONCE]
        with found.reopened(some, there.accounts, now) as docket:
            for id_ in some:
                rules = there.shops[docket.book.complaint(id_).shop]
                docket.settle(id_, after, rules, there.accounts, now)


def _left_out(account: AccountName, n: int) -> Difference:
    return Difference(
        what="account",
        name=account,
        folded=f"is not in the settings: {n} of its observations can't be folded again",
    )


def _say_nothing(_step: str) -> None:
    """Nobody is to work on a scratch schema."""
