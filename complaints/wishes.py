"""What each account must be told, as the case stands: one push for each wish.  Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from complaints import lifecycle
from complaints.model import Complaint, File, Mirror, WantedPush
from complaints.vocabulary import (
    Capability,
    Hold,
    OrderSpace,
    Outcome,
    PushKind,
    PushState,
    Remedy,
    Status,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from complaints.model import Order, Push
    from complaints.pauses import Pause
    from complaints.rules import AccountProfile, ShopRules
    from complaints.vocabulary import AccountName

_UPHELD = frozenset({Outcome.UPHELD, Outcome.PARTIAL})

FUTILE = 2
"""A status that was acknowledged so often without effect is a person's business."""


_NOT_SENT = frozenset({PushState.HELD, PushState.DUE, PushState.MANUAL, PushState.SUPERSEDED})


class Case(NamedTuple):
    """Everything that deciding about one complaint needs."""

    complaint: Complaint
    mirrors: tuple[Mirror, ...]
    pushes: tuple[Push, ...]
    order: Order | None
    payment: Mirror | None = None
    """What the payment account holds of the order, when no complaint hangs on it there."""
    disputing: bool = False
    """Another complaint of the order opens its dispute: an older one, or it was sent already."""
    alone: bool = True
    """No other complaint hangs on the order: what is told of it is told of this one."""
    files: tuple[File, ...] = ()
    ruling: lifecycle.Ruling | None = None
    """What a person decided last where accounts contradict each other."""
    stills: tuple[Pause, ...] = ()
    """When people held it, and when accounts that have a record of it gave no answers."""


def shows(mirror: Mirror, status: Status) -> bool:
    """Whether an account's present word already says `status` (or goes beyond it)."""
    if status in mirror.covers:
        return True
    decided = lifecycle.OUTCOME.get(status)
    return (
        mirror.status in lifecycle.ENDED
        and status in lifecycle.ENDED
        and lifecycle.STATUS_OF.get(mirror.outcome) is lifecycle.STATUS_OF.get(decided)
        if decided in lifecycle.DECIDED
        else False
    )


class _Cause(NamedTuple):
    """The newest of the statements that ask for a push."""

    mark: int
    """Part of the push's key: another cause is another intent."""
    quiet: bool

    @property
    def hold(self) -> Hold | None:
        """What an import alone asks for waits for a person."""
        return Hold.IMPORT if self.quiet else None


def _cause(said: lifecycle.Standing, mirror: Mirror) -> _Cause:
    """Why an account must hear: what was decided, or what it says itself, whichever is newer."""
    decided, here = _Cause(said.since, said.quiet), _Cause(mirror.since, mirror.quiet)
    return max(decided, here, key=lambda cause: cause.mark)


def wishes(
    case: Case,
    said: lifecycle.Standing,
    rules: ShopRules,
    accounts: Mapping[AccountName, AccountProfile],
) -> list[WantedPush]:
    """Every push that the case as it stands asks for, account by account."""
    wanted: list[WantedPush] = []
    for name, account in sorted(accounts.items()):
        if account.shop != rules.name:
            continue
        mirrors = [mirror for mirror in case.mirrors if mirror.account == name]
        if not mirrors:
            wanted += _openings(case, account, rules)
            continue
        if not case.complaint.conflict:
            for mirror in mirrors:
                wanted += _replies(case, account, mirror, said, rules)
            if any(mirror.status is not None for mirror in mirrors):
                wanted += _replacement(case, account, rules, quiet=said.quiet)
        wanted += _uploads(case, account)
    return wanted


