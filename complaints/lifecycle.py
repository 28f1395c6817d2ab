"""The status table: which moves are legal, what ends a case, and who is believed.

Tables first, code after.  Legality governs what Redress *sends*; what a provider did by
itself is a fact, and a move that the table doesn't know is applied and marked as a jump.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from complaints.vocabulary import OrderState, Outcome, Status

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from complaints.model import Mirror
    from complaints.vocabulary import AccountName

RUNNING = frozenset({Status.NEW, Status.OPEN, Status.WAITING})
ENDED = frozenset({Status.RESOLVED, Status.REJECTED, Status.CLOSED})
DECIDED = frozenset({Outcome.UPHELD, Outcome.REFUSED, Outcome.PARTIAL})

LEGAL: dict[Status, frozenset[Status]] = {
    Status.NEW: frozenset({Status.OPEN, Status.WAITING, Status.RESOLVED, Status.REJECTED}),
    Status.OPEN: frozenset({Status.WAITING, Status.RESOLVED, Status.REJECTED}),
    Status.WAITING: frozenset({Status.OPEN, Status.RESOLVED, Status.REJECTED}),
    Status.RESOLVED: frozenset({Status.CLOSED, Status.OPEN}),
    Status.REJECTED: frozenset({Status.CLOSED, Status.OPEN}),
    Status.CLOSED: frozenset({Status.OPEN}),
    Status.UNKNOWN: frozenset(),
}
"""Moves of a complaint.  From an ended status back to open is a re-opening."""

SENDABLE: dict[Status, frozenset[Status]] = {
    status: frozenset(after for after in moves if not (status in ENDED and after in RUNNING))
    for status, moves in LEGAL.items()
}
"""Moves that Redress may send by itself: all legal ones but re-openings."""

OUTCOME: dict[Status, Outcome] = {
    Status.RESOLVED: Outcome.UPHELD,
    Status.REJECTED: Outcome.REFUSED,
    Status.CLOSED: Outcome.UNKNOWN,
}
"""What an ended status alone says about who won.  A running one says nothing."""

STATUS_OF: dict[Outcome, Status] = {
    Outcome.UPHELD: Status.RESOLVED,
    Outcome.PARTIAL: Status.RESOLVED,
    Outcome.REFUSED: Status.REJECTED,
}
"""The decisive status behind an outcome: what another account has to be told."""


class OrderRow(NamedTuple):
    """What a state of an order says about the only complaint that hangs on it."""

    status: Status | None = None
    outcome: Outcome = Outcome.NONE
    money_moved: bool = False


ORDER_SAYS: dict[OrderState, OrderRow] = {
    OrderState.PLACED: OrderRow(),
    OrderState.PAID: OrderRow(),
    OrderState.SHIPPED: OrderRow(),
    OrderState.DELIVERED: OrderRow(),
    # The desk cancels lines for many reasons, and a replacement is an order of its own.
    OrderState.CANCELLED: OrderRow(),
    OrderState.REFUNDED: OrderRow(Status.RESOLVED, Outcome.UPHELD, money_moved=True),
}
"""Facts of an order at the account through which it was paid; most decide nothing."""


def order_voice(payment: Mirror) -> Mirror | None:
    """What the payment account's order says about its only complaint, as a mirror to be weighed."""
    said = payment.order_said
    row = ORDER_SAYS[said.state] if said.state is not None else OrderRow()
    if row.status is None:
        return None
    return payment.model_copy(
        update={
            "word": said.word or "",
            "status": row.status,
            "stands": row.status,
            "covers": frozenset({row.status}),
            "outcome": row.outcome,
            "money_moved": row.money_moved,
            "since": said.marks.get("state", 0),
            "by": said.told_by.get("state", 0),
            "quiet": bool(said.quiet),
        }
    )


