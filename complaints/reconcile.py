"""From one change to one decision.  Pure: records in, records out.

`fold` takes what an account said into the case; `settle` then weighs all accounts and
says what to tell each of them.  Neither knows a database, a provider or the time of day:
`now` is an argument.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from complaints import deadlines, explaining, lifecycle, telling
from complaints.model import Change, Claim, Complaint, FieldDecision, Mirror, Move, Side, WantedPush
from complaints.pauses import past
from complaints.policies import rules_for
from complaints.rules import AuthorityField
from complaints.vocabulary import OPEN_PUSHES, Hold, Outcome, PushKind, PushState, Status
from complaints.wishes import Case, shows, wishes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from complaints.model import Observation, Push
    from complaints.rules import AccountProfile, ShopRules
    from complaints.vocabulary import AccountName

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
    due: deadlines.Due
    """By which clock it is due."""
    sides: tuple[Side, ...]
    """The ends that contradict each other, if any do."""
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
    have seen) it is put in its place and changes nothing that came after; one that tells an
    event otherwise than before is kept without effect.
    """
    said = telling.statement(change, observation)
    others = (one for one in mirror.history if one.seq != said.seq)
    history = tuple(sorted((*others, said), key=telling.place))
    told = telling.retell(mirror.model_copy(update={"history": history}), pushes)
    if said.seq in telling.contradicted(history):
        return Folded(told, applied=False, rule="contradicts-itself")
    last = max(told.last_event, telling.newest(said.events))
    if telling.newest(said.events) < last or told.as_of > said.as_of:
        moved = told.model_copy(update={"history": mirror.history}) != mirror
        older = "older-history" if telling.newest(said.events) < last else "older-read"
        return Folded(told, applied=moved, rule=older)
    unseen = tuple(e for e in said.events if e.position > mirror.last_event)
    same = said.status is mirror.status and said.covers == mirror.covers
    rule = "echo" if same and not unseen else "newest-in-account"
    seen = tuple(event.status for event in unseen if event.status is not None)
    return Folded(told, applied=True, rule=rule, seen=seen)


def open_case(
    complaint_id: int, number: str, change: Change, observation: Observation, rules: ShopRules
) -> Complaint:
    """Open a complaint on the first news of it."""
    return Complaint.model_validate(
        {
            "id": complaint_id,
            "number": number,
            "shop": rules.name,
            "status": Status.NEW,
            "outcome": Outcome.NONE,
            "order_id": None,
            "origin": observation.account,
            "due_at": None,
            "rules": rules.version,
            **birth(change, observation, rules),
        }
    )


def birth(change: Change, observation: Observation, rules: ShopRules) -> dict[str, Any]:
    """What the first observation of a case says of it for good."""
    filed_at = change.filed_at or observation.received_at
    claim = change.claim or Claim()
    return {
        "born": observation.seq,
        "quiet": telling.is_quiet(change, observation),
        "opened_at": filed_at,
        "due_at": deadlines.due_at(filed_at, rules),
        "remedy": claim.remedy,
        "claimed": claim.amount,
        "claimed_in": claim.currency,
        "category": claim.category,
        "channel": claim.channel,
    }


def settle(
    case: Case,
    seen: Sequence[Status],
    rules: ShopRules,
    accounts: Mapping[AccountName, AccountProfile],
) -> Settled:
    """Weigh all accounts, move the complaint, and say what each account must be told.

    But for the moves all of it follows from the case, however it came to be so.
    """
    providers = {name: account.provider for name, account in accounts.items()}
    before = case.complaint
    order = lifecycle.order_voice(case.payment) if case.payment and case.alone else None
    heard = case.mirrors if order is None else (*case.mirrors, order)
    said = lifecycle.standing(heard, providers, rules.trusted(AuthorityField.STATUS), case.ruling)
    moves = _moves(before.status, seen, said)
    terms = rules_for(before, rules, providers.get(before.origin, ""))
    due = deadlines.first_due(before.opened_at, terms, past(case, terms, providers))
    complaint = before.model_copy(
        update={
            "status": said.status,
            "outcome": said.outcome,
            "conflict": said.conflict,
            "due_at": due.at,
            "paused_at": due.paused_at,
            "rules": rules.version,
            "version": before.version + 1,
        }
    )
    settled = case._replace(complaint=complaint)
    wanted = tuple(wishes(settled, said, rules, accounts))
    asked = {_what(push): push for push in wanted}
    standing_pushes = {
        _what(push)
        for push in case.pushes
        if (push.state in OPEN_PUSHES or push.state in _AWAITS or push.state is PushState.MANUAL)
        and not _held_otherwise(push, asked.get(_what(push)))
    }
    overtaken: list[int] = []
    shown: list[int] = []
    for push in case.pushes:
        mirror = _subject(push, case.mirrors)
        if push.state is PushState.UNKNOWN and _arrived(push, mirror):
            shown.append(push.id)
        if push.state not in {PushState.HELD, PushState.DUE, PushState.MANUAL}:
            continue
        if _what(push) in asked:
            if _held_otherwise(push, asked[_what(push)]):
                overtaken.append(push.id)
            continue
        by_hand = push.kind is PushKind.PORTAL or push.state is PushState.MANUAL
        done = by_hand and _arrived(push, mirror)
        (shown if done else overtaken).append(push.id)
    sides = tuple(
        Side(
            account=mirror.account,
            external_id=mirror.external_id,
            word=mirror.word,
            outcome=mirror.outcome,
            money_moved=mirror.money_moved,
        )
        for mirror in sorted(said.sides, key=lambda m: (m.account, m.external_id or ""))
    )
    return Settled(
        complaint,
        due,
        sides,
        moves,
        explaining.standing_fields(complaint, said),
        tuple(push for push in wanted if _what(push) not in standing_pushes),
        tuple(overtaken),
        tuple(shown),
    )


def _what(push: Push | WantedPush) -> tuple[object, ...]:
    """What a push is to bring about: two with the same are one wish."""
    record = push.external_id if push.kind in _ABOUT_RECORDS else None
    return push.account, push.kind, record, push.target, push.file


def _subject(push: Push, mirrors: Sequence[Mirror]) -> Mirror | None:
    """The mirror that shows whether a push has had its effect."""
    there = [mirror for mirror in mirrors if mirror.account == push.account]
    named = [mirror for mirror in there if mirror.external_id == push.external_id]
    return next(iter([*named, *there]), None)


def _held_otherwise(push: Push, wanted: WantedPush | None) -> bool:
    """Whether what waits for a person needn't, or what needn't has to."""
    if wanted is None or push.tried or push.freed:
        return False
    if push.state not in {PushState.HELD, PushState.DUE}:
        return False
    return (push.held_for is Hold.IMPORT) != (wanted.held_for is Hold.IMPORT)


_ABOUT_RECORDS = frozenset({PushKind.SET_STATUS, PushKind.REFUND, PushKind.PORTAL})
"""Pushes about a record that the account has already."""

_SHOWN_BY_THE_CASE = frozenset(
    {PushKind.CREATE, PushKind.SET_STATUS, PushKind.OPEN_DISPUTE, PushKind.REFUND, PushKind.PORTAL}
)
"""Pushes whose effect is to be seen in what the account says about the complaint."""


def _arrived(push: Push, mirror: Mirror | None) -> bool:
    """Whether the account shows what this push was to bring about."""
    if mirror is None or mirror.status is None or push.kind not in _SHOWN_BY_THE_CASE:
        return False
    if mirror.refund_failed and push.kind is PushKind.PORTAL:
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
