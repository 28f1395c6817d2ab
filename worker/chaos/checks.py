"""What was lost, doubled or wrong, by the providers' own records and a dump of the store.  Pure.

Nothing here is shared with the pipeline: the table of legal moves is written down once more.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from worker.demo.world import CHAT, DESK, ZENKI, Fact

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    Json = Mapping[str, Any]

LEGAL = frozenset(
    {
        ("new", "open"), ("new", "waiting"), ("new", "resolved"), ("new", "rejected"),
        ("open", "waiting"), ("open", "resolved"), ("open", "rejected"),
        ("waiting", "open"), ("waiting", "resolved"), ("waiting", "rejected"),
        ("resolved", "closed"), ("resolved", "open"),
        ("rejected", "closed"), ("rejected", "open"),
        ("closed", "open"),
    }
)  # fmt: skip
"""Moves of a complaint that need no mark."""


class Names(NamedTuple):
    """What Redress calls the three accounts."""

    desk: str = DESK
    zenki: str = ZENKI
    chat: str = CHAT


_DEMO = Names()


class Faults(Fact):
    """What the checks found, a sentence each.  All empty: nothing was lost, doubled or wrong."""

    lost: tuple[str, ...]
    """Acknowledged deliveries, promised numbers, and records at providers that nothing knows."""
    duplicated: tuple[str, ...]
    """Things created at a provider, or taken in from the chat, beyond one for each intent."""
    illegal: tuple[str, ...]
    """Stored moves outside the table that aren't marked as jumps."""
    escalated_twice: tuple[str, ...]
    """By complaint, version of the deadline, and rung; and by what people were told."""


def check(
    world: Json, rows: Iterable[Json], notices: Iterable[Json], names: Names = _DEMO
) -> Faults:
    """Check the final state: the sandbox's world, a dump's rows, and what people were told."""
    store = _Store(rows)
    return Faults(
        lost=tuple(_lost(world, store, names)),
        duplicated=tuple(_duplicated(world, store, names)),
        illegal=tuple(_illegal(store)),
        escalated_twice=tuple(_escalated_twice(store, notices)),
    )


class _Store:
    """The rows that the checks look at."""

    def __init__(self, rows: Iterable[Json]) -> None:
        self.keys: set[tuple[str, str]] = set()
        self.records: set[tuple[str, str]] = set()
        self.numbers: dict[int, str] = {}
        self.origins: dict[str, str] = {}
        self.moves: list[Json] = []
        self.escalations: list[Json] = []
        for row in rows:
            self._take(row)

    def _take(self, row: Json) -> None:
        match row["table"]:
            case "receipt":
                self.keys.add((row["account"], row["dedupe_key"]))
            case "mirror" if row["complaint_id"] is not None and row["external_id"] is not None:
                self.records.add((row["account"], row["external_id"]))
            case "complaint":
                self.numbers[row["id"]] = row["number"]
                self.origins[row["number"]] = row["origin"]
            case "transition":
                self.moves.append(row)
            case "escalation":
                self.escalations.append(row)
            case _:
                pass


def _lost(world: Json, store: _Store, names: Names) -> Iterator[str]:
    for message in world["zenki"]["webhooks"]:
        if message["delivered"] and (names.zenki, message["id"]) not in store.keys:
            yield f"Zenki's message {message['id']} was acknowledged and isn't in the store"
    for number in _promised(world):
        if number not in store.origins:
            yield f"the number {number} was promised in the chat and isn't in the store"
    for key in world["bizkithub"]["complaints"]:
        if (names.desk, key) not in store.records:
            yield f"BizKitHub's complaint {key} is no complaint of the store"
    for key, order in world["zenki"]["orders"].items():
        if order["dispute"] and (names.zenki, key) not in store.records:
            yield f"the dispute on Zenki's order {key} is on no complaint of the store"


def _duplicated(world: Json, store: _Store, names: Names) -> Iterator[str]:
    for provider, count in world["duplicates"].items():
        if count:
            yield f"{count} things were created at {provider} beyond one for each intent"
    promised = _promised(world)
    for number, origin in sorted(store.origins.items()):
        if origin == names.chat and number not in promised:
            yield f"complaint {number} was taken in from the chat, and nobody was told its number"
    said: dict[tuple[str, ...], set[str]] = {}
    for told in world["chat"]["complaints"]:
        message = (told["uid"], told["order_id"] or "", told["text"] or "")
        said.setdefault(message, set()).update(told["numbers"])
    for numbers in said.values():
        if len(numbers) > 1:
            yield f"one message in the chat got the numbers {', '.join(sorted(numbers))}"


def _promised(world: Json) -> set[str]:
    return {n for told in world["chat"]["complaints"] for n in told["numbers"]}


def _illegal(store: _Store) -> Iterator[str]:
    for move in store.moves:
        before, after = move["before"], move["after"]
        if move["jump"] or (before, after) in LEGAL:
            continue
        number = store.numbers.get(move["complaint_id"], "?")
        yield f"complaint {number} went from {before} to {after}, and that is marked as no jump"


def _escalated_twice(store: _Store, notices: Iterable[Json]) -> Iterator[str]:
    rungs = Counter(
        (row["complaint_id"], row["deadline_version"], row["rung"]) for row in store.escalations
    )
    for (complaint, version, rung), times in rungs.items():
        if times > 1:
            number = store.numbers.get(complaint, "?")
            yield f"rung {rung} of deadline {version} of complaint {number} was fired {times} times"
    # Who may have been told before hears it marked: without the mark it is a second escalation.
    told = Counter(one["message_id"] for one in notices if not one["maybe_repeated"])
    for key, times in told.items():
        if times > 1:
            yield f"the notice {key} was told {times} times as if it were new"


def sentences(faults: Faults) -> Sequence[str]:
    """All that is wrong."""
    return [*faults.lost, *faults.duplicated, *faults.illegal, *faults.escalated_twice]
