"""What the audit may look at, read out of plain JSON: the providers' world, the wire, the store.

Nothing is concluded here.  The records hold only what the audit asks for.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from worker.demo.world import DESK, ZENKI, Verdict

Json = Mapping[str, Any]

PROVIDERS = {DESK: "bizkithub", ZENKI: "zenki"}
"""Which provider an account of the demo is at.  The chat is never written to."""


@dataclass(frozen=True, slots=True)
class DeskComplaint:
    """A complaint as BizKitHub holds it.  ``side`` is the last decisive word of its events."""

    id: str
    status: str
    side: Verdict | None
    description: str
    order_hash: str
    by_staff: bool


@dataclass(frozen=True, slots=True)
class ZenkiOrder:
    """An order as Zenki holds it.  ``dispute`` is None, OPEN, REFUND or RESOLVED."""

    id: str
    status: str
    dispute: str | None


@dataclass(frozen=True, slots=True)
class ChatEntry:
    """A complaint that a customer raised in the chat, and the number promised."""

    uid: str
    order_number: str
    text: str
    number: str


@dataclass(frozen=True, slots=True)
class World:
    """The final state of all providers, as they tell it themselves."""

    complaints: Mapping[str, DeskComplaint]
    orders: Mapping[str, ZenkiOrder]
    chat: tuple[ChatEntry, ...]
    duplicates: int


@dataclass(frozen=True, slots=True)
class Lost:
    """A write that may not be repeated and whose answer was lost or a failure."""

    account: str
    kind: str
    request: str
    path: str


@dataclass(frozen=True, slots=True)
class StoredComplaint:
    """A row of the complaint table."""

    id: int
    number: str
    status: str
    outcome: str
    conflict: bool
    overdue: bool


@dataclass(frozen=True, slots=True)
class StoredPush:
    """A row of the push table."""

    complaint_id: int
    account: str
    kind: str
    target: str | None
    state: str


@dataclass(slots=True)
class Store:
    """What Redress has written down."""

    complaints: dict[int, StoredComplaint] = field(default_factory=dict)
    at_desk: dict[int, list[str]] = field(default_factory=lambda: defaultdict(list))
    at_zenki: dict[int, list[str]] = field(default_factory=lambda: defaultdict(list))
    pushes: list[StoredPush] = field(default_factory=list)
    verdicts: Counter[str] = field(default_factory=Counter)
    repeats: int = 0
    escalations: int = 0


_SIDES = {"resolve": Verdict.UPHELD, "reject": Verdict.REFUSED}

# Writes that may not be repeated, by the end of the path.
_WRITES = (
    ("/api/v1/shop/complaint/create", "create"),
    ("/v1/api/disputes", "open_dispute"),
    ("/refunds", "refund"),
)
_SERVER_FAULT = 500
_HALF_AN_ANSWER = "truncated"


def read_world(world: Json) -> World:
    """The answer of the sandbox's ``GET /_sim/world``."""
    desk, zenki = world["bizkithub"], world["zenki"]
    return World(
        complaints={key: _desk_complaint(key, row) for key, row in desk["complaints"].items()},
        orders={
            key: ZenkiOrder(key, row["status"], row["dispute"] and row["dispute"]["status"])
            for key, row in zenki["orders"].items()
        },
        chat=tuple(
            ChatEntry(row["uid"], str(row["order_id"]), row["text"] or "", row["complaint_id"])
            for row in world["chat"]["complaints"]
            if row["complaint_id"]
        ),
        duplicates=sum(world["duplicates"].values()),
    )


def _desk_complaint(key: str, row: Json) -> DeskComplaint:
    words = [event["status"] for event in row["events"]]
    decisive = [_SIDES[word] for word in words if word in _SIDES]
    decided = row["status"] in {*_SIDES, "closed"}
    return DeskComplaint(
        id=key,
        status=row["status"],
        side=decisive[-1] if decided and decisive else None,
        description=row["description"],
        order_hash=row["order_hash"] or "",
        by_staff=row["created_by"] == "staff",
    )


def read_wire(lines: Iterable[Json]) -> tuple[Lost, ...]:
    """The writes of the wire log that may not be repeated and went wrong half-way."""
    found = []
    for line in lines:
        lost = line["outcome"] == "cut" or line.get("fault") == _HALF_AN_ANSWER
        if line["method"] != "POST" or not (lost or (line["status"] or 0) >= _SERVER_FAULT):
            continue
        for ending, kind in _WRITES:
            if line["path"].endswith(ending):
                account = DESK if line["account"] == "bizkithub" else ZENKI
                found.append(Lost(account, kind, _all_text(line["request"]), line["path"]))
    return tuple(found)


def _all_text(document: object) -> str:
    """Every string of a request, one below the other, whatever the form of the body."""
    if isinstance(document, str):
        return document
    if isinstance(document, Mapping):
        return "\n".join(map(_all_text, document.values()))
    if isinstance(document, list):
        return "\n".join(map(_all_text, document))
    return ""


def read_store(rows: Iterable[Json]) -> Store:
    """The lines of a dump of the store."""
    store = Store()
    for row in rows:
        match row["table"]:
            case "complaint":
                store.complaints[row["id"]] = _picked(StoredComplaint, row)
            case "mirror" if row["complaint_id"] is not None and row["external_id"] is not None:
                places = {DESK: store.at_desk, ZENKI: store.at_zenki}.get(row["account"])
                if places is not None:
                    places[row["complaint_id"]].append(row["external_id"])
            case "push":
                store.pushes.append(_picked(StoredPush, row))
            case "receipt":
                store.verdicts[row["verdict"]] += 1
                store.repeats += row["deliveries"] - 1
            case "escalation":
                store.escalations += 1
            case _:
                pass
    return store


def _picked(record: Any, row: Json) -> Any:  # noqa: ANN401 - a dataclass and one of it
    return record(**{name: row[name] for name in record.__dataclass_fields__})