def _openings(case: Case, account: AccountProfile, rules: ShopRules) -> list[WantedPush]:
    """Make the complaint known to an account that doesn't have it."""
    complaint = case.complaint
    if complaint.status not in lifecycle.RUNNING:
        return []
    kind = None
    if Capability.CREATE in account.capabilities:
        kind = PushKind.CREATE
    elif (
        Capability.OPEN_DISPUTE in account.capabilities
        and rules.dispute_undelivered
        and case.order is not None
        and case.order.delivered is False
        and case.payment is not None
        and case.payment.account == account.name
        and not case.payment.settled
        and not case.disputing
    ):
        kind = PushKind.OPEN_DISPUTE
    if kind is None or _ever(case, account.name, kind):
        return []
    quiet = complaint.quiet
    if kind is PushKind.OPEN_DISPUTE and case.payment is not None:
        # It was asked for by whichever came last: the complaint, or that nothing has arrived.
        order = case.payment.order_said
        quiet = bool(order.quiet) if order.marks.get("delivered", 0) > complaint.born else quiet
    hold = Hold.IMPORT if quiet else None
    key = f"{kind}:{complaint.number}:{account.name}"
    return [WantedPush(key=key, account=account.name, kind=kind, held_for=hold)]


def _replies(
    case: Case,
    account: AccountProfile,
    mirror: Mirror,
    said: lifecycle.Standing,
    rules: ShopRules,
) -> list[WantedPush]:
    """Tell an account that has the complaint what became of it."""
    cause = _cause(said, mirror)
    if mirror.refund_failed and case.complaint.outcome in _UPHELD:
        why = "the refund failed: no money has moved; pay it another way"
        return [_portal(case, mirror, case.complaint.status, cause, why)]
    target = case.complaint.status
    if target is Status.CLOSED:
        # Only a desk knows ``closed``: the others are told who won.
        target = lifecycle.STATUS_OF.get(case.complaint.outcome, Status.CLOSED)
    if mirror.status is None or target is Status.UNKNOWN or shows(mirror, target):
        return []
    if mirror.status in lifecycle.ENDED and target in lifecycle.RUNNING:
        # What has ended there is undone by people only.
        return [_portal(case, mirror, Status.OPEN, cause, "it was opened again elsewhere")]
    if mirror.status in lifecycle.ENDED and said.rule == "ruling":
        return [_portal(case, mirror, target, cause, "a person has settled it otherwise")]
    if Capability.SET_STATUS in account.capabilities:
        return _set_status(case, mirror, target, cause)
    ends = target in lifecycle.ENDED and mirror.status in lifecycle.RUNNING
    if not ends or case.complaint.outcome not in lifecycle.DECIDED:
        return []
    return _ending(case, account, mirror, target, cause, rules)


def _set_status(case: Case, mirror: Mirror, target: Status, cause: _Cause) -> list[WantedPush]:
    legal = mirror.status is not None and target in lifecycle.SENDABLE[mirror.status]
    if not legal or _unseen(case, mirror, target):
        return []
    tries = _without_effect(case, mirror, target)
    if tries >= FUTILE:
        return [_portal(case, mirror, target, cause, "the call has no effect there")]
    return [
        WantedPush(
            key=_key(PushKind.SET_STATUS, case, mirror, target, cause, tries),
            account=mirror.account,
            kind=PushKind.SET_STATUS,
            external_id=mirror.external_id,
            target=target,
            held_for=cause.hold,
        )
    ]


def _ending(
    case: Case,
    account: AccountProfile,
    mirror: Mirror,
    target: Status,
    cause: _Cause,
    rules: ShopRules,
) -> list[WantedPush]:
    """End a case at an account that takes no status: by a refund, or by a person."""
    number = case.complaint.number
    refunds = Capability.REFUND in account.capabilities
    if case.complaint.outcome is Outcome.UPHELD and refunds:
        total = case.order.total if case.order else None
        allowed = rules.refund_allowance
        states = [p.state for p in case.pushes if p.kind is PushKind.REFUND]
        refund = WantedPush(
            key=f"{PushKind.REFUND}:{number}:{account.name}",
            account=account.name,
            kind=PushKind.REFUND,
            external_id=mirror.external_id,
            target=target,
            amount=total,
            reason=f"complaint {number} upheld",
            held_for=Hold.AMOUNT if _large(total, rules) else cause.hold,
        )
        if PushState.MANUAL in states:
            # No call does it: it stays with the person who has it.
            return [refund]
        if _ever(case, account.name, PushKind.REFUND) and PushState.PARKED not in states:
            return []
        ours = case.order is not None and case.order.currency == rules.currency
        small = allowed is not None and total is not None and total <= allowed
        if ours and small and PushState.PARKED not in states:
            return [refund]
    return [_portal(case, mirror, target, cause, f"no call at {account.provider} does this")]


