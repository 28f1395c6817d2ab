"""What other rules would change: everything folded again under them, apart from the store.

What Redress has sent stays sent: it is told what would be asked for besides, and what of that
which waits would not be asked for any more.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from complaints.model import Record
from complaints.rebuilding import folded
from complaints.vocabulary import AccountName, ComplaintNumber, PushKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from complaints.flow import Deps
    from complaints.rules import ShopRules
    from complaints.store.comparing import Pair
    from complaints.vocabulary import ShopName

SHOWN_FIELDS = ("status", "outcome", "conflict", "due_at", "joined")
"""What of a complaint is told when it would be another."""


class Changed(Record):
    """One field of a complaint that would have another value."""

    number: ComplaintNumber
    field: str
    now: str
    then: str


class Asked(Record):
    """A push that would be asked for, or wouldn't be any more."""

    number: ComplaintNumber
    account: AccountName
    kind: PushKind
    target: str
    state: str
    mails: bool
    """The provider may write to the customer because of it."""


class Rehearsal(Record):
    """What would come of it."""

    observations: int
    complaints: int
    changed: tuple[Changed, ...] = ()
    opened: tuple[ComplaintNumber, ...] = ()
    """Conflicts that would be."""
    closed: tuple[ComplaintNumber, ...] = ()
    """Conflicts that wouldn't be any more."""
    breached: tuple[ComplaintNumber, ...] = ()
    """Complaints that would have been past their due date before they ended, and weren't."""
    in_time: tuple[ComplaintNumber, ...] = ()
    """Complaints that were, and wouldn't have been."""
    asked: tuple[Asked, ...] = ()
    given_up: tuple[Asked, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether nothing would change."""
        return not (self.changed or self.opened or self.closed or self.asked or self.given_up)

    @property
    def mails(self) -> int:
        """How many pushes may make a provider write to a customer."""
        return sum(push.mails for push in self.asked)


def rehearse(
    deps: Deps,
    drafts: Mapping[ShopName, ShopRules],
    since: datetime | None,
    mails: Mapping[AccountName, frozenset[PushKind]],
    on_progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> Rehearsal:
    """Fold everything under the drafts, other shops under the rules in force, and compare.

    Told are complaints of which something was received at `since` or later; None: all.
    ``mails`` are the pushes after which a provider may write to the customer.  Writes nothing.
    Raises `rebuilding.Stuck`.
    """
    rules = deps.in_force() | dict(drafts)
    with folded(deps, rules, on_progress) as (found, observations, complaints):
        told = None if since is None else found.heard_since(since)
        pairs = [pair for pair in found.differing() if told is None or _number(pair) in told]
    rehearsal = _weighed(pairs, observations, complaints, mails)
    now = deps.clock()
    ends = {one.number: one.ended_at for one in deps.store.ended(_EVER, now)}
    return rehearsal.model_copy(update=_breaches(pairs, ends, now))


_EVER = datetime(1970, 1, 1, tzinfo=UTC)


def _breaches(
    pairs: Iterable[Pair], ends: Mapping[ComplaintNumber, datetime], now: datetime
) -> dict[str, tuple[ComplaintNumber, ...]]:
    """Whose due date would lie on the other side of its end; of what runs, on that of today."""
    found: dict[str, list[ComplaintNumber]] = {"breached": [], "in_time": []}
    for pair in pairs:
        if pair.what != "complaint" or pair.here is None or pair.folded is None:
            continue
        number = _number(pair)
        end = ends.get(number, now)
        was, would = _passed(pair.here, end), _passed(pair.folded, end)
        if was is not would:
            found["breached" if would else "in_time"].append(number)
    return {name: tuple(numbers) for name, numbers in found.items()}


def _passed(fields: Mapping[str, object], end: datetime) -> bool:
    """Whether a case was past its due date before it ended, as it stands in a comparison."""
    due = fields["due_at"]
    return fields["paused_at"] is None and due is not None and _time(due) <= end


def _time(said: object) -> datetime:
    return said if isinstance(said, datetime) else datetime.fromisoformat(str(said))


def _weighed(
    pairs: Iterable[Pair],
    observations: int,
    complaints: int,
    mails: Mapping[AccountName, frozenset[PushKind]],
) -> Rehearsal:
    """What the differing rows mean."""
    changed: list[Changed] = []
    opened: list[ComplaintNumber] = []
    closed: list[ComplaintNumber] = []
    asked: list[Asked] = []
    given_up: list[Asked] = []
    for pair in pairs:
        number = _number(pair)
        match pair.what:
            case "complaint" if pair.here is not None and pair.folded is not None:
                changed += _changes(number, pair.here, pair.folded)
            case "conflict of complaint" if pair.here is None:
                opened.append(number)
            case "conflict of complaint" if pair.folded is None:
                closed.append(number)
            case "push" if pair.folded is not None and _waits(pair.folded):
                asked.append(_push(pair, pair.folded, mails))
            case "push" if pair.folded is None and pair.here is not None:
                given_up.append(_push(pair, pair.here, mails))
    return Rehearsal(
        observations=observations,
        complaints=complaints,
        changed=tuple(changed),
        opened=tuple(opened),
        closed=tuple(closed),
        asked=tuple(asked),
        given_up=tuple(given_up),
    )


def _changes(
    number: ComplaintNumber, here: Mapping[str, object], folded_again: Mapping[str, object]
) -> list[Changed]:
    return [
        Changed(number=number, field=name, now=_said(here[name]), then=_said(folded_again[name]))
        for name in SHOWN_FIELDS
        if here[name] != folded_again[name]
    ]


def _said(value: object) -> str:
    match value:
        case None:
            return "none"
        case True:
            return "yes"
        case False:
            return "no"
    return str(value)


def _number(pair: Pair) -> ComplaintNumber:
    """The complaint that a row is about, which is how its name begins."""
    return ComplaintNumber(pair.name.split(" ", 1)[0])


def _waits(fields: Mapping[str, object]) -> bool:
    """Whether it is asked for and not done."""
    return any(word in str(fields["state"]) for word in ("to be sent", "held for", "manual"))


def _push(
    pair: Pair, fields: Mapping[str, object], mails: Mapping[AccountName, frozenset[PushKind]]
) -> Asked:
    number, account, kind, *rest = pair.name.split(" ")
    name, act = AccountName(account), PushKind(kind)
    return Asked(
        number=ComplaintNumber(number),
        account=name,
        kind=act,
        target=" ".join(rest),
        state=str(fields["state"]),
        mails=act in mails.get(name, frozenset()),
    )
