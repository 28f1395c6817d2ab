"""Why each field of a complaint has its value: what a decision keeps of it.  Pure.

Tables first.  A decision keeps status and outcome each time, and the others when they may have
changed; no customer's data is among them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from complaints import lifecycle
from complaints.model import FieldDecision, Loser, Mirror
from complaints.vocabulary import OPERATOR, Outcome, PushKind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from complaints.deadlines import Due
    from complaints.model import Complaint, Observation, Order, OrderSaid
    from complaints.vocabulary import AccountName

FIELDS: Final[Mapping[str, str]] = {
    "status": "how far the case has come",
    "outcome": "who won",
    "conflict": "whether accounts have decided it against each other",
    "due": "from when on it is overdue",
    "opened_at": "when it was filed",
    "origin": "the account that told of it first",
    "remedy": "what the customer wishes",
    "order": "the order that it is about, by its ids",
    "delivered": "whether that order has arrived",
    "order_state": "how far that order has come",
    "total": "what that order cost",
    "owner_known": "whether somebody has told whose order it is",
}
"""Everything of which `redress why` can be asked, and what it means."""

RULES_IN_WORDS: Final[Mapping[str, str]] = {
    # status and outcome (`lifecycle.standing`)
    "ruling": "a person settled it, and no account has said otherwise since",
    "reopened": "an account moved its own case from ended back to running, after all other ends",
    "conflict": "accounts have decided it against each other, or opened it again after money moved:"
    " all of it is kept, nothing is pushed, and a person settles it",
    "ended": "an account has decided it; an end outranks what still runs elsewhere",
    "closed": "an account has closed it, and nobody says who won",
    "staff": "a person chose this running status; the most trusted account comes first",
    "derived": "it shows what Redress itself brought about there, and no person chose otherwise",
    "new": "nobody has touched it yet",
    "running": "it hasn't ended, so nobody has won yet",
    "agreed": "no two accounts have decided it against each other",
    # how it began
    "filed": "its first news says when it was filed",
    "received": "its first news doesn't say when it was filed: the time at which we received it",
    "first-news": "it is as its first news told it",
    "shop-clock": "the shop's promise: so many calendar days after the day of filing",
    "legal-clock": "the law: so many calendar days after the day of filing",
    "response-clock": "the shop's promise to take it up: so many open hours after it was filed",
    "update-clock": "the shop's promise to be heard of again: so many open hours after the last"
    " move",
    "provider-clock": "an account says when it is due there",
    "paused-clock": "the shop's promise, whose clock stands still: it would be due then if it went"
    " on at once",
    "no-clock": "no clock runs for it",
    "wished": "the customer said so when the case was filed",
    "no-wish": "the customer named no wish that we know when the case was filed",
    # its order
    "named-order": "an account named it; all ids of one order are kept together",
    "no-order": "no account has named an order",
    "seen-delivered": "one account that has seen it arrive is enough",
    "not-delivered": "accounts say that it hasn't arrived, and none has seen it arrive",
    "furthest": "each account sees a part of the way: the order is where it has come furthest",
    "trusted-amount": "the most trusted account that tells an amount is believed",
    "owner-told": "the most trusted account that names a customer is believed",
    "untold": "no account has told it",
}
"""Each rule by which a field gets its value, in one sentence for people."""

UNTOLD_RULES = frozenset({"untold", "no-order"})
"""Rules by which nobody has said anything: they name the account that told of the case."""

TAKEN_IN_WORDS: Final[Mapping[str, str]] = {
    "new-case": "nothing was known of it, so it opened the case",
    "our-reference": "it bears our number, which we had just sent there",
    "our-dispute": "it is the dispute that we had just opened there",
    "newest-in-account": "it is the newest that this account says",
    "echo": "it says what was known already",
    "contradicts-itself": "it tells an event otherwise than before, and is kept without effect",
    "older-read": "it is older than what was known, and was put in its place",
    "older-history": "its history ends before the one that was known, and was put in its place",
    "order-fact": "something was learnt about the order",
    "replayed": "it was decided once more, after something was mended",
    "withdrawn": "what it had told before counts no more",
    "attached": "a file was attached",
    "same-order": "two systems hold a record of the same order, opened within a few days",
    "linked": "a person said that a record belongs to it",
    "unlinked": "a person said that a record doesn't belong to it",
    "merged": "a person said that two complaints are one",
    "matched-by-evidence": "two systems' customers, amounts and texts say that it is one case",
    "adopted": "a person found the record that a push had made",
    "given-up": "a person gave up a push whose answer was lost",
    "new-rules": "other rules came into force",
    "weighed-again": "a hold, an outage, or a push that came back unsent had it weighed again",
    "split": "a person said that two complaints aren't one",
    "settled-by-a-person": "a person settled what accounts had decided against each other",
}
"""How an observation was taken into a case, in the words of the decision's own rule."""

