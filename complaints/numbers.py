"""Complaint numbers: short enough to say aloud, and a misheard digit is noticed."""

from __future__ import annotations

from complaints.vocabulary import ComplaintNumber

_LUHN_BASE = 10


def spell(serial: int) -> ComplaintNumber:
    """Give a serial its check digit (Luhn): ``4711`` becomes ``47118``."""
    return ComplaintNumber(f"{serial}{_check_digit(str(serial))}")


def is_sound(number: str) -> bool:
    """Whether the check digit fits."""
    return number.isascii() and number.isdigit() and _check_digit(number[:-1]) == number[-1:]


def _check_digit(digits: str) -> str:
    total = 0
    for position, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if position % 2 == 0 else 1)
        total += value - 9 if value >= _LUHN_BASE else value
    return str(-total % _LUHN_BASE)