class Standing(NamedTuple):
    """What all accounts together say, and by which rule."""

    status: Status
    outcome: Outcome
    conflict: bool
    rule: str
    winner: Mirror | None
    losers: tuple[Mirror, ...]
    lead: Mirror | None = None
    """Whose outcome counts, where another one's status does."""
    since: int = 0
    """``as_of`` of the newest statement that this follows from."""
    quiet: bool = False
    """An import brought it."""

    @property
    def sides(self) -> tuple[Mirror, ...]:
        """The ends that contradict each other; none but in a conflict."""
        speaking = (self.winner, *self.losers) if self.winner else self.losers
        ends = (m for m in speaking if m.stands in ENDED or m.reopened)
        return tuple(ends) if self.conflict else ()


class Ruling(NamedTuple):
    """What a person decided who won, and the observation that holds it."""

    outcome: Outcome
    seq: int


def rank(
    mirror: Mirror, providers: dict[AccountName, str], authority: Sequence[str]
) -> tuple[int, str, str]:
    """How much an account is trusted: the smaller, the more.  Never equal for two records."""
    provider = providers.get(mirror.account, "")
    place = authority.index(provider) if provider in authority else len(authority)
    return place, mirror.account, mirror.external_id or ""


def standing(
    mirrors: Sequence[Mirror],
    providers: dict[AccountName, str],
    authority: Sequence[str],
    ruling: Ruling | None = None,
) -> Standing:
    """Weigh what the accounts say.  The result doesn't depend on the order of `mirrors`.

    The rules, the strongest first (`_RULES`):

    ``reopened``   an account that moved its own case back to running outranks older ends
    ``conflict``   ended states that disagree, or a re-opening after money has moved: all are
                   kept; moved money leads, then authority
    ``ended``      somebody decided it
    ``closed``     it is closed and nobody says who won
    ``staff``      a running state that a person chose, the most trusted account first
    ``derived``    a running state that is there because we pushed it
    ``new``        nobody has touched it

    Where that is a conflict, ``ruling`` comes before it: a person has settled it, and no account
    has said otherwise since.  While the accounts agree no ruling counts.
    """
    speaking = sorted((m for m in mirrors if m.covers), key=lambda m: rank(m, providers, authority))
    heard = _heard(speaking)
    said = next(found for rule in _RULES if (found := rule(heard)) is not None)
    if said.conflict and ruling is not None and not any(_against(m, ruling) for m in speaking):
        return _ruled(heard, ruling)
    return said


class _Heard(NamedTuple):
    """What there is to weigh; the most trusted first."""

    speaking: list[Mirror]
    ended: list[Mirror]
    """Ends that no re-opening outranks."""
    reopened: Mirror | None
    paid: list[Mirror]
    """Ends that a re-opening would outrank, had no money moved."""


def _heard(speaking: list[Mirror]) -> _Heard:
    ended = [m for m in speaking if m.stands in ENDED]
    again = [m for m in speaking if m.reopened and m.stands in RUNNING]
    reopened = max(again, key=lambda m: m.since, default=None)
    older = [m for m in ended if reopened is not None and m.since < reopened.since]
    return _Heard(
        speaking,
        [m for m in ended if m not in older],
        reopened,
        [m for m in older if m.money_moved],
    )


def _ruled(heard: _Heard, ruling: Ruling) -> Standing:
    agreeing = (m for m in heard.ended if not _differs(m, ruling))
    closed = any(m.stands is Status.CLOSED for m in agreeing)
    return Standing(
        Status.CLOSED if closed else STATUS_OF[ruling.outcome],
        ruling.outcome,
        conflict=False,
        rule="ruling",
        winner=None,
        losers=tuple(heard.speaking),
        since=ruling.seq,
    )


def _reopened(heard: _Heard) -> Standing | None:
    if heard.reopened is None:
        return None
    if heard.paid:
        return _standing("conflict", heard.paid[0], heard.speaking, conflict=True)
    return None if heard.ended else _standing("reopened", heard.reopened, heard.speaking)