FEEDS: Final[Mapping[str, frozenset[PushKind]]] = {
    "status": frozenset(
        {PushKind.CREATE, PushKind.SET_STATUS, PushKind.OPEN_DISPUTE, PushKind.PORTAL}
    ),
    "outcome": frozenset(
        {PushKind.SET_STATUS, PushKind.REFUND, PushKind.PORTAL, PushKind.CREATE_ORDER}
    ),
    "remedy": frozenset({PushKind.CREATE_ORDER}),
    "order": frozenset({PushKind.OPEN_DISPUTE, PushKind.REFUND, PushKind.CREATE_ORDER}),
    "delivered": frozenset({PushKind.OPEN_DISPUTE}),
    "total": frozenset({PushKind.REFUND}),
}
"""What is pushed because of a field's value (`wishes`); the others cause nothing."""

YES, NO, UNTOLD, NONE = "yes", "no", "not told", "none"


def in_words(rule: str) -> str:
    """A rule, or how an observation was taken, as a sentence; "a/b" is both."""
    words = {**RULES_IN_WORDS, **TAKEN_IN_WORDS}
    return "; ".join(words.get(part, f"rule {part}") for part in rule.split("/"))


# -- status, outcome, conflict -----------------------------------------------------------


def standing_fields(
    complaint: Complaint, said: lifecycle.Standing
) -> tuple[FieldDecision, FieldDecision, FieldDecision]:
    """Why status, outcome and conflict are what they are."""
    lead = said.lead or said.winner
    others = [m for m in (said.winner, *said.losers) if m is not None and m is not lead]
    runs = said.rule in _RUNNING_RULES
    side = lifecycle.STATUS_OF.get(lead.outcome) if lead else None
    against = [m for m in others if m.reopened or lifecycle.STATUS_OF.get(m.outcome, side) != side]
    return (
        _decision(
            "status",
            complaint.status,
            said.rule,
            _Speaker.of(said.winner, complaint, said),
            tuple(_loser(m, m.word, lifecycle.why_not(said, m)) for m in said.losers),
            said.winner.word if said.winner else "",
        ),
        _decision(
            "outcome",
            complaint.outcome,
            "running" if runs else said.rule,
            _Speaker.of(lead, complaint, said),
            ()
            if runs
            else tuple(
                _loser(m, m.outcome, lifecycle.why_not(said, m))
                for m in others
                if m.outcome is not Outcome.NONE
            ),
        ),
        _decision(
            "conflict",
            _yes(complaint.conflict),
            "conflict" if complaint.conflict else "agreed",
            _Speaker.of(lead, complaint, said),
            tuple(_loser(m, m.word, lifecycle.WHY_NOT["conflict"]) for m in against)
            if complaint.conflict
            else (),
        ),
    )


_RUNNING_RULES = frozenset({"staff", "derived", "new"})


# -- how it began ------------------------------------------------------------------------


def beginning(complaint: Complaint) -> tuple[object, ...]:
    """What `beginning_fields` tell: if it changes, they are told anew."""
    return (
        complaint.born,
        complaint.opened_at,
        complaint.due_at,
        complaint.paused_at,
        complaint.origin,
        complaint.remedy,
    )


def beginning_fields(
    complaint: Complaint, due: Due, observation: Observation
) -> tuple[FieldDecision, ...]:
    """Why a complaint's beginning is told as it is, and when it is due.

    `observation` is the one that is being decided; mostly it is the one that told of it.
    """
    told = _Speaker(complaint.origin, complaint.born)
    filed = "first-news"
    if observation.seq == complaint.born:
        filed = "received" if complaint.opened_at == observation.received_at else "filed"
    return (
        _decision(
            "due",
            _moment(complaint.due_at),
            _clock_rule(complaint, due),
            told,
            note="" if complaint.due_at is None else due.promise,
        ),
        _decision("opened_at", _moment(complaint.opened_at), filed, told),
        _decision("origin", complaint.origin, "first-news", told),
        _decision(
            "remedy", complaint.remedy or NONE, "wished" if complaint.remedy else "no-wish", told
        ),
    )


def _clock_rule(complaint: Complaint, due: Due) -> str:
    if complaint.due_at is None:
        return "no-clock"
    return "paused-clock" if due.paused_at is not None else f"{due.clock}-clock"


# -- its order ---------------------------------------------------------------------------


