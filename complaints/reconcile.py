"""From one change to one decision.  Pure: records in, records out.

`fold` takes what an account said into the case; `settle` then weighs all accounts and
says what to tell each of them.  Neither knows a database, a provider or the time of day:
`now` is an argument.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from complaints import deadlines, lifecycle
from complaints.model import (
    OPEN_PUSHES,
    Change,
    Complaint,
    FieldDecision,
    Mirror,
    Move,
    Outcome,
    PushKind,
    PushState,
    Status,
    WantedPush,
)
from complaints.wishes import Case, shows, wishes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from complaints.model import AccountName, Observation, Push
    from complaints.rules import AccountProfile, ShopRules

_AWAITS = frozenset({PushState.UNKNOWN, PushState.PARKED})
"""A push in one of these is a person's business: the same one isn't asked for again."""


class Folded(NamedTuple):
    """What one change did to one mirror."""

    mirror: Mirror
    applied: bool
    rule: str
    seen: tuple[Status, ...] = ()
    """Statuses that the account's own history lists and that we had not seen."""


class Settled(NamedTuple):
    """What all accounts together make of a case, and what follows from it."""

    complaint: Complaint
    moves: tuple[Move, ...]
    fields: tuple[FieldDecision, ...]
    wanted: tuple[WantedPush, ...]
    superseded: tuple[int, ...]
    """Ids of pushes that a newer state has overtaken."""
    shown: tuple[int, ...]
    """Ids of manual actions, and of pushes whose answer was lost, whose effect is now seen."""


def fold(
    mirror: Mirror, change: Change, observation: Observation, pushes: Sequence[Push]
) -> Folded:
    """Take one account's news into its mirror.

    Older than what is known there (an older read, or a history that ends before the one we
    have seen) is kept without effect: inside one account its own event ids order facts, else
    the begin of the read.
    """
    newest = max((event.position for event in change.events), default=0)
    if newest < mirror.last_event:
        return Folded(mirror, applied=False, rule="older-history")
    if newest == mirror.last_event and observation.as_of < mirror.as_of:
        return Folded(mirror, applied=False, rule="older-read")
    unseen = tuple(e for e in change.events if e.position > mirror.last_event)
    same = change.status is mirror.status and change.covers == mirror.covers
    told = any(
        push.kind is PushKind.SET_STATUS
        and push.account == mirror.account
        and push.target is change.status
        and (_under_way(push) or (push.state is PushState.DONE and push.acked > mirror.as_of))
        for push in pushes
    )
    was_ended = mirror.status in lifecycle.ENDED
    runs = change.status in lifecycle.RUNNING
    # It may have ended and been opened again between two reads.
    turned = runs and any(event.status in lifecycle.ENDED for event in unseen)
    outcome = change.outcome
    if change.status is Status.CLOSED and outcome is Outcome.UNKNOWN:
        # A desk's ``closed`` says nothing about who won: keep what was decided before.
        outcome = mirror.outcome if was_ended else Outcome.UNKNOWN
    moved = mirror.model_copy(
        update={
            "word": change.word,
            "status": change.status,
            "covers": change.covers,
            "outcome": outcome,
            "money_moved": change.money_moved,
            "as_of": observation.as_of,
            "since": mirror.since if same and not turned else observation.as_of,
            "reopened": runs and (mirror.reopened or was_ended or turned),
            "ours": (mirror.ours if same else told) and len(unseen) <= 1,
            "last_event": max(newest, mirror.last_event),
            "settled": change.settled,
        }
    )
    rule = "echo" if same and not unseen else "newest-in-account"
    seen = tuple(event.status for event in unseen if event.status is not None)
    return Folded(moved, applied=True, rule=rule, seen=seen)


def open_case(
    complaint_id: int, number: str, change: Change, observation: Observation, rules: ShopRules
) -> Complaint:
    """Open a complaint on the first news of it."""
    filed_at = change.filed_at or observation.received_at
    return Complaint.model_validate(
        {
            "id": complaint_id,
            "number": number,
            "shop": rules.name,
            "status": Status.NEW,
            "outcome": Outcome.NONE,
            "order_id": None,
            "origin": observation.account,
            "opened_at": filed_at,
            "due_at": deadlines.due_at(filed_at, rules),
            "remedy": change.claim.remedy if change.claim else None,
        }
    )