def _decided(heard: _Heard) -> Standing | None:
    decided = [m for m in heard.ended if m.outcome in DECIDED]
    if not decided:
        return None
    lead = min(decided, key=lambda m: not m.money_moved)
    if len({STATUS_OF[m.outcome] for m in decided}) > 1:
        return _standing("conflict", lead, heard.speaking, conflict=True)
    furthest = next((m for m in heard.ended if m.stands is Status.CLOSED), lead)
    ended = _standing("ended", furthest, heard.speaking)
    return ended._replace(outcome=lead.outcome, lead=lead)


def _closed(heard: _Heard) -> Standing | None:
    return _standing("closed", heard.ended[0], heard.speaking) if heard.ended else None


def _chosen(heard: _Heard) -> Standing | None:
    precise = [
        m for m in heard.speaking if len(m.covers) == 1 and m.stands in RUNNING - {Status.NEW}
    ]
    chosen = [m for m in precise if not m.ours]
    if chosen:
        return _standing("staff", chosen[0], heard.speaking)
    return _standing("derived", precise[0], heard.speaking) if precise else None


def _untouched(heard: _Heard) -> Standing:
    nothing = Standing(Status.NEW, Outcome.NONE, conflict=False, rule="new", winner=None, losers=())
    if not heard.speaking:
        return nothing
    said = _standing("new", heard.speaking[0], heard.speaking)
    return said._replace(status=Status.NEW, outcome=Outcome.NONE)


_RULES: tuple[Callable[[_Heard], Standing | None], ...] = (
    _reopened,
    _decided,
    _closed,
    _chosen,
    _untouched,
)
"""Tried in this order: the first that has something to say counts."""


def _standing(
    rule: str, winner: Mirror, speaking: Sequence[Mirror], *, conflict: bool = False
) -> Standing:
    return Standing(
        winner.stands or Status.UNKNOWN,
        winner.outcome,
        conflict=conflict,
        rule=rule,
        winner=winner,
        losers=tuple(m for m in speaking if m is not winner),
        since=winner.since,
        quiet=winner.quiet,
    )


def _differs(mirror: Mirror, ruling: Ruling) -> bool:
    """Whether an account has decided otherwise."""
    return (
        mirror.stands in ENDED
        and mirror.outcome in DECIDED
        and STATUS_OF[mirror.outcome] is not STATUS_OF[ruling.outcome]
    )


def _against(mirror: Mirror, ruling: Ruling) -> bool:
    """Whether an account has said otherwise after a person ruled."""
    again = mirror.reopened and mirror.stands in RUNNING
    return mirror.since > ruling.seq and (again or _differs(mirror, ruling))


WHY_NOT: dict[str, str] = {
    "ruling": "a person has settled it",
    "reopened": "it ended before the case was opened again, or only runs",
    "conflict": "another end stands against it",
    "ended": "an end was decided elsewhere",
    "closed": "it has ended elsewhere",
    "staff": "a more trusted person chose another running status",
    "derived": "a more trusted account shows another running status",
    "new": "it says no more than that there is a case",
}
"""Why an account that says something else doesn't count, by the rule that decided."""


def why_not(said: Standing, loser: Mirror) -> str:
    """Why what this account says isn't the value."""
    if said.status in loser.covers and loser.outcome in {said.outcome, Outcome.NONE}:
        return "it agrees"
    if said.rule == "staff" and (loser.ours or loser.stands is Status.NEW):
        return "nobody chose it there"
    return WHY_NOT[said.rule]


def steps(before: Status, seen: Sequence[Status], after: Status) -> list[Status]:
    """The statuses passed on the way to `after`, with the unseen ones filled in.

    `seen` is what the account's own history lists since we last looked.
    """
    path: list[Status] = []
    at = before
    for status in [*seen, after]:
        if status is not at and status is not Status.UNKNOWN:
            path.append(status)
            at = status
    return path
