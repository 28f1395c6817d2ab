"""The list of mutants that survive, and what is wrong with an outcome."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.mutation.__main__ import faults, listed
from tests.mutation.mutants import MODULES, Mutant, Outcome, found, lay_out

ONE, OTHER = (Mutant("complaints/lifecycle.py", "rank", line, "core/AddNot") for line in "ab")


@pytest.mark.parametrize(
    ("killed", "survived", "equivalent", "wrong"),
    [
        (19, [ONE], {ONE: "the same"}, []),
        (19, [ONE], {}, [f"survived: {ONE}"]),
        (20, [], {OTHER: "the same"}, [f"listed as a survivor, and died: {OTHER}"]),
        (19, [], {ONE: "the same"}, [f"listed as a survivor, and isn't there: {ONE}"]),
        (1, [ONE], {ONE: "the same"}, ["only 50.0% died; 85% must"]),
        (0, [], {}, ["only 0.0% died; 85% must"]),
    ],
)
def test_what_is_wrong_with_an_outcome(
    killed: int, survived: list[Mutant], equivalent: dict[Mutant, str], wrong: list[str]
) -> None:
    """A survivor must be listed, what is listed must survive, and most must die."""
    assert faults(Outcome([OTHER] * killed, survived), equivalent) == wrong


@pytest.mark.parametrize("module", MODULES)
def test_what_is_listed_is_a_mutant_of_the_present_code(module: str, tmp_path: Path) -> None:
    """Whether it still survives is found out by `make mutate`; annotations are no mutants."""
    lay_out(module, tmp_path)
    made = [mutant for mutant, _ in found(tmp_path)]
    assert len(made) == len(set(made)) > 100
    assert [one for one in listed() if one.module == module and one not in made] == []
    assert not any("BitOr_" in one.operator for one in made)


def test_every_reason_is_given() -> None:
    """A survivor without a reason is a missing test."""
    assert all(len(reason) > 20 for reason in listed().values())
