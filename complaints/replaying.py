"""Deciding observations once more after something was mended: an adapter, a table of words.

A quarantined one is decided by the ordinary path as if it had just been received.  Of one that
was decided before, all that it told is taken back and told anew, in its old place: so the store
stays a function of the observations, and `redress rebuild --check` finds nothing.

What a person did is carried out once.  Acts that were refused since are decided anew as well,
for what is replayed may be what they lacked; unless a later act was about the same.
"""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from complaints import acts, contents, flow
from complaints.keeping import arrival_of
from complaints.model import Change
from complaints.names import name_all
from complaints.store.casework import StoreBusy
from complaints.store.replays import Asked, Candidate
from complaints.vocabulary import OPERATOR, AccountName, PushState, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from complaints.docket import Docket
    from complaints.flow import Deps
    from complaints.model import Observation
    from complaints.store.replays import Effects, Trial
    from complaints.vocabulary import ShopName


class Selection(NamedTuple):
    """Which observations are to be decided once more: these, or all that fit the rest."""

    observations: tuple[int, ...] = ()
    quarantined: bool = False
    account: AccountName | None = None
    since: datetime | None = None

    def __str__(self) -> str:
        """As it would be typed."""
        parts = [str(seq) for seq in self.observations]
        parts += ["--quarantined"] if self.quarantined else []
        parts += [f"--account {self.account}"] if self.account else []
        parts += [f"--since {self.since.isoformat()}"] if self.since else []
        return " ".join(parts)


class Skipped(NamedTuple):
    """One that was chosen and can't be decided once more."""

    seq: int
    why: str


class Choice(NamedTuple):
    """What is to be decided once more."""

    chosen: tuple[Candidate, ...]
    along: tuple[Candidate, ...]
    """Acts that were refused since."""
    skipped: tuple[Skipped, ...]

    @property
    def seqs(self) -> list[int]:
        """All observations, in their order."""
        return sorted(one.seq for one in (*self.chosen, *self.along))


class Plan(NamedTuple):
    """What deciding once more would come to."""

    choice: Choice
    """Without those that still can't be decided: they are skipped."""
    effects: Effects
    calls: dict[AccountName, int]
    """Requests at each account, reads after writes included."""


class Replayed(NamedTuple):
    """What is pending now, and the acts that tell who had it decided once more."""

    seqs: list[int]
    acts: list[int]


# -- choosing ----------------------------------------------------------------------------


def choose(deps: Deps, selection: Selection) -> Choice:
    """Find what is selected, and say what of it can't be decided once more."""
    replays = deps.store.replays
    if selection.observations:
        found = replays.named(selection.observations)
    else:
        found = replays.found(selection.account, selection.since, quarantined=selection.quarantined)
    missing = set(selection.observations) - {one.seq for one in found}
    skipped = [Skipped(seq, "there is no such observation") for seq in missing]
    chosen = []
    for one in found:
        if why := _why_not(deps, one):
            # Acts that were carried out are no part of what "all" means.
            if selection.observations or one.account != OPERATOR:
                skipped.append(Skipped(one.seq, why))
        else:
            chosen.append(one)
    along: list[Candidate] = []
    if chosen:
        chosen, along, late = _with_acts(deps, chosen)
        skipped += late
    return Choice(tuple(chosen), tuple(along), tuple(sorted(skipped)))


def _why_not(deps: Deps, one: Candidate) -> str:
    """Why this can't be decided once more; empty: it can."""
    if one.verdict == Verdict.PENDING:
        return "it waits to be decided as it is"
    if one.account == OPERATOR and one.verdict != Verdict.QUARANTINED:
        return "what a person did is carried out once"
    if one.account != OPERATOR and one.account not in deps.accounts:
        return f"account {one.account} is not in the settings"
    return "" if one.kept else "what it said was forgotten"


def _with_acts(
    deps: Deps, chosen: Sequence[Candidate]
) -> tuple[list[Candidate], list[Candidate], list[Skipped]]:
    """Add the acts that were refused since; leave out those that a later one has overtaken."""
    later = {one.seq: one for one in deps.store.replays.acts_since(chosen[0].seq - 1)}
    read = {
        observation.seq: (observation, contents.read_out(deps, observation))
        for observation in deps.store.replays.observations(list(later))
    }
    shops = {deps.accounts[one.account].shop for one in chosen if one.account != OPERATOR}
    picked = {one.seq for one in chosen}
    carried_out = [
        (seq, set(name_all([news], deps.accounts).names()))
        for seq, news in read.items()
        if later[seq].verdict == Verdict.APPLIED
    ]
    along, skipped = [], []
    for seq, news in read.items():
        if later[seq].verdict != Verdict.QUARANTINED:
            continue
        names = set(name_all([news], deps.accounts).names())
        after = next((n for n, others in carried_out if n > seq and names & others), None)
        shop = next((p.shop for p in news[1] if not isinstance(p, Change)), None)
        if after is not None:
            skipped.append(Skipped(seq, f"act {after} was about the same, and came later"))
        elif seq not in picked and shop in shops:
            along.append(later[seq])
    overtaken = {one.seq for one in skipped}
    return [one for one in chosen if one.seq not in overtaken], along, skipped


