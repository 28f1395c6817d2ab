"""Each checker is silent about a sound end, and says what is wrong with one that isn't."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from complaints.lifecycle import LEGAL as STATUS_TABLE
from worker.chaos.checks import LEGAL, Faults, check
from worker.demo.world import CHAT, DESK, ZENKI

Json = dict[str, Any]

WORLD: Json = {
    "bizkithub": {"complaints": {"d1": {}}},
    "zenki": {
        "webhooks": [
            {"id": "msg_1", "delivered": True},
            {"id": "msg_2", "delivered": False},
        ],
        "orders": {"z1": {"dispute": {"status": "OPEN"}}, "z2": {"dispute": None}},
    },
    "chat": {
        "complaints": [
            {"uid": "u", "order_id": "1", "text": "broken", "numbers": ["1001"]},
            {"uid": "u", "order_id": "1", "text": "broken", "numbers": ["1001"]},
            {"uid": "u", "order_id": "2", "text": "broken", "numbers": []},
        ]
    },
    "duplicates": {"bizkithub": 0, "zenki": 0},
}

MOVE: Json = {"table": "transition", "complaint_id": 1, "before": "new", "after": "open"}
RUNG: Json = {"table": "escalation", "complaint_id": 1, "deadline_version": 1, "rung": "due"}
ROWS: list[Json] = [
    {"table": "receipt", "account": ZENKI, "dedupe_key": "msg_1"},
    {"table": "complaint", "id": 1, "number": "1001", "origin": CHAT},
    {"table": "complaint", "id": 2, "number": "1002", "origin": DESK},
    {"table": "mirror", "account": DESK, "external_id": "d1", "complaint_id": 1},
    {"table": "mirror", "account": ZENKI, "external_id": "z1", "complaint_id": 1},
    {"table": "mirror", "account": ZENKI, "external_id": "z2", "complaint_id": None},
    {**MOVE, "jump": False},
    {**MOVE, "before": "closed", "after": "waiting", "jump": True},
    RUNG,
    {**RUNG, "deadline_version": 2},
    {"table": "push"},
]
TOLD: list[Json] = [
    {"message_id": "late-1", "maybe_repeated": False},
    {"message_id": "late-1", "maybe_repeated": True},
]
NOTHING = Faults(lost=(), duplicated=(), illegal=(), escalated_twice=())


def test_a_sound_end_has_no_faults() -> None:
    """What was never acknowledged, refused or marked is no fault."""
    assert check(WORLD, ROWS, TOLD) == NOTHING


@pytest.mark.parametrize(
    ("left_out", "said"),
    [
        ({"table": "receipt"}, "Zenki's message msg_1 was acknowledged and isn't in the store"),
        ({"id": 1}, "the number 1001 was promised in the chat and isn't in the store"),
        ({"external_id": "d1"}, "BizKitHub's complaint d1 is no complaint of the store"),
        ({"external_id": "z1"}, "the dispute on Zenki's order z1 is on no complaint of the store"),
    ],
    ids=["delivery", "promise", "complaint", "dispute"],
)
def test_what_the_store_lacks_is_lost(left_out: Json, said: str) -> None:
    """By the providers' records."""
    rows = [row for row in ROWS if not left_out.items() <= row.items()]
    assert check(WORLD, rows, TOLD) == NOTHING.model_copy(update={"lost": (said,)})


def test_a_complaint_that_lost_its_record_is_lost() -> None:
    """The mirror is there and belongs to nothing."""
    rows = [{**row, "complaint_id": None} if "external_id" in row else row for row in ROWS]
    assert len(check(WORLD, rows, TOLD).lost) == 2


def test_what_was_created_twice_is_told() -> None:
    """By the provider's count, as a second number, or as a number that nobody heard."""
    world = deepcopy(WORLD)
    world["duplicates"]["bizkithub"] = 2
    world["chat"]["complaints"][1]["numbers"] = ["1003"]
    more = [
        {"table": "complaint", "id": 3, "number": "1003", "origin": CHAT},
        {"table": "complaint", "id": 4, "number": "1004", "origin": CHAT},
    ]
    assert check(world, [*ROWS, *more], TOLD).duplicated == (
        "2 things were created at bizkithub beyond one for each intent",
        "complaint 1004 was taken in from the chat, and nobody was told its number",
        "one message in the chat got the numbers 1001, 1003",
    )


def test_a_move_outside_the_table_needs_its_mark() -> None:
    """From whatever account it came."""
    rows = [*ROWS, {**MOVE, "before": "closed", "after": "waiting", "jump": False}]
    assert check(WORLD, rows, TOLD).illegal == (
        "complaint 1001 went from closed to waiting, and that is marked as no jump",
    )


def test_the_table_here_is_the_one_that_redress_has() -> None:
    """Written down twice, so that a change of one is a decision."""
    assert {(one, other) for one, moves in STATUS_TABLE.items() for other in moves} == LEGAL


def test_a_rung_that_was_fired_twice_is_told() -> None:
    """And a notice that was told twice without its mark."""
    told = check(WORLD, [*ROWS, RUNG], [*TOLD, TOLD[0]]).escalated_twice
    assert told == (
        "rung due of deadline 1 of complaint 1001 was fired 2 times",
        "the notice late-1 was told 2 times as if it were new",
    )