def settle(
    case: Case,
    cause: int,
    seen: Sequence[Status],
    rules: ShopRules,
    accounts: Mapping[AccountName, AccountProfile],
) -> Settled:
    """Weigh all accounts, move the complaint, and say what each account must be told.

    `cause` is the sequence of the observation that asked for this: it makes the keys of
    pushes unique per intent.
    """
    providers = {name: account.provider for name, account in accounts.items()}
    said = _weigh(case, providers, rules)
    before = case.complaint
    moves = _moves(before.status, seen, said)
    complaint = before.model_copy(
        update={
            "status": said.status,
            "outcome": said.outcome,
            "conflict": said.conflict,
            "version": before.version + 1,
        }
    )
    settled = case._replace(complaint=complaint)
    wanted = tuple(wishes(settled, cause, rules, accounts))
    asked = {_what(push) for push in wanted}
    standing_pushes = {
        _what(push)
        for push in case.pushes
        if push.state in OPEN_PUSHES or push.state in _AWAITS or push.state is PushState.MANUAL
    }
    by_account = {mirror.account: mirror for mirror in case.mirrors}
    overtaken: list[int] = []
    shown: list[int] = []
    for push in case.pushes:
        mirror = by_account.get(push.account)
        if push.state is PushState.UNKNOWN and _arrived(push, mirror):
            shown.append(push.id)
        if push.state not in {PushState.HELD, PushState.DUE, PushState.MANUAL}:
            continue
        if _what(push) in asked:
            continue
        by_hand = push.kind is PushKind.PORTAL or push.state is PushState.MANUAL
        done = by_hand and _arrived(push, mirror)
        (shown if done else overtaken).append(push.id)
    winner = said.winner.account if said.winner else before.origin
    losers = tuple(f"{m.account}: {m.word}" for m in said.losers)
    fields = tuple(
        FieldDecision(field=field, value=value, rule=said.rule, winner=winner, losers=losers)
        for field, value in (
            ("status", complaint.status),
            ("outcome", complaint.outcome),
        )
    )
    return Settled(
        complaint,
        moves,
        fields,
        tuple(push for push in wanted if _what(push) not in standing_pushes),
        tuple(overtaken),
        tuple(shown),
    )


def _what(push: Push | WantedPush) -> tuple[AccountName, PushKind, Status | None, str | None]:
    """What a push is to bring about: two with the same are one wish."""
    return push.account, push.kind, push.target, push.file


def _weigh(case: Case, providers: dict[AccountName, str], rules: ShopRules) -> lifecycle.Standing:
    """What all accounts say.  A word that no table lists begins no case anew."""
    said = lifecycle.standing(case.mirrors, providers, rules.authority)
    unlisted = [m for m in case.mirrors if m.status is Status.UNKNOWN]
    if said.rule != "new" or not unlisted:
        return said
    speaking = (said.winner, *said.losers) if said.winner else ()
    return said._replace(
        status=case.complaint.status,
        outcome=case.complaint.outcome,
        rule="unlisted",
        winner=min(unlisted, key=lambda mirror: mirror.id),
        losers=speaking,
    )


_SHOWN_BY_THE_CASE = frozenset(
    {PushKind.CREATE, PushKind.SET_STATUS, PushKind.OPEN_DISPUTE, PushKind.REFUND, PushKind.PORTAL}
)
"""Pushes whose effect is to be seen in what the account says about the complaint."""


def _arrived(push: Push, mirror: Mirror | None) -> bool:
    """Whether the account shows what this push was to bring about."""
    if mirror is None or mirror.status is None or push.kind not in _SHOWN_BY_THE_CASE:
        return False
    return push.target is None or shows(mirror, push.target)


def _moves(before: Status, seen: Sequence[Status], said: lifecycle.Standing) -> tuple[Move, ...]:
    if before is said.status:
        return ()
    at, moves = before, []
    for status in lifecycle.steps(before, seen, said.status):
        moves.append(Move(before=at, after=status, jump=status not in lifecycle.LEGAL[at]))
        at = status
    return tuple(moves)


def _under_way(push: Push) -> bool:
    """Whether this may have had its effect already, though nobody has recorded it."""
    return push.state is PushState.SENDING or (push.tried and push.state is PushState.DUE)