def _large(amount: Decimal | None, rules: ShopRules) -> bool:
    """Whether so much money waits for a person."""
    limit = rules.refund_release_above
    return limit is not None and amount is not None and amount > limit


def _replacement(
    case: Case, account: AccountProfile, rules: ShopRules, *, quiet: bool
) -> list[WantedPush]:
    """A new order for the customer whose complaint was resolved by exchange; once."""
    exchanged = (
        rules.replacement_orders
        and case.complaint.remedy is Remedy.EXCHANGE
        and case.complaint.outcome is Outcome.UPHELD
        and case.complaint.status in lifecycle.ENDED
    )
    known = case.order is not None and any(key.space is OrderSpace.HASH for key in case.order.keys)
    able = Capability.CREATE_ORDER in account.capabilities and not account.pays
    if not (exchanged and known and able) or _ever(case, account.name, PushKind.CREATE_ORDER):
        return []
    number = case.complaint.number
    return [
        WantedPush(
            key=f"{PushKind.CREATE_ORDER}:{number}:{account.name}",
            account=account.name,
            kind=PushKind.CREATE_ORDER,
            held_for=Hold.IMPORT if quiet else None,
            reason=f"complaint {number} resolved by exchange",
        )
    ]


def _uploads(case: Case, account: AccountProfile) -> list[WantedPush]:
    """Files that no call takes there any more: a person uploads each."""
    if not account.reads:
        return []
    return [
        WantedPush(
            key=f"{PushKind.ATTACH}:{case.complaint.number}:{account.name}:{file.digest[:16]}",
            account=account.name,
            kind=PushKind.ATTACH,
            file=file.digest,
            reason=f"upload {file.name} there by hand",
        )
        for file in case.files
        if not (file.sent and Capability.ATTACH in account.capabilities)
        and not _uploaded(case, account.name, file)
    ]


def _uploaded(case: Case, account: AccountName, file: File) -> bool:
    """Whether a person has done so, or has given it up."""
    return any(
        push.kind is PushKind.ATTACH
        and push.account == account
        and push.file == file.digest
        and push.state is not PushState.MANUAL
        for push in case.pushes
    )


def _portal(case: Case, mirror: Mirror, target: Status, cause: _Cause, reason: str) -> WantedPush:
    """Something for a person in the provider's portal."""
    return WantedPush(
        key=_key(PushKind.PORTAL, case, mirror, target, cause),
        account=mirror.account,
        kind=PushKind.PORTAL,
        external_id=mirror.external_id,
        target=target,
        reason=reason,
    )


def _key(
    kind: PushKind, case: Case, mirror: Mirror, target: Status, cause: _Cause, tries: int = 0
) -> str:
    """The same for the same intent, however often it is decided."""
    parts = (kind, case.complaint.number, mirror.account, mirror.external_id, target, cause.mark)
    return ":".join(map(str, parts)) + (f".{tries}" if tries else "")


def _without_effect(case: Case, mirror: Mirror, target: Status) -> int:
    """How often this was acknowledged there since its present status came, to no effect."""
    return sum(
        _acknowledged(push, mirror, target) and mirror.since < push.acked <= mirror.as_of
        for push in case.pushes
    )


def _unseen(case: Case, mirror: Mirror, target: Status) -> bool:
    """Whether this was acknowledged there and no read that began later has come in yet."""
    return any(
        _acknowledged(push, mirror, target) and push.acked > mirror.as_of for push in case.pushes
    )


def _acknowledged(push: Push, mirror: Mirror, target: Status) -> bool:
    """Whether this status was sent there, and taken."""
    return (
        push.kind is PushKind.SET_STATUS
        and push.account == mirror.account
        and push.external_id in {None, mirror.external_id}
        and push.target is target
        and push.state is PushState.DONE
    )


def _ever(case: Case, account: AccountName, kind: PushKind) -> bool:
    """Whether the one push of this kind that a complaint may have has been sent.

    What lies with a person, for no call does it, is wished for until its effect is seen.
    """
    return any(
        push.account == account and push.kind is kind and push.state not in _NOT_SENT
        for push in case.pushes
    )
