"""Complaints that are one: where they lead, and what goes along."""

from __future__ import annotations

from itertools import permutations

import pytest

from complaints.casebook import Casebook, Loaded
from complaints.model import Complaint, Mirror
from tests.complaints.records import BOT, DESK, ZENKI, complaint, mirror


def numbered(id_: int) -> Complaint:
    """A complaint that was opened later the larger its id is."""
    return complaint(id=id_, number=str(10000 + id_), born=id_)


def record(id_: int) -> Mirror:
    """What complaint `id_` was opened on."""
    account = (BOT, DESK, ZENKI)[id_ % 3]
    return mirror(account, id=id_, external_id=str(id_), complaint_id=id_, opened=id_)


def book(*ids: int) -> Casebook:
    """Complaints that each stand by themselves."""
    return Casebook(Loaded(complaints=map(numbered, ids), mirrors=map(record, ids)))


def held(cases: Casebook, *ids: int) -> dict[int, list[int]]:
    """Records of each whole."""
    return {id_: [one.id for one in cases.mirrors_of(id_)] for id_ in ids if cases.mirrors_of(id_)}


def test_all_that_belongs_to_a_complaint_goes_along() -> None:
    """What was joined to it before, too; and comes back with it."""
    cases = book(1, 2, 3)
    assert cases.join({1: 2}, by_hand=True) == [1, 2]
    assert cases.join({2: 3}, by_hand=True) == [2, 3]
    assert held(cases, 1, 2, 3) == {3: [1, 2, 3]}
    assert [cases.root(id_).id for id_ in (1, 2, 3)] == [3, 3, 3]
    assert cases.join({2: None}, by_hand=True) == [2, 3]
    assert held(cases, 1, 2, 3) == {2: [1, 2], 3: [3]}


def test_what_is_said_again_changes_nothing() -> None:
    """No whole has changed."""
    cases = book(1, 2)
    cases.join({1: 2}, by_hand=True)
    assert cases.join({1: 2}, by_hand=True) == []


@pytest.mark.parametrize("order", list(permutations((1, 2, 3))), ids=str)
def test_of_a_circle_the_first_one_is_the_whole(order: tuple[int, ...]) -> None:
    """People's words on one order and a match on another one may lead round."""
    cases = book(1, 2, 3)
    for id_ in order:
        cases.join({id_: id_ % 3 + 1}, by_hand=id_ == 2)
    assert held(cases, 1, 2, 3) == {1: [1, 2, 3]}
    assert {cases.root(id_).id for id_ in (1, 2, 3)} == {1}


def test_only_peoples_words_lead_to_a_head() -> None:
    """A match isn't followed."""
    cases = book(1, 2, 3)
    cases.join({1: 2}, by_hand=True)
    cases.join({2: 3})
    assert [cases.head(id_).id for id_ in (1, 2, 3)] == [2, 2, 3]
    assert cases.root(1).id == 3
