"""Complaint numbers and their check digit."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from complaints.numbers import is_sound, spell


@pytest.mark.parametrize(
    ("serial", "number"), [(1001, "10017"), (4711, "47118"), (7992739871, "79927398713"), (0, "00")]
)
def test_a_serial_gets_its_check_digit(serial: int, number: str) -> None:
    """By Luhn's rule, as on payment cards."""
    assert spell(serial) == number


@given(st.integers(0, 10**9))
def test_what_we_spell_is_sound(serial: int) -> None:
    """And begins with the serial, so numbers differ when serials do."""
    assert is_sound(spell(serial))
    assert spell(serial)[:-1] == str(serial)


@given(st.integers(1000, 10**9), st.data())
def test_a_misheard_digit_is_noticed(serial: int, data: st.DataObject) -> None:
    """Any one digit that is heard wrong makes the number unsound."""
    number = spell(serial)
    place = data.draw(st.integers(0, len(number) - 1))
    heard = data.draw(st.sampled_from([d for d in "0123456789" if d != number[place]]))
    assert not is_sound(number[:place] + heard + number[place + 1 :])


@given(st.integers(1000, 10**9), st.data())
def test_two_swapped_digits_are_noticed(serial: int, data: st.DataObject) -> None:
    """Neighbours that change places; 09 and 90 are the one pair that Luhn can't tell."""
    number = spell(serial)
    place = data.draw(st.integers(0, len(number) - 2))
    one, other = number[place], number[place + 1]
    assume(one != other and {one, other} != {"0", "9"})
    assert not is_sound(number[:place] + other + one + number[place + 2 :])


@pytest.mark.parametrize(
    "text",
    ["", " ", "1001-7", "10017 ", " 10017", "10018", "abc", "¹0017", "٤٧١١٨", "-10017", "+7"],
)
def test_anything_else_is_no_number(text: str) -> None:
    """Only plain digits with the right last one."""
    assert not is_sound(text)