# -- planning ----------------------------------------------------------------------------


def plan(deps: Deps, choice: Choice) -> Plan:
    """Try what would come of it, and write nothing.

    What raises a fault when it is decided is left out and named.  Raises
    StoreBusy when the cases are held by others for too long.
    """
    now, held = deps.clock(), deps.read_only()
    observations = deps.store.replays.observations(choice.seqs)
    broken: list[Skipped] = []
    with deps.store.replays.trial(choice.seqs) as trial:
        for batch in _batches(observations, deps.limits.batch):
            try:
                docket = _decided(deps, trial, batch, now)
            except StoreBusy:
                raise
            except Exception:  # noqa: BLE001 - which of them it is, is found out one by one
                broken += _one_by_one(deps, trial, batch, now, held)
            else:
                trial.save(docket, now, deps.accounts, held)
        effects = trial.effects(now)
    bad = {one.seq for one in broken}
    effects.verdicts.pop(Verdict.PENDING, None)
    left = Choice(
        tuple(one for one in choice.chosen if one.seq not in bad),
        tuple(one for one in choice.along if one.seq not in bad),
        tuple(sorted((*choice.skipped, *broken))),
    )
    return Plan(left, effects, calls(deps, effects))


def _batches(observations: Sequence[Observation], size: int) -> Iterator[list[Observation]]:
    """In their order; what a person did comes alone, when all before it is decided."""
    for is_act, run in groupby(observations, lambda one: one.account == OPERATOR):
        together = list(run)
        step = 1 if is_act else size
        for begin in range(0, len(together), step):
            yield together[begin : begin + step]


def _decided(deps: Deps, trial: Trial, batch: Sequence[Observation], now: datetime) -> Docket:
    news = [(one, contents.read_out(deps, one)) for one in batch]
    docket = trial.load(news, deps.accounts)
    flow.take_all(docket, news, deps, now)
    return docket


def _one_by_one(
    deps: Deps,
    trial: Trial,
    batch: Sequence[Observation],
    now: datetime,
    held: frozenset[AccountName],
) -> list[Skipped]:
    """Decide each of a batch by itself.  Returns those that can't be."""
    broken = []
    for one in batch:
        try:
            docket = _decided(deps, trial, [one], now)
        except StoreBusy:
            raise
        except Exception as fault:  # noqa: BLE001 - named to the person who asked
            broken.append(Skipped(one.seq, f"deciding it still fails: {type(fault).__name__}"))
        else:
            trial.save(docket, now, deps.accounts, held)
    return broken


def calls(deps: Deps, effects: Effects) -> dict[AccountName, int]:
    """Requests that the effects cost at each account, at most."""
    needed: Counter[AccountName] = Counter()
    for push in filter(_is_sent, effects.pushes):
        needed[push.account] += push.number * deps.cost(push.account, push.kind)
        if deps.accounts[push.account].reads:
            needed[push.account] += push.number * deps.cost(push.account)
    for account, count in effects.reads.items():
        needed[account] += count * deps.cost(account)
    return dict(sorted(needed.items()))


def _is_sent(push: Asked) -> bool:
    """Whether Redress sends it, now or when it is let go."""
    return push.state != PushState.MANUAL


# -- doing -------------------------------------------------------------------------------


def replay(deps: Deps, choice: Choice, selection: Selection, by: str) -> Replayed:
    """Have it decided once more, and keep who said so as an act of each shop concerned."""
    now = deps.clock()
    shares: dict[ShopName, list[int]] = {}
    for shop, seq in _shops(deps, (*choice.chosen, *choice.along)):
        shares.setdefault(shop, []).append(seq)
    arrivals = [
        arrival_of(
            acts.ReplayObservations(
                shop=shop, by=by, observations=tuple(sorted(seqs)), chosen=str(selection)
            )
        )
        for shop, seqs in sorted(shares.items())
    ]
    seqs, kept = deps.store.replays.reopen(choice.seqs, arrivals, now)
    deps.nudge("reconcile")
    return Replayed(seqs, [one.seq for one in kept])


def _shops(deps: Deps, chosen: Iterable[Candidate]) -> Iterator[tuple[ShopName, int]]:
    """The shop of each; an act that can't be read still is of no shop, and of all."""
    by_hand = [one.seq for one in chosen if one.account == OPERATOR]
    pieces = {
        observation.seq: contents.read_out(deps, observation)
        for observation in deps.store.replays.observations(by_hand)
    }
    for one in chosen:
        if one.account != OPERATOR:
            yield deps.accounts[one.account].shop, one.seq
            continue
        named = [p.shop for p in pieces.get(one.seq, ()) if not isinstance(p, Change)]
        for shop in named or sorted(deps.shops):
            yield shop, one.seq


def verdicts(deps: Deps, seqs: Sequence[int]) -> dict[str, int]:
    """How many of these are decided so, or ``pending``."""
    return dict(Counter(one.verdict for one in deps.store.replays.named(seqs)))
