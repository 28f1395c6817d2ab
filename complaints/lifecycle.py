"""The status table: which moves are legal, what ends a case, and who is believed.

Tables first, code after.  Legality governs what Redress *sends*; what a provider did by
itself is a fact, and a move that the table doesn't know is applied and marked as a jump.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from complaints.model import Outcome, Status

if TYPE_CHECKING:
    from collections.abc import Sequence

    from complaints.model import AccountName, Mirror

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


def rank(
    mirror: Mirror, providers: dict[AccountName, str], authority: Sequence[str]
) -> tuple[int, str, str]:
    """How much an account is trusted: the smaller, the more.  Never equal for two records."""
    provider = providers.get(mirror.account, "")
    place = authority.index(provider) if provider in authority else len(authority)
    return place, mirror.account, mirror.external_id or ""


def standing(
    mirrors: Sequence[Mirror], providers: dict[AccountName, str], authority: Sequence[str]
) -> Standing:
    """Weigh what the accounts say.  The result doesn't depend on the order of `mirrors`.

    The rules, the strongest first:

    ``reopened``   an account that moved its own case back to running outranks older ends
    ``conflict``   ended states that disagree: both are kept; moved money leads, then authority
    ``ended``      somebody decided it
    ``closed``     it is closed and nobody says who won
    ``staff``      a running state that a person chose, the most trusted account first
    ``derived``    a running state that is there because we pushed it
    ``new``        nobody has touched it
    """

    def trust(mirror: Mirror) -> tuple[int, str, str]:
        return rank(mirror, providers, authority)

    speaking = sorted((m for m in mirrors if m.covers), key=trust)
    ended = [m for m in speaking if m.stands in ENDED]
    reopened = max(
        (m for m in speaking if m.reopened and m.stands in RUNNING),
        key=lambda m: m.since,
        default=None,
    )
    if reopened is not None:
        outranked = [m for m in ended if m.since < reopened.since]
        paid = [m for m in outranked if m.money_moved]
        if paid:
            return _standing("conflict", paid[0], speaking, conflict=True)
        ended = [m for m in ended if m not in outranked]
        if not ended:
            return _standing("reopened", reopened, speaking)
    decided = [m for m in ended if m.outcome in DECIDED]
    if decided:
        lead = min(decided, key=lambda m: (not m.money_moved, *trust(m)))
        if len({STATUS_OF[m.outcome] for m in decided}) > 1:
            return _standing("conflict", lead, speaking, conflict=True)
        furthest = next((m for m in ended if m.stands is Status.CLOSED), lead)
        return Standing(
            furthest.stands or Status.UNKNOWN,
            lead.outcome,
            conflict=False,
            rule="ended",
            winner=furthest,
            losers=tuple(m for m in speaking if m is not furthest),
            lead=lead,
        )
    if ended:
        return _standing("closed", ended[0], speaking)
    precise = [m for m in speaking if len(m.covers) == 1 and m.stands is not Status.NEW]
    for rule, candidates in (
        ("staff", [m for m in precise if not m.ours]),
        ("derived", precise),
    ):
        if candidates:
            return _standing(rule, candidates[0], speaking)
    winner = speaking[0] if speaking else None
    losers = tuple(speaking[1:])
    return Standing(
        Status.NEW, Outcome.NONE, conflict=False, rule="new", winner=winner, losers=losers
    )


WHY_NOT: dict[str, str] = {
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
    )


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