def order_field(
    complaint: Complaint, order: Order | None, observation: Observation
) -> FieldDecision:
    """Why a complaint is about this order; `observation` is the one that named it."""
    if order is None:
        return _decision("order", NONE, "no-order", _Speaker(complaint.origin, complaint.born))
    keys = sorted(order.keys, key=lambda key: (key.space, key.value))
    value = ", ".join(f"{key.space} {key.value}" for key in keys)
    return _decision("order", value, "named-order", _Speaker(observation.account, observation.seq))


class _Fact(NamedTuple):
    """One fact of an order, and by which rule accounts that differ are weighed."""

    field: str
    name: str
    """In `OrderFacts`."""
    rule: str
    spell: Callable[[OrderSaid], str]
    why_not: str


def order_fact_fields(
    complaint: Complaint, order: Order | None, tellers: Sequence[Mirror]
) -> tuple[FieldDecision, ...]:
    """Why the facts of its order are what they are; the most trusted of `tellers` first."""
    nobody = _Speaker(complaint.origin, complaint.born)
    if order is None:
        return tuple(
            _decision(fact.field, _NOT_TOLD.get(fact.field, UNTOLD), "no-order", nobody)
            for fact in _FACTS
        )
    fields = []
    for fact in _FACTS:
        value = getattr(order, fact.name)
        telling = [m for m in tellers if getattr(m.order_said, fact.name) is not None]
        winner = next((m for m in telling if getattr(m.order_said, fact.name) == value), None)
        if value is None or winner is None:
            untold = _NOT_TOLD.get(fact.field, UNTOLD)
            fields.append(_decision(fact.field, untold, "untold", nobody))
            continue
        fields.append(
            _decision(
                fact.field,
                fact.spell(winner.order_said),
                "not-delivered" if value is False else fact.rule,
                _Speaker(winner.account, winner.order_said.told_by.get(fact.name, 0)),
                tuple(_loser(m, *_against(fact, m, winner)) for m in telling if m is not winner),
            )
        )
    return tuple(fields)


def _against(fact: _Fact, loser: Mirror, winner: Mirror) -> tuple[str, str]:
    """What another account tells of an order, and why it doesn't count."""
    same = getattr(loser.order_said, fact.name) == getattr(winner.order_said, fact.name)
    if same and fact.spell(loser.order_said) == fact.spell(winner.order_said):
        return fact.spell(loser.order_said), "it agrees"
    # Who it is stays a hash: it isn't told.
    value = "another person" if fact.field == "owner_known" else fact.spell(loser.order_said)
    return value, fact.why_not


_FACTS: Final = (
    _Fact(
        "delivered",
        "delivered",
        "seen-delivered",
        lambda said: _yes(bool(said.delivered)),
        "another account has seen it arrive",
    ),
    _Fact(
        "order_state",
        "state",
        "furthest",
        lambda said: said.state or UNTOLD,
        "another account has seen it come further",
    ),
    _Fact(
        "total",
        "total",
        "trusted-amount",
        lambda said: f"{said.total} {said.currency or ''}".strip(),
        "a more trusted account tells another amount",
    ),
    _Fact(
        "owner_known", "owner", "owner-told", lambda _: YES, "a more trusted account names another"
    ),
)
_NOT_TOLD: Final[Mapping[str, str]] = {"owner_known": NO}


# -- writing it down ---------------------------------------------------------------------


class _Speaker(NamedTuple):
    """Whose word counts, and the observation that it comes from."""

    account: AccountName
    by: int

    @classmethod
    def of(cls, mirror: Mirror | None, complaint: Complaint, said: lifecycle.Standing) -> _Speaker:
        """A mirror's, or a person's; where nobody says anything, whoever told of the case first."""
        if said.rule == "ruling":
            return cls(OPERATOR, said.since)
        if mirror is None:
            return cls(complaint.origin, complaint.born)
        return cls(mirror.account, mirror.by)


def _decision(
    field: str,
    value: str,
    rule: str,
    speaker: _Speaker,
    losers: tuple[Loser, ...] = (),
    note: str = "",
) -> FieldDecision:
    return FieldDecision(
        field=field,
        value=value,
        rule=rule,
        winner=speaker.account,
        by=speaker.by,
        losers=losers,
        note=note,
    )


def _loser(mirror: Mirror, value: str, why: str) -> Loser:
    return Loser(account=mirror.account, value=value, why=why)


def _yes(value: bool) -> str:  # noqa: FBT001
    return YES if value else NO


def _moment(at: datetime | None) -> str:
    return NONE if at is None else at.isoformat()
