"""Records with sensible defaults, so that a test names only what it is about."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from complaints import telling
from complaints.deadlines import due_at
from complaints.model import Change, Complaint, Event, Mirror, Observation, Order, Push, Said
from complaints.rules import AccountProfile, ShopRules
from complaints.vocabulary import (
    AccountName,
    Capability,
    ComplaintNumber,
    ExternalId,
    OrderSpace,
    Outcome,
    PushKind,
    PushState,
    ShopName,
    Source,
    Status,
    Subject,
)
from complaints.wishes import Case

CZ = ShopName("cz")
DESK = AccountName("cz-desk")
ZENKI = AccountName("cz-zenki")
BOT = AccountName("cz-bot")

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
RUNNING = frozenset({Status.NEW, Status.OPEN, Status.WAITING})
ANY = frozenset(Status) - {Status.UNKNOWN}

RULES = ShopRules(name=CZ, dispute_undelivered=True, refund_allowance=Decimal(500))

ACCOUNTS = {
    DESK: AccountProfile(
        name=DESK,
        provider="bizkithub",
        shop=CZ,
        capabilities=frozenset({Capability.FETCH, Capability.CREATE, Capability.SET_STATUS}),
        live=False,
    ),
    ZENKI: AccountProfile(
        name=ZENKI,
        provider="zenki",
        shop=CZ,
        capabilities=frozenset(
            {Capability.FETCH, Capability.WEBHOOK, Capability.OPEN_DISPUTE, Capability.REFUND}
        ),
        order_space=OrderSpace.PAYMENT,
        live=False,
    ),
    BOT: AccountProfile(
        name=BOT,
        provider="chat",
        shop=CZ,
        capabilities=frozenset({Capability.WEBHOOK}),
        live=False,
    ),
}
PROVIDERS = {name: account.provider for name, account in ACCOUNTS.items()}

_OUTCOMES = {Status.RESOLVED: Outcome.UPHELD, Status.REJECTED: Outcome.REFUSED}
_IDS = {DESK: 1, ZENKI: 2, BOT: 3}


def _covered(account: AccountName, status: Status | None) -> frozenset[Status]:
    if status is None or status is Status.UNKNOWN:
        return frozenset()
    if account == BOT:
        return ANY
    if account == ZENKI and status is Status.OPEN:
        return RUNNING
    return frozenset({status})


def _said(account: AccountName, status: Status | None) -> dict[str, Any]:
    """What an account of this kind says when it stands at ``status``."""
    return {
        "word": str(status or ""),
        "status": status,
        "covers": _covered(account, status),
        "outcome": _OUTCOMES.get(status, Outcome.NONE) if status else Outcome.NONE,
    }


def mirror(account: AccountName = DESK, status: Status | None = None, **other: Any) -> Mirror:
    """What an account holds of complaint 1; ``covers`` and ``outcome`` follow from the status."""
    said = _said(account, status)
    if status is Status.CLOSED:
        said["outcome"] = Outcome.UNKNOWN
    as_of = other.get("as_of", 0)
    told = Said.model_validate(
        {
            **said,
            "seq": as_of,
            "as_of": as_of,
            **{name: value for name, value in other.items() if name in Said.model_fields},
        }
    )
    if last := other.get("last_event"):
        event = Event(id=str(last), position=last, word=str(status), status=status)
        told = told.model_copy(update={"events": (event,)})
    heard = Mirror.model_validate(
        {
            "history": () if status is None else (told,),
            "id": _IDS.get(account, 9),
            "account": account,
            "external_id": f"{account}-1",
            "complaint_id": 1,
            "order_id": None,
        }
    )
    other.setdefault("home", other.get("complaint_id", 1))
    return Mirror.model_validate({**telling.retell(heard, ()).model_dump(), **other})


def change(status: Status = Status.NEW, account: AccountName = DESK, **other: Any) -> Change:
    """One piece of news of complaint ``<account>-1``."""
    said = _said(account, status)
    if status is Status.CLOSED:
        said["outcome"] = Outcome.UNKNOWN
    return Change.model_validate(
        {"subject": Subject.COMPLAINT, "external_id": f"{account}-1", **said, **other}
    )


def observation(seq: int = 10, account: AccountName = DESK, **other: Any) -> Observation:
    """One observation; ``as_of`` is its own sequence unless it is given."""
    return Observation.model_validate(
        {
            "seq": seq,
            "account": account,
            "source": Source.POLL,
            "form": "test",
            "external_id": f"{account}-1",
            "received_at": NOW,
            "as_of": seq,
            "body": b"",
            **other,
        }
    )


def history(*statuses: Status | None) -> tuple[Event, ...]:
    """An account's own history, oldest first; ``None`` is an entry that names no status."""
    return tuple(
        Event(id=str(position), position=position, word=str(status or "note"), status=status)
        for position, status in enumerate(statuses, start=1)
    )


def complaint(status: Status = Status.NEW, **other: Any) -> Complaint:
    """Complaint 1 of the shop."""
    return Complaint.model_validate(
        {
            "id": 1,
            "number": ComplaintNumber("10017"),
            "shop": CZ,
            "status": status,
            "outcome": _OUTCOMES.get(status, Outcome.NONE),
            "order_id": None,
            "origin": BOT,
            "opened_at": NOW,
            "due_at": due_at(other.get("opened_at", NOW), RULES),
            **other,
        }
    )


def push(
    kind: PushKind,
    state: PushState,
    account: AccountName = DESK,
    target: Status | None = None,
    **other: Any,
) -> Push:
    """A push of complaint 1."""
    return Push.model_validate(
        {
            "id": 1,
            "complaint_id": 1,
            "account": account,
            "kind": kind,
            "state": state,
            "external_id": f"{account}-1",
            "target": target,
            **other,
        }
    )


def order(**other: Any) -> Order:
    """The order that the complaint hangs on."""
    return Order.model_validate(
        {"id": 7, "shop": CZ, "total": Decimal(100), "currency": "EUR", **other}
    )


def case(*mirrors: Mirror, at: Status = Status.NEW, **other: Any) -> Case:
    """Complaint 1 at a status, as these accounts see it."""
    known = {
        name: other.pop(name)
        for name in ("pushes", "order", "payment", "disputing", "ruling")
        if name in other
    }
    return Case(
        complaint=complaint(at, **other),
        mirrors=mirrors,
        pushes=known.get("pushes", ()),
        order=known.get("order"),
        payment=known.get("payment"),
        disputing=known.get("disputing", False),
        ruling=known.get("ruling"),
    )


def external(value: str) -> ExternalId:
    """An id at a provider."""
    return ExternalId(value)
